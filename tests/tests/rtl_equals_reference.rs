//! The simulated engine against the integer reference: every byte of every layer.

use ndarray::ArrayView3;
use net::engine::EngineConfig;
use net::model::Network;
use net::random::{self, Limits};
use net::{compiler, reference};
use sim::engine::{Engine, Options};
use sim::program::Program as _;
use sim::session::Session;

/// Small enough to build and simulate quickly, large enough for every random network of [`LIMITS`].
fn small_engine(columns: usize) -> EngineConfig {
    EngineConfig {
        columns,
        activation_rows: 1024,
        squeeze_rows: 2048,
        weight_words: 32768,
        table_entries: 4096,
        layers: 16,
        frame_words: 128,
        accumulator_pixels: 512,
        segment_accumulator_pixels: 256,
        line_pixels: 32,
        pool_pixels: 16,
    }
}

const LIMITS: Limits = Limits { side: 40, fires: 3, channels: 70, classes: 90 };

fn compare(session: &mut Session<compiler::Program>, program: &compiler::Program, network: &Network, image: ArrayView3<u8>, label: &str) {
    let expected = reference::run(network, image).expect("a random network is sound");
    let frame = session.run_traced(image).unwrap_or_else(|e| panic!("{label}: {e}"));
    for (i, layer) in expected.layers.iter().enumerate() {
        let Some(rows) = frame.rows.get(&i) else { continue };
        let got = program.tensor(i, rows).unwrap_or_else(|| panic!("{label}: {} has {} bytes of rows", layer.name, rows.len()));
        let wrong = ndarray::Zip::from(&got).and(layer.output()).fold(0, |n, a, b| n + usize::from(a != b));
        if wrong > 0 {
            let (at, want) = layer.output().indexed_iter().find(|(at, want)| got[*at] != **want).expect("one differs");
            panic!("{label}: {} differs in {wrong} of {} bytes, first at {at:?}: expected {want}, got {}", layer.name, got.len(), got[at]);
        }
    }
    assert_eq!(frame.result.sums, expected.sums, "{label}: sums");
}

fn random_networks(columns: usize, seeds: std::ops::Range<u64>) {
    let config = small_engine(columns);
    let verilog = hdl::generate(&config);
    let mut ran = 0;
    for seed in seeds {
        let layout = random::layout(seed, LIMITS);
        let network = if seed % 2 == 0 { random::network(&layout, seed) } else { random::ordinary_network(&layout, seed) };
        let program = compiler::compile(&network, &config).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let mut engine = Engine::build(&verilog, Options::default(), &mut |_| {}).expect("the engine builds");
        engine.set_stalls((seed % 3 == 0).then_some(seed));
        println!("columns {columns}, seed {seed}: {layout:?}");
        let mut session = Session::load(engine, &program).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        compare(&mut session, &program, &network, random::image(&layout, seed).view(), &format!("columns {columns}, seed {seed}"));
        ran += 1;
    }
    println!("{ran} networks, {columns} columns: identical");
}

#[test]
fn random_networks_on_4_columns() {
    random_networks(4, 0..110);
}

#[test]
fn random_networks_on_8_columns() {
    random_networks(8, 200..310);
}
