//! Which model a path names.

use crate::fault::Fault;
use crate::models::Served;
use crate::server::Server;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use std::collections::HashMap;
use std::sync::Arc;

/// The model of the path.
pub struct Target(pub Arc<Served>);

impl FromRequestParts<Arc<Server>> for Target {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Fault> {
        let names = Path::<HashMap<String, String>>::from_request_parts(parts, server).await;
        let Path(names) = names.map_err(|_| Fault::malformed("the path is not UTF-8; expected a model's name in it"))?;
        let version = names.get("version").map(String::as_str);
        let name = names.get("model").map(String::as_str).unwrap_or_default();
        server.models.find(name, version).cloned().map(Self)
    }
}
