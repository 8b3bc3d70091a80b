//! The way of a request to classify.

use super::binary::{self, LENGTH};
use super::json::{self, Asked, Written};
use super::target::Target;
use crate::fault::{Fault, Kind};
use crate::server::Server;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::sync::Arc;
use std::time::Instant;

pub async fn infer(State(server): State<Arc<Server>>, Target(served): Target, headers: HeaderMap, body: Body) -> Result<Response, Fault> {
    let begun = Instant::now();
    let answer = async {
        let asked = ask(&headers, body, &server).await?;
        let outputs = served.infer(&asked.request).await?;
        json::write(&asked, &served, &outputs)
    };
    let written = answer.await;
    served.counts.request(written.is_ok(), begun.elapsed());
    let Written { body, json } = written?;
    Ok(match json {
        None => ([(CONTENT_TYPE, "application/json")], body).into_response(),
        Some(length) => ([(CONTENT_TYPE, "application/octet-stream".into()), (LENGTH, length.to_string())], body).into_response(),
    })
}

async fn ask(headers: &HeaderMap, body: Body, server: &Server) -> Result<Asked, Fault> {
    if let Some(encoding) = headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        let encoding = encoding.to_str().unwrap_or("not ASCII");
        return Err(Fault::new(Kind::Encoding, format!("the body is encoded as {encoding:?}; send it plain")));
    }
    let body = read(headers, body, server).await?;
    let (head, rest) = binary::split(headers, body)?;
    if head.is_empty() && !rest.is_empty() {
        return Ok(json::file(rest));
    }
    json::read(&head, rest)
}

/// The whole body.
async fn read(headers: &HeaderMap, body: Body, server: &Server) -> Result<Bytes, Fault> {
    let limit = server.config.body_limit;
    let too_large = || Fault::new(Kind::TooLarge, format!("the body is too large; expected at most {limit} bytes, send smaller batches"));
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    // before a byte of it is read
    if declared.is_some_and(|declared| declared > limit) {
        return Err(too_large());
    }
    let timeout = server.config.read_timeout;
    let slow = |_| Fault::new(Kind::Slow, format!("the body did not arrive within {} s; send it faster", timeout.as_secs_f64()));
    let whole = tokio::time::timeout(timeout, Limited::new(body, limit).collect()).await.map_err(slow)?;
    match whole {
        Ok(body) => Ok(body.to_bytes()),
        Err(cause) if cause.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Fault::malformed("the body ended early; send as many bytes as Content-Length says")),
    }
}
