//! A SqueezeNet in floating point, as imported: the network that is quantised.

use ndarray::Array4;
use net::layout::{Layer, Layout, LayoutError};
use net::model::conv_shapes;
use net::photo::Normalised;
use sha2::{Digest, Sha256};

/// One convolution in floating point; ReLU follows.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatConv {
    /// Weights, OIHW.
    pub weights: Array4<f32>,
    /// Bias, one an output channel.
    pub bias: Vec<f32>,
}

/// A Fire module's three convolutions.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatFire {
    /// 1x1, `s` from the module's input channels.
    pub squeeze: FloatConv,
    /// 1x1, `e` from `s` channels.
    pub expand1: FloatConv,
    /// 3x3 with padding 1, `e` from `s` channels.
    pub expand3: FloatConv,
}

/// A whole network in floating point. Its input is red, green, blue as bytes (0 to 255).
#[derive(Clone, Debug, PartialEq)]
pub struct FloatNetwork {
    /// Shapes.
    pub layout: Layout,
    /// The first convolution, with the normalisation of the input folded in.
    pub stem: FloatConv,
    /// One a Fire module of the layout.
    pub fires: Vec<FloatFire>,
    /// The last convolution.
    pub classifier: FloatConv,
    /// What its activations are besides ReLUs.
    pub activations: Activations,
}

/// Activations that are no plain ReLUs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activations {
    /// Largest value that a layer's activation lets through (ReLU6), in the order of [`Layout::layers`]; empty where none has one.
    pub ceilings: Vec<Option<f32>>,
    /// Whether the classifier has none: a constant on all its biases then keeps the engine's ReLU from cutting anything.
    pub linear_classifier: bool,
}

impl Activations {
    /// Largest value that layer `layer` lets through.
    pub fn ceiling(&self, layer: usize) -> Option<f32> {
        self.ceilings.get(layer).copied().flatten()
    }
}

/// Order of the channels that a network was trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Red first (torchvision).
    Rgb,
    /// Blue first (Caffe).
    Bgr,
}

/// What a float network expects of its input: `(byte - mean) / deviation`, channels in `order`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation {
    /// Order of the network's input channels; `mean` and `deviation` are in this order too.
    pub order: ChannelOrder,
    /// Mean of each channel, in steps of a byte (0 to 255).
    pub mean: [f64; 3],
    /// Deviation of each channel, in steps of a byte; 1 where the network takes plain differences.
    pub deviation: [f64; 3],
}

/// What [`crate::import::input::shown`] makes of it, back again.
impl From<Normalised> for Normalisation {
    fn from(Normalised { blue_first, mean, deviation }: Normalised) -> Self {
        let order = if blue_first { ChannelOrder::Bgr } else { ChannelOrder::Rgb };
        Self { order, mean, deviation }
    }
}

impl Normalisation {
    /// Caffe's: blue, green, red minus (104, 117, 123). The authors' networks use it.
    pub const CAFFE: Self = Self { order: ChannelOrder::Bgr, mean: [104.0, 117.0, 123.0], deviation: [1.0; 3] };
    /// torchvision's: red, green, blue over 255, minus (0.485, 0.456, 0.406), over (0.229, 0.224, 0.225).
    pub const TORCHVISION: Self = Self {
        order: ChannelOrder::Rgb,
        mean: [0.485 * 255.0, 0.456 * 255.0, 0.406 * 255.0],
        deviation: [0.229 * 255.0, 0.224 * 255.0, 0.225 * 255.0],
    };

    /// None: red, green, blue from 0 to 255.
    pub const BYTES: Self = Self { order: ChannelOrder::Rgb, mean: [0.0; 3], deviation: [1.0; 3] };
    /// Red, green, blue over 255.
    pub const UNIT: Self = Self { order: ChannelOrder::Rgb, mean: [0.0; 3], deviation: [255.0; 3] };
    /// Red, green, blue over 127.5, minus 1 (Keras's `tf` mode).
    pub const SIGNED: Self = Self { order: ChannelOrder::Rgb, mean: [127.5; 3], deviation: [127.5; 3] };

    /// Folds the normalisation into the first convolution, which then takes raw RGB bytes. Exact,
    /// because that convolution has no padding: every window lies inside the image.
    pub fn fold(&self, stem: &FloatConv) -> FloatConv {
        let source = |rgb: usize| match self.order {
            ChannelOrder::Rgb => rgb,
            ChannelOrder::Bgr => 2 - rgb,
        };
        let weights = Array4::from_shape_fn(stem.weights.dim(), |(o, rgb, y, x)| {
            let channel = source(rgb);
            (f64::from(stem.weights[[o, channel, y, x]]) / self.deviation[channel]) as f32
        });
        let mut bias = stem.bias.clone();
        for (bias, filter) in bias.iter_mut().zip(stem.weights.outer_iter()) {
            let shift: f64 = filter.indexed_iter().map(|((c, _, _), &w)| f64::from(w) * self.mean[c] / self.deviation[c]).sum();
            *bias = (f64::from(*bias) - shift) as f32;
        }
        FloatConv { weights, bias }
    }
}

impl FloatNetwork {
    /// Every convolution with its name, in the order of [`net::model::Network::convolutions`].
    pub fn convolutions(&self) -> Vec<(String, &FloatConv)> {
        let mut all = vec![("conv1".to_string(), &self.stem)];
        for (fire, n) in self.fires.iter().zip(2..) {
            all.push((format!("fire{n}/squeeze1x1"), &fire.squeeze));
            all.push((format!("fire{n}/expand1x1"), &fire.expand1));
            all.push((format!("fire{n}/expand3x3"), &fire.expand3));
        }
        all.push(("conv10".to_string(), &self.classifier));
        all
    }

    /// SHA-256 of the layout and every number, in hexadecimal: equal for the same network, whatever file it came from.
    pub fn fingerprint(&self) -> String {
        let layout = &self.layout;
        let mut hasher = Sha256::new();
        hasher.update(format!("{:?} {:?} {:?} {}x{}", layout.stem, layout.fires, layout.classifier, layout.height, layout.width));
        for (name, conv) in self.convolutions() {
            hasher.update(name);
            conv.weights.iter().chain(&conv.bias).for_each(|v| hasher.update(v.to_le_bytes()));
        }
        // networks of plain ReLUs have the fingerprint that they had before there were others
        if self.activations != Activations::default() {
            hasher.update(format!("{:?}", self.activations));
        }
        net::model_file::hex(&hasher.finalize())
    }

    /// Adds `shift` to every bias of the classifier, so that its outputs above `-shift` survive a ReLU.
    pub fn shift_classifier(&mut self, shift: f32) {
        self.classifier.bias.iter_mut().for_each(|bias| *bias += shift);
    }

    /// Checks every tensor's shape against the layout, and that every number is finite.
    ///
    /// # Errors
    /// An impossible layout, or in words the first tensor that does not fit.
    pub fn check(&self) -> Result<Vec<Layer>, FloatError> {
        let layers = self.layout.layers()?;
        for ((conv, float), expected) in self.convolutions().into_iter().zip(conv_shapes(&layers)) {
            let found = float.weights.shape();
            if found != expected || float.bias.len() != expected[0] {
                let (found, expected) = (found.to_vec(), expected.to_vec());
                return Err(FloatError::Shape { conv, found, biases: float.bias.len(), expected });
            }
            if !float.weights.iter().chain(&float.bias).all(|v| v.is_finite()) {
                return Err(FloatError::NotFinite { conv });
            }
        }
        Ok(layers)
    }
}

/// Why float tensors do not make a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum FloatError {
    /// The layout itself is impossible.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A tensor has another shape than the layout says.
    #[error(
        "{conv}: the weight has shape {found:?} with {biases} biases, expected {expected:?}; the weights do not belong to this layout"
    )]
    Shape { conv: String, found: Vec<usize>, biases: usize, expected: Vec<usize> },
    /// An infinity or not a number.
    #[error("{conv}: a weight or bias is not a finite number; the file is damaged or its training diverged")]
    NotFinite { conv: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_stem_computes_the_same() {
        let stem = FloatConv {
            weights: Array4::from_shape_fn((2, 3, 3, 3), |(o, c, y, x)| (o * 27 + c * 9 + y * 3 + x) as f32 * 0.01 - 0.3),
            bias: vec![0.5, -0.25],
        };
        let byte = |rgb: usize, y: usize, x: usize| ((rgb * 83 + y * 31 + x * 7) % 256) as f64;
        for normalisation in [Normalisation::CAFFE, Normalisation::TORCHVISION] {
            let folded = normalisation.fold(&stem);
            for o in 0..2 {
                let mut plain = f64::from(stem.bias[o]);
                let mut direct = f64::from(folded.bias[o]);
                for (c, y, x) in (0..3).flat_map(|c| (0..3).flat_map(move |y| (0..3).map(move |x| (c, y, x)))) {
                    let rgb = if normalisation.order == ChannelOrder::Bgr { 2 - c } else { c };
                    let input = (byte(rgb, y, x) - normalisation.mean[c]) / normalisation.deviation[c];
                    plain += f64::from(stem.weights[[o, c, y, x]]) * input;
                    direct += f64::from(folded.weights[[o, c, y, x]]) * byte(c, y, x);
                }
                assert!((plain - direct).abs() < 1e-4 * plain.abs().max(1.0), "{plain} {direct}");
            }
        }
    }
}
