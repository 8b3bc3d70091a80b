//! A board behind the nodes of the XDMA driver, or of a virtual board, as a [`Device`].

use crate::device::{Answer, Device, DeviceError, Frame};
use ::board::{Board, Options};
use net::model_file::Model;
use std::path::Path;
use xdma::Nodes;

/// Opens the nodes `xdma<index>_*` in `folder` (`/dev`, or where a virtual board is mounted), checks the engine behind
/// them and loads `model` unless the engine holds it already.
///
/// # Errors
/// The nodes cannot be opened, another bitstream is loaded, or the model does not fit the engine.
pub fn open(folder: &Path, index: usize, model: &Model, options: Options) -> Result<Box<dyn Device>, DeviceError> {
    Ok(Box::new(BoardDevice(Board::open(Nodes::within(folder, index), &model.network, options)?)))
}

struct BoardDevice(Board);

impl Device for BoardDevice {
    fn name(&self) -> String {
        self.0.name().into()
    }

    fn depth(&self) -> usize {
        // results come back while the caller prepares the next frames
        2 * self.0.depth()
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        let frames = frames.into_iter().map(|Frame { sequence, image }| ::board::Frame { sequence, image }).collect();
        self.0.run(frames, &mut |sequence, sums| answer(Answer { sequence, sums: sums.map_err(DeviceError::from) }))?;
        Ok(())
    }
}
