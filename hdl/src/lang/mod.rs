//! Our layer over rust-hdl: a signed type, structural wiring, memories, and a strict Verilog back end.
//!
//! rust-hdl is frozen upstream and translates some kernels into Verilog of another meaning; this
//! folder is the only place that knows its syntax tree. docs/rust-hdl.md lists what is cured and how.

pub mod axi;
pub mod bundle;
pub mod byte_ram;
mod comment;
pub mod copies;
mod docs;
pub mod emit;
mod expression;
mod fold;
mod kernel;
pub mod leaf;
mod modules;
mod names;
pub mod number;
pub mod placement;
mod ports;
pub mod prelude;
pub mod ram;
mod reserved;
pub mod single_ram;
pub mod sint;
pub mod sliced_ram;
mod spelling;
pub mod stack;
mod statement;
pub(crate) mod store;
pub mod vendor;
mod walk;
pub mod wiring;
