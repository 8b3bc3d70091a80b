//! What training starts from: a model file's integers as floats, an imported network, or nothing.

use crate::network::convolutions_mut;
use crate::random::{random, Use};
use ndarray::Array4;
use net::layout::{Layer, LayerKind, Layout};
use net::model::{conv_shapes, QuantConv};
use net::model_file::Model;
use quantise::float::{Activations, ChannelOrder, FloatConv, FloatFire, FloatNetwork, Normalisation};
use rand::rngs::StdRng;
use rand::Rng;

/// Deviation of a first classifier's weights.
const CLASSIFIER_DEVIATION: f64 = 0.01;

/// The integers of a model file as floats: weight x its step, bias x the steps of weight and input. Its input is bytes.
pub fn from_model(model: &Model) -> FloatNetwork {
    let layers = model.layout().layers().expect("a model always has a valid layout: `check` is part of every constructor");
    let mut scales = model.scales.weights.iter();
    let mut inputs = layers.iter().enumerate().flat_map(|(i, layer)| {
        let input = if i == 0 { 1.0 } else { model.scales.activations[i - 1] };
        std::iter::repeat_n(input, if layer.kind == LayerKind::Expand { 2 } else { 1 })
    });
    let mut float = |conv: &QuantConv| {
        let (steps, input) = (scales.next().cloned().unwrap_or_default(), inputs.next().unwrap_or(1.0));
        let weights = Array4::from_shape_fn(conv.weights.dim(), |at| f32::from(conv.weights[at]) * steps[at.0]);
        let bias = conv.bias.iter().zip(&steps).map(|(&b, &step)| (f64::from(b) * f64::from(step) * f64::from(input)) as f32).collect();
        FloatConv { weights, bias }
    };
    let network = &model.network;
    let stem = float(&network.stem);
    let fires = network.fires.iter().map(|fire| FloatFire {
        squeeze: float(&fire.squeeze),
        expand1: float(&fire.expand1),
        expand3: float(&fire.expand3),
    });
    let fires = fires.collect();
    let classifier = float(&network.classifier);
    FloatNetwork { layout: network.layout.clone(), stem, fires, classifier, activations: Activations::default() }
}

/// Weights drawn for `layout` from `seed`: normal, with the variance 2 / inputs of a filter (He et al., arXiv 1502.01852, equation 10);
/// biases are 0. The classifier's deviation is 0.01, as in the authors' description: its first answers say little.
///
/// # Errors
/// An impossible layout.
pub fn from_nothing(layout: &Layout, seed: u64) -> Result<FloatNetwork, net::layout::LayoutError> {
    let layers = layout.layers()?;
    let mut rng = random(seed, Use::Weights, [0, 0]);
    let mut convs = conv_shapes(&layers).into_iter().map(|shape| drawn(shape, &mut rng)).collect::<Vec<_>>().into_iter();
    let mut next = || convs.next().expect("a layout has as many convolutions as shapes");
    let stem = next();
    let fires = layout.fires.iter().map(|_| FloatFire { squeeze: next(), expand1: next(), expand3: next() }).collect();
    let mut classifier = next();
    let deviation = he(classifier.weights.dim().1);
    classifier.weights.mapv_inplace(|w| (f64::from(w) / deviation * CLASSIFIER_DEVIATION) as f32);
    Ok(FloatNetwork { layout: layout.clone(), stem, fires, classifier, activations: Activations::default() })
}

/// Deviation of the weights of a filter of so many inputs.
fn he(inputs: usize) -> f64 {
    (2.0 / inputs as f64).sqrt()
}

fn drawn(shape: [usize; 4], rng: &mut StdRng) -> FloatConv {
    let deviation = he(shape[1] * shape[2] * shape[3]);
    let weights = Array4::from_shape_fn(shape, |_| (normal(rng) * deviation) as f32);
    FloatConv { weights, bias: vec![0.0; shape[0]] }
}

/// A standard normal number (Box and Muller, 1958).
fn normal(rng: &mut StdRng) -> f64 {
    let (radius, angle): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// Gives `network` a classifier for `classes` classes with weights of 0, which says nothing about any of them.
pub fn with_classes(network: &mut FloatNetwork, classes: usize) {
    let (_, inputs, ..) = network.classifier.weights.dim();
    network.layout.classifier.classes = classes;
    network.classifier = FloatConv { weights: Array4::zeros((classes, inputs, 1, 1)), bias: vec![0.0; classes] };
    network.activations = Activations::default();
}

/// The reverse of [`Normalisation::fold`]: the first convolution for the normalised input instead of bytes.
pub fn unfolded(stem: &FloatConv, normalisation: &Normalisation) -> FloatConv {
    let rgb = |channel: usize| match normalisation.order {
        ChannelOrder::Rgb => channel,
        ChannelOrder::Bgr => 2 - channel,
    };
    let weights = Array4::from_shape_fn(stem.weights.dim(), |(o, channel, y, x)| {
        (f64::from(stem.weights[[o, rgb(channel), y, x]]) * normalisation.deviation[channel]) as f32
    });
    let mut bias = stem.bias.clone();
    for (bias, filter) in bias.iter_mut().zip(weights.outer_iter()) {
        let shift: f64 =
            filter.indexed_iter().map(|((c, _, _), &w)| f64::from(w) * normalisation.mean[c] / normalisation.deviation[c]).sum();
        *bias = (f64::from(*bias) + shift) as f32;
    }
    FloatConv { weights, bias }
}

/// Divides every layer's output by its entry in `sizes` (the last layer's by 1): ReLU, pool and concatenation keep a positive factor, so the
/// answers are the same, and one learning rate fits all layers.
pub fn divide(network: &mut FloatNetwork, layers: &[Layer], sizes: &[f64]) {
    let last = layers.len() - 1;
    let size = |layer: usize| if layer == last { 1.0 } else { sizes[layer].max(1e-12) };
    let of_convs: Vec<usize> =
        layers.iter().enumerate().flat_map(|(i, l)| std::iter::repeat_n(i, if l.kind == LayerKind::Expand { 2 } else { 1 })).collect();
    for (conv, layer) in convolutions_mut(network).into_iter().zip(of_convs) {
        let (input, output) = (if layer == 0 { 1.0 } else { size(layer - 1) }, size(layer));
        conv.weights.mapv_inplace(|w| (f64::from(w) * input / output) as f32);
        conv.bias.iter_mut().for_each(|b| *b = (f64::from(*b) / output) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;
    use quantise::gradient::{forward, logits};
    use rand::SeedableRng;

    fn small(seed: u64) -> FloatNetwork {
        let mut layout = Layout::v1_1(43, 4);
        layout.fires.truncate(3);
        let mut network = from_nothing(&layout, seed).expect("possible");
        let mut rng = StdRng::seed_from_u64(seed);
        for conv in convolutions_mut(&mut network) {
            conv.bias.iter_mut().for_each(|b| *b = rng.random_range(-0.1..0.3));
        }
        network
    }

    fn answers(network: &FloatNetwork, seed: u64) -> Vec<f64> {
        let mut rng = StdRng::seed_from_u64(seed);
        let image = Array3::from_shape_fn((43, 43, 3), |_| rng.random());
        logits(&forward(network, &network.layout.layers().expect("possible"), image.view()))
    }

    #[test]
    fn unfolding_undoes_the_fold() {
        for normalisation in [Normalisation::CAFFE, Normalisation::TORCHVISION, Normalisation::SIGNED] {
            let stem = small(1).stem;
            let back = unfolded(&normalisation.fold(&stem), &normalisation);
            let near = |a: f32, b: f32| (a - b).abs() < 1e-4 * (1.0 + a.abs());
            assert!(stem.weights.iter().zip(&back.weights).all(|(a, b)| near(*a, *b)), "{normalisation:?}");
            assert!(stem.bias.iter().zip(&back.bias).all(|(a, b)| near(*a, *b)), "{normalisation:?}");
        }
    }

    #[test]
    fn dividing_keeps_the_answers() {
        let network = small(2);
        let layers = network.layout.layers().expect("possible");
        let mut divided = network.clone();
        divide(&mut divided, &layers, &(1..=layers.len()).map(|i| i as f64 * 0.7).collect::<Vec<_>>());
        assert_ne!(network, divided);
        for (a, b) in answers(&network, 3).iter().zip(answers(&divided, 3)) {
            assert!((a - b).abs() < 1e-3 * (1.0 + a.abs()), "{a} {b}");
        }
    }

    #[test]
    fn a_model_s_integers_as_floats_answer_as_it_does() {
        let model = Model::default_model();
        let (float, photograph) = (from_model(&model), &net::assets::PHOTOGRAPHS[0]);
        let input = model.input(photograph);
        let engine = quantise::runtime::FloatEngine::classifier_only(&float).expect("a network");
        let found = net::classify::softmax(&engine.logits(input.view()).expect("it fits"));
        let sums = net::fast::FastNetwork::new(&model.network).and_then(|engine| engine.run(input.view())).expect("it fits");
        let wanted = net::classify::softmax(&model.logits(&sums));
        assert!((found[967] - wanted[967]).abs() < 0.02 && wanted[967] > 0.9, "{} {}", found[967], wanted[967]);
    }

    #[test]
    fn he_s_deviation_is_that_of_the_weights() {
        let network = from_nothing(&Layout::v1_1(227, 10), 5).expect("possible");
        for (name, conv) in network.convolutions().iter().filter(|(name, _)| name != "conv10") {
            let (_, inputs, rows, columns) = conv.weights.dim();
            let power = conv.weights.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / conv.weights.len() as f64;
            let ratio = power / (2.0 / (inputs * rows * columns) as f64);
            assert!((0.8..1.2).contains(&ratio), "{name}: {ratio}");
        }
    }
}
