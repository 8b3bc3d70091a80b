//! The simulated engine against the integer reference: every byte of every layer of random networks.

use ember_tests::small_engine;
use ndarray::ArrayView3;
use net::model::Network;
use net::random::{self, Limits};
use net::{compiler, reference};
use sim::engine::{Engine, Options};
use sim::session::Session;

fn compare(session: &mut Session<compiler::Program>, program: &compiler::Program, network: &Network, image: ArrayView3<u8>, label: &str) {
    let expected = reference::run(network, image).expect("a random network is sound");
    let frame = session.run_traced(image).unwrap_or_else(|e| panic!("{label}: {e}"));
    assert_eq!(frame.problems, Vec::<String>::new(), "{label}");
    let statistics = session.statistics().unwrap_or_else(|e| panic!("{label}: {e}"));
    for (i, layer) in expected.layers.iter().enumerate() {
        let signature = compiler::Program::signature(program, i, layer.output().view());
        assert_eq!(statistics[i].signature, signature, "{label}: signature of {}", layer.name);
        // a classifier without room for its trace is held by its signature and its sums
        let Some(rows) = frame.rows.get(&i) else {
            assert_eq!(layer.name, "conv10", "{label}: {} was not traced", layer.name);
            continue;
        };
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
    for seed in seeds {
        let layout = random::layout(seed, Limits::default());
        println!("columns {columns}, seed {seed}: {layout:?}");
        let network = if seed % 2 == 0 { random::network(&layout, seed) } else { random::ordinary_network(&layout, seed) };
        let program = compiler::compile(&network, &config).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let mut engine = Engine::build(&verilog, Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
        engine.set_stalls((seed % 3 == 0).then_some(seed));
        let mut session = Session::load(engine, &program).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let label = format!("columns {columns}, seed {seed}");
        compare(&mut session, &program, &network, random::image(&layout, seed).view(), &label);
        // frames back to back, without traces between the layers
        let (a, b) = (random::image(&layout, seed + 1), random::image(&layout, seed + 2));
        let results = session.run(&[a.view(), b.view(), a.view()]).unwrap_or_else(|e| panic!("{label}: {e}"));
        for (image, result) in [&a, &b, &a].into_iter().zip(&results) {
            let expected = reference::run(&network, image.view()).expect("a random network is sound");
            assert_eq!(result.sums, expected.sums, "{label}: back to back");
        }
    }
}

#[test]
fn random_networks_on_4_columns() {
    random_networks(4, 0..110);
}

#[test]
fn random_networks_on_8_columns() {
    random_networks(8, 200..310);
}

#[test]
fn random_networks_on_16_columns() {
    random_networks(16, 400..420);
}

#[test]
fn random_networks_on_32_columns() {
    random_networks(32, 450..470);
}

#[test]
fn one_engine_runs_one_program_after_the_other() {
    let config = small_engine(4);
    let verilog = hdl::generate(&config);
    let networks: Vec<Network> = (500..504).map(|seed| random::network(&random::layout(seed, Limits::default()), seed)).collect();
    let programs: Vec<_> = networks.iter().map(|n| compiler::compile(n, &config).unwrap_or_else(|e| panic!("{e}"))).collect();
    let mut engine = Engine::build(&verilog, Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    for (network, program) in networks.iter().zip(&programs) {
        let mut session = Session::load(engine, program).unwrap_or_else(|e| panic!("{e}"));
        let image = random::image(&network.layout, 9);
        compare(&mut session, program, network, image.view(), &network.layout.name);
        engine = session.into_engine();
    }
}
