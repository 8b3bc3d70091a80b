//! Seconds of a training step of SqueezeNet v1.1, the same in two frameworks: forward, cross-entropy, gradients, SGD with momentum.
//!
//!     cd train/benchmarks && cargo run --release [BATCH] [ROUNDS] [SIDE]
//!
//! The peers take turns, round by round, on the same weights, pixels and labels, and their losses must agree before anything is timed.
//! `RAYON_NUM_THREADS` sets the threads of all of them. burn runs on `flex`, its backend in Rust for CPUs (`ndarray` is deprecated).

mod peer;

use burn::tensor::Device as BurnDevice;
use candle_core::{DType, Device, Result as Candle, Tensor, Var};
use net::layout::{Layer, Layout};
use peer::{Burn, BurnConv};
use quantise::float::FloatNetwork;
use std::error::Error;
use std::io::Write;
use std::time::Instant;
use train::network::{cross_entropy, Trainable};
use train::ops::conv::Conv;
use train::ops::generic;
use train::sgd::Sgd;
use train::start::from_nothing;

type Done<T> = Result<T, Box<dyn Error>>;

/// Momentum, weight decay, rate.
const RECIPE: (f64, f64, f64) = (0.9, 0.0002, 1e-4);
/// How far losses of two frameworks may be apart, relatively: sums of 32-bit floats in other orders.
const CLOSE: f64 = 1e-4;

/// One of those that are compared: its name, and what is timed.
type Peer<'a> = (&'static str, Box<dyn FnMut() -> Done<()> + 'a>);

fn main() -> Done<()> {
    let number = |place: usize, default: usize| std::env::args().nth(place).map_or(Ok(default), |text| text.parse());
    let (batch, rounds, side) = (number(1, 16)?.max(1), number(2, 5)?.max(1), number(3, 227)?);
    let layout = Layout::v1_1(side, 1000);
    let (network, layers) = (from_nothing(&layout, 1)?, layout.layers()?);
    writeln!(std::io::stdout(), "batch of {batch}, {side} pixels, best of {rounds} rounds, {} threads", rayon::current_num_threads())?;
    for (what, first) in [("everything", 0), ("the last two Fire modules and conv10", layers.len() - 5)] {
        whole_step(what, &network, &layers, first, batch, rounds)?;
    }
    one_layer(batch, rounds)
}

/// Numbers between -1 and 1 that every run has alike.
fn numbers(count: usize, scale: f32) -> Vec<f32> {
    (0..count as u32).map(|i| (f64::from(i.wrapping_mul(2_654_435_761)) / f64::from(u32::MAX) * 2.0 - 1.0) as f32 * scale).collect()
}

fn whole_step(what: &str, network: &FloatNetwork, layers: &[Layer], first: usize, batch: usize, rounds: usize) -> Done<()> {
    let layer = &layers[first];
    let shape = [batch, layer.in_height, layer.in_width, layer.in_channels];
    let input = numbers(shape.iter().product(), 1.0);
    let labels: Vec<usize> = (0..batch).map(|i| i * 31 % 1000).collect();

    let trainable = Trainable::new(network, first, DType::F32, &Device::Cpu)?;
    let pixels = Tensor::from_slice(&input, &shape, &Device::Cpu)?;
    let mut sgd = Sgd::new(RECIPE.0, RECIPE.1, &trainable.variables())?;
    let loss = cross_entropy(&trainable.forward(&pixels, None)?, &labels, &[])?.to_scalar::<f32>()?;

    let mut burn = Burn::new(network, layers, first, &BurnDevice::flex().autodiff());
    let nchw = burn.input(&input, shape);
    let peers_loss = burn.loss(&nchw, &labels).into_scalar::<f32>();
    agree(what, loss, peers_loss)?;

    let ours = || -> Done<()> {
        let loss = cross_entropy(&trainable.forward(&pixels, None)?, &labels, &[])?;
        Ok(sgd.step(&trainable.variables(), &loss.backward()?, RECIPE.2)?)
    };
    let theirs = || -> Done<()> {
        burn.step(&nchw, &labels, RECIPE);
        Ok(())
    };
    compare(what, batch, rounds, vec![("candle, operations of train", Box::new(ours)), ("burn flex", Box::new(theirs))])
}

/// fire2's 3x3 at 227 pixels: 16 channels to 64 on 56 x 56, forward and back.
fn one_layer(batch: usize, rounds: usize) -> Done<()> {
    let (side, inputs, outputs) = (56, 16, 64);
    let conv = Conv { kernel: 3, stride: 1, padding: 1, input_gradient: true };
    let (x, w) = (numbers(batch * side * side * inputs, 1.0), numbers(outputs * 9 * inputs, 0.1));
    let var = |data: &[f32], shape: &[usize]| Tensor::from_slice(data, shape, &Device::Cpu).and_then(|t| Var::from_tensor(&t));
    let (image, weights, bias) =
        (var(&x, &[batch, side, side, inputs])?, var(&w, &[outputs, 9 * inputs])?, var(&numbers(outputs, 0.1), &[outputs])?);
    type Run = fn(Conv, &Tensor, &Tensor, &Tensor) -> Candle<Tensor>;
    let run = |run: Run| run(conv, image.as_tensor(), weights.as_tensor(), bias.as_tensor()).and_then(|y| y.sum_all());
    let burn = BurnConv::new(&x, [batch, side, side, inputs], &w, &numbers(outputs, 0.1), &BurnDevice::flex().autodiff());

    let what = "fire2/expand3x3 alone, forward and back";
    let sum = run(Conv::apply)?.to_scalar::<f32>()?;
    agree(what, sum, run(generic::conv)?.to_scalar::<f32>()?)?;
    agree(what, sum, burn.sum().into_scalar::<f32>())?;
    let back = |of: Run| -> Done<()> { run(of)?.backward().map(drop).map_err(Into::into) };
    let peers: Vec<Peer> = vec![
        ("candle, operations of train", Box::new(|| back(Conv::apply))),
        ("candle's own convolution", Box::new(|| back(generic::conv))),
        ("burn flex", Box::new(|| burn.back())),
    ];
    compare(what, batch, rounds, peers)
}

/// Both compute the same, or nothing is compared.
fn agree(what: &str, ours: f32, theirs: f32) -> Done<()> {
    let apart = f64::from(ours - theirs).abs() / f64::from(ours).abs();
    // written so that what is not a number does not pass
    if apart <= CLOSE {
        return Ok(());
    }
    Err(format!("{what}: {ours} and {theirs} are not the same result").into())
}

/// The shortest time of each, in turns, and its ratio to that of the first.
fn compare(what: &str, batch: usize, rounds: usize, mut peers: Vec<Peer>) -> Done<()> {
    let mut best = vec![f64::INFINITY; peers.len()];
    for _ in 0..rounds {
        for ((_, run), best) in peers.iter_mut().zip(&mut best) {
            let begun = Instant::now();
            run()?;
            *best = best.min(begun.elapsed().as_secs_f64());
        }
    }
    writeln!(std::io::stdout(), "{what}:")?;
    for ((name, _), seconds) in peers.iter().zip(&best) {
        writeln!(
            std::io::stdout(),
            "  {name:28} {seconds:7.3} s, {:6.1} images a second, {:5.2} times the first",
            batch as f64 / seconds,
            seconds / best[0]
        )?;
    }
    Ok(())
}
