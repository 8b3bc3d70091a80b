//! `ember quantize` of a network that is quantised already: its own scales, no calibration.

use crate::cli::quantize::QuantizeArgs;
use anyhow::{bail, Context, Result};
use ember::fits::Fits;
use ember::labels;
use net::files;
use net::model_file::{self, hex, Model};
use net::photo::Preprocessing;
use net::text::shown;
use quantise::float::FloatNetwork;
use quantise::import::given::GivenScales;
use quantise::quantiser;
use serde::Serialize;
use sha2::{Digest, Sha256};

#[derive(Debug, Serialize)]
struct LayerReport {
    name: String,
    /// Real value of one step of the output, as the file says.
    scale: f32,
    /// Signal over the noise that taking over the integers added, decibel; infinite (null) where nothing was rounded.
    weight_sqnr: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    model: std::path::PathBuf,
    sha256: String,
    layout: String,
    layers: Vec<LayerReport>,
}

/// Writes the model with the scales that the file gave.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn run(args: &QuantizeArgs, float: &FloatNetwork, given: &GivenScales, preprocessing: Preprocessing) -> Result<()> {
    if args.weight_bits != quantiser::WEIGHT_BITS {
        bail!(
            "{}: the network is quantised already and keeps its own weights; --weight-bits needs the float network",
            shown(&args.network)
        );
    }
    if args.images.is_some() {
        tracing::warn!("{}: the network is quantised already; its own scales are used and --images is not", shown(&args.network));
    }
    let layout = &float.layout;
    if let Some(warning) = Fits::of(layout).warning(layout) {
        tracing::warn!("{}: {warning}", shown(&args.network));
    }
    let names = labels::class_names(args.class_names.as_deref(), layout.classifier.classes)?;
    let quantised = given.quantise(float)?;
    let bytes = std::fs::read(&args.network).with_context(|| format!("{}: the file cannot be read again", shown(&args.network)))?;
    let name = args.network.file_name().unwrap_or_default().to_string_lossy();
    let (version, sha256) = (env!("CARGO_PKG_VERSION"), hex(&Sha256::digest(bytes)));
    let origin = format!("ember {version} from {name} (SHA-256 {sha256}), with its own scales");
    let layers = layout.layers().context("the layout was valid before")?;
    let scales = quantised.scales.activations.clone();
    let rows = layers.into_iter().zip(&scales).zip(&quantised.weight_sqnr);
    let rows = rows.map(|((layer, &scale), &weight_sqnr)| LayerReport { name: layer.name, scale, weight_sqnr }).collect();
    let model = Model::new(quantised.network, quantised.scales, preprocessing, names, origin, float.fingerprint())?;
    model_file::save(&model, &args.output)?;
    let report = Report { model: args.output.clone(), sha256: hex(&model.hash()), layout: layout.name.clone(), layers: rows };
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    stdio::line!("{:14} {:>10} {:>12}", "layer", "scale", "weight SQNR")?;
    for LayerReport { name, scale, weight_sqnr } in &report.layers {
        stdio::line!("{name:14} {scale:>10.5} {weight_sqnr:>9.1} dB")?;
    }
    stdio::line!("{}: layout {}, the network's own scales, SHA-256 {}", shown(&report.model), report.layout, report.sha256)?;
    Ok(())
}
