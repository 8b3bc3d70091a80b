//! Where the walk stands, and how it takes a step.

use super::super::graph::{Graph, Node, Op, Order, Step};
use super::super::input::{Prelude, Tap};
use super::super::{Facts, ImportError};
use super::Recognised;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

/// A tensor, its shape, and what is known about it.
#[derive(Clone)]
pub struct Walk<'a> {
    pub graph: &'a Graph,
    pub tensor: String,
    pub order: Order,
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    /// Whether the halves of a concatenation stand in the other order (3x3 first) until the next convolution.
    pub swapped: bool,
    /// Real value of one step of the current layer's output, where the file quantises it.
    pub step: Option<f64>,
    /// Border that Pad nodes put round the current tensor (above, left, below, right), and what it holds.
    pub border: Option<([i64; 4], f64)>,
    /// What the graph does to its input before the first convolution.
    pub prelude: Prelude,
    /// Largest value that the current layer's activation lets through, where it has a limit.
    pub ceiling: Option<f64>,
    pub place: Place,
    /// Rows and columns of the frame, the first convolution's border included.
    pub frame: [usize; 2],
    /// The first layer whose pool tells, and whether it is in floor mode; a map of odd sides does not tell.
    pub floor_pools: Option<(String, bool)>,
    rows: &'a RefCell<Vec<Recognised>>,
    taken: Rc<RefCell<HashSet<String>>>,
}

/// Why a sum of two maps is refused.
const RESIDUAL: &str = "adds two maps: a residual connection (bypass), and the engine has no adder; what would work is the same network \
                        without it, trained so";

/// Part of the network, which decides what may be stepped over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before the first convolution.
    Input,
    /// Behind a convolution, before its ReLU.
    Sum,
    /// Behind a ReLU.
    Body,
    /// Behind the global average.
    Tail,
}

impl<'a> Walk<'a> {
    pub fn start(graph: &'a Graph, facts: &Facts, rows: &'a RefCell<Vec<Recognised>>) -> Result<Self, ImportError> {
        if graph.outputs.len() != 1 {
            let names = graph.outputs.join("`, `");
            let found = graph.outputs.len();
            return Err(graph.refuse_whole(format!("it has {found} outputs (`{names}`), expected one; export it without the others")));
        }
        let input = &graph.input;
        let side = |found: Option<usize>| match (found, facts.side) {
            (Some(found), Some(given)) if found != given => Err(graph.refuse_whole(format!(
                "input `{}` is {found} pixels on a side, but {given} was asked for; leave the size out",
                input.tensor
            ))),
            (Some(side), _) | (None, Some(side)) => Ok(side),
            (None, None) => Err(graph.refuse_whole(format!("input `{}` has no fixed size; give it with --size", input.tensor))),
        };
        let (height, width) = (side(input.height)?, side(input.width)?);
        for side in [height, width] {
            // as Layout has it; checked here because every size below is computed from these
            if !(1..=4096).contains(&side) {
                return Err(graph.refuse_whole(format!("input `{}` is {side} pixels on a side, expected 1 to 4096", input.tensor)));
            }
        }
        Ok(Self {
            graph,
            tensor: input.tensor.clone(),
            order: input.order,
            channels: input.channels,
            height,
            width,
            swapped: false,
            step: None,
            border: None,
            prelude: Prelude::none(input.channels),
            ceiling: None,
            frame: [height, width],
            floor_pools: None,
            place: Place::Input,
            rows,
            taken: Rc::default(),
        })
    }

    /// A second walk from the same place.
    pub fn branch(&self) -> Self {
        Self { step: None, ceiling: None, ..self.clone() }
    }

    /// Puts down what `node` is.
    ///
    /// # Errors
    /// A node that was there before: the graph runs in a circle.
    pub fn take(&self, node: &Node, role: impl Into<String>) -> Result<(), ImportError> {
        if !self.taken.borrow_mut().insert(node.output.clone()) {
            return Err(self.graph.refuse(node, "is reached twice (the graph runs in a circle); the file is damaged"));
        }
        self.rows.borrow_mut().push(Recognised {
            node: node.label.trim_matches('`').into(),
            operator: node.operator.clone(),
            role: role.into(),
        });
        Ok(())
    }

    /// Corrects the last rows about a convolution that turned out to be `to`, not `from`.
    pub fn rename(&self, from: &str, to: &str) {
        for row in self.rows.borrow_mut().iter_mut().rev().take(8) {
            if let Some(rest) = row.role.strip_prefix(from) {
                row.role = format!("{to}{rest}");
            }
        }
    }

    /// The only reader of the current tensor, beyond what does nothing; `wanted` says what it should be.
    pub fn next(&mut self, wanted: &str) -> Result<&'a Node, ImportError> {
        self.skip()?;
        let readers = self.graph.readers(&self.tensor);
        match readers[..] {
            [node] => Ok(node),
            [] => Err(self.refuse_end(wanted)),
            [_, second, ..] => Err(self
                .refuse_residual(&readers)
                .unwrap_or_else(|| self.graph.refuse(second, format!("also reads `{}`, expected one reader: {wanted}", self.tensor)))),
        }
    }

    /// The refusal of a second path that ends in a sum, or of a reader that can be named, among `readers` of the current tensor.
    pub fn refuse_residual(&self, readers: &[&'a Node]) -> Option<ImportError> {
        let (mut next, mut seen) = (readers.to_vec(), HashSet::new());
        for _ in 0..12 {
            if let Some(sum) = next.iter().find(|node| matches!(node.op, Op::Residual)) {
                return Some(self.graph.refuse(sum, RESIDUAL));
            }
            next = next.iter().flat_map(|node| self.graph.readers(&node.output)).filter(|node| seen.insert(node.output.as_str())).collect();
            next.truncate(64);
        }
        let named = readers.iter().find_map(|node| if let Op::Other(Some(reason)) = &node.op { Some((*node, reason)) } else { None });
        named.map(|(node, reason)| self.graph.refuse(node, reason))
    }

    pub fn refuse_end(&self, wanted: &str) -> ImportError {
        self.graph.refuse_whole(format!("the graph ends at `{}`, expected {wanted}", self.tensor))
    }

    /// Steps over what does nothing to the numbers.
    pub fn skip(&mut self) -> Result<(), ImportError> {
        while let [node] = self.graph.readers(&self.tensor)[..] {
            if !self.pass(node)? {
                break;
            }
        }
        Ok(())
    }

    /// As [`Walk::next`], beginning at `node`, which reads the current tensor.
    pub fn arrive(&mut self, node: &'a Node) -> Result<&'a Node, ImportError> {
        if self.pass(node)? {
            self.next("an expand convolution")
        } else {
            Ok(node)
        }
    }

    /// Steps over `node` if it does nothing to the numbers, and keeps what it says.
    fn pass(&mut self, node: &Node) -> Result<bool, ImportError> {
        if self.place == Place::Tail && self.graph.outputs.contains(&self.tensor) {
            return Ok(false);
        }
        let role = match &node.op {
            Op::Identity => "nothing to do at inference".to_string(),
            Op::Transpose(order) => {
                if self.place == Place::Tail {
                    "another order of sides of length 1".into()
                } else {
                    self.order = self.transposed(node, order)?;
                    format!("order of the sides, now {}", if self.order == Order::Nchw { "NCHW" } else { "NHWC" })
                }
            }
            Op::Pad(pad) if self.place != Place::Tail => {
                self.add_border(node, &pad.pads, pad.value)?;
                "border of what comes next".into()
            }
            Op::Affine(affine) | Op::AffineImage(affine, _) if self.place == Place::Input => {
                if !affine.fits(self.channels) || affine.order.is_some_and(|o| o != self.order) {
                    return Err(self.graph.refuse(node, "scales or shifts the image other than per channel"));
                }
                // what is padded first and scaled then has no border of zeros
                self.refuse_border(node)?;
                for (channel, tap) in self.prelude.taps.iter_mut().enumerate() {
                    let Some((scale, shift)) = affine.of(channel) else { continue };
                    *tap = Tap { scale: tap.scale * scale, shift: tap.shift * scale + shift, ..*tap };
                }
                if let Op::AffineImage(_, spread) = node.op {
                    self.prelude.notes.push(format!(
                        "the graph subtracts a mean image, which the engine cannot: the mean of each channel is taken, from which its pixels \
                         are {spread:.1} steps away (root of the mean square), so answers that are close to each other may change places"
                    ));
                    "mean image, its channels' means folded into conv1".into()
                } else {
                    "scale and shift of the image, folded into conv1".into()
                }
            }
            Op::Channels(order, axis) if self.place == Place::Input && self.is_channel_axis(*axis) => {
                let count = self.channels as i64;
                let picked =
                    |&i: &i64| usize::try_from(if i < 0 { i + count } else { i }).ok().and_then(|i| self.prelude.taps.get(i).copied());
                let mut sorted: Vec<i64> = order.iter().map(|&i| if i < 0 { i + count } else { i }).collect();
                sorted.sort_unstable();
                if sorted != (0..count).collect::<Vec<_>>() {
                    return Err(self.graph.refuse(node, format!("takes the channels {order:?} of the image, expected all of them once")));
                }
                self.prelude.taps = order.iter().filter_map(picked).collect();
                "order of the channels, folded into conv1".into()
            }
            Op::Quantise(step) if self.place == Place::Input => {
                if self.prelude == Prelude::none(self.channels) {
                    self.prelude.range = Some([step.low, step.high].map(|end| (end as f64 - step.zero as f64) * step.scale));
                }
                "left out: the engine takes bytes".into()
            }
            Op::Quantise(_) if self.place == Place::Tail => "left out: the engine gives exact sums".into(),
            Op::Ceiling(high) | Op::ClippedRelu(high) if self.place == Place::Body => {
                self.lower_ceiling(*high);
                format!("ceiling of the ReLU, {high}")
            }
            Op::Relu if self.place == Place::Body => "nothing to do behind a ReLU".into(),
            Op::Quantise(step) if self.place == Place::Body => {
                self.quantise(node, step)?;
                format!("output scale {}", step.scale)
            }
            Op::Dequantise if self.place != Place::Sum => "back to real numbers".into(),
            _ => return Ok(false),
        };
        self.take(node, role)?;
        self.tensor = node.output.clone();
        Ok(true)
    }

    /// Takes the step of a quantised activation behind a ReLU. The engine's bytes begin at 0; where the file's reach below, its
    /// largest value is 255 of the engine's steps, which are finer.
    pub fn quantise(&mut self, node: &Node, step: &Step) -> Result<(), ImportError> {
        let reason = if !step.is_byte() {
            format!("quantises to integers from {} to {}, expected a byte", step.low, step.high)
        } else if step.zero >= step.high || step.zero < step.low {
            format!("quantises with zero point {} of {} to {}, so that nothing above 0 is left", step.zero, step.low, step.high)
        } else if !(step.scale as f32).is_normal() || step.scale <= 0.0 {
            format!("quantises with a scale of {}, expected a positive one", step.scale)
        } else {
            self.step = Some(step.scale * (step.high - step.zero) as f64 / 255.0);
            return Ok(());
        };
        Err(self.graph.refuse(node, format!("{reason}; quantise again with activations of 8 bits")))
    }

    /// Keeps the lowest ceiling.
    pub fn lower_ceiling(&mut self, high: f64) {
        self.ceiling = Some(self.ceiling.map_or(high, |ceiling| ceiling.min(high)));
    }

    /// The ceiling of the layer that ends here.
    pub fn take_ceiling(&mut self) -> Option<f32> {
        self.ceiling.take().map(|ceiling| ceiling as f32)
    }

    /// Whether a global average comes before any ReLU; a rounding on the way is given back.
    pub fn averages_next(&self) -> Option<Option<Step>> {
        let (mut tensor, mut step) = (self.tensor.as_str(), None);
        for _ in 0..16 {
            let [node] = self.graph.readers(tensor)[..] else { return None };
            match &node.op {
                _ if self.is_average(node) => return Some(step),
                Op::Quantise(found) if step.is_none_or(|step| step == *found) => step = Some(*found),
                Op::Identity | Op::Dequantise | Op::Transpose(_) => {}
                _ => return None,
            }
            tensor = &node.output;
        }
        None
    }

    /// The step of the layer that ends here.
    pub fn take_step(&mut self) -> Option<f64> {
        self.step.take()
    }

    fn transposed(&self, node: &Node, order: &[i64]) -> Result<Order, ImportError> {
        match (self.order, order) {
            (Order::Nhwc, [0, 3, 1, 2]) => Ok(Order::Nchw),
            (Order::Nchw, [0, 2, 3, 1]) => Ok(Order::Nhwc),
            (same, [0, 1, 2, 3]) => Ok(same),
            _ => Err(self.graph.refuse(node, format!("puts the sides in the order {order:?}, expected a change between NCHW and NHWC"))),
        }
    }

    /// Whether `axis` numbers the channels.
    pub fn is_channel_axis(&self, axis: i64) -> bool {
        match self.order {
            Order::Nchw => matches!(axis, 1 | -3),
            Order::Nhwc => matches!(axis, 3 | -1),
        }
    }

    fn add_border(&mut self, node: &Node, pads: &[i64], value: f64) -> Result<(), ImportError> {
        let [b0, s0, s1, s2, b1, e0, e1, e2] = pads[..] else {
            return Err(self.graph.refuse(node, format!("pads {} sides, expected 4", pads.len() / 2)));
        };
        let (channels, around) = match self.order {
            Order::Nchw => ([b0, b1, s0, e0], [s1, s2, e1, e2]),
            Order::Nhwc => ([b0, b1, s2, e2], [s0, s1, e0, e1]),
        };
        if channels != [0; 4] || around.iter().any(|p| !(0..=64).contains(p)) {
            return Err(self.graph.refuse(node, format!("pads by {pads:?}, expected a border of 0 to 64 round rows and columns only")));
        }
        let (mut sum, before) = self.border.unwrap_or(([0; 4], value));
        if before != value {
            return Err(self.graph.refuse(node, format!("pads with {value}, but the pad before it with {before}")));
        }
        sum.iter_mut().zip(around).for_each(|(s, p)| *s += p);
        self.border = Some((sum, value));
        Ok(())
    }

    /// Refuses `node` when a border waits that it does not use.
    pub fn refuse_border(&self, node: &Node) -> Result<(), ImportError> {
        match self.border {
            Some((border, _)) if border != [0; 4] => Err(self
                .graph
                .refuse(node, format!("reads a map with a border of {border:?}, expected one only before a 3x3 convolution or a pool"))),
            _ => Ok(()),
        }
    }

    /// Refuses `node` when the channels do not stand where ONNX and Caffe want them.
    pub fn expect_nchw(&self, node: &Node) -> Result<(), ImportError> {
        if self.order == Order::Nchw {
            return Ok(());
        }
        Err(self.graph.refuse(node, "reads a map with the channels last, expected them second (NCHW)"))
    }

    /// The refusal of a node that is not what belongs in its place.
    pub fn misplaced(&self, node: &Node, place: &str, wanted: &str) -> ImportError {
        match &node.op {
            Op::Other(Some(reason)) => self.graph.refuse(node, reason),
            Op::Residual => self.graph.refuse(node, RESIDUAL),
            Op::Ceiling(high) => self.graph.refuse(node, format!("clips to no lower bound and {high}, expected a Relu")),
            _ => self.graph.refuse(node, format!("stands {place}, expected {wanted}")),
        }
    }
}
