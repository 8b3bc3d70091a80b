//! The default: a step a channel, weights fitted layer by layer.

use super::QuantizeError;
use crate::progress::{stage, Progress, Stage};
use net::layout::Layer;
use net::photo::Preprocessing;
use quantise::augment;
use quantise::bias_correction::bytes_per_image;
use quantise::fit::{self, Fitted, Options};
use quantise::float::FloatNetwork;
use std::path::PathBuf;

/// Bytes of maps that fitting may hold; more inputs than fit are not used.
const BYTES: usize = 1 << 30;
/// Most inputs: more change nothing, and take as long each.
const MOST_INPUTS: usize = 512;

/// What was done.
pub struct Fit {
    /// The integers, and each layer.
    pub fitted: Fitted,
    /// Photographs that they were fitted to, spread over the list.
    pub photographs: usize,
    /// Inputs made of them: each photograph, its mirror image, variants.
    pub inputs: usize,
}

/// Chooses the integers on as many of `images` as fit into memory, and variants of them where they are few.
///
/// # Errors
/// A photograph that cannot be read, a dead layer.
pub fn fit(
    float: &FloatNetwork,
    layers: &[Layer],
    images: &[PathBuf],
    preprocessing: &Preprocessing,
    options: Options,
    progress: &dyn Progress,
) -> Result<Fit, QuantizeError> {
    // a map as bytes and as floats
    let most = (BYTES / (5 * bytes_per_image(layers)).max(1)).clamp(2, MOST_INPUTS);
    let chosen: Vec<PathBuf> = images.iter().step_by((2 * images.len()).div_ceil(most)).cloned().collect();
    if chosen.len() < images.len() {
        tracing::info!("{} of {} photographs, spread over the list, are fitted to", chosen.len(), images.len());
    }
    let variants = augment::variants(chosen.len()).min((most / chosen.len()).saturating_sub(2));
    let size = [float.layout.height, float.layout.width];
    let inputs = stage(progress, Stage::Read, chosen.len(), |done| augment::inputs(&chosen, preprocessing, size, variants, done))?;
    super::go_on(progress)?;
    let observed = stage(progress, Stage::Observe, inputs.len(), |done| fit::observe(float, &inputs, &|_| done()))?;
    super::go_on(progress)?;
    let fitted = stage(progress, Stage::Fit, layers.len(), |done| fit::fit_observed(float, &observed, &inputs, options, &|_| done()))?;
    Ok(Fit { fitted, photographs: chosen.len(), inputs: inputs.len() })
}
