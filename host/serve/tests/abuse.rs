//! Many clients at once, of whom some go in the middle, send what is wrong, or send nothing more: each that stays has its own right answer or the
//! protocol's refusal, memory stays flat, and in the end no connection, image or task is left. 3,000 requests; the whole bar is
//! `EMBER_ABUSE_REQUESTS=100000 cargo test --release -p serve --test abuse -- --nocapture`, and `EMBER_ABUSE_SEED` chooses others.

mod common;

use common::raw::{self, connect, text};
use common::{served, small_model, software, until, Running, SIDE};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use serve::grpc::proto::grpc_inference_service_client::GrpcInferenceServiceClient;
use serve::grpc::proto::*;
use serve::{Config, Models};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

const CLIENTS: u64 = 64;
/// Every eighth speaks gRPC.
const GRPC: u64 = 8;
const INFER: &str = "/v2/models/small/infer";
const PIXELS: usize = SIDE * SIDE * 3;
/// What memory may grow by once everything was done a few times, kB.
const GROWTH: u64 = 64 << 10;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Memory in use, kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// What is known of the frames that are asked about: pixels of one value each.
struct Known(BTreeMap<u8, Vec<u32>>);

impl Known {
    fn new() -> Self {
        let model = small_model();
        let sums = |value: u8| {
            let pixels = ember::Pixels::new(vec![value; PIXELS], SIDE, SIDE).expect("pixels");
            net::reference::run(&model.network, pixels.view()).expect("it runs").sums
        };
        Self([0, 7, 100, 200, 255].map(|value| (value, sums(value))).into())
    }

    fn draw(&self, rng: &mut StdRng) -> (u8, &[u32]) {
        let (value, sums) = self.0.iter().nth(rng.random_range(0..self.0.len())).expect("in range");
        (*value, sums)
    }
}

/// What became of the requests.
#[derive(Debug, Default)]
struct Tally {
    right: AtomicU64,
    busy: AtomicU64,
    refused: AtomicU64,
    gone: AtomicU64,
}

fn good(value: u8) -> Vec<u8> {
    let input = json!({"name": "images", "datatype": "UINT8", "shape": [1, SIDE, SIDE, 3], "parameters": {"binary_data_size": PIXELS}});
    let json = json!({"inputs": [input], "outputs": [{"name": "sums"}]}).to_string();
    let length = json.len().to_string();
    text("POST", INFER, &[("inference-header-content-length", &length)], &[json.as_bytes(), &[value; PIXELS]].concat())
}

/// One of the ways to be wrong; whether an answer has to come.
fn wrong(rng: &mut StdRng) -> (Vec<u8>, bool) {
    let tensor = |name: &str, datatype: &str, shape: &str| {
        format!(r#"{{"inputs":[{{"name":"{name}","datatype":"{datatype}","shape":{shape},"data":[1,2,3]}}]}}"#).into_bytes()
    };
    let post = |body: &[u8]| text("POST", INFER, &[], body);
    match rng.random_range(0..9) {
        0 => (post(&tensor("images", "UINT8", "[1,3,17,17]")), true),
        1 => (post(&tensor("images", "FP32", "[1,17,17,3]")), true),
        2 => (post(&tensor("picture", "UINT8", "[1,17,17,3]")), true),
        3 => (post(&tensor("images", "UINT8", "[18446744073709551616,17,17,3]")), true),
        4 => (post(b"{\"id\":\"\xff\xfe\",\"inputs\":[]}"), true),
        5 => (text("POST", INFER, &[("inference-header-content-length", "99999")], b"{}"), true),
        6 => (format!("POST {INFER} HTTP/1.1\r\nhost: x\r\ncontent-length: 1073741824\r\n\r\n").into_bytes(), true),
        7 => (post(&good(7)[..rng.random_range(0..400)]), true),
        // and then nothing
        _ => (b"POST /v2/models/sm".to_vec(), false),
    }
}

/// One client over HTTP, which keeps its connection while that is good.
fn http(running: &Running, known: &Known, tally: &Tally, rng: &mut StdRng, requests: u64) {
    let mut kept: Option<TcpStream> = None;
    for _ in 0..requests {
        let roll = rng.random_range(0..100);
        if roll == 0 {
            let (bytes, has_answer) = wrong(rng);
            let reply = raw::exchange(&mut connect(running.http), &bytes);
            assert!(!has_answer || reply.is_some(), "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
            if let Some(reply) = reply.filter(|_| has_answer) {
                assert!((400..500).contains(&reply.status) && !reply.error().is_empty(), "{reply:?}");
            }
            tally.refused.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let (value, sums) = known.draw(rng);
        let bytes = good(value);
        if roll < 10 {
            let mut stream = kept.take().unwrap_or_else(|| connect(running.http));
            // the server may have ended it, which is as good
            let _ = stream.write_all(&bytes[..rng.random_range(0..=bytes.len())]);
            tally.gone.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let reused = kept.take();
        let was_kept = reused.is_some();
        let mut stream = reused.unwrap_or_else(|| connect(running.http));
        let Some(reply) = raw::exchange(&mut stream, &bytes) else {
            // a kept connection may be ended in between, as HTTP allows
            assert!(was_kept, "no answer on a new connection");
            tally.gone.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        match reply.status {
            200 => {
                assert_eq!(reply.json()["outputs"][0]["data"], json!(sums));
                tally.right.fetch_add(1, Ordering::Relaxed);
            }
            503 => drop(tally.busy.fetch_add(1, Ordering::Relaxed)),
            other => panic!("{other}: {}", reply.error()),
        }
        kept = Some(stream);
    }
}

/// One client over gRPC.
fn grpc(runtime: &Runtime, client: &GrpcInferenceServiceClient<Channel>, known: &Known, tally: &Tally, rng: &mut StdRng, requests: u64) {
    for _ in 0..requests {
        let roll = rng.random_range(0..100);
        let (value, sums) = known.draw(rng);
        let input = model_infer_request::InferInputTensor {
            name: "images".into(),
            datatype: "UINT8".into(),
            shape: if roll == 0 { vec![-1, 0, i64::MAX] } else { vec![1, SIDE as i64, SIDE as i64, 3] },
            ..Default::default()
        };
        let raw = vec![value; PIXELS].into();
        let outputs = vec![model_infer_request::InferRequestedOutputTensor { name: "sums".into(), ..Default::default() }];
        let message = ModelInferRequest {
            model_name: "small".into(),
            inputs: vec![input],
            outputs,
            raw_input_contents: vec![raw],
            ..Default::default()
        };
        let mut client = client.clone();
        let patience = if (1..10).contains(&roll) { Duration::from_micros(rng.random_range(0..2000)) } else { common::PATIENCE };
        let answer = runtime.block_on(async { tokio::time::timeout(patience, client.model_infer(message)).await });
        let counted = match answer {
            Err(_) => &tally.gone,
            Ok(Ok(answer)) => {
                let expected: Vec<u8> = sums.iter().flat_map(|sum| sum.to_le_bytes()).collect();
                assert_eq!(answer.into_inner().raw_output_contents[0], expected);
                &tally.right
            }
            Ok(Err(status)) if status.code() == tonic::Code::Unavailable => &tally.busy,
            Ok(Err(status)) => {
                assert!(roll == 0 && status.code() == tonic::Code::InvalidArgument, "{status:?}");
                &tally.refused
            }
        };
        counted.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn nothing_is_left_of_many_clients() {
    let (requests, seed) = (setting("EMBER_ABUSE_REQUESTS", 3000), setting("EMBER_ABUSE_SEED", 2016));
    println!("seed {seed}, {requests} requests from {CLIENTS} clients");
    let model = small_model();
    let config = Config { read_timeout: Duration::from_millis(500), ..Config::default() };
    let running = Running::start(Models::new([served("small", 1, &model, vec![software(&model)], 96)]), config);
    let known = Known::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let endpoint = Channel::from_shared(format!("http://{}", running.grpc)).expect("an address");
    let client = GrpcInferenceServiceClient::new(runtime.block_on(endpoint.connect()).expect("the server listens"));
    let tally = Tally::default();
    let round = |round: u64, requests: u64| {
        std::thread::scope(|scope| {
            for number in 0..CLIENTS {
                let (running, known, tally, runtime, client) = (&running, &known, &tally, &runtime, &client);
                let mut rng = StdRng::seed_from_u64(seed + 1000 * round + number);
                let share = requests / CLIENTS;
                scope.spawn(move || match number % GRPC {
                    0 => grpc(runtime, client, known, tally, &mut rng, share),
                    _ => http(running, known, tally, &mut rng, share),
                });
            }
        });
    };
    round(0, requests / 4);
    let before = memory();
    round(1, requests - requests / 4);
    let after = memory();
    println!("{tally:?}; memory {before} kB after a quarter, {after} kB in the end");
    assert!(after < before + GROWTH, "memory grew from {before} to {after} kB");
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    assert!(of(&tally.right) > requests / 2 && of(&tally.refused) > 0 && of(&tally.gone) > 0, "{tally:?}");
    drop(client);
    until("no image is under way", || running.server.models.iter().all(|served| served.under_way() == 0));
    for protocol in ["http", "grpc"] {
        until("no connection is open", || running.server.metrics.connections(protocol).get() == 0);
    }
}
