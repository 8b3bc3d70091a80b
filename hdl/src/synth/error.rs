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
    #[error("{} (named in YOSYS) cannot be run: {source}; name a Yosys of 0.23 or newer, or unset YOSYS", program.display())]
    Named { program: PathBuf, source: io::Error },
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
    #[error("{action} {} failed: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    /// The cache has no place.
    #[error("there is no folder for the cache of synthesis results: neither EMBER_CACHE, XDG_CACHE_HOME nor HOME is set; set EMBER_CACHE")]
    NoCache,
    /// A netlist that is not understood.
    #[error("Yosys's netlist of {top} is not understood: {message}; if {version} is newer than 0.70, try an older one")]
    Netlist { top: String, version: String, message: String },
}

/// For `map_err`: what was done to which file.
pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::File { action, path, source }
}
