//! The Fire engine in rust-hdl, and the Verilog that it becomes.

pub mod lang;
pub mod rtl;
