//! The integer reference: what every other implementation must equal, bit for bit, on every layer.
//!
//! Plain loops over `ndarray`, written to be read beside `docs/numerics.md`; for speed see
//! [`crate::fast`].

use crate::layout::Layer;
use crate::model::{Network, NetworkError, QuantConv};
use ndarray::{concatenate, Array3, ArrayView3, Axis};

/// Everything one frame computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// One entry a layer, in the order of [`crate::layout::Layout::layers`].
    pub layers: Vec<LayerTrace>,
    /// Sum of the classifier's bytes over all positions, one a class: the network's result.
    /// The average is `sums[c] / (height * width)` of the classifier's output.
    pub sums: Vec<u32>,
}

/// The output of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerTrace {
    /// The layer's name, for example `fire2.expand`.
    pub name: String,
    /// Before the pool: CHW bytes.
    pub conv: Array3<u8>,
    /// After the pool, where the layer has one: CHW bytes.
    pub pooled: Option<Array3<u8>>,
}

impl LayerTrace {
    /// What the next layer reads: CHW bytes, after the pool where there is one.
    pub fn output(&self) -> &Array3<u8> {
        self.pooled.as_ref().unwrap_or(&self.conv)
    }
}

/// Runs one frame and keeps every tensor.
///
/// `image` is HWC, red green blue bytes, of the layout's height and width.
///
/// # Errors
/// A network that does not pass [`Network::check`], or an image of another size.
pub fn run(network: &Network, image: ArrayView3<u8>) -> Result<Trace, NetworkError> {
    let layers = network.check()?;
    let expected = vec![network.layout.height, network.layout.width, 3];
    if image.shape() != expected {
        let (layout, found) = (network.layout.name.clone(), image.shape().to_vec());
        return Err(NetworkError::Shape { layout, conv: "conv1".into(), tensor: "the image", found, expected });
    }
    let mut map = image.permuted_axes([2, 0, 1]).to_owned();
    let mut traces: Vec<LayerTrace> = Vec::with_capacity(layers.len());
    for layer in &layers {
        let conv = layer_output(network, layer, map.view());
        let pooled = layer.pool.then(|| max_pool(conv.view(), layer.floor));
        let trace = LayerTrace { name: layer.name.clone(), conv, pooled };
        map = trace.output().clone();
        traces.push(trace);
    }
    let sums = map.axis_iter(Axis(0)).map(|c| c.iter().map(|&v| u32::from(v)).sum()).collect();
    Ok(Trace { layers: traces, sums })
}

fn layer_output(network: &Network, layer: &Layer, input: ArrayView3<u8>) -> Array3<u8> {
    use crate::layout::LayerKind::*;
    match (layer.kind, layer.fire) {
        (Squeeze, Some(i)) => convolve(&network.fires[i].squeeze, input, 1, 0),
        (Expand, Some(i)) => {
            let ones = convolve(&network.fires[i].expand1, input, 1, 0);
            let threes = convolve(&network.fires[i].expand3, input, 1, 1);
            concatenate![Axis(0), ones, threes]
        }
        (Stem, _) => convolve(&network.stem, input, 2, 0),
        _ => convolve(&network.classifier, input, 1, network.layout.classifier.padding),
    }
}

/// A convolution with ReLU and requantisation: CHW bytes in, CHW bytes out.
///
/// `acc[o,y,x] = bias[o] + sum over i,ky,kx of in[i, y*stride+ky-padding, x*stride+kx-padding] * w[o,i,ky,kx]`,
/// where positions outside the input count as 0.
pub fn convolve(conv: &QuantConv, input: ArrayView3<u8>, stride: usize, padding: usize) -> Array3<u8> {
    let (outputs, inputs, kernel_h, kernel_w) = conv.weights.dim();
    let (_, height, width) = input.dim();
    let out_h = (height + 2 * padding - kernel_h) / stride + 1;
    let out_w = (width + 2 * padding - kernel_w) / stride + 1;
    let mut acc = Array3::<i32>::zeros((outputs, out_h, out_w));
    for o in 0..outputs {
        for y in 0..out_h {
            for x in 0..out_w {
                let mut sum = conv.bias[o];
                for ky in 0..kernel_h {
                    for kx in 0..kernel_w {
                        let (iy, ix) = (y * stride + ky, x * stride + kx);
                        if iy < padding || ix < padding || iy - padding >= height || ix - padding >= width {
                            continue;
                        }
                        for i in 0..inputs {
                            sum += i32::from(input[[i, iy - padding, ix - padding]]) * i32::from(conv.weights[[o, i, ky, kx]]);
                        }
                    }
                }
                acc[[o, y, x]] = sum;
            }
        }
    }
    Array3::from_shape_fn(acc.dim(), |(o, y, x)| requantise(acc[[o, y, x]], conv.multiplier[o], conv.shift[o]))
}

/// `clamp((acc * multiplier + (1 << (shift - 1))) >> shift, 0, 255)`: round half up, then ReLU and
/// saturation in one.
pub fn requantise(acc: i32, multiplier: u16, shift: u8) -> u8 {
    let product = i64::from(acc) * i64::from(multiplier);
    let rounded = (product + (1i64 << (shift - 1))) >> shift;
    rounded.clamp(0, 255) as u8
}

/// Max-pool 3x3, stride 2, no padding, on CHW bytes. In ceil mode partial windows at the right and lower edge take the maximum of
/// what lies inside, and both sides of the map must be at least 2; in floor mode (`floor`) there are none, and both must be at
/// least 3.
pub fn max_pool(input: ArrayView3<u8>, floor: bool) -> Array3<u8> {
    let (channels, height, width) = input.dim();
    let (out_h, out_w) = (crate::layout::pooled(height, floor), crate::layout::pooled(width, floor));
    Array3::from_shape_fn((channels, out_h, out_w), |(c, y, x)| {
        let mut most = 0;
        for row in 2 * y..(2 * y + 3).min(height) {
            for column in 2 * x..(2 * x + 3).min(width) {
                most = most.max(input[[c, row, column]]);
            }
        }
        most
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{arr3, Array4};

    #[test]
    fn requantise_rounds_half_up_and_saturates() {
        assert_eq!(requantise(3, 1, 1), 2);
        assert_eq!(requantise(-1, 1, 1), 0);
        assert_eq!(requantise(-3, 1, 1), 0);
        assert_eq!(requantise(i32::MAX, u16::MAX, 1), 255);
        assert_eq!(requantise(i32::MIN, u16::MAX, 47), 0);
        assert_eq!(requantise(i32::MAX, u16::MAX, 47), 1);
    }

    #[test]
    fn padding_counts_as_zero() {
        let conv = QuantConv { weights: Array4::from_elem((1, 1, 3, 3), 1), bias: vec![0], multiplier: vec![2], shift: vec![1] };
        let out = convolve(&conv, arr3(&[[[1, 2], [3, 4]]]).view(), 1, 1);
        assert_eq!(out, arr3(&[[[10, 10], [10, 10]]]));
    }

    #[test]
    fn pool_takes_partial_windows_in_ceil_mode() {
        let input = Array3::from_shape_fn((1, 4, 5), |(_, y, x)| (10 * y + x) as u8);
        assert_eq!(max_pool(input.view(), false), arr3(&[[[22, 24], [32, 34]]]));
        assert_eq!(max_pool(input.view(), true), arr3(&[[[22, 24]]]));
    }
}
