//! Synthesis with Yosys: what can be said of the generated Verilog without Vivado.
//!
//! [`run::Synthesiser`] turns a [`design::Design`] into a [`netlist::Netlist`] (from a cache when it has been done before),
//! [`check`] looks for what must not be in it, [`usage`] counts what it takes of a part, [`timing`] finds its
//! longest paths, [`report`] puts all of it before a reader. Modules are synthesised once, however often they
//! are instantiated: nothing is flattened before the netlist is looked at.

pub mod arcs;
pub mod check;
pub mod design;
mod error;
pub mod expect;
pub mod gates;
pub mod graph;
pub mod netlist;
pub mod primitive;
pub mod report;
pub mod run;
pub mod timing;
mod tool;
pub mod usage;

pub use error::Error;
pub use tool::Yosys;
