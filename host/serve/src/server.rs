//! What all requests share.

use crate::config::Config;
use crate::fault::{Fault, Kind};
use crate::metrics::Metrics;
use crate::models::Models;
use std::sync::atomic::{AtomicBool, Ordering};
use subtle::ConstantTimeEq;

/// What metadata calls the server.
pub const NAME: &str = "ember";
/// Its version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Triton's extensions of the protocol that it has.
pub const EXTENSIONS: [&str; 3] = ["binary_tensor_data", "model_configuration", "statistics"];
/// What metadata calls the kind of model.
pub const PLATFORM: &str = "ember";

/// What all requests share.
pub struct Server {
    /// The models.
    pub models: Models,
    /// What is measured.
    pub metrics: Metrics,
    /// How it is run.
    pub config: Config,
    stopping: AtomicBool,
}

impl Server {
    /// Of `models`.
    pub fn new(models: Models, config: Config) -> Self {
        Self { metrics: Metrics::new(&models), models, config, stopping: AtomicBool::new(false) }
    }

    /// From here on it is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Whether new requests are welcome and every model has a device.
    pub fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::SeqCst) && self.models.are_ready()
    }

    /// Whether the header `authorization` has the token that is asked for.
    ///
    /// # Errors
    /// It has not.
    pub fn authorise(&self, authorization: Option<&[u8]>) -> Result<(), Fault> {
        let Some(token) = &self.config.token else { return Ok(()) };
        let brought =
            authorization.and_then(|header| header.split_at_checked(7)).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        let is_right = brought.is_some_and(|(_, brought)| brought.ct_eq(token.as_bytes()).into());
        let sentence = "the token is missing or wrong; send the header `authorization: Bearer TOKEN` with the server's token";
        is_right.then_some(()).ok_or_else(|| Fault::new(Kind::Unauthenticated, sentence))
    }
}
