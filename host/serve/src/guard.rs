//! What happens round every request, of either protocol: its number, its token, its deadline, its place in the log and in the metrics.

use crate::fault::Fault;
use crate::models::late;
use crate::server::Server;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The server's own time, milliseconds, as browsers show it.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// How a protocol shows what both have.
pub trait Protocol: Copy + Send + Sync + 'static {
    /// What metrics call it.
    const NAME: &'static str;
    /// Whether anybody may ask for `path`.
    fn is_open(path: &str) -> bool;
    /// How long the caller waits.
    fn timeout(headers: &HeaderMap) -> Option<Duration>;
    /// A fault as an answer.
    fn refuse(fault: Fault) -> Response;
    /// What metrics call the outcome.
    fn code(response: &Response) -> String;
}

/// Guards a request of the protocol `P`.
pub async fn guard<P: Protocol>(server: Arc<Server>, _: P, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = request_id(request.headers());
    let span = tracing::info_span!("request", protocol = P::NAME, id = id.to_str().unwrap_or_default());
    let what = tracing::enabled!(tracing::Level::INFO).then(|| format!("{} {}", request.method(), request.uri().path()));
    let mut response = answer::<P>(&server, request, next).instrument(span.clone()).await;
    let (code, time) = (P::code(&response), begun.elapsed());
    server.metrics.request(P::NAME, &code, time);
    if let Some(what) = what {
        span.in_scope(|| tracing::info!(code, milliseconds = time.as_secs_f64() * 1000.0, "{what}"));
    }
    response.headers_mut().insert(REQUEST_ID, id);
    if let Ok(timing) = HeaderValue::try_from(format!("total;dur={:.3}", time.as_secs_f64() * 1000.0)) {
        response.headers_mut().insert(SERVER_TIMING, timing);
    }
    response
}

async fn answer<P: Protocol>(server: &Server, request: Request, next: Next) -> Response {
    if !P::is_open(request.uri().path()) {
        let token = request.headers().get(axum::http::header::AUTHORIZATION).map(HeaderValue::as_bytes);
        if let Err(fault) = server.authorise(token) {
            return P::refuse(fault);
        }
    }
    let longest = server.config.request_timeout;
    let timeout = P::timeout(request.headers()).map_or(longest, |timeout| timeout.min(longest));
    tokio::time::timeout(timeout, next.run(request)).await.unwrap_or_else(|_| P::refuse(late(timeout)))
}

/// The caller's number of the request where it can be printed, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_plain = |id: &&HeaderValue| (1..=128).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic);
    headers.get(REQUEST_ID).filter(is_plain).cloned().unwrap_or_else(|| {
        let id = Uuid::new_v4().to_string();
        HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("-"))
    })
}
