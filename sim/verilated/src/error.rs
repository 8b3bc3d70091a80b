//! What can go wrong between Verilog text and a running model, each in one sentence with its remedy.

use crate::toolchain::{Version, OLDEST};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// A model that could not be built, loaded or run.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// No `verilator` on the search path.
    #[error("Verilator is not on the PATH; install {OLDEST} or newer, for example with `apt-get install verilator g++`")]
    VerilatorMissing,
    /// A Verilator whose generated C++ this crate does not know.
    #[error("{} is Verilator {found}, which is too old; install {OLDEST} or newer and put it first on the PATH", path.display())]
    VerilatorTooOld { path: PathBuf, found: Version },
    /// `verilator --version` printed something else.
    #[error("{} does not say its version (it printed {printed:?}); put a working Verilator {OLDEST} or newer first on the PATH", path.display())]
    VerilatorUnknown { path: PathBuf, printed: String },
    /// No C++ compiler.
    #[error("no C++ compiler: {tried} is not on the PATH; install one with `apt-get install g++`, or name one in CXX")]
    CompilerMissing { tried: String },
    /// A tool could not be started.
    #[error("{tool} could not be started: {source}")]
    Start { tool: String, source: io::Error },
    /// A tool ran and failed.
    #[error("{tool} failed on {what}{remedy}:\n{output}")]
    Tool { tool: String, what: String, remedy: &'static str, output: String },
    /// The cache cannot be used.
    #[error(
        "the cache of Verilated models cannot be used: {action} {} failed: {source}; set EMBER_CACHE to a folder that can be written",
        path.display()
    )]
    Cache { action: &'static str, path: PathBuf, source: io::Error },
    /// Neither `EMBER_CACHE` nor a home folder is known.
    #[error("there is no folder for the cache of Verilated models: neither EMBER_CACHE, XDG_CACHE_HOME nor HOME is set; set EMBER_CACHE")]
    NoCache,
    /// A design that makes no sense before any tool sees it.
    #[error("design {top}: {problem}")]
    Design { top: String, problem: String },
    /// A built model cannot be loaded.
    #[error("{} cannot be loaded: {reason}; delete its folder to have it built again", path.display())]
    Load { path: PathBuf, reason: String },
    /// The running model stopped itself (`$stop`, no convergence).
    #[error("the simulation stopped in cycle {cycle}: {message}")]
    Stopped { cycle: u64, message: String },
    /// A waveform was asked of a model that was built without them.
    #[error("this model was built without waveforms; build it with Design::with_trace")]
    NoTrace,
    /// A waveform file cannot be written.
    #[error("the waveform {} cannot be written: {message}", path.display())]
    Trace { path: PathBuf, message: String },
}
