//! What the user may type. Every option's documentation lives with it; meanings are checked in the commands.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The Fire engine: SqueezeNet in eight-bit integers, bit for bit the same on every engine.
#[derive(Debug, Parser)]
#[command(name = "ember", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Say more about what is done (-v, -vv, -vvv), on standard error
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    everything asked for was done
  1    it failed; standard error says what, and what to do
  2    the command line is wrong
  130  interrupted with Ctrl-C";

const QUANTIZE_EXAMPLES: &str = "\
Examples:
  # the authors' v1.1 from ONNX, calibrated on a folder of photographs
  ember quantize squeezenet1_1.onnx --images photos/ -o squeezenet_v1.1.ember

  # a torchvision export has another normalisation
  ember quantize torchvision.onnx --normalisation torchvision --images photos/ -o tv.ember

  # safetensors hold no graph: size, pools and padding are options
  ember quantize own.safetensors --size 224 --pools conv1,fire3,fire5 --class-names names.txt --images photos/ -o own.ember

The same network and photographs give the same file, byte for byte.";

const EVAL_EXAMPLES: &str = "\
Examples:
  # the default model on labelled photographs
  ember eval images/ --labels labels.csv

  # another model beside the float network it was made from, figures as JSON too
  ember eval images/ --labels labels.csv --model own.ember --float own.onnx --json accuracy.json

Without --float, the float network is looked for among the .onnx and .safetensors files in DIR,
beside DIR and in the folder `models` beside DIR; only the one that the model was made from (by a
SHA-256 in the model file) is taken. If there is none, int8 figures are printed alone.";

const VIRTUAL_BOARD_EXAMPLES: &str = "\
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

It needs FUSE (Debian: apt-get install fuse3). docs/virtual-board.md says what is served and every fault there is.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a model file: import a float SqueezeNet, calibrate it on photographs, quantise it
    #[command(after_help = QUANTIZE_EXAMPLES)]
    Quantize(QuantizeArgs),
    /// Measure accuracy on labelled photographs, in float and in integers
    #[command(after_help = EVAL_EXAMPLES)]
    Eval(EvalArgs),
    /// Serve an engine as the XDMA driver's device files, without a board (FUSE)
    #[command(after_help = VIRTUAL_BOARD_EXAMPLES)]
    VirtualBoard(VirtualBoardArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  ember completions bash > ~/.local/share/bash-completion/completions/ember")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Options of `ember quantize`.
#[derive(Debug, Args)]
pub struct QuantizeArgs {
    /// Float network: .onnx, or .safetensors with <layer>.weight (OIHW) and <layer>.bias
    #[arg(value_name = "NETWORK")]
    pub network: PathBuf,
    /// Folder of calibration photographs (with its subfolders); some dozens of ordinary ones are enough
    #[arg(long, value_name = "DIR")]
    pub images: PathBuf,
    /// Model file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub facts: FactArgs,
    /// Factor on the activation scales: about 1.4 for a handful of photographs, which show less than
    /// all photographs would; 1 for a hundred or more
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = headroom)]
    pub headroom: f32,
    /// Class names, one a line, class 0 first [default: ImageNet's for 1000 classes, else numbers]
    #[arg(long, value_name = "FILE")]
    pub class_names: Option<PathBuf>,
    /// Write the table at the end as JSON too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// What a float network's file does not say.
#[derive(Debug, Args)]
pub struct FactArgs {
    /// What the network expects of its input
    #[arg(long, value_enum, default_value_t = NormalisationArg::Caffe, alias = "normalization")]
    pub normalisation: NormalisationArg,
    /// Side of the square input in pixels [default: the ONNX file's; 227 for safetensors]
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<usize>,
    /// Layers that a max-pool follows (safetensors only) [default: v1.1's for a 3x3 stem, v1.0's for 7x7]
    #[arg(long, value_name = "LAYERS", value_delimiter = ',')]
    pub pools: Option<Vec<String>>,
    /// Padding of conv10 (safetensors only) [default: 0 for a 3x3 stem, 1 for 7x7]
    #[arg(long, value_name = "PIXELS")]
    pub classifier_padding: Option<usize>,
}

/// Normalisations that published SqueezeNets were trained with.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum NormalisationArg {
    /// Blue, green, red minus (104, 117, 123): the authors' networks
    Caffe,
    /// Red, green, blue over 255, minus (0.485, 0.456, 0.406), over (0.229, 0.224, 0.225)
    Torchvision,
}

/// Options of `ember eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Folder of photographs
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// CSV file with the columns `file` (relative to DIR) and `class` (number); looked for here, then in DIR
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,
    /// Model file [default: the embedded SqueezeNet v1.1]
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Float network to compare with, .onnx or .safetensors
    #[arg(long, value_name = "NETWORK")]
    pub float: Option<PathBuf>,
    #[command(flatten)]
    pub facts: FactArgs,
    /// Write the figures as JSON too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Options of `ember virtual-board`.
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

fn headroom(text: &str) -> Result<f32, String> {
    let range = 0.25..=4.0;
    text.parse().ok().filter(|f| range.contains(f)).ok_or_else(|| format!("expected a number from {} to {}", range.start(), range.end()))
}

impl FactArgs {
    /// In the words of the importer.
    pub fn facts(&self) -> net::import::Facts {
        net::import::Facts {
            normalisation: match self.normalisation {
                NormalisationArg::Caffe => net::float::Normalisation::CAFFE,
                NormalisationArg::Torchvision => net::float::Normalisation::TORCHVISION,
            },
            side: self.size,
            pools: self.pools.clone(),
            classifier_padding: self.classifier_padding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
