//! What a server does at its limits: a full queue, deadlines, callers who go, the end with requests under way; tokens, TLS, request
//! numbers, metrics. A device that waits for a word stands behind it.

mod common;

use common::raw::{self, Reply};
use common::transports::Asker;
use common::{served, small_model, software, until, Gate, Running, SIDE};
use ember::device::{Answer, Device, DeviceError, Frame, Spent};
use ember::Model;
use serde_json::json;
use serve::grpc::proto::*;
use serve::{Config, End, Models, TlsFiles};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tonic::Code;

const INFER: &str = "/v2/models/small/infer";

/// A server before `gate`, for `capacity` images.
fn gated(gate: &Gate, capacity: usize, config: Config) -> Running {
    let model = small_model();
    Running::start(Models::new([served("small", 1, &model, vec![gate.device()], capacity)]), config)
}

fn body(count: usize) -> Vec<u8> {
    let data = vec![7; count * SIDE * SIDE * 3];
    let inputs = json!([{"name": "images", "datatype": "UINT8", "shape": [count, SIDE, SIDE, 3], "data": data}]);
    json!({"inputs": inputs, "outputs": [{"name": "sums"}]}).to_string().into_bytes()
}

fn message(count: usize) -> ModelInferRequest {
    let input = model_infer_request::InferInputTensor {
        name: "images".into(),
        datatype: "UINT8".into(),
        shape: vec![count as i64, SIDE as i64, SIDE as i64, 3],
        ..Default::default()
    };
    let raw = vec![7; count * SIDE * SIDE * 3];
    ModelInferRequest { model_name: "small".into(), inputs: vec![input], raw_input_contents: vec![raw.into()], ..Default::default() }
}

/// Sends a request and does not wait for its answer.
fn send(address: SocketAddr, count: usize) -> TcpStream {
    let mut stream = raw::connect(address);
    stream.write_all(&raw::text("POST", INFER, &[], &body(count))).expect("sent");
    stream
}

fn under_way(running: &Running) -> usize {
    running.server.models.iter().map(|served| served.under_way()).sum()
}

#[test]
fn a_full_queue_says_so_and_goes_on() {
    let gate = Gate::default();
    let running = gated(&gate, 3, Config::default());
    let mut waiting: Vec<TcpStream> = (0..3).map(|_| send(running.http, 1)).collect();
    until("the queue is full", || under_way(&running) == 3);
    let reply = raw::ask(running.http, "POST", INFER, &[], &body(1));
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    assert!(reply.error().contains("small: the queue of 3 images is full; try again"), "{}", reply.error());
    let mut asker = Asker::new(&running);
    let (runtime, client) = asker.grpc();
    let status = runtime.block_on(client.model_infer(message(1))).expect_err("full");
    assert!(status.code() == Code::Unavailable && status.message().contains("is full"), "{status:?}");
    // it is full, and neither dead nor gone
    assert_eq!((raw::get(running.http, "/v2/health/ready").status, raw::get(running.http, "/v2/models/small").status), (200, 200));
    gate.open();
    for stream in &mut waiting {
        assert_eq!(raw::read(stream).expect("an answer").status, 200);
    }
    assert_eq!(raw::ask(running.http, "POST", INFER, &[], &body(3)).status, 200);
    assert!(raw::ask(running.http, "POST", INFER, &[], &body(4)).error().contains("at most 3"));
}

#[test]
fn deadlines_end_the_wait() {
    let gate = Gate::default();
    let running = gated(&gate, 16, Config { request_timeout: Duration::from_millis(300), ..Config::default() });
    let reply = raw::ask(running.http, "POST", INFER, &[], &body(1));
    assert!(reply.status == 504 && reply.error().contains("no answer within 300ms"), "{} {}", reply.status, reply.error());
    let mut json: serde_json::Value = serde_json::from_slice(&body(1)).expect("JSON");
    json["parameters"] = json!({"timeout": 20_000});
    let reply = raw::ask(running.http, "POST", INFER, &[], json.to_string().as_bytes());
    assert!(reply.status == 504 && reply.error().contains("no answer within 20ms"), "{} {}", reply.status, reply.error());
    let mut asker = Asker::new(&running);
    let (runtime, client) = asker.grpc();
    // the server's sentence where its own limit is the shorter one, else the client's library is first
    let status = runtime.block_on(client.model_infer(message(1))).expect_err("late");
    assert!(status.code() == Code::DeadlineExceeded && status.message().contains("no answer within 300ms"), "{status:?}");
    let mut hurried = tonic::Request::new(message(1));
    hurried.metadata_mut().insert("grpc-timeout", "30m".parse().expect("ASCII"));
    let status = runtime.block_on(client.model_infer(hurried)).expect_err("late");
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");
    until("all are given up", || under_way(&running) == 0);
    // one had begun; the others were never classified
    gate.open();
    assert_eq!(raw::ask(running.http, "POST", INFER, &[], &body(1)).status, 200);
    assert_eq!(gate.seen(), 2);
}

#[test]
fn who_goes_is_not_worked_for() {
    let gate = Gate::default();
    let running = gated(&gate, 64, Config::default());
    let mut first = send(running.http, 1);
    until("the device has begun", || gate.seen() == 1);
    let gone: Vec<TcpStream> = (0..5).map(|_| send(running.http, 4)).collect();
    let mut asker = Asker::new(&running);
    let (runtime, client) = asker.grpc();
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let mut client = client.clone();
            runtime.spawn(async move { client.model_infer(message(2)).await })
        })
        .collect();
    until("all are there", || under_way(&running) == 1 + 5 * 4 + 3 * 2);
    drop(gone);
    calls.iter().for_each(|call| call.abort());
    until("only the first one is left", || under_way(&running) == 1);
    gate.open();
    assert_eq!(raw::read(&mut first).expect("an answer").status, 200);
    assert_eq!(raw::ask(running.http, "POST", INFER, &[], &body(1)).status, 200);
    assert_eq!(gate.seen(), 2);
}

#[test]
fn the_end_waits_for_what_is_under_way() {
    let gate = Gate::default();
    let mut running = gated(&gate, 8, Config::default());
    let (http, grpc) = (running.http, running.grpc);
    let mut under = send(http, 2);
    let mut idle = raw::connect(http);
    assert_eq!(raw::exchange(&mut idle, &raw::text("GET", "/v2/health/ready", &[], b"")).expect("an answer").status, 200);
    let mut asker = Asker::new(&running);
    let (runtime, client) = asker.grpc();
    let call = {
        let mut client = client.clone();
        runtime.spawn(async move { client.model_infer(message(1)).await })
    };
    until("all are there", || under_way(&running) == 3);
    running.tell_to_stop();
    until("it is not ready", || !running.server.is_ready());
    until("nothing more is accepted", || TcpStream::connect(http).is_err() && TcpStream::connect(grpc).is_err());
    // whoever is idle is sent away
    assert!(raw::exchange(&mut idle, &raw::text("GET", "/v2/health/ready", &[], b"")).is_none());
    gate.open();
    assert_eq!(raw::read(&mut under).expect("an answer").status, 200);
    assert!(runtime.block_on(call).expect("no panic").is_ok());
    assert_eq!(running.end(), End::Drained);
}

#[test]
fn the_end_does_not_wait_for_ever() {
    let gate = Gate::default();
    let running = gated(&gate, 8, Config { drain_timeout: Duration::from_millis(200), ..Config::default() });
    let mut under = send(running.http, 1);
    until("it is there", || under_way(&running) == 1);
    // the device may be closed with the last hold on it
    let opens = gate.clone();
    let server = running.server.clone();
    assert_eq!(running.end(), End::CutOff(1));
    assert!(raw::read(&mut under).is_none());
    opens.open();
    drop(server);
}

#[test]
fn a_token_is_asked_for() {
    let model = small_model();
    let config = Config { token: Some("s3cret".into()), ..Config::default() };
    let running = Running::start(Models::new([served("small", 1, &model, vec![software(&model)], 8)]), config);
    let of = |method: &str, path: &str, token: Option<&str>| {
        let headers: Vec<_> = token.map(|token| ("authorization", token)).into_iter().collect();
        raw::ask(running.http, method, path, &headers, &body(1))
    };
    for token in [
        None,
        Some("Bearer"),
        Some("Bearer "),
        Some("Bearer s3cre"),
        Some("Bearer s3cret "),
        Some("Bearer s3crets"),
        Some("Basic s3cret"),
        Some("s3cret"),
    ] {
        // trailing blanks are no part of a header
        let is_right = token == Some("Bearer s3cret ");
        let reply = of("POST", INFER, token);
        assert_eq!(reply.status, if is_right { 200 } else { 401 }, "{token:?}");
        if !is_right {
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
            assert!(reply.error().contains("the token is missing or wrong"), "{}", reply.error());
        }
    }
    for token in ["Bearer s3cret", "bearer s3cret"] {
        assert_eq!(of("POST", INFER, Some(token)).status, 200);
    }
    for (path, is_open) in [
        ("/", true),
        ("/page.js", true),
        ("/v2/health/live", true),
        ("/v2/health/ready", true),
        ("/v2", false),
        ("/metrics", false),
        ("/devices", false),
        ("/v2/models/small", false),
    ] {
        assert_eq!(of("GET", path, None).status, if is_open { 200 } else { 401 }, "{path}");
        assert_eq!(of("GET", path, Some("Bearer s3cret")).status, 200, "{path}");
    }
    let mut asker = Asker::new(&running);
    let (runtime, client) = asker.grpc();
    runtime.block_on(async {
        assert!(client.server_ready(ServerReadyRequest {}).await.is_ok());
        for token in [None, Some("Bearer wrong"), Some("Bearer s3cret")] {
            let mut request = tonic::Request::new(message(1));
            if let Some(token) = token {
                request.metadata_mut().insert("authorization", token.parse().expect("ASCII"));
            }
            let code = client.model_infer(request).await.map_or_else(|status| status.code(), |_| Code::Ok);
            assert_eq!(code, if token == Some("Bearer s3cret") { Code::Ok } else { Code::Unauthenticated }, "{token:?}");
        }
    });
}

/// The certificate in `tests/data` is for localhost, by itself, and lasts until 2126.
fn tls_files() -> TlsFiles {
    let at = |name: &str| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    TlsFiles { certificates: at("certificate.pem"), key: at("key.pem") }
}

fn tls_ask(address: SocketAddr, request: &[u8]) -> Reply {
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls::pki_types::CertificateDer::from_pem_file(tls_files().certificates).expect("PEM")).expect("a certificate");
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a name");
    let client = rustls::ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = rustls::StreamOwned::new(client, raw::connect(address));
    raw::exchange(&mut stream, request).expect("an answer")
}

#[test]
fn connections_are_private_with_a_certificate() {
    let model = small_model();
    let config = Config { tls: Some(tls_files()), read_timeout: Duration::from_secs(1), ..Config::default() };
    let running = Running::start(Models::new([served("small", 1, &model, vec![software(&model)], 8)]), config);
    assert_eq!(tls_ask(running.http, &raw::text("POST", INFER, &[], &body(1))).status, 200);
    // in the open there is no answer, and nobody else is kept from one
    let plain = raw::exchange(&mut raw::connect(running.http), &raw::text("GET", "/v2", &[], b""));
    assert!(plain.is_none(), "{plain:?}");
    let _silent = raw::connect(running.http);
    assert_eq!(tls_ask(running.http, &raw::text("GET", "/v2", &[], b"")).status, 200);
    until("who is silent is sent away", || running.server.metrics.connections("http").get() == 0);
}

#[test]
fn files_that_are_no_certificate_are_named() {
    let bind = |certificates: &str, key: &str| {
        let at = |name: &str| tls_files().certificates.with_file_name(name);
        let config = Config { tls: Some(TlsFiles { certificates: at(certificates), key: at(key) }), ..Config::default() };
        let config = Config { http: Some(([127, 0, 0, 1], 0).into()), grpc: None, ..config };
        let server = Arc::new(serve::Server::new(Models::default(), config));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(serve::Listening::bind(server)).err().expect("refused").to_string()
    };
    for (certificates, key, says) in [
        ("none.pem", "key.pem", "none.pem: "),
        ("key.pem", "key.pem", "key.pem: there is no certificate in it; expected a PEM file with certificates"),
        ("certificate.pem", "certificate.pem", "certificate.pem: there is none in it; expected a PEM file with a private key"),
    ] {
        let error = bind(certificates, key);
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn every_answer_has_a_number() {
    let model = small_model();
    let running = Running::start(Models::new([served("small", 1, &model, vec![software(&model)], 8)]), Config::default());
    let id = |given: Option<&str>, path: &str| {
        let headers: Vec<_> = given.map(|id| ("x-request-id", id)).into_iter().collect();
        raw::ask(running.http, "GET", path, &headers, b"").header("x-request-id").expect("a number").to_string()
    };
    assert_eq!((id(Some("mine-7"), "/v2"), id(Some("mine-8"), "/no/such/page")), ("mine-7".into(), "mine-8".into()));
    let made: std::collections::BTreeSet<String> = (0..10).map(|_| id(None, "/v2")).collect();
    assert!(made.len() == 10 && made.iter().all(|id| id.len() == 36), "{made:?}");
    for bad in ["a b", &"x".repeat(129), ""] {
        assert_eq!(id(Some(bad), "/v2").len(), 36, "{bad}");
    }
    let mut asker = Asker::new(&running);
    let (runtime, client) = asker.grpc();
    let mut request = tonic::Request::new(ServerReadyRequest {});
    request.metadata_mut().insert("x-request-id", "mine-9".parse().expect("ASCII"));
    let answer = runtime.block_on(client.server_ready(request)).expect("an answer");
    assert_eq!(answer.metadata().get("x-request-id").expect("a number"), "mine-9");
}

/// Name with labels, and value, of every sample.
fn samples(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with("# EOF\n"));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let samples: BTreeMap<_, _> = lines
        .clone()
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("a value");
            (name.to_string(), value.parse().expect("a number"))
        })
        .collect();
    assert_eq!(samples.len(), lines.count(), "a sample is there twice");
    samples
}

#[test]
fn metrics_count_what_happened() {
    let model: Model = small_model();
    let running = Running::start(Models::new([served("small", 1, &model, vec![software(&model)], 8)]), Config::default());
    for _ in 0..3 {
        assert_eq!(raw::ask(running.http, "POST", INFER, &[], &body(2)).status, 200);
    }
    assert_eq!(raw::ask(running.http, "POST", INFER, &[], b"x").status, 400);
    let mut asker = Asker::new(&running);
    let (runtime, client) = asker.grpc();
    assert!(runtime.block_on(client.model_infer(message(1))).is_ok());
    assert!(runtime.block_on(client.model_infer(message(9))).is_err());
    let reply = raw::get(running.http, "/metrics");
    assert!(reply.header("content-type").expect("a type").starts_with("application/openmetrics-text"));
    let samples = samples(std::str::from_utf8(&reply.body).expect("UTF-8"));
    let of = |name: &str, labels: &[&str]| {
        let is_it = |key: &&String| key.split('{').next() == Some(name) && labels.iter().all(|label| key.contains(label));
        let found: Vec<_> = samples.keys().filter(is_it).collect();
        assert_eq!(found.len(), 1, "{name} {labels:?} in {samples:?}");
        samples[found[0]]
    };
    let device = ["model=\"small\"", "version=\"1\"", "device=\"software\""];
    for (name, labels, value) in [
        ("ember_requests_total", &["protocol=\"http\"", "code=\"200\""][..], 3.0),
        ("ember_requests_total", &["protocol=\"http\"", "code=\"400\""], 1.0),
        ("ember_requests_total", &["protocol=\"grpc\"", "code=\"OK\""], 1.0),
        ("ember_requests_total", &["protocol=\"grpc\"", "code=\"InvalidArgument\""], 1.0),
        ("ember_request_duration_seconds_count", &["protocol=\"http\""], 4.0),
        ("ember_request_duration_seconds_bucket", &["protocol=\"grpc\"", "le=\"+Inf\""], 2.0),
        ("ember_connections", &["protocol=\"grpc\""], 1.0),
        ("ember_images_total", &["model=\"small\""], 7.0),
        ("ember_queue_images", &["model=\"small\""], 0.0),
        ("ember_queue_capacity_images", &["model=\"small\""], 8.0),
        ("ember_device_up", &device, 1.0),
        ("ember_device_frames_total", &device, 7.0),
        ("ember_device_batch_frames_sum", &device, 7.0),
        ("ember_device_faults_total", &device, 0.0),
        ("ember_device_resets_total", &device, 0.0),
    ] {
        assert_eq!(of(name, labels), value, "{name} {labels:?}");
    }
    assert!(of("ember_device_busy_seconds_total", &device) > 0.0);
    let statistics = raw::get(running.http, "/v2/models/small/stats").json();
    let of_model = &statistics["model_stats"][0];
    assert_eq!((&of_model["inference_count"], &of_model["inference_stats"]["success"]["count"]), (&json!(7), &json!(4)));
    assert_eq!(of_model["inference_stats"]["fail"]["count"], 2);
}

/// A device that had faults, as a board's driver tells of them.
struct Faulty;

impl Device for Faulty {
    fn name(&self) -> String {
        "faulty".into()
    }

    fn depth(&self) -> usize {
        1
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        frames.iter().for_each(|frame| answer(Answer { sequence: frame.sequence, sums: Ok(vec![1; common::CLASSES]) }));
        Ok(())
    }

    fn spent(&mut self) -> Result<Option<Spent>, DeviceError> {
        Ok(Some(Spent { resent: 5, resets: 2, ..Spent::default() }))
    }
}

#[test]
fn metrics_have_a_boards_faults_and_resets() {
    let model = small_model();
    let running = Running::start(Models::new([served("small", 1, &model, vec![Box::new(Faulty)], 8)]), Config::default());
    assert_eq!(raw::ask(running.http, "POST", INFER, &[], &body(1)).status, 200);
    // they are looked at behind each batch
    until("the metrics have them", || {
        let reply = raw::get(running.http, "/metrics");
        let samples = samples(std::str::from_utf8(&reply.body).expect("UTF-8"));
        let of = |name: &str| samples.iter().find(|(key, _)| key.starts_with(name)).map(|(_, value)| *value);
        (of("ember_device_faults_total"), of("ember_device_resets_total")) == (Some(5.0), Some(2.0))
    });
}
