//! What the user may type. Every option's documentation lives with it; meanings are checked in the commands.

pub mod bench;
pub mod classify;
pub mod compress;
pub mod devices;
pub mod doctor;
pub mod trace_layers;
pub mod virtual_board;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use net::calibrate::Method;
use std::path::PathBuf;
use std::str::FromStr;

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
  3    it was done, but some images could not be read or classified; standard error names them
  130  interrupted with Ctrl-C; `ember eval` and `ember classify` report what they have until then";

const QUANTIZE_EXAMPLES: &str = "\
Examples:
  # the authors' v1.1 from ONNX, calibrated on a folder of photographs
  ember quantize squeezenet1_1.onnx --images photos/ -o squeezenet_v1.1.ember

  # a torchvision export has another normalisation
  ember quantize torchvision.onnx --normalisation torchvision --images photos/ -o tv.ember

  # safetensors hold no graph: size, pools and padding are options
  ember quantize own.safetensors --size 224 --pools conv1,fire3,fire5 --class-names names.txt --images photos/ -o own.ember

  # another choice of scales, and corrected biases; docs/accuracy.md has what each is worth
  ember quantize squeezenet1_1.onnx --images photos/ --calibration mse --bias-correction on -o other.ember

  # Caffe's own files: the description is found beside the weights, or named with --prototxt
  ember quantize own.caffemodel --images photos/ -o own.ember

  # a quantised network (QDQ ONNX) has its own scales and needs no photographs
  ember quantize own.qdq.onnx -o own.ember

`ember check NETWORK` tells beforehand whether Ember can run a network.
The same network and photographs give the same file, byte for byte.";

const EVAL_EXAMPLES: &str = "\
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
written, and the exit code is 130.

Without --float, the float network is looked for among the .onnx and .safetensors files in DIR,
beside DIR and in the folder `models` beside DIR; only the one that the model was made from (by a
SHA-256 in the model file) is taken. If there is none, int8 figures are printed alone.";

const CHECK_EXAMPLES: &str = "\
Examples:
  # can Ember run this export? Nothing is built or calibrated
  ember check own.onnx

  # weights of Caffe, with their description elsewhere; the table as JSON too
  ember check own.caffemodel --prototxt nets/deploy.prototxt --json own.json

  # what is in a model file
  ember check squeezenet_v1.1.ember

Exit code 1 and the first reason on standard error when Ember cannot run the network.";

/// Ends the program as clap does for a wrong command line: `message`, usage, exit code 2.
pub fn usage_error(message: String) -> ! {
    Cli::command().error(clap::error::ErrorKind::ArgumentConflict, message).exit()
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Classify images on the software path, the simulated engine or a board
    #[command(after_help = classify::HELP)]
    Classify(classify::ClassifyArgs),
    /// Make a model file: import a float SqueezeNet, calibrate it on photographs, quantise it
    #[command(after_help = QUANTIZE_EXAMPLES)]
    Quantize(QuantizeArgs),
    /// Measure accuracy on labelled photographs, in float and in integers
    #[command(after_help = EVAL_EXAMPLES)]
    Eval(EvalArgs),
    /// Say what a network file was recognised as, node by node, or why Ember cannot run it
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Make a model file small: coarser weights, fitted to photographs, and entropy coding
    #[command(after_help = compress::HELP)]
    Compress(compress::CompressArgs),
    /// Measure a device: frames a second, latency, and where the time goes
    #[command(after_help = bench::HELP)]
    Bench(bench::BenchArgs),
    /// Compare every layer's signature on a device with the reference's, and name the first that differs
    #[command(after_help = trace_layers::HELP)]
    TraceLayers(trace_layers::TraceLayersArgs),
    /// Check tools, model, driver and boards; every line that is not ok says what to do
    #[command(after_help = doctor::HELP)]
    Doctor(doctor::DoctorArgs),
    /// List the boards that the engine can be built for: frames a second, DSPs, memories, what fits
    #[command(after_help = hdl::board::list::HELP)]
    Boards(hdl::board::list::ListArgs),
    /// Serve an engine as the XDMA driver's device files, without a board (FUSE)
    #[command(after_help = virtual_board::HELP)]
    VirtualBoard(virtual_board::VirtualBoardArgs),
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
    /// Network: .onnx (float or QDQ), .caffemodel or Deep Compression .net with its .prototxt, or .safetensors with <layer>.weight (OIHW) and <layer>.bias
    #[arg(value_name = "NETWORK")]
    pub network: PathBuf,
    /// Folder of calibration photographs (with its subfolders): best a hundred or more of the kind that
    /// will be classified; a handful of others serves too. Not for a quantised network (QDQ ONNX), whose own scales are used
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// Model file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub facts: FactArgs,
    /// How a layer's activation scale is chosen: `max` (nothing seen is clipped), `mse` (least squared error),
    /// `percentile:P` (P percent of all activations are not clipped; `percentile` alone is 99.99)
    /// [default: max for fewer than 100 photographs, mse from there on]
    #[arg(long, value_name = "METHOD")]
    pub calibration: Option<Method>,
    /// Factor on the activation scales: `mse` on a handful of photographs, which show less than all
    /// photographs would, wants about 1.4
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = headroom)]
    pub headroom: f32,
    /// Move the mean error of every output channel on the photographs into its bias
    /// [default: off for fewer than 100 photographs, on from there on]
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    pub bias_correction: Option<Switch>,
    /// Bits of a weight, for an engine that keeps fewer than eight (`hdl generate --weight-bits`)
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=8))]
    pub weight_bits: u32,
    /// Class names, one a line, class 0 first [default: ImageNet's for 1000 classes, else numbers]
    #[arg(long, value_name = "FILE")]
    pub class_names: Option<PathBuf>,
    /// Write the table at the end as JSON too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// An option that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Yes
    On,
    /// No
    Off,
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
    /// Description of a .caffemodel or .net file [default: the .prototxt of its name beside it]
    #[arg(long, value_name = "FILE")]
    pub prototxt: Option<PathBuf>,
}

/// Options of `ember check`.
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

/// Normalisations that published SqueezeNets were trained with.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum NormalisationArg {
    /// Blue, green, red minus (104, 117, 123): the authors' networks
    Caffe,
    /// Red, green, blue over 255, minus (0.485, 0.456, 0.406), over (0.229, 0.224, 0.225)
    Torchvision,
    /// Red, green, blue from 0 to 255 as they are, or scaled inside the network (Keras with a Rescaling layer)
    Bytes,
    /// Red, green, blue over 255
    Unit,
    /// Red, green, blue over 127.5, minus 1
    Signed,
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
                NormalisationArg::Bytes => net::float::Normalisation::BYTES,
                NormalisationArg::Unit => net::float::Normalisation::UNIT,
                NormalisationArg::Signed => net::float::Normalisation::SIGNED,
            },
            side: self.size,
            pools: self.pools.clone(),
            classifier_padding: self.classifier_padding,
            prototxt: self.prototxt.clone(),
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
