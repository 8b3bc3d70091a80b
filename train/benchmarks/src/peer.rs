//! The same network in burn, with its own operations: NCHW.

use crate::Done;
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Int, Tensor, TensorData};
use net::layout::{Layer, LayerKind};
use quantise::float::{FloatConv, FloatNetwork};

/// Variables of a convolution and their velocities.
struct Vars {
    /// OIHW.
    weights: Tensor<4>,
    bias: Tensor<1>,
    weights_velocity: Option<Tensor<4>>,
    bias_velocity: Option<Tensor<1>>,
}

/// The layers from some layer on.
pub struct Burn {
    layers: Vec<Layer>,
    convs: Vec<Vars>,
    device: Device,
}

fn conv(x: Tensor<4>, vars: &Vars, stride: usize, padding: usize) -> Tensor<4> {
    let options = ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1);
    relu(conv2d(x, vars.weights.clone(), Some(vars.bias.clone()), options))
}

/// `v = momentum v + gradient + decay w`, `w = w - rate v`.
fn update<const D: usize>(var: &mut Tensor<D>, velocity: &mut Option<Tensor<D>>, gradient: Tensor<D>, recipe: (f64, f64, f64)) {
    let (momentum, decay, rate) = recipe;
    let plain = var.clone().inner();
    let pull = gradient + plain.clone() * decay;
    let new = match velocity.take() {
        Some(velocity) => velocity * momentum + pull,
        None => pull,
    };
    *var = (plain - new.clone() * rate).autodiff().require_grad();
    *velocity = Some(new);
}

impl Burn {
    /// The layers of `network` from number `first` on as variables.
    pub fn new(network: &FloatNetwork, layers: &[Layer], first: usize, device: &Device) -> Self {
        let before: usize = layers[..first].iter().map(|l| if l.kind == LayerKind::Expand { 2 } else { 1 }).sum();
        let vars = |(_, conv): &(String, &FloatConv)| {
            let (o, i, h, w) = conv.weights.dim();
            let weights = TensorData::new(conv.weights.iter().copied().collect::<Vec<f32>>(), [o, i, h, w]);
            Vars {
                weights: Tensor::<4>::from_data(weights, device).require_grad(),
                bias: Tensor::<1>::from_data(TensorData::new(conv.bias.clone(), [o]), device).require_grad(),
                weights_velocity: None,
                bias_velocity: None,
            }
        };
        let convs = network.convolutions()[before..].iter().map(vars).collect();
        Self { layers: layers[first..].to_vec(), convs, device: device.clone() }
    }

    /// A batch NHWC as this framework has it.
    pub fn input(&self, nhwc: &[f32], shape: [usize; 4]) -> Tensor<4> {
        nchw(nhwc, shape, &self.device)
    }

    /// Mean cross-entropy.
    pub fn loss(&self, input: &Tensor<4>, labels: &[usize]) -> Tensor<1> {
        let mut convs = self.convs.iter();
        let mut next = || convs.next().unwrap_or_else(|| unreachable!("a layout has as many convolutions as its network"));
        let mut map = input.clone();
        for layer in &self.layers[..self.layers.len() - 1] {
            map = match layer.kind {
                LayerKind::Stem => conv(map, next(), 2, 0),
                LayerKind::Expand => Tensor::cat(vec![conv(map.clone(), next(), 1, 0), conv(map, next(), 1, 1)], 1),
                _ => conv(map, next(), 1, 0),
            };
            if layer.pool {
                map = max_pool2d(map, MaxPoolOptions::new([3; 2]).with_stride([2; 2]).with_ceil_mode(!layer.floor));
            }
        }
        // the average before the last convolution, as `train` has it: a matrix product instead of a convolution
        let classifier = next();
        let [outputs, inputs, _, _] = classifier.weights.dims();
        let averages = map.mean_dims(&[2, 3]).reshape([labels.len(), inputs]);
        let logits =
            averages.matmul(classifier.weights.clone().reshape([outputs, inputs]).transpose()) + classifier.bias.clone().unsqueeze();
        let numbers: Vec<i64> = labels.iter().map(|&label| label as i64).collect();
        let numbers = Tensor::<2, Int>::from_data(TensorData::new(numbers, [labels.len(), 1]), &self.device);
        log_softmax(logits, 1).gather(1, numbers).mean().neg()
    }

    /// One step of SGD: momentum, weight decay, rate.
    pub fn step(&mut self, input: &Tensor<4>, labels: &[usize], recipe: (f64, f64, f64)) {
        let mut gradients = self.loss(input, labels).backward();
        for vars in &mut self.convs {
            if let Some(gradient) = vars.weights.grad_remove(&mut gradients) {
                update(&mut vars.weights, &mut vars.weights_velocity, gradient, recipe);
            }
            if let Some(gradient) = vars.bias.grad_remove(&mut gradients) {
                update(&mut vars.bias, &mut vars.bias_velocity, gradient, recipe);
            }
        }
    }
}

fn nchw(nhwc: &[f32], shape: [usize; 4], device: &Device) -> Tensor<4> {
    let nhwc = Tensor::<4>::from_data(TensorData::new(nhwc.to_vec(), shape), device).permute([0, 3, 1, 2]);
    // laid out anew, so that no step pays for the other order
    Tensor::from_data(nhwc.to_data(), device)
}

/// One convolution with padding 1 and ReLU, and everything that has a gradient.
pub struct BurnConv {
    x: Tensor<4>,
    vars: Vars,
}

impl BurnConv {
    /// `x` NHWC, `weights` O x (ky, kx, I) of a 3x3 filter.
    pub fn new(x: &[f32], shape: [usize; 4], weights: &[f32], bias: &[f32], device: &Device) -> Self {
        let vars = Vars {
            weights: nchw(weights, [bias.len(), 3, 3, shape[3]], device).require_grad(),
            bias: Tensor::<1>::from_data(TensorData::new(bias.to_vec(), [bias.len()]), device).require_grad(),
            weights_velocity: None,
            bias_velocity: None,
        };
        Self { x: nchw(x, shape, device).require_grad(), vars }
    }

    /// The sum of the output.
    pub fn sum(&self) -> Tensor<1> {
        conv(self.x.clone(), &self.vars, 1, 1).sum()
    }

    /// Forward and back.
    pub fn back(&self) -> Done<()> {
        let gradients = self.sum().backward();
        let all =
            self.x.grad(&gradients).is_some() && self.vars.weights.grad(&gradients).is_some() && self.vars.bias.grad(&gradients).is_some();
        all.then_some(()).ok_or_else(|| "burn gave no gradient".into())
    }
}
