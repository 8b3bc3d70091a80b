//! What quantisation may cost, on the labelled photographs of the folder of test data (`EMBER_DATA`).
//!
//! v1.1 as shipped, and v1.0 quantised with the defaults on `free`, lose at most 0.7 points of top-1 and of top-5
//! against float, and agree on more than 95 %. v1.1 and v1.0 quantised on 115 of the photographs keep to the bars of
//! `docs/accuracy.md` on the others, in eight and in six bits.

mod common;

use common::{json, succeed, text};
use serde_json::Value;
use std::fmt::Write;
use test_support::data::data;

/// Most points of top-1 and of top-5 that the integers may lose against the float network.
const MOST_LOST: f64 = 0.7;
/// Least share of photographs, percent, on which both first answers are the same.
const LEAST_AGREEMENT: f64 = 95.0;

/// Evaluates on the labelled photographs; `None` when they are absent.
fn eval(more: &[&str]) -> Option<Value> {
    let images = data("images")?;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report = folder.path().join("accuracy.json");
    succeed(&[&["eval", text(&images), "--labels", "labels.csv", "--json", text(&report)], more].concat());
    Some(json(&report))
}

/// Fails unless the float network has the accuracy that is known of it, and the integers lose little.
fn assert_close(report: &Value, known: [f64; 2]) {
    let figure = |network: &str, what: &str| report[network][what].as_f64().expect("both networks were measured");
    for (what, known) in ["top1", "top5"].into_iter().zip(known) {
        let float = figure("float", what);
        assert!((float - known).abs() < 0.4, "the float network itself is off: {what} {float}, known {known}");
        let lost = float - figure("int8", what);
        assert!(lost <= MOST_LOST, "{what}: {lost:.2} points lost: {}", report["int8"]);
    }
    assert!(report["agreement"].as_f64().is_some_and(|percent| percent > LEAST_AGREEMENT), "{}", report["agreement"]);
    assert_eq!(report["images"], 1150, "no photograph was skipped");
}

#[test]
fn the_shipped_v1_1_is_as_accurate_as_its_float_network() {
    let Some(report) = eval(&[]) else { return };
    assert_close(&report, [68.87, 88.0]);
}

#[test]
fn v1_0_quantised_with_the_defaults_is_as_accurate_as_its_float_network() {
    let (Some(network), Some(photographs)) = (data("models/squeezenet1_0.onnx"), data("free")) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let model = folder.path().join("v1.0.ember");
    // six photographs that are none of those it is measured on
    succeed(&["quantize", text(&network), "--images", text(&photographs), "-o", text(&model)]);
    let Some(report) = eval(&["--model", text(&model)]) else { return };
    assert_close(&report, [68.0, 88.6]);
}

/// Every so many labelled photographs one is calibrated on.
const HELD_OUT: usize = 10;
/// Most points of top-1 that may be lost by what is calibrated on a hundred photographs like those it is measured on.
const MOST_LOST_OF_MANY: f64 = 0.5;

/// Network, bits of a weight, most divergence in thousandths of a nat, least agreement in percent.
const BARS: [(&str, u32, f64, f64); 4] =
    [("squeezenet1_1", 8, 3.2, 97.5), ("squeezenet1_1", 6, 9.0, 95.3), ("squeezenet1_0", 8, 4.0, 96.3), ("squeezenet1_0", 6, 9.5, 95.0)];

#[test]
fn a_hundred_photographs_keep_what_the_network_knew() {
    let Some(images) = data("images") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (held_out, others) = (folder.path().join("held-out"), folder.path().join("others.csv"));
    std::fs::create_dir(&held_out).expect("created");
    let mut labels = String::from("file,class\n");
    let mut rows = csv::Reader::from_path(images.join("labels.csv")).expect("labels");
    for (i, row) in rows.deserialize().enumerate() {
        let (file, class): (String, usize) = row.expect("a row");
        if i % HELD_OUT == 0 {
            let name = format!("{i:04}-{}", file.replace('/', "-"));
            std::fs::copy(images.join(&file), held_out.join(name)).expect("copied");
        } else {
            writeln!(labels, "{file},{class}").expect("in memory");
        }
    }
    std::fs::write(&others, labels).expect("written");
    for (network, bits, most_divergence, least_agreement) in BARS {
        let Some(network) = data(&format!("models/{network}.onnx")) else { return };
        let (model, report) = (folder.path().join("model.ember"), folder.path().join("report.json"));
        let bits = bits.to_string();
        let start = std::time::Instant::now();
        succeed(&["quantize", text(&network), "--images", text(&held_out), "--weight-bits", &bits, "-o", text(&model)]);
        let seconds = start.elapsed().as_secs_f64();
        let arguments = ["eval", text(&images), "--labels", text(&others), "--model", text(&model), "--float", text(&network)];
        succeed(&[&arguments[..], &["--json", text(&report)]].concat());
        let report = json(&report);
        let figure = |value: &Value| value.as_f64().expect("measured");
        let (divergence, agreement) = (figure(&report["divergence"]), figure(&report["agreement"]));
        let lost = figure(&report["float"]["top1"]) - figure(&report["int8"]["top1"]);
        let found = format!("{}, {bits} bits: divergence {divergence:.2}, agreement {agreement:.2}, {lost:.2} points lost", text(&network));
        eprintln!("{found}, quantised in {seconds:.0} s");
        assert_eq!(report["images"], 1035);
        assert!(divergence <= most_divergence && agreement >= least_agreement && lost <= MOST_LOST_OF_MANY, "{found}");
    }
}
