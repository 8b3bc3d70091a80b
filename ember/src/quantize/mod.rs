//! From a float network and photographs to a model: what `ember quantize` does.
//!
//! ```no_run
//! use ember::quantize::{quantize, Options};
//! let made = quantize("own.onnx".as_ref(), Some("photos".as_ref()), &Options::default(), &ember::progress::Unheard)?;
//! net::model_file::save(&made.model, "own.ember".as_ref())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a user must know besides, such as an assumption, is said by the crate `tracing` as warnings.

mod error;
pub mod fit;
mod given;
mod integers;
mod report;

pub use error::QuantizeError;
pub use report::{FitReport, GivenLayerReport, GivenReport, LayerReport, Report};

use crate::fits::Fits;
use crate::labels;
use crate::progress::Progress;
use integers::Made;
use net::model_file::{hex, Model};
use net::photo::{Preprocessing, Resize};
use net::text::shown;
use quantise::calibrate::{self, Method, Recipe};
use quantise::float::FloatNetwork;
use quantise::quantiser::{self, Quantised};
use quantise::runtime::FloatEngine;
use quantise::{classifier, import};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What a network's file does not say, and how its integers are chosen.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the file does not say.
    pub facts: import::Facts,
    /// What is to be said of these facts.
    pub warning: Option<String>,
    /// How photographs become the network's size; by default `squash:256` for 224 to 256 pixels.
    pub resize: Option<Resize>,
    /// How the integers are chosen.
    pub calibration: Recipe,
    /// Factor on the activation scales; by default 1, of [`Recipe::Equalise`] on fewer than 100 photographs 1.25.
    pub headroom: Option<f32>,
    /// Whether biases are corrected, which [`Recipe::Equalise`] always does in its own way; by default from 100 photographs on.
    pub bias_correction: Option<bool>,
    /// Bits of a weight, 2 to 8.
    pub weight_bits: u32,
    /// File of class names, one a line; by default ImageNet's for 1000 classes, else numbers.
    pub class_names: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            facts: import::Facts::default(),
            warning: None,
            resize: None,
            calibration: Recipe::Equalise,
            headroom: None,
            bias_correction: None,
            weight_bits: quantiser::WEIGHT_BITS,
            class_names: None,
        }
    }
}

/// A model that was made.
#[derive(Debug)]
pub struct Quantized {
    /// For [`net::model_file::save`].
    pub model: Model,
    /// How it was made.
    pub report: How,
}

/// How a model was made.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum How {
    /// Of a float network, on photographs.
    Calibrated(Report),
    /// Of a network that is quantised already, with its own scales.
    Given(GivenReport),
}

/// Makes a model of the network in the file `network` on the photographs in the folder `images`, which a network that is quantised already
/// does without. The same files give the same model, byte for byte.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn quantize(network: &Path, images: Option<&Path>, options: &Options, progress: &dyn Progress) -> Result<Quantized, QuantizeError> {
    let import::Imported { network: mut float, given, input } = import::read(network, &options.facts)?;
    let mut preprocessing = said(network, options, &float, &input)?;
    if let Some(given) = given {
        return given::quantize(network, images, options, &float, &given, preprocessing);
    }
    let calibration = images.ok_or(QuantizeError::NoPhotographs)?;
    let layout = &float.layout;
    tracing::info!(
        "{}: layout {}, {}x{} pixels, {} classes",
        shown(network),
        layout.name,
        layout.height,
        layout.width,
        layout.classifier.classes
    );
    let names = labels::class_names(options.class_names.as_deref(), layout.classifier.classes)?;
    if let Some(warning) = Fits::of(layout).warning(layout) {
        tracing::warn!("{}: {warning}", shown(network));
    }
    let calibrate::Files { images, left_out } = calibrate::image_files(calibration)?;
    let fingerprint = float.fingerprint();
    preprocessing.logit_shift += classifier::close(&mut float, &images, &preprocessing)?;
    let engine = FloatEngine::new(&float)?;
    let recipe = recipe(network, options.calibration, &float, images.len());
    let (quantised, made) = match recipe {
        Recipe::Equalise => integers::equalised(options, &float, &engine, &images, &preprocessing, progress)?,
        Recipe::Layer(method) => integers::by_layer(options, &float, &engine, &images, &preprocessing, method, progress)?,
    };
    go_on(progress)?;
    let activation_sqnr = integers::compare(&engine, &quantised, &images, &preprocessing, progress)?;
    let layers = report::layer_reports(&quantised, engine.layers(), &made, &activation_sqnr);
    let Quantised { network: integers, scales, .. } = quantised;
    let origin = origin(network, options.weight_bits, &images, recipe, &made)?;
    let model = Model::new(integers, scales, preprocessing, names, origin, fingerprint)?;
    let report = Report {
        sha256: hex(&model.hash()),
        layout: float.layout.name.clone(),
        images: images.len(),
        left_out,
        calibration: recipe.to_string(),
        headroom: made.headroom,
        fitted_images: made.fit.as_ref().map(|fit| fit.images),
        fitted_inputs: made.fit.as_ref().map(|fit| fit.inputs),
        bias_correction_images: made.corrected.as_ref().map(|c| c.images),
        layers,
    };
    Ok(Quantized { model, report: How::Calibrated(report) })
}

/// # Errors
/// Nobody wants the model any more.
fn go_on(progress: &dyn Progress) -> Result<(), QuantizeError> {
    if progress.is_stopped() {
        return Err(QuantizeError::Stopped);
    }
    Ok(())
}

/// How the integers are chosen: as asked for, but a step a layer where the network is none that equalising knows.
fn recipe(network: &Path, asked: Recipe, float: &FloatNetwork, images: usize) -> Recipe {
    match (asked, quantise::fit::refusal(float)) {
        (Recipe::Equalise, Some(reason)) => {
            let method = Method::for_images(images);
            tracing::warn!("{}: {reason}; the calibration is `{method}`, a step a layer, instead", shown(network));
            Recipe::Layer(method)
        }
        (asked, _) => asked,
    }
}

/// How photographs become the network's input, after what must be known of it was said.
///
/// # Errors
/// A resize that does not hold the input.
fn said(network: &Path, options: &Options, float: &FloatNetwork, input: &import::InputFacts) -> Result<Preprocessing, QuantizeError> {
    let layout = &float.layout;
    let preprocessing = input.preprocessing(layout, options.resize.unwrap_or_default()).map_err(QuantizeError::Resize)?;
    for warning in input.warnings().into_iter().chain(options.warning.clone()) {
        tracing::warn!("{}: {}", shown(network), shown(&warning));
    }
    if !input.assumed {
        tracing::info!("{}: input {}; {}", shown(network), input.normalised, shown(&input.because));
    }
    tracing::info!("photographs: {}", preprocessing.describe(layout.height, layout.width));
    Ok(preprocessing)
}

fn read_again(path: &Path) -> Result<Vec<u8>, QuantizeError> {
    std::fs::read(path).map_err(|cause| QuantizeError::Again { path: path.into(), cause })
}

/// What the model was made from and how, in words that do not depend on where the files lay. Without a method it was squared
/// error; without a word on biases they were not corrected.
///
/// # Errors
/// A file that cannot be read again.
fn origin(network: &Path, bits: u32, images: &[PathBuf], recipe: Recipe, made: &Made) -> Result<String, QuantizeError> {
    let mut all = Sha256::new();
    for image in images {
        all.update(Sha256::digest(read_again(image)?));
    }
    let name = network.file_name().unwrap_or_default().to_string_lossy();
    let (network, images_hash) = (hex(&Sha256::digest(read_again(network)?)), hex(&all.finalize()));
    let version = env!("CARGO_PKG_VERSION");
    let calibration_set = format!("{} images (SHA-256 over theirs {images_hash})", images.len());
    // Plain squared error goes without saying: the files made before there was a choice can be made again, byte for byte.
    let method = match recipe {
        Recipe::Layer(Method::Mse) => String::new(),
        other => format!(" by {other}"),
    };
    let headroom = made.headroom;
    let mut biases = made.corrected.as_ref().map(|c| format!(", biases corrected on {} of them", c.images)).unwrap_or_default();
    if let Some(fit) = &made.fit {
        biases = format!(", fitted to {} inputs of {} of them", fit.inputs, fit.images);
    }
    let weights = if bits < quantiser::WEIGHT_BITS { format!(", weights of {} bits", bits) } else { String::new() };
    Ok(format!(
        "ember {version} from {name} (SHA-256 {network}), calibrated on {calibration_set}{method} with headroom {headroom}{biases}{weights}"
    ))
}
