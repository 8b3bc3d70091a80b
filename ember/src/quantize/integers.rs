//! The integers, chosen on photographs, and how near they are to the float network.

use super::fit::Fit;
use super::{Options, QuantizeError};
use crate::progress::{stage, Progress, Stage};
use net::photo::Preprocessing;
use quantise::bias_correction::{self, Correction};
use quantise::calibrate::{self, Calibration, Method};
use quantise::fit::{self, LayerFit};
use quantise::float::FloatNetwork;
use quantise::histogram::ScaleChoice;
use quantise::metrics;
use quantise::quantiser::{self, Quantised};
use quantise::runtime::FloatEngine;
use rayon::prelude::*;
use std::path::PathBuf;

/// Calibration images on which the finished integers are compared with the float network.
const COMPARED: usize = 32;
/// Bytes of activations that bias correction may hold; more photographs than fit are not used for it.
const CORRECTION_BYTES: usize = 512 << 20;

/// How the integers were made, beside themselves.
#[derive(Default)]
pub(super) struct Made {
    pub(super) headroom: f32,
    /// One a layer, where each has one step.
    pub(super) choices: Vec<ScaleChoice>,
    pub(super) corrected: Option<Corrected>,
    pub(super) fit: Option<FitDone>,
}

/// What equalising and fitting did.
pub(super) struct FitDone {
    pub(super) images: usize,
    pub(super) inputs: usize,
    pub(super) layers: Vec<LayerFit>,
}

/// A step a channel, fitted weights.
///
/// # Errors
/// Biases that are asked for in another way, a photograph that cannot be read, a dead layer.
pub(super) fn equalised(
    options: &Options,
    float: &FloatNetwork,
    engine: &FloatEngine,
    images: &[PathBuf],
    preprocessing: &Preprocessing,
    progress: &dyn Progress,
) -> Result<(Quantised, Made), QuantizeError> {
    if options.bias_correction.is_some() {
        return Err(QuantizeError::BiasCorrection);
    }
    let mut fitting = fit::Options::for_images(images.len(), options.weight_bits);
    fitting.headroom = options.headroom.map_or(fitting.headroom, f64::from);
    let Fit { fitted, photographs, inputs } = super::fit::fit(float, engine.layers(), images, preprocessing, fitting, progress)?;
    let fit = Some(FitDone { images: photographs, inputs, layers: fitted.layers });
    Ok((fitted.quantised, Made { headroom: fitting.headroom as f32, fit, ..Made::default() }))
}

/// A step a layer, rounded weights.
///
/// # Errors
/// A photograph that cannot be read, a dead layer, numbers for which no integers exist.
pub(super) fn by_layer(
    options: &Options,
    float: &FloatNetwork,
    engine: &FloatEngine,
    images: &[PathBuf],
    preprocessing: &Preprocessing,
    method: Method,
    progress: &dyn Progress,
) -> Result<(Quantised, Made), QuantizeError> {
    let headroom = options.headroom.unwrap_or(1.0);
    let corrects = options.bias_correction.unwrap_or(images.len() >= calibrate::REPRESENTATIVE);
    let histograms =
        stage(progress, Stage::Calibrate, images.len(), |done| calibrate::histograms(engine, images, preprocessing, &|| done()))?;
    super::go_on(progress)?;
    let choices = calibrate::choose_scales(&histograms, engine.layers(), Calibration { method, headroom })?;
    let choices = calibrate::below_ceilings(choices, &histograms, &float.activations);
    drop(histograms);
    let scales: Vec<f32> = choices.iter().map(|c| c.scale).collect();
    let mut quantised = quantiser::quantise_to(float, &scales, options.weight_bits)?;
    let corrected = corrects.then(|| correct(float, engine, &mut quantised, images, preprocessing, progress)).transpose()?;
    Ok((quantised, Made { headroom, choices, corrected, fit: None }))
}

/// What bias correction did.
pub(super) struct Corrected {
    /// Photographs, each also mirrored.
    pub(super) images: usize,
    /// One a layer.
    pub(super) layers: Vec<Correction>,
}

/// Corrects the biases on as many of the calibration images as fit into memory, spread over the list.
fn correct(
    float: &FloatNetwork,
    engine: &FloatEngine,
    quantised: &mut Quantised,
    images: &[PathBuf],
    preprocessing: &Preprocessing,
    progress: &dyn Progress,
) -> Result<Corrected, QuantizeError> {
    // an image and its mirror image
    let most = (CORRECTION_BYTES / (2 * bias_correction::bytes_per_image(engine.layers())).max(1)).max(1);
    let chosen: Vec<&PathBuf> = images.iter().step_by(images.len().div_ceil(most)).collect();
    let inputs = chosen.par_iter().map(|path| calibrate::inputs(path, preprocessing, engine.size()));
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?.concat();
    let steps = inputs.len() + engine.layers().len();
    let layers = stage(progress, Stage::Correct, steps, |done| bias_correction::correct(float, engine, quantised, &inputs, done))?;
    Ok(Corrected { images: chosen.len(), layers })
}

/// Signal over error of every layer's real output, on some of the calibration images spread over the list.
///
/// # Errors
/// A photograph that cannot be read.
pub(super) fn compare(
    engine: &FloatEngine,
    quantised: &Quantised,
    images: &[PathBuf],
    preprocessing: &Preprocessing,
    progress: &dyn Progress,
) -> Result<Vec<f64>, QuantizeError> {
    let chosen: Vec<&PathBuf> = images.iter().step_by(images.len().div_ceil(COMPARED)).collect();
    let integers = net::fast::FastNetwork::new(&quantised.network)?;
    let look = |path: &PathBuf| -> Result<Vec<metrics::ErrorPower>, QuantizeError> {
        let [input, _] = calibrate::inputs(path, preprocessing, engine.size())?;
        let expected = engine.run(input.view())?;
        let found = integers.trace(input.view())?;
        let layers = expected.iter().zip(&found.layers);
        Ok(layers.map(|(float, layer)| metrics::ErrorPower::of(float.view(), layer.output().view())).collect())
    };
    let errors: Vec<Vec<metrics::ErrorPower>> = stage(progress, Stage::Compare, chosen.len(), |done| {
        chosen.par_iter().map(|path| look(path).inspect(|_| done())).collect::<Result<_, _>>()
    })?;
    let mut layers = vec![metrics::ErrorPower::default(); engine.layers().len()];
    errors.iter().for_each(|image| layers.iter_mut().zip(image).for_each(|(sum, part)| sum.add(part)));
    Ok(layers.iter().map(metrics::ErrorPower::sqnr).collect())
}
