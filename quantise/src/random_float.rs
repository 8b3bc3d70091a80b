//! Random float networks for the unit tests.

use crate::float::{FloatConv, FloatFire, FloatNetwork};
use ndarray::Array4;
use net::model::conv_shapes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use test_support::random::{self, Limits};

/// A small network with the spread of trained weights, drawn from `seed`, and the generator for what else a test needs.
pub fn network(seed: u64) -> (FloatNetwork, StdRng) {
    let layout = random::layout(seed, Limits { side: 30, fires: 2, channels: 24, classes: 12 });
    let mut rng = StdRng::seed_from_u64(seed);
    let layers = layout.layers().expect("random layouts are possible");
    let mut convs = conv_shapes(&layers)
        .into_iter()
        .enumerate()
        .map(|(i, shape)| {
            let spread = (6.0 / (shape[1] * shape[2] * shape[3]) as f32).sqrt() / if i == 0 { 128.0 } else { 1.0 };
            FloatConv {
                weights: Array4::from_shape_fn(shape, |_| rng.random_range(-spread..spread)),
                bias: (0..shape[0]).map(|_| rng.random_range(-0.1..0.3)).collect(),
            }
        })
        .collect::<Vec<_>>()
        .into_iter();
    let mut next = || convs.next().expect("one convolution a shape");
    let stem = next();
    let fires = layout.fires.iter().map(|_| FloatFire { squeeze: next(), expand1: next(), expand3: next() }).collect();
    (FloatNetwork { stem, fires, classifier: next(), layout, activations: Default::default() }, rng)
}
