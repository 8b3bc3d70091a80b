//! `ember quantize`: from a float network and photographs to a model file.

use crate::cli::quantize::{QuantizeArgs, Switch};
use crate::progress;
use crate::quantize_fit::{self, Fit};
use anyhow::{bail, Context, Result};
use ember::fits::Fits;
use ember::labels;
use net::files;
use net::model_file::{self, hex, Model};
use net::photo::folder::LeftOut;
use net::photo::Preprocessing;
use net::text::shown;
use quantise::bias_correction::{self, Correction};
use quantise::calibrate::{self, Calibration, Method, Recipe};
use quantise::fit::{self, LayerFit, Options};
use quantise::float::FloatNetwork;
use quantise::histogram::{decibel, ScaleChoice};
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
    /// Share of the output above 255 steps, in percent; null where each channel has its own step, of which nothing seen is clipped.
    saturation: Option<f64>,
    /// Signal over quantisation noise of the weights, decibel; null where they were fitted.
    weight_sqnr: Option<f64>,
    /// Float output over the integers' error, decibel, with all the errors of the layers before it.
    activation_sqnr: f64,
    /// What bias correction did, in steps of the output; null when it was off.
    mean_error_before: Option<f64>,
    mean_error_after: Option<f64>,
    /// What equalising and fitting did; null where neither was done.
    fit: Option<FitReport>,
}

#[derive(Debug, Serialize)]
struct FitReport {
    /// Smallest and largest real value of a step among the channels.
    steps: [f64; 2],
    /// Sums before ReLU over the error that rounding each weight to the nearest step would cause, decibel.
    rounded_sqnr: f64,
    /// The same of the weights that were chosen.
    fitted_sqnr: f64,
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
    /// Photographs, and inputs made of them, that channels and weights were fitted to; null when they were not.
    fitted_images: Option<usize>,
    fitted_inputs: Option<usize>,
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
    let recipe = recipe(args, &float, images.len());
    let (quantised, made) = match recipe {
        Recipe::Equalise => equalised(args, &float, &engine, &images, &preprocessing)?,
        Recipe::Layer(method) => by_layer(args, &float, &engine, &images, &preprocessing, method)?,
    };
    let activation_sqnr = compare(&engine, &quantised, &images, &preprocessing)?;
    let layers = layer_reports(&quantised, engine.layers(), &made, &activation_sqnr);
    let Quantised { network, scales, .. } = quantised;
    let origin = origin(args, &images, recipe, &made)?;
    let model = Model::new(network, scales, preprocessing, names, origin, fingerprint)?;
    model_file::save(&model, &args.output)?;
    let report = Report {
        model: args.output.clone(),
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
    progress::say_left_out(&report.left_out);
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    Ok(print_table(&report)?)
}

/// How the integers are chosen: as asked for, but a step a layer where the network is none that equalising knows.
fn recipe(args: &QuantizeArgs, float: &FloatNetwork, images: usize) -> Recipe {
    match (args.calibration, fit::refusal(float)) {
        (Recipe::Equalise, Some(reason)) => {
            let method = Method::for_images(images);
            tracing::warn!("{}: {reason}; the calibration is `{method}`, a step a layer, instead", shown(&args.network));
            Recipe::Layer(method)
        }
        (asked, _) => asked,
    }
}

/// How the integers were made, beside themselves.
#[derive(Default)]
struct Made {
    headroom: f32,
    /// One a layer, where each has one step.
    choices: Vec<ScaleChoice>,
    corrected: Option<Corrected>,
    fit: Option<FitDone>,
}

/// What equalising and fitting did.
struct FitDone {
    images: usize,
    inputs: usize,
    layers: Vec<LayerFit>,
}

/// A step a channel, fitted weights.
fn equalised(
    args: &QuantizeArgs,
    float: &FloatNetwork,
    engine: &FloatEngine,
    images: &[PathBuf],
    preprocessing: &Preprocessing,
) -> Result<(Quantised, Made)> {
    if args.bias_correction.is_some() {
        bail!("--bias-correction belongs to --calibration mse, max and percentile; equalise always fits the biases");
    }
    let mut options = Options::for_images(images.len(), args.weight_bits);
    options.headroom = args.headroom.map_or(options.headroom, f64::from);
    let Fit { fitted, photographs, inputs } = quantize_fit::fit(float, engine.layers(), images, preprocessing, options)?;
    let fit = Some(FitDone { images: photographs, inputs, layers: fitted.layers });
    Ok((fitted.quantised, Made { headroom: options.headroom as f32, fit, ..Made::default() }))
}

/// A step a layer, rounded weights.
fn by_layer(
    args: &QuantizeArgs,
    float: &FloatNetwork,
    engine: &FloatEngine,
    images: &[PathBuf],
    preprocessing: &Preprocessing,
    method: Method,
) -> Result<(Quantised, Made)> {
    let headroom = args.headroom.unwrap_or(1.0);
    let corrects = args.bias_correction.map_or(images.len() >= calibrate::REPRESENTATIVE, |switch| switch == Switch::On);
    let bar = progress::bar("calibrate", images.len());
    let histograms = calibrate::histograms(engine, images, preprocessing, &|| bar.inc(1))?;
    drop(bar);
    let choices = calibrate::choose_scales(&histograms, engine.layers(), Calibration { method, headroom })?;
    let choices = calibrate::below_ceilings(choices, &histograms, &float.activations);
    drop(histograms);
    let scales: Vec<f32> = choices.iter().map(|c| c.scale).collect();
    let mut quantised = quantiser::quantise_to(float, &scales, args.weight_bits)?;
    let corrected = corrects.then(|| correct(float, engine, &mut quantised, images, preprocessing)).transpose()?;
    Ok((quantised, Made { headroom, choices, corrected, fit: None }))
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
            let layers = expected.iter().zip(&found.layers);
            Ok(layers.map(|(float, layer)| metrics::ErrorPower::of(float.view(), layer.output().view())).collect())
        })
        .collect::<Result<_>>()?;
    drop(bar);
    let mut layers = vec![metrics::ErrorPower::default(); engine.layers().len()];
    errors.iter().for_each(|image| layers.iter_mut().zip(image).for_each(|(sum, part)| sum.add(part)));
    Ok(layers.iter().map(metrics::ErrorPower::sqnr).collect())
}

/// What the model was made from and how, in words that do not depend on where the files lay. Without a method it was squared
/// error; without a word on biases they were not corrected.
fn origin(args: &QuantizeArgs, images: &[PathBuf], recipe: Recipe, made: &Made) -> Result<String> {
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
    let method = match recipe {
        Recipe::Layer(Method::Mse) => String::new(),
        other => format!(" by {other}"),
    };
    let headroom = made.headroom;
    let mut biases = made.corrected.as_ref().map(|c| format!(", biases corrected on {} of them", c.images)).unwrap_or_default();
    if let Some(fit) = &made.fit {
        biases = format!(", fitted to {} inputs of {} of them", fit.inputs, fit.images);
    }
    let weights = if args.weight_bits < quantiser::WEIGHT_BITS { format!(", weights of {} bits", args.weight_bits) } else { String::new() };
    Ok(format!(
        "ember {version} from {name} (SHA-256 {network}), calibrated on {calibration_set}{method} with headroom {headroom}{biases}{weights}"
    ))
}

fn layer_reports(quantised: &Quantised, layers: &[net::layout::Layer], made: &Made, activation_sqnr: &[f64]) -> Vec<LayerReport> {
    let report = |(i, layer): (usize, &net::layout::Layer)| {
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

fn print_table(report: &Report) -> Result<(), stdio::Error> {
    if report.fitted_images.is_some() {
        stdio::line!("{:14} {:>21} {:>23} {:>16}", "layer", "steps of its channels", "sums, rounded -> fitted", "activation SQNR")?;
    } else {
        stdio::line!("{:14} {:>10} {:>11} {:>12} {:>16}", "layer", "scale", "saturation", "weight SQNR", "activation SQNR")?;
    }
    for layer in &report.layers {
        let LayerReport { name, scale, saturation, weight_sqnr, activation_sqnr, fit, .. } = layer;
        if let Some(FitReport { steps: [least, most], rounded_sqnr, fitted_sqnr }) = fit {
            let (steps, sums) = (format!("{least:.4} to {most:.4}"), format!("{rounded_sqnr:.1} -> {fitted_sqnr:.1}"));
            stdio::line!("{name:14} {steps:>21} {sums:>20} dB {activation_sqnr:>13.1} dB")?;
        } else {
            let (saturation, weight_sqnr) = (saturation.unwrap_or_default(), weight_sqnr.unwrap_or_default());
            stdio::line!("{name:14} {scale:>10.5} {saturation:>9.3} % {weight_sqnr:>9.1} dB {activation_sqnr:>13.1} dB")?;
        }
    }
    if let (Some(images), Some(inputs)) = (report.fitted_images, report.fitted_inputs) {
        stdio::line!("a step a channel, weights fitted to {inputs} inputs made of {images} photographs")?;
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
