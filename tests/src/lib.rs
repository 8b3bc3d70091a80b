//! What the cross-crate tests share: small engines, and every layout with weights.

pub mod layouts;

use contract::engine::EngineConfig;

/// An engine small enough to build and simulate quickly, large enough for the random networks of
/// [`test_support::random`] with its standard limits. Its accumulators hold few pixels, so that many maps that need
/// several passes run in strips.
pub fn small_engine(columns: usize) -> EngineConfig {
    EngineConfig {
        columns,
        activation_rows: 1024,
        squeeze_rows: 2048,
        weight_words: 32768,
        table_entries: 4096,
        layers: 16,
        frame_words: 128,
        accumulator_pixels: 64,
        segment_accumulator_pixels: 40,
        line_pixels: 128,
        pool_pixels: 16,
        ..EngineConfig::standard(columns)
    }
}
