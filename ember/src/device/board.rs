//! A board behind the nodes of the XDMA driver, or a virtual one, as a device.

use super::spec::BoardName as Which;
use super::{Answer, Device, DeviceError, Frame, LayerDevice, Layers, Spent};
use driver::{EngineDriver, Options};
use net::compiler::Program;
use net::model_file::Model;
use net::photo::Pixels;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use xdma::{Nodes, Sysfs, Timeouts};

/// A board with a model's program in its engine.
pub struct BoardDevice {
    name: String,
    board: EngineDriver,
}

/// Where boards are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The folder of the device nodes: `/dev`, or where a virtual board is mounted.
    pub folder: &'a Path,
    /// What the kernel knows of boards and of their driver.
    pub sysfs: &'a Sysfs,
}

impl BoardDevice {
    /// Opens the nodes of the board `which` at `place`, checks the engine behind them, resets it and loads `model`. Errors
    /// and reports call it `name`.
    ///
    /// # Errors
    /// There is no such board, its nodes cannot be opened, another bitstream is loaded, or the model does not fit the engine.
    pub fn open(name: String, which: &Which, place: Place, model: &Model, options: Options) -> Result<Self, DeviceError> {
        let none = || DeviceError::NoBoard { device: name.clone(), folder: place.folder.into() };
        let nodes = Nodes::within(place.folder, index(which, place)?.ok_or_else(none)?);
        let options = Options { timeouts: timeouts(place.sysfs, &nodes), ..options };
        Ok(Self { board: EngineDriver::open(nodes, &model.network, options)?, name })
    }
}

/// The timeouts of the module behind `nodes`; nothing of nodes that are no devices, as a virtual board's.
fn timeouts(sysfs: &Sysfs, nodes: &Nodes) -> Option<Timeouts> {
    let is_device = std::fs::metadata(nodes.user()).is_ok_and(|node| node.file_type().is_char_device());
    sysfs.driver().filter(|_| is_device)?.timeouts()
}

/// The N of the board's nodes `xdmaN_*`.
fn index(which: &Which, place: Place) -> Result<Option<usize>, DeviceError> {
    Ok(match which {
        Which::Number(number) => usize::try_from(*number).ok(),
        Which::First => Nodes::indices(place.folder).first().copied(),
        Which::Address(address) => {
            let boards = place.sysfs.boards().map_err(|cause| DeviceError::Sysfs { cause })?;
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

    fn layers(&mut self, image: &Pixels) -> Result<Layers, DeviceError> {
        let mut sums = None;
        self.board.run(vec![driver::Frame { sequence: 0, image: image.clone() }], &mut |_, answer| sums = Some(answer))?;
        let sums = sums.ok_or_else(|| DeviceError::Unanswered { device: self.name.clone(), frames: 1 })??;
        Ok(Layers { signatures: self.board.layers()?.iter().map(|layer| layer.signature).collect(), sums })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::Duration;

    #[test]
    fn the_modules_parameters_are_for_its_own_nodes() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let parameters = root.path().join("sys/module/xdma/parameters");
        fs::create_dir_all(&parameters).expect("created");
        for (name, value) in [("h2c_timeout", "10\n"), ("c2h_timeout", "300\n")] {
            fs::write(parameters.join(name), value).expect("written");
        }
        let sysfs = Sysfs::at(&root.path().join("sys"));
        // a device, and a file as virtual boards have them
        std::os::unix::fs::symlink("/dev/null", root.path().join("xdma0_user")).expect("linked");
        fs::write(root.path().join("xdma1_user"), "").expect("written");
        let of = |index| timeouts(&sysfs, &Nodes::within(root.path(), index));
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(of(0), Some(Timeouts { h2c: seconds(10), c2h: seconds(300) }));
        assert_eq!((of(1), of(2)), (None, None));
    }
}
