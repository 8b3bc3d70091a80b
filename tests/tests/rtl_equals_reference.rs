//! The simulated engine against the integer reference: every byte of every layer of random networks.
//!
//! Many run in strips of every height (the test sees that it met one-row strips, uneven ones and pools over strips),
//! classifiers in strips, padded and not; every layer that is traced, the signatures of all layers, all sums, frames
//! back to back; one program after the other in one engine.

use ember_tests::{compile_in_strips, small_engine};
use ndarray::ArrayView3;
use net::layout::{Classifier, Layout, Stem};
use net::model::Network;
use net::{compiler, reference};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sim::engine::{Options, SimulatedEngine};
use sim::session::Session;
use test_support::random::{self, Limits};

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

/// Layers of several passes by what strips did to them, so that a test sees that it met them all.
#[derive(Debug, Default)]
struct Strips {
    none: usize,
    several: usize,
    of_one_row: usize,
    uneven: usize,
    pooled: usize,
    padded: usize,
}

impl Strips {
    fn count(&mut self, program: &compiler::Program) {
        for plan in program.layers.iter().filter(|l| l.passes > 1) {
            let striped = plan.strips() > 1;
            self.none += usize::from(!striped);
            self.several += usize::from(striped);
            self.of_one_row += usize::from(striped && plan.strip_rows == 1);
            self.uneven += usize::from(striped && plan.layer.conv_height % plan.strip_rows > 0);
            self.pooled += usize::from(striped && plan.layer.pool);
            self.padded += usize::from(striped && plan.padded);
        }
    }

    /// Whether random networks brought each up; padded classifiers have a test of their own.
    fn met_all(&self) -> bool {
        [self.none, self.several, self.of_one_row, self.uneven, self.pooled].iter().all(|&n| n >= 3)
    }
}

fn random_networks(columns: usize, seeds: std::ops::Range<u64>) -> Strips {
    run(columns, seeds, |seed| random::layout(seed, Limits::default()))
}

/// A layout whose classifier takes several passes however it runs: more than 128 channels.
fn wide_classifier(seed: u64) -> Layout {
    let mut rng = StdRng::seed_from_u64(seed);
    Layout {
        name: format!("classifier-{seed}"),
        height: rng.random_range(7..=29),
        width: rng.random_range(7..=29),
        stem: Stem { kernel: 3, channels: rng.random_range(129..=260), pool: rng.random_bool(0.5) },
        fires: vec![],
        classifier: Classifier { classes: rng.random_range(2..=60), padding: usize::from(rng.random_bool(0.8)) },
        floor_pools: false,
    }
}

fn run(columns: usize, seeds: std::ops::Range<u64>, layout: impl Fn(u64) -> Layout) -> Strips {
    let config = small_engine(columns);
    let verilog = hdl::generate(&config);
    let mut strips = Strips::default();
    for seed in seeds {
        let layout = layout(seed);
        println!("columns {columns}, seed {seed}: {layout:?}");
        let network = if seed % 2 == 0 { random::network(&layout, seed) } else { random::ordinary_network(&layout, seed) };
        let program = compile_in_strips(&network, &config, seed);
        strips.count(&program);
        let mut engine = SimulatedEngine::build(&verilog, Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
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
    println!("columns {columns}: layers of several passes: {strips:?}");
    strips
}

#[test]
fn random_networks_on_4_columns() {
    assert!(random_networks(4, 0..110).met_all());
}

#[test]
fn random_networks_on_8_columns() {
    assert!(random_networks(8, 200..310).met_all());
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
fn classifiers_in_strips() {
    for columns in [4, 8] {
        let strips = run(columns, 600..625, wide_classifier);
        assert!(strips.padded >= 8 && strips.several > strips.padded, "{strips:?}");
    }
}

#[test]
fn one_engine_runs_one_program_after_the_other() {
    let config = small_engine(4);
    let verilog = hdl::generate(&config);
    let networks: Vec<Network> = (500..504).map(|seed| random::network(&random::layout(seed, Limits::default()), seed)).collect();
    let programs: Vec<_> = networks.iter().map(|n| compiler::compile(n, &config).unwrap_or_else(|e| panic!("{e}"))).collect();
    let mut engine = SimulatedEngine::build(&verilog, Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    for (network, program) in networks.iter().zip(&programs) {
        let mut session = Session::load(engine, program).unwrap_or_else(|e| panic!("{e}"));
        let image = random::image(&network.layout, 9);
        compare(&mut session, program, network, image.view(), &network.layout.name);
        engine = session.into_engine();
    }
}
