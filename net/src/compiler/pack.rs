//! Weights, requantisation entries and descriptors in the order in which the engine uses them.

use super::plan::LayerPlan;
use crate::layout::LayerKind;
use crate::model::{Network, QuantConv};
use contract::engine::{GROUPS, LANES, SEGMENTS};

/// Weight memory words of a tile: sixteen rows of five pairs of groups.
pub const TILE_WORDS: usize = LANES * GROUPS / 2;

/// Convolutions that a layer runs: one, or the two halves of an expand (1x1 first).
fn convs<'a>(network: &'a Network, plan: &LayerPlan) -> (&'a QuantConv, Option<&'a QuantConv>) {
    match (plan.layer.kind, plan.layer.fire) {
        (LayerKind::Stem, _) => (&network.stem, None),
        (LayerKind::Squeeze, Some(i)) => (&network.fires[i].squeeze, None),
        (LayerKind::Expand, Some(i)) => (&network.fires[i].expand1, Some(&network.fires[i].expand3)),
        _ => (&network.classifier, None),
    }
}

/// Where the cell at (group, row, column) of block `block` and pass `pass` finds its weight.
struct Cell<'a> {
    plan: &'a LayerPlan,
    columns: usize,
    /// Input channel at each position of the source rows.
    sources: &'a [Option<usize>],
    block: usize,
    pass: usize,
}

impl Cell<'_> {
    /// Output channel of `slot` in this block, as a position.
    fn output(&self, slot: usize, column: usize) -> usize {
        (self.block * self.plan.slots + slot) * self.columns + column
    }

    fn source(&self, position: usize) -> Option<usize> {
        self.sources.get(position).copied().flatten()
    }

    /// The weight, 0 where nothing belongs.
    fn weight(&self, (conv, threes): (&QuantConv, Option<&QuantConv>), group: usize, row: usize, column: usize) -> i8 {
        let found = match self.plan.layer.kind {
            LayerKind::Stem => self.stem(conv, group, row, column),
            LayerKind::Expand => {
                let output = self.block * self.columns + column;
                let input = self.pass * LANES + row;
                match threes {
                    Some(threes) if group < 9 => threes.weights.get([output, input, group / 3, group % 3]).copied(),
                    _ => conv.weights.get([output, input, 0, 0]).copied(),
                }
            }
            _ if self.plan.segmented => {
                let input = self.source(self.pass * 2 * LANES + group % 2 * LANES + row);
                input.and_then(|i| conv.weights.get([self.output(group / 2, column), i, 0, 0]).copied())
            }
            _ if group < 8 => {
                let input = self.source((self.pass * 8 + group) * LANES + row);
                input.and_then(|i| conv.weights.get([self.output(0, column), i, 0, 0]).copied())
            }
            _ => None,
        };
        found.unwrap_or(0)
    }

    /// Five pixels of three bytes fill a group's word; byte 15 is empty.
    fn stem(&self, conv: &QuantConv, group: usize, row: usize, column: usize) -> Option<i8> {
        let (slot, word) = if self.plan.segmented { (group / 2, group % 2) } else { (0, group) };
        if row == LANES - 1 || slot >= self.plan.slots {
            return None;
        }
        let kernel = self.plan.layer.kernel;
        let pixel = 5 * word + row / 3;
        conv.weights.get([self.output(slot, column), row % 3, pixel / kernel, pixel % kernel]).copied()
    }
}

/// The layer's tiles: `blocks * passes * TILE_WORDS` words of `2 * columns` bytes.
pub fn weights(network: &Network, plan: &LayerPlan, sources: &[Option<usize>], columns: usize, out: &mut Vec<u8>) {
    let convs = convs(network, plan);
    for block in 0..plan.blocks {
        for pass in 0..plan.passes {
            let cell = Cell { plan, columns, sources, block, pass };
            for pair in 0..SEGMENTS {
                for row in (0..LANES).rev() {
                    for group in [2 * pair, 2 * pair + 1] {
                        out.extend((0..columns).map(|column| cell.weight(convs, group, row, column) as u8));
                    }
                }
            }
        }
    }
}

/// The layer's requantisation entries: for each block and slot, last column first.
pub fn table(network: &Network, plan: &LayerPlan, columns: usize, out: &mut Vec<u64>) {
    let (conv, threes) = convs(network, plan);
    for block in 0..plan.blocks {
        for slot in 0..plan.slots {
            let (conv, first) = match threes {
                Some(threes) if slot == 0 => (threes, block * columns),
                Some(_) => (conv, block * columns),
                None => (conv, (block * plan.slots + slot) * columns),
            };
            for column in (0..columns).rev() {
                let last = slot + 1 == plan.slots && column == 0;
                out.push(entry(conv, first + column) | (slot as u64) << 54 | u64::from(last) << 57);
            }
        }
    }
}

/// Bias 31:0, multiplier 47:32, shift - 1 in 53:48; zero for a channel that does not exist.
fn entry(conv: &QuantConv, channel: usize) -> u64 {
    match (conv.bias.get(channel), conv.multiplier.get(channel), conv.shift.get(channel)) {
        (Some(&bias), Some(&multiplier), Some(&shift)) => u64::from(bias as u32) | u64::from(multiplier) << 32 | u64::from(shift - 1) << 48,
        _ => 0,
    }
}

/// The layer's descriptor; fields as in `hdl::rtl::sequencer`.
pub fn descriptor(plan: &LayerPlan, columns: usize, last: bool) -> [u64; 4] {
    let layer = &plan.layer;
    let field = |value: usize, low: u32| (value as u64) << low;
    let bit = |value: bool, low: u32| u64::from(value) << low;
    let kind = match layer.kind {
        LayerKind::Stem => 0,
        LayerKind::Squeeze => 1,
        LayerKind::Expand => 2,
        LayerKind::Classifier => 3,
    };
    let beat_0 = field(kind, 0)
        | bit(layer.pool, 2)
        | bit(plan.written, 3)
        | bit(layer.kind == LayerKind::Stem && layer.kernel == 7, 4)
        | bit(plan.segmented, 5)
        | bit(plan.padded, 6)
        | bit(last, 7)
        | field(plan.slots, 8)
        | field(plan.parts - 1, 11)
        | field(plan.passes - 1, 16)
        | field(plan.blocks - 1, 32)
        | field(plan.prefill(), 48);
    let beat_1 = field(layer.conv_width + plan.prefill() - 1, 0)
        | field(layer.conv_height - 1, 16)
        | field(layer.conv_width - 1, 32)
        | field(plan.strip_rows - 1, 48);
    // the stem walks along its rows word by word
    let beat_2 =
        field(plan.source_step, 0) | field(plan.destination_step, 20) | field(plan.row_bytes / columns, 40) | field(plan.strips() - 1, 46);
    let beat_3 = field(plan.destination, 0) | field(plan.rows(), 20) | field(plan.row_bytes / 8, 40);
    [beat_0, beat_1, beat_2, beat_3]
}
