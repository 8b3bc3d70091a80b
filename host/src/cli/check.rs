//! Options of `ember check`.

use super::facts::FactArgs;
use clap::Args;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  # can Ember run this export? Nothing is built or calibrated
  ember check own.onnx

  # weights of Caffe, with their description elsewhere; the table as JSON too
  ember check own.caffemodel --prototxt nets/deploy.prototxt --json own.json

  # what is in a model file
  ember check squeezenet_v1.1.ember

The last lines say which engines hold the network: where the standard one does not, the options of `hdl generate` for
one that does.

Exit code 1 and the first reason on standard error when Ember cannot run the network.";

/// What to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Network as for `ember quantize`, or a model file (.ember)
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    #[command(flatten)]
    pub facts: FactArgs,
    /// Write the table as JSON too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}
