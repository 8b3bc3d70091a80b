//! What the examples that compare calibrations share: labelled photographs, one in ten of them held out, and what integers do on the others.

use ndarray::Array3;
use net::classify::{ranked, softmax};
use net::model_file::Model;
use net::photo::{self, Preprocessing};
use quantise::float::FloatNetwork;
use quantise::metrics::{divergence, percent, Accuracy};
use quantise::quantiser::Quantised;
use quantise::runtime::FloatEngine;
use rayon::prelude::*;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Every so many labelled photographs one is for calibration.
const HELD_OUT: usize = 10;

pub type AnyError = Box<dyn Error + Send + Sync>;

/// One labelled photograph, ready for the networks.
pub struct Photograph {
    pub input: Array3<u8>,
    pub class: usize,
    /// The float network's probabilities.
    pub float: Vec<f64>,
}

/// What is measured: percent, and thousandths of a nat.
pub struct Figures {
    pub top1: f64,
    pub top5: f64,
    pub agreement: f64,
    pub divergence: f64,
}

/// Top-1 and top-5 of the float network.
pub fn float_accuracy(photographs: &[Photograph]) -> Accuracy {
    let mut accuracy = Accuracy::default();
    photographs.iter().for_each(|p| accuracy.count(&ranked(&p.float, 5), p.class));
    accuracy
}

/// The files held out for calibration, and the other photographs with the float network's answers.
pub fn labelled_photographs(
    folder: &Path,
    float: &FloatNetwork,
    preprocessing: &Preprocessing,
) -> Result<(Vec<PathBuf>, Vec<Photograph>), AnyError> {
    let mut rows = Vec::new();
    for row in csv::Reader::from_path(folder.join("labels.csv"))?.deserialize() {
        let (file, class): (String, usize) = row?;
        rows.push((folder.join(file), class));
    }
    let (held_out, measured): (Vec<_>, Vec<_>) = rows.into_iter().enumerate().partition(|(i, _)| i % HELD_OUT == 0);
    let engine = FloatEngine::classifier_only(float)?;
    let load = |(path, class): (PathBuf, usize)| {
        let input = preprocessing.apply(&photo::load(&path)?, float.layout.height, float.layout.width);
        let float = softmax(&engine.logits(input.view())?);
        Ok(Photograph { input, class, float })
    };
    let measured = measured.into_par_iter().map(|(_, row)| load(row)).collect::<Result<_, AnyError>>()?;
    Ok((held_out.into_iter().map(|(_, (path, _))| path).collect(), measured))
}

/// Runs the integers on all photographs.
pub fn measure(quantised: Quantised, preprocessing: &Preprocessing, photographs: &[Photograph]) -> Result<Figures, AnyError> {
    let names = (0..quantised.network.layout.classifier.classes).map(|c| c.to_string()).collect();
    let model = Model::new(quantised.network, quantised.scales, *preprocessing, names, String::new(), String::new())?;
    let integers = net::fast::FastNetwork::new(&model.network)?;
    let logits = photographs
        .par_iter()
        .map_init(|| integers.workspace(), |workspace, p| Ok::<_, AnyError>(model.logits(&integers.run_with(workspace, p.input.view())?)));
    let logits: Vec<Vec<f64>> = logits.collect::<Result<_, _>>()?;
    let (mut accuracy, mut agreed, mut sum) = (Accuracy::default(), 0, 0.0);
    for (photograph, logits) in photographs.iter().zip(&logits) {
        let answers = ranked(logits, 5);
        accuracy.count(&answers, photograph.class);
        agreed += usize::from(answers.first() == ranked(&photograph.float, 1).first());
        sum += divergence(&photograph.float, &softmax(logits));
    }
    let count = photographs.len();
    Ok(Figures { top1: accuracy.top1(), top5: accuracy.top5(), agreement: percent(agreed, count), divergence: 1000.0 * sum / count as f64 })
}
