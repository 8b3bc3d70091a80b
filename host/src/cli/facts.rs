//! What a float network's file does not say: options that several commands share.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

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

impl FactArgs {
    /// In the words of the importer.
    pub fn facts(&self) -> quantise::import::Facts {
        quantise::import::Facts {
            normalisation: match self.normalisation {
                NormalisationArg::Caffe => quantise::float::Normalisation::CAFFE,
                NormalisationArg::Torchvision => quantise::float::Normalisation::TORCHVISION,
                NormalisationArg::Bytes => quantise::float::Normalisation::BYTES,
                NormalisationArg::Unit => quantise::float::Normalisation::UNIT,
                NormalisationArg::Signed => quantise::float::Normalisation::SIGNED,
            },
            side: self.size,
            pools: self.pools.clone(),
            classifier_padding: self.classifier_padding,
            prototxt: self.prototxt.clone(),
        }
    }
}
