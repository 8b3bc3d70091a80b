//! Options of `ember doctor`.

use super::devices::DeviceArgs;
use clap::Args;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  ember doctor                       tools, model, driver, boards, and a frame on the software path and on each board
  ember doctor --sim --columns 4     a frame on the simulated engine as well
  ember doctor --json - | jq '.checks[] | select(.status == \"red\")'

Every board without a red line runs one frame, there and back, and must give the software path's sums. For that the engine is reset
and the model's program loaded. A board that another program has is left alone, which is a warning.

A warning is something that works, but not as well as it could, or that only some uses need.

Exit codes:
  0    nothing is red
  1    something is red; its line says what to do
  2    the command line is wrong
  130  interrupted with Ctrl-C; 143 by SIGTERM, 129 by SIGHUP";

/// What to check.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub devices: DeviceArgs,
    /// Run a frame on the simulated engine too; builds it the first time
    #[arg(long)]
    pub sim: bool,
    /// A board has to be there: what a board needs is red instead of a warning when it is missing
    #[arg(long)]
    pub board: bool,
    /// Write the report as JSON to this file, or instead of the text to standard output (-)
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Look for sys/ and dev/ below this folder
    #[arg(long, value_name = "DIR", default_value = "/", hide = true)]
    pub root: PathBuf,
}
