//! One frame through a board: written over one DMA direction, run by the engine, read back over the other.

use super::check::{Check, Status};
use super::holder::holders;
use ::xdma::{ErrorKind, Nodes};
use driver::{BoardError, Options};
use ember::device::board::{BoardDevice, Place};
use ember::device::spec::BoardName as Which;
use ember::device::{Device, DeviceError, Frame};
use net::assets::PHOTOGRAPHS;
use net::fast::FastNetwork;
use net::model_file::Model;
use std::path::Path;
use std::time::{Duration, Instant};

/// Gives up soon: one more try after a fault, and half a minute without a transfer that ends (the driver's own timeout is 10 s).
pub const OPTIONS: Options =
    Options { batch_bytes: 1, patience: Duration::from_secs(30), timeouts: None, notice: Duration::from_secs(3), losses: 2, resets: 1 };

/// Numbers of the boards in `dev` of which no line of `checks` is red.
pub fn ready(dev: &Path, checks: &[Check]) -> Vec<usize> {
    let is_red = |board: &usize| {
        let prefix = format!("xdma{board} ");
        checks.iter().any(|check| check.status == Status::Red && check.name.starts_with(&prefix))
    };
    Nodes::indices(dev).into_iter().filter(|board| !is_red(board)).collect()
}

/// Runs the first shipped photograph on board `number` at `place` and holds the sums against the software path's. Resets
/// the engine and loads `model`; leaves a board alone that another program has.
pub fn run(place: Place, number: usize, model: &Model, options: Options) -> Check {
    let name = format!("xdma{number} self-test");
    match through(place, number, model, options) {
        Ok(Outcome { right: true, milliseconds }) => {
            Check::ok(name, format!("reset, programmed, one frame there and back in {milliseconds:.1} ms: the sums of the software path"))
        }
        Ok(Outcome { right: false, .. }) => Check::bad(
            Status::Red,
            name,
            "one frame came back with other sums than the software path's",
            format!(
                "ember trace-layers IMAGE --device xdma:{number} names the layer; load the bitstream again, and check clock and timing report if it stays"
            ),
        ),
        Err(DeviceError::Board(BoardError::Device(error))) if matches!(error.kind(), ErrorKind::Busy) => {
            let holders = holders(error.device());
            let who = if holders.is_empty() { "another program".into() } else { holders.join(", ") };
            let remedy = format!("end {who} and run ember doctor again (sudo lsof {} shows every user's programs)", error.device().display());
            Check::bad(Status::Warn, name, format!("not run: {who} has the board"), remedy)
        }
        // what the sentence says after its cause is the remedy
        Err(error) => {
            let text = error.to_string();
            let (found, remedy) = text.rsplit_once("; ").unwrap_or((&text, "load the bitstream again and see the kernel log (dmesg)"));
            Check::bad(Status::Red, name, found, remedy)
        }
    }
}

struct Outcome {
    right: bool,
    milliseconds: f64,
}

fn through(place: Place, number: usize, model: &Model, options: Options) -> Result<Outcome, DeviceError> {
    let image = model.input(&PHOTOGRAPHS[0]);
    let expected = FastNetwork::new(&model.network)?.run(image.view())?;
    let device = format!("xdma:{number}");
    // no computer has so many boards
    let which = Which::Number(u32::try_from(number).unwrap_or(u32::MAX));
    let mut board = BoardDevice::open(device.clone(), &which, place, model, options)?;
    let (begun, mut answer) = (Instant::now(), None);
    board.run(vec![Frame { sequence: 0, image: image.try_into()? }], &mut |it| answer = Some(it.sums))?;
    let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
    let sums = answer.ok_or(DeviceError::Unanswered { device, frames: 1 })??;
    Ok(Outcome { right: sums == expected, milliseconds })
}

#[cfg(test)]
#[path = "self_test_tests.rs"]
mod tests;
