//! The network in the framework: variables for the layers that are trained, everything before them left alone.
//!
//! Maps are NHWC. The last convolution has no ReLU here, so that it and the average behind it change places: the average of the map goes
//! through it as a matrix. Quantisation puts a constant on its biases that keeps the engine's ReLU from cutting anything
//! (`quantise::classifier`), and softmax does not see a constant.

use crate::ops::conv::Conv;
use crate::ops::pool::MaxPool;
use crate::random::{random, Use};
use crate::TrainError;
use candle_core::{DType, Device, Result, Tensor, Var, D};
use ndarray::Array4;
use net::layout::{Layer, LayerKind};
use quantise::float::{FloatConv, FloatNetwork};
use quantise::quantiser::round_filter;
use rand::Rng;
use rayon::prelude::*;

/// A convolution's variables.
#[derive(Clone, Debug)]
pub struct ConvVars {
    /// `fire2/expand3x3`.
    pub name: String,
    /// O x (ky, kx, I).
    pub weights: Var,
    /// O.
    pub bias: Var,
    kernel: usize,
}

/// The layers from `first` on as variables.
pub struct Trainable {
    /// All layers of the layout.
    layers: Vec<Layer>,
    /// The first layer that is trained.
    first: usize,
    /// Those of the layers from `first` on, in the order in which they run.
    convs: Vec<ConvVars>,
    /// Positions that the average runs over.
    positions: usize,
    /// Bits that weights are rounded to on their way into the products, or nothing.
    pub fake_bits: Option<u32>,
}

/// Where the numbers of a dropout come from.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Share of activations that are dropped, 0 to 1.
    pub share: f64,
    /// Seed of the training.
    pub seed: u64,
    /// Epoch and step.
    pub at: [usize; 2],
}

/// The first convolution of layer `layer` in the order of [`FloatNetwork::convolutions`].
fn first_conv(layers: &[Layer], layer: usize) -> usize {
    layers[..layer].iter().map(|l| if l.kind == LayerKind::Expand { 2 } else { 1 }).sum()
}

impl Trainable {
    /// Variables for the layers of `network` from number `first` on, with its weights. Its first convolution is not folded: its input is
    /// the network's own.
    ///
    /// # Errors
    /// Tensors that do not fit the layout.
    pub fn new(network: &FloatNetwork, first: usize, dtype: DType, device: &Device) -> std::result::Result<Self, TrainError> {
        let layers = network.check()?;
        let from = first_conv(&layers, first);
        let vars = |(name, conv): &(String, &FloatConv)| -> Result<ConvVars> {
            let (outputs, inputs, kernel, _) = conv.weights.dim();
            let rows: Vec<f32> = conv.weights.view().permuted_axes([0, 2, 3, 1]).iter().copied().collect();
            let weights = Tensor::from_vec(rows, (outputs, kernel * kernel * inputs), device)?.to_dtype(dtype)?;
            let bias = Tensor::from_vec(conv.bias.clone(), outputs, device)?.to_dtype(dtype)?;
            Ok(ConvVars { name: name.clone(), weights: Var::from_tensor(&weights)?, bias: Var::from_tensor(&bias)?, kernel })
        };
        let convs = network.convolutions()[from..].iter().map(vars).collect::<Result<_>>()?;
        let positions = layers.last().map_or(1, |last| last.conv_height * last.conv_width);
        Ok(Self { layers, first, convs, positions, fake_bits: None })
    }

    /// The variables by name, weights before bias, in a fixed order.
    pub fn variables(&self) -> Vec<(String, &Var)> {
        let both = |conv: &'_ ConvVars| [format!("{}.weight", conv.name), format!("{}.bias", conv.name)];
        self.convs.iter().flat_map(|conv| both(conv).into_iter().zip([&conv.weights, &conv.bias])).collect()
    }

    /// Positions that the average runs over.
    pub fn positions(&self) -> usize {
        self.positions
    }

    /// Whether the classifier alone is trained: its input is then the averages of the map before it.
    pub fn is_classifier_alone(&self) -> bool {
        self.first + 1 == self.layers.len()
    }

    /// What layer `last` gives for the input of the first trained layer, NHWC; nothing is dropped.
    ///
    /// # Errors
    /// An input of another shape.
    pub fn until(&self, input: &Tensor, last: usize) -> Result<Tensor> {
        let mut map = input.clone();
        let mut convs = self.convs.iter();
        for (number, layer) in self.layers.iter().enumerate().take(last + 1).skip(self.first) {
            map = self.layer(number, layer, &map, &mut convs)?;
        }
        Ok(map)
    }

    /// Logits, images x classes, from the input of the first trained layer: NHWC, or for the classifier alone images x 1 x 1 x channels,
    /// the sums over the map divided by [`Trainable::positions`].
    ///
    /// # Errors
    /// An input of another shape.
    pub fn forward(&self, input: &Tensor, dropout: Option<Dropout>) -> Result<Tensor> {
        let map = self.until(input, self.layers.len().saturating_sub(2))?;
        let map = match dropout.filter(|dropout| dropout.share > 0.0) {
            Some(dropout) => (map.as_ref() * &mask(dropout, &map)?)?,
            None => map,
        };
        let averages = if self.is_classifier_alone() { map } else { (map.sum_keepdim((1, 2))? / self.positions as f64)? };
        let (images, _, _, channels) = averages.dims4()?;
        let Some(classifier) = self.convs.last() else { candle_core::bail!("a network has a classifier") };
        let weights = self.rounded(&classifier.weights)?;
        averages.reshape((images, channels))?.matmul(&weights.t()?)?.broadcast_add(classifier.bias.as_tensor())
    }

    fn layer<'a>(&self, number: usize, layer: &Layer, map: &Tensor, convs: &mut impl Iterator<Item = &'a ConvVars>) -> Result<Tensor> {
        let input_gradient = number > self.first;
        let mut conv = |stride, padding, input_gradient| -> Result<Tensor> {
            let Some(vars) = convs.next() else { candle_core::bail!("layer {} has no variables", layer.name) };
            let conv = Conv { kernel: vars.kernel, stride, padding, input_gradient };
            conv.apply(map, &self.rounded(&vars.weights)?, vars.bias.as_tensor())
        };
        let map = match layer.kind {
            LayerKind::Stem => conv(2, 0, input_gradient)?,
            LayerKind::Expand => Tensor::cat(&[conv(1, 0, input_gradient)?, conv(1, 1, input_gradient)?], D::Minus1)?,
            _ => conv(1, 0, input_gradient)?,
        };
        if layer.pool {
            MaxPool { floor: layer.floor }.apply(&map)
        } else {
            Ok(map)
        }
    }

    /// Weights as the products see them: rounded to [`Trainable::fake_bits`] as the quantiser rounds a filter, at the step of the least
    /// squared error, with the gradient of what was not rounded (the straight-through estimator of Bengio et al., arXiv 1308.3432).
    fn rounded(&self, weights: &Var) -> Result<Tensor> {
        let weights = weights.as_tensor();
        let Some(bits) = self.fake_bits else { return Ok(weights.clone()) };
        let plain = weights.detach();
        let (_, inputs) = plain.dims2()?;
        let mut values = plain.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
        values.par_chunks_mut(inputs).for_each(|filter| round_filter(filter, bits));
        let rounded = Tensor::from_vec(values, plain.shape(), plain.device())?.to_dtype(plain.dtype())?;
        weights + (rounded - plain)?.detach()
    }

    /// The network with the variables' numbers in the place of `base`'s.
    ///
    /// # Errors
    /// The framework.
    pub fn network(&self, base: &FloatNetwork) -> Result<FloatNetwork> {
        let mut network = base.clone();
        let from = network.convolutions().len() - self.convs.len();
        for (target, conv) in convolutions_mut(&mut network).into_iter().skip(from).zip(&self.convs) {
            let (outputs, inputs, kernel, _) = target.weights.dim();
            let rows = conv.weights.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
            let ohwi = Array4::from_shape_vec((outputs, kernel, kernel, inputs), rows).map_err(candle_core::Error::wrap)?;
            target.weights = ohwi.permuted_axes([0, 3, 1, 2]).as_standard_layout().into_owned();
            target.bias = conv.bias.to_dtype(DType::F32)?.to_vec1()?;
        }
        Ok(network)
    }
}

/// Every convolution for change, in the order of [`FloatNetwork::convolutions`].
pub fn convolutions_mut(network: &mut FloatNetwork) -> Vec<&mut FloatConv> {
    let mut all = vec![&mut network.stem];
    all.extend(network.fires.iter_mut().flat_map(|fire| [&mut fire.squeeze, &mut fire.expand1, &mut fire.expand3]));
    all.push(&mut network.classifier);
    all
}

/// 0 for what is dropped, else what keeps the mean.
fn mask(dropout: Dropout, map: &Tensor) -> Result<Tensor> {
    let mut rng = random(dropout.seed, Use::Dropout, dropout.at);
    let kept = (1.0 / (1.0 - dropout.share)) as f32;
    let values: Vec<f32> = (0..map.elem_count()).map(|_| if rng.random_bool(dropout.share) { 0.0 } else { kept }).collect();
    Tensor::from_vec(values, map.shape(), map.device())?.to_dtype(map.dtype())
}

/// Mean cross-entropy of `logits` (images x classes), weighted by the class: `sum w (lse - logit of the class) / sum w`, as PyTorch's.
///
/// # Errors
/// Another number of labels than images.
pub fn cross_entropy(logits: &Tensor, labels: &[usize], weights: &[f32]) -> Result<Tensor> {
    let numbers: Vec<u32> = labels.iter().map(|&label| label as u32).collect();
    let of_images: Vec<f32> = labels.iter().map(|&label| weights.get(label).copied().unwrap_or(1.0)).collect();
    let total: f64 = of_images.iter().map(|&w| f64::from(w)).sum();
    let device = logits.device();
    let chosen = logits.gather(&Tensor::from_vec(numbers, (labels.len(), 1), device)?, 1)?.squeeze(1)?;
    let losses = (logits.log_sum_exp(1)? - chosen)?;
    let of_images = Tensor::from_vec(of_images, labels.len(), device)?.to_dtype(logits.dtype())?;
    (losses * of_images)?.sum_all()? / total
}
