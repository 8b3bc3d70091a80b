//! Why a board gave no result; one sentence each.

use contract::engine::ConfigError;
use net::compiler::CompileError;
use thiserror::Error;
use xdma::Timeouts;

/// A board that cannot be used, or a frame without a result.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum BoardError {
    /// An operation that another try does not mend.
    #[error(transparent)]
    Device(#[from] xdma::Error),
    /// No memory for buffers.
    #[error("{board}: no memory for DMA buffers ({cause}); end other programs or choose smaller batches")]
    Memory { board: String, cause: std::io::Error },
    /// The registers read as ones, or cannot be read.
    #[error("{board}: the card has left the bus ({sign}); end the programs that use it, then remove the device, reset its bridge and rescan the bus, or restart the machine")]
    Gone { board: String, sign: String },
    /// The registers read as zeros.
    #[error("{board}: nothing answers behind the card's registers (they read 0x00000000), the card has lost its configuration; load the bitstream, then load the driver again (rmmod xdma; modprobe xdma) or remove the device and rescan the bus")]
    Unconfigured { board: String },
    /// The identity register holds something else.
    #[error("{board}: this is no Ember engine (identity {found:#010x}, expected {expected:#010x}); load Ember's bitstream")]
    WrongBitstream { board: String, found: u32, expected: u32 },
    /// An engine of another interface version.
    #[error(
        "{board}: the engine's interface has version {found}, this program speaks version {expected}; load a bitstream of this release"
    )]
    WrongVersion { board: String, found: u32, expected: u32 },
    /// Sizes that no engine has.
    #[error("{board}: the engine's registers make no sense ({cause}); load Ember's bitstream again")]
    Engine { board: String, cause: ConfigError },
    /// The model does not fit the engine.
    #[error("{board}: the model cannot run on this engine: {cause}")]
    Model { board: String, cause: Box<CompileError> },
    /// The engine does not hold the program that it was sent.
    #[error("{board}: the engine holds program {found:#018x} after {expected:#018x} was loaded (STATUS {status:#x}, ERRORS {errors:#x}); load the bitstream again")]
    NotLoaded { board: String, found: u64, expected: u64, status: u32, errors: u32 },
    /// A transfer neither ended nor timed out.
    #[error("{board}: no transfer has ended for {seconds} s, {}; end this program and load the driver again", against(*timeouts))]
    Silent { board: String, seconds: u64, timeouts: Option<Timeouts> },
    /// Resets did not bring it back.
    #[error("{board}: {} brought no result (the last fault: {last}); load the bitstream again", resets(*times))]
    NotRecovered { board: String, times: u32, last: String },
    /// A frame that was lost too often.
    #[error("{board}: the frame was sent {} without a result (the last fault: {last}); see the kernel log, and run it again", sendings(*times))]
    FrameLost { board: String, times: u32, last: String },
    /// A frame of another size than the model's.
    #[error("{board}: the image has {}, the model takes {}; resize it first", shape(found), shape(expected))]
    Image { board: String, found: Vec<usize>, expected: Vec<usize> },
    /// A thread of the driver is gone.
    #[error("{board}: the transfer threads have ended; open the board again")]
    Threads { board: String },
}

/// How long that is in the driver's eyes.
fn against(timeouts: Option<Timeouts>) -> String {
    let limit = |name: &str, limit: Option<std::time::Duration>| match limit {
        Some(limit) => format!("{name} is {} s", limit.as_secs()),
        None => format!("{name} is 0, without limit"),
    };
    match timeouts {
        None => "longer than the driver's timeouts are unless its module parameters say otherwise (10 s)".into(),
        Some(known) if known.longest().is_some() => {
            format!("longer than the driver's timeouts allow ({}, {})", limit("h2c_timeout", known.h2c), limit("c2h_timeout", known.c2h))
        }
        Some(known) => {
            format!("and the driver gives none up by itself ({}, {})", limit("h2c_timeout", known.h2c), limit("c2h_timeout", known.c2h))
        }
    }
}

fn resets(times: u32) -> String {
    if times == 1 {
        "a reset".into()
    } else {
        format!("{times} resets in a row")
    }
}

fn sendings(times: u32) -> String {
    if times == 1 {
        "once".into()
    } else {
        format!("{times} times")
    }
}

/// Rows, columns and channels as people write them.
fn shape(shape: &[usize]) -> String {
    match shape {
        [height, width, 3] => format!("{width}x{height} pixels"),
        _ => format!("the shape {}", shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn silent(timeouts: Option<Timeouts>) -> String {
        BoardError::Silent { board: "xdma:0".into(), seconds: 305, timeouts }.to_string()
    }

    #[test]
    fn silence_is_measured_by_what_is_known_of_the_driver() {
        let limit = |seconds| Some(Duration::from_secs(seconds));
        let known = silent(Some(Timeouts { h2c: limit(10), c2h: limit(300) }));
        assert!(known.contains("305 s") && known.contains("allow (h2c_timeout is 10 s, c2h_timeout is 300 s)"), "{known}");
        let unlimited = silent(Some(Timeouts { h2c: limit(10), c2h: None }));
        assert!(unlimited.contains("c2h_timeout is 0, without limit") && !unlimited.contains("allow"), "{unlimited}");
        assert!(silent(None).contains("unless its module parameters say otherwise (10 s)"));
    }

    #[test]
    fn one_is_not_a_plural() {
        let reset = |times| BoardError::NotRecovered { board: "b".into(), times, last: "x".into() }.to_string();
        assert!(reset(1).starts_with("b: a reset brought no result") && reset(2).starts_with("b: 2 resets in a row brought"));
        let lost = |times| BoardError::FrameLost { board: "b".into(), times, last: "x".into() }.to_string();
        assert!(lost(1).contains("sent once without") && lost(6).contains("sent 6 times without"));
    }
}
