//! Steps a channel: every channel of every map between two layers gets its own real value of a byte's step.
//!
//! ReLU, max-pool and concatenation keep a positive factor, so a channel may be divided by any number if the weights that read
//! it are multiplied by it. The engine has one step a map, and does not see this: it lies in the weights. What is gained: a
//! channel whose largest value is a tenth of the map's need not be rounded ten times as coarsely. What it costs: the weights
//! that read a channel with a large step become large, and the others of the filter are rounded more coarsely. [`steps`] weighs
//! the two by how much an error of each filter's sum matters to the answer ([`observe`]).
//!
//! The idea of moving factors between layers: Nagel et al., arXiv 1906.04721, section 4.1; theirs makes the ranges equal, which measures
//! much worse here than weighing both roundings (`docs/accuracy.md`).

pub mod observe;
pub mod steps;

use crate::float::{FloatConv, FloatNetwork};
use net::layout::{Layer, LayerKind};

/// A layer's convolutions, in the order in which they run.
pub fn convolutions<'a>(float: &'a FloatNetwork, layer: &Layer) -> Vec<&'a FloatConv> {
    match (layer.kind, layer.fire) {
        (LayerKind::Squeeze, Some(i)) => vec![&float.fires[i].squeeze],
        (LayerKind::Expand, Some(i)) => vec![&float.fires[i].expand1, &float.fires[i].expand3],
        (LayerKind::Stem, _) => vec![&float.stem],
        _ => vec![&float.classifier],
    }
}

/// The real value of a byte's step of every channel, of every layer's output.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// One a layer, in the order of the layout; one a channel in each.
    pub channels: Vec<Vec<f64>>,
}

impl Steps {
    /// One step for a whole map, which stands for all its channels in the model file: their geometric mean.
    pub fn of_layer(&self, layer: usize) -> f32 {
        let channels = &self.channels[layer];
        let log: f64 = channels.iter().map(|d| d.ln()).sum();
        (log / channels.len().max(1) as f64).exp() as f32
    }

    /// The network that computes the same with all channels of a map in equal steps: rows divided, the weights that read them
    /// multiplied.
    pub fn equalised(&self, float: &FloatNetwork, layers: &[Layer]) -> FloatNetwork {
        let mut network = float.clone();
        for (i, layer) in layers.iter().enumerate() {
            let ratio = |layer: usize, c: usize| self.channels[layer][c] / f64::from(self.of_layer(layer));
            let mut first = 0;
            for conv in convolutions_mut(&mut network, layer) {
                for ((o, c, _, _), w) in conv.weights.indexed_iter_mut() {
                    let input = if i == 0 { 1.0 } else { ratio(i - 1, c) };
                    *w = (f64::from(*w) * input / ratio(i, first + o)) as f32;
                }
                for (o, b) in conv.bias.iter_mut().enumerate() {
                    *b = (f64::from(*b) / ratio(i, first + o)) as f32;
                }
                first += conv.bias.len();
            }
        }
        network
    }
}

/// [`convolutions`], for change.
pub(crate) fn convolutions_mut<'a>(network: &'a mut FloatNetwork, layer: &Layer) -> Vec<&'a mut FloatConv> {
    match (layer.kind, layer.fire) {
        (LayerKind::Squeeze, Some(i)) => vec![&mut network.fires[i].squeeze],
        (LayerKind::Expand, Some(i)) => {
            let fire = &mut network.fires[i];
            vec![&mut fire.expand1, &mut fire.expand3]
        }
        (LayerKind::Stem, _) => vec![&mut network.stem],
        _ => vec![&mut network.classifier],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient::forward;
    use crate::random_float;
    use ndarray::Array3;
    use rand::Rng;

    #[test]
    fn an_equalised_network_computes_the_same() {
        for seed in 0..20 {
            println!("seed {seed}");
            let (float, mut rng) = random_float::network(seed);
            let layers = float.layout.layers().expect("possible");
            let channels = layers.iter().map(|l| (0..l.out_channels).map(|_| rng.random_range(-2.0f64..2.0).exp()).collect()).collect();
            let steps = Steps { channels };
            let equalised = steps.equalised(&float, &layers);
            let image = Array3::from_shape_fn((float.layout.height, float.layout.width, 3), |_| rng.random());
            let (before, after) = (forward(&float, &layers, image.view()), forward(&equalised, &layers, image.view()));
            for (i, (before, after)) in before.iter().zip(&after).enumerate() {
                let most = before.output().iter().fold(1e-3f32, |most, v| most.max(*v));
                for (c, (before, after)) in before.output().outer_iter().zip(after.output().outer_iter()).enumerate() {
                    let ratio = (steps.channels[i][c] / f64::from(steps.of_layer(i))) as f32;
                    assert!(before.iter().zip(after).all(|(b, a)| (b - a * ratio).abs() < 1e-4 * most), "layer {i} channel {c}");
                }
            }
        }
    }
}
