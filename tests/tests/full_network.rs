//! SqueezeNet v1.1 with 16 columns: whole photographs, every byte of every layer.
//!
//! The shipped photographs and 20 of the test data, and at most 189,000 cycles a frame.

use contract::engine::EngineConfig;
use hdl::target::Target;
use net::model_file::Model;
use net::{assets, compiler, fast};
use sim::engine::{Options, SimulatedEngine};
use sim::measure::{Measurement, Plan};
use sim::session::Session;
use std::path::PathBuf;
use test_support::data::data;

/// 80 % of 2,560 multiply-accumulates a cycle.
const MOST_CYCLES: f64 = 189_000.0;

fn classify(images: &[(String, ndarray::Array3<u8>)]) {
    let model = Model::default_model();
    let config = EngineConfig::standard(16);
    let program = compiler::compile(&model.network, &config).unwrap_or_else(|e| panic!("{e}"));
    let fast = fast::FastNetwork::new(&model.network).unwrap_or_else(|e| panic!("{e}"));
    let engine = SimulatedEngine::build(&hdl::generate(&config), Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    let mut session = Session::load(engine, &program).unwrap_or_else(|e| panic!("{e}"));
    for (name, image) in images {
        // the fast path's trace equals the reference's (net/tests/fast_equals_reference.rs)
        let expected = fast.trace(image.view()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let plan = Plan { image: image.view(), expected: &expected, frames: 2 };
        let measured = Measurement::take(&mut session, &program, plan, &mut |_| {}).unwrap_or_else(|e| panic!("{name}: {e}"));
        let cycles = measured.cycles_per_frame();
        let predicted = program.cycles(hdl::weight_cycles(&config, &Target::default())).period;
        assert_eq!(cycles, predicted as f64, "{name}: cycles a frame, and what the compiler says");
        let report = measured.report("v1.1".into(), 16, 250.0, vec![], predicted);
        assert!(report.identical(), "{name}:\n{report}");
        assert!(cycles <= MOST_CYCLES, "{name}: {cycles} cycles a frame");
        println!("{name}: identical, {cycles} cycles a frame");
    }
}

#[test]
fn shipped_photographs() {
    let model = Model::default_model();
    let images: Vec<_> = assets::PHOTOGRAPHS.iter().map(|p| (p.name.to_string(), model.input(p))).collect();
    classify(&images);
}

#[test]
fn twenty_photographs_of_the_test_data() {
    let Some(data) = data("") else { return };
    let labels = std::fs::read_to_string(data.join("images/labels.csv")).unwrap_or_else(|e| panic!("{e}"));
    let files: Vec<PathBuf> = labels.lines().skip(1).filter_map(|l| l.split(',').next()).map(|f| data.join("images").join(f)).collect();
    let model = Model::default_model();
    // spread over both pools
    let images: Vec<_> = (0..20)
        .map(|i| &files[i * files.len() / 20])
        .map(|path| (path.display().to_string(), model.load_image(path).unwrap_or_else(|e| panic!("{e}"))))
        .collect();
    classify(&images);
}
