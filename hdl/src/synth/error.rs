//! What can go wrong around Yosys, each in one sentence with its remedy.

use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// A synthesis that did not happen.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// No Yosys.
    #[error("Yosys is not on the PATH; install 0.23 or newer, for example with `apt-get install yosys`, or name it in YOSYS")]
    Missing,
    /// `YOSYS` names something that does not run.
    #[error("{} (named in YOSYS) cannot be run: {why}; name a Yosys of 0.23 or newer, or unset YOSYS", program.display())]
    Named { program: PathBuf, why: io::Error },
    /// It ran, and is no Yosys.
    #[error("{} does not say its version (it printed {printed:?}); expected Yosys 0.23 or newer", program.display())]
    Unknown { program: PathBuf, printed: String },
    /// Too old.
    #[error("{} is Yosys {found}, which is too old; install 0.23 or newer and put it first on the PATH, or name it in YOSYS", program.display())]
    Old { program: PathBuf, found: String },
    /// Yosys refused the design.
    #[error("Yosys refuses {top}: {message}")]
    Refused { top: String, message: String },
    /// Yosys ended without a word.
    #[error("Yosys ended with {status} while it synthesised {top}; the last it said was {last:?}")]
    Died { top: String, status: String, last: String },
    /// It took too long.
    #[error("Yosys has synthesised {top} for {minutes} minutes without an end; raise the limit with --minutes, or choose fewer columns")]
    TooLong { top: String, minutes: u64 },
    /// Ctrl-C.
    #[error("interrupted; what was finished is kept and need not be synthesised again")]
    Interrupted,
    /// A file.
    #[error("{action} {} failed: {why}", path.display())]
    File { action: &'static str, path: PathBuf, why: io::Error },
    /// The cache cannot be used, or its file system is full.
    #[error(transparent)]
    Cache(#[from] cache::Error),
    /// A netlist that is not understood.
    #[error("Yosys's netlist of {top} is not understood: {message}; if {version} is newer than 0.70, try an older one")]
    Netlist { top: String, version: String, message: String },
}

/// For `map_err`: what was done to which file.
pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |why| Error::File { action, path, why }
}
