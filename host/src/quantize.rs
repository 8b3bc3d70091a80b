//! `ember quantize`: from a float network and photographs to a model file.

use crate::cli::QuantizeArgs;
use crate::{labels, progress};
use anyhow::{Context, Result};
use net::calibrate;
use net::float::FloatNetwork;
use net::histogram::ScaleChoice;
use net::model_file::{self, hex, Model};
use net::preprocess::Preprocessing;
use net::quantise::{self, Quantised};
use net::runtime::FloatEngine;
use net::{files, import, metrics};
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Calibration images on which the finished integers are compared with the float network.
const COMPARED: usize = 32;

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
}

#[derive(Debug, Serialize)]
struct Report {
    model: PathBuf,
    sha256: String,
    layout: String,
    images: usize,
    layers: Vec<LayerReport>,
}

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn run(args: &QuantizeArgs) -> Result<()> {
    files::check_writable(&args.output)?;
    args.json.as_deref().map_or(Ok(()), files::check_writable)?;
    let import::Imported { network: float, given } = import::read(&args.network, &args.facts.facts())?;
    if let Some(given) = given {
        return crate::quantize_given::run(args, &float, &given);
    }
    let calibration =
        args.images.as_deref().context("photographs are needed to calibrate this network; name their folder with --images")?;
    let layout = &float.layout;
    tracing::info!(
        "{}: layout {}, {}x{} pixels, {} classes",
        args.network.display(),
        layout.name,
        layout.height,
        layout.width,
        layout.classifier.classes
    );
    let names = labels::class_names(args.class_names.as_deref(), layout.classifier.classes)?;
    let images = calibrate::image_files(calibration)?;
    let preprocessing = Preprocessing::standard(layout.height, layout.width);
    let engine = FloatEngine::new(&float)?;
    let bar = progress::bar("calibrate", images.len());
    let choices = calibrate::choose_scales(&engine, &images, &preprocessing, args.headroom, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let scales: Vec<f32> = choices.iter().map(|c| c.scale).collect();
    let quantised = quantise::quantise(&float, &scales)?;
    let activation_sqnr = compare(&engine, &quantised, &images, &preprocessing)?;
    let Quantised { network, scales, weight_sqnr } = quantised;
    let origin = origin(&args.network, &images, args.headroom)?;
    let model = Model::new(network, scales, preprocessing, names, origin, float.fingerprint())?;
    model_file::save(&model, &args.output)?;
    let report = Report {
        model: args.output.clone(),
        sha256: hex(&model.hash()),
        layout: float.layout.name.clone(),
        images: images.len(),
        layers: layer_reports(&float, &choices, &weight_sqnr, &activation_sqnr)?,
    };
    print_table(&report);
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    Ok(())
}

/// Signal over error of every layer's real output, on some of the calibration images spread over the list.
fn compare(engine: &FloatEngine, quantised: &Quantised, images: &[PathBuf], preprocessing: &Preprocessing) -> Result<Vec<f64>> {
    let chosen: Vec<&PathBuf> = images.iter().step_by(images.len().div_ceil(COMPARED)).collect();
    let integers = net::fast::Engine::new(&quantised.network)?;
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
    bar.finish_and_clear();
    let layer = |i: usize| errors.iter().map(|image| image[i]).fold(metrics::ErrorPower::default(), metrics::ErrorPower::plus);
    Ok((0..engine.layers().len()).map(|i| layer(i).sqnr()).collect())
}

/// What the model was made from, in words that do not depend on where the files lay.
fn origin(network: &Path, images: &[PathBuf], headroom: f32) -> Result<String> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("{}: the file cannot be read again", path.display()));
    let mut all = Sha256::new();
    for image in images {
        all.update(Sha256::digest(read(image)?));
    }
    let name = network.file_name().unwrap_or_default().to_string_lossy();
    let (network, images_hash) = (hex(&Sha256::digest(read(network)?)), hex(&all.finalize()));
    let version = env!("CARGO_PKG_VERSION");
    let calibration = format!("{} images (SHA-256 over theirs {images_hash}) with headroom {headroom}", images.len());
    Ok(format!("ember {version} from {name} (SHA-256 {network}), calibrated on {calibration}"))
}

fn layer_reports(float: &FloatNetwork, choices: &[ScaleChoice], weight_sqnr: &[f64], activation_sqnr: &[f64]) -> Result<Vec<LayerReport>> {
    let layers = float.layout.layers().context("the layout was valid before")?;
    let figures = choices.iter().zip(weight_sqnr).zip(activation_sqnr);
    let report = |(layer, ((choice, &weight_sqnr), &activation_sqnr)): (net::layout::Layer, ((&ScaleChoice, &f64), &f64))| LayerReport {
        name: layer.name,
        scale: choice.scale,
        saturation: choice.saturation * 100.0,
        weight_sqnr,
        activation_sqnr,
    };
    Ok(layers.into_iter().zip(figures).map(report).collect())
}

fn print_table(report: &Report) {
    println!("{:14} {:>10} {:>11} {:>12} {:>16}", "layer", "scale", "saturation", "weight SQNR", "activation SQNR");
    for layer in &report.layers {
        let LayerReport { name, scale, saturation, weight_sqnr, activation_sqnr } = layer;
        println!("{name:14} {scale:>10.5} {saturation:>9.3} % {weight_sqnr:>9.1} dB {activation_sqnr:>13.1} dB");
    }
    println!("{}: layout {}, {} calibration images, SHA-256 {}", report.model.display(), report.layout, report.images, report.sha256);
}
