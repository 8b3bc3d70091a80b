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
    /// A Python without Yosys.
    #[error("{} cannot import pyosys; install it there (`pip install pyosys`), or name a Yosys with --yosys", program.display())]
    NoPackage { program: PathBuf },
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
    #[error("{top} has taken {minutes} minutes without an end; raise the limit with --minutes, or choose fewer columns")]
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
    /// No nextpnr.
    #[error("{what}; place and route with open tools needs nextpnr's himbaechel with its Xilinx part (https://github.com/YosysHQ/nextpnr, cmake -DARCH=himbaechel -DHIMBAECHEL_UARCH=xilinx -DHIMBAECHEL_PRJXRAY_DB=...), whose build makes the part's chip database from Project X-Ray's (https://github.com/f4pga/prjxray-db, himbaechel/uarch/xilinx/gen/xilinx_gen.py --xray prjxray-db/kintex7 --device xc7k325t --bba FILE, then bbasm); name the program with --nextpnr or NEXTPNR, the database with --chipdb or NEXTPNR_CHIPDB")]
    NoRouter { what: String },
    /// nextpnr failed.
    #[error("{} did not place and route {top}: {said}", program.display())]
    Router { program: PathBuf, top: String, said: String },
    /// Its report is not understood.
    #[error("{} is not the report of a nextpnr that is known: {message}", path.display())]
    RouterReport { path: PathBuf, message: String },
    /// A netlist that is not understood.
    #[error("Yosys's netlist of {top} is not understood: {message}; if {version} is newer than 0.70, try an older one")]
    Netlist { top: String, version: String, message: String },
}

/// For `map_err`: what was done to which file.
pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |why| Error::File { action, path, why }
}
