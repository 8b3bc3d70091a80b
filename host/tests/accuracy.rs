//! What quantisation may cost, on the labelled photographs of the folder of test data (`EMBER_DATA`).
//!
//! v1.1 as shipped, and v1.0 quantised with the defaults on `free`, lose at most 0.7 points of top-1 and of top-5
//! against float, and agree on more than 95 %.

mod common;

use common::{json, succeed, text};
use serde_json::Value;
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
