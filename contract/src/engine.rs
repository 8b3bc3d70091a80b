//! What a generated engine can hold: columns and memory depths. The generator, the compiler and the
//! host agree on this one description.

pub use crate::parameters::{ConfigError, EngineConfig};

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
/// Columns of an engine that is for no board, unless something else is asked for.
pub const STANDARD_COLUMNS: usize = 16;
