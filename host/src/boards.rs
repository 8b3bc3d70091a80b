//! `ember boards`: what the engine can be built for.

use anyhow::Result;
use hdl::board::list::{self, ListArgs};
use std::io::{ErrorKind, Write};

/// Prints the list.
///
/// # Errors
/// A folder without boards, a board that cannot be used, standard output that cannot be written.
pub fn run(args: &ListArgs) -> Result<()> {
    match std::io::stdout().write_all(list::text(args)?.as_bytes()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()), // a reader that has seen enough is no failure
    }
}
