//! Every layer of a float network with the gradient of its answer: how much an error of each channel matters.
//!
//! Plain loops over [`crate::convolve`], because the runtime has no gradients, and so that the result has the same bits everywhere.

use crate::convolve::{convolve, transposed};
use crate::float::{FloatConv, FloatNetwork};
use ndarray::{concatenate, s, Array3, ArrayView3, Axis};
use net::classify::softmax;
use net::layout::{pooled, Layer, LayerKind, Layout};

/// What one layer gave.
#[derive(Clone, Debug)]
pub struct Activations {
    /// After ReLU, before the pool: CHW.
    pub conv: Array3<f32>,
    /// After the pool, where there is one, and where in `conv`'s channel each maximum came from.
    pub pooled: Option<(Array3<f32>, Array3<usize>)>,
}

impl Activations {
    /// What the next layer reads.
    pub fn output(&self) -> &Array3<f32> {
        self.pooled.as_ref().map_or(&self.conv, |(map, _)| map)
    }
}

/// A layer's convolutions and ReLU, without the pool: CHW in, CHW out, the halves of an expand 1x1 first.
pub fn convolved(network: &FloatNetwork, layer: &Layer, input: ArrayView3<f32>) -> Array3<f32> {
    let conv = |conv: &FloatConv, stride, padding| convolve(&conv.weights, &conv.bias, input, stride, padding);
    let mut map = match (layer.kind, layer.fire) {
        (LayerKind::Squeeze, Some(i)) => conv(&network.fires[i].squeeze, 1, 0),
        (LayerKind::Expand, Some(i)) => {
            let (ones, threes) = (conv(&network.fires[i].expand1, 1, 0), conv(&network.fires[i].expand3, 1, 1));
            concatenate![Axis(0), ones, threes]
        }
        (LayerKind::Stem, _) => conv(&network.stem, 2, 0),
        _ => conv(&network.classifier, 1, network.layout.classifier.padding),
    };
    map.mapv_inplace(|v| v.max(0.0));
    map
}

/// A layer: convolutions, ReLU, and the pool where there is one.
pub fn run_layer(network: &FloatNetwork, layer: &Layer, input: ArrayView3<f32>) -> Activations {
    let conv = convolved(network, layer, input);
    let pooled = layer.pool.then(|| max_pool(conv.view(), layer.floor));
    Activations { conv, pooled }
}

/// Max-pool 3x3, stride 2, in floor or ceil mode; the first of equal values counts as the maximum.
fn max_pool(map: ArrayView3<f32>, floor: bool) -> (Array3<f32>, Array3<usize>) {
    let (channels, height, width) = map.dim();
    let shape = (channels, pooled(height, floor), pooled(width, floor));
    let mut from = Array3::zeros(shape);
    let most = Array3::from_shape_fn(shape, |(c, y, x)| {
        let mut best = (f32::NEG_INFINITY, 0);
        for row in 2 * y..(2 * y + 3).min(height) {
            for column in 2 * x..(2 * x + 3).min(width) {
                let value = map[[c, row, column]];
                if value > best.0 {
                    best = (value, row * width + column);
                }
            }
        }
        from[[c, y, x]] = best.1;
        best.0
    });
    (most, from)
}

/// Every layer's activations for one image (HWC, red green blue bytes), in the order of the layout.
///
/// # Panics
/// If `network` or `image` do not fit `layers`, those of the network's layout.
pub fn forward(network: &FloatNetwork, layers: &[Layer], image: ArrayView3<u8>) -> Vec<Activations> {
    let mut all: Vec<Activations> = Vec::with_capacity(layers.len());
    let image = image.permuted_axes([2, 0, 1]).mapv(f32::from);
    for layer in layers {
        let input = all.last().map_or(image.view(), |before| before.output().view());
        let next = run_layer(network, layer, input);
        all.push(next);
    }
    all
}

/// The global averages of the last layer: one logit a class.
pub fn logits(all: &[Activations]) -> Vec<f64> {
    let Some(last) = all.last() else { return Vec::new() };
    last.conv.outer_iter().map(|map| map.iter().map(|&v| f64::from(v)).sum::<f64>() / map.len() as f64).collect()
}

/// Weights of a network for the way back: made once, used for every image.
pub struct Backward<'a> {
    layout: &'a Layout,
    layers: &'a [Layer],
    classifier: ndarray::Array4<f32>,
    /// Squeeze and both halves of expand of every Fire module.
    fires: Vec<[ndarray::Array4<f32>; 3]>,
}

impl<'a> Backward<'a> {
    /// Turns the weights of `network` round; `layers` are those of its layout.
    pub fn new(network: &'a FloatNetwork, layers: &'a [Layer]) -> Self {
        let turned = |conv: &FloatConv| transposed(&conv.weights);
        let fires = network.fires.iter().map(|fire| [&fire.squeeze, &fire.expand1, &fire.expand3].map(turned)).collect();
        Self { layout: &network.layout, layers, classifier: turned(&network.classifier), fires }
    }

    /// The gradient of `ln(probability of class)` with respect to every layer's sums before ReLU, given what the layers gave; in the order
    /// of the layout, CHW, the first layer's left out (nothing is divided between the image and it).
    pub fn gradients(&self, all: &[Activations], class: usize) -> Vec<Array3<f32>> {
        let probabilities = softmax(&logits(all));
        let last = &all[all.len() - 1].conv;
        let positions = last.dim().1 * last.dim().2;
        let of_class = |k: usize| (f64::from(u8::from(k == class)) - probabilities[k]) / positions as f64;
        let mut gradient = Array3::zeros(last.dim());
        for (k, (mut gradient, map)) in gradient.outer_iter_mut().zip(last.outer_iter()).enumerate() {
            let value = of_class(k) as f32;
            gradient.zip_mut_with(&map, |g, &v| *g = if v > 0.0 { value } else { 0.0 });
        }
        let mut found = vec![gradient];
        for i in (2..all.len()).rev() {
            let back = self.back(i, found[found.len() - 1].view());
            found.push(through_pool_and_relu(back, &all[i - 1]));
        }
        found.reverse();
        found
    }

    /// From layer `i`'s sums to its input.
    fn back(&self, i: usize, gradient: ArrayView3<f32>) -> Array3<f32> {
        let through = |weights: &ndarray::Array4<f32>, gradient: ArrayView3<f32>, padding| {
            convolve(weights, &vec![0.0; weights.dim().0], gradient, 1, padding)
        };
        match (self.layers[i].kind, self.layers[i].fire) {
            (LayerKind::Squeeze, Some(fire)) => through(&self.fires[fire][0], gradient, 0),
            (LayerKind::Expand, Some(fire)) => {
                let (ones, threes) = gradient.split_at(Axis(0), gradient.dim().0 / 2);
                through(&self.fires[fire][1], ones, 0) + through(&self.fires[fire][2], threes, 1)
            }
            _ => {
                // padding of a 1x1 convolution: its border reads nothing
                let p = self.layout.classifier.padding;
                let (_, height, width) = gradient.dim();
                through(&self.classifier, gradient.slice(s![.., p..height - p, p..width - p]), 0)
            }
        }
    }
}

/// From what a layer's reader gets to the layer's sums before ReLU.
fn through_pool_and_relu(gradient: Array3<f32>, layer: &Activations) -> Array3<f32> {
    let mut gradient = match &layer.pooled {
        None => gradient,
        Some((_, from)) => {
            let width = layer.conv.dim().2;
            let mut before = Array3::zeros(layer.conv.dim());
            for ((c, y, x), &g) in gradient.indexed_iter() {
                let at = from[[c, y, x]];
                before[[c, at / width, at % width]] += g;
            }
            before
        }
    };
    gradient.zip_mut_with(&layer.conv, |g, &v| *g = if v > 0.0 { *g } else { 0.0 });
    gradient
}

#[cfg(test)]
mod tests;
