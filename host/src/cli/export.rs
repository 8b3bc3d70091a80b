//! Options of `ember export`.

use clap::Args;
use std::path::PathBuf;

pub const HELP: &str = "\
Example:
  ember export own.ember -o own.onnx

The file holds the model's integers between QuantizeLinear and DequantizeLinear, as onnxruntime runs and netron shows them. Its
input `image` is one frame, 1 x 3 x height x width: red, green, blue from 0 to 255 as floats, resized, cropped and bordered
as the file's metadata says (ember.photographs). Its output `logits` has one number a class.";

/// What to export, and where to.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Model file [default: the embedded SqueezeNet v1.1]
    #[arg(value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// ONNX file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}
