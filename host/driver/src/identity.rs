//! What the engine says of itself.

use crate::error::BoardError;
use crate::ports::RegisterPort;
use contract::engine::EngineConfig;
use contract::interface::{self, register};
use xdma::{ErrorKind, Gate, ALL_ONES};

/// Looks whether the card is there, with an Ember engine of our interface version. That opens `gate`, which a transfer
/// that failed has closed.
pub(crate) fn check(board: &str, registers: &dyn RegisterPort, gate: &Gate) -> Result<(), BoardError> {
    let board = || board.to_string();
    match gate.look(|| registers.read(register::MAGIC)) {
        Ok(interface::MAGIC) => {}
        Ok(ALL_ONES) => return Err(BoardError::Gone { board: board(), sign: "its registers read 0xffffffff".into() }),
        Ok(0) => return Err(BoardError::Unconfigured { board: board() }),
        Ok(found) => return Err(BoardError::WrongBitstream { board: board(), found, expected: interface::MAGIC }),
        Err(error) => return Err(gone(&board(), error)),
    }
    match registers.read(register::VERSION).map_err(|error| gone(&board(), error))? {
        interface::VERSION => Ok(()),
        // it left between the two
        ALL_ONES => Err(BoardError::Gone { board: board(), sign: "its registers read 0xffffffff".into() }),
        found => Err(BoardError::WrongVersion { board: board(), found, expected: interface::VERSION }),
    }
}

/// An access to a register that failed.
fn gone(board: &str, error: xdma::Error) -> BoardError {
    match error.kind() {
        ErrorKind::Gone => {
            let why = error.system().map(|cause| format!(": {cause}")).unwrap_or_default();
            BoardError::Gone { board: board.into(), sign: format!("{} {} fails{why}", error.operation(), error.device().display()) }
        }
        _ => error.into(),
    }
}

/// Reads the engine's sizes.
pub(crate) fn config(board: &str, registers: &dyn RegisterPort) -> Result<EngineConfig, BoardError> {
    let config = EngineConfig::read(|offset| registers.read(offset))?;
    config.check().map_err(|cause| BoardError::Engine { board: board.into(), cause })?;
    Ok(config)
}

/// Hash of the program that the engine holds, 0 without one.
pub(crate) fn program(registers: &dyn RegisterPort) -> Result<u64, xdma::Error> {
    let (low, high) = (registers.read(register::PROGRAM_HASH_LOW)?, registers.read(register::PROGRAM_HASH_HIGH)?);
    let valid = registers.read(register::STATUS)? & interface::STATUS_PROGRAM != 0;
    Ok(if valid { u64::from(high) << 32 | u64::from(low) } else { 0 })
}
