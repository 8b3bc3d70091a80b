//! From learnt weights to a model file's integers.

use super::begin::Begin;
use crate::progress;
use crate::progress::Bars;
use anyhow::{Context, Result};
use ember::quantize::fit::{self, Fit};
use ndarray::{Array2, Array3};
use net::fast::FastNetwork;
use net::model_file::{Model, Scales};
use quantise::classifier;
use quantise::fit::Options;
use quantise::float::{FloatConv, FloatNetwork};
use quantise::import::tensors;
use quantise::quantiser::{quantise_convolution, Quantised, WEIGHT_BITS};
use quantise::reconstruct;
use quantise::runtime::FloatEngine;
use rayon::prelude::*;
use std::path::PathBuf;
use train::photographs::Inputs;

/// Most photographs that integers are fitted to.
const CALIBRATED: usize = 512;
/// How much further below 0, and above what was seen, than on the photographs a classifier's output may be.
const ROOM: f32 = 1.25;

/// A finished network in both forms.
pub struct Finished {
    /// In integers.
    pub model: Model,
    /// In floats, for bytes: what the integers stand for.
    pub float: FloatNetwork,
    /// The float network's file.
    pub float_bytes: Vec<u8>,
}

/// Photographs that integers are fitted to, of those that were learnt from: spread over the list.
pub fn calibration(training: &[PathBuf]) -> Vec<PathBuf> {
    training.iter().step_by(training.len().div_ceil(CALIBRATED).max(1)).cloned().collect()
}

/// Quantises a whole network, whose classifier has no ReLU, on `images`.
///
/// # Errors
/// A photograph that cannot be read any more, a dead layer, numbers for which no integers exist.
pub fn whole(begin: &Begin, learned: &FloatNetwork, images: &[PathBuf], bits: u32, (names, origin): (&[String], &str)) -> Result<Finished> {
    let mut unfolded = learned.clone();
    let mut float = learned.clone();
    float.stem = begin.normalisation.fold(&unfolded.stem);
    classifier::close(&mut float, images, &begin.preprocessing)?;
    // the constant stays in the classifier: softmax does not see it, and every reader of the file has a ReLU there
    (unfolded.classifier, unfolded.activations) = (float.classifier.clone(), float.activations.clone());
    let engine = FloatEngine::new(&float)?;
    let options = Options::for_images(images.len(), bits);
    let Fit { fitted, photographs, inputs } = fit::fit(&float, engine.layers(), images, &begin.preprocessing, options, &Bars::default())?;
    let Quantised { network, scales, .. } = fitted.quantised;
    let method = format!("{origin}, all layers fitted to {inputs} inputs of {photographs} photographs, weights of {bits} bits");
    let model = Model::new(network, scales, begin.preprocessing, names.to_vec(), method, float.fingerprint())?;
    Ok(Finished { model, float, float_bytes: tensors::to_bytes(&unfolded, &begin.normalisation) })
}

/// The integers of `model` with a new classifier, `learned`'s, which was trained on just what they give.
///
/// # Errors
/// As [`whole`].
pub fn classifier_alone(
    begin: &Begin,
    model: &Model,
    learned: &FloatNetwork,
    images: &[PathBuf],
    inputs: &Inputs,
    (names, origin): (&[String], &str),
) -> Result<Finished> {
    let mut unfolded = learned.clone();
    let input = model.scales.activations.iter().rev().nth(1).copied().unwrap_or(1.0);
    let maps = maps(model, images, inputs)?;
    let [low, high] = range(&unfolded.classifier, input, &maps)?;
    let constant = (-low * ROOM).max(0.0);
    unfolded.shift_classifier(constant);
    unfolded.activations.linear_classifier = false;
    let step = ((high * ROOM).max(0.0) + constant).max(f32::MIN_POSITIVE) / 255.0;
    let Options { damping, bits, .. } = Options::for_images(images.len(), WEIGHT_BITS);
    let padding = model.layout().classifier.padding;
    let fitted = reconstruct::classifier(&unfolded.classifier, &maps, (input, step), padding, reconstruct::Options { bits, damping });
    let (conv, weight_steps) = fitted.unwrap_or_else(|| quantise_convolution(&unfolded.classifier, input, step, WEIGHT_BITS));
    let mut network = model.network.clone();
    network.layout.classifier.classes = names.len();
    network.classifier = conv;
    let Scales { mut activations, mut weights } = model.scales.clone();
    activations.pop();
    activations.push(step);
    weights.pop();
    weights.push(weight_steps);
    let mut float = unfolded.clone();
    float.stem = begin.normalisation.fold(&unfolded.stem);
    let method = format!("{origin}, the integers of {} kept, conv10 fitted to {} photographs", begin.origin, images.len());
    let scales = Scales { activations, weights };
    let model = Model::new(network, scales, begin.preprocessing, names.to_vec(), method, float.fingerprint())?;
    Ok(Finished { model, float, float_bytes: tensors::to_bytes(&unfolded, &begin.normalisation) })
}

/// What the classifier of `model` reads for `images`, CHW.
fn maps(model: &Model, images: &[PathBuf], inputs: &Inputs) -> Result<Vec<Array3<u8>>> {
    let engine = FastNetwork::new(&model.network)?;
    let before = model.layout().layers()?.len().checked_sub(2).context("a network has a layer before its classifier")?;
    let bar = progress::bar("calibrate", images.len());
    let of_image = |workspace: &mut net::fast::Workspace, path: &PathBuf| -> Result<Array3<u8>> {
        let map = engine.layer_output(workspace, inputs.plain(path)?.view(), before)?;
        bar.inc(1);
        Ok(map)
    };
    images.par_iter().map_init(|| engine.workspace(), of_image).collect()
}

/// Lowest and highest output of `classifier` at any position of `maps`, whose step is `input`.
fn range(classifier: &FloatConv, input: f32, maps: &[Array3<u8>]) -> Result<[f32; 2]> {
    let (outputs, channels, ..) = classifier.weights.dim();
    let weights = Array2::from_shape_fn((outputs, channels), |(o, c)| classifier.weights[[o, c, 0, 0]] * input);
    let of_map = |map: &Array3<u8>| -> Result<[f32; 2]> {
        let positions = map.len() / channels;
        let map = map.to_shape((channels, positions)).context("a map has its own size")?.mapv(f32::from);
        let mut ends = [f32::INFINITY, f32::NEG_INFINITY];
        for (row, bias) in weights.dot(&map).outer_iter().zip(&classifier.bias) {
            // the border of a padded classifier gives the bias
            let values = row.iter().map(|v| v + bias).chain([*bias]);
            ends = values.fold(ends, |[low, high], v| [low.min(v), high.max(v)]);
        }
        Ok(ends)
    };
    maps.par_iter().map(of_map).try_reduce(|| [f32::INFINITY, f32::NEG_INFINITY], |a, b| Ok([a[0].min(b[0]), a[1].max(b[1])]))
}
