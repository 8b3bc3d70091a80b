//! `ember quantize`: from a float network and photographs to a model file.

use crate::cli::quantize::{QuantizeArgs, Switch};
use crate::progress::{self, Bars};
use anyhow::Result;
use ember::quantize::{quantize, FitReport, GivenLayerReport, GivenReport, How, LayerReport, Options, Quantized, Report};
use net::text::shown;
use net::{files, model_file};
use serde::Serialize;
use std::path::Path;

/// The JSON.
#[derive(Serialize)]
struct Written<'a> {
    model: &'a Path,
    #[serde(flatten)]
    report: &'a How,
}

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn run(args: &QuantizeArgs) -> Result<()> {
    files::check_writable(&args.output)?;
    args.json.as_deref().map_or(Ok(()), files::check_writable)?;
    let options = Options {
        facts: args.facts.facts(),
        warning: args.facts.warning(),
        resize: args.resize,
        calibration: args.calibration,
        headroom: args.headroom,
        bias_correction: args.bias_correction.map(|switch| switch == Switch::On),
        weight_bits: args.weight_bits,
        class_names: args.class_names.clone(),
    };
    let Quantized { model, report } = quantize(&args.network, args.images.as_deref(), &options, &Bars::default())?;
    model_file::save(&model, &args.output)?;
    if let How::Calibrated(report) = &report {
        progress::say_left_out(&report.left_out);
    }
    if let Some(path) = &args.json {
        let written = Written { model: &args.output, report: &report };
        files::write(path, serde_json::to_string_pretty(&written)?.as_bytes())?;
    }
    match &report {
        How::Calibrated(report) => print_table(&args.output, report)?,
        How::Given(report) => print_given(&args.output, report)?,
    }
    Ok(())
}

fn print_given(model: &Path, report: &GivenReport) -> Result<(), stdio::Error> {
    stdio::line!("{:14} {:>10} {:>12}", "layer", "scale", "weight SQNR")?;
    for GivenLayerReport { name, scale, weight_sqnr } in &report.layers {
        stdio::line!("{name:14} {scale:>10.5} {weight_sqnr:>9.1} dB")?;
    }
    stdio::line!("{}: layout {}, the network's own scales, SHA-256 {}", shown(model), report.layout, report.sha256)
}

fn print_table(model: &Path, report: &Report) -> Result<(), stdio::Error> {
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
        shown(model),
        report.layout,
        report.images,
        report.calibration,
        report.headroom,
        report.sha256
    )
}
