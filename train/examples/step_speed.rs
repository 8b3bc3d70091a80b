//! Seconds of a training step of SqueezeNet v1.1 at 227 pixels, of everything and of the last two Fire modules: with the operations of `train`, and
//! with the framework's own convolution beside them. `cargo run --release -p train --example step_speed [BATCH] [STEPS]`; `RAYON_NUM_THREADS` sets the threads.

use candle_core::{DType, Device, Result, Tensor};
use std::io::Write;
use std::time::Instant;
use train::network::{cross_entropy, Trainable};
use train::ops::conv::Conv;
use train::ops::generic;
use train::sgd::Sgd;
use train::start::from_nothing;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let number = |place: usize, default: usize| std::env::args().nth(place).map_or(Ok(default), |text| text.parse());
    let (batch, steps) = (number(1, 32)?, number(2, 3)?.max(1));
    let layout = net::layout::Layout::v1_1(227, 1000);
    let (network, layers) = (from_nothing(&layout, 1)?, layout.layers()?);
    let mut out = std::io::stdout().lock();
    for (what, first) in [("everything", 0), ("the last two Fire modules", layers.len() - 5)] {
        let trainable = Trainable::new(&network, first, DType::F32, &Device::Cpu)?;
        let layer = &layers[first];
        let input = Tensor::rand(-1f32, 1f32, (batch, layer.in_height, layer.in_width, layer.in_channels), &Device::Cpu)?;
        let labels: Vec<usize> = (0..batch).map(|i| i * 31 % 1000).collect();
        let mut sgd = Sgd::new(0.9, 0.0002, &trainable.variables())?;
        let mut best = f64::INFINITY;
        for _ in 0..steps {
            let begun = Instant::now();
            let loss = cross_entropy(&trainable.forward(&input, None)?, &labels, &[])?;
            sgd.step(&trainable.variables(), &loss.backward()?, 1e-4)?;
            best = best.min(begun.elapsed().as_secs_f64());
        }
        writeln!(out, "{what}: {best:.3} s a step of {batch}, {:.1} images a second", batch as f64 / best)?;
    }
    // one layer of the size of fire2's 3x3, forward and back
    let x = Tensor::rand(0f32, 1f32, (batch, 56, 56, 16), &Device::Cpu)?;
    let conv = Conv { kernel: 3, stride: 1, padding: 1, input_gradient: true };
    type Run = fn(Conv, &Tensor, &Tensor, &Tensor) -> Result<Tensor>;
    for (what, run) in [("ours", Conv::apply as Run), ("the framework's", generic::conv as Run)] {
        let mut best = f64::INFINITY;
        for _ in 0..steps {
            let var = |shape: &[usize]| Tensor::rand(-1f32, 1f32, shape, &Device::Cpu).and_then(|t| candle_core::Var::from_tensor(&t));
            let (weights, bias) = (var(&[64, 144])?, var(&[64])?);
            let x = candle_core::Var::from_tensor(&x)?;
            let begun = Instant::now();
            run(conv, x.as_tensor(), weights.as_tensor(), bias.as_tensor())?.sum_all()?.backward()?;
            best = best.min(begun.elapsed().as_secs_f64());
        }
        writeln!(out, "fire2/expand3x3 alone, forward and back, {what}: {best:.3} s")?;
    }
    Ok(())
}
