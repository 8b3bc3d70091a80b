//! Requests that are wrong in themselves, over HTTP and gRPC: each has the protocol's refusal in one sentence, and the server is right
//! afterwards, with nothing under way and no connection left.

mod common;

use common::raw::{self, connect, exchange, text};
use common::{served, small_model, software, until, Running, CLASSES, SIDE};
use serde_json::json;
use serve::grpc::proto::*;
use serve::{Config, Models};
use std::io::{Read, Write};
use std::time::{Duration, Instant};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::Code;

const INFER: &str = "/v2/models/small/infer";
const PIXELS: usize = SIDE * SIDE * 3;
const LIMIT: usize = 1 << 20;
const READ_TIMEOUT: Duration = Duration::from_millis(400);

fn small(config: Config) -> Running {
    let model = small_model();
    Running::start(Models::new([served("small", 1, &model, vec![software(&model)], 8)]), config)
}

fn limited() -> Running {
    small(Config { body_limit: LIMIT, read_timeout: READ_TIMEOUT, ..Config::default() })
}

/// What a good request gives.
fn answers(running: &Running) {
    let body =
        json!({"inputs": [{"name": "images", "datatype": "UINT8", "shape": [1, SIDE, SIDE, 3], "data": vec![7; PIXELS]}]}).to_string();
    let reply = raw::ask(running.http, "POST", INFER, &[], body.as_bytes());
    let outputs = &reply.json()["outputs"];
    assert_eq!((reply.status, outputs[0]["data"].as_array().map(Vec::len)), (200, Some(CLASSES)), "{outputs}");
    let model = small_model();
    let pixels = ember::Pixels::new(vec![7; PIXELS], SIDE, SIDE).expect("pixels");
    let expected = net::reference::run(&model.network, pixels.view()).expect("it runs").sums;
    assert_eq!(outputs[0]["data"], json!(expected));
}

/// That nothing is left of what was wrong.
fn is_idle(running: &Running) {
    until("nothing is under way", || running.server.models.iter().all(|served| served.under_way() == 0));
    for protocol in ["http", "grpc"] {
        until("no connection is open", || running.server.metrics.connections(protocol).get() == 0);
    }
}

/// An input in JSON with other fields than the right ones.
fn input(changes: serde_json::Value) -> String {
    let mut input = json!({"name": "images", "datatype": "UINT8", "shape": [1, SIDE, SIDE, 3]});
    let fields = input.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        fields.insert(name.clone(), value.clone());
    }
    json!({"inputs": [input]}).to_string()
}

/// With `data` as it is.
fn data(data: &str) -> String {
    format!(r#"{{"inputs":[{{"name":"images","datatype":"UINT8","shape":[1,{SIDE},{SIDE},3],"data":{data}}}]}}"#)
}

#[test]
fn json_of_another_form() {
    let running = limited();
    let deep = |count: usize| format!("{}{}", "[".repeat(count), "]".repeat(count));
    let pixels = |last: &str| format!("[{}{last}]", "0,".repeat(PIXELS - 1));
    for (body, says) in [
        (String::new(), "the request's JSON cannot be read: EOF"),
        ("{}".into(), "missing field `inputs`"),
        ("[]".into(), "the request's JSON cannot be read"),
        ("null".into(), "the request's JSON cannot be read"),
        (input(json!({"data": [1]}))[..40].into(), "EOF while parsing"),
        (r#"{"inputs":{}}"#.into(), "invalid type: map, expected a sequence"),
        (r#"{"inputs":[],"id":7}"#.into(), "invalid type: integer `7`, expected a string"),
        (r#"{"inputs":[]}"#.into(), "the request has 0 inputs"),
        (r#"{"inputs":[]} more"#.into(), "trailing characters"),
        (deep(100_000), "the request's JSON cannot be read"),
        (format!(r#"{{"inputs":[],"parameters":{{"a":{}}}}}"#, deep(100_000)), "recursion limit exceeded"),
        (data(&deep(100_000)), "images: the data cannot be read: recursion limit exceeded"),
        (data("[NaN]"), "the request's JSON cannot be read"),
        (data("[Infinity]"), "the request's JSON cannot be read"),
        (data("[1e999]"), "images: the data cannot be read: number out of range"),
        (data("[-1]"), "expected integers 0 to 255"),
        (data("[256]"), "invalid value: integer `256`, expected integers 0 to 255"),
        (data("[0.5]"), "expected integers 0 to 255"),
        (data("[\"0\"]"), "expected integers 0 to 255"),
        (data("[null]"), "expected integers 0 to 255"),
        (data("[{}]"), "expected integers 0 to 255"),
        (data("7"), "the tensor has 1 bytes; expected 867"),
        (data("null"), "images: there is no content; send data or binary_data_size"),
        (data("[]"), "images: the tensor has 0 bytes; expected 867"),
        (data(&pixels("0,0")), "images: the tensor has 868 bytes; expected 867"),
        (data(&pixels("300")), "integer `300`"),
        (input(json!({})), "images: there is no content"),
        (input(json!({"name": 5})), "invalid type: integer `5`, expected a string"),
        (input(json!({"shape": [1, 2.5]})), "expected i64"),
        (input(json!({"shape": "1"})), "expected a sequence"),
        (input(json!({"shape": [u64::MAX, SIDE, SIDE, 3]})), "expected i64"),
        (input(json!({"shape": [1e30, SIDE, SIDE, 3]})), "expected i64"),
        (input(json!({"shape": [i64::MAX, i64::MAX, i64::MAX, 3], "data": [1]})), "images: the shape is"),
        (input(json!({"data": [1], "parameters": {"binary_data_size": 1}})), "there are both data and binary_data_size"),
        (input(json!({"parameters": {"binary_data_size": "1"}})), "the parameter binary_data_size is of another type"),
        (input(json!({"parameters": {"binary_data_size": 1.5}})), "the parameter binary_data_size is of another type"),
        (
            input(json!({"parameters": {"shared_memory_region": "a", "shared_memory_byte_size": 5}})),
            "images: shared memory is not supported",
        ),
        (r#"{"inputs":[{"name":"encoded","datatype":"BYTES","shape":[1],"data":[5]}]}"#.into(), "expected strings"),
        (
            r#"{"inputs":[{"name":"encoded","datatype":"BYTES","shape":[1],"data":["!"],"parameters":{"content_type":"base64"}}]}"#.into(),
            "encoded[0]: this is not base64",
        ),
        (r#"{"inputs":[{"name":"encoded","datatype":"BYTES","shape":[1],"data":["text"]}]}"#.into(), "encoded[0]: this is not an image"),
        (r#"{"inputs":[],"outputs":[{"name":"sums","parameters":{"classification":3}}]}"#.into(), "sums: classification is not supported"),
        (r#"{"inputs":[],"parameters":{"binary_data_output":1}}"#.into(), "the parameter binary_data_output is of another type"),
    ] {
        let reply = raw::ask(running.http, "POST", INFER, &[], body.as_bytes());
        let shown = &body[..body.len().min(90)];
        assert!(reply.status == 400 && reply.error().contains(says), "{shown}: {} {}, expected {says}", reply.status, reply.error());
        assert!(reply.error().len() < 400 && !reply.error().contains('\n'), "{}", reply.error());
    }
    let bad_text = [b"{\"id\":\"".as_slice(), &[0xff, 0xfe], b"\",\"inputs\":[]}"].concat();
    let reply = raw::ask(running.http, "POST", INFER, &[], &bad_text);
    assert!(reply.status == 400 && reply.error().contains("invalid unicode"), "{}", reply.error());
    answers(&running);
    is_idle(&running);
}

#[test]
fn binary_tensors_that_do_not_fill_their_frame() {
    let running = limited();
    let sized = |size: i64| input(json!({"parameters": {"binary_data_size": size}}));
    let of = |json: &str, header: &str, rest: &[u8]| {
        let body = [json.as_bytes(), rest].concat();
        raw::ask(running.http, "POST", INFER, &[("inference-header-content-length", header)], &body)
    };
    let right = sized(PIXELS as i64);
    let length = right.len().to_string();
    assert_eq!(of(&right, &length, &[7; PIXELS]).status, 200);
    let (shorter, longer) = ((right.len() - 1).to_string(), (right.len() + 1).to_string());
    for (json, header, rest, says) in [
        (right.as_str(), "", PIXELS, "Inference-Header-Content-Length is \"\""),
        (&right, "x", PIXELS, "Inference-Header-Content-Length is \"x\"; expected the JSON's bytes, 0 to"),
        (&right, "-1", PIXELS, "Inference-Header-Content-Length is \"-1\""),
        (&right, "+5", PIXELS, "Inference-Header-Content-Length is \"+5\""),
        (&right, "99999999999999999999999", PIXELS, "Inference-Header-Content-Length is"),
        (&right, "100000", PIXELS, "Inference-Header-Content-Length is \"100000\""),
        (&right, &shorter, PIXELS, "the request's JSON cannot be read"),
        (&right, &longer, PIXELS, "the request's JSON cannot be read"),
        (&right, "0", PIXELS, "encoded[0]: this is not an image"),
        (&right, &length, PIXELS - 1, "images: binary_data_size is 867; expected 0 to 866, the bytes left in the body"),
        (&right, &length, PIXELS + 1, "1 bytes are left in the body behind the last tensor"),
        (&right, &length, 0, "binary_data_size is 867; expected 0 to 0"),
    ] {
        let reply = of(json, header, &vec![7; rest]);
        assert!(reply.status == 400 && reply.error().contains(says), "{header} {rest}: {} {}", reply.status, reply.error());
    }
    for (size, says) in
        [(-1, "binary_data_size is -1"), (i64::MIN, "binary_data_size is"), (i64::MAX, "binary_data_size is"), (866, "1 bytes are left")]
    {
        let json = sized(size);
        let reply = of(&json, &json.len().to_string(), &[7; PIXELS]);
        assert!(reply.status == 400 && reply.error().contains(says), "{size}: {}", reply.error());
    }
    answers(&running);
    is_idle(&running);
}

#[test]
fn requests_of_another_kind() {
    let running = limited();
    for (method, path, headers, status, says) in [
        ("GET", INFER, vec![], 405, "GET is not for \"/v2/models/small/infer\"; expected POST"),
        ("DELETE", "/v2", vec![], 405, "expected GET"),
        ("GET", "/v3", vec![], 404, "there is no page \"/v3\""),
        ("GET", "/v2/models/small/versions/1/unknown", vec![], 404, "there is no page"),
        ("POST", "/v2/models/%ff/infer", vec![], 400, "the path is not UTF-8"),
        ("POST", "/v2/models/..%2f..%2fetc/infer", vec![], 404, "there is no model"),
        ("POST", INFER, vec![("content-encoding", "gzip")], 415, "the body is encoded as \"gzip\"; send it plain"),
        ("POST", "/v2/repository/models/small/load", vec![], 501, "the models are those that the server was started with"),
    ] {
        let reply = raw::ask(running.http, method, path, &headers, b"");
        assert!(reply.status == status && reply.error().contains(says), "{method} {path}: {} {}", reply.status, reply.error());
    }
    answers(&running);
    is_idle(&running);
}

#[test]
fn too_much() {
    let running = limited();
    // declared, and never sent
    for declared in ["1073741824", "18446744073709551615"] {
        let head = format!("POST {INFER} HTTP/1.1\r\nhost: x\r\ncontent-length: {declared}\r\n\r\n");
        if let Some(reply) = exchange(&mut connect(running.http), head.as_bytes()) {
            // the greatest number is refused as a header, before there is a request
            assert!(matches!(reply.status, 413 | 431), "{declared}: {}", reply.status);
            assert!(reply.status == 431 || reply.error().contains("at most 1048576 bytes"), "{}", reply.error());
        }
    }
    let head = format!("POST {INFER} HTTP/1.1\r\nhost: x\r\ncontent-length: 1073741824\r\n\r\n");
    assert_eq!(exchange(&mut connect(running.http), head.as_bytes()).expect("an answer").status, 413);
    // not declared, in chunks
    let mut stream = connect(running.http);
    write!(stream, "POST {INFER} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").expect("sent");
    let chunk = vec![b' '; 64 << 10];
    let reply = (0..64).find_map(|_| {
        let _ = write!(stream, "{:x}\r\n", chunk.len()).and_then(|()| stream.write_all(&chunk)).and_then(|()| stream.write_all(b"\r\n"));
        stream.set_nonblocking(true).expect("set");
        let is_answered = stream.peek(&mut [0]).is_ok();
        stream.set_nonblocking(false).expect("set");
        is_answered.then(|| raw::read(&mut stream).expect("an answer"))
    });
    let reply = reply.or_else(|| raw::read(&mut stream)).expect("an answer");
    assert_eq!(reply.status, 413);
    drop(stream);
    // headers
    let many: Vec<(String, String)> = (0..200).map(|i| (format!("x-{i}"), "y".into())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(exchange(&mut connect(running.http), &text("GET", "/v2", &many, b"")).expect("an answer").status, 431);
    let long = "y".repeat(1_000_000);
    let reply = exchange(&mut connect(running.http), &text("GET", "/v2", &[("x-long", &long)], b""));
    assert!(reply.as_ref().is_none_or(|reply| reply.status == 431), "{reply:?}");
    answers(&running);
    is_idle(&running);
}

/// Bytes that come so slowly, or never: the connection ends, others notice nothing.
#[test]
fn too_slow() {
    let running = limited();
    let begun = Instant::now();
    let mut silent = [running.http, running.grpc, running.grpc].map(connect);
    silent[2].write_all(b"PRI * HTTP/2.0\r\n").expect("sent");
    let mut half_head = connect(running.http);
    half_head.write_all(b"POST /v2/models/small/infer HT").expect("sent");
    let mut half_body = connect(running.http);
    half_body.write_all(&text("POST", INFER, &[], &[b' '; 100])[..150]).expect("sent");
    let mut trickle = connect(running.http);
    trickle.write_all(&text("POST", INFER, &[], &[b' '; 100_000])[..150]).expect("sent");
    answers(&running);
    for _ in 0..100 {
        if trickle.write_all(b" ").is_err() || running.server.metrics.connections("http").get() == 0 {
            break;
        }
        std::thread::sleep(READ_TIMEOUT / 10);
    }
    let reply = raw::read(&mut half_body).expect("an answer");
    assert!(reply.status == 408 && reply.error().contains("the body did not arrive within 0.4 s"), "{} {}", reply.status, reply.error());
    for stream in silent.iter_mut().chain([&mut half_head]) {
        // closed, with or without a word
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&rest));
    }
    assert!(begun.elapsed() >= READ_TIMEOUT);
    drop((silent, half_head, half_body, trickle));
    answers(&running);
    is_idle(&running);
}

#[test]
fn bodies_that_end_early() {
    let running = limited();
    let whole = text("POST", INFER, &[], &vec![b' '; 1000]);
    for cut in [10, 60, whole.len() - 900, whole.len() - 1] {
        let mut stream = connect(running.http);
        stream.write_all(&whole[..cut]).expect("sent");
        stream.shutdown(std::net::Shutdown::Write).expect("ended");
        assert!(raw::read(&mut stream).is_none_or(|reply| reply.status == 400), "cut at {cut}");
    }
    answers(&running);
    is_idle(&running);
}

#[test]
fn messages_of_grpc() {
    let running = limited();
    let mut asker = common::transports::Asker::new(&running);
    let (runtime, client) = asker.grpc();
    let tensor = || model_infer_request::InferInputTensor {
        name: "images".into(),
        datatype: "UINT8".into(),
        shape: vec![1, SIDE as i64, SIDE as i64, 3],
        ..Default::default()
    };
    let typed = |last: u32| {
        let mut values = vec![7; PIXELS];
        values[PIXELS - 1] = last;
        InferTensorContents { uint_contents: values, ..Default::default() }
    };
    let of = |inputs, raw: Vec<Vec<u8>>| ModelInferRequest {
        model_name: "small".into(),
        inputs,
        raw_input_contents: raw.into_iter().map(Into::into).collect(),
        ..Default::default()
    };
    let with = |contents| model_infer_request::InferInputTensor { contents: Some(contents), ..tensor() };
    let parameter = InferParameter { parameter_choice: Some(infer_parameter::ParameterChoice::StringParam("a".into())) };
    let shared = model_infer_request::InferInputTensor { parameters: [("shared_memory_region".into(), parameter)].into(), ..tensor() };
    for (message, code, says) in [
        (of(vec![tensor()], vec![vec![7; PIXELS]; 2]), Code::InvalidArgument, "raw_input_contents has 2 tensors; expected 1"),
        (of(vec![tensor(), tensor()], vec![vec![7; PIXELS]]), Code::InvalidArgument, "raw_input_contents has 1 tensors; expected 2"),
        (of(vec![with(typed(7))], vec![vec![7; PIXELS]]), Code::InvalidArgument, "there are both contents and raw_input_contents"),
        (of(vec![tensor()], vec![]), Code::InvalidArgument, "images: there is no content"),
        (of(vec![with(typed(256))], vec![]), Code::InvalidArgument, "images: value 866 is 256; expected 0 to 255"),
        (of(vec![with(InferTensorContents::default())], vec![]), Code::InvalidArgument, "the tensor has 0 bytes"),
        (
            of(vec![with(InferTensorContents { fp32_contents: vec![f32::NAN; PIXELS], ..Default::default() })], vec![]),
            Code::InvalidArgument,
            "the tensor has 0 bytes",
        ),
        (of(vec![shared], vec![]), Code::InvalidArgument, "images: shared memory is not supported"),
        (of(vec![tensor()], vec![vec![7; PIXELS - 1]]), Code::InvalidArgument, "the tensor has 866 bytes"),
        (of(vec![tensor()], vec![vec![7; LIMIT + 1]]), Code::OutOfRange, "message length too large"),
    ] {
        let status = runtime.block_on(client.model_infer(message)).expect_err(says);
        assert!(status.code() == code && status.message().contains(says), "{status:?}, expected {code:?} {says}");
    }
    // a message of another type, and a method that there is not
    let channel =
        runtime.block_on(tonic::transport::Channel::from_shared(format!("http://{}", running.grpc)).expect("an address").connect());
    let mut plain = tonic::client::Grpc::new(channel.expect("the server listens"));
    for (method, code) in [("ModelInfer", Code::Internal), ("ModelStreamInfer", Code::Unimplemented)] {
        let codec = tonic_prost::ProstCodec::<ServerLiveResponse, ModelInferResponse>::default();
        let path = PathAndQuery::try_from(format!("/inference.GRPCInferenceService/{method}")).expect("a path");
        let status = runtime.block_on(async {
            plain.ready().await.expect("ready");
            plain.unary(tonic::Request::new(ServerLiveResponse { live: true }), path, codec).await.expect_err("refused")
        });
        assert_eq!(status.code(), code, "{status:?}");
    }
    // garbage in place of HTTP/2
    let mut garbage = connect(running.grpc);
    garbage.write_all(&[0xaa; 5000]).expect("sent");
    let _ = garbage.read_to_end(&mut Vec::new());
    drop((garbage, plain));
    answers(&running);
    drop(asker);
    is_idle(&running);
}
