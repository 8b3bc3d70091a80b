//! A network file as a plain graph, whatever format it came from: operations with their numbers, and who reads what.
//!
//! ONNX and Caffe files are lowered to this form (see [`super::onnx`] and [`super::caffe`]), and one walk
//! ([`super::recognise`]) finds the SqueezeNet in it. An operation that no SqueezeNet holds, or whose
//! numbers could not be read, becomes [`Op::Other`] with the reason: it is an error only when the walk gets there.

use super::ImportError;
use ndarray::{Array2, Array4};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The operations of a file and the tensors between them.
#[derive(Debug)]
pub struct Graph {
    path: PathBuf,
    /// The image.
    pub input: Input,
    /// Tensors that the network gives.
    pub outputs: Vec<String>,
    /// Nodes that do not depend on the image (constants, computed shapes), as `label` and operator.
    pub folded: Vec<(String, String)>,
    nodes: Vec<Node>,
    readers: HashMap<String, Vec<usize>>,
}

/// The image that a network takes; a side is `None` where the file leaves it open.
#[derive(Clone, Debug)]
pub struct Input {
    /// Name of the tensor.
    pub tensor: String,
    /// Where the channels stand.
    pub order: Order,
    /// Three, or one of a network for grey images.
    pub channels: usize,
    /// Rows, pixels.
    pub height: Option<usize>,
    /// Columns, pixels.
    pub width: Option<usize>,
}

/// Order of a feature map's four sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Batch, channels, rows, columns.
    Nchw,
    /// Batch, rows, columns, channels (TensorFlow).
    Nhwc,
}

/// One operation.
#[derive(Debug)]
pub struct Node {
    /// How messages name it, for example `` `conv1` ``.
    pub label: String,
    /// Its operator in the words of the file, for example `Conv`.
    pub operator: String,
    /// What it does.
    pub op: Op,
    /// Names of the feature maps that it reads (constants are part of [`Node::op`]).
    pub inputs: Vec<String>,
    /// Name of the tensor that it gives.
    pub output: String,
}

/// What a node does.
#[derive(Debug)]
pub enum Op {
    /// 2-D convolution, NCHW.
    Conv(Box<Conv>),
    /// Multiplication by a constant and addition of one, per channel or the same for all.
    Affine(Affine),
    /// Multiplication by a constant image and addition of one: their means a channel, and how far the pixels are from them
    /// (root of the mean square).
    AffineImage(Affine, f64),
    /// Maximum with 0.
    Relu,
    /// Minimum with a positive constant; behind a ReLU it makes a ReLU6.
    Ceiling(f64),
    /// A ReLU with such a ceiling.
    ClippedRelu(f64),
    /// A matrix of outputs and inputs, and a bias an output.
    Dense(Array2<f32>, Vec<f32>),
    /// The channels in another order: where each comes from, along this side.
    Channels(Vec<i64>, i64),
    /// The sum of two maps.
    Residual,
    /// Max-pool, NCHW.
    MaxPool(Window),
    /// Average over windows, NCHW.
    AveragePool(Window),
    /// Average over rows and columns, NCHW.
    GlobalAverage,
    /// Average over the sides numbered here (negative ones count from the end).
    Mean(Vec<i64>),
    /// Concatenation along a side.
    Concat(i64),
    /// A constant border.
    Pad(Pad),
    /// Nothing, at inference.
    Identity,
    /// Another order of the sides.
    Transpose(Vec<i64>),
    /// Another shape for the same numbers in the same order.
    Reshape,
    /// A softmax or its logarithm: the order of the classes stays.
    Softmax,
    /// Rounding to steps of an integer type.
    Quantise(Step),
    /// Back from integers to real numbers.
    Dequantise,
    /// Anything else, with what is wrong with it (a predicate, such as "has a computed weight").
    Other(Option<String>),
}

/// A convolution's numbers.
#[derive(Clone, Debug)]
pub struct Conv {
    /// Weights, OIHW.
    pub weights: Array4<f32>,
    /// One an output channel.
    pub bias: Vec<f32>,
    /// The integers that the weights were made from, in a quantised network.
    pub quantised: Option<QuantWeights>,
    /// Groups of channels.
    pub groups: i64,
    /// Kernel, strides, padding.
    pub window: Window,
}

/// Weights as integers: `weight = integer * scale[output channel]`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantWeights {
    /// OIHW.
    pub integers: Array4<i8>,
    /// Real value of one step, one an output channel.
    pub scales: Vec<f32>,
}

/// Kernel and movement of a convolution or pool.
#[derive(Clone, Debug)]
pub struct Window {
    /// Rows and columns.
    pub kernel: [i64; 2],
    /// Down and to the right.
    pub strides: [i64; 2],
    /// Distance between taps.
    pub dilations: Vec<i64>,
    /// Border.
    pub pads: Pads,
    /// Whether a partial window at the end gives an output.
    pub ceil: bool,
}

/// Border of a convolution or pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pads {
    /// Above, on the left, below, on the right.
    Explicit([i64; 4]),
    /// As much as an output of `ceil(side / stride)` needs; the odd one below and on the right.
    SameUpper,
    /// The same with the odd one above and on the left.
    SameLower,
}

impl Pads {
    /// The border in numbers for a map of `height` x `width`: above, left, below, right.
    pub fn around(self, [height, width]: [usize; 2], [rows, columns]: [i64; 2], [down, right]: [i64; 2]) -> [i64; 4] {
        let total = |side: usize, kernel: i64, stride: i64| {
            let (side, stride) = (side as i64, stride.max(1));
            let outputs = side.saturating_add(stride - 1) / stride;
            (outputs - 1).saturating_mul(stride).saturating_add(kernel).saturating_sub(side).max(0)
        };
        let (vertical, horizontal) = (total(height, rows, down), total(width, columns, right));
        match self {
            Self::Explicit(pads) => pads,
            Self::SameUpper => [vertical / 2, horizontal / 2, vertical - vertical / 2, horizontal - horizontal / 2],
            Self::SameLower => [vertical - vertical / 2, horizontal - horizontal / 2, vertical / 2, horizontal / 2],
        }
    }
}

/// `scale * x + shift`; either holds one number for all channels or one a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    /// Factors.
    pub scale: Vec<f64>,
    /// Terms.
    pub shift: Vec<f64>,
    /// Where the channels stand when there is one number a channel.
    pub order: Option<Order>,
}

impl Affine {
    /// Factor and term of `channel`; `None` when there are numbers for fewer channels.
    pub fn of(&self, channel: usize) -> Option<(f64, f64)> {
        let pick = |values: &[f64]| if let [one] = values { Some(*one) } else { values.get(channel).copied() };
        Some((pick(&self.scale)?, pick(&self.shift)?))
    }

    /// Whether it fits a map of `channels`.
    pub fn fits(&self, channels: usize) -> bool {
        [&self.scale, &self.shift].iter().all(|v| v.len() == 1 || v.len() == channels)
    }

    /// Folds it into the convolution before it.
    pub fn fold_behind(&self, conv: &mut Conv) -> Option<()> {
        for (o, (mut filter, bias)) in conv.weights.outer_iter_mut().zip(&mut conv.bias).enumerate() {
            let (scale, shift) = self.of(o)?;
            filter.mapv_inplace(|w| (f64::from(w) * scale) as f32);
            *bias = (f64::from(*bias) * scale + shift) as f32;
        }
        conv.quantised = None;
        Some(())
    }
}

/// A constant border of a feature map.
#[derive(Clone, Debug, PartialEq)]
pub struct Pad {
    /// Numbers before each side, then behind each side; negative ones cut.
    pub pads: Vec<i64>,
    /// What the border holds.
    pub value: f64,
}

/// Steps of a quantised tensor: `real = (integer - zero) * scale`, integers from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Real value of one step.
    pub scale: f64,
    /// The integer that means 0.
    pub zero: i64,
    /// Smallest integer of the type.
    pub low: i64,
    /// Largest integer of the type.
    pub high: i64,
}

impl Step {
    /// Whether the integers are bytes.
    pub fn is_byte(&self) -> bool {
        self.high.checked_sub(self.low) == Some(255)
    }
}

impl Graph {
    /// Puts a graph together.
    ///
    /// # Errors
    /// A tensor that two nodes give.
    pub fn new(
        path: &Path,
        input: Input,
        outputs: Vec<String>,
        nodes: Vec<Node>,
        folded: Vec<(String, String)>,
    ) -> Result<Self, ImportError> {
        let mut readers: HashMap<String, Vec<usize>> = HashMap::new();
        let mut givers: HashMap<&str, usize> = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            if node.output == input.tensor || givers.insert(&node.output, index).is_some() {
                let reason = format!("gives `{}`, which another node or the input gives too; the file is damaged", node.output);
                return Err(ImportError::Node { path: path.into(), node: node.name(), reason });
            }
            for tensor in &node.inputs {
                let list = readers.entry(tensor.clone()).or_default();
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        Ok(Self { path: path.into(), input, outputs, folded, nodes, readers })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The nodes that read `tensor`, in the file's order, each with its number.
    pub fn readers(&self, tensor: &str) -> Vec<&Node> {
        self.readers.get(tensor).into_iter().flatten().map(|&i| &self.nodes[i]).collect()
    }

    /// The refusal of `node`, for `reason` (a predicate, such as "is a Sigmoid").
    pub fn refuse(&self, node: &Node, reason: impl Into<String>) -> ImportError {
        ImportError::Node { path: self.path.clone(), node: node.name(), reason: reason.into() }
    }

    /// The refusal of the graph as a whole.
    pub fn refuse_whole(&self, reason: impl Into<String>) -> ImportError {
        ImportError::Network { path: self.path.clone(), reason: reason.into() }
    }
}

impl Node {
    /// Its label and operator, as messages name it.
    pub fn name(&self) -> String {
        format!("{} ({})", self.label, self.operator)
    }
}
