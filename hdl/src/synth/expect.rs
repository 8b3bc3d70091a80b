//! What an engine should take of a part, from its configuration alone.

use crate::memories;
use crate::target::{DspForm, MemoryStyle, Target};
use contract::engine::EngineConfig;
use std::ops::RangeInclusive;

/// Look-up tables of distributed RAM that FIFOs may take beside the memories.
const FIFO_LUTS: u64 = 512;

/// Look-up tables of distributed RAM in the shell's FIFOs: two streams of at most 512 bits.
const SHELL_LUTS: u64 = 2048;

/// Block RAMs of 18 Kibit in them.
const SHELL_RAM18: u64 = 64;

/// Multipliers outside the array: the sender's, for the beats of a trace.
const OTHER_DSPS: u64 = 1;

/// Bits of an UltraRAM.
const ULTRA_BITS: usize = 4096 * 72;

/// Expected counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// DSPs of the multiply-accumulates.
    pub array_dsps: u64,
    /// DSPs of the requantising lanes.
    pub lane_dsps: u64,
    /// Most DSPs anywhere else.
    pub other_dsps: u64,
    /// Block RAMs in halves. A range where the tool decides about some memories.
    pub ram18: RangeInclusive<u64>,
    /// UltraRAMs: from the bits alone (a tool may give the byte lanes that one stack of words leaves over to
    /// another) to whole words in every one.
    pub urams: RangeInclusive<u64>,
    /// Most look-up tables that are distributed RAM; shift registers are not among them.
    pub lutram_luts: u64,
}

impl Expectation {
    /// Of the engine that `config` describes, built for `target`.
    pub fn new(config: &EngineConfig, target: &Target) -> Self {
        let array_dsps = target.dsp.array_dsps(config.columns) as u64;
        let lane_dsps = DspForm::lane_dsps(config.columns) as u64;
        let (mut least, mut most, mut lutram_luts) = (0, 0, FIFO_LUTS);
        let (mut least_urams, mut most_urams) = (0, 0);
        for memory in memories(config, target) {
            let cost = memory.cost();
            most += cost.ram18 as u64;
            if memory.style != MemoryStyle::Auto {
                least += cost.ram18 as u64;
            }
            most_urams += cost.ultra as u64;
            if cost.ultra > 0 {
                least_urams += (memory.width * memory.depth).div_ceil(ULTRA_BITS) as u64 * memory.copies as u64;
            }
            // a memory of which the tool decides may go either way if it is shallow
            let either = memory.style == MemoryStyle::Auto && memory.depth <= 128;
            lutram_luts +=
                if either { 4 * (memory.width.div_ceil(3) * memory.depth.div_ceil(64) * memory.copies) as u64 } else { cost.luts as u64 };
        }
        Self { array_dsps, lane_dsps, other_dsps: OTHER_DSPS, ram18: least..=most, urams: least_urams..=most_urams, lutram_luts }
    }

    /// With the board's shell round it, whose FIFOs take distributed RAM or, where the tool prefers that, block RAM.
    #[must_use]
    pub fn with_shell(self) -> Self {
        let ram18 = *self.ram18.start()..=self.ram18.end() + SHELL_RAM18;
        Self { ram18, lutram_luts: self.lutram_luts + SHELL_LUTS, ..self }
    }
}
