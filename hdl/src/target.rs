//! How an engine is built into a part: forms of multipliers and memories. Every choice here gives the
//! same bits in the same cycles; what an engine can hold is [`contract::engine::EngineConfig`]'s.

use contract::engine::{GROUPS, LANES, SEGMENTS};
use serde::{Deserialize, Serialize};

/// What becomes of the array's multiply-accumulates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum DspForm {
    /// One product a multiplier.
    #[default]
    Single,
    /// Two products in a DSP48E1 (7 series, 25 x 18 bits).
    Dsp48e1,
    /// Two products in a DSP48E2 (UltraScale and UltraScale+, 27 x 18 bits).
    Dsp48e2,
}

impl DspForm {
    /// DSP48s of an engine of `columns` columns: the array's, and those of the requantising lanes.
    pub fn dsps(self, columns: usize) -> usize {
        self.array_dsps(columns) + Self::lane_dsps(columns)
    }

    /// DSP48s of the multiply-accumulates.
    pub fn array_dsps(self, columns: usize) -> usize {
        let products = if self == DspForm::Single { 1 } else { 2 };
        GROUPS * LANES * columns / products
    }

    /// DSP48s of the requantising lanes, one each.
    pub fn lane_dsps(columns: usize) -> usize {
        SEGMENTS * columns
    }
}

/// Where a memory lies; becomes Verilog's `ram_style` attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemoryStyle {
    /// The synthesis tool decides.
    #[default]
    Auto,
    /// Block RAM.
    Block,
    /// UltraRAM (UltraScale+).
    Ultra,
    /// LUT RAM.
    Distributed,
}

/// A [`MemoryStyle`] for each memory of the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MemoryStyles {
    /// Packed weights.
    pub weights: MemoryStyle,
    /// Activations, `ember_sliced_ram_*`.
    pub activations: MemoryStyle,
    /// Output of the squeeze layers, `ember_sliced_ram_*`.
    pub squeeze: MemoryStyle,
    /// The frame's eight row banks.
    pub frame: MemoryStyle,
    /// Partial sums of segments 0 and 1.
    pub accumulators: MemoryStyle,
    /// Partial sums of segments 2 to 4.
    pub segment_accumulators: MemoryStyle,
    /// Requantisation table.
    pub table: MemoryStyle,
    /// Layer descriptors.
    pub descriptors: MemoryStyle,
    /// The window's two lines.
    pub lines: MemoryStyle,
    /// Max-pool rows.
    pub pool: MemoryStyle,
    /// Class sums.
    pub sums: MemoryStyle,
}

/// The forms that a part wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Multipliers of the array.
    pub dsp: DspForm,
    /// Memories.
    pub memory: MemoryStyles,
}
