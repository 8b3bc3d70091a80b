//! The compiler's cycles are the engine's: of every layer, every frame, and from frame to frame, with no difference.
//!
//! Random networks, in strips of every height, on engines of 4 to 32 columns in all forms of the multipliers, with weight memories of both lengths, five frames back to back: each result's cycles, the
//! last one's layers (all, busy, waiting), and the cycles between the last two results. `thousand` is the long form.

use contract::engine::EngineConfig;
use ember_tests::{compile_in_strips, small_engine};
use hdl::target::{DspForm, MemoryStyle, Target};
use net::compiler::FrameCycles;
use sim::engine::{Options, SimulatedEngine};
use sim::session::Session;
use std::ops::Range;
use test_support::random::{self, Limits};

/// Enough for the first layers' waiting to be as in any later frame; the test sees that it is.
const FRAMES: usize = 5;

/// What a test met.
#[derive(Debug, Default)]
struct Met {
    networks: usize,
    layers: usize,
    stalled: usize,
    striped: usize,
    /// Frames that waited for their beats, and classifiers that waited for the result before.
    late_frames: usize,
    late_results: usize,
}

fn hold(config: &EngineConfig, target: &Target, seeds: Range<u64>) -> Met {
    let verilog = hdl::generate_for(config, target);
    let (columns, mut met) = (config.columns, Met::default());
    let mut engine = SimulatedEngine::build(&verilog, Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    for seed in seeds {
        let layout = random::layout(seed, Limits::default());
        let label = format!("columns {columns}, {:?}, seed {seed}: {layout:?}", target.dsp);
        let network = random::network(&layout, seed);
        let program = compile_in_strips(&network, config, seed);
        let mut session = Session::load(engine, &program).unwrap_or_else(|e| panic!("{label}: {e}"));
        // the first frame finds its weights and entries there, however small it is
        session.engine().advance(1000).unwrap_or_else(|e| panic!("{label}: {e}"));
        let image = random::image(&layout, seed);
        let results = session.run(&vec![image.view(); FRAMES]).unwrap_or_else(|e| panic!("{label}: {e}"));
        let statistics = session.statistics().unwrap_or_else(|e| panic!("{label}: {e}"));
        engine = session.into_engine();

        let frames: Vec<FrameCycles> = program.frames(hdl::weight_cycles(config, target)).take(FRAMES).collect();
        for (i, (frame, result)) in frames.iter().zip(&results).enumerate() {
            assert_eq!(frame.cycles, u64::from(result.cycles), "{label}: cycles of frame {i}");
        }
        let last = &frames[FRAMES - 1];
        for (i, (layer, counted)) in last.layers.iter().zip(&statistics).enumerate() {
            let counted = (counted.cycles.into(), counted.busy.into(), counted.stalled_on_weights.into());
            assert_eq!(
                (layer.cycles, layer.busy, layer.stalled),
                counted,
                "{label}: cycles, busy, stalled of {}",
                program.layers[i].layer.name
            );
        }
        assert_eq!(*last, frames[FRAMES - 2], "{label}: not as in any later frame yet");
        assert_eq!(*last, program.cycles(hdl::weight_cycles(config, target)), "{label}");
        let between = results[FRAMES - 1].received_in - results[FRAMES - 2].received_in;
        assert_eq!(last.period, between, "{label}: cycles between results");

        met.networks += 1;
        met.layers += last.layers.len();
        met.stalled += last.layers.iter().filter(|layer| layer.stalled > 0).count();
        met.striped += program.layers.iter().filter(|plan| plan.strips() > 1).count();
        met.late_frames += usize::from(last.waits_for_frame > 0);
        met.late_results += usize::from(last.waits_for_result > 0);
    }
    println!("columns {columns}, {:?}: {met:?}", target.dsp);
    met
}

#[test]
fn networks_on_4_columns() {
    let met = hold(&small_engine(4), &Target::default(), 1000..1100);
    assert!(met.stalled > 100 && met.striped > 10 && met.late_frames > 2 && met.late_results > 0, "{met:?}");
}

#[test]
fn networks_on_8_columns() {
    hold(&small_engine(8), &Target::default(), 1100..1160);
}

#[test]
fn networks_on_16_and_32_columns() {
    hold(&small_engine(16), &Target::default(), 1200..1215);
    hold(&small_engine(32), &Target::default(), 1300..1308);
}

#[test]
fn other_multipliers_and_a_longer_weight_memory() {
    for (dsp, seeds) in [(DspForm::Dsp48e1, 1400..1430), (DspForm::Dsp48e2, 1450..1480)] {
        hold(&small_engine(4), &Target { dsp, ..Target::default() }, seeds);
    }
    let mut target = Target::default();
    target.memory.weights = MemoryStyle::Block;
    let [short, long] = [Target::default(), target].map(|target| hdl::weight_cycles(&small_engine(4), &target));
    assert!(long > short, "chains of {short} and {long}");
    hold(&small_engine(4), &target, 1500..1530);
}

/// Tens of minutes: `cargo test --release --workspace --test cycle_contract -- --ignored --nocapture`; the last line says what was met.
#[test]
#[ignore = "1,000 networks: tens of minutes"]
fn thousand() {
    let forms = [DspForm::Single, DspForm::Dsp48e1, DspForm::Dsp48e2];
    let mut met = 0;
    for (i, (columns, count)) in [(4, 200), (8, 100), (16, 30), (32, 4)].into_iter().enumerate() {
        for (j, dsp) in forms.into_iter().enumerate() {
            let first = 10_000 * (i as u64 + 1) + 1_000 * j as u64;
            met += hold(&small_engine(columns), &Target { dsp, ..Target::default() }, first..first + count).networks;
        }
    }
    println!("{met} networks");
    assert!(met >= 1000, "{met} networks");
}
