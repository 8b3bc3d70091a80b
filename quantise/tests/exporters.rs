//! Networks that real exporters wrote (`tests/exporters/*`) give the exporters' own numbers.
//!
//! PyTorch's, Keras's, onnxruntime's and Caffe's own; others are refused by node; the authors' Caffe and Deep
//! Compression files (test data).

mod common;

use common::exported::{expected, facts, files, load, logits, path, read};
use ndarray::Axis;
use net::layout::Layout;
use net::reference;
use quantise::import::{self, Facts};
use safetensors::SafeTensors;
use test_support::data::data;

/// Largest difference allowed, relative to the largest logit: float32 in another order of additions.
const TOLERANCE: f64 = 1e-4;
/// The same for a quantised network: onnxruntime rounds the halves of an expand, the average and the logits once more.
const QUANTISED_TOLERANCE: f64 = 0.02;

fn largest_error(name: &str, found: &[f64]) -> f64 {
    let expected = expected(name).logits;
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(0.0f64, |m, &v| m.max(f64::from(v).abs()));
    assert!(largest > 0.1, "{name}: the expected logits say nothing");
    found.iter().zip(&expected).map(|(&f, &e)| (f - f64::from(e)).abs() / largest).fold(0.0, f64::max)
}

fn check(name: &str) {
    let network = load(name).unwrap_or_else(|e| panic!("{e}"));
    let found = logits(&network, &expected(name));
    let error = largest_error(name, &found);
    assert!(error < TOLERANCE, "{name}: {found:?}, but the exporter's framework says {:?} (off by {error:.1e})", expected(name).logits);
}

#[test]
fn pytorch_exports_give_pytorchs_logits() {
    let all = files("torch_", "onnx");
    assert!(all.len() >= 16, "{all:?}");
    for name in all {
        check(&name);
    }
}

#[test]
fn keras_exports_give_keras_logits() {
    let all = files("keras_", "onnx");
    assert!(all.len() >= 5, "{all:?}");
    for name in all {
        check(&name);
    }
}

#[test]
fn caffe_models_give_caffes_logits() {
    let all = files("caffe_", "caffemodel");
    assert_eq!(all, ["caffe_deploy.caffemodel", "caffe_norm.caffemodel", "caffe_old.caffemodel"]);
    for name in all {
        check(&name);
    }
}

/// The integers with the file's own scales stay near onnxruntime's result for the same file; and the weights are the file's, but
/// for unsigned ones that reach further from their zero point than a signed byte: those are rounded anew.
#[test]
fn quantised_networks_keep_their_own_scales() {
    let all = files("qdq_", "onnx");
    assert!(all.len() >= 6, "{all:?}");
    for name in all {
        let imported = read(&name).unwrap_or_else(|e| panic!("{e}"));
        let given = imported.given.unwrap_or_else(|| panic!("{name}: scales are found"));
        let quantised = given.quantise(&imported.network).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(quantised.scales.activations, given.activations, "{name}");
        for (i, ((conv, integers), (_, used))) in
            imported.network.convolutions().iter().zip(&given.weights).zip(quantised.network.convolutions()).enumerate()
        {
            let Some(integers) = integers else {
                assert_eq!(i, 0, "{name}: only conv1 is rounded anew, because torchvision's deviations differ");
                continue;
            };
            assert_eq!(integers.integers, used.weights, "{name}: {}", conv.0);
            for (o, filter) in conv.1.weights.axis_iter(Axis(0)).enumerate() {
                let back = used.weights.index_axis(Axis(0), o).mapv(|q| f32::from(q) * integers.scales[o]);
                let tolerance = if name == "qdq_uint8_weights.onnx" { 0.5001 * integers.scales[o] } else { 0.0 };
                let kept = filter.iter().zip(&back).all(|(a, b)| (a - b).abs() <= tolerance + 1e-6 * a.abs());
                assert!(kept, "{name}: {} channel {o}", conv.0);
            }
        }
        let trace = reference::run(&quantised.network, expected(&name).image.view()).expect("run");
        let positions = trace.layers.last().map_or(1, |last| last.output().len() / trace.sums.len());
        let step = f64::from(quantised.scales.output()) / positions as f64;
        let found: Vec<f64> = trace.sums.iter().map(|&sum| f64::from(sum) * step).collect();
        let error = largest_error(&name, &found);
        assert!(error < QUANTISED_TOLERANCE, "{name}: {found:?}, but onnxruntime says {:?} (off by {error:.1e})", expected(&name).logits);
    }
}

#[test]
fn plain_files_have_no_scales() {
    assert!(read("torch_script_opset13.onnx").expect("recognised").given.is_none());
}

#[test]
fn quantised_networks_that_the_engine_cannot_hold_are_refused() {
    let sentence = read("refused_qoperator.onnx").expect_err("refused_qoperator.onnx").to_string();
    assert!(sentence.contains("QDQ format"), "{sentence}");
}

#[test]
fn other_networks_are_refused_by_the_first_node_that_does_not_fit() {
    for (name, parts) in [
        ("refused_resnet.onnx", &["node `node_add` (Add)", "residual connection (bypass)", "what would work"][..]),
        ("refused_mobilenet.onnx", &["node `/features/features.2/Add` (Add)", "residual connection (bypass)", "no adder"]),
        ("refused_two_outputs.onnx", &["it has 2 outputs", "expected one"]),
    ] {
        let sentence = read(name).expect_err(name).to_string();
        assert!(parts.iter().all(|p| sentence.contains(p)), "{name}: {sentence}");
    }
}

#[test]
fn open_sizes_have_to_be_given() {
    for name in ["torch_dynamo_dynamic.onnx", "torch_script_dynamic.onnx"] {
        let sentence = import::load(&path(name), &Facts { side: None, ..facts(name) }).expect_err("no size").to_string();
        assert!(sentence.contains("no fixed size; give it with --size"), "{sentence}");
    }
}

#[test]
fn weights_outside_the_file_are_found_only_beside_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = "torch_dynamo_external.onnx";
    let moved = folder.path().join("net.onnx");
    let bytes = std::fs::read(path(name)).expect("readable");
    std::fs::write(&moved, &bytes).expect("written");
    let sentence = import::load(&moved, &facts(name)).expect_err("no weights").to_string();
    assert!(sentence.contains("torch_dynamo_external.onnx.data") && sentence.contains("put that file beside the network"), "{sentence}");
    // cut short
    let data = std::fs::read(path("torch_dynamo_external.onnx.data")).expect("readable");
    let beside = folder.path().join("torch_dynamo_external.onnx.data");
    std::fs::write(&beside, &data[..100]).expect("written");
    let sentence = import::load(&moved, &facts(name)).expect_err("short").to_string();
    assert!(sentence.contains("more or less than"), "{sentence}");
    // a link out of the folder
    #[cfg(unix)]
    {
        std::fs::remove_file(&beside).expect("removed");
        std::os::unix::fs::symlink(path("torch_dynamo_external.onnx.data"), &beside).expect("linked");
        let sentence = import::load(&moved, &facts(name)).expect_err("outside").to_string();
        assert!(sentence.contains("inside the network's own folder"), "{sentence}");
    }
    // a path out of the folder, of the same length, so that the file stays whole
    let (from, to) = (b"torch_dynamo_external.onnx.data", b"../rch_dynamo_external.onnx.dat");
    let mut changed = bytes.clone();
    for at in 0..changed.len() - from.len() {
        if &changed[at..at + from.len()] == from {
            changed[at..at + from.len()].copy_from_slice(to);
        }
    }
    std::fs::write(&moved, changed).expect("written");
    let sentence = import::load(&moved, &facts(name)).expect_err("outside").to_string();
    assert!(sentence.contains("inside the network's own folder"), "{sentence}");
}

#[test]
fn a_deep_compression_file_gives_its_weights() {
    let network = read("deep_compression_small.net").expect("recognised").network;
    let bytes = std::fs::read(path("deep_compression_small.weights.safetensors")).expect("readable");
    let tensors = SafeTensors::deserialize(&bytes).expect("whole");
    // conv1 has the normalisation folded in; the others are as they were written
    for (name, conv) in network.convolutions().into_iter().skip(1) {
        for (part, values) in [("weight", conv.weights.iter().copied().collect::<Vec<_>>()), ("bias", conv.bias.clone())] {
            let tensor = tensors.tensor(&format!("{name}.{part}")).expect("written");
            let expected: Vec<f32> = tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().expect("four bytes"))).collect();
            assert_eq!(values, expected, "{name}.{part}");
        }
    }
}

#[test]
fn the_authors_files_are_recognised() {
    let Some(models) = data("models") else { return };
    for (name, layout) in [
        ("squeezenet_v1.0.rebuilt.caffemodel", Layout::v1_0(227, 1000, 1)),
        ("squeezenet_v1.1.rebuilt.caffemodel", Layout::v1_1(227, 1000)),
        ("squeezenet_v1.0.deep_compression.net", Layout::v1_0(227, 1000, 1)),
    ] {
        let network = import::load(&models.join(name), &Facts::default()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(network.layout, layout, "{name}");
    }
    for (caffemodel, onnx) in
        [("squeezenet_v1.0.rebuilt.caffemodel", "squeezenet1_0.onnx"), ("squeezenet_v1.1.rebuilt.caffemodel", "squeezenet1_1.onnx")]
    {
        let fingerprint = |name: &str| import::load(&models.join(name), &Facts::default()).expect("recognised").fingerprint();
        assert_eq!(fingerprint(caffemodel), fingerprint(onnx), "{caffemodel}");
    }
    // the description for training holds data layers, losses and accuracies
    let prototxt = Some(models.join("squeezenet_v1.0.train_val.prototxt"));
    let facts = Facts { prototxt, ..Facts::default() };
    let trained = import::load(&models.join("squeezenet_v1.0.rebuilt.caffemodel"), &facts).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(trained.layout, Layout::v1_0(227, 1000, 1));
}

/// A third of the weights, as the authors' article says; the rest are exactly zero.
#[test]
fn the_authors_pruned_network_is_sparse() {
    let Some(models) = data("models") else { return };
    let network = import::load(&models.join("squeezenet_v1.0.deep_compression.net"), &Facts::default()).expect("recognised");
    let convs = network.convolutions();
    let all: usize = convs.iter().map(|(_, c)| c.weights.len()).sum();
    let kept: usize = convs.iter().map(|(_, c)| c.weights.iter().filter(|&&w| w != 0.0).count()).sum();
    let share = kept as f64 / all as f64;
    assert!((0.30..0.36).contains(&share), "{kept} of {all}");
}

#[test]
fn the_check_would_see_a_wrong_network() {
    let expected = expected("torch_script_opset11.onnx");
    let mut network = load("torch_script_opset11.onnx").expect("recognised");
    network.fires[1].expand3.weights.invert_axis(Axis(3));
    let found = logits(&network, &expected);
    assert!(largest_error("torch_script_opset11.onnx", &found) > 10.0 * TOLERANCE, "{found:?}");
}

/// A weight in the wrong place would leave nothing of the accuracy (67.4 % on all 1,150 images, see `docs/import.md`).
#[test]
fn the_authors_pruned_network_classifies() {
    let (Some(models), Some(images)) = (data("models"), data("images")) else { return };
    let network = import::load(&models.join("squeezenet_v1.0.deep_compression.net"), &Facts::default()).expect("recognised");
    let engine = quantise::runtime::FloatEngine::classifier_only(&network).expect("prepared");
    let table = std::fs::read_to_string(images.join("labels.csv")).expect("readable");
    let labels = table.lines().skip(1).filter_map(|line| line.split_once(',')).filter(|(file, _)| file.starts_with("val/")).step_by(20);
    let (mut right, mut all) = (0, 0);
    for (file, rest) in labels {
        let class: usize = rest.split(',').next().and_then(|c| c.parse().ok()).expect("a class");
        // these images have the network's own size
        let image = image::open(images.join(file)).expect("readable").into_rgb8();
        let pixels = ndarray::Array3::from_shape_vec((227, 227, 3), image.into_raw()).expect("227 x 227");
        let logits = engine.logits(pixels.view()).expect("run");
        right += usize::from(net::classify::ranked(&logits, 1) == [class]);
        all += 1;
    }
    assert!(all >= 30 && right * 100 >= all * 60, "{right} of {all}");
}
