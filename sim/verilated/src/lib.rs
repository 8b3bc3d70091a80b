//! Verilog, built with Verilator into a shared object behind a small C interface, and run from Rust.
//!
//! [`Builder`] turns a [`Design`] (Verilog texts, a top module and its ports) into native code and keeps
//! it in a cache; [`Model`] loads and clocks it. [`cosim::Cosim`] is the shortest way from Verilog text
//! to poking inputs and reading outputs in a test. Any Verilator from 5.006 serves; `docs/simulation.md`
//! says why the existing crates do not.
//!
//! Traffic that would be slow a cycle at a time (AXI4-Stream frames, say) runs inside the shared object:
//! [`Design::with_extension`] adds C++ of the caller's own behind the same handle.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod builder;
pub mod cosim;
mod design;
mod error;
mod model;
mod shim;
mod toolchain;

pub use ::cache::Cache;
pub use builder::{Build, Builder, Stage};
pub use design::{Design, Direction, Port};
pub use error::Error;
pub use model::{Model, PortId};
pub use toolchain::{Toolchain, Version, OLDEST};
