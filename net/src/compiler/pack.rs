//! Weights, requantisation entries and descriptors in the order in which the engine uses them.

use super::plan::LayerPlan;
use crate::layout::LayerKind;
use crate::model::{Network, QuantConv};
use contract::descriptor::{self, Descriptor};
use contract::engine::{GROUPS, LANES, SEGMENTS};
use contract::field::OutOfRange;
use contract::interface::{BEAT_BYTES, DESCRIPTOR_BEATS};
use contract::table_entry::TableEntry;

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
                out.extend(entry(conv, first + column, slot as u8, last).encode());
            }
        }
    }
}

/// One channel's constants; a channel that does not exist has zeros.
fn entry(conv: &QuantConv, channel: usize, slot: u8, last: bool) -> TableEntry {
    match (conv.bias.get(channel), conv.multiplier.get(channel), conv.shift.get(channel)) {
        (Some(&bias), Some(&multiplier), Some(&shift)) => TableEntry { bias, multiplier, shift, slot, last },
        _ => TableEntry { bias: 0, multiplier: 0, shift: 1, slot, last },
    }
}

/// The layer's descriptor.
///
/// # Errors
/// A number of the plan that its field does not hold.
pub fn descriptor(plan: &LayerPlan, columns: usize, last: bool) -> Result<[u64; DESCRIPTOR_BEATS], OutOfRange> {
    let layer = &plan.layer;
    // what is too large for the type is too large for the field, which says so
    let wide = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let narrow = |value: usize| u8::try_from(value).unwrap_or(u8::MAX);
    let descriptor = Descriptor {
        kind: match layer.kind {
            LayerKind::Stem => descriptor::LayerKind::Stem,
            LayerKind::Squeeze => descriptor::LayerKind::Squeeze,
            LayerKind::Expand => descriptor::LayerKind::Expand,
            LayerKind::Classifier => descriptor::LayerKind::Classifier,
        },
        pool: layer.pool,
        written: plan.written,
        kernel_7: layer.kind == LayerKind::Stem && layer.kernel == 7,
        segmented: plan.segmented,
        padded: plan.padded,
        last,
        slots: narrow(plan.slots),
        parts: narrow(plan.parts),
        passes: wide(plan.passes),
        blocks: wide(plan.blocks),
        prefill: narrow(plan.prefill()).into(),
        // the stem walks along its rows word by word
        tokens: wide(layer.conv_width + plan.prefill()),
        rows: wide(layer.conv_height),
        columns: wide(layer.conv_width),
        strip_rows: wide(plan.strip_rows),
        source_step: wide(plan.source_step),
        destination_step: wide(plan.destination_step),
        slices: narrow(plan.row_bytes / columns),
        strips: wide(plan.strips()),
        destination: wide(plan.destination),
        destination_rows: wide(plan.rows()),
        row_beats: narrow(plan.row_bytes / BEAT_BYTES),
        floor: layer.floor,
    };
    descriptor.check()?;
    Ok(descriptor.encode())
}
