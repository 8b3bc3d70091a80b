//! Why a server cannot be run.

use net::text::shown;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a server cannot be run; one clear sentence each.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ServeError {
    /// The address cannot be had.
    #[error("{address} cannot be listened on ({cause}); choose another address, or end what uses it")]
    Bind { address: SocketAddr, cause: std::io::Error },
    /// Neither protocol has an address.
    #[error("neither HTTP nor gRPC is asked for; give at least one an address")]
    Nowhere,
    /// A PEM file cannot be read.
    #[error("{}: {cause}; expected a PEM file with {expected}", shown(path))]
    Pem { path: PathBuf, expected: &'static str, cause: String },
    /// Certificate and key do not belong together, or are of a kind that is not known.
    #[error("certificate and key cannot be used: {cause}")]
    Tls { cause: rustls::Error },
}
