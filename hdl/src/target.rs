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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
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
    /// The first 1024 words in block RAM, the others in LUT RAM: for parts that have a few RAM blocks left.
    Mixed,
    /// Block RAM, with no bits of a word in LUT RAM beside it: for parts that have many RAM blocks left, and a clock that wants no LUT
    /// RAM at every address.
    Whole,
}

macro_rules! styles {
    ($($(#[$doc:meta])* $memory:ident),* $(,)?) => {
        /// A [`MemoryStyle`] for each memory of the engine.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct MemoryStyles {
            $($(#[$doc])* pub $memory: MemoryStyle,)*
        }

        impl MemoryStyles {
            /// The memories, as `[target.memory]` of a `board.toml` names them.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($memory),)*];

            /// The style of the memory of that name.
            pub fn get_mut(&mut self, memory: &str) -> Option<&mut MemoryStyle> {
                match memory {
                    $(stringify!($memory) => Some(&mut self.$memory),)*
                    _ => None,
                }
            }
        }
    };
}

styles! {
    /// Packed weights.
    weights,
    /// Activations, `ember_sliced_ram_*`.
    activations,
    /// Output of the squeeze layers, `ember_sliced_ram_*`.
    squeeze,
    /// The frame's eight row banks.
    frame,
    /// Partial sums of segments 0 and 1.
    accumulators,
    /// Partial sums of segments 2 to 4.
    segment_accumulators,
    /// Requantisation table.
    table,
    /// Layer descriptors.
    descriptors,
    /// The window's two lines.
    lines,
    /// Max-pool rows.
    pool,
    /// Class sums.
    sums,
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
