//! Finds a SqueezeNet's layout and weights by following a graph from its input to its output.
//!
//! The walk knows one thing at a time, "what comes next must be ...", so the first node that does not
//! fit is the one that the refusal names.

mod average;
mod convolution;
mod pool;
mod walk;

use super::given;
use super::graph::{Graph, Node, Op, Step};
use super::input::Prelude;
use super::{Facts, Found as Network, ImportError};
use crate::float::{Activations, FloatConv, FloatFire, FloatNetwork};
use convolution::{Found, Wanted};
use net::layout::{Classifier, Fire, Layout, Stem};
use std::cell::RefCell;
use walk::{Place, Walk};

/// What a node of a file was recognised as.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Recognised {
    /// The node as the file calls it.
    pub node: String,
    /// Its operator in the words of the file.
    pub operator: String,
    /// Its part in the SqueezeNet, for example `fire2/expand3x3: 3x3, 16 to 64 channels`.
    pub role: String,
}

/// The network that `graph` computes; its input is still as the file has it (no normalisation is
/// folded). Every node that the walk understood is put down in `rows`, also when it then refuses the next.
///
/// # Errors
/// The first node that does not fit, and why.
pub fn network(graph: &Graph, facts: &Facts, rows: &RefCell<Vec<Recognised>>) -> Result<Network, ImportError> {
    let folded = graph.folded.iter().map(|(node, operator)| (node.clone(), operator.clone()));
    rows.borrow_mut().extend(folded.map(|(node, operator)| Recognised { node, operator, role: "constant".into() }));
    let mut walk = Walk::start(graph, facts, rows)?;
    let node = walk.next("the first convolution")?;
    let stem = walk.convolution(node, &Wanted { name: "conv1", kernels: &[3, 7], stride: 2, paddings: &[] })?;
    walk.relu()?;
    let kernel = stem.float.weights.dim().2;
    let pool = walk.pool("conv1")?;
    let stem_shape = Stem { kernel, channels: walk.channels, pool };
    let ceilings = vec![walk.take_ceiling()];
    let mut parts = Parts { steps: vec![walk.take_step()], ceilings, convs: vec![stem], fires: Vec::new(), tail: Tail::default() };
    let padding = loop {
        let n = parts.fires.len() + 2;
        let node = walk.next("a squeeze convolution or the classifier")?;
        if walk.is_average(node) {
            parts.convs.push(walk.dense_head(&mut parts.tail)?);
            parts.steps.push(None);
            parts.ceilings.push(None);
            break 0;
        }
        let before = (walk.height, walk.width);
        let name = format!("fire{n}/squeeze1x1");
        let conv = walk.convolution(node, &Wanted { name: &name, kernels: &[1], stride: 1, paddings: &[0, 1] })?;
        let padding = (walk.height - before.0) / 2;
        walk.skip()?;
        if let Some(step) = walk.averages_next() {
            walk.rename(&name, "conv10");
            parts.steps.push(parts.tail.linear(graph, node, step)?);
            parts.ceilings.push(None);
            parts.convs.push(conv);
            walk.skip_roundings()?;
            walk.average()?;
            break padding;
        }
        walk.relu()?;
        walk.skip()?;
        if graph.readers(&walk.tensor).len() < 2 {
            walk.rename(&name, "conv10");
            parts.steps.push(walk.take_step());
            parts.ceilings.push(walk.take_ceiling());
            parts.convs.push(conv);
            walk.average()?;
            break padding;
        }
        if padding != 0 {
            return Err(graph.refuse(node, "is a squeeze convolution with padding, expected none"));
        }
        let squeeze = walk.channels;
        let (expand1, expand3) = walk.expand(n, &mut parts)?;
        let expand = walk.channels / 2;
        let pool = walk.pool(&format!("fire{n}"))?;
        parts.steps.push(walk.take_step());
        parts.ceilings.push(walk.take_ceiling());
        parts.fires.push(Fire { squeeze, expand, pool });
        parts.convs.extend([conv, expand1, expand3]);
    };
    walk.finish(&mut parts.tail)?;
    let classes = parts.convs.last().map_or(0, |c| c.float.bias.len());
    let classifier = Classifier { classes, padding };
    let floor_pools = walk.floor_pools.as_ref().is_some_and(|(_, floor)| *floor);
    let [height, width] = walk.frame;
    let layout = Layout { name: "imported".into(), height, width, stem: stem_shape, fires: parts.fires.clone(), classifier, floor_pools };
    parts.finish(graph, layout, walk.prelude)
}

/// What follows the classifier's sums.
struct Tail {
    /// Whether the classifier has no ReLU.
    linear: bool,
    /// Constant that the file's own rounding keeps on its outputs, which are then never below 0.
    constant: f64,
    /// Factor behind the average.
    scale: f64,
    /// Terms behind it, one a class or one for all.
    shift: Vec<f64>,
}

impl Default for Tail {
    fn default() -> Self {
        Self { linear: false, constant: 0.0, scale: 1.0, shift: vec![0.0] }
    }
}

impl Tail {
    /// Notes that the classifier `node` has no ReLU; gives the step of its rounding.
    fn linear(&mut self, graph: &Graph, node: &Node, step: Option<Step>) -> Result<Option<f64>, ImportError> {
        let Some(Step { scale, zero, low, high }) = step else {
            self.linear = true;
            return Ok(None);
        };
        if !step.is_some_and(|step| step.is_byte()) || !(scale as f32).is_normal() || scale <= 0.0 {
            return Err(graph.refuse(node, format!("is rounded to integers from {low} to {high} in steps of {scale}, expected bytes")));
        }
        // a byte above its smallest value is what the engine has of an output with that constant on it
        self.constant = (zero - low) as f64 * scale;
        Ok(Some(scale))
    }
}

/// What the walk gathers, in the order of the layers.
struct Parts {
    /// conv1, then squeeze, expand 1x1 and expand 3x3 of every module, then conv10.
    convs: Vec<Found>,
    /// Real value of one output step of every layer, where the file says it.
    steps: Vec<Option<f64>>,
    /// Largest value of every layer, where it has a limit.
    ceilings: Vec<Option<f32>>,
    fires: Vec<Fire>,
    tail: Tail,
}

impl Parts {
    fn finish(mut self, graph: &Graph, layout: Layout, prelude: Prelude) -> Result<Network, ImportError> {
        let logit_shift = self.close_tail(graph)?;
        // no step of a clipped layer reaches above its ceiling
        for (step, ceiling) in self.steps.iter_mut().zip(&self.ceilings) {
            if let (Some(step), Some(ceiling)) = (step, ceiling) {
                *step = step.min(f64::from(*ceiling) / 255.0);
            }
        }
        let (floats, integers): (Vec<FloatConv>, Vec<_>) = self.convs.into_iter().map(|c| (c.float, c.quantised)).unzip();
        let given = given::gather(graph, &self.steps, integers)?;
        let mut floats = floats.into_iter();
        let mut next = || floats.next().ok_or_else(|| graph.refuse_whole("it has too few convolutions"));
        let stem = next()?;
        let mut fires = Vec::with_capacity(layout.fires.len());
        for _ in &layout.fires {
            fires.push(FloatFire { squeeze: next()?, expand1: next()?, expand3: next()? });
        }
        let classifier = next()?;
        let ceilings = if self.ceilings.iter().all(Option::is_none) { Vec::new() } else { self.ceilings };
        let activations = Activations { ceilings, linear_classifier: self.tail.linear };
        let network = FloatNetwork { layout, stem, fires, classifier, activations };
        Ok(Network { network, given, prelude, logit_shift, said: None })
    }

    /// Takes what follows the average into the classifier; gives what the host takes off every logit.
    fn close_tail(&mut self, graph: &Graph) -> Result<f64, ImportError> {
        let Tail { linear, constant, scale, ref shift } = self.tail;
        let Some(conv) = self.convs.last_mut() else { return Ok(0.0) };
        let free = linear || constant != 0.0;
        if shift.len() > 1 && !free {
            return Err(graph.refuse_whole("a term a class is added behind the global average, which the classifier's ReLU comes before"));
        }
        conv.float.weights.mapv_inplace(|w| (f64::from(w) * scale) as f32);
        let one = shift.len() == 1;
        for (o, bias) in conv.float.bias.iter_mut().enumerate() {
            let term = if one { 0.0 } else { shift.get(o).copied().unwrap_or(0.0) };
            *bias = ((f64::from(*bias) + constant) * scale + term) as f32;
        }
        if let Some(quantised) = &mut conv.quantised {
            quantised.scales.iter_mut().for_each(|s| *s = (f64::from(*s) * scale) as f32);
        }
        if let Some(Some(step)) = self.steps.last_mut() {
            *step *= scale;
        }
        if let Some(Some(ceiling)) = self.ceilings.last_mut() {
            *ceiling = (f64::from(*ceiling) * scale) as f32;
        }
        Ok(constant * scale - if one { shift[0] } else { 0.0 })
    }
}

impl Walk<'_> {
    /// Both expand convolutions of Fire module `n`, each with its ReLU (or one behind the concatenation).
    /// The step and the ceiling of the squeeze's output, known at the latest here, are added to `parts`.
    fn expand(&mut self, n: usize, parts: &mut Parts) -> Result<(Found, Found), ImportError> {
        let graph = self.graph;
        let readers = graph.readers(&self.tensor);
        if let Some(refusal) = self.refuse_residual(&readers).filter(|_| readers.len() > 2) {
            return Err(refusal);
        }
        let [first, second] = readers[..] else {
            let place = format!("reads `{}` as its reader number {}", self.tensor, readers.len());
            return Err(graph.refuse(readers[readers.len() - 1], format!("{place}, expected the two expand convolutions of fire{n}")));
        };
        let (squeeze_step, squeeze_ceiling) = (self.take_step(), self.take_ceiling());
        let mut left = self.branch();
        let mut right = self.branch();
        let mut one = left.arrive(first)?;
        let mut three = right.arrive(second)?;
        // the order of the nodes in the file is free; the kernel tells them apart
        let is_three = |op: &Op| matches!(op, Op::Conv(conv) if conv.weights.dim().2 == 3);
        if is_three(&one.op) && !is_three(&three.op) {
            std::mem::swap(&mut left, &mut right);
            std::mem::swap(&mut one, &mut three);
        }
        // a file may quantise the squeeze's output once, or once for each reader
        parts.steps.push(larger(squeeze_step, larger(left.take_step(), right.take_step())));
        parts.ceilings.push(squeeze_ceiling);
        let (name1, name3) = (format!("fire{n}/expand1x1"), format!("fire{n}/expand3x3"));
        let expand1 = left.convolution(one, &Wanted { name: &name1, kernels: &[1], stride: 1, paddings: &[0] })?;
        let expand3 = right.convolution(three, &Wanted { name: &name3, kernels: &[3], stride: 1, paddings: &[1] })?;
        if left.channels != right.channels {
            let reason = format!("gives {} channels, but {name1} gives {}; expected as many", right.channels, left.channels);
            return Err(graph.refuse(three, reason));
        }
        let relu_behind = matches!(left.next("Relu or Concat")?.op, Op::Concat(_));
        if relu_behind {
            right.next("Relu or Concat")?;
        } else {
            left.relu()?;
            right.relu()?;
        }
        let concat = left.next("Concat")?;
        let place = format!("after `{}`", left.tensor);
        let Op::Concat(axis) = concat.op else { return Err(self.misplaced(concat, &place, "Concat")) };
        right.skip()?;
        let joined = [left.tensor.as_str(), right.tensor.as_str()];
        let swapped = concat.inputs == [joined[1], joined[0]];
        if concat.inputs != joined && !swapped {
            return Err(graph.refuse(concat, format!("joins `{}`, expected {name1} and {name3}", concat.inputs.join("`, `"))));
        }
        if left.order != right.order || !left.is_channel_axis(axis) {
            return Err(graph.refuse(concat, format!("joins along axis {axis}, expected the channels")));
        }
        left.refuse_border(concat)?;
        right.refuse_border(concat)?;
        let order = if swapped { "expand3x3 first (the next convolution's inputs are reordered)" } else { "expand1x1 first" };
        self.take(concat, format!("fire{n}: both expand halves, {order}"))?;
        self.tensor = concat.output.clone();
        self.order = left.order;
        self.channels = 2 * left.channels;
        self.swapped = swapped;
        // without a step of its own the joined map gets the larger one, which loses nothing of either half
        self.step = larger(left.take_step(), right.take_step());
        if left.ceiling != right.ceiling {
            return Err(graph.refuse(concat, "joins halves whose ReLUs have different ceilings, and the engine has one scale for both"));
        }
        self.ceiling = left.ceiling;
        if relu_behind {
            self.place = Place::Sum;
            self.relu()?;
        }
        Ok((expand1, expand3))
    }
}

/// The larger of two steps, or the one that there is.
fn larger(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}
