//! `ember quantize`: from a float network and photographs to a model file.

use crate::cli::quantize::{QuantizeArgs, Switch};
use crate::fits::Fits;
use crate::{labels, progress};
use anyhow::{Context, Result};
use net::files;
use net::model_file::{self, hex, Model};
use net::photo::folder::LeftOut;
use net::photo::Preprocessing;
use net::text::shown;
use quantise::bias_correction::{self, Correction};
use quantise::calibrate::{self, Calibration, Method};
use quantise::float::FloatNetwork;
use quantise::histogram::ScaleChoice;
use quantise::quantiser::{self, Quantised};
use quantise::runtime::FloatEngine;
use quantise::{classifier, import, metrics};
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Calibration images on which the finished integers are compared with the float network.
const COMPARED: usize = 32;
/// Bytes of activations that bias correction may hold; more photographs than fit are not used for it.
const CORRECTION_BYTES: usize = 512 << 20;

/// One line of the table at the end.
#[derive(Debug, Serialize)]
struct LayerReport {
    name: String,
    /// Real value of one step of the output.
    scale: f32,
    /// Share of the output above 255 steps, in percent.
    saturation: f64,
    /// Signal over quantisation noise of the weights, decibel.
    weight_sqnr: f64,
    /// Float output over the integers' error, decibel, with all the errors of the layers before it.
    activation_sqnr: f64,
    /// What bias correction did, in steps of the output; null when it was off.
    mean_error_before: Option<f64>,
    mean_error_after: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Report {
    model: PathBuf,
    sha256: String,
    layout: String,
    images: usize,
    /// What the folder of photographs holds besides.
    left_out: LeftOut,
    calibration: String,
    headroom: f32,
    /// Photographs on which biases were corrected; null when they were not.
    bias_correction_images: Option<usize>,
    layers: Vec<LayerReport>,
}

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn run(args: &QuantizeArgs) -> Result<()> {
    files::check_writable(&args.output)?;
    args.json.as_deref().map_or(Ok(()), files::check_writable)?;
    let import::Imported { network: mut float, given, input } = import::read(&args.network, &args.facts.facts())?;
    let mut preprocessing = said(args, &float, &input)?;
    if let Some(given) = given {
        return crate::quantize_given::run(args, &float, &given, preprocessing);
    }
    let calibration =
        args.images.as_deref().context("photographs are needed to calibrate this network; name their folder with --images")?;
    let layout = &float.layout;
    tracing::info!(
        "{}: layout {}, {}x{} pixels, {} classes",
        shown(&args.network),
        layout.name,
        layout.height,
        layout.width,
        layout.classifier.classes
    );
    let names = labels::class_names(args.class_names.as_deref(), layout.classifier.classes)?;
    if let Some(warning) = Fits::of(layout).warning(layout) {
        tracing::warn!("{}: {warning}", shown(&args.network));
    }
    let calibrate::Files { images, left_out } = calibrate::image_files(calibration)?;
    let fingerprint = float.fingerprint();
    preprocessing.logit_shift += classifier::close(&mut float, &images, &preprocessing)?;
    let engine = FloatEngine::new(&float)?;
    let calibration = Calibration { method: args.calibration.unwrap_or(Method::for_images(images.len())), headroom: args.headroom };
    let corrects = args.bias_correction.map_or(images.len() >= calibrate::REPRESENTATIVE, |switch| switch == Switch::On);
    let bar = progress::bar("calibrate", images.len());
    let histograms = calibrate::histograms(&engine, &images, &preprocessing, &|| bar.inc(1))?;
    drop(bar);
    let choices = calibrate::choose_scales(&histograms, engine.layers(), calibration)?;
    let choices = calibrate::below_ceilings(choices, &histograms, &float.activations);
    drop(histograms);
    let scales: Vec<f32> = choices.iter().map(|c| c.scale).collect();
    let mut quantised = quantiser::quantise_to(&float, &scales, args.weight_bits)?;
    let corrected = corrects.then(|| correct(&float, &engine, &mut quantised, &images, &preprocessing)).transpose()?;
    let activation_sqnr = compare(&engine, &quantised, &images, &preprocessing)?;
    let Quantised { network, scales, weight_sqnr } = quantised;
    let origin = origin(args, &images, calibration, corrected.as_ref())?;
    let model = Model::new(network, scales, preprocessing, names, origin, fingerprint)?;
    model_file::save(&model, &args.output)?;
    let report = Report {
        model: args.output.clone(),
        sha256: hex(&model.hash()),
        layout: float.layout.name.clone(),
        images: images.len(),
        left_out,
        calibration: calibration.method.to_string(),
        headroom: calibration.headroom,
        bias_correction_images: corrected.as_ref().map(|c| c.images),
        layers: layer_reports(&float, &choices, &weight_sqnr, &activation_sqnr, corrected.as_ref())?,
    };
    progress::say_left_out(&report.left_out);
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    Ok(print_table(&report)?)
}

/// How photographs become the network's input, after what must be known of it was said.
///
/// # Errors
/// A resize that does not hold the input.
fn said(args: &QuantizeArgs, float: &FloatNetwork, input: &import::InputFacts) -> Result<Preprocessing> {
    let layout = &float.layout;
    let preprocessing = input.preprocessing(layout, args.resize.unwrap_or_default()).map_err(anyhow::Error::msg)?;
    for warning in input.warnings().into_iter().chain(args.facts.warning()) {
        tracing::warn!("{}: {}", shown(&args.network), shown(&warning));
    }
    if !input.assumed {
        tracing::info!("{}: input {}; {}", shown(&args.network), input.normalised, shown(&input.because));
    }
    tracing::info!("photographs: {}", preprocessing.describe(layout.height, layout.width));
    Ok(preprocessing)
}

/// What bias correction did.
struct Corrected {
    /// Photographs, each also mirrored.
    images: usize,
    /// One a layer.
    layers: Vec<Correction>,
}

/// Corrects the biases on as many of the calibration images as fit into memory, spread over the list.
fn correct(
    float: &FloatNetwork,
    engine: &FloatEngine,
    quantised: &mut Quantised,
    images: &[PathBuf],
    preprocessing: &Preprocessing,
) -> Result<Corrected> {
    // an image and its mirror image
    let most = (CORRECTION_BYTES / (2 * bias_correction::bytes_per_image(engine.layers())).max(1)).max(1);
    let chosen: Vec<&PathBuf> = images.iter().step_by(images.len().div_ceil(most)).collect();
    let inputs = chosen.par_iter().map(|path| calibrate::inputs(path, preprocessing, engine.size()));
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?.concat();
    let bar = progress::steps("correct", inputs.len() + engine.layers().len());
    let layers = bias_correction::correct(float, engine, quantised, &inputs, &|| bar.inc(1))?;
    drop(bar);
    Ok(Corrected { images: chosen.len(), layers })
}

/// Signal over error of every layer's real output, on some of the calibration images spread over the list.
fn compare(engine: &FloatEngine, quantised: &Quantised, images: &[PathBuf], preprocessing: &Preprocessing) -> Result<Vec<f64>> {
    let chosen: Vec<&PathBuf> = images.iter().step_by(images.len().div_ceil(COMPARED)).collect();
    let integers = net::fast::FastNetwork::new(&quantised.network)?;
    let bar = progress::bar("compare", chosen.len());
    let errors: Vec<Vec<metrics::ErrorPower>> = chosen
        .par_iter()
        .map(|path| {
            let [input, _] = calibrate::inputs(path, preprocessing, engine.size())?;
            let expected = engine.run(input.view())?;
            let found = integers.trace(input.view())?;
            bar.inc(1);
            let layers = expected.iter().zip(&found.layers).zip(&quantised.scales.activations);
            Ok(layers.map(|((float, layer), &scale)| metrics::ErrorPower::of(float.view(), layer.output().view(), scale)).collect())
        })
        .collect::<Result<_>>()?;
    drop(bar);
    let layer = |i: usize| errors.iter().map(|image| image[i]).fold(metrics::ErrorPower::default(), metrics::ErrorPower::plus);
    Ok((0..engine.layers().len()).map(|i| layer(i).sqnr()).collect())
}

/// What the model was made from and how, in words that do not depend on where the files lay. Without a method it was squared
/// error; without a word on biases they were not corrected.
fn origin(args: &QuantizeArgs, images: &[PathBuf], calibration: Calibration, corrected: Option<&Corrected>) -> Result<String> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("{}: the file cannot be read again", shown(path)));
    let mut all = Sha256::new();
    for image in images {
        all.update(Sha256::digest(read(image)?));
    }
    let network = &args.network;
    let name = network.file_name().unwrap_or_default().to_string_lossy();
    let (network, images_hash) = (hex(&Sha256::digest(read(network)?)), hex(&all.finalize()));
    let version = env!("CARGO_PKG_VERSION");
    let calibration_set = format!("{} images (SHA-256 over theirs {images_hash})", images.len());
    // Plain squared error goes without saying: the files made before there was a choice can be made again, byte for byte.
    let method = match calibration.method {
        Method::Mse => String::new(),
        other => format!(" by {other}"),
    };
    let headroom = calibration.headroom;
    let biases = corrected.map(|c| format!(", biases corrected on {} of them", c.images)).unwrap_or_default();
    let weights = if args.weight_bits < quantiser::WEIGHT_BITS { format!(", weights of {} bits", args.weight_bits) } else { String::new() };
    Ok(format!(
        "ember {version} from {name} (SHA-256 {network}), calibrated on {calibration_set}{method} with headroom {headroom}{biases}{weights}"
    ))
}

fn layer_reports(
    float: &FloatNetwork,
    choices: &[ScaleChoice],
    weight_sqnr: &[f64],
    activation_sqnr: &[f64],
    corrected: Option<&Corrected>,
) -> Result<Vec<LayerReport>> {
    let layers = float.layout.layers().context("the layout was valid before")?;
    let report = |(i, layer): (usize, net::layout::Layer)| {
        let correction = corrected.and_then(|c| c.layers.get(i));
        LayerReport {
            name: layer.name,
            scale: choices[i].scale,
            saturation: choices[i].saturation * 100.0,
            weight_sqnr: weight_sqnr[i],
            activation_sqnr: activation_sqnr[i],
            mean_error_before: correction.map(|c| c.before),
            mean_error_after: correction.map(|c| c.after),
        }
    };
    Ok(layers.into_iter().enumerate().map(report).collect())
}

fn print_table(report: &Report) -> Result<(), stdio::Error> {
    stdio::line!("{:14} {:>10} {:>11} {:>12} {:>16}", "layer", "scale", "saturation", "weight SQNR", "activation SQNR")?;
    for layer in &report.layers {
        let LayerReport { name, scale, saturation, weight_sqnr, activation_sqnr, .. } = layer;
        stdio::line!("{name:14} {scale:>10.5} {saturation:>9.3} % {weight_sqnr:>9.1} dB {activation_sqnr:>13.1} dB")?;
    }
    if let Some(images) = report.bias_correction_images {
        let mean = |of: fn(&LayerReport) -> Option<f64>| report.layers.iter().filter_map(of).sum::<f64>() / report.layers.len() as f64;
        let (before, after) = (mean(|l| l.mean_error_before), mean(|l| l.mean_error_after));
        stdio::line!("biases corrected on {images} images: mean error before ReLU {before:.4} steps of the output, then {after:.4}")?;
    }
    stdio::line!(
        "{}: layout {}, {} calibration images ({}, headroom {}), SHA-256 {}",
        shown(&report.model),
        report.layout,
        report.images,
        report.calibration,
        report.headroom,
        report.sha256
    )
}
