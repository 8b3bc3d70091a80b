//! Every form of the multipliers gives the same bytes in the same cycles: small engines of each, network by
//! network, against the single form and the reference.
//!
//! `dsp48e1` and `dsp48e2` with 4 and 8 columns: trace bytes, sums and statistics, traced and back to back.

use contract::engine::EngineConfig;
use ember_tests::small_engine;
use hdl::target::{DspForm, Target};
use net::model::Network;
use net::{compiler, reference};
use sim::engine::{Options, SimulatedEngine};
use sim::session::{LayerStatistics, Session, TracedFrame};
use test_support::random::{self, Limits};

/// Everything that can be seen of a traced frame and of three frames back to back.
#[derive(Debug, PartialEq)]
struct Seen {
    traced: TracedFrame,
    statistics: Vec<LayerStatistics>,
    /// Sums, cycles and the cycle in which the result came.
    results: Vec<(Vec<u32>, u32, u64)>,
}

fn run(config: &EngineConfig, dsp: DspForm, network: &Network, program: &compiler::Program, seed: u64) -> Seen {
    let verilog = hdl::generate_for(config, &Target { dsp, ..Target::default() });
    let mut engine = SimulatedEngine::build(&verilog, Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{dsp:?}: {e}"));
    engine.set_stalls(seed.is_multiple_of(3).then_some(seed));
    let mut session = Session::load(engine, program).unwrap_or_else(|e| panic!("{dsp:?}, seed {seed}: {e}"));
    let images: Vec<_> = (0..3).map(|i| random::image(&network.layout, seed + i)).collect();
    let traced = session.run_traced(images[0].view()).unwrap_or_else(|e| panic!("{dsp:?}, seed {seed}: {e}"));
    let statistics = session.statistics().unwrap_or_else(|e| panic!("{dsp:?}, seed {seed}: {e}"));
    let views: Vec<_> = images.iter().map(|i| i.view()).collect();
    let results = session.run(&views).unwrap_or_else(|e| panic!("{dsp:?}, seed {seed}: {e}"));
    Seen { traced, statistics, results: results.into_iter().map(|r| (r.sums, r.cycles, r.received_in)).collect() }
}

/// Runs `seeds` on all forms; returns the cycles that layers waited for weights: tiles that follow each other
/// as closely as the weight loader can bring them.
fn forms(columns: usize, seeds: std::ops::Range<u64>) -> u64 {
    let config = small_engine(columns);
    let mut waited = 0;
    for seed in seeds {
        let layout = random::layout(seed, Limits::default());
        println!("columns {columns}, seed {seed}: {layout:?}");
        let network = if seed % 2 == 0 { random::network(&layout, seed) } else { random::ordinary_network(&layout, seed) };
        let program = compiler::compile(&network, &config).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let single = run(&config, DspForm::Single, &network, &program, seed);
        for (i, (sums, ..)) in single.results.iter().enumerate() {
            let image = random::image(&layout, seed + i as u64);
            assert_eq!(*sums, reference::run(&network, image.view()).expect("a random network is sound").sums, "seed {seed}");
        }
        waited += single.statistics.iter().map(|s| u64::from(s.stalled_on_weights)).sum::<u64>();
        for dsp in [DspForm::Dsp48e1, DspForm::Dsp48e2] {
            assert!(
                run(&config, dsp, &network, &program, seed) == single,
                "{columns} columns, seed {seed}: {dsp:?} differs from the single form"
            );
        }
    }
    println!("columns {columns}: {waited} cycles of waiting for weights");
    waited
}

#[test]
fn with_4_columns() {
    assert!(forms(4, 700..712) > 0);
}

#[test]
fn with_8_columns() {
    assert!(forms(8, 740..744) > 0);
}
