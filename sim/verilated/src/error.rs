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
    #[error("{tool} could not be started: {why}")]
    Start { tool: String, why: io::Error },
    /// A tool ran and failed.
    #[error("{tool} failed on {what}{remedy}:\n{output}")]
    Tool { tool: String, what: String, remedy: &'static str, output: String },
    /// The cache cannot be used, or its file system is full.
    #[error(transparent)]
    Cache(#[from] cache::Error),
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
