//! Requests a second with an engine that answers at once, beside a bare axum and a bare tonic echo of the same bodies in the same run:
//! `cargo bench -p serve --bench null_engine`. `EMBER_SECONDS` a measurement (2), in `EMBER_TURNS` turns (3); the median counts.

#[path = "../tests/common/mod.rs"]
mod common;

use axum::extract::DefaultBodyLimit;
use axum::serve::ListenerExt;
use bytes::Bytes;
use common::{served, small_model, Running, SIDE};
use ember::device::{Answer, Device, DeviceError, Frame};
use ember::Model;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::Request;
use hyper_util::rt::TokioIo;
use serde_json::json;
use serve::grpc::proto::grpc_inference_service_client::GrpcInferenceServiceClient;
use serve::grpc::proto::grpc_inference_service_server::{GrpcInferenceService, GrpcInferenceServiceServer};
use serve::grpc::proto::*;
use serve::{Config, Models};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::Channel;
use tonic::{Response, Status};

/// Connections, kept alive.
const CONNECTIONS: usize = 32;

/// Answers at once.
struct Null {
    classes: usize,
}

impl Device for Null {
    fn name(&self) -> String {
        "null".into()
    }

    fn depth(&self) -> usize {
        64
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        frames.iter().for_each(|frame| answer(Answer { sequence: frame.sequence, sums: Ok(vec![1; self.classes]) }));
        Ok(())
    }
}

/// Tonic without more: the tensors go back.
struct Echo;

#[tonic::async_trait]
#[rustfmt::skip]
impl GrpcInferenceService for Echo {
    async fn model_infer(&self, request: tonic::Request<ModelInferRequest>) -> Result<Response<ModelInferResponse>, Status> {
        let raw_output_contents = request.into_inner().raw_input_contents;
        Ok(Response::new(ModelInferResponse { raw_output_contents, ..Default::default() }))
    }
    async fn server_live(&self, _: tonic::Request<ServerLiveRequest>) -> Result<Response<ServerLiveResponse>, Status> { Err(Status::unimplemented("")) }
    async fn server_ready(&self, _: tonic::Request<ServerReadyRequest>) -> Result<Response<ServerReadyResponse>, Status> { Err(Status::unimplemented("")) }
    async fn server_metadata(&self, _: tonic::Request<ServerMetadataRequest>) -> Result<Response<ServerMetadataResponse>, Status> { Err(Status::unimplemented("")) }
    async fn model_ready(&self, _: tonic::Request<ModelReadyRequest>) -> Result<Response<ModelReadyResponse>, Status> { Err(Status::unimplemented("")) }
    async fn model_metadata(&self, _: tonic::Request<ModelMetadataRequest>) -> Result<Response<ModelMetadataResponse>, Status> { Err(Status::unimplemented("")) }
    async fn model_config(&self, _: tonic::Request<ModelConfigRequest>) -> Result<Response<ModelConfigResponse>, Status> { Err(Status::unimplemented("")) }
    async fn model_statistics(&self, _: tonic::Request<ModelStatisticsRequest>) -> Result<Response<ModelStatisticsResponse>, Status> { Err(Status::unimplemented("")) }
    async fn repository_index(&self, _: tonic::Request<RepositoryIndexRequest>) -> Result<Response<RepositoryIndexResponse>, Status> { Err(Status::unimplemented("")) }
}

/// Bare axum and tonic on a runtime of two threads, as the server has it.
fn echoes() -> (SocketAddr, SocketAddr) {
    let (ready, addresses) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let local: SocketAddr = ([127, 0, 0, 1], 0).into();
            let http = TcpListener::bind(local).await.expect("a port");
            let grpc = TcpIncoming::bind(local).expect("a port").with_nodelay(Some(true));
            ready.send((http.local_addr().expect("an address"), grpc.local_addr().expect("an address"))).expect("the benchmark waits");
            let echo = axum::Router::new().route("/", axum::routing::post(|body: Bytes| async { body }));
            let echo = axum::serve(http.tap_io(|stream| drop(stream.set_nodelay(true))), echo.layer(DefaultBodyLimit::disable()));
            // with the windows of the server, without which full tensors wait
            let tonic = tonic::transport::Server::builder().initial_stream_window_size(1 << 20).initial_connection_window_size(4 << 20);
            let tonic = { tonic }.add_service(GrpcInferenceServiceServer::new(Echo)).serve_with_incoming(grpc);
            let (http, grpc) = tokio::join!(async { echo.await }, tonic);
            http.expect("axum serves");
            grpc.expect("tonic serves");
        });
    });
    addresses.recv().expect("echoes")
}

/// What a measurement gave.
struct Measured {
    /// Requests a second.
    rate: f64,
    /// The server's own time, microseconds; of the echoes, which do not say it, empty.
    own: Histogram<u64>,
}

/// Own time as the header says it.
fn own_time(headers: &hyper::HeaderMap) -> Option<u64> {
    let text = headers.get("server-timing")?.to_str().ok()?;
    text.strip_prefix("total;dur=")?.parse().ok().map(|millis: f64| (millis * 1000.0) as u64)
}

fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("three digits")
}

/// One connection, and what it asks again and again.
enum Load {
    Http { sender: http1::SendRequest<Full<Bytes>>, path: &'static str, json: usize, body: Bytes },
    Grpc { client: GrpcInferenceServiceClient<Channel>, message: Box<ModelInferRequest> },
}

impl Load {
    async fn http(address: SocketAddr, path: &'static str, (json, body): &(usize, Bytes)) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("set");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        Self::Http { sender, path, json: *json, body: body.clone() }
    }

    async fn grpc(address: SocketAddr, message: &ModelInferRequest) -> Self {
        let endpoint = Channel::from_shared(format!("http://{address}")).expect("an address");
        let endpoint = endpoint.initial_stream_window_size(1 << 20).initial_connection_window_size(4 << 20);
        let client = GrpcInferenceServiceClient::new(endpoint.connect().await.expect("it listens"));
        Self::Grpc { client, message: Box::new(message.clone()) }
    }

    /// Asks once; gives the server's own time, where it is said.
    async fn ask(&mut self) -> Option<u64> {
        match self {
            Self::Http { sender, path, json, body } => {
                let request = Request::post(*path).header("host", "localhost").header("inference-header-content-length", *json);
                let request = request.body(Full::new(body.clone())).expect("a request");
                sender.ready().await.expect("kept alive");
                let response = sender.send_request(request).await.expect("an answer");
                assert_eq!(response.status(), 200);
                let own = own_time(response.headers());
                response.into_body().collect().await.expect("whole");
                own
            }
            Self::Grpc { client, message } => {
                let answer = client.model_infer((**message).clone()).await.expect("an answer");
                own_time(&answer.metadata().clone().into_headers())
            }
        }
    }
}

/// Every connection asks, waits and asks again.
async fn measure(seconds: f64, connections: Vec<Load>) -> Measured {
    let begun = Instant::now();
    let end = begun + Duration::from_secs_f64(seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for mut load in connections {
        tasks.spawn(async move {
            let (mut count, mut own) = (0u64, histogram());
            while Instant::now() < end {
                if let Some(micros) = load.ask().await {
                    own.record(micros).expect("in range");
                }
                count += 1;
            }
            (count, own)
        });
    }
    let (mut count, mut own) = (0, histogram());
    for (some, times) in tasks.join_all().await {
        count += some;
        own.add(times).expect("of one kind");
    }
    Measured { rate: count as f64 / begun.elapsed().as_secs_f64(), own }
}

/// One image of `model` as binary JSON with its length, and as a message.
fn requests(name: &str, side: usize) -> ((usize, Bytes), ModelInferRequest) {
    let pixels: Vec<u8> = (0..side * side * 3).map(|i| i as u8).collect();
    let shape = [1, side as i64, side as i64, 3];
    let size = json!({"binary_data_size": pixels.len()});
    let input = json!({"name": "images", "datatype": "UINT8", "shape": shape, "parameters": size});
    let json = json!({"inputs": [input], "parameters": {"binary_data_output": true}}).to_string();
    let body: Bytes = [json.as_bytes(), &pixels].concat().into();
    let tensor = model_infer_request::InferInputTensor {
        name: "images".into(),
        datatype: "UINT8".into(),
        shape: shape.to_vec(),
        ..Default::default()
    };
    let message =
        ModelInferRequest { model_name: name.into(), inputs: vec![tensor], raw_input_contents: vec![pixels.into()], ..Default::default() };
    ((json.len(), body), message)
}

async fn connections(kind: &str, address: SocketAddr, path: &'static str, http: &(usize, Bytes), grpc: &ModelInferRequest) -> Vec<Load> {
    let mut all = Vec::new();
    for _ in 0..CONNECTIONS {
        all.push(if kind == "http" { Load::http(address, path, http).await } else { Load::grpc(address, grpc).await });
    }
    all
}

fn setting(name: &str, usual: f64) -> f64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn main() {
    // `cargo test --benches` only wants to know that it builds
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (seconds, turns) = (setting("EMBER_SECONDS", 2.0), setting("EMBER_TURNS", 3.0) as usize);
    let (small, full) = (small_model(), Model::embedded());
    let null = |classes| -> Vec<Box<dyn Device>> { vec![Box::new(Null { classes })] };
    let models = [served("small", 1, &small, null(common::CLASSES), 256), served("full", 1, &full, null(1000), 256)];
    let running = Running::start(Models::new(models), Config::default());
    let (echo_http, echo_grpc) = echoes();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    println!("{CONNECTIONS} connections, {turns} turns of {seconds} s, median; all four outputs; own time in microseconds");
    println!("protocol body bytes  echo requests/s  server requests/s  ratio  own p50  own p99");
    for (name, side, path) in [("small", SIDE, "/v2/models/small/infer"), ("full", 227, "/v2/models/full/infer")] {
        let (http, grpc) = requests(name, side);
        for (kind, echo, server) in [("http", echo_http, running.http), ("grpc", echo_grpc, running.grpc)] {
            let (mut rates, mut own) = ([vec![], vec![]], histogram());
            for _ in 0..turns {
                for (rates, (address, path)) in rates.iter_mut().zip([(echo, "/"), (server, path)]) {
                    let measured = runtime.block_on(async {
                        let connections = connections(kind, address, path, &http, &grpc).await;
                        measure(seconds, connections).await
                    });
                    rates.push(measured.rate);
                    own.add(measured.own).expect("of one kind");
                }
            }
            let [echo, server] = rates.map(|mut rates| {
                rates.sort_by(f64::total_cmp);
                rates[rates.len() / 2]
            });
            let (p50, p99) = (own.value_at_quantile(0.5), own.value_at_quantile(0.99));
            println!("{kind:8} {:10}  {echo:15.0}  {server:17.0}  {:5.2}  {p50:7}  {p99:7}", http.1.len(), server / echo);
        }
    }
}
