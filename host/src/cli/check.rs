//! Options of `ember check`.

use super::facts::FactArgs;
use clap::Args;
use net::photo::Resize;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  # can Ember run this export? Nothing is built or calibrated
  ember check own.onnx

  # weights of Caffe, with their description elsewhere; the table as JSON too
  ember check own.caffemodel --prototxt nets/deploy.prototxt --json own.json

  # what is in a model file
  ember check squeezenet_v1.1.ember

It says how photographs become the network's input (resize, crop, border) and what of their bytes the network takes: order of
the channels, mean, deviation; and where that comes from.

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
    /// How photographs become the network's size, `MODE[:SIZE][:FILTER]`: `squash:256` (aspect ratio not kept), `shorter-side:256`
    /// (torchvision), `direct` (to the size itself), `half-crop:256` (DIGITS), `fit` (letterbox), `none`; FILTER is `antialias` (Pillow's
    /// bilinear), `bicubic`, `bilinear` (OpenCV, Keras) or `nearest`; then the centre is cropped [default: squash:256 for 224 to 256 pixels]
    #[arg(long, value_name = "RESIZE")]
    pub resize: Option<Resize>,
    /// Write the table as JSON too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}
