//! Every layout on one engine: the same Verilog, the same simulation, only the program changes. A whole
//! photograph each, every byte of every layer.
//!
//! v1.0 at 227 and 224, v1.1 at 227 and 224, the article's layout and ten classes, with 16 columns; at most 395,000
//! cycles a frame for v1.0 at 227, 189,000 for v1.1. v1.0's weights are those of the test data, without it random;
//! the test prints which.

use contract::engine::EngineConfig;
use ember_tests::layouts::{v1_0, Case};
use hdl::target::Target;
use net::{compiler, fast};
use sim::engine::{Options, SimulatedEngine};
use sim::measure::{Measurement, Plan};
use sim::session::Session;
use test_support::data::data;

/// Most cycles a frame with 16 columns: 85 % of 2,560 multiply-accumulates a cycle for v1.0, 80 % for v1.1.
const MOST_CYCLES: [(&str, f64); 2] = [("v1.0@227", 395_000.0), ("v1.1@227", 189_000.0)];

#[test]
fn every_layout_on_one_engine() {
    let data = data("");
    let real = data.as_deref().and_then(v1_0);
    let config = EngineConfig::standard(16);
    let mut engine = SimulatedEngine::build(&hdl::generate(&config), Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    for case in Case::all(real.as_ref()) {
        let name = case.name;
        let program = compiler::compile(&case.network, &config).unwrap_or_else(|e| panic!("{name}: {e}"));
        let image = case.photograph();
        // the fast path's trace equals the reference's (net/tests/fast_equals_reference.rs, tests/reference_results.rs)
        let expected = fast::FastNetwork::new(&case.network).and_then(|f| f.trace(image.view())).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(program.layers.iter().all(|l| l.written), "{name}: every layer of a standard engine can be traced");
        let mut session = Session::load(engine, &program).unwrap_or_else(|e| panic!("{name}: {e}"));
        let plan = Plan { image: image.view(), expected: &expected, frames: 2 };
        let measured = Measurement::take(&mut session, &program, plan, &mut |_| {}).unwrap_or_else(|e| panic!("{name}: {e}"));
        let cycles = measured.cycles_per_frame();
        let predicted = program.cycles(hdl::weight_cycles(&config, &Target::default())).period;
        assert_eq!(cycles, predicted as f64, "{name}: cycles a frame, and what the compiler says");
        let report = measured.report(name.into(), config.columns, 250.0, vec![], predicted);
        assert!(report.identical(), "{name}:\n{report}");
        let ideal = report.ideal_cycles_per_frame;
        let share = 100.0 * report.utilisation;
        println!("{name}: identical, {cycles} cycles a frame ({ideal} ideal), {share:.1} % of the array; weights: {}", case.weights);
        if let Some((_, most)) = MOST_CYCLES.iter().find(|m| m.0 == name) {
            assert!(cycles <= *most, "{name}: {cycles} cycles a frame, at most {most} wanted");
        }
        engine = session.into_engine();
    }
}
