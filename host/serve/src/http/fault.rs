//! Faults as HTTP has them: a status, and `{"error": "..."}`.

use crate::fault::{Fault, Kind};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Seconds after which a caller may try again.
const RETRY: HeaderValue = HeaderValue::from_static("1");

fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Method => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Slow => StatusCode::REQUEST_TIMEOUT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Late => StatusCode::GATEWAY_TIMEOUT,
        Kind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let body = json!({"error": self.sentence}).to_string();
        let mut response = (status(self.kind), [(CONTENT_TYPE, "application/json")], body).into_response();
        match self.kind {
            Kind::Busy => drop(response.headers_mut().insert(RETRY_AFTER, RETRY)),
            Kind::Unauthenticated => drop(response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            _ => {}
        }
        response
    }
}

pub async fn no_page(uri: Uri) -> Fault {
    Fault::new(Kind::NotFound, format!("there is no page {:?}; the protocol begins at /v2", uri.path()))
}

pub async fn no_method(method: Method, uri: Uri) -> Fault {
    let expected = if method == Method::GET { "POST" } else { "GET" };
    Fault::new(Kind::Method, format!("{method} is not for {:?}; expected {expected}", uri.path()))
}
