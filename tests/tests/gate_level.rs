//! The netlist that Yosys makes of an engine, simulated with the models of its cell library, against the integer
//! reference: all sums, every layer's signature, and the same cycles as the Verilog before synthesis.
//!
//! Block RAMs have no open model, so memories in them stay as they were written; DSP48E1, look-up tables, carries,
//! flip-flops, shift registers and distributed RAM are the library's. There is no open model of a DSP48E2, hence no such
//! test for UltraScale. Skipped, with a message, where there is no Yosys.

use ember_tests::small_engine;
use hdl::board::file::Family;
use hdl::synth::design::Form;
use hdl::synth::gates;
use hdl::synth::report::Subject;
use hdl::synth::run::Synthesiser;
use hdl::target::{DspForm, Target};
use net::{compiler, reference};
use sim::engine::{Options, SimulatedEngine};
use sim::session::Session;
use sim::verilator::Builder;
use test_support::random::{self, Limits};

/// Networks that are run.
const SEEDS: std::ops::Range<u64> = 0..3;

#[test]
fn the_netlist_for_7_series_computes_what_the_reference_does() {
    let synthesiser = match Synthesiser::from_environment() {
        Ok(synthesiser) => synthesiser,
        Err(e) => return eprintln!("SKIPPED: {e}"),
    };
    let config = small_engine(4);
    let subject = Subject::engine(&config, &Target { dsp: DspForm::Dsp48e1, ..Target::default() }, Family::Series7);
    let synthesis = synthesiser.run(&subject.design, Form::Modules, &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    let (verilog, shared) = gates::verilog(&synthesiser, &subject.design, &synthesis, &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    assert!(verilog.len() > 1_000_000 && !verilog.contains("DSP48E1 "), "the cells are drawn in");

    let design = sim::engine::design_of_gates(verilog, &shared);
    let builder = Builder::from_environment().unwrap_or_else(|e| panic!("{e}"));
    let build = builder.build(&design, &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    let before = hdl::generate(&config);
    for seed in SEEDS {
        let layout = random::layout(seed, Limits::default());
        println!("seed {seed}: {layout:?}");
        let network = random::network(&layout, seed);
        let program = compiler::compile(&network, &config).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let image = random::image(&layout, seed);
        let expected = reference::run(&network, image.view()).expect("a random network is sound");
        let run = |engine: SimulatedEngine| {
            let mut session = Session::load(engine, &program).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            let frame = session.run(&[image.view()]).unwrap_or_else(|e| panic!("seed {seed}: {e}")).remove(0);
            let statistics = session.statistics().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            (frame, statistics)
        };
        let (gates, layers) = run(SimulatedEngine::load(&design, &build).unwrap_or_else(|e| panic!("{e}")));
        assert_eq!(gates.sums, expected.sums, "seed {seed}: sums");
        for (i, layer) in expected.layers.iter().enumerate() {
            assert_eq!(layers[i].signature, program.signature(i, layer.output().view()), "seed {seed}: {}", layer.name);
        }
        let (source, source_layers) =
            run(SimulatedEngine::build(&before, Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}")));
        assert_eq!((gates, layers), (source, source_layers), "seed {seed}: cycles and statistics before and after synthesis");
    }
}
