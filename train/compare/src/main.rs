//! Seconds of a training step of SqueezeNet v1.1 at 227 pixels in burn (its NdArray backend), of everything and of the last two Fire modules: what
//! `cargo run --release -p train --example step_speed` measures of ours. `cargo run --release [BATCH] [STEPS]` in this folder; `RAYON_NUM_THREADS` sets
//! the threads.

use burn::backend::ndarray::NdArrayDevice;
use burn::backend::{Autodiff, NdArray};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Distribution, Int, Tensor};
use std::time::Instant;

type B = Autodiff<NdArray<f32>>;
type Map = Tensor<B, 4>;

/// Convolutions of the network from its first to its last, as they are used.
struct Net {
    weights: Vec<(Map, Tensor<B, 1>)>,
}

/// Output channels of squeeze and of either expand half, and whether a pool follows.
const FIRES: [(usize, usize, bool); 8] =
    [(16, 64, false), (16, 64, true), (32, 128, false), (32, 128, true), (48, 192, false), (48, 192, false), (64, 256, false), (64, 256, false)];

impl Net {
    fn new(first_fire: usize) -> Self {
        let device = NdArrayDevice::default();
        let mut weights = Vec::new();
        let mut push = |outputs: usize, inputs: usize, side: usize| {
            let deviation = (2.0 / (inputs * side * side) as f64).sqrt();
            let w = Tensor::random([outputs, inputs, side, side], Distribution::Normal(0.0, deviation), &device).require_grad();
            weights.push((w, Tensor::zeros([outputs], &device).require_grad()));
        };
        let mut channels = if first_fire == 0 { 64 } else { 2 * FIRES[first_fire - 1].1 };
        if first_fire == 0 {
            push(64, 3, 3);
        }
        for &(squeeze, expand, _) in &FIRES[first_fire..] {
            push(squeeze, channels, 1);
            push(expand, squeeze, 1);
            push(expand, squeeze, 3);
            channels = 2 * expand;
        }
        push(1000, channels, 1);
        Self { weights }
    }

    fn forward(&self, mut x: Map, first_fire: usize) -> Tensor<B, 2> {
        let mut weights = self.weights.iter();
        let mut conv = |x: Map, stride: usize, padding: usize| {
            let (w, b) = weights.next().expect("a convolution");
            conv2d(x, w.clone(), Some(b.clone()), ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1))
        };
        let pool = |x: Map| max_pool2d(x, [3, 3], [2, 2], [0, 0], [1, 1], true);
        if first_fire == 0 {
            x = pool(relu(conv(x, 2, 0)));
        }
        for &(.., pooled) in &FIRES[first_fire..] {
            let s = relu(conv(x, 1, 0));
            x = Tensor::cat(vec![relu(conv(s.clone(), 1, 0)), relu(conv(s, 1, 1))], 1);
            if pooled {
                x = pool(x);
            }
        }
        let y = conv(x, 1, 0);
        let [images, classes, ..] = y.dims();
        y.mean_dim(3).mean_dim(2).reshape([images, classes])
    }

    /// Plain steps; momentum would add little.
    fn step(&mut self, x: Map, labels: Tensor<B, 2, Int>, first_fire: usize) {
        let loss = -log_softmax(self.forward(x, first_fire), 1).gather(1, labels).mean();
        let gradients = loss.backward();
        for (w, b) in &mut self.weights {
            if let (Some(dw), Some(db)) = (w.grad(&gradients), b.grad(&gradients)) {
                *w = Tensor::from_inner(w.clone().inner() - dw * 1e-4).require_grad();
                *b = Tensor::from_inner(b.clone().inner() - db * 1e-4).require_grad();
            }
        }
    }
}

fn main() {
    let number = |place: usize, default: usize| std::env::args().nth(place).map_or(default, |text| text.parse().expect("a number"));
    let (batch, steps) = (number(1, 32), number(2, 3));
    let device = NdArrayDevice::default();
    for (what, first_fire, shape) in [("everything", 0, [batch, 3, 227, 227]), ("the last two Fire modules", 6, [batch, 384, 14, 14])] {
        let mut net = Net::new(first_fire);
        let x: Map = Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &device);
        let labels: Vec<i64> = (0..batch as i64).map(|i| i * 31 % 1000).collect();
        let labels: Tensor<B, 2, Int> = Tensor::<B, 1, Int>::from_ints(labels.as_slice(), &device).reshape([batch, 1]);
        let mut best = f64::INFINITY;
        for _ in 0..steps {
            let begun = Instant::now();
            net.step(x.clone(), labels.clone(), first_fire);
            best = best.min(begun.elapsed().as_secs_f64());
        }
        println!("{what}: {best:.3} s a step of {batch}, {:.1} images a second", batch as f64 / best);
    }
}
