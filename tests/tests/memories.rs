//! Engines with memories cut and styled as for a board, and with fewer bits a weight: every byte of every
//! layer is the reference's, in the same cycles but for what short passes wait for weights out of a longer chain.
//!
//! `--ignored`: v1.1 on the xc7k325t's engine.

use contract::engine::EngineConfig;
use ember_tests::small_engine;
use hdl::target::{MemoryStyle, MemoryStyles, Target};
use net::model::Network;
use net::model_file::Model;
use net::{assets, compiler, fast};
use sim::engine::{Options, SimulatedEngine};
use sim::measure::{Measurement, Plan};
use sim::session::Session;
use test_support::random::{self, Limits};

fn styled(weights: MemoryStyle, frame: MemoryStyle) -> Target {
    use MemoryStyle::{Block, Distributed};
    let memory = MemoryStyles {
        weights,
        activations: Block,
        squeeze: Block,
        frame,
        accumulators: Block,
        segment_accumulators: Distributed,
        table: Block,
        descriptors: Distributed,
        lines: Distributed,
        pool: Distributed,
        sums: Block,
    };
    Target { memory, ..Target::default() }
}

/// Cycles of a frame in steady state; every layer's bytes, signatures and sums are the fast path's, which
/// are the reference's (`net/tests/fast_equals_reference.rs`).
fn run(network: &Network, image: &ndarray::Array3<u8>, config: &EngineConfig, target: &Target, label: &str) -> f64 {
    let program = compiler::compile(network, config).unwrap_or_else(|e| panic!("{label}: {e}"));
    let fast = fast::FastNetwork::new(network).unwrap_or_else(|e| panic!("{label}: {e}"));
    let expected = fast.trace(image.view()).unwrap_or_else(|e| panic!("{label}: {e}"));
    let engine =
        SimulatedEngine::build(&hdl::generate_for(config, target), Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    let mut session = Session::load(engine, &program).unwrap_or_else(|e| panic!("{label}: {e}"));
    let plan = Plan { image: image.view(), expected: &expected, frames: 2 };
    let measured = Measurement::take(&mut session, &program, plan, &mut |_| {}).unwrap_or_else(|e| panic!("{label}: {e}"));
    let cycles = measured.cycles_per_frame();
    let predicted = program.cycles(hdl::weight_cycles(config, target)).period;
    let report = measured.report(label.into(), config.columns, 250.0, vec![], predicted);
    assert!(report.identical(), "{label}:\n{report}");
    assert_eq!(cycles, predicted as f64, "{label}: cycles a frame, and what the compiler says");
    cycles
}

/// `bits` bits of every weight, the sign among them.
fn narrow(mut network: Network, bits: u32) -> Network {
    let fires = network.fires.iter_mut().flat_map(|f| [&mut f.squeeze, &mut f.expand1, &mut f.expand3]);
    for conv in fires.chain([&mut network.stem, &mut network.classifier]) {
        conv.weights.mapv_inplace(|w| w >> (8 - bits));
    }
    network
}

#[test]
fn narrow_weights_and_cut_memories_change_nothing() {
    // depths a little above a tile
    let config = EngineConfig { activation_rows: 1030, squeeze_rows: 2060, weight_bits: 6, ..small_engine(8) };
    let auto = Target::default();
    let targets = [styled(MemoryStyle::Block, MemoryStyle::Distributed), styled(MemoryStyle::Ultra, MemoryStyle::Block)];
    for seed in 700..704 {
        let network = narrow(random::network(&random::layout(seed, Limits::default()), seed), 6);
        let image = random::image(&network.layout, seed);
        let cycles = run(&network, &image, &config, &auto, &format!("seed {seed}, auto"));
        let program = compiler::compile(&network, &config).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let passes: usize = program.layers.iter().map(|l| l.blocks * l.passes * l.strips()).sum();
        for target in &targets {
            let longer = hdl::weight_cycles(&config, target) - hdl::weight_cycles(&config, &auto);
            let waits = run(&network, &image, &config, target, &format!("seed {seed}, {target:?}")) - cycles;
            assert!((0.0..=(longer * passes) as f64).contains(&waits), "seed {seed}: {waits} cycles more, {passes} passes of {longer}");
        }
    }
}

/// v1.1 with eight columns as docs/memory.md has it for the xc7k325t: minutes.
/// `cargo test --release --workspace --test memories -- --ignored --nocapture v1_1`
#[test]
#[ignore = "builds and runs a whole engine"]
fn v1_1_in_the_memories_of_the_xc7k325t() {
    let model = Model::default_model();
    let config = EngineConfig {
        weight_words: 78_720,
        squeeze_rows: 3136,
        table_entries: 3984,
        frame_words: 3306,
        accumulator_pixels: 512,
        line_pixels: 64,
        ..EngineConfig::standard(8)
    };
    let image = model.input(&assets::PHOTOGRAPHS[0]);
    let target = styled(MemoryStyle::Block, MemoryStyle::Distributed);
    let cycles = run(&model.network, &image, &config, &target, "v1.1, xc7k325t");
    println!("{cycles} cycles a frame");
    let narrow = narrow(model.network.clone(), 6);
    let config = EngineConfig { weight_bits: 6, ..config };
    assert_eq!(run(&narrow, &image, &config, &target, "v1.1, xc7a200t"), cycles);
}
