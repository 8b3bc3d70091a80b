//! Synthesis with Yosys: what can be said of the generated Verilog without Vivado.
//!
//! [`run::Synthesiser`] turns a [`design::Design`] into a [`netlist::Netlist`] (from a cache when it has been done before).
//! A design is synthesised in two [`design::Form`]s. With its modules apart, each once however often it is instantiated:
//! [`check`] looks for what must not be in it, [`usage`] counts what each module takes of a part. Flattened and mapped by
//! delay: [`clock`] finds families of paths ([`arcs`], [`timing`], [`packing`]) and nets with many loads, [`budget`] judges
//! them, [`route`] has them placed and routed. [`report`] puts all of it before a reader.

pub mod arcs;
pub mod budget;
pub mod check;
pub mod classes;
pub mod clock;
pub mod design;
mod error;
pub mod expect;
pub mod gates;
pub mod graph;
pub mod netlist;
pub mod packing;
pub mod primitive;
pub mod report;
pub mod route;
pub mod run;
mod short_ports;
pub mod timing;
mod tool;
pub mod usage;

pub use error::Error;
pub use tool::Yosys;
