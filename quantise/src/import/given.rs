//! The scales and integers of a network that comes quantised (QDQ ONNX), and the model that has them.
//!
//! Activation scales are taken as they are: one a layer, a byte with 0 as its smallest value, as the
//! engine has it. Weights keep their integers and scales. Two things must be computed anew: every bias
//! (an integer at the scale input x weight), and conv1's weights where the folded normalisation divides
//! the three input channels by different numbers, so that no common step is left.

use super::graph::{Graph, QuantWeights};
use super::ImportError;
use crate::float::{FloatConv, FloatNetwork, Normalisation};
use crate::histogram::decibel;
use crate::quantiser::{QuantiseError, Quantised};
use ndarray::{Array4, Axis};
use net::fixed_point::fixed_point;
use net::model::{Network, QuantConv, QuantFire};
use net::model_file::Scales;

/// What a quantised file says about its integers.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenScales {
    /// Real value of one output step of every layer, in the order of [`net::layout::Layout::layers`].
    pub activations: Vec<f32>,
    /// Integers of every convolution, in the order of [`FloatNetwork::convolutions`]; `None` for a conv1
    /// whose integers did not survive the folding of the normalisation.
    pub weights: Vec<Option<QuantWeights>>,
}

/// Puts together what the walk found; `None` when the file is not quantised at all.
///
/// # Errors
/// A file that is quantised in parts.
pub fn gather(graph: &Graph, steps: &[Option<f64>], weights: Vec<Option<QuantWeights>>) -> Result<Option<GivenScales>, ImportError> {
    let names = names(steps.len());
    let quantised = |i: usize| weights.get(i).is_some_and(Option::is_some);
    if steps.iter().all(Option::is_none) && !(0..weights.len()).any(quantised) {
        return Ok(None);
    }
    let hint = "but other layers are quantised; quantise every convolution and every ReLU's output, or none";
    if let Some(i) = steps.iter().position(Option::is_none) {
        return Err(graph.refuse_whole(format!("the output of layer {} has no scale, {hint}", names[i])));
    }
    if let Some(i) = (1..weights.len()).find(|&i| !quantised(i)) {
        return Err(graph.refuse_whole(format!("convolution number {} has no integer weights, {hint}", i + 1)));
    }
    let activations = steps.iter().flatten().map(|&s| s as f32).collect();
    Ok(Some(GivenScales { activations, weights }))
}

fn names(layers: usize) -> Vec<String> {
    let fire = |i: usize| if i % 2 == 1 { format!("fire{}.squeeze", i / 2 + 2) } else { format!("fire{}.expand", i / 2 + 1) };
    let name = |i: usize| match i {
        0 => "conv1".into(),
        i if i + 1 == layers => "conv10".into(),
        i => fire(i),
    };
    (0..layers).map(name).collect()
}

impl GivenScales {
    /// Carries conv1's integers through the folding of `normalisation`, or drops them where that cannot be done exactly.
    pub fn fold(&mut self, normalisation: &Normalisation) {
        let [first, ..] = normalisation.deviation;
        let same = normalisation.deviation.iter().all(|&d| d == first);
        let Some(stem) = self.weights.first_mut() else { return };
        *stem = stem.take().filter(|_| same).map(|mut stem| {
            if normalisation.order == crate::float::ChannelOrder::Bgr {
                stem.integers.invert_axis(Axis(1));
                stem.integers = stem.integers.as_standard_layout().to_owned();
            }
            stem.scales.iter_mut().for_each(|s| *s = (f64::from(*s) / first) as f32);
            stem
        });
    }

    /// The integers of `float` with these scales.
    ///
    /// # Errors
    /// Tensors that do not fit, or integers out of the engine's bounds.
    pub fn quantise(&self, float: &FloatNetwork) -> Result<Quantised, QuantiseError> {
        let layers = float.check()?;
        let convs = float.convolutions();
        if self.activations.len() != layers.len()
            || self.weights.len() != convs.len()
            || !self.activations.iter().all(|s| s.is_normal() && *s > 0.0)
        {
            return Err(QuantiseError::Scales { found: self.activations.len(), expected: layers.len() });
        }
        let (mut integers, mut scales, mut weight_sqnr) = (Vec::new(), Vec::new(), Vec::new());
        let mut power = (0.0, 0.0);
        for (index, ((name, float), given)) in convs.iter().zip(&self.weights).enumerate() {
            let layer = layer_of(index, layers.len());
            let input = if layer == 0 { 1.0 } else { f64::from(self.activations[layer - 1]) };
            let output = f64::from(self.activations[layer]);
            let weights = given.clone().unwrap_or_else(|| rounded(float));
            let (conv, used) = convolution(float, &weights, input, output);
            let noise = noise(float, &conv, &used);
            power = (power.0 + noise.0, power.1 + noise.1);
            // both halves of an expand are one layer
            if !name.ends_with("expand1x1") {
                weight_sqnr.push(decibel(power.0, power.1));
                power = (0.0, 0.0);
            }
            integers.push(conv);
            scales.push(used);
        }
        let mut next = integers.into_iter();
        let mut take = || next.next().ok_or(QuantiseError::Scales { found: 0, expected: convs.len() });
        let stem = take()?;
        let mut fires = Vec::with_capacity(float.fires.len());
        for _ in &float.fires {
            fires.push(QuantFire { squeeze: take()?, expand1: take()?, expand3: take()? });
        }
        let network = Network { layout: float.layout.clone(), stem, fires, classifier: take()? };
        network.check()?;
        let scales = Scales { activations: self.activations.clone(), weights: scales };
        Ok(Quantised { network, scales, weight_sqnr })
    }
}

/// The layer that convolution number `index` belongs to.
fn layer_of(index: usize, layers: usize) -> usize {
    match index {
        0 => 0,
        i => (1 + (i - 1) / 3 * 2 + usize::from((i - 1) % 3 != 0)).min(layers - 1),
    }
}

/// Weights rounded to 127 steps a channel.
fn rounded(float: &FloatConv) -> QuantWeights {
    let scale = |filter: ndarray::ArrayView3<f32>| filter.iter().fold(0.0f32, |m, w| m.max(w.abs())) / 127.0;
    let scales: Vec<f32> = float.weights.outer_iter().map(scale).collect();
    let integers = Array4::from_shape_fn(float.weights.dim(), |at| (float.weights[at] / scales[at.0].max(f32::MIN_POSITIVE)).round() as i8);
    QuantWeights { integers, scales }
}

fn convolution(float: &FloatConv, weights: &QuantWeights, input: f64, output: f64) -> (QuantConv, Vec<f32>) {
    // a channel of zeros may have any scale, but it needs one
    let usable = |&scale: &f32| if scale.is_normal() && scale > 0.0 { scale } else { (output / input) as f32 };
    let scales: Vec<f32> = weights.scales.iter().map(usable).collect();
    let (multiplier, shift) = scales.iter().map(|&s| fixed_point(f64::from(s) * input / output)).unzip();
    let step = |(&bias, &scale): (&f32, &f32)| (f64::from(bias) / (f64::from(scale) * input)).round() as i32;
    let bias = float.bias.iter().zip(&scales).map(step).collect();
    (QuantConv { weights: weights.integers.clone(), bias, multiplier, shift }, scales)
}

/// Power of the weights, and of what the integers lost of them.
fn noise(float: &FloatConv, conv: &QuantConv, scales: &[f32]) -> (f64, f64) {
    let filters = float.weights.outer_iter().zip(conv.weights.outer_iter()).zip(scales);
    let pairs = filters.flat_map(|((filter, integers), &scale)| {
        let differ = move |(&w, &q): (&f32, &i8)| (f64::from(w), f64::from(w) - f64::from(q) * f64::from(scale));
        filter.into_iter().zip(integers).map(differ).collect::<Vec<_>>()
    });
    pairs.fold((0.0, 0.0), |(signal, noise), (w, e)| (signal + w * w, noise + e * e))
}
