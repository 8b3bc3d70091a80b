//! What a generated engine can hold: columns and memory depths. The generator, the compiler and the
//! host agree on this one description.

use thiserror::Error;

/// Groups of the array: nine taps of the 3x3 filter and the 1x1 filter beside them.
pub const GROUPS: usize = 10;
/// Rows of a group: input channels that it takes a cycle.
pub const LANES: usize = 16;
/// Segments into which the groups can be split: two groups each, five column sets.
pub const SEGMENTS: usize = 5;
/// Channels of one activation memory row (eight groups of [`LANES`]).
pub const ROW_CHANNELS: usize = 128;
/// Column counts that can be generated.
pub const COLUMNS: [usize; 4] = [4, 8, 16, 32];

/// Size of one generated engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct EngineConfig {
    /// Output channels of a group: 4, 8, 16 or 32.
    pub columns: usize,
    /// Activation memory, rows of [`ROW_CHANNELS`] bytes.
    pub activation_rows: usize,
    /// Squeeze memory, rows of `max(16, columns)` bytes.
    pub squeeze_rows: usize,
    /// Weight memory, words of `2 * columns` bytes.
    pub weight_words: usize,
    /// Bits that the weight memory keeps of each weight, 2 to 8; it extends them by their sign.
    #[serde(default = "all_bits")]
    pub weight_bits: usize,
    /// Requantisation table, entries of 8 bytes.
    pub table_entries: usize,
    /// Descriptor memory, layers.
    pub layers: usize,
    /// Frame memory: words of two pixels in each of its eight row banks.
    pub frame_words: usize,
    /// Accumulators behind segments 0 and 1, pixels: a layer of several passes whose map has more runs in strips.
    pub accumulator_pixels: usize,
    /// Accumulators behind segments 2 to 4, pixels.
    pub segment_accumulator_pixels: usize,
    /// Line buffer, pixels: the longest row of an expand layer, times its passes where it runs in strips.
    pub line_pixels: usize,
    /// Longest row after a max-pool, pixels (pool buffer).
    pub pool_pixels: usize,
}

/// Weights whole, as engines without [`EngineConfig::weight_bits`] have them.
fn all_bits() -> usize {
    8
}

/// A configuration that cannot be generated.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ConfigError {
    /// A column count without an engine.
    #[error("{found} columns cannot be generated; choose 4, 8, 16 or 32")]
    Columns { found: usize },
    /// A memory depth out of range.
    #[error("{memory} of {found} cannot be generated; choose {least} to {most}")]
    Depth { memory: &'static str, found: usize, least: usize, most: usize },
}

impl EngineConfig {
    /// The default engine with `columns` columns: it holds v1.0, v1.1 and the article's layout at 227x227
    /// with up to 1024 classes.
    pub fn standard(columns: usize) -> Self {
        Self {
            columns,
            activation_rows: 3136,
            // v1.0's fire4: 55 x 55 pixels of 32 channels, in rows of 16 channels (32 with 32 columns)
            squeeze_rows: if columns == 32 { 3136 } else { 6144 },
            // 1.25 MiB; with 32 columns tiles are emptier, and v1.0 has 264
            weight_words: (1_310_720 / (2 * columns)).max(21_120),
            weight_bits: all_bits(),
            table_entries: 4608,
            layers: 64,
            frame_words: 3328,
            accumulator_pixels: 1024,
            segment_accumulator_pixels: 256,
            // two passes of v1.0's fire4, 55 pixels each
            line_pixels: 128,
            pool_pixels: 64,
        }
    }

    /// # Errors
    /// The first parameter that no engine can have.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !COLUMNS.contains(&self.columns) {
            return Err(ConfigError::Columns { found: self.columns });
        }
        let depth = |memory, found: usize, least, most| {
            if (least..=most).contains(&found) {
                Ok(())
            } else {
                Err(ConfigError::Depth { memory, found, least, most })
            }
        };
        depth("activation memory rows", self.activation_rows, 2, 1 << 16)?;
        depth("squeeze memory rows", self.squeeze_rows, 2, 1 << 16)?;
        depth("weight memory words", self.weight_words, 2, 1 << 20)?;
        depth("bits of a weight", self.weight_bits, 2, 8)?;
        depth("requantisation table entries", self.table_entries, 2, 1 << 16)?;
        depth("descriptor memory layers", self.layers, 2, 64)?;
        depth("frame memory words", self.frame_words, 2, 1 << 16)?;
        depth("accumulator pixels", self.accumulator_pixels, 2, 1 << 16)?;
        depth("segment accumulator pixels", self.segment_accumulator_pixels, 2, 1 << 16)?;
        depth("line buffer pixels", self.line_pixels, 4, 1 << 12)?;
        depth("pool buffer pixels", self.pool_pixels, 2, 1 << 12)
    }
}
