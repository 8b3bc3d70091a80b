//! Our layer over rust-hdl: a signed type, structural wiring, memories, and a strict Verilog back end.
//!
//! rust-hdl is frozen upstream and translates some kernels into Verilog of another meaning; this
//! folder is the only place that knows its syntax tree. docs/rust-hdl.md lists what is cured and how.

pub mod axi;
pub mod bundle;
pub mod byte_ram;
pub mod emit;
mod expression;
pub mod number;
pub mod placement;
pub mod prelude;
pub mod ram;
mod reserved;
pub mod sint;
pub mod sliced_ram;
mod statement;
mod store;
mod walk;
pub mod wiring;
