//! What a float network's file does not say: options that several commands share.

use clap::{Args, ValueEnum};
use quantise::float::{ChannelOrder, Normalisation};
use std::path::PathBuf;

/// What a float network's file does not say.
#[derive(Debug, Args)]
pub struct FactArgs {
    /// What the network expects of its input [default: what its graph says, else caffe; a line says which]
    #[arg(long, value_enum, alias = "normalization")]
    pub normalisation: Option<NormalisationArg>,
    /// Mean of the channels that is subtracted, in the order of --channel-order: steps of a byte, or of 0 to 1 when no number is
    /// above 1; or a Caffe mean file (.binaryproto), whose channels' means are taken
    #[arg(long, value_name = "A,B,C|FILE", value_parser = mean, allow_hyphen_values = true)]
    pub mean: Option<Mean>,
    /// What the channels are divided by then, in the unit of --mean [default: the preset's, else 1]
    #[arg(long, value_name = "A,B,C", value_parser = three, alias = "std")]
    pub deviation: Option<[f64; 3]>,
    /// Which colour the first channel is [default: the preset's or the graph's, bgr for a mean file, else rgb]
    #[arg(long, value_enum)]
    pub channel_order: Option<OrderArg>,
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

/// Order of a network's channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OrderArg {
    /// Red first
    Rgb,
    /// Blue first
    Bgr,
}

/// Means as they are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    values: [f64; 3],
    /// Of a mean file: how far its pixels are from them.
    spread: Option<f64>,
}

fn three(text: &str) -> Result<[f64; 3], String> {
    let values: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse::<f64>()).collect();
    match values.as_deref() {
        Ok(&[one]) if one.is_finite() => Ok([one; 3]),
        Ok(&[a, b, c]) if [a, b, c].iter().all(|v| v.is_finite()) => Ok([a, b, c]),
        _ => Err("expected one number, or three with commas".into()),
    }
}

fn mean(text: &str) -> Result<Mean, String> {
    if text.to_ascii_lowercase().ends_with(".binaryproto") {
        let found = quantise::import::mean::read(std::path::Path::new(text))?;
        return Ok(Mean { values: found.means, spread: Some(found.spread) });
    }
    three(text).map(|values| Mean { values, spread: None }).map_err(|e| format!("{e}, or a .binaryproto file"))
}

impl FactArgs {
    /// What is to be said of what was given.
    pub fn warning(&self) -> Option<String> {
        let spread = self.mean?.spread?;
        Some(format!(
            "the mean file is an image, which the engine cannot subtract: the mean of each channel is taken, from which its pixels are \
             {spread:.1} steps away (root of the mean square), so answers that are close to each other may change places"
        ))
    }

    fn normalisation(&self) -> Option<Normalisation> {
        let preset = self.normalisation.map(|preset| match preset {
            NormalisationArg::Caffe => Normalisation::CAFFE,
            NormalisationArg::Torchvision => Normalisation::TORCHVISION,
            NormalisationArg::Bytes => Normalisation::BYTES,
            NormalisationArg::Unit => Normalisation::UNIT,
            NormalisationArg::Signed => Normalisation::SIGNED,
        });
        if self.mean.is_none() && self.deviation.is_none() {
            return preset;
        }
        let from_file = self.mean.is_some_and(|mean| mean.spread.is_some());
        let order = if from_file { ChannelOrder::Bgr } else { ChannelOrder::Rgb };
        let Normalisation { order, mean, deviation } = preset.unwrap_or(Normalisation { order, ..Normalisation::BYTES });
        let above_1 = |values: [f64; 3]| values.iter().any(|v| v.abs() > 1.0);
        let given = self.mean.map(|mean| mean.values);
        // numbers of 0 to 1 belong to pixels of 0 to 1
        let shares = !from_file && !given.is_some_and(above_1) && !self.deviation.is_some_and(above_1);
        let unit = if shares { 255.0 } else { 1.0 };
        let mean = given.map_or(mean, |values| values.map(|v| v * unit));
        let deviation = match (self.deviation, preset) {
            (Some(values), _) => values.map(|v| v * unit),
            (None, Some(_)) => deviation,
            (None, None) => [unit; 3],
        };
        Some(Normalisation { order, mean, deviation })
    }

    /// In the words of the importer.
    pub fn facts(&self) -> quantise::import::Facts {
        quantise::import::Facts {
            normalisation: self.normalisation(),
            order: self.channel_order.map(|order| match order {
                OrderArg::Rgb => ChannelOrder::Rgb,
                OrderArg::Bgr => ChannelOrder::Bgr,
            }),
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
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        facts: FactArgs,
    }

    fn normalisation(words: &[&str]) -> Option<Normalisation> {
        Line::try_parse_from([&["ember"], words].concat()).unwrap_or_else(|e| panic!("{words:?}: {e}")).facts.facts().normalisation
    }

    #[test]
    fn numbers_are_bytes_or_shares() {
        assert_eq!(normalisation(&[]), None);
        let near = |found: Option<Normalisation>, wanted: Normalisation| {
            let found = found.expect("given");
            let close = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
            assert!(close(found.mean, wanted.mean) && close(found.deviation, wanted.deviation) && found.order == wanted.order, "{found:?}");
        };
        near(normalisation(&["--mean", "0.485,0.456,0.406", "--deviation", "0.229,0.224,0.225"]), Normalisation::TORCHVISION);
        let means = Normalisation { mean: [124.0, 117.0, 104.0], ..Normalisation::BYTES };
        near(normalisation(&["--mean", "124,117,104"]), means);
        near(normalisation(&["--mean", "124,117,104", "--deviation", "1"]), means);
        near(normalisation(&["--mean", "0.5", "--deviation", "0.5"]), Normalisation { mean: [127.5; 3], ..Normalisation::SIGNED });
        near(
            normalisation(&["--normalisation", "caffe", "--mean", "100,110,120"]),
            Normalisation { mean: [100.0, 110.0, 120.0], ..Normalisation::CAFFE },
        );
        for wrong in ["1,2", "a,b,c", "nan", "missing.binaryproto"] {
            assert!(Line::try_parse_from(["ember", "--mean", wrong]).is_err(), "{wrong}");
        }
    }
}
