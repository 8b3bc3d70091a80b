//! The protocol over HTTP, with Triton's extensions for binary tensors, model configuration, statistics and the repository's index.

mod binary;
mod fault;
mod infer;
mod json;
mod metadata;
mod page;
mod target;

use crate::guard::{guard, Protocol};
use crate::server::Server;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{from_fn_with_state, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::Router;
use std::sync::Arc;
use std::time::Duration;

/// Everything that is served over HTTP.
pub fn router(server: Arc<Server>) -> Router {
    let model = Router::new()
        .route("/", get(metadata::model))
        .route("/ready", get(metadata::model_ready))
        .route("/config", get(metadata::config))
        .route("/stats", get(metadata::statistics))
        .route("/infer", post(infer::infer));
    let guarded = |State(server): State<Arc<Server>>, request: Request, next: Next| guard(server, Http, request, next);
    Router::new()
        .route("/", get(page::html))
        .route("/page.css", get(page::css))
        .route("/page.js", get(page::js))
        .route("/devices", get(metadata::devices))
        .route("/metrics", get(metadata::metrics))
        .route("/v2", get(metadata::server))
        .route("/v2/", get(metadata::server))
        .route("/v2/health/live", get(metadata::live))
        .route("/v2/health/ready", get(metadata::ready))
        .route("/v2/models", get(metadata::models))
        .route("/v2/models/stats", get(metadata::all_statistics))
        .route("/v2/repository/index", post(metadata::index))
        .route("/v2/repository/models/{model}/load", post(metadata::fixed))
        .route("/v2/repository/models/{model}/unload", post(metadata::fixed))
        .nest("/v2/models/{model}", model.clone())
        .nest("/v2/models/{model}/versions/{version}", model)
        .fallback(fault::no_page)
        .method_not_allowed_fallback(fault::no_method)
        .layer(from_fn_with_state(server.clone(), guarded))
        .with_state(server)
}

/// HTTP's ways.
#[derive(Clone, Copy)]
struct Http;

impl Protocol for Http {
    const NAME: &'static str = "http";

    fn is_open(path: &str) -> bool {
        matches!(path, "/" | "/page.css" | "/page.js" | "/v2/health/live" | "/v2/health/ready")
    }

    fn timeout(_: &HeaderMap) -> Option<Duration> {
        None
    }

    fn refuse(fault: crate::fault::Fault) -> Response {
        fault.into_response()
    }

    fn code(response: &Response) -> String {
        response.status().as_str().into()
    }
}
