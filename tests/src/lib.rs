//! What the cross-crate tests share: small engines, every layout with weights, and the data folder.

pub mod layouts;

use net::engine::EngineConfig;
use std::path::PathBuf;

/// An engine small enough to build and simulate quickly, large enough for the random networks of
/// [`net::random`] with its standard limits. Its accumulators hold few pixels, so that many maps that need
/// several passes run in strips.
pub fn small_engine(columns: usize) -> EngineConfig {
    EngineConfig {
        columns,
        activation_rows: 1024,
        squeeze_rows: 2048,
        weight_words: 32768,
        weight_bits: 8,
        table_entries: 4096,
        layers: 16,
        frame_words: 128,
        accumulator_pixels: 64,
        segment_accumulator_pixels: 40,
        line_pixels: 128,
        pool_pixels: 16,
    }
}

/// `EMBER_DATA`, or `../shared/data` beside the workspace; `None` (with a message) when it is absent.
pub fn data_folder() -> Option<PathBuf> {
    let folder =
        std::env::var_os("EMBER_DATA").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    if folder.join("images/labels.csv").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: {} holds no images/labels.csv; set EMBER_DATA to the test data to run this", folder.display());
    None
}
