//! What the engine says of itself.

use crate::error::BoardError;
use crate::ports::RegisterPort;
use contract::engine::EngineConfig;
use contract::interface::{self, register};
use xdma::ALL_ONES;

/// Checks that an Ember engine of our interface version is there.
pub(crate) fn check(board: &str, registers: &dyn RegisterPort) -> Result<(), BoardError> {
    let board = || board.to_string();
    match registers.read(register::MAGIC)? {
        interface::MAGIC => {}
        ALL_ONES => return Err(BoardError::Gone { board: board() }),
        found => return Err(BoardError::WrongBitstream { board: board(), found, expected: interface::MAGIC }),
    }
    match registers.read(register::VERSION)? {
        interface::VERSION => Ok(()),
        found => Err(BoardError::WrongVersion { board: board(), found, expected: interface::VERSION }),
    }
}

/// Reads the engine's sizes.
pub(crate) fn config(board: &str, registers: &dyn RegisterPort) -> Result<EngineConfig, BoardError> {
    let read = |offset| registers.read(offset).map(|value| value as usize);
    let config = EngineConfig {
        columns: read(register::COLUMNS)?,
        activation_rows: read(register::ACTIVATION_ROWS)?,
        squeeze_rows: read(register::SQUEEZE_ROWS)?,
        weight_words: read(register::WEIGHT_WORDS)?,
        weight_bits: read(register::WEIGHT_BITS)?,
        table_entries: read(register::TABLE_ENTRIES)?,
        layers: read(register::LAYERS)?,
        frame_words: read(register::FRAME_WORDS)?,
        accumulator_pixels: read(register::ACCUMULATOR_PIXELS)?,
        segment_accumulator_pixels: read(register::SEGMENT_ACCUMULATOR_PIXELS)?,
        line_pixels: read(register::LINE_PIXELS)?,
        pool_pixels: read(register::POOL_PIXELS)?,
    };
    config.check().map_err(|cause| BoardError::Engine { board: board.into(), cause })?;
    Ok(config)
}

/// Hash of the program that the engine holds, 0 without one.
pub(crate) fn program(registers: &dyn RegisterPort) -> Result<u64, xdma::Error> {
    let (low, high) = (registers.read(register::PROGRAM_HASH_LOW)?, registers.read(register::PROGRAM_HASH_HIGH)?);
    let valid = registers.read(register::STATUS)? & interface::STATUS_PROGRAM != 0;
    Ok(if valid { u64::from(high) << 32 | u64::from(low) } else { 0 })
}
