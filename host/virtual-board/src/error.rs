//! Why there is no virtual board.

use std::path::PathBuf;
use thiserror::Error;

/// A virtual board that cannot be had; one sentence each.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum RigError {
    /// FUSE is not installed.
    #[error("a virtual board needs FUSE, but {what}; {remedy}")]
    NoFuse { what: &'static str, remedy: &'static str },
    /// The folder cannot be mounted on.
    #[error("{}: the virtual board cannot be mounted here ({cause}); choose an empty folder of yours, and if a former one died there run `fusermount3 -u {}` first", folder.display(), folder.display())]
    Mount { folder: PathBuf, cause: std::io::Error },
    /// The engine.
    #[error("the engine behind the virtual board: {0}")]
    Engine(String),
    /// A description of faults that means nothing.
    #[error("`{part}` describes no fault; {expected}")]
    Faults { part: String, expected: String },
}
