//! Counters and signatures, read on demand.

use crate::ports::RegisterPort;
use contract::interface::register;

/// The engine's counters since its last reset; cycle counters wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames whose result was handed to the sender.
    pub frames: u32,
    /// Frames dropped.
    pub dropped: u32,
    /// Sticky error bits, `contract::interface::ERROR_*`.
    pub errors: u32,
    /// Clock cycles.
    pub cycles: u32,
    /// Cycles in which a pixel entered the array.
    pub busy: u32,
    /// Cycles spent waiting for a frame.
    pub stalled_on_input: u32,
    /// Cycles spent waiting for a result to be taken.
    pub stalled_on_output: u32,
    /// Cycles spent waiting for weights or table entries.
    pub stalled_on_weights: u32,
}

impl Counters {
    pub(crate) fn read(registers: &dyn RegisterPort) -> Result<Self, xdma::Error> {
        Ok(Self {
            frames: registers.read(register::FRAMES_DONE)?,
            dropped: registers.read(register::FRAMES_DROPPED)?,
            errors: registers.read(register::ERRORS)?,
            cycles: registers.read(register::CYCLES)?,
            busy: registers.read(register::CYCLES_BUSY)?,
            stalled_on_input: registers.read(register::CYCLES_STALLED_INPUT)?,
            stalled_on_output: registers.read(register::CYCLES_STALLED_OUTPUT)?,
            stalled_on_weights: registers.read(register::CYCLES_STALLED_WEIGHTS)?,
        })
    }
}

/// One layer of the latest frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerStatistics {
    /// The layer's name, for example `fire2.expand`.
    pub name: String,
    /// Cycles from its start to its end.
    pub cycles: u32,
    /// Cycles in which a pixel entered the array.
    pub busy: u32,
    /// Cycles spent waiting for weights or table entries.
    pub stalled_on_weights: u32,
    /// Signature of its output, see docs/interface.md; `net::compiler::Program::signature` says what it must be.
    pub signature: u32,
}

impl LayerStatistics {
    pub(crate) fn read(registers: &dyn RegisterPort, layer: usize, name: &str) -> Result<Self, xdma::Error> {
        // at most 64 layers
        let word = |n: u32| registers.read(register::LAYER_STATISTICS + 16 * layer as u32 + 4 * n);
        Ok(Self { name: name.into(), cycles: word(0)?, busy: word(1)?, stalled_on_weights: word(2)?, signature: word(3)? })
    }
}
