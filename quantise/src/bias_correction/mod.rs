//! Bias correction: rounding shifts the mean of an output channel; the shift, measured on calibration images, goes
//! into the channel's integer bias.
//!
//! Source: Nagel et al., arXiv 1906.04721, section 4.2 and appendix D ("empirical"); the same observation for
//! weights alone is in Banner et al., arXiv 1810.05723, section 4.
//!
//! A convolution is linear in its input, so the mean of its output before ReLU follows from the mean of what
//! each tap of the filter reads:
//!
//! ```text
//! mean[o] = bias[o] + sum over i, ky, kx of weight[o, i, ky, kx] * tap[i, ky, kx]
//! tap[i, ky, kx] = mean over images and output positions (y, x) of input[i, y * stride + ky - padding, x * stride + kx - padding]
//! ```
//!
//! (positions outside the map count as 0). So neither network's sums before ReLU need to be computed. Layers are
//! corrected in the order in which they run: a layer's integer taps come from layers that are corrected already.

use crate::float::{FloatConv, FloatNetwork};
use crate::quantiser::{Quantised, BIAS_STEPS};
use crate::runtime::{FloatEngine, RuntimeError};
use ndarray::{s, Array3, ArrayView3, Axis};
use net::layout::{Layer, LayerKind};
use net::model::{NetworkError, QuantConv};
use net::{fast, model::Network};
use rayon::prelude::*;

/// Images whose float taps are held at a time.
const CHUNK: usize = 32;

/// Why biases were not corrected.
#[derive(Debug, thiserror::Error)]
pub enum CorrectionError {
    /// The float network failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The integers are no network, or their accumulators could now overflow.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// What one layer's correction did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Correction {
    /// Mean over the output channels of the magnitude of the mean error before ReLU, in steps of the layer's output.
    pub before: f64,
    /// The same after the bias was corrected: what its rounding to an integer leaves.
    pub after: f64,
}

/// Bytes that [`correct`] holds for each image: the network's largest map between two layers.
pub fn bytes_per_image(layers: &[Layer]) -> usize {
    layers.iter().map(|l| (l.in_channels * l.in_height * l.in_width).max(l.out_channels * l.out_height * l.out_width)).max().unwrap_or(0)
}

/// Corrects the biases of `quantised`, made from `float`, on `images` (HWC, red green blue bytes, of the layout's
/// size); gives what it did to each layer. Without images nothing is changed. `engine` runs `float` and gives every layer. `done` is called once an
/// image and once a layer.
///
/// All maps between two layers are in memory at once ([`bytes_per_image`]). The result does not depend on
/// the number of threads.
///
/// # Errors
/// An image of another size, or a network that does not pass [`Network::check`] before or after.
pub fn correct(
    float: &FloatNetwork,
    engine: &FloatEngine,
    quantised: &mut Quantised,
    images: &[Array3<u8>],
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Correction>, CorrectionError> {
    let layers = engine.layers();
    if images.is_empty() {
        return Ok(vec![Correction::default(); layers.len()]);
    }
    let float_taps = float_taps(engine, images, done)?;
    let mut maps: Vec<Array3<u8>> = images.iter().map(|image| image.view().permuted_axes([2, 0, 1]).to_owned()).collect();
    let mut corrections = Vec::with_capacity(layers.len());
    let mut convs = 0;
    for (i, (layer, expected)) in layers.iter().zip(&float_taps).enumerate() {
        let taps = integer_taps(&maps, &Window::of(layer, &float.layout));
        let input = if i == 0 { 1.0 } else { f64::from(quantised.scales.activations[i - 1]) };
        let output = f64::from(quantised.scales.activations[i]);
        let mut errors = Errors::default();
        for (float, conv) in convolutions(float, &mut quantised.network, layer) {
            // the 1x1 half of an expand reads the centre of the 3x3 windows
            let inner = |taps: &Array3<f64>| if conv.weights.dim().2 == 1 && layer.kernel == 3 { centre(taps) } else { taps.clone() };
            let steps = quantised.scales.weights[convs].iter().map(|&w| input * f64::from(w));
            correct_convolution(float, conv, &inner(expected), &inner(&taps), steps, &mut errors);
            convs += 1;
        }
        corrections.push(errors.mean(output));
        // packing the whole network for one layer takes milliseconds, an image takes as long
        let integers = fast::FastNetwork::new(&quantised.network)?;
        maps = maps.par_iter().map(|map| integers.run_layer(i, map.view())).collect::<Result<_, _>>()?;
        done();
    }
    quantised.network.check()?;
    Ok(corrections)
}

fn correct_convolution(
    float: &FloatConv,
    conv: &mut QuantConv,
    expected: &Array3<f64>,
    taps: &Array3<f64>,
    steps: impl Iterator<Item = f64>,
    errors: &mut Errors,
) {
    for (o, step) in steps.enumerate() {
        let wanted = f64::from(float.bias[o]) + dot(float.weights.index_axis(Axis(0), o), expected);
        let found = step * (f64::from(conv.bias[o]) + dot(conv.weights.index_axis(Axis(0), o), taps));
        let bias = (f64::from(conv.bias[o]) + (wanted - found) / step).round().clamp(-BIAS_STEPS, BIAS_STEPS) as i32;
        let left = wanted - found - step * f64::from(bias - conv.bias[o]);
        errors.add(wanted - found, left);
        conv.bias[o] = bias;
    }
}

fn dot<T: Copy + Into<f64>>(filter: ArrayView3<T>, taps: &Array3<f64>) -> f64 {
    filter.iter().zip(taps).map(|(&w, tap)| w.into() * tap).sum()
}

fn centre(taps: &Array3<f64>) -> Array3<f64> {
    taps.slice(s![.., 1..2, 1..2]).to_owned()
}

/// A layer's convolutions with their integers, in the order of [`Network::convolutions`].
fn convolutions<'a>(float: &'a FloatNetwork, network: &'a mut Network, layer: &Layer) -> Vec<(&'a FloatConv, &'a mut QuantConv)> {
    match (layer.kind, layer.fire) {
        (LayerKind::Squeeze, Some(i)) => vec![(&float.fires[i].squeeze, &mut network.fires[i].squeeze)],
        (LayerKind::Expand, Some(i)) => {
            let (from, to) = (&float.fires[i], &mut network.fires[i]);
            vec![(&from.expand1, &mut to.expand1), (&from.expand3, &mut to.expand3)]
        }
        (LayerKind::Stem, _) => vec![(&float.stem, &mut network.stem)],
        _ => vec![(&float.classifier, &mut network.classifier)],
    }
}

/// How a layer's filter moves over its input.
struct Window {
    kernel: usize,
    stride: usize,
    padding: usize,
    /// Output rows and columns before the pool.
    output: [usize; 2],
}

impl Window {
    fn of(layer: &Layer, layout: &net::layout::Layout) -> Self {
        let (stride, padding) = match layer.kind {
            LayerKind::Stem => (2, 0),
            LayerKind::Squeeze => (1, 0),
            LayerKind::Expand => (1, 1),
            LayerKind::Classifier => (1, layout.classifier.padding),
        };
        Self { kernel: layer.kernel, stride, padding, output: [layer.conv_height, layer.conv_width] }
    }

    fn positions(&self) -> f64 {
        (self.output[0] * self.output[1]) as f64
    }

    /// Sum over all output positions of what each tap reads from `map` (CHW): channel, row and column of the filter.
    /// Exact for bytes; for floats the order of the additions is fixed.
    fn tap_sums<T: Copy + Into<f64>>(&self, map: ArrayView3<T>) -> Array3<f64> {
        let (channels, height, width) = map.dim();
        // output positions at which the tap lies inside the map, and the input position of the first
        let inside = |tap: usize, outputs: usize, side: usize| {
            let first = self.padding.saturating_sub(tap).div_ceil(self.stride);
            let last = (side + self.padding).saturating_sub(tap + 1) / self.stride;
            let end = if side + self.padding > tap { outputs.min(last + 1) } else { first };
            (first..end.max(first)).map(move |at| at * self.stride + tap - self.padding)
        };
        Array3::from_shape_fn((channels, self.kernel, self.kernel), |(c, ky, kx)| {
            let row = |y| inside(kx, self.output[1], width).map(|x| map[[c, y, x]].into()).sum::<f64>();
            inside(ky, self.output[0], height).map(row).sum()
        })
    }
}

/// Mean of what every tap of every layer reads in the float network.
fn float_taps(engine: &FloatEngine, images: &[Array3<u8>], done: &(dyn Fn() + Sync)) -> Result<Vec<Array3<f64>>, RuntimeError> {
    let layout = engine.layout();
    let windows: Vec<Window> = engine.layers().iter().map(|layer| Window::of(layer, layout)).collect();
    let of_image = |image: &Array3<u8>| {
        let outputs = engine.run(image.view())?;
        let stem = windows[0].tap_sums(image.view().permuted_axes([2, 0, 1]));
        let others = windows[1..].iter().zip(&outputs).map(|(window, map)| window.tap_sums(map.view()));
        done();
        Ok(std::iter::once(stem).chain(others).collect())
    };
    let mut total: Vec<Array3<f64>> = Vec::new();
    for chunk in images.chunks(CHUNK) {
        // sums of floats depend on their order: images in parallel, their sums one after the other
        let sums: Vec<Vec<Array3<f64>>> = chunk.par_iter().map(of_image).collect::<Result<_, RuntimeError>>()?;
        for image in sums {
            if total.is_empty() {
                total = image;
            } else {
                total.iter_mut().zip(&image).for_each(|(sum, part)| *sum += part);
            }
        }
    }
    Ok(total.into_iter().zip(&windows).map(|(sum, window)| sum / (window.positions() * images.len() as f64)).collect())
}

/// Mean, in input steps, of what every tap reads in `maps`.
fn integer_taps(maps: &[Array3<u8>], window: &Window) -> Array3<f64> {
    // sums of bytes are exact in any order
    let sum = maps.par_iter().map(|map| window.tap_sums(map.view())).reduce_with(|a, b| a + b);
    sum.unwrap_or_default() / (window.positions() * maps.len() as f64)
}

#[derive(Default)]
struct Errors {
    channels: usize,
    before: f64,
    after: f64,
}

impl Errors {
    fn add(&mut self, before: f64, after: f64) {
        self.channels += 1;
        self.before += before.abs();
        self.after += after.abs();
    }

    fn mean(&self, output_step: f64) -> Correction {
        let scale = self.channels.max(1) as f64 * output_step;
        Correction { before: self.before / scale, after: self.after / scale }
    }
}

#[cfg(test)]
mod tests;
