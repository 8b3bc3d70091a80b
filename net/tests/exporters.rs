//! Networks that real exporters wrote (`tests/exporters/*.py`) give the exporters' own numbers.

mod common;

use common::exported::{expected, files, load, logits};
use net::float::Normalisation;

/// Largest difference allowed, relative to the largest logit: float32 in another order of additions.
const TOLERANCE: f64 = 1e-4;

fn check(name: &str, tolerance: f64) {
    let expected = expected(name);
    let network = load(name).unwrap_or_else(|e| panic!("{e}"));
    let found = logits(&network, &expected);
    assert_eq!(found.len(), expected.logits.len(), "{name}");
    let largest = expected.logits.iter().fold(0.0f64, |m, &v| m.max(f64::from(v).abs()));
    assert!(largest > 0.1, "{name}: the expected logits say nothing");
    for (class, (&f, &e)) in found.iter().zip(&expected.logits).enumerate() {
        let error = (f - f64::from(e)).abs() / largest;
        assert!(error < tolerance, "{name}: class {class} is {f}, the exporter's framework says {e} (off by {error:.1e})");
    }
}

#[test]
fn pytorch_exports_give_pytorchs_logits() {
    let all = files("torch_", "onnx");
    assert!(all.len() >= 16, "{all:?}");
    for name in all {
        check(&name, TOLERANCE);
    }
}

#[test]
fn the_check_would_see_a_wrong_network() {
    let expected = expected("torch_script_opset11.onnx");
    let mut network = load("torch_script_opset11.onnx").expect("recognised");
    network.fires[1].expand3.weights.invert_axis(ndarray::Axis(3));
    let found = logits(&network, &expected);
    assert!(found.iter().zip(&expected.logits).any(|(f, &e)| (f - f64::from(e)).abs() > 1e-2), "{found:?}");
    assert_ne!(Normalisation::CAFFE, Normalisation::TORCHVISION);
}
