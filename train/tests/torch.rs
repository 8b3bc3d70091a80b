//! Two training steps against PyTorch's: loss, every gradient, every tensor after momentum and weight decay. `data/torch_step.py` wrote the
//! numbers and says how.

use candle_core::{DType, Device, Tensor};
use ndarray::Array4;
use net::layout::{Classifier, Fire, Layout, Stem};
use net::model::conv_shapes;
use quantise::float::{Activations, FloatConv, FloatFire, FloatNetwork};
use serde_json::Value;
use train::network::{cross_entropy, Trainable};
use train::sgd::Sgd;

const SIDE: usize = 39;
/// Of the largest number of a tensor.
const TOLERANCE: f64 = 1e-4;

fn layout() -> Layout {
    let fire = |squeeze, expand, pool| Fire { squeeze, expand, pool };
    Layout {
        name: "small".into(),
        height: SIDE,
        width: SIDE,
        stem: Stem { kernel: 3, channels: 8, pool: true },
        fires: vec![fire(4, 6, true), fire(5, 7, false)],
        classifier: Classifier { classes: 5, padding: 0 },
        floor_pools: false,
    }
}

fn network() -> FloatNetwork {
    let value = |i: usize, layer: usize| ((i * 37 + layer * 11) % 101) as f64 / 101.0 - 0.42;
    let layers = layout().layers().expect("possible");
    let mut convs = conv_shapes(&layers).into_iter().enumerate().map(|(layer, shape)| {
        let scale = (12.0 / (shape[1] * shape[2] * shape[3]) as f64).sqrt();
        let values: Vec<f32> = (0..shape.iter().product()).map(|i| (value(i, layer) * scale) as f32).collect();
        let bias = (0..shape[0]).map(|i| (value(i, layer + 50) * 0.2) as f32).collect();
        FloatConv { weights: Array4::from_shape_vec(shape, values).expect("as many as the shape has"), bias }
    });
    let mut next = || convs.next().expect("a convolution");
    let stem = next();
    let fires = (0..2).map(|_| FloatFire { squeeze: next(), expand1: next(), expand3: next() }).collect();
    FloatNetwork { layout: layout(), stem, fires, classifier: next(), activations: Activations::default() }
}

/// The pixels of the script, NCHW there and NHWC here.
fn images() -> Tensor {
    let pixel = |i: usize| (((i * 7919 + i / 13 * 31) % 256) as f64 / 64.0 - 2.0) as f32;
    let nchw = Tensor::from_vec((0..4 * 3 * SIDE * SIDE).map(pixel).collect::<Vec<f32>>(), (4, 3, SIDE, SIDE), &Device::Cpu);
    nchw.and_then(|x| x.permute((0, 2, 3, 1))?.contiguous()).expect("the framework's own")
}

fn expected(values: &Value) -> Vec<f64> {
    values.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// `found` is O x (ky, kx, I) or O; the script's are OIHW.
fn near(what: &str, found: &Tensor, kernel: usize, wanted: &Value) {
    let found = match found.dims() {
        &[outputs, inputs] => {
            let ohwi = found.reshape((outputs, kernel, kernel, inputs / kernel / kernel)).expect("a filter");
            ohwi.permute((0, 3, 1, 2)).and_then(|t| t.flatten_all()).expect("a filter")
        }
        _ => found.clone(),
    };
    let found: Vec<f32> = found.to_vec1().expect("numbers");
    let wanted = expected(wanted);
    let most = wanted.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (i, (f, w)) in found.iter().zip(&wanted).enumerate() {
        assert!((f64::from(*f) - w).abs() <= TOLERANCE * most, "{what}[{i}]: {f}, expected {w} of at most {most}");
    }
}

#[test]
fn two_steps_are_pytorch_s() {
    let script: Value = serde_json::from_str(include_str!("data/torch_step.json")).expect("JSON");
    let trainable = Trainable::new(&network(), 0, DType::F32, &Device::Cpu).expect("it fits");
    let mut sgd = Sgd::new(0.9, 0.0002, &trainable.variables()).expect("variables");
    let class_weights = [1.0, 0.5, 2.0, 1.5, 1.0];
    for (step, wanted) in expected(&script["losses"]).into_iter().enumerate() {
        let logits = trainable.forward(&images(), None).expect("it fits");
        let loss = cross_entropy(&logits, &[0, 3, 1, 4], &class_weights).expect("it fits");
        let value = f64::from(loss.to_scalar::<f32>().expect("one number"));
        assert!((value - wanted).abs() < TOLERANCE * wanted, "loss of step {step}: {value}, expected {wanted}");
        let gradients = loss.backward().expect("every operation has a gradient");
        let variables = trainable.variables();
        for (name, var) in variables.iter().filter(|_| step == 0) {
            let gradient = gradients.get(var.as_tensor()).unwrap_or_else(|| panic!("{name} has no gradient"));
            near(name, gradient, kernel(name), &script["gradients"][name]);
        }
        sgd.step(&variables, &gradients, 0.05).expect("a step");
    }
    for (name, var) in trainable.variables() {
        near(&name, var.as_tensor(), kernel(&name), &script["after"][&name]);
    }
}

fn kernel(name: &str) -> usize {
    if name.starts_with("conv1.") || name.contains("expand3x3") {
        3
    } else {
        1
    }
}
