//! The Fire engine, simulated cycle by cycle under Verilator and driven through its AXI ports.
//!
//! [`engine::SimulatedEngine`] is the engine, [`session::Session`] an engine with a program in it. `examples/one_frame.rs`
//! classifies a photograph: `cargo run --release -p sim --example photograph -- cat.jpg`.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod compare;
pub mod engine;
pub mod heartbeat;
pub mod measure;
pub mod program;
pub mod report;
pub mod session;

/// Building Verilog with Verilator and running it.
pub use verilated_shim as verilator;
/// Small modules under test: poke, clock, peek.
pub use verilated_shim::cosim;
