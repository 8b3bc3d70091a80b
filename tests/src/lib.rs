//! What the cross-crate tests share: small engines, and every layout with weights.

pub mod layouts;

use contract::engine::EngineConfig;
use net::compiler;
use net::model::Network;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

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

/// Compiles for the accumulators of `config` or, three times in four, for one to three rows of the widest map
/// that needs them: strips of every height.
///
/// # Panics
/// `config` does not hold the network.
pub fn compile_in_strips(network: &Network, config: &EngineConfig, seed: u64) -> compiler::Program {
    let compile = |config: &EngineConfig| compiler::compile(network, config).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    let mut program = compile(config);
    let widths = program.layers.iter().filter(|l| l.passes > 1).map(|l| l.layer.conv_width);
    let mut rng = StdRng::seed_from_u64(seed);
    if let Some(widest) = widths.max().filter(|_| rng.random_ratio(3, 4)) {
        let accumulators = widest * rng.random_range(1..=3) + rng.random_range(0..widest);
        let fewer = EngineConfig {
            accumulator_pixels: accumulators.clamp(2, config.accumulator_pixels),
            segment_accumulator_pixels: rng.random_range(2..=config.segment_accumulator_pixels),
            ..*config
        };
        program = compile(&fewer);
        program.config = *config;
    }
    program
}
