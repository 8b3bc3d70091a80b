//! An ONNX node as an operation of [`super::super::graph`].

use super::super::graph::{Affine, Conv, Node, Op, Order, Pad, Pads, QuantWeights, Step, Window};
use super::constants::Constants;
use super::evaluate::{along, attribute, integers};
use super::tensor::{Constant, Kind};
use ndarray::{Array4, ArrayD, Ix2, Ix4};
use std::rc::Rc;
use tract_onnx::pb::NodeProto;

/// `proto` in the graph's terms; `label` is how messages name it. An operator that fuses two gives two nodes.
pub fn node(label: String, proto: &NodeProto, constants: &Constants) -> Vec<Node> {
    let reader = Reader { proto, constants };
    let op = match domain(proto) {
        Ok(()) => reader.op().unwrap_or_else(|reason| Op::Other(Some(reason))),
        Err(reason) => Op::Other(Some(reason)),
    };
    let node = Node {
        label,
        operator: proto.op_type.clone(),
        op,
        inputs: proto.input.iter().filter(|i| !i.is_empty() && !constants.is_known(i)).cloned().collect(),
        output: proto.output.first().cloned().unwrap_or_default(),
    };
    match (proto.op_type.as_str(), &node.op) {
        ("FusedConv", Op::Conv(_)) => {
            let sum = format!("{} (before its activation)", node.output);
            let activation = Node {
                label: node.label.clone(),
                operator: "activation of a FusedConv".into(),
                op: reader.fused_activation(),
                inputs: vec![sum.clone()],
                output: node.output.clone(),
            };
            vec![Node { output: sum, ..node }, activation]
        }
        _ => vec![node],
    }
}

/// Whether the operator means what its name says: standard ones, and those of other domains that are the same.
fn domain(proto: &NodeProto) -> Result<(), String> {
    let name = proto.op_type.as_str();
    match proto.domain.as_str() {
        "" | "ai.onnx" => Ok(()),
        _ if matches!(meaning(name), "QuantizeLinear" | "DequantizeLinear" | "FusedConv") => Ok(()),
        domain if domain.starts_with("qonnx") || domain.starts_with("finn") || domain.starts_with("onnx.brevitas") => Err(format!(
            "is an operator of QONNX (`{domain}`); convert the file first: `pip install qonnx`, then `qonnx-convert FILE.onnx`, which writes \
             QuantizeLinear, Clip and DequantizeLinear"
        )),
        domain => Err(format!("is an operator of `{domain}`, expected standard ONNX operators; export without fusions")),
    }
}

/// The standard name of an operator that other domains call otherwise.
pub fn meaning(name: &str) -> &str {
    match name {
        "ExtendedQuantizeLinear" | "VitisQuantizeLinear" => "QuantizeLinear",
        "ExtendedDequantizeLinear" | "VitisDequantizeLinear" => "DequantizeLinear",
        other => other,
    }
}

struct Reader<'a> {
    proto: &'a NodeProto,
    constants: &'a Constants,
}

impl Reader<'_> {
    fn op(&self) -> Result<Op, String> {
        Ok(match meaning(&self.proto.op_type) {
            "FusedConv" if self.input(3).is_some() => Op::Residual,
            "Conv" | "FusedConv" => Op::Conv(Box::new(self.conv()?)),
            "Relu" => Op::Relu,
            "Clip" => self.clip()?,
            "Min" => self.ceiling()?,
            "Gemm" | "MatMul" => self.dense()?,
            "Gather" => Op::Channels(integers(&*self.required(1, "list of indices")?), self.int("axis", 0)),
            "Slice" => self.reversal()?,
            "MaxPool" => Op::MaxPool(self.window()?),
            "AveragePool" => Op::AveragePool(self.window()?),
            "GlobalAveragePool" => Op::GlobalAverage,
            "ReduceMean" => Op::Mean(self.list("axes", 1)?.unwrap_or_default()),
            "Concat" => Op::Concat(self.int("axis", 1)),
            "Pad" => self.pad()?,
            "Identity" | "Dropout" => Op::Identity,
            "Cast" => match Kind::of(self.int("to", 0) as i32) {
                Ok(Kind::Float) => Op::Identity,
                _ => return Err("turns the map into integers, expected floats".into()),
            },
            "Transpose" => Op::Transpose(attribute(self.proto, "perm").map_or_else(|| vec![3, 2, 1, 0], |a| a.ints.clone())),
            "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" => Op::Reshape,
            "Softmax" | "LogSoftmax" => Op::Softmax,
            "BatchNormalization" => Op::Affine(self.batch_norm()?),
            "Add" | "Sub" | "Mul" | "Div" => self.arithmetic()?,
            "QuantizeLinear" => Op::Quantise(self.step()?),
            "DequantizeLinear" => Op::Dequantise,
            name if name.starts_with("QLinear") || name.ends_with("Integer") => {
                return Err("computes in integers, expected QuantizeLinear and DequantizeLinear pairs; quantise in the QDQ format".into())
            }
            _ => Op::Other(None),
        })
    }

    fn int(&self, name: &str, default: i64) -> i64 {
        attribute(self.proto, name).map_or(default, |a| a.i)
    }

    /// Name of the input number `index`, if there is one.
    fn input(&self, index: usize) -> Option<&str> {
        self.proto.input.get(index).map(String::as_str).filter(|n| !n.is_empty())
    }

    /// The constant that the node reads as its input number `index`.
    fn constant(&self, index: usize) -> Result<Option<Rc<Constant>>, String> {
        let Some(name) = self.input(index) else { return Ok(None) };
        let value = self.constants.value(name).and_then(|value| self.constants.spend(value.values.len()).map(|()| value));
        value.map(Some).map_err(|reason| format!("reads `{name}`, {reason}"))
    }

    fn required(&self, index: usize, what: &str) -> Result<Rc<Constant>, String> {
        self.constant(index)?.ok_or_else(|| format!("has no {what}"))
    }

    /// Integers from an attribute or, in newer opsets, from an input.
    fn list(&self, name: &str, index: usize) -> Result<Option<Vec<i64>>, String> {
        if let Some(attribute) = attribute(self.proto, name) {
            return Ok(Some(attribute.ints.clone()));
        }
        Ok(self.constant(index)?.map(|c| integers(&c)))
    }

    fn window(&self) -> Result<Window, String> {
        let ints = |name: &str| attribute(self.proto, name).map_or(&[][..], |a| &a.ints);
        let pair = |name: &str| ints(name).try_into().unwrap_or([1; 2]);
        let mode = attribute(self.proto, "auto_pad").map(|a| String::from_utf8_lossy(&a.s).into_owned()).unwrap_or_default();
        let pads = match mode.as_str() {
            "" | "NOTSET" => Pads::Explicit(ints("pads").try_into().unwrap_or([0; 4])),
            "VALID" => Pads::Explicit([0; 4]),
            "SAME_UPPER" => Pads::SameUpper,
            "SAME_LOWER" => Pads::SameLower,
            other => return Err(format!("has auto_pad {other}, expected NOTSET, VALID, SAME_UPPER or SAME_LOWER")),
        };
        let dilations = ints("dilations").to_vec();
        Ok(Window { kernel: pair("kernel_shape"), strides: pair("strides"), dilations, pads, ceil: self.int("ceil_mode", 0) != 0 })
    }

    fn conv(&self) -> Result<Conv, String> {
        let weights = self.required(1, "weight")?;
        let shape = weights.values.shape().to_vec();
        let four = weights.values.view().into_dimensionality::<Ix4>();
        let four = four.map_err(|_| format!("has a weight of shape {shape:?}, expected four sides (a 2-D convolution)"))?;
        let bias = match self.constant(2)? {
            Some(bias) if bias.values.shape() == [shape[0]] => bias.values.iter().map(|&v| v as f32).collect(),
            Some(bias) => return Err(format!("has a bias of shape {:?}, expected [{}]", bias.values.shape(), shape[0])),
            None => vec![0.0; shape[0]],
        };
        let window = self.window()?;
        Ok(Conv { weights: four.mapv(|v| v as f32), bias, quantised: self.quantised_weights()?, groups: self.int("group", 1), window })
    }

    /// The integers behind the weights, when a DequantizeLinear gives them.
    fn quantised_weights(&self) -> Result<Option<QuantWeights>, String> {
        let Some(giver) = self.input(1).and_then(|name| self.constants.giver(name)) else { return Ok(None) };
        if meaning(&giver.op_type) != "DequantizeLinear" {
            return Ok(None);
        }
        let value = |index: usize| match giver.input.get(index).filter(|n| !n.is_empty()) {
            Some(name) => self.constants.value(name).map(Some).map_err(|reason| format!("reads `{name}`, {reason}")),
            None => Ok(None),
        };
        let (Some(integers), Some(scale)) = (value(0)?, value(1)?) else { return Ok(None) };
        if integers.kind.range().is_none_or(|(low, high)| high - low > 255) {
            return Err(format!("has weights of type {}, expected int8 or uint8; quantise again with int8 weights", integers.kind));
        }
        let channels = integers.values.shape().first().copied().unwrap_or(0);
        let axis = attribute(giver, "axis").map_or(1, |a| a.i);
        let zero = value(2)?;
        for (what, parameter) in [("scales", Some(&scale)), ("zero points", zero.as_ref())] {
            let Some(parameter) = parameter else { continue };
            if parameter.values.len() != 1 && (!matches!(axis, 0 | -4) || parameter.values.shape() != [channels]) {
                let shape = parameter.values.shape();
                return Err(format!("has weight {what} of shape {shape:?} along axis {axis}, expected one an output channel"));
            }
        }
        let scales = (0..channels).map(|o| along(&scale.values, o).map(|s| s as f32)).collect::<Option<Vec<_>>>();
        let (Some(scales), Ok(four)) = (scales, integers.values.view().into_dimensionality::<Ix4>()) else { return Ok(None) };
        let zeros: Vec<f64> = (0..channels).map(|o| zero.as_ref().and_then(|z| along(&z.values, o)).unwrap_or(0.0)).collect();
        let mut differences = four.to_owned();
        differences.outer_iter_mut().zip(&zeros).for_each(|(mut filter, zero)| filter.mapv_inplace(|v| v - zero));
        // uint8 about 128 is int8; what reaches further than a signed byte is rounded anew, with a step for each channel
        if differences.iter().all(|v| (-128.0..=127.0).contains(v)) {
            return Ok(Some(QuantWeights { integers: differences.mapv(|v| v as i8), scales }));
        }
        let mut finer = Vec::with_capacity(channels);
        let mut integers = Array4::zeros(differences.raw_dim());
        for ((filter, mut to), scale) in differences.outer_iter().zip(integers.outer_iter_mut()).zip(&scales) {
            let largest = filter.iter().fold(1.0f64, |most, v| most.max(v.abs()));
            to.zip_mut_with(&filter, |to, v| *to = (v * 127.0 / largest).round() as i8);
            finer.push((f64::from(*scale) * largest / 127.0) as f32);
        }
        Ok(Some(QuantWeights { integers, scales: finer }))
    }

    fn clip(&self) -> Result<Op, String> {
        let bound = |name: &str, index: usize| -> Result<Option<f64>, String> {
            if let Some(attribute) = attribute(self.proto, name) {
                return Ok(Some(f64::from(attribute.f)));
            }
            Ok(self.constant(index)?.and_then(|c| c.values.first().copied()))
        };
        match (bound("min", 1)?, bound("max", 2)?) {
            (Some(low), high) if low == 0.0 && high.is_none_or(|h| h >= f64::from(f32::MAX)) => Ok(Op::Relu),
            (Some(low), Some(high)) if low == 0.0 && high > 0.0 => Ok(Op::ClippedRelu(high)),
            (None, Some(high)) if high > 0.0 => Ok(Op::Ceiling(high)),
            (low, high) => {
                let bound = |value: Option<f64>, which: &str| value.map_or(format!("no {which} bound"), |v| format!("{v}"));
                Err(format!("clips to {} and {}, expected a Relu", bound(low, "lower"), bound(high, "upper")))
            }
        }
    }

    /// The minimum with a constant.
    fn ceiling(&self) -> Result<Op, String> {
        let known = |index: usize| self.input(index).is_some_and(|name| self.constants.is_known(name));
        let constant = match (self.proto.input.len(), known(0), known(1)) {
            (2, false, true) => self.required(1, "constant")?,
            (2, true, false) => self.required(0, "constant")?,
            _ => return Ok(Op::Other(None)),
        };
        match constant.values.first() {
            Some(&high) if high > 0.0 && constant.values.iter().all(|&v| v == high) => Ok(Op::Ceiling(high)),
            _ => Err("takes the minimum with other than one positive number".into()),
        }
    }

    /// A matrix that is multiplied with what comes, of one row.
    fn dense(&self) -> Result<Op, String> {
        if self.input(0).is_some_and(|name| self.constants.is_known(name)) {
            return Ok(Op::Other(None));
        }
        let matrix = self.required(1, "weight")?;
        let gemm = self.proto.op_type == "Gemm";
        let factor = |name: &str| attribute(self.proto, name).map_or(1.0, |a| f64::from(a.f));
        let (alpha, beta) = if gemm { (factor("alpha"), factor("beta")) } else { (1.0, 1.0) };
        let shape = matrix.values.shape().to_vec();
        let two = matrix.values.view().into_dimensionality::<Ix2>();
        let two = two.map_err(|_| format!("has a weight of shape {shape:?}, expected two sides"))?;
        let two = if gemm && self.int("transB", 0) != 0 { two.to_owned() } else { two.t().to_owned() };
        let outputs = two.dim().0;
        let bias = match self.constant(2)?.filter(|_| gemm) {
            Some(bias) if bias.values.len() == outputs => bias.values.iter().map(|&v| (v * beta) as f32).collect(),
            Some(bias) if bias.values.len() == 1 => vec![(bias.values.iter().sum::<f64>() * beta) as f32; outputs],
            Some(bias) => return Err(format!("has a bias of shape {:?}, expected [{outputs}]", bias.values.shape())),
            None => vec![0.0; outputs],
        };
        Ok(Op::Dense(two.mapv(|v| (v * alpha) as f32), bias))
    }

    /// A Slice that turns one side round.
    fn reversal(&self) -> Result<Op, String> {
        let list = |name: &str, index: usize| Ok::<_, String>(self.list(name, index)?.unwrap_or_default());
        let (starts, ends, axes, steps) = (list("starts", 1)?, list("ends", 2)?, list("axes", 3)?, list("steps", 4)?);
        match (&starts[..], &ends[..], &axes[..], &steps[..]) {
            ([-1 | 2..], [end], [axis], [-1]) if *end < -3 => Ok(Op::Channels(vec![2, 1, 0], *axis)),
            _ => Ok(Op::Other(None)),
        }
    }

    /// What a FusedConv does with its sum.
    fn fused_activation(&self) -> Op {
        let name = attribute(self.proto, "activation").map(|a| String::from_utf8_lossy(&a.s).into_owned()).unwrap_or_default();
        let bounds = attribute(self.proto, "activation_params").map(|a| a.floats.clone()).unwrap_or_default();
        match (name.as_str(), &bounds[..]) {
            ("", _) => Op::Identity,
            ("Relu", _) => Op::Relu,
            ("Clip", [0.0, high]) if *high > 0.0 => Op::ClippedRelu(f64::from(*high)),
            (other, _) => Op::Other(Some(format!("has the activation {other}, expected Relu"))),
        }
    }

    fn pad(&self) -> Result<Op, String> {
        let mode = attribute(self.proto, "mode").map(|a| String::from_utf8_lossy(&a.s).into_owned()).unwrap_or_default();
        if !matches!(mode.as_str(), "" | "constant") {
            return Err(format!("pads by {mode}, expected a constant border"));
        }
        let pads = self.list("pads", 1)?.unwrap_or_default();
        if self.input(3).is_some() {
            return Err("pads chosen sides only, expected pads for all four".into());
        }
        let value = match attribute(self.proto, "value") {
            Some(attribute) => f64::from(attribute.f),
            None => self.constant(2)?.and_then(|c| c.values.first().copied()).unwrap_or(0.0),
        };
        Ok(Op::Pad(Pad { pads, value }))
    }

    fn batch_norm(&self) -> Result<Affine, String> {
        if self.int("training_mode", 0) != 0 {
            return Err("is a batch normalisation in training mode; export the network in evaluation mode".into());
        }
        let epsilon = attribute(self.proto, "epsilon").map_or(1e-5, |a| f64::from(a.f));
        let [gamma, beta, mean, variance] =
            [(1, "scale"), (2, "bias"), (3, "mean"), (4, "variance")].map(|(i, what)| self.required(i, what));
        let (gamma, beta, mean, variance) = (gamma?, beta?, mean?, variance?);
        if [&beta, &mean, &variance].iter().any(|c| c.values.shape() != gamma.values.shape()) || gamma.values.ndim() != 1 {
            return Err("has scale, bias, mean and variance of different shapes".into());
        }
        let scale: Vec<f64> = gamma.values.iter().zip(&variance.values).map(|(g, v)| g / (v + epsilon).sqrt()).collect();
        let shift = beta.values.iter().zip(&mean.values).zip(&scale).map(|((b, m), s)| b - m * s).collect();
        Ok(Affine { scale, shift, order: None })
    }

    /// A map plus, minus, times or over a constant.
    fn arithmetic(&self) -> Result<Op, String> {
        let (first, second) = (self.input(0).unwrap_or_default(), self.input(1).unwrap_or_default());
        let operator = self.proto.op_type.as_str();
        let (constant, constant_first) = match (self.constants.is_known(first), self.constants.is_known(second)) {
            (false, true) => (self.required(1, "constant")?, false),
            (true, false) => (self.required(0, "constant")?, true),
            _ if operator == "Add" => return Ok(Op::Residual),
            _ => return Ok(Op::Other(None)),
        };
        if let Some((means, order, spread)) = image(&constant.values) {
            let affine = affine(operator, constant_first, means);
            return Ok(affine.map_or(Op::Other(None), |(scale, shift)| {
                Op::AffineImage(
                    Affine { scale, shift, order: Some(order) },
                    if operator == "Add" || operator == "Sub" { spread } else { 0.0 },
                )
            }));
        }
        let order = match constant.values.shape() {
            shape if shape.iter().all(|&s| s == 1) => None,
            [_] | [1, _] | [1, 1, _] | [1, 1, 1, _] => Some(Order::Nhwc),
            [1, _, 1, 1] | [_, 1, 1] => Some(Order::Nchw),
            shape => return Err(format!("combines the map with a constant of shape {shape:?}, expected one number or one a channel")),
        };
        let c: Vec<f64> = constant.values.iter().copied().collect();
        let Some((scale, shift)) = affine(operator, constant_first, c) else { return Ok(Op::Other(None)) };
        Ok(Op::Affine(Affine { scale, shift, order }))
    }

    fn step(&self) -> Result<Step, String> {
        let scale = self.required(1, "scale")?;
        let zero = self.constant(2)?;
        let kind = zero.as_ref().map_or(Kind::Integer { signed: false, bits: 8 }, |z| z.kind);
        let (Some((low, high)), 1) = (kind.range(), scale.values.len()) else {
            return Err(format!("quantises a map to {kind} with {} scales, expected one scale and uint8", scale.values.len()));
        };
        let zero = zero.and_then(|z| z.values.first().copied()).unwrap_or(0.0) as i64;
        Ok(Step { scale: scale.values.first().copied().unwrap_or(0.0), zero, low, high })
    }
}

/// A map plus, minus, times or over the numbers `c`: factors and terms.
fn affine(operator: &str, constant_first: bool, c: Vec<f64>) -> Option<(Vec<f64>, Vec<f64>)> {
    let map = |f: fn(f64) -> f64| c.iter().map(|&v| f(v)).collect::<Vec<f64>>();
    Some(match (operator, constant_first) {
        ("Add", _) => (vec![1.0], c),
        ("Sub", false) => (vec![1.0], map(|v| -v)),
        ("Sub", true) => (vec![-1.0], c),
        ("Mul", _) => (c, vec![0.0]),
        ("Div", false) => (map(f64::recip), vec![0.0]),
        _ => return None,
    })
}

/// Means of the channels of a constant that is an image, where they stand, and the root of the mean square of what differs.
fn image(values: &ArrayD<f64>) -> Option<(Vec<f64>, Order, f64)> {
    let (channels, order) = match *values.shape() {
        [c @ (1 | 3), h, w] | [1, c @ (1 | 3), h, w] if h > 3 && w > 3 => (c, Order::Nchw),
        [h, w, c @ (1 | 3)] | [1, h, w, c @ (1 | 3)] if h > 3 && w > 3 => (c, Order::Nhwc),
        _ => return None,
    };
    let pixels = values.len() / channels;
    let channel = |i: usize| if order == Order::Nchw { i / pixels } else { i % channels };
    let mut means = vec![0.0; channels];
    values.iter().enumerate().for_each(|(i, v)| means[channel(i)] += v / pixels as f64);
    let spread = values.iter().enumerate().map(|(i, v)| (v - means[channel(i)]).powi(2)).sum::<f64>() / values.len() as f64;
    Some((means, order, spread.sqrt()))
}
