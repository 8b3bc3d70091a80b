//! What the choice of steps goes by: each channel's values on calibration inputs, and how much an error of each filter matters.

use crate::float::FloatNetwork;
use crate::gradient::{forward, logits, Backward};
use crate::histogram::Histogram;
use ndarray::{Array3, ArrayView2, Axis};
use net::classify::softmax;
use net::layout::Layer;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

/// Inputs that are looked at between two sums: sums of floats depend on their order, so they are added one input after another.
const CHUNK: usize = 16;

/// What one layer's output was on the calibration inputs (after the pool, where there is one: what the next layer reads).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Channels {
    /// The largest value of each channel.
    pub most: Vec<f64>,
    /// Share of positions at which each is above zero.
    pub positive: Vec<f64>,
    /// Mean square of each.
    pub square: Vec<f64>,
    /// Mean square, over inputs and positions, of the gradient of the log-likelihood with respect to each channel's sum before
    /// ReLU; the label is drawn from the network's own answer, so this is a diagonal of the Fisher information. Nothing for the first layer.
    pub fisher: Vec<f64>,
}

/// What [`observe`] found.
#[derive(Clone)]
pub struct Observed {
    /// One a layer.
    pub layers: Vec<Channels>,
    /// All values of the last layer.
    pub last: Histogram,
}

/// Runs every input (HWC bytes) forward and back. The result does not depend on the number of threads; `seed` draws the labels.
/// `done` is called after every input.
pub fn observe(float: &FloatNetwork, layers: &[Layer], inputs: &[Array3<u8>], seed: u64, done: &(dyn Fn() + Sync)) -> Observed {
    let backward = Backward::new(float, layers);
    let mut total: Vec<Channels> = layers.iter().map(|layer| Channels::zeros(layer.out_channels)).collect();
    let mut last = Histogram::default();
    let numbered: Vec<(usize, &Array3<u8>)> = inputs.iter().enumerate().collect();
    for chunk in numbered.chunks(CHUNK) {
        let seen: Vec<(Vec<Channels>, Array3<f32>)> = chunk
            .par_iter()
            .map(|&(number, input)| {
                let mut all = forward(float, layers, input.view());
                let mut rng = StdRng::seed_from_u64(seed ^ (number as u64) << 20);
                let class = draw(&softmax(&logits(&all)), rng.random_range(0.0..1.0));
                let gradients = backward.gradients(&all, class);
                let mut found: Vec<Channels> = all.iter().map(|a| Channels::of(a.output())).collect();
                for (channels, gradient) in found[1..].iter_mut().zip(&gradients) {
                    channels.fisher = means(gradient, |g| f64::from(g).powi(2));
                }
                done();
                (found, all.pop().map(|a| a.conv).unwrap_or_default())
            })
            .collect();
        for (found, classifier) in seen {
            total.iter_mut().zip(&found).for_each(|(sum, one)| sum.add(one));
            last.add(classifier);
        }
    }
    let count = inputs.len().max(1) as f64;
    total.iter_mut().for_each(|channels| channels.divide(count));
    Observed { layers: total, last }
}

/// The class at which the probabilities, added up, pass `at` (0 to 1).
fn draw(probabilities: &[f64], at: f64) -> usize {
    let mut sum = 0.0;
    let found = probabilities.iter().position(|p| {
        sum += p;
        at < sum
    });
    found.unwrap_or(probabilities.len().saturating_sub(1))
}

fn means(map: &Array3<f32>, of: impl Fn(f32) -> f64) -> Vec<f64> {
    let mean = |map: ArrayView2<f32>| map.iter().map(|&v| of(v)).sum::<f64>() / map.len().max(1) as f64;
    map.axis_iter(Axis(0)).map(mean).collect()
}

impl Channels {
    fn zeros(channels: usize) -> Self {
        let zeros = vec![0.0; channels];
        Self { most: zeros.clone(), positive: zeros.clone(), square: zeros.clone(), fisher: zeros }
    }

    fn of(map: &Array3<f32>) -> Self {
        let most = map.axis_iter(Axis(0)).map(|map| map.iter().fold(0.0f32, |most, &v| most.max(v)).into()).collect();
        let positive = means(map, |v| f64::from(u8::from(v > 0.0)));
        let square = means(map, |v| f64::from(v).powi(2));
        Self { most, positive, square, fisher: vec![0.0; map.dim().0] }
    }

    fn add(&mut self, one: &Self) {
        self.most.iter_mut().zip(&one.most).for_each(|(a, &b)| *a = a.max(b));
        for (sum, part) in [(&mut self.positive, &one.positive), (&mut self.square, &one.square), (&mut self.fisher, &one.fisher)] {
            sum.iter_mut().zip(part).for_each(|(a, b)| *a += b);
        }
    }

    fn divide(&mut self, by: f64) {
        [&mut self.positive, &mut self.square, &mut self.fisher].into_iter().flatten().for_each(|v| *v /= by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_float;

    #[test]
    fn threads_change_nothing() {
        let (float, mut rng) = random_float::network(3);
        let layers = float.layout.layers().expect("possible");
        let inputs: Vec<_> =
            (0..40).map(|_| Array3::from_shape_fn((float.layout.height, float.layout.width, 3), |_| rng.random())).collect();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| observe(&float, &layers, &inputs, 1, &|| ()).layers)
        };
        let expected = on(1);
        assert_eq!(on(2), expected);
        assert_eq!(on(7), expected);
        assert!(expected[1..].iter().all(|c| c.fisher.iter().any(|f| *f > 0.0)), "an error matters somewhere in every layer");
    }

    #[test]
    fn labels_are_drawn_in_proportion() {
        let p = [0.25, 0.0, 0.5, 0.25];
        assert_eq!([0.0, 0.2, 0.25, 0.7, 0.75, 1.0].map(|at| draw(&p, at)), [0, 0, 2, 2, 3, 3]);
    }
}
