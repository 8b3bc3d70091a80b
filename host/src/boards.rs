//! `ember boards`: what the engine can be built for.

use anyhow::Result;
use hdl::board::list::{self, ListArgs};

/// Prints the list.
///
/// # Errors
/// A folder without boards, a board that cannot be used, standard output that cannot be written.
pub fn run(args: &ListArgs) -> Result<()> {
    Ok(stdio::print(list::text(args)?)?)
}
