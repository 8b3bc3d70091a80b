//! Finds a SqueezeNet's layout and weights by following an ONNX graph from its input to its output.
//!
//! The walk knows one thing at a time, "what comes next must be ...", so the first node that does not
//! fit is the one that the refusal names.

use super::graph::{Graph, Node};
use super::{Facts, ImportError};
use crate::float::{FloatConv, FloatFire, FloatNetwork};
use crate::layout::{pooled, Classifier, Fire, Layout, Stem, INPUT_CHANNELS};
use ndarray::Ix4;

/// The network that `graph` computes; its input is still as the file has it (nothing is folded).
///
/// # Errors
/// The first node that does not fit, and why.
pub fn network(graph: &Graph, facts: &Facts) -> Result<FloatNetwork, ImportError> {
    let mut walk = Walk::start(graph, facts)?;
    let (height, width) = (walk.height, walk.width);
    let node = walk.next("the first convolution")?;
    let stem = walk.convolution(node, &Wanted { name: "conv1", kernels: &[3, 7], stride: 2, paddings: &[0] })?;
    walk.relu()?;
    let pool = walk.pool()?;
    let kernel = stem.weights.dim().2;
    let stem_shape = Stem { kernel, channels: walk.channels, pool };
    let (mut fires, mut shapes) = (Vec::new(), Vec::new());
    let (classifier, padding) = loop {
        let n = fires.len() + 2;
        let node = walk.next("a squeeze convolution or the classifier")?;
        let before = (walk.height, walk.width);
        let name = format!("fire{n}/squeeze1x1");
        let conv = walk.convolution(node, &Wanted { name: &name, kernels: &[1], stride: 1, paddings: &[0, 1] })?;
        let padding = (walk.height - before.0) / 2;
        walk.relu()?;
        walk.skip_identities();
        if walk.graph.readers(&walk.tensor).len() < 2 {
            walk.average()?;
            break (conv, padding);
        }
        if padding != 0 {
            return Err(graph.refuse(node, "is a squeeze convolution with padding, expected none"));
        }
        let squeeze = walk.channels;
        let (expand1, expand3) = walk.expand(n)?;
        let expand = walk.channels / 2;
        shapes.push(Fire { squeeze, expand, pool: walk.pool()? });
        fires.push(FloatFire { squeeze: conv, expand1, expand3 });
    };
    walk.finish()?;
    let classifier_shape = Classifier { classes: classifier.bias.len(), padding };
    let layout = Layout { name: "imported".into(), height, width, stem: stem_shape, fires: shapes, classifier: classifier_shape };
    Ok(FloatNetwork { layout, stem, fires, classifier })
}

/// What the next convolution must look like.
struct Wanted<'a> {
    name: &'a str,
    kernels: &'a [usize],
    stride: usize,
    paddings: &'a [usize],
}

/// Where the walk stands: a tensor and its shape.
struct Walk<'a> {
    graph: &'a Graph,
    tensor: String,
    channels: usize,
    height: usize,
    width: usize,
}

impl<'a> Walk<'a> {
    fn start(graph: &'a Graph, facts: &Facts) -> Result<Self, ImportError> {
        let refuse = |reason: String| ImportError::Network { path: graph.path().into(), reason };
        let [(tensor, shape)] = graph.inputs() else {
            return Err(refuse(format!("it has {} inputs, expected one image", graph.inputs().len())));
        };
        let [_, channels, height, width] = shape[..] else {
            return Err(refuse(format!("input `{tensor}` has {} sides, expected batch, 3, height, width", shape.len())));
        };
        if channels.is_some_and(|c| c != INPUT_CHANNELS) {
            return Err(refuse(format!("input `{tensor}` has shape {shape:?}, expected 3 channels at the second place (NCHW)")));
        }
        let side = |found: Option<usize>| match (found, facts.side) {
            (Some(found), Some(given)) if found != given => {
                Err(refuse(format!("input `{tensor}` is {found} pixels on a side, but {given} was asked for; leave the size out")))
            }
            (Some(side), _) | (None, Some(side)) => Ok(side),
            (None, None) => Err(refuse(format!("input `{tensor}` has no fixed size; give it with --size"))),
        };
        Ok(Self { graph, tensor: tensor.clone(), channels: INPUT_CHANNELS, height: side(height)?, width: side(width)? })
    }

    /// The only reader of the current tensor; `wanted` says what it should be.
    fn next(&mut self, wanted: &str) -> Result<&'a Node, ImportError> {
        self.skip_identities();
        let readers = self.graph.readers(&self.tensor);
        match readers[..] {
            [node] => Ok(node),
            [] => Err(self.refuse_end(wanted)),
            [_, second, ..] => Err(self.graph.refuse(second, format!("also reads `{}`, expected one reader: {wanted}", self.tensor))),
        }
    }

    fn refuse_end(&self, wanted: &str) -> ImportError {
        let reason = format!("the graph ends at `{}`, expected {wanted}", self.tensor);
        ImportError::Network { path: self.graph.path().into(), reason }
    }

    /// Steps over what does nothing at inference.
    fn skip_identities(&mut self) {
        while let [node] = self.graph.readers(&self.tensor)[..] {
            if !matches!(node.op(), "Identity" | "Dropout") {
                break;
            }
            self.tensor = node.output().into();
        }
    }

    fn expect_op(&self, node: &Node, op: &str, place: &str) -> Result<(), ImportError> {
        if node.op() == op {
            return Ok(());
        }
        Err(self.graph.refuse(node, format!("stands {place}, expected {op}")))
    }

    /// Takes a convolution's weights and moves to its output.
    fn convolution(&mut self, node: &'a Node, wanted: &Wanted) -> Result<FloatConv, ImportError> {
        let Wanted { name, kernels, stride, paddings } = *wanted;
        self.expect_op(node, "Conv", &format!("where {name} should be"))?;
        let refuse = |reason: String| Err(self.graph.refuse(node, reason));
        let Some(weights) = self.graph.constant(node, 1)? else { return refuse("has no weight".into()) };
        let shape = weights.shape().to_vec();
        let Ok(weights) = weights.into_dimensionality::<Ix4>() else {
            return refuse(format!("has a weight of shape {shape:?}, expected four sides (a 2-D convolution)"));
        };
        let (outputs, inputs, kernel, kernel_width) = weights.dim();
        if node.int("group").unwrap_or(1) != 1 {
            return refuse(format!("has {} groups, expected 1", node.int("group").unwrap_or(1)));
        }
        if inputs != self.channels {
            return refuse(format!("takes {inputs} channels, but `{}` has {}", self.tensor, self.channels));
        }
        if kernel != kernel_width || !kernels.contains(&kernel) {
            return refuse(format!("has a {kernel}x{kernel_width} kernel, expected {} for {name}", sides(kernels)));
        }
        if node.ints("dilations").iter().any(|&d| d != 1) {
            return refuse(format!("has dilations {:?}, expected none", node.ints("dilations")));
        }
        let strides = Self::pair(node, "strides", 1);
        if strides != [stride as i64; 2] {
            return refuse(format!("has strides {strides:?}, expected {stride} and {stride} for {name}"));
        }
        let pads = self.pads(node, kernel, stride)?;
        let Some(&padding) = paddings.iter().find(|&&p| pads == [p as i64; 4]) else {
            return refuse(format!("has padding {pads:?}, expected {} on every side for {name}", sides(paddings)));
        };
        if self.height + 2 * padding < kernel || self.width + 2 * padding < kernel {
            return refuse(format!("has a {kernel}x{kernel} kernel on a {}x{} map; use a larger input", self.height, self.width));
        }
        let bias = match self.graph.constant(node, 2)? {
            Some(bias) if bias.shape() == [outputs] => bias.iter().copied().collect(),
            Some(bias) => return refuse(format!("has a bias of shape {:?}, expected [{outputs}]", bias.shape())),
            None => vec![0.0; outputs],
        };
        self.height = (self.height + 2 * padding - kernel) / stride + 1;
        self.width = (self.width + 2 * padding - kernel) / stride + 1;
        self.channels = outputs;
        self.tensor = node.output().into();
        Ok(FloatConv { weights, bias })
    }

    fn relu(&mut self) -> Result<(), ImportError> {
        let place = format!("after `{}`", self.tensor);
        let node = self.next("Relu")?;
        self.expect_op(node, "Relu", &place)?;
        self.tensor = node.output().into();
        Ok(())
    }

    /// Both expand convolutions of Fire module `n`, each with its ReLU (or one behind the concatenation).
    fn expand(&mut self, n: usize) -> Result<(FloatConv, FloatConv), ImportError> {
        let readers = self.graph.readers(&self.tensor);
        let [first, second] = readers[..] else {
            let place = format!("reads `{}` as its reader number {}", self.tensor, readers.len());
            return Err(self.graph.refuse(readers[readers.len() - 1], format!("{place}, expected the two expand convolutions of fire{n}")));
        };
        // the order of the nodes in the file is free; the kernel tells them apart
        let is_three = |node: &Node| self.graph.constant(node, 1).ok().flatten().is_some_and(|w| w.shape().get(2) == Some(&3));
        let (one, three) = if is_three(first) && !is_three(second) { (second, first) } else { (first, second) };
        let (name1, name3) = (format!("fire{n}/expand1x1"), format!("fire{n}/expand3x3"));
        let mut left = Walk { tensor: self.tensor.clone(), ..*self };
        let mut right = Walk { tensor: self.tensor.clone(), ..*self };
        let expand1 = left.convolution(one, &Wanted { name: &name1, kernels: &[1], stride: 1, paddings: &[0] })?;
        let expand3 = right.convolution(three, &Wanted { name: &name3, kernels: &[3], stride: 1, paddings: &[1] })?;
        if left.channels != right.channels {
            let reason = format!("gives {} channels, but {name1} gives {}; expected as many", right.channels, left.channels);
            return Err(self.graph.refuse(three, reason));
        }
        let relu_behind = left.next("Relu or Concat")?.op() == "Concat";
        if !relu_behind {
            left.relu()?;
            right.relu()?;
        }
        let concat = left.next("Concat")?;
        self.expect_op(concat, "Concat", &format!("after `{}`", left.tensor))?;
        right.skip_identities();
        if concat.inputs() != [left.tensor.clone(), right.tensor.clone()] {
            return Err(self.graph.refuse(concat, format!("joins {:?}, expected {name1} and then {name3}", concat.inputs())));
        }
        if !matches!(concat.int("axis"), Some(1 | -3)) {
            return Err(self.graph.refuse(concat, format!("joins along axis {:?}, expected 1 (channels)", concat.int("axis"))));
        }
        self.tensor = concat.output().into();
        self.channels = 2 * left.channels;
        if relu_behind {
            self.relu()?;
        }
        Ok((expand1, expand3))
    }

    /// Steps over a max-pool when one comes next; tells whether it did.
    fn pool(&mut self) -> Result<bool, ImportError> {
        self.skip_identities();
        let [node] = self.graph.readers(&self.tensor)[..] else { return Ok(false) };
        if node.op() != "MaxPool" {
            return Ok(false);
        }
        let refuse = |reason: String| Err(self.graph.refuse(node, reason));
        if node.ints("kernel_shape") != [3, 3] || Self::pair(node, "strides", 1) != [2, 2] {
            let (kernel, strides) = (node.ints("kernel_shape"), Self::pair(node, "strides", 1));
            return refuse(format!("has kernel {kernel:?} and strides {strides:?}, expected 3x3 with stride 2"));
        }
        if node.ints("dilations").iter().any(|&d| d != 1) {
            return refuse(format!("has dilations {:?}, expected none", node.ints("dilations")));
        }
        let pads = self.pads(node, 3, 2)?;
        if pads[0] != 0 || pads[1] != 0 {
            return refuse(format!("has padding {pads:?}, expected none above and on the left"));
        }
        // Padding behind the map and ceil mode are two ways to say the same; what counts is the output's size.
        let ceil = node.int("ceil_mode").unwrap_or(0) != 0;
        let output = |side: usize, pad: i64| {
            let span = side as i64 + pad - 3;
            (if ceil { (span + 1).div_euclid(2) } else { span.div_euclid(2) }) + 1
        };
        let found = [output(self.height, pads[2]), output(self.width, pads[3])];
        if self.height < 2 || self.width < 2 || found != [pooled(self.height) as i64, pooled(self.width) as i64] {
            let map = format!("{}x{} map into {}x{}", self.height, self.width, found[0], found[1]);
            return refuse(format!("turns a {map}, expected {}x{} (ceil mode)", self.height / 2, self.width / 2));
        }
        (self.height, self.width) = (pooled(self.height), pooled(self.width));
        self.tensor = node.output().into();
        Ok(true)
    }

    /// The global average after the classifier, in any of the forms that exporters write.
    fn average(&mut self) -> Result<(), ImportError> {
        let node = self.next("the global average or the two expand convolutions of a Fire module")?;
        let whole = [self.height as i64, self.width as i64];
        let global = match node.op() {
            "GlobalAveragePool" => true,
            "AveragePool" => node.ints("kernel_shape") == whole && self.pads(node, 0, 1)? == [0; 4],
            "ReduceMean" => matches!(node.ints("axes"), [2, 3] | [-2, -1]),
            op => {
                let after = format!("after `{}`, where a global average should be", self.tensor);
                return Err(self.graph.refuse(node, format!("stands {after} (or two expand convolutions); {op} is neither")));
            }
        };
        if !global {
            return Err(self.graph.refuse(node, format!("does not average the whole {}x{} map", self.height, self.width)));
        }
        self.tensor = node.output().into();
        Ok(())
    }

    /// Only reshapes and a softmax may follow the average.
    fn finish(&mut self) -> Result<(), ImportError> {
        loop {
            self.skip_identities();
            let readers = self.graph.readers(&self.tensor);
            let Some(node) = readers.first() else { break };
            if !matches!(node.op(), "Flatten" | "Reshape" | "Squeeze" | "Softmax" | "LogSoftmax") {
                return Err(self
                    .graph
                    .refuse(node, "follows the global average, expected the end of the network (reshapes and a softmax may follow)"));
            }
            self.tensor = node.output().into();
        }
        if self.graph.is_output(&self.tensor) {
            return Ok(());
        }
        Err(self.refuse_end("an output of the graph"))
    }

    /// A pair of integers, `default` twice when the attribute is absent.
    fn pair(node: &Node, name: &str, default: i64) -> [i64; 2] {
        node.ints(name).try_into().unwrap_or([default; 2])
    }

    /// Padding above, on the left, below and on the right, with `auto_pad` worked out.
    fn pads(&self, node: &Node, kernel: usize, stride: usize) -> Result<[i64; 4], ImportError> {
        let explicit = || node.ints("pads").try_into().unwrap_or([0; 4]);
        let mode = node.text("auto_pad");
        let total = |side: usize| ((side.div_ceil(stride) - 1) * stride + kernel).saturating_sub(side) as i64;
        let (down, right) = (total(self.height), total(self.width));
        match mode.as_str() {
            "" | "NOTSET" => Ok(explicit()),
            "VALID" => Ok([0; 4]),
            "SAME_UPPER" => Ok([down / 2, right / 2, down - down / 2, right - right / 2]),
            "SAME_LOWER" => Ok([down - down / 2, right - right / 2, down / 2, right / 2]),
            other => Err(self.graph.refuse(node, format!("has auto_pad {other}, expected NOTSET, VALID, SAME_UPPER or SAME_LOWER"))),
        }
    }
}

/// "3x3 or 7x7", or for paddings "0 or 1".
fn sides(values: &[usize]) -> String {
    values.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(" or ")
}
