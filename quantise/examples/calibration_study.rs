//! Which calibration is best: every method, with and without bias correction, on several sets of photographs.
//!
//!     cargo run --release -p quantise --example calibration_study -- \
//!         ../shared/data/models/squeezenet1_1.onnx ../shared/data/images public=DIR free=../shared/data/free held-out/4 held-out/1
//!
//! The arguments are a float network, a folder of labelled photographs with its `labels.csv`, and any number of sets to
//! calibrate on: named names, and `held-out/N`, every N-th of the photographs held out. Held out is every tenth labelled
//! photograph; all figures are measured on the other nine tenths, so that no row is measured on what it was calibrated
//! on. Prints a Markdown table:
//!
//! - top-1 and top-5 of the integers, and how often their first answer is the float network's, percent;
//! - divergence: mean Kullback-Leibler divergence of the integers' softmax from the float network's, in thousandths of
//!   a nat. It uses every logit of every photograph, so it tells methods apart that agreement cannot.
//!
//! docs/accuracy.md has the result and what was chosen.

mod labelled;

use labelled::{float_accuracy, labelled_photographs, measure, AnyError, Figures, Photograph};
use ndarray::Array3;
use net::photo::Preprocessing;
use quantise::calibrate::{self, Calibration, Method};
use quantise::float::FloatNetwork;
use quantise::histogram::Histogram;
use quantise::runtime::FloatEngine;
use quantise::{bias_correction, import, quantiser};
use rayon::prelude::*;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// A set of calibration photographs and what the float network does on them.
struct Set {
    name: String,
    histograms: Vec<Histogram>,
    images: Vec<Array3<u8>>,
}

fn main() -> Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [network, labelled, names @ ..] = &arguments[..] else {
        return Err("usage: calibration_study NETWORK LABELLED SET...".into());
    };
    let float = import::load(Path::new(network), &import::Facts::default())?;
    let engine = FloatEngine::new(&float)?;
    let preprocessing = Preprocessing::standard(float.layout.height, float.layout.width);
    let (held_out, measured) = labelled_photographs(Path::new(labelled), &float, &preprocessing)?;

    let accuracy = float_accuracy(&measured);
    println!("{network}: float top-1 {:.2}, top-5 {:.2} on {} photographs\n", accuracy.top1(), accuracy.top5(), measured.len());
    println!("| calibrated on | method | headroom | bias correction | top-1 | top-5 | agreement | divergence |");
    println!("|---|---|---|---|---|---|---|---|");
    for set in names {
        let (name, files) = match (set.split_once('='), set.strip_prefix("held-out/")) {
            (Some((name, folder)), _) => (name, calibrate::image_files(Path::new(folder))?.images),
            (_, Some(part)) => ("held out", held_out.iter().step_by(part.parse::<NonZeroUsize>()?.get()).cloned().collect()),
            _ => return Err(format!("{set}: expected NAME=FOLDER or held-out/N").into()),
        };
        let set = Set::new(&format!("{name} ({})", files.len()), &files, &engine, &preprocessing)?;
        for (method, headroom) in candidates() {
            for correct in [false, true] {
                set.measure(&float, &engine, Calibration { method, headroom }, correct, &measured)?;
            }
        }
    }
    Ok(())
}

fn candidates() -> Vec<(Method, f32)> {
    vec![(Method::Mse, 1.0), (Method::Mse, 1.4), (Method::Max, 1.0), (Method::Percentile(99.99), 1.0)]
}

impl Set {
    fn new(name: &str, files: &[PathBuf], engine: &FloatEngine, preprocessing: &Preprocessing) -> Result<Self, AnyError> {
        let histograms = calibrate::histograms(engine, files, preprocessing, &|| ())?;
        let inputs = files.par_iter().map(|file| calibrate::inputs(file, preprocessing, engine.size()));
        let images = inputs.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        Ok(Self { name: name.into(), histograms, images })
    }

    /// Quantises, and prints one row of the table.
    fn measure(
        &self,
        float: &FloatNetwork,
        engine: &FloatEngine,
        calibration: Calibration,
        correct: bool,
        photographs: &[Photograph],
    ) -> Result<(), AnyError> {
        let choices = calibrate::choose_scales(&self.histograms, engine.layers(), calibration)?;
        let scales: Vec<f32> = choices.iter().map(|c| c.scale).collect();
        let mut quantised = quantiser::quantise(float, &scales)?;
        if correct {
            bias_correction::correct(float, engine, &mut quantised, &self.images, &|| ())?;
        }
        let preprocessing = Preprocessing::standard(float.layout.height, float.layout.width);
        let Figures { top1, top5, agreement, divergence } = measure(quantised, &preprocessing, photographs)?;
        let (method, headroom, correct) = (calibration.method, calibration.headroom, if correct { "on" } else { "off" });
        println!("| {} | {method} | {headroom} | {correct} | {top1:.2} | {top5:.2} | {agreement:.2} | {divergence:.2} |", self.name);
        Ok(())
    }
}
