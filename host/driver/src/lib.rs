//! The engine on a board: identity checked, program loaded, frames in and sums out, faults mended.
//!
//! [`EngineDriver::open`] reads what the engine says of itself, compiles the model for it and loads the program if another
//! one is there. [`EngineDriver::run`] keeps several batches of frames under way with one writing and one reading thread, and
//! sends again what a fault has cost. docs/xdma.md says which fault ends how.
#![deny(unsafe_code)]

mod driver;
mod error;
mod flight;
mod identity;
mod packet;
mod ports;
mod recover;
mod spent;
mod statistics;
mod threads;

pub use driver::{EngineDriver, Frame, Options};
pub use error::BoardError;
pub use packet::{Damage, ResultPacket};
pub use ports::{FromBoard, Ports, RegisterPort, ToBoard};
pub use spent::{EngineCycles, Spent};
pub use statistics::{Counters, LayerStatistics};
