//! Options of `ember quantize`.

use super::facts::FactArgs;
use clap::{Args, ValueEnum};
use net::photo::Resize;
use quantise::calibrate::Recipe;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  # the authors' v1.1 from ONNX, calibrated on a folder of photographs
  ember quantize squeezenet1_1.onnx --images photos/ -o squeezenet_v1.1.ember

  # a torchvision export has another normalisation
  ember quantize torchvision.onnx --normalisation torchvision --images photos/ -o tv.ember

  # the numbers and the resize that a network was trained with
  ember quantize cifar.onnx --mean 0.4914,0.4822,0.4465 --deviation 0.2023,0.1994,0.2010 --resize direct --images photos/ -o cifar.ember

  # Caffe with its own mean file
  ember quantize own.caffemodel --mean mean.binaryproto --images photos/ -o own.ember

  # safetensors hold no graph: size, pools and padding are options
  ember quantize own.safetensors --size 224 --pools conv1,fire3,fire5 --class-names names.txt --images photos/ -o own.ember

  # a step a layer, and corrected biases; docs/accuracy.md has what each is worth
  ember quantize squeezenet1_1.onnx --images photos/ --calibration mse --bias-correction on -o other.ember

  # Caffe's own files: the description is found beside the weights, or named with --prototxt
  ember quantize own.caffemodel --images photos/ -o own.ember

  # a quantised network (QDQ ONNX) has its own scales and needs no photographs
  ember quantize own.qdq.onnx -o own.ember

`ember check NETWORK` tells beforehand whether Ember can run a network.
The same network and photographs give the same file, byte for byte.";

/// What to quantise, and how.
#[derive(Debug, Args)]
pub struct QuantizeArgs {
    /// Network: .onnx (float or QDQ), .caffemodel or Deep Compression .net with its .prototxt, or .safetensors with LAYER.weight (OIHW) and LAYER.bias
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
    /// How photographs become the network's size, `MODE[:SIZE][:FILTER]`: `squash:256` (aspect ratio not kept), `shorter-side:256`
    /// (torchvision), `direct` (to the size itself), `half-crop:256` (DIGITS), `fit` (letterbox), `none`; FILTER is `antialias` (Pillow's
    /// bilinear), `bicubic`, `bilinear` (OpenCV, Keras) or `nearest`; then the centre is cropped [default: squash:256 for 224 to 256 pixels]
    #[arg(long, value_name = "RESIZE")]
    pub resize: Option<Resize>,
    /// How the integers are chosen: `equalise` (a step a channel, weights fitted layer by layer to what the float network gives), or a step a
    /// layer and every weight rounded on its own: `max` (nothing seen is clipped), `mse` (least squared error),
    /// `percentile:P` (P percent of all activations are not clipped; `percentile` alone is 99.99)
    #[arg(long, value_name = "METHOD", default_value = "equalise")]
    pub calibration: Recipe,
    /// Factor on the activation scales: `mse` on a handful of photographs, which show less than all
    /// photographs would, wants about 1.4
    /// [default: 1; of `equalise` on fewer than 100 photographs 1.25]
    #[arg(long, value_name = "FACTOR", value_parser = headroom)]
    pub headroom: Option<f32>,
    /// Move the mean error of every output channel on the photographs into its bias (`equalise` always fits the biases)
    /// [default: off for fewer than 100 photographs, on from there on]
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    pub bias_correction: Option<Switch>,
    /// Bits of a weight, for an engine that keeps fewer than eight (`hdl generate --weight-bits`)
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=8))]
    pub weight_bits: u32,
    /// Class names, one a line, class 0 first, in UTF-8; empty lines at the end do not count, and there are no comments [default: ImageNet's for 1000 classes, else numbers]
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

fn headroom(text: &str) -> Result<f32, String> {
    let range = 0.25..=4.0;
    text.parse().ok().filter(|f| range.contains(f)).ok_or_else(|| format!("expected a number from {} to {}", range.start(), range.end()))
}
