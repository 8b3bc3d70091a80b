//! One photograph on the simulated engine: `cargo run --release -p sim --example one_frame`. The first run builds the engine
//! with Verilator (half a minute); then it comes from the cache.

use contract::engine::EngineConfig;
use net::assets::PHOTOGRAPHS;
use net::model_file::Model;
use sim::engine::{Options, SimulatedEngine};
use sim::session::Session;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let model = Model::default_model();
    let config = EngineConfig::standard(4);
    let engine = SimulatedEngine::build(&hdl::generate(&config), Options::default(), &mut |_| eprint!("."))?;
    let program = net::compiler::compile(&model.network, &config)?;
    let mut session = Session::load(engine, &program)?;

    let image = model.input(&PHOTOGRAPHS[0]);
    let result = session.run(&[image.view()])?.pop().ok_or("no result")?;
    println!("{} in {} cycles:", PHOTOGRAPHS[0].name, result.cycles);
    for prediction in model.top(&result.sums, 3) {
        println!("  {:.3} {}", prediction.probability, prediction.name);
    }
    // what took longest, by the engine's own counters
    let statistics = session.statistics()?;
    let slowest = program.layers.iter().zip(&statistics).max_by_key(|(_, layer)| layer.cycles).ok_or("no layer")?;
    println!("slowest layer: {}, {} cycles", slowest.0.layer.name, slowest.1.cycles);
    Ok(())
}
