//! A photograph through the simulated engine, from Rust: `cargo run --release --example photograph -- cat.jpg` prints the five likeliest
//! classes and where the cycles went. The first run builds the engine, 4 columns, under Verilator.

use contract::engine::EngineConfig;
use net::{compiler, model_file::Model};
use sim::engine::{design, Options, SimulatedEngine};
use sim::session::Session;
use sim::verilator::Builder;

fn main() -> anyhow::Result<()> {
    let model = Model::default_model();
    let image = match std::env::args_os().nth(1) {
        Some(path) => model.load_image(path.as_ref())?,
        None => model.input(&net::assets::PHOTOGRAPHS[0]),
    };
    // the program is for engines of exactly these sizes
    let config = EngineConfig::standard(4);
    let program = compiler::compile(&model.network, &config)?;

    let design = design(&hdl::generate(&config), Options::default());
    let build = Builder::from_environment()?.build(&design, &mut |_| ())?;
    let mut session = Session::load(SimulatedEngine::load(&design, &build)?, &program)?;

    for result in session.run(&[image.view()])? {
        for found in model.top(&result.sums, 5) {
            println!("{:5.2} %  {}", 100.0 * found.probability, found.name);
        }
    }
    for (layer, statistics) in program.layers.iter().zip(session.statistics()?) {
        println!("{:14} {:8} cycles", layer.layer.name, statistics.cycles);
    }
    Ok(())
}
