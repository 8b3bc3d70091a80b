//! Convolutions, and the ReLU behind each.

use super::super::graph::{Conv, Node, Op, QuantWeights, Step};
use super::super::input::Tap;
use super::super::ImportError;
use super::walk::{Place, Walk};
use crate::float::FloatConv;
use ndarray::{concatenate, Array4, Axis, Slice};

/// What the next convolution must look like.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub kernels: &'a [usize],
    pub stride: i64,
    /// On every side; empty: any, given by the frame's border.
    pub paddings: &'a [usize],
}

/// A convolution's numbers as floats, and as the integers of a quantised file.
pub struct Found {
    pub float: FloatConv,
    pub quantised: Option<QuantWeights>,
}

impl<'a> Walk<'a> {
    /// Takes a convolution's weights, with a batch normalisation behind it folded in, and moves to its output.
    pub fn convolution(&mut self, node: &'a Node, wanted: &Wanted) -> Result<Found, ImportError> {
        let Wanted { name, kernels, stride, paddings } = *wanted;
        let Op::Conv(conv) = &node.op else { return Err(self.misplaced(node, &format!("where {name} should be"), "Conv")) };
        let refuse = |reason: String| Err(self.graph.refuse(node, reason));
        self.expect_nchw(node)?;
        let (outputs, inputs, kernel, kernel_width) = conv.weights.dim();
        if conv.groups != 1 {
            return refuse(format!("has {} groups, expected 1", conv.groups));
        }
        if inputs != self.channels {
            return refuse(format!("takes {inputs} channels, but `{}` has {}", self.tensor, self.channels));
        }
        if kernel != kernel_width || !kernels.contains(&kernel) {
            return refuse(format!("has a {kernel}x{kernel_width} kernel, expected {} for {name}", sides(kernels)));
        }
        if conv.window.dilations.iter().any(|&d| d != 1) {
            return refuse(format!("has dilations {:?}, expected none", conv.window.dilations));
        }
        if conv.window.strides != [stride; 2] {
            return refuse(format!("has strides {:?}, expected {stride} and {stride} for {name}", conv.window.strides));
        }
        let own = conv.window.pads.around([self.height, self.width], [kernel as i64; 2], [stride; 2]);
        let pads = self.with_border(node, own)?;
        let around = match paddings.iter().find(|&&p| pads == [p as i64; 4]) {
            Some(&padding) => [padding; 4],
            // a border that a window could lie in as a whole would say nothing
            None if paddings.is_empty() && pads.iter().all(|&p| (0..kernel as i64).contains(&p)) => pads.map(|p| p as usize),
            None if paddings.is_empty() => return refuse(format!("has padding {pads:?}, expected less than its kernel")),
            None => return refuse(format!("has padding {pads:?}, expected {} on every side for {name}", sides(paddings))),
        };
        let [above, left, below, right] = around;
        let (height, width) = (self.height + above + below, self.width + left + right);
        if height < kernel || width < kernel {
            return refuse(format!("has a {kernel}x{kernel} kernel on a {}x{} map; use a larger input", self.height, self.width));
        }
        if paddings.is_empty() {
            self.prelude.border = around.map(|p| p as i32);
            self.frame = [height, width];
        }
        if conv.bias.len() != outputs {
            return refuse(format!("has {} biases, expected {outputs}", conv.bias.len()));
        }
        let mut conv = conv.as_ref().clone();
        if std::mem::take(&mut self.swapped) {
            swap_inputs(&mut conv);
        }
        if self.place == Place::Input {
            fold_prelude(&mut conv, &self.prelude.taps);
        }
        self.take(node, format!("{name}: {kernel}x{kernel}, {inputs} to {outputs} channels"))?;
        self.height = (height - kernel) / stride as usize + 1;
        self.width = (width - kernel) / stride as usize + 1;
        self.channels = outputs;
        self.tensor = node.output.clone();
        self.place = Place::Sum;
        self.fold_affines(&mut conv, name)?;
        Ok(Found { float: FloatConv { weights: conv.weights, bias: conv.bias }, quantised: conv.quantised })
    }

    fn fold_affines(&mut self, conv: &mut Conv, name: &str) -> Result<(), ImportError> {
        self.skip()?;
        while let [node] = self.graph.readers(&self.tensor)[..] {
            let Op::Affine(affine) = &node.op else { break };
            if !affine.fits(self.channels) || affine.order.is_some_and(|o| o != self.order) {
                return Err(self.graph.refuse(node, format!("scales or shifts {name} other than per channel")));
            }
            affine.fold_behind(conv);
            self.take(node, format!("{name}: folded into the convolution"))?;
            self.tensor = node.output.clone();
            self.skip()?;
        }
        Ok(())
    }

    /// Padding `own` of a convolution plus the border that Pad nodes have put there, which must be zeros.
    fn with_border(&mut self, node: &Node, mut own: [i64; 4]) -> Result<[i64; 4], ImportError> {
        if let Some((border, value)) = self.border.take() {
            if value != 0.0 && border != [0; 4] {
                return Err(self.graph.refuse(node, format!("reads a map padded with {value}, expected 0")));
            }
            own.iter_mut().zip(border).for_each(|(o, b)| *o = o.saturating_add(b));
        }
        Ok(own)
    }

    /// Takes a ReLU, or what does its work in a quantised network: rounding to bytes whose smallest value is 0.
    pub fn relu(&mut self) -> Result<(), ImportError> {
        let place = format!("after `{}`", self.tensor);
        self.skip()?;
        if let [first, others @ ..] = &self.graph.readers(&self.tensor)[..] {
            if let Op::Quantise(step) = &first.op {
                // one rounding for each reader, all the same: each is taken on its own way
                if !others.is_empty() && others.iter().all(|n| matches!(&n.op, Op::Quantise(s) if s == step)) {
                    self.refuse_signed(first, step)?;
                    self.quantise(first, step)?;
                    self.place = Place::Body;
                    return Ok(());
                }
            }
        }
        self.skip_signed_rounding()?;
        let node = self.next("Relu")?;
        self.refuse_border(node)?;
        match &node.op {
            Op::Relu => self.take(node, "ReLU")?,
            Op::ClippedRelu(high) => {
                self.lower_ceiling(*high);
                self.take(node, format!("ReLU with the ceiling {high}"))?;
            }
            Op::Quantise(step) => {
                self.refuse_signed(node, step)?;
                self.quantise(node, step)?;
                self.take(node, format!("ReLU (no byte is below 0), output scale {}", step.scale))?;
            }
            _ => return Err(self.misplaced(node, &place, "Relu")),
        }
        self.tensor = node.output.clone();
        self.place = Place::Body;
        Ok(())
    }

    /// Steps over a rounding between a sum and its ReLU, which keeps values below 0 (symmetric activations). It reaches at
    /// least as far up as the calibration did, so the rounding behind the ReLU is the one that clips.
    fn skip_signed_rounding(&mut self) -> Result<(), ImportError> {
        self.skip()?;
        let [node] = self.graph.readers(&self.tensor)[..] else { return Ok(()) };
        let [back] = self.graph.readers(&node.output)[..] else { return Ok(()) };
        let [relu] = self.graph.readers(&back.output)[..] else { return Ok(()) };
        match (&node.op, &back.op, &relu.op) {
            (Op::Quantise(step), Op::Dequantise, Op::Relu | Op::ClippedRelu(_)) if step.zero > step.low && step.zero < step.high => {
                self.take(node, "left out: the rounding behind the ReLU is the engine's")?;
                self.take(back, "back to real numbers")?;
                self.tensor = back.output.clone();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Refuses a rounding in a ReLU's place that keeps values below 0.
    fn refuse_signed(&self, node: &Node, step: &Step) -> Result<(), ImportError> {
        if step.zero <= step.low {
            return Ok(());
        }
        let reason = format!("rounds to bytes with zero point {} of {} to {} where a ReLU should be", step.zero, step.low, step.high);
        Err(self.graph.refuse(node, format!("{reason}, expected one before it, or the zero point {}", step.low)))
    }
}

/// Folds what the graph does to its input into the first convolution. Integers stay where one factor serves all channels.
fn fold_prelude(conv: &mut Conv, taps: &[Tap]) {
    let plain = taps.iter().enumerate().all(|(i, tap)| *tap == Tap { source: i, scale: 1.0, shift: 0.0 });
    if plain || conv.weights.dim().1 != taps.len() {
        return;
    }
    let before = conv.weights.clone();
    for (filter, bias) in before.outer_iter().zip(&mut conv.bias) {
        let sum: f64 = filter.indexed_iter().map(|((c, _, _), &w)| f64::from(w) * taps[c].shift).sum();
        *bias = (f64::from(*bias) + sum) as f32;
    }
    for (channel, tap) in taps.iter().enumerate() {
        let scaled = before.index_axis(Axis(1), channel).mapv(|w| (f64::from(w) * tap.scale) as f32);
        conv.weights.index_axis_mut(Axis(1), tap.source).assign(&scaled);
    }
    let common = taps[0].scale;
    conv.quantised = conv.quantised.take().filter(|_| common > 0.0 && taps.iter().all(|tap| tap.scale == common)).map(|mut quantised| {
        let before = quantised.integers.clone();
        for (channel, tap) in taps.iter().enumerate() {
            quantised.integers.index_axis_mut(Axis(1), tap.source).assign(&before.index_axis(Axis(1), channel));
        }
        quantised.scales.iter_mut().for_each(|scale| *scale = (f64::from(*scale) * common) as f32);
        quantised
    });
}

/// Puts the second half of the input channels first.
fn swap_inputs(conv: &mut Conv) {
    fn swapped<T: Clone>(weights: &Array4<T>) -> Array4<T> {
        let half = (weights.dim().1 / 2) as isize;
        let part = |slice: Slice| weights.slice_axis(Axis(1), slice);
        concatenate(Axis(1), &[part(Slice::from(half..)), part(Slice::from(..half))]).expect("both halves have the same other sides")
    }
    conv.weights = swapped(&conv.weights);
    if let Some(quantised) = &mut conv.quantised {
        quantised.integers = swapped(&quantised.integers);
    }
}

/// "3 or 7".
fn sides(values: &[usize]) -> String {
    values.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(" or ")
}
