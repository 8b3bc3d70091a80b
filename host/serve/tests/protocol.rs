//! The protocol, one table of requests in all its forms: JSON and binary tensors over HTTP, typed and raw contents over gRPC. Answers are
//! those of the library byte for byte, refusals say the same in all of them, and metadata is the same in both protocols.

mod common;

use common::transports::{Answer, Ask, Asker, Content, Form, Got, Tensor, ALL};
use common::{classifier, raw, served, software, Running, MODEL};
use ember::{Classification, Image, Model, Pixels};
use serde_json::{json, Value};
use serve::grpc::proto::*;
use serve::{Config, Models};

fn photographs() -> Vec<Vec<u8>> {
    net::assets::PHOTOGRAPHS.iter().map(|photograph| photograph.bytes.to_vec()).collect()
}

/// The shipped photographs as the network's input, one behind the other.
fn pixels(model: &Model) -> Vec<u8> {
    net::assets::PHOTOGRAPHS.iter().flat_map(|photograph| model.input(photograph)).collect()
}

fn files(files: Vec<Vec<u8>>) -> Tensor {
    Tensor { name: "encoded", datatype: "BYTES", shape: vec![files.len() as i64], content: Content::Files(files) }
}

fn images(bytes: Vec<u8>, shape: [i64; 4]) -> Tensor {
    Tensor { name: "images", datatype: "UINT8", shape: shape.to_vec(), content: Content::Pixels(bytes) }
}

fn ask(inputs: Vec<Tensor>) -> Ask {
    Ask { model: MODEL, inputs, ..Ask::default() }
}

/// The outputs that the protocol has to give for `results`.
fn expected(results: &[Classification], name: &str, top: usize) -> Got {
    let count = results.len() as i64;
    let unsigned = |values: Vec<u32>| values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let text = |text: &str| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let ranked = || results.iter().flat_map(|result| result.top(top));
    let (datatype, width, raw): (&str, usize, Vec<u8>) = match name {
        "sums" => ("UINT32", 1000, unsigned(results.iter().flat_map(|result| result.sums().to_vec()).collect())),
        "probabilities" => {
            let all = results.iter().flat_map(Classification::probabilities);
            ("FP32", 1000, all.flat_map(|probability| (probability as f32).to_le_bytes()).collect())
        }
        "class_ids" => ("UINT32", top, unsigned(ranked().map(|prediction| prediction.class as u32).collect())),
        _ => ("BYTES", top, ranked().flat_map(|prediction| text(&prediction.name)).collect()),
    };
    Got { datatype: datatype.into(), shape: vec![count, width as i64], raw }
}

fn holds(answer: &Answer, results: &[Classification], names: &[&str], top: usize, what: &str) {
    assert_eq!(answer.names, names, "{what}");
    for name in names {
        assert_eq!(answer.outputs[*name], expected(results, name, top), "{what}: {name}");
    }
}

#[test]
fn answers_are_the_librarys_in_every_form() {
    let running = Running::software();
    let mut asker = Asker::new(&running);
    let model = Model::embedded();
    let classifier = classifier();
    let by_file: Vec<_> = photographs().into_iter().map(|file| classifier.classify(file).expect("a photograph")).collect();
    let all = ["sums", "probabilities", "class_ids", "labels"];
    let count = by_file.len() as i64;
    let pixels = pixels(&model);
    let by_pixels: Vec<_> = pixels
        .chunks_exact(227 * 227 * 3)
        .map(|image| classifier.classify(Pixels::new(image.to_vec(), 227, 227).expect("pixels")).expect("classified"))
        .collect();
    // what a file becomes is what the library makes of it
    assert_eq!(by_file, by_pixels);
    let tops = |top: i64| vec![("top", json!(top))];
    for (what, ask, results, names, top) in [
        ("files", ask(vec![files(photographs())]), &by_file[..], &all[..], 5),
        ("pixels", ask(vec![images(pixels.clone(), [count, 227, 227, 3])]), &by_file, &all, 5),
        ("one", ask(vec![files(vec![photographs().swap_remove(1)])]), &by_file[1..2], &all, 5),
        ("outputs", Ask { outputs: vec!["labels", "sums"], ..ask(vec![files(photographs())]) }, &by_file, &["labels", "sums"], 5),
        (
            "many classes",
            Ask { outputs: vec!["class_ids"], parameters: tops(1000), ..ask(vec![files(photographs())]) },
            &by_file,
            &["class_ids"],
            1000,
        ),
        ("best", Ask { outputs: vec!["labels"], parameters: tops(1), ..ask(vec![files(photographs())]) }, &by_file, &["labels"], 1),
        (
            "others' parameters",
            Ask { parameters: vec![("priority", json!(3)), ("mine", json!("x"))], ..ask(vec![files(photographs())]) },
            &by_file,
            &all,
            5,
        ),
        ("time enough", Ask { parameters: vec![("timeout", json!(50_000_000))], ..ask(vec![files(photographs())]) }, &by_file, &all, 5),
    ] {
        for form in ALL {
            let what = format!("{what}, {form:?}");
            let answer = asker.ask(form, &Ask { id: "an id", ..ask.clone() }).unwrap_or_else(|refusal| panic!("{what}: {refusal:?}"));
            assert_eq!((answer.model.as_str(), answer.version.as_str(), answer.id.as_str()), (MODEL, "1", "an id"), "{what}");
            holds(&answer, results, names, top, &what);
        }
    }
}

#[test]
fn refusals_are_the_same_in_every_form() {
    let running = Running::software();
    let mut asker = Asker::new(&running);
    let pixels = pixels(&Model::embedded());
    let one = || images(pixels[..227 * 227 * 3].to_vec(), [1, 227, 227, 3]);
    let shaped = |shape: [i64; 4]| ask(vec![images(pixels[..227 * 227 * 3].to_vec(), shape)]);
    let with = |name, value| Ask { parameters: vec![(name, value)], ..ask(vec![one()]) };
    let good = photographs().swap_remove(0);
    let of_files = |shape: Vec<i64>| ask(vec![Tensor { shape, ..files(vec![good.clone()]) }]);
    let table: Vec<(Ask, u16, &str)> = vec![
        (Ask { model: "other", ..ask(vec![one()]) }, 404, "there is no model \"other\"; there is squeezenet"),
        (Ask { version: "2", ..ask(vec![one()]) }, 404, "squeezenet: there is no version \"2\"; there is 1"),
        (Ask { version: "x", ..ask(vec![one()]) }, 404, "there is no version \"x\""),
        (ask(vec![]), 400, "the request has 0 inputs; expected one, images or encoded"),
        (ask(vec![one(), files(vec![good.clone()])]), 400, "the request has 2 inputs"),
        (ask(vec![one(), one()]), 400, "the request has 2 inputs"),
        (ask(vec![Tensor { name: "image", ..one() }]), 400, "there is no input \"image\"; expected images or encoded"),
        (ask(vec![Tensor { datatype: "FP32", ..one() }]), 400, "images: the datatype is \"FP32\"; expected UINT8"),
        (ask(vec![Tensor { datatype: "UINT8", ..files(vec![good.clone()]) }]), 400, "encoded: the datatype is \"UINT8\"; expected BYTES"),
        (shaped([1, 3, 227, 227]), 400, "images: the shape is [1, 3, 227, 227]; expected [-1, 227, 227, 3]"),
        (shaped([0, 227, 227, 3]), 400, "at least one image"),
        (shaped([-1, 227, 227, 3]), 400, "the shape is [-1, 227, 227, 3]"),
        (shaped([i64::MIN, 227, 227, 3]), 400, "the shape is"),
        (shaped([1, 227, -227, -3]), 400, "the shape is"),
        (shaped([2, 227, 227, 3]), 400, "images: the tensor has 154587 bytes; expected 309174"),
        (shaped([65, 227, 227, 3]), 400, "the batch has 65 images; expected at most 64"),
        (shaped([i64::MAX, 227, 227, 3]), 400, "the batch has 9223372036854775807 images"),
        (ask(vec![Tensor { shape: vec![227, 227, 3], ..one() }]), 400, "the shape is [227, 227, 3]"),
        (ask(vec![Tensor { shape: vec![], ..one() }]), 400, "the shape is []"),
        (of_files(vec![2]), 400, "encoded: the tensor has 1 elements; expected 2"),
        (of_files(vec![1, 1]), 400, "encoded: the shape is [1, 1]; expected [-1]"),
        (of_files(vec![-1]), 400, "encoded: the shape is [-1]"),
        (ask(vec![files(vec![good.clone(), b"no image".to_vec()])]), 400, "encoded[1]: this is not an image in a known format"),
        (ask(vec![files(vec![good[..good.len() / 2].to_vec()])]), 400, "encoded[0]: "),
        (ask(vec![files(vec![vec![]])]), 400, "encoded[0]: "),
        (Ask { outputs: vec!["logits"], ..ask(vec![one()]) }, 400, "there is no output \"logits\"; expected sums"),
        (Ask { outputs: vec!["sums", "sums"], ..ask(vec![one()]) }, 400, "the output sums is asked for twice"),
        (with("top", json!(0)), 400, "the parameter top is 0; expected 1 to 1000"),
        (with("top", json!(1001)), 400, "the parameter top is 1001"),
        (with("top", json!("5")), 400, "the parameter top is of another type; expected an integer"),
        (with("timeout", json!(-1)), 400, "the parameter timeout is -1; expected microseconds"),
    ];
    for (wrong, status, says) in table {
        for form in ALL {
            let refusal = asker.ask(form, &wrong).map(|answer| answer.names);
            let (found, sentence) = refusal.expect_err(says);
            assert!(found == status && sentence.contains(says), "{form:?}: {found} {sentence:?}, expected {status} {says:?}");
            assert!(!sentence.contains('\n') && sentence.len() < 300, "{sentence}");
        }
    }
    // and the server is what it was
    let expected = classifier().classify(good.clone()).expect("a photograph");
    for form in ALL {
        holds(
            &asker.ask(form, &ask(vec![files(vec![good.clone()])])).expect("an answer"),
            std::slice::from_ref(&expected),
            &["sums", "probabilities", "class_ids", "labels"],
            5,
            "after",
        );
    }
}

#[test]
fn metadata_is_the_same_in_both_protocols() {
    let running = Running::software();
    let mut asker = Asker::new(&running);
    let (runtime, client) = asker.grpc();
    let get = |path: &str| {
        let reply = raw::get(running.http, path);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{path}");
        reply.json()
    };
    let tensors = |tensors: &[model_metadata_response::TensorMetadata]| -> Value {
        tensors.iter().map(|tensor| json!({"name": tensor.name, "datatype": tensor.datatype, "shape": tensor.shape})).collect()
    };
    runtime.block_on(async {
        let server = client.server_metadata(ServerMetadataRequest {}).await.expect("an answer").into_inner();
        assert_eq!(get("/v2"), json!({"name": server.name, "version": server.version, "extensions": server.extensions}));
        assert_eq!(get("/v2/"), get("/v2"));
        assert!(client.server_live(ServerLiveRequest {}).await.expect("an answer").into_inner().live);
        assert!(client.server_ready(ServerReadyRequest {}).await.expect("an answer").into_inner().ready);
        assert_eq!((get("/v2/health/live"), get("/v2/health/ready")), (json!({"live": true}), json!({"ready": true})));
        for (version, path) in [("", "/v2/models/squeezenet"), ("1", "/v2/models/squeezenet/versions/1")] {
            let (name, version) = (MODEL.to_string(), version.to_string());
            let of = client.model_metadata(ModelMetadataRequest { name: name.clone(), version: version.clone() }).await.expect("an answer").into_inner();
            let expected = json!({
                "name": of.name, "versions": of.versions, "platform": of.platform, "inputs": tensors(&of.inputs), "outputs": tensors(&of.outputs),
            });
            assert_eq!(get(path), expected);
            assert_eq!(expected["inputs"][0], json!({"name": "images", "datatype": "UINT8", "shape": [-1, 227, 227, 3]}));
            assert_eq!(expected["inputs"][1], json!({"name": "encoded", "datatype": "BYTES", "shape": [-1]}));
            let ready = client.model_ready(ModelReadyRequest { name: name.clone(), version: version.clone() }).await.expect("an answer");
            assert!(ready.into_inner().ready);
            assert_eq!(get(&format!("{path}/ready")), json!({"name": MODEL, "ready": true}));
            let config = client.model_config(ModelConfigRequest { name: name.clone(), version: version.clone() }).await.expect("an answer");
            let (config, json) = (config.into_inner().config.expect("a configuration"), get(&format!("{path}/config")));
            assert_eq!(json["max_batch_size"], config.max_batch_size);
            for (i, input) in config.input.iter().enumerate() {
                let data_type = input.data_type().as_str_name();
                assert_eq!(json["input"][i], json!({"name": input.name, "data_type": data_type, "dims": input.dims, "optional": input.optional}));
            }
            for (i, output) in config.output.iter().enumerate() {
                let data_type = output.data_type().as_str_name();
                assert_eq!(json["output"][i], json!({"name": output.name, "data_type": data_type, "dims": output.dims}));
            }
        }
        let index = client.repository_index(RepositoryIndexRequest::default()).await.expect("an answer").into_inner().models;
        let index: Value = index.iter().map(|m| json!({"name": m.name, "version": m.version, "state": m.state, "reason": m.reason})).collect();
        assert_eq!(raw::ask(running.http, "POST", "/v2/repository/index", &[], b"{}").json(), index);
        let statistics = client.model_statistics(ModelStatisticsRequest::default()).await.expect("an answer").into_inner();
        let (all, of_one) = (get("/v2/models/stats"), get("/v2/models/squeezenet/stats"));
        assert_eq!((&all, statistics.model_stats.len()), (&of_one, 1));
        assert_eq!(all["model_stats"][0]["inference_count"], statistics.model_stats[0].inference_count);
    });
    assert_eq!(get("/v2/models"), json!({"models": [MODEL]}));
}

#[test]
fn models_and_versions_are_found_by_name() {
    let small = common::small_model();
    let embedded = Model::embedded();
    let all = [
        served("a", 1, &embedded, vec![software(&embedded)], 8),
        served("a", 10, &small, vec![software(&small)], 8),
        served("b", 3, &embedded, vec![software(&embedded)], 8),
    ];
    let running = Running::start(Models::new(all), Config::default());
    let mut asker = Asker::new(&running);
    let [height, ..] = small.input_shape();
    assert_ne!(height, 227);
    for (path, versions, side) in [
        ("a", json!(["1", "10"]), height),
        ("a/versions/1", json!(["1", "10"]), 227),
        ("a/versions/10", json!(["1", "10"]), height),
        ("b", json!(["3"]), 227),
    ] {
        let json = raw::get(running.http, &format!("/v2/models/{path}")).json();
        assert_eq!((&json["versions"], json["inputs"][0]["shape"][1].as_u64()), (&versions, Some(side as u64)), "{path}");
    }
    // an older version by its number, the newest without one
    let file = || files(vec![photographs().swap_remove(0)]);
    for form in ALL {
        let of = |asker: &mut Asker, version| {
            asker.ask(form, &Ask { model: "a", version, outputs: vec!["sums"], ..ask(vec![file()]) }).expect("an answer")
        };
        let (old, new, newest) = (of(&mut asker, "1"), of(&mut asker, "10"), of(&mut asker, ""));
        assert_eq!((old.version.as_str(), new.version.as_str(), &newest), ("1", "10", &new), "{form:?}");
        assert_ne!(old.outputs, new.outputs);
    }
    assert_eq!(raw::get(running.http, "/v2/models").json(), json!({"models": ["a", "b"]}));
}

#[test]
fn a_file_alone_is_a_request() {
    let running = Running::software();
    let file = photographs().swap_remove(0);
    let reply = raw::ask(running.http, "POST", "/v2/models/squeezenet/infer", &[("inference-header-content-length", "0")], &file);
    let expected_result = classifier().classify(Image::encoded(file)).expect("a photograph");
    let answer = common::transports::of_http(&reply).expect("an answer");
    holds(&answer, &[expected_result], &["sums", "probabilities", "class_ids", "labels"], 5, "a file alone");
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

#[test]
fn outputs_may_be_json_and_binary_beside_each_other() {
    let running = Running::software();
    let mut asker = Asker::new(&running);
    let (mut json, rest) = common::transports::http_body(&ask(vec![files(photographs())]), true);
    json["outputs"] = json!([{"name": "labels", "parameters": {"binary_data": false}}, {"name": "sums"}, {"name": "class_ids", "parameters": {"binary_data": false}}]);
    let json = json.to_string();
    let length = json.len().to_string();
    let headers = [("inference-header-content-length", length.as_str())];
    let reply = raw::ask(running.http, "POST", "/v2/models/squeezenet/infer", &headers, &[json.into_bytes(), rest].concat());
    let head = &reply.body[..reply.header("inference-header-content-length").expect("binary").parse().expect("a number")];
    let head: Value = serde_json::from_slice(head).expect("JSON");
    assert!(head["outputs"][0]["data"][0].is_string() && head["outputs"][1]["data"].is_null() && head["outputs"][2]["data"][0].is_u64());
    let mixed = common::transports::of_http(&reply).expect("an answer");
    let whole = asker
        .ask(Form::GrpcRaw, &Ask { outputs: vec!["labels", "sums", "class_ids"], ..ask(vec![files(photographs())]) })
        .expect("an answer");
    assert_eq!(mixed.outputs, whole.outputs);
}

#[test]
fn pixels_in_json_may_be_in_lists_of_rows() {
    let running = Running::software();
    let pixels = pixels(&Model::embedded());
    let rows: Vec<Vec<&[u8]>> = pixels[..227 * 227 * 3].chunks(227 * 3).map(|row| row.chunks(3).collect()).collect();
    let body =
        |data: Value| json!({"inputs": [{"name": "images", "datatype": "UINT8", "shape": [1, 227, 227, 3], "data": data}]}).to_string();
    let of = |data| raw::ask(running.http, "POST", "/v2/models/squeezenet/infer", &[], body(data).as_bytes()).json();
    assert_eq!(of(json!([rows])), of(json!(pixels[..227 * 227 * 3])));
}
