//! The memories of an engine in a part: how large, where, why, and what they take of it.

use crate::lang::placement::{place, place_single, Cost, Tile};
use crate::lang::store::chain_cycles;
use crate::target::{MemoryStyle, Target};
use contract::engine::{EngineConfig, ROW_CHANNELS, SEGMENTS};
use contract::interface::DESCRIPTOR_BEATS;

/// One kind of memory in an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// What it holds.
    pub name: &'static str,
    /// Bits of a word.
    pub width: usize,
    /// Words.
    pub depth: usize,
    /// How many of them there are.
    pub copies: usize,
    /// Where it lies.
    pub style: MemoryStyle,
    /// Reads and writes share one port.
    pub single_port: bool,
    /// Why it is so large.
    pub reason: &'static str,
}

impl Memory {
    /// What all copies take. The formula is that of [`crate::lang::placement::cost`], over the arrays
    /// into which [`place`] or [`place_single`] cuts the memory.
    pub fn cost(&self) -> Cost {
        let cost = if self.single_port { Tile::single_cost } else { Tile::cost };
        self.tiles().iter().map(cost).fold(Cost::default(), |a, b| a + b) * self.copies
    }

    /// The arrays of one copy.
    pub fn tiles(&self) -> Vec<Tile> {
        let place = if self.single_port { place_single } else { place };
        place(self.width, self.depth, self.style)
    }

    /// Bits that all copies hold.
    pub fn bits(&self) -> usize {
        self.width * self.depth * self.copies
    }
}

/// Cycles from the address of a row of weights to the row: a memory cut into more arrays is a longer chain. Where a pass is shorter
/// than the loading of the next one's tile, each cycle more is one that the pass waits.
pub fn weight_cycles(config: &EngineConfig, target: &Target) -> usize {
    chain_cycles(2 * config.columns * config.weight_bits, config.weight_words, target.memory.weights)
}

/// Every memory of the engine that `config` describes, built for `target`; in [`MemoryStyle::Auto`] its
/// cost is what a tool is expected to choose. FIFOs and shift registers are not among them.
pub fn memories(config: &EngineConfig, target: &Target) -> Vec<Memory> {
    let (c, styles) = (config, &target.memory);
    let slice = 8 * c.columns;
    let memory = |name, (width, depth, copies), style, reason| Memory { name, width, depth, copies, style, single_port: false, reason };
    vec![
        memory("weights", (2 * c.columns * c.weight_bits, c.weight_words, 1), styles.weights, "the whole program's tiles, 80 words each"),
        memory(
            "activations",
            (slice, c.activation_rows, ROW_CHANNELS / c.columns),
            styles.activations,
            "the largest map between two layers, 128 channels a row, a slice a block of columns",
        ),
        memory(
            "squeeze",
            (slice, c.squeeze_rows, c.columns.max(16) / c.columns),
            styles.squeeze,
            "the largest map of a squeeze layer, a row of max(16, columns) channels",
        ),
        Memory {
            single_port: true,
            ..memory("frame", (48, c.frame_words, 8), styles.frame, "one photograph in eight row banks, two pixels a word")
        },
        memory(
            "accumulators",
            (32, c.accumulator_pixels, 2 * c.columns),
            styles.accumulators,
            "a strip's partial sums behind segments 0 and 1",
        ),
        memory(
            "segment accumulators",
            (32, c.segment_accumulator_pixels, 3 * c.columns),
            styles.segment_accumulators,
            "the classifier's partial sums behind segments 2 to 4",
        ),
        memory("requantisation table", (58, c.table_entries, 1), styles.table, "an entry for every output channel, padding included"),
        memory("descriptors", (64, DESCRIPTOR_BEATS * c.layers, 1), styles.descriptors, "four beats a layer"),
        memory("line buffers", (128, c.line_pixels, 2), styles.lines, "two rows above an expand layer's window"),
        memory("pool buffers", (32, c.pool_pixels, SEGMENTS * c.columns / 4), styles.pool, "a row of pooled pixels, four channels each"),
        memory("sums", (24, 1024, 1), styles.sums, "a class's sum each"),
        memory("layer statistics", (32, 64, 4), MemoryStyle::Auto, "four counters a layer"),
    ]
}
