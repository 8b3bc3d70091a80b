//! Classifies a shipped photograph on a board: `cargo run --release -p driver --example classify` takes a virtual one in this
//! process, `... --example classify -- xdma:0` a card.

use contract::engine::EngineConfig;
use driver::{EngineDriver, Frame, Options};
use net::assets::PHOTOGRAPHS;
use net::model_file::Model;
use std::error::Error;
use virtual_board::engine::Software;
use virtual_board::{Faults, Rig, Timeouts};

fn main() -> Result<(), Box<dyn Error>> {
    classify(std::env::args().nth(1).as_deref()).map(drop)
}

/// Runs the first photograph on the card of this name, or on a virtual board; gives its likeliest class.
pub fn classify(card: Option<&str>) -> Result<usize, Box<dyn Error>> {
    let model = Model::default_model();
    // opening it resets the engine and loads the model
    let mut board = match card {
        Some(name) => {
            let number = name.strip_prefix("xdma:").and_then(|number| number.parse().ok()).ok_or("usage: classify [xdma:N]")?;
            let timeouts = xdma::Sysfs::system().driver().and_then(|driver| driver.timeouts());
            EngineDriver::open(xdma::Nodes::system(number), &model.network, Options { timeouts, ..Options::default() })?
        }
        None => {
            let engine = Software::new(EngineConfig::standard(8), &model.network)?;
            let rig = Rig::new(Box::new(engine), Timeouts::DRIVER, Faults::none());
            EngineDriver::with_ports("virtual board".into(), rig.ports(), &model.network, Options::default())?
        }
    };
    // more frames keep a board busy; answers come as the engine gives them
    let photograph = &PHOTOGRAPHS[0];
    let frames = vec![Frame { sequence: 0, image: model.input(photograph).try_into()? }];
    let mut answers = vec![];
    board.run(frames, &mut |sequence, sums| answers.push((sequence, sums)))?;
    let (_, sums) = answers.pop().ok_or("no answer")?;
    let best = model.top(&sums?, 3);
    println!("{} on {}:", photograph.name, board.name());
    best.iter().for_each(|prediction| println!("  {:.3} {}", prediction.probability, prediction.name));
    Ok(best.first().ok_or("no class")?.class)
}
