//! The engine on a board: identity checked, program loaded, frames in and sums out, faults mended.
//!
//! [`EngineDriver::open`] reads what the engine says of itself, compiles the model for it, resets the engine and loads the
//! program. [`EngineDriver::run`] keeps several batches of frames under way with one writing and one reading thread, and
//! sends again what a fault has cost. docs/xdma.md says which fault ends how.
//!
//! `examples/classify.rs` classifies a shipped photograph on a virtual board, or on a card:
//! `cargo run --release -p driver --example classify [-- xdma:0]`.

#![deny(clippy::print_stdout, clippy::print_stderr)]
#![deny(unsafe_code)]

mod driver;
mod error;
mod flight;
mod identity;
mod options;
mod packet;
mod ports;
mod recover;
mod spent;
mod statistics;
mod threads;

pub use driver::{EngineDriver, Frame};
pub use error::BoardError;
pub use options::Options;
pub use packet::{Damage, ResultPacket};
pub use ports::{FromBoard, Ports, RegisterPort, ToBoard};
pub use spent::{EngineCycles, Spent};
pub use statistics::{Counters, LayerStatistics};
