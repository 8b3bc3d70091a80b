//! Options of `ember eval`.

use super::facts::FactArgs;
use clap::Args;
use std::path::PathBuf;
use std::str::FromStr;

pub const HELP: &str = "\
Examples:
  # the default model on labelled photographs
  ember eval images/ --labels labels.csv

  # another model beside the float network it was made from, figures as JSON too
  ember eval images/ --labels labels.csv --model own.ember --float own.onnx --json accuracy.json

  # every photograph whose answer changed, and every layer's error on all photographs
  ember eval images/ --labels labels.csv --list 10000 --sqnr-images all

It prints top-1 and top-5 with 95 % intervals (Wilson score), how often float and int8 agree,
the photographs whose first answer quantisation changed, and the layers with the lowest signal
to quantisation noise. A photograph that cannot be read is named and left out, and the exit code
is then 3. Ctrl-C ends early: the figures of the photographs done so far are printed and
written, and the exit code is 130 (143 after SIGTERM, 129 after SIGHUP).

Without --float, the float network is looked for among the .onnx and .safetensors files in DIR,
beside DIR and in the folder `models` beside DIR; only the one that the model was made from (by a
SHA-256 in the model file) is taken. If there is none, int8 figures are printed alone.";

/// What to measure, and on what.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Folder of photographs
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// CSV file with the columns `file` (relative to DIR) and `class` (number or name; other usual names of columns too), or
    /// without a header a list of `FILE CLASS`, as the ILSVRC's val.txt; looked for here, then in DIR [default: every folder
    /// in DIR is a class]
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Model file, or `v1.1-6bit` for the embedded one of six-bit weights [default: the embedded SqueezeNet v1.1]
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Float network to compare with, .onnx or .safetensors
    #[arg(long, value_name = "NETWORK")]
    pub float: Option<PathBuf>,
    #[command(flatten)]
    pub facts: FactArgs,
    /// Photographs with a changed first answer to print; the JSON file has them all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub list: usize,
    /// Photographs, spread over the list, on which every layer is compared: a number, 0 for none, or `all`
    #[arg(long, value_name = "N|all", default_value = "64")]
    pub sqnr_images: Count,
    /// Write the figures as JSON too, whole
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// A number of photographs; `all` is the largest number.
#[derive(Clone, Copy, Debug)]
pub struct Count(pub usize);

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self(usize::MAX)),
            _ => text.parse().map(Self).map_err(|_| "expected a whole number, or all".into()),
        }
    }
}
