//! `ember quantize` from end to end on a small network: the same input gives the same bytes, whatever the threads.
//!
//! For every calibration method; errors and exit codes.

mod common;

use common::{json, text, write_network, write_photographs, FACTS};
use net::model_file::Model;
use std::path::PathBuf;
use std::process::Command;

/// A folder with a network and photographs.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let this = Self(tempfile::tempdir().expect("a temporary folder"));
        write_network(&this.path("tiny.safetensors"), 0);
        write_photographs(&this.path("images"));
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Quantises with `threads` threads; gives the model file and the table. The JSON is in `report.json`.
    fn quantise(&self, threads: &str, more: &[&str]) -> (Vec<u8>, String) {
        let output = self.path("out.ember");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
        command.env("RAYON_NUM_THREADS", threads).arg("quantize").arg(self.path("tiny.safetensors"));
        command.arg("--images").arg(self.path("images")).arg("-o").arg(&output);
        command.args(FACTS).arg("--json").arg(self.path("report.json")).args(more);
        let result = command.output().expect("ember starts");
        assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
        (std::fs::read(&output).expect("written"), String::from_utf8_lossy(&result.stdout).into_owned())
    }
}

#[test]
fn the_same_input_gives_the_same_file_on_any_number_of_threads() {
    let folder = Folder::new();
    let mut files = Vec::new();
    for method in ["max", "mse", "percentile", "percentile:99.5"] {
        for biases in ["off", "on"] {
            let options = ["--calibration", method, "--bias-correction", biases];
            let (first, _) = folder.quantise("1", &options);
            assert_eq!(first, folder.quantise("3", &options).0, "{options:?}");
            files.push(first);
        }
    }
    // every choice gives other integers, and the origin says which it was
    for (i, file) in files.iter().enumerate() {
        assert!(files[..i].iter().all(|other| other != file), "file {i}");
    }
    let origin = |i: usize| Model::from_bytes("out.ember", &files[i]).expect("a model").origin;
    assert!(origin(0).ends_with(") by max with headroom 1"), "{}", origin(0));
    assert!(origin(2).ends_with(") with headroom 1"), "{}", origin(2));
    assert_eq!(files[0], folder.quantise("2", &["--calibration", "max"]).0, "no correction is the default for three photographs");
    assert!(origin(5).ends_with("by percentile:99.99 with headroom 1, biases corrected on 3 of them"), "{}", origin(5));
}

#[test]
fn equalised_and_fitted_files_are_the_same_on_any_number_of_threads() {
    let folder = Folder::new();
    let (first, _) = folder.quantise("1", &[]);
    assert_eq!(first, folder.quantise("3", &[]).0);
    assert_eq!(first, folder.quantise("2", &["--calibration", "equalise", "--headroom", "1.25"]).0, "what the default is");
    let origin = Model::from_bytes("out.ember", &first).expect("a model").origin;
    assert!(origin.ends_with(") by equalise with headroom 1.25, fitted to 96 inputs of 3 of them"), "{origin}");
    let (fewer_bits, _) = folder.quantise("2", &["--weight-bits", "6"]);
    assert_eq!(fewer_bits, folder.quantise("5", &["--weight-bits", "6"]).0);
    let model = Model::from_bytes("out.ember", &fewer_bits).expect("a model");
    assert!(model.network.convolutions().iter().all(|(_, conv)| conv.weights.iter().all(|w| w.abs() <= 31)));
    assert!(model.origin.ends_with("weights of 6 bits"), "{}", model.origin);
    assert_ne!(first, fewer_bits);
}

#[test]
fn equalising_reports_what_it_did_to_every_layer() {
    let folder = Folder::new();
    let (_, table) = folder.quantise("2", &[]);
    let report = json(&folder.path("report.json"));
    assert_eq!((&report["calibration"], &report["headroom"], &report["images"]), (&"equalise".into(), &1.25.into(), &3.into()));
    assert_eq!((&report["fitted_images"], &report["fitted_inputs"]), (&3.into(), &96.into()));
    assert!(table.contains("weights fitted to 96 inputs made of 3 photographs"), "{table}");
    let layers = report["layers"].as_array().expect("a list");
    let sum = |what: &str| layers.iter().map(|layer| layer["fit"][what].as_f64().expect("a number")).sum::<f64>();
    assert!(sum("fitted_sqnr") > sum("rounded_sqnr"), "{report}");
    for (layer, name) in layers.iter().zip(["conv1", "fire2.squeeze", "fire2.expand", "conv10"]) {
        assert!(layer["name"] == name && table.contains(name), "{table}");
        let [least, most] = [0, 1].map(|end| layer["fit"]["steps"][end].as_f64().expect("a number"));
        // the classes are compared, so they share one step; elsewhere the channels differ
        assert!(if name == "conv10" { least == most } else { least < most }, "{layer}");
        assert!(layer["activation_sqnr"].as_f64().is_some_and(|db| db > 15.0) && layer["saturation"].is_null(), "{layer}");
    }
    let [network, images, output] = ["tiny.safetensors", "images", "x.ember"].map(|name| folder.path(name));
    let start = ["quantize", text(&network), "--images", text(&images), "-o", text(&output), "--bias-correction", "on"];
    let refused = common::ember(&[&start[..], &FACTS[..]].concat());
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(1) && errors.contains("equalise always fits the biases"), "{errors}");
}

#[test]
fn the_table_and_the_json_report_every_layer() {
    let folder = Folder::new();
    let (file, table) = folder.quantise("2", &["--calibration", "max"]);
    let model = Model::from_bytes("out.ember", &file).expect("a model");
    assert_eq!((model.layout().height, model.layout().fires.len(), model.labels.len()), (64, 1, 5));
    let report = json(&folder.path("report.json"));
    let layers = report["layers"].as_array().expect("a list");
    assert_eq!(layers.len(), 4);
    for (layer, name) in layers.iter().zip(["conv1", "fire2.squeeze", "fire2.expand", "conv10"]) {
        assert!(table.contains(name), "{table}");
        assert_eq!(layer["name"], name);
        assert!(layer["activation_sqnr"].as_f64().is_some_and(|db| db > 15.0), "{report}");
        assert!(layer["mean_error_before"].is_null(), "{report}");
    }
    assert_eq!((&report["calibration"], &report["headroom"], &report["images"]), (&"max".into(), &1.0.into(), &3.into()));
    assert!(report["bias_correction_images"].is_null());
}

#[test]
fn bias_correction_reports_what_it_did_and_changes_biases_only() {
    let folder = Folder::new();
    let plain = Model::from_bytes("plain", &folder.quantise("2", &["--calibration", "max"]).0).expect("a model");
    let (file, table) = folder.quantise("2", &["--calibration", "max", "--bias-correction", "on"]);
    let corrected = Model::from_bytes("corrected", &file).expect("a model");
    assert!(table.contains("biases corrected on 3 images"), "{table}");
    assert_eq!(plain.scales, corrected.scales);
    let mut changed = 0;
    for ((name, before), (_, after)) in plain.network.convolutions().into_iter().zip(corrected.network.convolutions()) {
        assert!(before.weights == after.weights && before.multiplier == after.multiplier && before.shift == after.shift, "{name}");
        changed += before.bias.iter().zip(&after.bias).filter(|(a, b)| a != b).count();
    }
    assert!(changed > 0);
    let report = json(&folder.path("report.json"));
    assert_eq!(report["bias_correction_images"], 3);
    for layer in report["layers"].as_array().expect("a list") {
        let error = |when: &str| layer[when].as_f64().expect("a number");
        assert!(error("mean_error_after") <= error("mean_error_before"), "{layer}");
    }
}

#[test]
fn a_hundred_photographs_are_taken_for_representative() {
    let folder = Folder::new();
    for i in 3..100 {
        std::fs::write(folder.path(&format!("images/{i}.png")), net::assets::PHOTOGRAPHS[0].bytes).expect("written");
    }
    folder.quantise("2", &[]);
    let report = json(&folder.path("report.json"));
    let facts = ["images", "headroom", "fitted_images", "fitted_inputs"].map(|key| report[key].clone());
    assert_eq!(facts, [serde_json::json!(100), 1.0.into(), 100.into(), 200.into()]);
    folder.quantise("2", &["--calibration", "mse"]);
    let report = json(&folder.path("report.json"));
    let facts = ["images", "calibration", "bias_correction_images"].map(|key| report[key].clone());
    assert_eq!(facts, [serde_json::json!(100), "mse".into(), 100.into()]);
    folder.quantise("2", &["--calibration", "max", "--bias-correction", "off"]);
    let report = json(&folder.path("report.json"));
    assert_eq!((&report["calibration"], report["bias_correction_images"].is_null()), (&"max".into(), true));
}

#[test]
fn unknown_methods_are_refused_with_the_known_ones() {
    for (option, value, expected) in [
        ("--calibration", "kl", "expected equalise, mse, max, percentile or percentile:P"),
        ("--calibration", "percentile:200", "above 0, at most 100"),
        ("--bias-correction", "maybe", "possible values: on, off"),
        ("--headroom", "0", "expected a number from 0.25 to 4"),
    ] {
        let output = common::ember(&["quantize", "a.onnx", "--images", ".", "-o", "out.ember", option, value]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && errors.contains(expected), "{errors}");
    }
    assert!(common::succeed(&["quantize", "--help"]).contains("percentile"));
}
