//! Options of `ember virtual-board`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  # the generated Verilog behind device files, then photographs through them
  ember virtual-board --columns 8 --dir /tmp/board &
  ember classify --device-dir /tmp/board photos/

  # real results without a simulation
  ember virtual-board --engine software --dir /tmp/board

  # one transfer in a hundred goes wrong; always the same ones
  ember virtual-board --engine stub --faults rate=0.01,seed=7 --dir /tmp/board

  # the fifth result is damaged, the card leaves the bus at the 20th write
  ember virtual-board --faults corrupt@5,gone@20 --dir /tmp/board

It needs FUSE (Debian: apt-get install fuse3). docs/virtual-board.md says what is served and every fault there is.

Exit codes:
  0    ended by Ctrl-C or SIGTERM, and unmounted
  1    it cannot be served, the engine or the self-test failed, or a transfer was issued after one that failed before the
       identity register was read, as no program may do
  2    the command line is wrong";

/// What to serve, and where.
#[derive(Debug, Args)]
pub struct VirtualBoardArgs {
    /// Folder in which the files xdma0_* appear; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// What stands behind the files
    #[arg(long, value_enum, default_value_t = EngineArg::Rtl)]
    pub engine: EngineArg,
    /// Columns of the array
    #[arg(long, default_value = "8", value_parser = ["4", "8", "16", "32"])]
    pub columns: String,
    /// Model that the software engine computes [default: the embedded SqueezeNet v1.1]
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Seconds after which a transfer is given up [default: 10, as the driver's; 60 with --engine rtl]
    #[arg(long, value_name = "SECONDS", value_parser = timeout)]
    pub timeout: Option<f64>,
    /// Faults to inject: rate=0.01, seed=7, kinds=corrupt+reset, delay=MS, KIND@N; separated by commas
    #[arg(long, value_name = "FAULTS")]
    pub faults: Option<String>,
    /// File with faults to inject, a part a line; # begins a comment
    #[arg(long, value_name = "FILE", conflicts_with = "faults")]
    pub fault_script: Option<PathBuf>,
    /// Classify the shipped photographs through the files first, and hold the sums against the software path
    #[arg(long)]
    pub self_test: bool,
}

/// Engines of a virtual board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    /// The generated Verilog under Verilator, cycle by cycle
    Rtl,
    /// The software path: real results, no cycles
    Software,
    /// No network at all: sums made of the frame's bytes, as fast as the files are
    Stub,
}

fn timeout(text: &str) -> Result<f64, String> {
    let range = 0.001..=3600.0;
    text.parse().ok().filter(|s| range.contains(s)).ok_or_else(|| format!("expected seconds from {} to {}", range.start(), range.end()))
}
