//! The RTL against the contract: every field of every record, every parameter and every port of `contract`, at the ports of
//! the block that makes or takes it. rust-hdl's kernels take no constant by name, so these tests hold their numbers to
//! the one table; a new field, parameter or port fails here until it is said where it shows.

mod block;
mod descriptor;
mod incoming;
#[allow(dead_code)] // a part of it
#[path = "../pair/module.rs"]
mod module;
mod outgoing;
mod parameters;
mod table_entry;
mod token;

use contract::field::Field;

/// Numbers of a field that show all of its bits: none, all, and each alone.
fn numbers(field: &Field) -> Vec<u64> {
    [0, field.ones()].into_iter().chain((0..field.width).map(|bit| 1 << bit)).collect()
}
