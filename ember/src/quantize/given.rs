//! A network that is quantised already: its own scales, no calibration.

use super::report::{GivenLayerReport, GivenReport};
use super::{read_again, How, Options, QuantizeError, Quantized};
use crate::fits::Fits;
use crate::labels;
use net::model_file::{hex, Model};
use net::photo::Preprocessing;
use net::text::shown;
use quantise::float::FloatNetwork;
use quantise::import::given::GivenScales;
use quantise::quantiser;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The model with the scales that the file gave.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub(super) fn quantize(
    network: &Path,
    images: Option<&Path>,
    options: &Options,
    float: &FloatNetwork,
    given: &GivenScales,
    preprocessing: Preprocessing,
) -> Result<Quantized, QuantizeError> {
    if options.weight_bits != quantiser::WEIGHT_BITS {
        return Err(QuantizeError::WeightBits { path: network.into() });
    }
    if images.is_some() {
        tracing::warn!("{}: the network is quantised already; its own scales are used and --images is not", shown(network));
    }
    let layout = &float.layout;
    if let Some(warning) = Fits::of(layout).warning(layout) {
        tracing::warn!("{}: {warning}", shown(network));
    }
    let names = labels::class_names(options.class_names.as_deref(), layout.classifier.classes)?;
    let quantised = given.quantise(float)?;
    let bytes = read_again(network)?;
    let name = network.file_name().unwrap_or_default().to_string_lossy();
    let (version, sha256) = (env!("CARGO_PKG_VERSION"), hex(&Sha256::digest(bytes)));
    let origin = format!("ember {version} from {name} (SHA-256 {sha256}), with its own scales");
    let layers = layout.layers()?;
    let scales = quantised.scales.activations.clone();
    let rows = layers.into_iter().zip(&scales).zip(&quantised.weight_sqnr);
    let layers = rows.map(|((layer, &scale), &weight_sqnr)| GivenLayerReport { name: layer.name, scale, weight_sqnr }).collect();
    let model = Model::new(quantised.network, quantised.scales, preprocessing, names, origin, float.fingerprint())?;
    let report = GivenReport { sha256: hex(&model.hash()), layout: layout.name.clone(), layers };
    Ok(Quantized { model, report: How::Given(report) })
}
