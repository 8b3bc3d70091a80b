//! What the server, its models and devices are and did.

use super::target::Target;
use crate::fault::{Fault, Kind};
use crate::metrics::CONTENT_TYPE as METRICS;
use crate::models::Served;
use crate::request::shape;
use crate::server::{Server, EXTENSIONS, NAME, PLATFORM, VERSION};
use crate::tensor::{InputKind, OutputKind};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{json, Value};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn ok(body: &Value) -> Response {
    answer(StatusCode::OK, body)
}

/// 503 where something is not ready: what asks looks at the status.
fn if_ready(is_ready: bool, body: &Value) -> Response {
    answer(if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, body)
}

pub async fn live() -> Response {
    ok(&json!({"live": true}))
}

pub async fn ready(State(server): State<Arc<Server>>) -> Response {
    let is_ready = server.is_ready();
    if_ready(is_ready, &json!({"ready": is_ready}))
}

pub async fn server() -> Response {
    ok(&json!({"name": NAME, "version": VERSION, "extensions": EXTENSIONS}))
}

pub async fn models(State(server): State<Arc<Server>>) -> Response {
    let mut names: Vec<&str> = server.models.iter().map(|served| served.name.as_str()).collect();
    names.dedup();
    ok(&json!({"models": names}))
}

pub async fn model(State(server): State<Arc<Server>>, Target(served): Target) -> Response {
    let tensor = |name: &str, datatype: &str, shape: Vec<i64>| json!({"name": name, "datatype": datatype, "shape": shape});
    let inputs = InputKind::ALL.map(|kind| tensor(kind.name(), kind.datatype(), shape(kind, served.model())));
    let outputs = OutputKind::ALL.map(|kind| tensor(kind.name(), kind.datatype(), served.output_shape(kind)));
    let versions = server.models.versions(&served.name);
    ok(&json!({"name": served.name, "versions": versions, "platform": PLATFORM, "inputs": inputs, "outputs": outputs}))
}

pub async fn model_ready(Target(served): Target) -> Response {
    let is_ready = served.is_ready();
    if_ready(is_ready, &json!({"name": served.name, "ready": is_ready}))
}

/// Triton's names of types.
fn data_type(datatype: &str) -> String {
    format!("TYPE_{}", if datatype == "BYTES" { "STRING" } else { datatype })
}

pub async fn config(Target(served): Target) -> Response {
    let input = InputKind::ALL.map(|kind| {
        let dims = shape(kind, served.model()).split_off(1);
        // a request has one of the two
        json!({"name": kind.name(), "data_type": data_type(kind.datatype()), "dims": dims, "optional": true})
    });
    let output = OutputKind::ALL.map(|kind| {
        let dims = served.output_shape(kind).split_off(1);
        json!({"name": kind.name(), "data_type": data_type(kind.datatype()), "dims": dims})
    });
    let (name, most) = (&served.name, served.capacity());
    ok(&json!({"name": name, "platform": PLATFORM, "backend": NAME, "max_batch_size": most, "input": input, "output": output}))
}

fn statistics_of(served: &Served) -> Value {
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let counts = &served.counts;
    let duration = |count, nanos| json!({"count": of(count), "ns": of(nanos)});
    json!({
        "name": served.name,
        "version": served.version.to_string(),
        "last_inference": of(&counts.last),
        "inference_count": of(&counts.images),
        "execution_count": served.batches(),
        "inference_stats": {
            "success": duration(&counts.succeeded, &counts.succeeded_nanos),
            "fail": duration(&counts.failed, &counts.failed_nanos),
        },
    })
}

pub async fn statistics(Target(served): Target) -> Response {
    ok(&json!({"model_stats": [statistics_of(&served)]}))
}

pub async fn all_statistics(State(server): State<Arc<Server>>) -> Response {
    let all: Vec<Value> = server.models.iter().map(|served| statistics_of(served)).collect();
    ok(&json!({"model_stats": all}))
}

pub async fn index(State(server): State<Arc<Server>>) -> Response {
    let all: Vec<Value> = server
        .models
        .iter()
        .map(|served| {
            let (state, reason) = served.state();
            json!({"name": served.name, "version": served.version.to_string(), "state": state, "reason": reason})
        })
        .collect();
    ok(&Value::Array(all))
}

pub async fn metrics(State(server): State<Arc<Server>>) -> Response {
    ([(CONTENT_TYPE, METRICS)], server.metrics.text(&server.models)).into_response()
}

/// What the devices are doing, for the page.
pub async fn devices(State(server): State<Arc<Server>>) -> Response {
    let of = |served: &Served| {
        let device = |share: &ember::Share| {
            let failure = share.failure.as_ref().map(|failure| failure.to_string());
            json!({"name": share.name, "frames": share.frames, "busy_seconds": share.busy.as_secs_f64(), "failure": failure})
        };
        let devices: Vec<Value> = served.shares().iter().map(device).collect();
        let (under_way, capacity) = (served.under_way(), served.capacity());
        json!({"model": served.name, "version": served.version, "under_way": under_way, "capacity": capacity, "devices": devices})
    };
    let all: Vec<Value> = server.models.iter().map(|served| of(served)).collect();
    ok(&json!({"ready": server.is_ready(), "models": all}))
}

/// Loading and unloading: the models are those that the server was started with.
pub async fn fixed() -> Fault {
    Fault::new(Kind::Unsupported, "the models are those that the server was started with; start another one for others")
}
