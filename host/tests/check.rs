//! `ember check` and the quantisation of networks that have their own scales, as a user calls them.
//!
//! Every kind of file; a quantised network keeps its scales and needs no photographs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn ember(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ember")).args(arguments).output().expect("ember starts")
}

/// A network that a real exporter wrote.
fn exported(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../quantise/tests/data").join(name).to_str().expect("a plain name").into()
}

fn check(arguments: &[&str]) -> (Output, serde_json::Value) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let json: PathBuf = folder.path().join("check.json");
    let output = ember(&[&["check"], arguments, &["--json", json.to_str().expect("a plain name")]].concat());
    let report = std::fs::read(&json).unwrap_or_else(|_| panic!("no report: {}", String::from_utf8_lossy(&output.stderr)));
    (output, serde_json::from_slice(&report).expect("JSON"))
}

#[test]
fn every_node_of_a_good_network_is_explained() {
    for name in
        ["torch_script_opset11.onnx", "keras_same.onnx", "caffe_norm.caffemodel", "deep_compression_small.net", "qdq_per_channel.onnx"]
    {
        let (output, report) = check(&[&exported(name)]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        let nodes = report["nodes"].as_array().expect("a list");
        let roles: Vec<&str> = nodes.iter().map(|n| n["role"].as_str().expect("a text")).collect();
        for part in [
            "conv1: ",
            "max-pool behind conv1",
            "fire2/squeeze1x1: 1x1",
            "fire3/expand3x3: 3x3",
            "conv10: 1x1",
            "global average of 5 classes",
        ] {
            assert!(roles.iter().any(|r| r.starts_with(part)), "{name}: `{part}` is not in {roles:?}");
        }
        assert!(text.contains("5 classes") && text.contains("layout custom"), "{text}");
        assert_eq!(report["accepted"], true);
        let kind = if name.starts_with("qdq") { "quantised network" } else { "float network" };
        assert_eq!(report["summary"]["kind"], kind, "{name}");
    }
}

#[test]
fn a_refused_network_gives_its_first_reason_and_what_was_understood_before() {
    let (output, report) = check(&[&exported("refused_mobilenet.onnx")]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.starts_with("ember: ") && errors.contains("not a SqueezeNet that Ember can run: node `/features"), "{errors}");
    assert_eq!((&report["accepted"], &report["summary"]), (&false.into(), &serde_json::Value::Null));
    assert!(report["reason"].as_str().is_some_and(|r| errors.contains(r)), "{report}");
    let nodes = report["nodes"].as_array().expect("a list");
    assert!(nodes.iter().any(|n| n["role"] == "conv1: 3x3, 3 to 8 channels"), "{report}");
    assert!(!nodes.iter().any(|n| n["role"].as_str().is_some_and(|r| r.starts_with("fire2"))), "{report}");
}

#[test]
fn a_model_file_is_described() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("default.ember");
    let model = net::model_file::Model::default_model();
    net::model_file::save(&model, &path).expect("written");
    let (output, report) = check(&[path.to_str().expect("a plain name")]);
    assert!(output.status.success());
    assert_eq!(report["summary"]["sha256"], net::model_file::hex(&model.hash()));
    assert_eq!(report["summary"]["layout"]["name"], "v1.1");
    assert_eq!(report["summary"]["parameters"], 1_235_496);
}

#[test]
fn a_missing_description_is_asked_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let weights = folder.path().join("net.caffemodel");
    std::fs::copy(exported("caffe_deploy.caffemodel"), &weights).expect("copied");
    let weights = weights.to_str().expect("a plain name");
    let output = ember(&["check", weights]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("name it with --prototxt") && errors.contains("net.deploy.prototxt"), "{errors}");
    assert!(ember(&["check", weights, "--prototxt", &exported("caffe_deploy.prototxt")]).status.success());
}

#[test]
fn a_quantised_network_needs_no_photographs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a plain name").to_string();
    std::fs::write(path("names.txt"), "a\nb\nc\nd\ne\n").expect("written");
    let quantize = |network: &str, more: &[&str]| {
        let (network, output) = (exported(network), path("out.ember"));
        let names = path("names.txt");
        ember(&[&["quantize", &network, "--normalisation", "torchvision", "--class-names", &names, "-o", &output], more].concat())
    };
    let output = quantize("qdq_per_channel.onnx", &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let model = net::model_file::load(Path::new(&path("out.ember"))).expect("written");
    assert!(model.origin.contains("with its own scales"), "{}", model.origin);
    let facts = quantise::import::Facts { normalisation: Some(quantise::float::Normalisation::TORCHVISION), ..Default::default() };
    let given = quantise::import::read(Path::new(&exported("qdq_per_channel.onnx")), &facts).expect("recognised").given.expect("scales");
    assert_eq!(model.scales.activations, given.activations);
    // a float network does need them
    let output = quantize("torch_script_opset13.onnx", &[]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors.contains("name their folder with --images"), "{errors}");
}
