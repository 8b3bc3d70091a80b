//! The registers of an engine without RTL.

use contract::engine::EngineConfig;
use contract::interface::{self, register};
use contract::registers;

/// What the registers show.
#[derive(Clone, Debug)]
pub(super) struct RegisterFile {
    config: EngineConfig,
    pub program: Option<u64>,
    pub errors: u32,
    pub dropped: u32,
    pub done: u32,
    trace: u32,
}

impl RegisterFile {
    pub fn new(config: EngineConfig) -> Self {
        Self { config, program: None, errors: 0, dropped: 0, done: 0, trace: 0 }
    }

    pub fn read(&self, offset: u32) -> u32 {
        if let Some(value) = registers::at(offset).and_then(|register| register.constant(&self.config)) {
            return value;
        }
        let hash = self.program.unwrap_or(0);
        match offset {
            register::CONTROL => self.trace,
            register::STATUS => u32::from(self.program.is_some()),
            register::ERRORS => self.errors,
            register::FRAMES_DROPPED => self.dropped,
            register::PROGRAM_HASH_LOW => hash as u32,
            register::PROGRAM_HASH_HIGH => (hash >> 32) as u32,
            register::FRAMES_DONE => self.done,
            _ => 0,
        }
    }

    /// Writes a register; says whether it asks for a soft reset.
    pub fn set(&mut self, offset: u32, value: u32) -> bool {
        match offset {
            register::CONTROL => {
                self.trace = value & interface::CONTROL_TRACE;
                value & interface::CONTROL_RESET != 0
            }
            register::ERRORS => {
                self.errors &= !value;
                false
            }
            _ => false,
        }
    }

    /// A soft reset.
    pub fn reset(&mut self) {
        *self = Self { trace: self.trace, ..Self::new(self.config) };
    }
}
