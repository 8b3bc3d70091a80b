//! What both sides of the hardware border agree on, each declared once as data: the parameters of an engine, its ports,
//! registers, packets, descriptors, table entries and tokens. RTL, simulation, compiler, driver, the tables of
//! `docs/interface.md`, the C header and JSON are made of them or held to them.
//!
//! | what | declared in | as data |
//! |---|---|---|
//! | parameters of an engine | [`parameters`] | [`parameters::PARAMETERS`], [`engine::EngineConfig`] |
//! | ports of `ember_engine` | [`ports`] | [`ports::PORTS`] |
//! | registers | [`registers`] | [`registers::REGISTERS`] |
//! | packets | [`packet`] | [`packet::HeaderIn`], [`packet::HeaderOut`] and the others |
//! | layer descriptors | [`descriptor`] | [`descriptor::Descriptor`] |
//! | requantisation entries | [`table_entry`] | [`table_entry::TableEntry`] |
//! | tokens | [`token`] | [`token::Token`] |

#![deny(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
mod kind;
#[macro_use]
mod record;

mod c_header;
pub mod descriptor;
pub mod engine;
pub mod field;
pub mod interface;
mod json;
pub mod packet;
pub mod page;
pub mod parameters;
pub mod ports;
pub mod registers;
pub mod table_entry;
pub mod token;

pub use c_header::c_header;
pub use json::json;
pub use kind::Named;
pub use record::{Record, RECORDS};
