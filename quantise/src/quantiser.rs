//! From a float network and activation scales to integers; the rules are those of `docs/numerics.md`.

use crate::float::{FloatConv, FloatError, FloatNetwork};
use crate::histogram::decibel;
use ndarray::ArrayView3;
use net::fixed_point::fixed_point;
use net::layout::LayerKind;
use net::model::{Network, NetworkError, QuantConv, QuantFire};
use net::model_file::Scales;

/// Bits of a weight that an engine of the standard size keeps.
pub const WEIGHT_BITS: u32 = 8;
/// Scales that are tried for weights of fewer bits: so many, from the one at which nothing is clipped down to a
/// [`LEAST_SCALE`] of it.
const SCALES: usize = 80;
/// See [`SCALES`].
const LEAST_SCALE: f64 = 0.2;
/// Largest magnitude of a bias in steps: half of what 32 bits hold, the other half is the products'.
pub(crate) const BIAS_STEPS: f64 = (1u32 << 30) as f64;

/// Why a float network has no integer form.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum QuantiseError {
    /// The float tensors are inconsistent.
    #[error(transparent)]
    Float(#[from] FloatError),
    /// The integers are out of bounds.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Weights of a width that no engine keeps.
    #[error("weights of {found} bits were asked for, an engine keeps 2 to 8")]
    WeightBits { found: u32 },
    /// There is not one usable scale a layer.
    #[error("{found} activation scales were given, expected {expected} positive ones; calibrate again")]
    Scales { found: usize, expected: usize },
}

/// The integers of a network, their scales, and how well the weights survived.
#[derive(Clone, Debug)]
pub struct Quantised {
    /// The integers.
    pub network: Network,
    /// Real values of their steps.
    pub scales: Scales,
    /// Signal to quantisation noise of each layer's weights, decibel (both halves of an expand together).
    pub weight_sqnr: Vec<f64>,
}

/// Quantises `float`; `activations` holds the real value of one output step of every layer.
/// The input's step is one byte, because conv1 takes bytes.
///
/// # Errors
/// Tensors that do not fit the layout, or numbers for which no integers exist.
pub fn quantise(float: &FloatNetwork, activations: &[f32]) -> Result<Quantised, QuantiseError> {
    quantise_to(float, activations, WEIGHT_BITS)
}

/// [`quantise`] with weights of `bits` bits (2 to 8), for engines that keep fewer than eight
/// (`contract::engine::EngineConfig::weight_bits`). With eight a channel's largest weight is 127 steps; with
/// fewer its scale is that of the least squared error, which clips a few large weights.
///
/// # Errors
/// As [`quantise`].
pub fn quantise_to(float: &FloatNetwork, activations: &[f32], bits: u32) -> Result<Quantised, QuantiseError> {
    if !(2..=WEIGHT_BITS).contains(&bits) {
        return Err(QuantiseError::WeightBits { found: bits });
    }
    let steps = weight_steps(bits);
    let layers = float.check()?;
    if activations.len() != layers.len() || !activations.iter().all(|s| s.is_normal() && *s > 0.0) {
        return Err(QuantiseError::Scales { found: activations.len(), expected: layers.len() });
    }
    let mut scales = Scales { activations: activations.to_vec(), weights: Vec::new() };
    let mut noise = Noise::default();
    let mut conv = |float: &FloatConv, input: f32, output: f32| {
        let (quantised, weight_scales) = convolution(float, f64::from(input), f64::from(output), steps);
        noise.add(float, &quantised, &weight_scales);
        scales.weights.push(weight_scales);
        (quantised, std::mem::take(&mut noise))
    };
    let mut weight_sqnr = Vec::with_capacity(layers.len());
    let (stem, stem_noise) = conv(&float.stem, 1.0, activations[0]);
    weight_sqnr.push(stem_noise.sqnr());
    let mut fires = Vec::with_capacity(float.fires.len());
    for (fire, steps) in float.fires.iter().zip(activations.windows(3).step_by(2)) {
        let (squeeze, squeeze_noise) = conv(&fire.squeeze, steps[0], steps[1]);
        // one output scale for both halves, so that concatenating them costs nothing
        let (expand1, ones) = conv(&fire.expand1, steps[1], steps[2]);
        let (expand3, threes) = conv(&fire.expand3, steps[1], steps[2]);
        weight_sqnr.extend([squeeze_noise.sqnr(), ones.plus(threes).sqnr()]);
        fires.push(QuantFire { squeeze, expand1, expand3 });
    }
    let last = activations.len() - 1;
    debug_assert_eq!(layers[last].kind, LayerKind::Classifier);
    let (classifier, classifier_noise) = conv(&float.classifier, activations[last - 1], activations[last]);
    weight_sqnr.push(classifier_noise.sqnr());
    let network = Network { layout: float.layout.clone(), stem, fires, classifier };
    network.check()?;
    Ok(Quantised { network, scales, weight_sqnr })
}

/// One convolution in integers, every weight rounded to the nearest step, with the real value of a weight's step of every output
/// channel. `input` and `output` are the real values of a step of its maps.
pub fn quantise_convolution(float: &FloatConv, input: f32, output: f32, bits: u32) -> (QuantConv, Vec<f32>) {
    convolution(float, f64::from(input), f64::from(output), weight_steps(bits.clamp(2, WEIGHT_BITS)))
}

/// Largest magnitude of a weight of `bits` bits in steps: symmetric, so that a filter and its negative round alike.
pub(crate) fn weight_steps(bits: u32) -> f64 {
    f64::from((1u32 << (bits - 1)) - 1)
}

fn convolution(float: &FloatConv, input: f64, output: f64, steps: f64) -> (QuantConv, Vec<f32>) {
    let mut weights = ndarray::Array4::zeros(float.weights.dim());
    let channels = float.bias.len();
    let mut conv = QuantConv {
        weights: ndarray::Array4::zeros((0, 0, 0, 0)),
        bias: Vec::with_capacity(channels),
        multiplier: Vec::with_capacity(channels),
        shift: Vec::with_capacity(channels),
    };
    let mut scales = Vec::with_capacity(channels);
    for ((filter, mut target), &bias) in float.weights.outer_iter().zip(weights.outer_iter_mut()).zip(&float.bias) {
        let scale = weight_scale(filter, f64::from(bias), (input, output), steps);
        target.zip_mut_with(&filter, |q, &w| *q = (f64::from(w) / f64::from(scale)).round().clamp(-steps, steps) as i8);
        let step = input * f64::from(scale);
        let (multiplier, shift) = fixed_point(step / output);
        conv.bias.push((f64::from(bias) / step).round().clamp(-BIAS_STEPS, BIAS_STEPS) as i32);
        conv.multiplier.push(multiplier);
        conv.shift.push(shift);
        scales.push(scale);
    }
    conv.weights = weights;
    (conv, scales)
}

/// The weights of one output channel, in any order, rounded to whole steps of `bits` bits, 2 to 8, as [`quantise_to`] chooses the step for
/// them alone, and made real again.
pub fn round_filter(filter: &mut [f32], bits: u32) {
    let steps = weight_steps(bits.clamp(2, WEIGHT_BITS));
    let scale = filter_scale(filter.iter(), steps);
    if scale > 0.0 {
        filter.iter_mut().for_each(|w| *w = ((f64::from(*w) / scale).round().clamp(-steps, steps) * scale) as f32);
    }
}

/// The scale of one output channel of which only the weights count.
fn filter_scale<'a>(filter: impl Iterator<Item = &'a f32> + Clone, steps: f64) -> f64 {
    let whole = filter.clone().map(|w| f64::from(w.abs())).fold(0.0, f64::max) / steps;
    if steps < weight_steps(WEIGHT_BITS) {
        least_error(filter, whole, steps)
    } else {
        whole
    }
}

/// The scale of one output channel, see [`quantise_to`], unless the bias would then be too large for its integer.
fn weight_scale(filter: ArrayView3<f32>, bias: f64, (input, output): (f64, f64), steps: f64) -> f32 {
    let for_bias = bias.abs() / (input * BIAS_STEPS);
    let scale = filter_scale(filter.iter(), steps).max(for_bias) as f32;
    if scale.is_normal() {
        scale
    } else {
        (output / input) as f32 // a channel of zeros: any scale serves
    }
}

/// The scale of the least squared error among [`SCALES`] up to `whole`, which clips nothing.
fn least_error<'a>(filter: impl Iterator<Item = &'a f32> + Clone, whole: f64, steps: f64) -> f64 {
    let error = |scale: f64| -> f64 {
        filter.clone().map(|&w| (f64::from(w) - (f64::from(w) / scale).round().clamp(-steps, steps) * scale).powi(2)).sum()
    };
    let factor = |i: usize| 1.0 - (1.0 - LEAST_SCALE) * i as f64 / SCALES as f64;
    let candidates = (0..=SCALES).map(|i| whole * factor(i)).map(|scale| (error(scale), scale));
    candidates.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(whole, |best| best.1)
}

#[derive(Default)]
struct Noise {
    signal: f64,
    noise: f64,
}

impl Noise {
    fn add(&mut self, float: &FloatConv, quantised: &QuantConv, scales: &[f32]) {
        for ((filter, integers), &scale) in float.weights.outer_iter().zip(quantised.weights.outer_iter()).zip(scales) {
            for (&w, &q) in filter.iter().zip(integers) {
                self.signal += f64::from(w).powi(2);
                self.noise += (f64::from(w) - f64::from(q) * f64::from(scale)).powi(2);
            }
        }
    }

    fn plus(self, other: Self) -> Self {
        Self { signal: self.signal + other.signal, noise: self.noise + other.noise }
    }

    fn sqnr(&self) -> f64 {
        decibel(self.signal, self.noise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array4;

    #[test]
    fn zero_channels_and_large_biases_stay_in_range() {
        let float = FloatConv { weights: Array4::from_shape_fn((3, 1, 1, 1), |(o, ..)| [0.0, 1e-12, 0.5][o]), bias: vec![0.0, 1e6, -0.25] };
        let (conv, scales) = convolution(&float, 0.01, 0.02, weight_steps(8));
        assert_eq!(conv.weights.iter().copied().collect::<Vec<_>>(), [0, 0, 127]);
        assert_eq!((conv.bias[0], conv.bias[1]), (0, 1 << 30));
        assert!(scales.iter().all(|s| s.is_normal()));
    }

    #[test]
    fn a_rounded_filter_is_what_its_integers_stand_for() {
        let weights = Array4::from_shape_fn((2, 9, 1, 1), |(o, i, ..)| ((o * 41 + i * 37) % 64) as f32 / 100.0 - 0.3);
        let float = FloatConv { weights, bias: vec![0.0; 2] };
        for bits in 2..=8 {
            let (conv, scales) = convolution(&float, 0.01, 0.02, weight_steps(bits));
            for (o, &scale) in scales.iter().enumerate() {
                let mut filter: Vec<f32> = float.weights.slice(ndarray::s![o, .., 0, 0]).to_vec();
                round_filter(&mut filter, bits);
                for (&w, &q) in filter.iter().zip(conv.weights.slice(ndarray::s![o, .., 0, 0])) {
                    assert!((w - f32::from(q) * scale).abs() <= 1e-6, "{bits} bits: {w} {q} {scale}");
                }
            }
        }
        let mut zeros = [0.0; 3];
        round_filter(&mut zeros, 4);
        assert_eq!(zeros, [0.0; 3]);
    }

    #[test]
    fn fewer_bits_take_the_scale_of_the_least_error() {
        // one weight far out, where the others' steps would be coarse if it were not clipped
        let weight = |i: usize| if i == 0 { 0.5 } else { ((i * 37 % 64) as f32 - 31.5) / 100.0 };
        let weights = Array4::from_shape_fn((1, 1024, 1, 1), |(_, i, ..)| weight(i));
        let float = FloatConv { weights, bias: vec![0.0] };
        for bits in 2..8 {
            let steps = weight_steps(bits);
            let (conv, scales) = convolution(&float, 0.01, 0.02, steps);
            assert!(conv.weights.iter().all(|&w| f64::from(w).abs() <= steps), "{bits} bits");
            let error = |scale: f64| -> f64 {
                let back = |w: f64| (w / scale).round().clamp(-steps, steps) * scale;
                float.weights.iter().map(|&w| (f64::from(w) - back(f64::from(w))).powi(2)).sum()
            };
            let (best, whole) = (error(f64::from(scales[0])), error(0.5 / steps));
            assert!(best <= whole * (1.0 + 1e-4), "{bits} bits: {best} {whole}");
            if bits == 4 {
                assert!(best < 0.7 * whole, "clipping pays: {best} {whole}");
            }
        }
    }

    #[test]
    fn integers_approximate_the_float_convolution() {
        let float = FloatConv {
            weights: Array4::from_shape_fn((4, 5, 1, 1), |(o, i, ..)| (o as f32 - 1.5) * 0.1 + i as f32 * 0.03),
            bias: vec![0.1; 4],
        };
        let (input, output) = (0.02, 0.01);
        let (conv, _) = convolution(&float, input, output, weight_steps(8));
        let bytes = ndarray::Array3::from_shape_fn((5, 1, 1), |(i, ..)| (i * 50) as u8);
        let result = net::reference::convolve(&conv, bytes.view(), 1, 0);
        for o in 0..4 {
            let exact: f64 =
                0.1 + (0..5).map(|i| f64::from(float.weights[[o, i, 0, 0]]) * f64::from(bytes[[i, 0, 0]]) * input).sum::<f64>();
            let expected = (exact / output).clamp(0.0, 255.0);
            assert!((f64::from(result[[o, 0, 0]]) - expected).abs() < 1.5, "{o}: {} {expected}", result[[o, 0, 0]]);
        }
    }
}
