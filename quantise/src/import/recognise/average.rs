//! The global average, and what may follow it.

use super::super::graph::{Affine, Node, Op, Order};
use super::super::ImportError;
use super::convolution::Found;
use super::walk::{Place, Walk};
use super::Tail;
use crate::float::FloatConv;
use ndarray::Axis;

impl Walk<'_> {
    /// The global average after the classifier, in any of the forms that exporters write.
    pub fn average(&mut self) -> Result<(), ImportError> {
        let node = self.next("the global average or the two expand convolutions of a Fire module")?;
        self.refuse_border(node)?;
        let whole = [self.height as i64, self.width as i64];
        let global = match &node.op {
            Op::GlobalAverage => {
                self.expect_nchw(node)?;
                true
            }
            Op::AveragePool(window) => {
                self.expect_nchw(node)?;
                let pads = window.pads.around([self.height, self.width], window.kernel, window.strides);
                window.kernel == whole && pads == [0; 4] && window.dilations.iter().all(|&d| d == 1)
            }
            Op::Mean(axes) => {
                let mut axes: Vec<i64> = axes.iter().map(|&a| if a < 0 { a.saturating_add(4) } else { a }).collect();
                axes.sort_unstable();
                axes == if self.order == Order::Nchw { [2, 3] } else { [1, 2] }
            }
            Op::Other(Some(reason)) => return Err(self.graph.refuse(node, reason)),
            _ => {
                let after = format!("after `{}`, where a global average should be", self.tensor);
                let reason = format!("stands {after} (or two expand convolutions); {} is neither", node.operator);
                return Err(self.graph.refuse(node, reason));
            }
        };
        if !global {
            return Err(self.graph.refuse(node, format!("does not average the whole {}x{} map", self.height, self.width)));
        }
        self.take(node, format!("global average of {} classes", self.channels))?;
        self.tensor = node.output.clone();
        self.place = Place::Tail;
        Ok(())
    }

    /// Whether `node` averages over a map of the current size.
    pub fn is_average(&self, node: &Node) -> bool {
        match &node.op {
            Op::GlobalAverage | Op::Mean(_) => true,
            Op::AveragePool(window) => window.kernel == [self.height as i64, self.width as i64],
            _ => false,
        }
    }

    /// Steps over the rounding of a classifier without ReLU.
    pub fn skip_roundings(&mut self) -> Result<(), ImportError> {
        loop {
            self.skip()?;
            let node = self.next("the global average")?;
            let role = match &node.op {
                Op::Quantise(step) => format!("output scale {}, zero point {}", step.scale, step.zero),
                Op::Dequantise => "back to real numbers".into(),
                _ => return Ok(()),
            };
            self.take(node, role)?;
            self.tensor = node.output.clone();
        }
    }

    /// A global average and one dense layer behind it: a 1x1 convolution and the average, since both are sums.
    pub fn dense_head(&mut self, tail: &mut Tail) -> Result<Found, ImportError> {
        if self.step.is_some() {
            return Err(self.graph.refuse_whole(
                "its classifier is a dense layer behind the average of a quantised network, whose scale says nothing of the map's pixels; \
                 import the float network",
            ));
        }
        self.average()?;
        let node = loop {
            self.skip()?;
            let node = self.next("a dense layer")?;
            if !matches!(node.op, Op::Reshape) {
                break node;
            }
            self.take(node, "shape only")?;
            self.tensor = node.output.clone();
        };
        let Op::Dense(weights, bias) = &node.op else {
            let wanted = "Gemm or MatMul, since the average comes before any classifier";
            return Err(self.misplaced(node, "behind the global average", wanted));
        };
        let (classes, inputs) = weights.dim();
        if inputs != self.channels {
            return Err(self.graph.refuse(node, format!("takes {inputs} numbers, but the average gives {}", self.channels)));
        }
        self.take(node, format!("conv10: a dense layer, as a 1x1 convolution, {inputs} to {classes} channels"))?;
        self.tensor = node.output.clone();
        self.channels = classes;
        let mut float = FloatConv { weights: weights.clone().insert_axis(Axis(2)).insert_axis(Axis(3)), bias: bias.clone() };
        self.skip()?;
        while let [next] = self.graph.readers(&self.tensor)[..] {
            let Op::Affine(affine) = &next.op else { break };
            if !affine.fits(classes) {
                return Err(self.graph.refuse(next, "scales or shifts the classes other than each by itself"));
            }
            for (o, (mut row, bias)) in float.weights.outer_iter_mut().zip(&mut float.bias).enumerate() {
                let Some((scale, shift)) = affine.of(o) else { continue };
                row.mapv_inplace(|w| (f64::from(w) * scale) as f32);
                *bias = (f64::from(*bias) * scale + shift) as f32;
            }
            self.take(next, "conv10: folded into the dense layer")?;
            self.tensor = next.output.clone();
            self.skip()?;
        }
        tail.linear = true;
        Ok(Found { float, quantised: None })
    }

    /// Reshapes, a softmax, a scale and a shift may follow the average.
    pub fn finish(&mut self, tail: &mut Tail) -> Result<(), ImportError> {
        loop {
            self.skip()?;
            if self.graph.outputs.contains(&self.tensor) {
                return Ok(());
            }
            let node = self.next("an output of the graph")?;
            let role = match &node.op {
                Op::Reshape => "shape only",
                Op::Softmax => "softmax, which does not change the order of the classes",
                Op::Affine(affine) if tail.takes(affine, self.channels) => "scale and shift of the logits, folded into conv10",
                Op::Dense(..) => {
                    let why =
                        "is a dense layer behind the classifier; the engine has one classifier: conv10 (1x1) before the average, or one \
                               dense layer behind it; train a network with that alone";
                    return Err(self.graph.refuse(node, why));
                }
                _ => {
                    let reason = "follows the global average, expected the end of the network (reshapes and a softmax may follow)";
                    return Err(self.graph.refuse(node, reason));
                }
            };
            self.take(node, role)?;
            self.tensor = node.output.clone();
        }
    }
}

impl Tail {
    /// Takes `affine` behind the average of `classes`, if it has one positive factor.
    fn takes(&mut self, affine: &Affine, classes: usize) -> bool {
        let [scale] = affine.scale[..] else { return false };
        if !(scale > 0.0 && scale.is_finite() && affine.fits(classes)) {
            return false;
        }
        self.scale *= scale;
        let before =
            if self.shift.len() == affine.shift.len() || affine.shift.len() == 1 { &self.shift } else { &vec![self.shift[0]; classes] };
        let after = |i: usize| if affine.shift.len() == 1 { affine.shift[0] } else { affine.shift[i] };
        self.shift = before.iter().enumerate().map(|(i, v)| v * scale + after(i)).collect();
        true
    }
}
