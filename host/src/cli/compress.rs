//! Options of `ember compress`.

use super::facts::FactArgs;
use clap::Args;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  # without loss: the same weights, a sixth smaller
  ember compress own.ember -o own.small.ember

  # the default model in half a megabyte, measured on labelled photographs
  ember compress --target-kb 500 --images photos/ --eval images/ --labels labels.csv -o v1.1-500.ember

  # at most three and a half bits a weight
  ember compress own.ember --bits 3.5 --images photos/ -o own.small.ember

The file is a model file: every command with --model takes it. kB are 1000 bytes, of the whole file.
The same model, photographs and options give the same file, byte for byte.";

/// What to make small, and how.
#[derive(Debug, Args)]
pub struct CompressArgs {
    /// Model file to make small [default: the embedded SqueezeNet v1.1]
    #[arg(value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// Compressed model file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Most kilobytes (1000 bytes) of the whole file; without this and --bits the weights stay as they are
    #[arg(long, value_name = "KB", value_parser = positive)]
    pub target_kb: Option<f64>,
    /// Most bits a weight, of the whole file, on average
    #[arg(long, value_name = "BITS", value_parser = positive, conflicts_with = "target_kb")]
    pub bits: Option<f64>,
    /// Folder of calibration photographs (with its subfolders), which coarser weights are fitted to; of many, some
    /// hundred are used
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// Pieces of every photograph that are calibrated on beside the whole, 0 to 100: more for few photographs
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = pieces)]
    pub pieces: usize,
    /// Price of a bit, in squared rounding steps: more makes more zeros with finer steps, 0 only rounds
    #[arg(long, value_name = "PRICE", default_value_t = quantise::compress::LAMBDA, value_parser = price)]
    pub lambda: f64,
    /// Round every weight on its own instead of fitting layers to the photographs, for comparison
    #[arg(long)]
    pub rounding: bool,
    /// Folder of labelled photographs to measure the result on
    #[arg(long, value_name = "DIR", requires = "labels")]
    pub eval: Option<PathBuf>,
    /// CSV file with the columns `file` (relative to the folder of --eval) and `class` (number), or a list of `FILE CLASS`
    #[arg(long, value_name = "FILE", requires = "eval")]
    pub labels: Option<PathBuf>,
    /// Float network to compare with, .onnx or .safetensors
    #[arg(long, value_name = "NETWORK", requires = "eval")]
    pub float: Option<PathBuf>,
    #[command(flatten)]
    pub facts: FactArgs,
    /// Write the table as JSON too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|n: &f64| *n > 0.0 && *n <= 1e6).ok_or_else(|| "expected a number above 0".into())
}

fn pieces(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n <= 100).ok_or_else(|| "expected a whole number from 0 to 100".into())
}

fn price(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|n| (0.0..=10.0).contains(n)).ok_or_else(|| "expected a number from 0 to 10".into())
}
