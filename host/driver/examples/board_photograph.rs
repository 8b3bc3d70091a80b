//! A photograph through a board, from Rust: `cargo run --release --example board_photograph -- /dev 0 cat.jpg`, or the folder where
//! `ember virtual-board` has put a virtual one.

use driver::{EngineDriver, Frame, Options};
use net::model_file::Model;
use xdma::Nodes;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, index, photograph] = arguments.as_slice() else { return Err("usage: board_photograph FOLDER INDEX IMAGE".into()) };
    let model = Model::default_model();
    let image = model.load_image(photograph.as_ref())?;
    // reads the engine's sizes, compiles the model for them, resets the engine and loads the program
    let mut board = EngineDriver::open(Nodes::within(folder.as_ref(), index.parse()?), &model.network, Options::default())?;
    let mut answers = Vec::new();
    board.run(vec![Frame { sequence: 0, image }], &mut |_, sums| answers.push(sums))?;
    for sums in answers {
        for found in model.top(&sums?, 5) {
            println!("{:5.2} %  {}", 100.0 * found.probability, found.name);
        }
    }
    Ok(())
}
