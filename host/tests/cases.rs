//! Networks of the forms that people have, through `quantize` and `classify`: the framework's own answers, or a refusal by name.

mod common;

use common::{ember, json, succeed, text};
use std::path::{Path, PathBuf};

fn data(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(below)
}

/// A network, its pictures, what has to be said of it, a word of what `quantize` says on standard error (nothing: no warning),
/// and the least correlation of its logits with the framework's.
type Case = (&'static str, &'static str, &'static [&'static str], Option<&'static str>, f64);

const TORCHVISION: &[&str] = &["--normalisation", "torchvision"];

const CASES: [Case; 11] = [
    ("stem_padding_3", "noise_a", TORCHVISION, Some("mean colour (124, 116, 104)"), 0.999),
    ("amd_quark_xint8", "noise_a", TORCHVISION, None, 0.998),
    ("brevitas_qcdq", "noise_a", TORCHVISION, None, 0.999),
    ("uint8_weights", "noise_a", TORCHVISION, None, 0.999),
    ("gap_dense_head", "noise_c", &["--normalisation", "bytes"], None, 0.999),
    ("conv10_without_relu", "noise_a", TORCHVISION, None, 0.999),
    ("floor_pool_keras_valid", "noise_b", &["--normalisation", "bytes"], None, 0.999),
    ("mean_image", "noise_b", &[], Some("mean image"), 0.97),
    ("own_mean_default_normalisation", "noise_b", &[], None, 0.999),
    ("own_mean_default_normalisation", "noise_b", &["--normalisation", "bytes"], None, 0.999),
    ("cifar_mean_and_deviation", "noise_a", &["--mean", "0.4914,0.4822,0.4465", "--deviation", "0.2023,0.1994,0.2010"], None, 0.999),
];

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// The first class is the framework's, and the logits go with its logits.
#[test]
fn every_form_gives_the_frameworks_answers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, pictures, options, warning, least) in CASES {
        let (network, model) = (data(&format!("{name}.onnx")), folder.path().join("m.ember"));
        let images = data(pictures);
        // a quantised network needs no photographs, and says so
        let calibrate: &[&str] =
            if matches!(name, "amd_quark_xint8" | "brevitas_qcdq" | "uint8_weights") { &[] } else { &["--images", text(&images)] };
        let output = ember(&[&["quantize", text(&network), "-o", text(&model)], calibrate, options].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {errors}");
        match warning {
            Some(part) => assert!(errors.contains("WARN") && errors.contains(part), "{name}: {errors}"),
            None => assert!(!errors.contains("WARN"), "{name}: {errors}"),
        }
        let expected = json(&data(&format!("{name}.json")));
        for entry in expected.as_array().expect("a list") {
            let image = data(pictures).join(entry["image"].as_str().expect("a name"));
            let out = succeed(&["-q", "classify", text(&image), "--model", text(&model), "--format", "json", "--logits", "--top", "1"]);
            let out: serde_json::Value = serde_json::from_str(&out).expect("JSON");
            let result = &out["results"][0];
            assert_eq!(result["predictions"][0]["class"], entry["top1"], "{name}: {}", text(&image));
            // the floor pool's file ends in a softmax: its logits are compared by their order alone
            let (found, wanted) = (numbers(&result["logits"]), numbers(&entry["logits"]));
            let r = correlation(&found, &wanted);
            assert!(r >= least, "{name}: r {r}, {found:?} and {wanted:?}");
        }
    }
}

#[test]
fn what_contradicts_the_graph_is_refused() {
    let network = data("own_mean_default_normalisation.onnx");
    for (options, parts) in [
        (&["--normalisation", "caffe"][..], &["subtracts", "a second time", "--normalisation bytes"][..]),
        (&["--mean", "124,117,104"], &["a second time"]),
        (&["--normalisation", "bytes", "--channel-order", "bgr"], &["--channel-order"]),
    ] {
        let output = ember(&[&["check", text(&network)], options].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(parts.iter().all(|part| errors.contains(part)), "{options:?}: {errors}");
        test_support::plain::assert_plain(&errors);
    }
}

#[test]
fn an_assumption_is_said_and_a_bypass_named() {
    let output = ember(&["check", text(&data("cifar_mean_and_deviation.onnx"))]);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && out.contains("does not say what its input is; assumed --normalisation caffe"), "{out}");
    assert!(out.contains("blue, green, red (BGR), mean 104, 117, 123") && out.contains("--mean"), "{out}");
    let output = ember(&["check", text(&data("bypass.onnx"))]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors.contains("residual connection (bypass)") && errors.contains("no adder") && errors.contains("what would work"),
        "{errors}"
    );
}

#[test]
fn check_shows_the_way_of_a_photograph_for_networks_and_model_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (network, model) = (data("stem_padding_3.onnx"), folder.path().join("m.ember"));
    let options = ["--normalisation", "torchvision", "--resize", "shorter-side:64:bicubic"];
    let (ways, input) = (
        "photographs: shorter-side:64 (bicubic), crop 48x48 in the centre, border 3, 3, 3, 3 (above, left, below, right) of colour 124, 116, 104",
        "input: red, green, blue (RGB), mean 123.675, 116.28, 103.53, deviation 58.395, 57.12, 57.375",
    );
    let out = succeed(&[&["check", text(&network)], &options[..]].concat());
    assert!(out.contains(ways) && out.contains(input) && out.contains("as asked for"), "{out}");
    succeed(&[&["quantize", text(&network), "--images", text(&data("noise_a")), "-o", text(&model)], &options[..]].concat());
    let out = succeed(&["check", text(&model)]);
    assert!(out.contains(ways) && out.contains(input), "{out}");
    let image = data("noise_b").join("i00.png");
    let output = ember(&["-v", "classify", text(&image), "--model", text(&model)]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains(ways) && errors.contains(input), "{errors}");
    let output = ember(&["check", text(&network), "--resize", "squash:40"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("does not hold the network's input of 48x48"), "{errors}");
    test_support::plain::assert_plain(&errors);
}

/// The network behind a bordered frame is the float one: `eval` finds it and compares, and every answer is the same.
#[test]
fn eval_compares_with_the_float_network_of_every_form() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, pictures) in [("stem_padding_3", "noise_a"), ("conv10_without_relu", "noise_a"), ("gap_dense_head", "noise_c")] {
        let (network, model, report) = (data(&format!("{name}.onnx")), folder.path().join("m.ember"), folder.path().join("r.json"));
        let normalisation = if name == "gap_dense_head" { "bytes" } else { "torchvision" };
        let options = ["--normalisation", normalisation, "--images", text(&data(pictures)), "-o", text(&model)].map(String::from);
        succeed(&[&["quantize", text(&network)], &options.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
        let labels = folder.path().join("labels.txt");
        std::fs::write(&labels, "i00.png 0\ni01.png 1\ni02.png 0\ni03.png 2\n").expect("written");
        // no word of the normalisation: it is in the model file
        let (dir, float) = (data(pictures), text(&network).to_string());
        let arguments =
            ["eval", text(&dir), "--labels", text(&labels), "--model", text(&model), "--float", &float, "--json", text(&report)];
        let output = ember(&arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !errors.contains("another float network"), "{name}: {errors}");
        let report = json(&report);
        assert_eq!(report["agreement"], 100.0, "{name}: {report}");
        let worst = report["sqnr"]["layers"].as_array().expect("layers").iter().map(|l| l["activation_sqnr"].as_f64().expect("a number"));
        let worst = worst.fold(f64::INFINITY, f64::min);
        assert!(worst > 15.0, "{name}: {worst} dB");
    }
}

#[test]
fn files_of_other_frameworks_are_refused_with_the_command_that_converts_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, part) in [
        ("net.pt", "torch.onnx.export"),
        ("net.pth", "torch.onnx.export"),
        ("net.h5", "keras.saving.load_model"),
        ("net.keras", "format=\"onnx\""),
        ("net.tflite", "tf2onnx.convert --tflite"),
        ("net.pdmodel", "paddle2onnx"),
        ("net.params", "onnx.export_model"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, "x").expect("written");
        let output = ember(&["check", text(&path)]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(errors.contains(name) && errors.contains(part), "{errors}");
        test_support::plain::assert_plain(&errors);
    }
}
