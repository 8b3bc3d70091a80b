//! The protocol over gRPC, with what clients ask for beyond it: configuration, statistics, the repository's index.

mod convert;
mod service;

/// Messages and service of `proto/inference.proto`.
#[allow(missing_docs, clippy::all, unused_qualifications, reason = "written by tonic-prost-build")]
pub mod proto {
    tonic::include_proto!("inference");
}

use crate::fault::{Fault, Kind};
use crate::guard::{guard, Protocol};
use crate::server::Server;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{from_fn, Next};
use axum::response::Response;
use axum::Router;
use proto::grpc_inference_service_server::GrpcInferenceServiceServer;
use service::Service;
use std::sync::Arc;
use std::time::Duration;
use tonic::{Code, Status};

/// Everything that is served over gRPC.
pub fn router(server: Arc<Server>) -> Router {
    let limit = server.config.body_limit;
    let service = GrpcInferenceServiceServer::new(Service::new(server.clone())).max_decoding_message_size(limit);
    let guarded = move |request: Request, next: Next| guard(server.clone(), Grpc, request, next);
    tonic::service::Routes::new(service).into_axum_router().layer(from_fn(guarded))
}

/// gRPC's ways.
#[derive(Clone, Copy)]
struct Grpc;

impl Protocol for Grpc {
    const NAME: &'static str = "grpc";

    fn is_open(path: &str) -> bool {
        matches!(path, "/inference.GRPCInferenceService/ServerLive" | "/inference.GRPCInferenceService/ServerReady")
    }

    fn timeout(headers: &HeaderMap) -> Option<Duration> {
        headers.get("grpc-timeout")?.to_str().ok().and_then(timeout)
    }

    fn refuse(fault: Fault) -> Response {
        Status::from(fault).into_http()
    }

    fn code(response: &Response) -> String {
        // the status of an answer with a message comes behind it, and is 0
        let code = response.headers().get("grpc-status").map_or(Code::Ok, |status| Code::from_bytes(status.as_bytes()));
        if code == Code::Ok {
            "OK".into()
        } else {
            format!("{code:?}")
        }
    }
}

/// `250m`: at most eight digits and a unit.
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_number = (1..=8).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
    let count: u64 = is_number.then(|| digits.parse().ok()).flatten()?;
    match unit {
        "H" => Some(Duration::from_secs(3600 * count)),
        "M" => Some(Duration::from_secs(60 * count)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        let code = match fault.kind {
            Kind::Malformed => Code::InvalidArgument,
            Kind::Unauthenticated => Code::Unauthenticated,
            Kind::NotFound => Code::NotFound,
            Kind::Method | Kind::Encoding | Kind::Unsupported => Code::Unimplemented,
            Kind::TooLarge => Code::ResourceExhausted,
            Kind::Busy => Code::Unavailable,
            Kind::Slow | Kind::Late => Code::DeadlineExceeded,
            Kind::Failed => Code::Internal,
        };
        Self::new(code, fault.sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_a_number_and_a_unit() {
        for (text, millis) in [("1H", 3_600_000), ("2M", 120_000), ("3S", 3000), ("250m", 250), ("5000u", 5), ("7000000n", 7)] {
            assert_eq!(timeout(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "m", "5", "-5m", "5x", "123456789m", "5µ", "1.5S"] {
            assert_eq!(timeout(text), None, "{text}");
        }
    }
}
