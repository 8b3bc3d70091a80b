//! A board behind the nodes of the XDMA driver, or a virtual one, as a device.

use super::spec::BoardName as Which;
use super::{Answer, Device, DeviceError, Frame, LayerDevice, Layers, Spent};
use driver::{EngineDriver, Options};
use net::compiler::Program;
use net::model_file::Model;
use std::path::Path;
use xdma::{Nodes, Sysfs};

/// A board with a model's program in its engine.
pub struct BoardDevice {
    name: String,
    board: EngineDriver,
}

impl BoardDevice {
    /// Opens the nodes of the board `which` in `folder` (`/dev`, or where a virtual board is mounted), checks the engine
    /// behind them and loads `model` unless the engine holds it already. Errors and reports call it `name`.
    ///
    /// # Errors
    /// There is no such board, its nodes cannot be opened, another bitstream is loaded, or the model does not fit the engine.
    pub fn open(name: String, which: &Which, folder: &Path, model: &Model, options: Options) -> Result<Self, DeviceError> {
        let none = || DeviceError::NoBoard { device: name.clone(), folder: folder.into() };
        let index = index(which, folder)?.ok_or_else(none)?;
        Ok(Self { board: EngineDriver::open(Nodes::within(folder, index), &model.network, options)?, name })
    }

    /// Whether opening it loaded the program; else the engine held it already.
    pub fn has_loaded(&self) -> bool {
        self.board.has_loaded()
    }
}

/// The N of the board's nodes `xdmaN_*`.
fn index(which: &Which, folder: &Path) -> Result<Option<usize>, DeviceError> {
    Ok(match which {
        Which::Number(number) => usize::try_from(*number).ok(),
        Which::First => Nodes::indices(folder).first().copied(),
        Which::Address(address) => {
            let boards = Sysfs::system().boards().map_err(|cause| DeviceError::Sysfs { cause })?;
            boards.iter().find(|board| board.address.as_ref() == Some(address)).map(|board| board.index)
        }
    })
}

impl Device for BoardDevice {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn depth(&self) -> usize {
        // results come back while the caller prepares the next frames
        2 * self.board.depth()
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        let frames = frames.into_iter().map(|Frame { sequence, image }| driver::Frame { sequence, image }).collect();
        self.board.run(frames, &mut |sequence, sums| answer(Answer { sequence, sums: sums.map_err(DeviceError::from) }))?;
        Ok(())
    }

    fn spent(&mut self) -> Result<Option<Spent>, DeviceError> {
        Ok(Some(self.board.spent()?))
    }
}

impl LayerDevice for BoardDevice {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn program(&self) -> &Program {
        self.board.program()
    }

    fn layers(&mut self, image: &ndarray::Array3<u8>) -> Result<Layers, DeviceError> {
        let mut sums = None;
        self.board.run(vec![driver::Frame { sequence: 0, image: image.clone() }], &mut |_, answer| sums = Some(answer))?;
        let sums = sums.ok_or_else(|| DeviceError::Unanswered { device: self.name.clone(), frames: 1 })??;
        Ok(Layers { signatures: self.board.layers()?.iter().map(|layer| layer.signature).collect(), sums })
    }
}
