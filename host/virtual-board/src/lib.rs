//! A board that is not there: an engine behind the nodes of the XDMA driver, as strict as the driver is.
//!
//! [`Rig`] is the board: streams with timeouts, one packet a read, registers, interrupts, and [`Faults`] on demand.
//! [`Mount`] serves it as files through FUSE, so that the unchanged host code opens, reads and writes them;
//! [`Rig::ports`] gives the driver the same without files. Behind it is one of three [`engine::BoardEngine`]s: the
//! Verilated RTL, the software path, or a stub that sums up its input in no time.

#![deny(clippy::print_stdout, clippy::print_stderr)]
#![deny(unsafe_code)]

pub mod engine;
mod error;
mod faults;
mod files;
mod mount;
mod nodes;
mod ports;
mod rig;
mod script;
mod watch;

pub use error::RigError;
pub use faults::{Card, Fault, Faults};
pub use mount::{missing, Mount};
pub use rig::{Errno, Figures, Rig, Timeouts};
pub use script::parse as parse_faults;
