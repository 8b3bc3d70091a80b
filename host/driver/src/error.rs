//! Why a board gave no result; one sentence each.

use contract::engine::ConfigError;
use net::compiler::CompileError;
use thiserror::Error;

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
    /// All registers read as ones.
    #[error("{board}: the card has left the bus (its registers read 0xffffffff); remove the device, reset its bridge and rescan the bus, or restart the machine")]
    Gone { board: String },
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
    #[error("{board}: no transfer has ended for {seconds} s, longer than the driver's timeouts allow; load the driver again")]
    Silent { board: String, seconds: u64 },
    /// Resets did not bring it back.
    #[error("{board}: {times} resets in a row brought no result (the last fault: {last}); load the bitstream again")]
    NotRecovered { board: String, times: u32, last: String },
    /// A frame that was lost too often.
    #[error("{board}: the frame was sent {times} times without a result (the last fault: {last}); see the kernel log, and run it again")]
    FrameLost { board: String, times: u32, last: String },
    /// A frame of another size than the model's.
    #[error("{board}: the image has shape {found:?}, the model takes {expected:?}; resize it first")]
    Image { board: String, found: Vec<usize>, expected: Vec<usize> },
    /// A thread of the driver is gone.
    #[error("{board}: the transfer threads have ended; open the board again")]
    Threads { board: String },
}
