//! A quantised network: integer weights, biases and requantisation constants, in the order of the layout.

use crate::layout::{Layer, LayerKind, Layout, LayoutError};
use ndarray::Array4;
use thiserror::Error;

/// Largest right shift of a requantisation (a 31-bit accumulator times a 16-bit multiplier has 47 bits).
pub const MAX_SHIFT: u8 = 47;

/// One convolution in integers.
///
/// `output = clamp((acc * multiplier[o] + (1 << (shift[o] - 1))) >> shift[o], 0, 255)` with
/// `acc = bias[o] + sum(input * weight)`; see `docs/numerics.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantConv {
    /// Weights, OIHW, symmetric (zero point 0), one scale an output channel.
    pub weights: Array4<i8>,
    /// Bias an output channel, at scale `input scale * weight scale[o]`.
    pub bias: Vec<i32>,
    /// Requantisation multiplier an output channel.
    pub multiplier: Vec<u16>,
    /// Requantisation right shift an output channel, 1 to [`MAX_SHIFT`].
    pub shift: Vec<u8>,
}

/// A Fire module's three convolutions.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantFire {
    /// 1x1, `s` from the module's input channels.
    pub squeeze: QuantConv,
    /// 1x1, `e` from `s` channels.
    pub expand1: QuantConv,
    /// 3x3 with padding 1, `e` from `s` channels.
    pub expand3: QuantConv,
}

/// The integers of a whole network. Scales, labels and preprocessing live in the model file beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Shapes.
    pub layout: Layout,
    /// The first convolution; its 3 input channels are red, green, blue bytes as decoded
    /// (mean, deviation and channel order are folded into it).
    pub stem: QuantConv,
    /// One a Fire module of the layout.
    pub fires: Vec<QuantFire>,
    /// The last convolution.
    pub classifier: QuantConv,
}

/// Why integers do not make a network that every implementation computes alike.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum NetworkError {
    /// The layout itself is impossible.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A tensor has another shape than the layout says.
    #[error("{conv}: {tensor} has shape {found:?}, expected {expected:?}; the model does not belong to layout {layout}")]
    Shape { layout: String, conv: String, tensor: &'static str, found: Vec<usize>, expected: Vec<usize> },
    /// A requantisation shift is out of range.
    #[error("{conv}: channel {channel} has requantisation shift {found}, expected 1 to {MAX_SHIFT}; quantise the model again")]
    Shift { conv: String, channel: usize, found: u8 },
    /// An accumulator could leave 32 bits.
    #[error("{conv}: channel {channel} could reach an accumulator of {worst}, outside signed 32 bits; the bias or the weights are too large, quantise the model again")]
    Overflow { conv: String, channel: usize, worst: i64 },
}

impl Network {
    /// Every convolution with its name, in the order in which they run; the two halves of an expand
    /// come 1x1 first. Names are those of the authors' Caffe files (`fire2/expand3x3`).
    pub fn convolutions(&self) -> Vec<(String, &QuantConv)> {
        let mut all = vec![("conv1".to_string(), &self.stem)];
        for (fire, n) in self.fires.iter().zip(2..) {
            all.push((format!("fire{n}/squeeze1x1"), &fire.squeeze));
            all.push((format!("fire{n}/expand1x1"), &fire.expand1));
            all.push((format!("fire{n}/expand3x3"), &fire.expand3));
        }
        all.push(("conv10".to_string(), &self.classifier));
        all
    }

    /// Proves that shapes fit the layout, that shifts are in range and that no accumulator can
    /// overflow for any input, and returns the layers.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&self) -> Result<Vec<Layer>, NetworkError> {
        let layers = self.layout.layers()?;
        let shapes = conv_shapes(&layers);
        let convs = self.convolutions();
        if convs.len() != shapes.len() {
            return Err(self.shape_error("the network", "the list of convolutions", vec![convs.len()], vec![shapes.len()]));
        }
        for ((name, conv), expected) in convs.iter().zip(shapes) {
            self.check_conv(name, conv, expected)?;
        }
        Ok(layers)
    }

    fn check_conv(&self, name: &str, conv: &QuantConv, expected: [usize; 4]) -> Result<(), NetworkError> {
        if conv.weights.shape() != expected {
            return Err(self.shape_error(name, "weight", conv.weights.shape().to_vec(), expected.to_vec()));
        }
        let channels = expected[0];
        for (tensor, found) in [("bias", conv.bias.len()), ("multiplier", conv.multiplier.len()), ("shift", conv.shift.len())] {
            if found != channels {
                return Err(self.shape_error(name, tensor, vec![found], vec![channels]));
            }
        }
        for channel in 0..channels {
            let found = conv.shift[channel];
            if !(1..=MAX_SHIFT).contains(&found) {
                return Err(NetworkError::Shift { conv: name.into(), channel, found });
            }
            let (low, high) = accumulator_range(conv, channel);
            for worst in [low, high] {
                if i32::try_from(worst).is_err() {
                    return Err(NetworkError::Overflow { conv: name.into(), channel, worst });
                }
            }
        }
        Ok(())
    }

    fn shape_error(&self, conv: &str, tensor: &'static str, found: Vec<usize>, expected: Vec<usize>) -> NetworkError {
        NetworkError::Shape { layout: self.layout.name.clone(), conv: conv.into(), tensor, found, expected }
    }
}

/// Expected OIHW shape of every convolution, in the order of [`Network::convolutions`].
pub fn conv_shapes(layers: &[Layer]) -> Vec<[usize; 4]> {
    layers
        .iter()
        .flat_map(|l| match l.kind {
            LayerKind::Expand => {
                let half = l.out_channels / 2;
                vec![[half, l.in_channels, 1, 1], [half, l.in_channels, 3, 3]]
            }
            _ => vec![[l.out_channels, l.in_channels, l.kernel, l.kernel]],
        })
        .collect()
}

/// Smallest and largest value that any partial sum of output channel `channel` can take over all
/// inputs of 0 to 255, in whatever order the products are added. A partial sum may lack the bias
/// (the engine adds it to the first pass), so the range always contains 0.
pub fn accumulator_range(conv: &QuantConv, channel: usize) -> (i64, i64) {
    let bias = i64::from(conv.bias[channel]);
    let mut low = bias.min(0);
    let mut high = bias.max(0);
    for &w in conv.weights.index_axis(ndarray::Axis(0), channel) {
        let product = i64::from(w) * 255;
        low += product.min(0);
        high += product.max(0);
    }
    (low, high)
}
