//! What is known of a model that was made. This is the JSON as `ember quantize` writes it, behind the file's name.

use super::integers::Made;
use net::layout::Layer;
use net::photo::folder::LeftOut;
use quantise::fit::LayerFit;
use quantise::histogram::decibel;
use quantise::quantiser::Quantised;
use serde::Serialize;

/// What became of one layer.
#[derive(Debug, Serialize)]
pub struct LayerReport {
    /// The layer's name, for example `fire2.expand`.
    pub name: String,
    /// Real value of one step of the output.
    pub scale: f32,
    /// Share of the output above 255 steps, in percent; null where each channel has its own step, of which nothing seen is clipped.
    pub saturation: Option<f64>,
    /// Signal over quantisation noise of the weights, decibel; null where they were fitted.
    pub weight_sqnr: Option<f64>,
    /// Float output over the integers' error, decibel, with all the errors of the layers before it.
    pub activation_sqnr: f64,
    /// What bias correction did, in steps of the output; null when it was off.
    pub mean_error_before: Option<f64>,
    /// As `mean_error_before`, afterwards.
    pub mean_error_after: Option<f64>,
    /// What equalising and fitting did; null where neither was done.
    pub fit: Option<FitReport>,
}

/// What equalising and fitting did to one layer.
#[derive(Debug, Serialize)]
pub struct FitReport {
    /// Smallest and largest real value of a step among the channels.
    pub steps: [f64; 2],
    /// Sums before ReLU over the error that rounding each weight to the nearest step would cause, decibel.
    pub rounded_sqnr: f64,
    /// The same of the weights that were chosen.
    pub fitted_sqnr: f64,
}

/// How a model was made of a float network.
#[derive(Debug, Serialize)]
pub struct Report {
    /// SHA-256 of the model file.
    pub sha256: String,
    /// Name of the layout.
    pub layout: String,
    /// Photographs in the folder.
    pub images: usize,
    /// What the folder of photographs holds besides.
    pub left_out: LeftOut,
    /// How the integers were chosen: a text form of [`Recipe`](quantise::calibrate::Recipe).
    pub calibration: String,
    /// Factor on the activation scales.
    pub headroom: f32,
    /// Photographs, and inputs made of them, that channels and weights were fitted to; null when they were not.
    pub fitted_images: Option<usize>,
    /// As `fitted_images`, with mirror images and variants.
    pub fitted_inputs: Option<usize>,
    /// Photographs on which biases were corrected; null when they were not.
    pub bias_correction_images: Option<usize>,
    /// In the order in which they run.
    pub layers: Vec<LayerReport>,
}

/// How a model was made of a network that is quantised already.
#[derive(Debug, Serialize)]
pub struct GivenReport {
    /// SHA-256 of the model file.
    pub sha256: String,
    /// Name of the layout.
    pub layout: String,
    /// In the order in which they run.
    pub layers: Vec<GivenLayerReport>,
}

/// One layer of a network that is quantised already.
#[derive(Debug, Serialize)]
pub struct GivenLayerReport {
    /// The layer's name, for example `fire2.expand`.
    pub name: String,
    /// Real value of one step of the output, as the file says.
    pub scale: f32,
    /// Signal over the noise that taking over the integers added, decibel; infinite (null) where nothing was rounded.
    pub weight_sqnr: f64,
}

/// One line for each of `layers`.
pub(super) fn layer_reports(quantised: &Quantised, layers: &[Layer], made: &Made, activation_sqnr: &[f64]) -> Vec<LayerReport> {
    let report = |(i, layer): (usize, &Layer)| {
        let correction = made.corrected.as_ref().and_then(|c| c.layers.get(i));
        let fit = made.fit.as_ref().and_then(|fit| fit.layers.get(i));
        LayerReport {
            name: layer.name.clone(),
            scale: quantised.scales.activations[i],
            saturation: made.choices.get(i).map(|choice| choice.saturation * 100.0),
            weight_sqnr: fit.is_none().then(|| quantised.weight_sqnr[i]),
            activation_sqnr: activation_sqnr[i],
            mean_error_before: correction.map(|c| c.before),
            mean_error_after: correction.map(|c| c.after),
            fit: fit.map(|LayerFit { steps, done }| FitReport {
                steps: *steps,
                rounded_sqnr: decibel(done.signal, done.nearest),
                fitted_sqnr: decibel(done.signal, done.chosen),
            }),
        }
    };
    layers.iter().enumerate().map(report).collect()
}
