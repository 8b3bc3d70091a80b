//! Who gets how many bits: how much the error of each convolution changes the network's answers.

use super::pass::{choice, replace, Statistics};
use super::{CompressError, Options, Progress};
use crate::metrics::divergence;
use ndarray::Array3;
use net::classify::softmax;
use net::fast::FastNetwork;
use net::model::Network;
use net::model_file::Model;
use rayon::prelude::*;

/// At the trial the weights are so many steps, root mean square, which takes about three and a half bits.
const TRIAL: f64 = 3.0;

/// The noise of every convolution, up to one common factor.
///
/// Each convolution alone is made coarse, and the answers' Kullback-Leibler divergence from the original's is measured: `d`, at noise `t`.
/// For small errors it grows with the square, `d (noise / t)^2`, and `n` weights take `-n log2 noise` bits; the least
/// divergence at a given size has `noise^2` in proportion to `n t^2 / d`.
///
/// # Errors
/// Images of another size than the network's input.
pub fn relative_noise(
    statistics: &Statistics,
    inputs: &[Array3<u8>],
    options: Options,
    progress: Progress,
) -> Result<Vec<f64>, CompressError> {
    let model = statistics.model;
    let expected = answers(model, &model.network, inputs)?;
    let count = statistics.convolutions.len();
    // a convolution of zeros has no effect, and takes any noise
    let trial = |i: usize| (statistics.original(i).effect(&statistics.convolutions[i].factor) / TRIAL).max(1e-12);
    let trials: Vec<f64> = (0..count).map(trial).collect();
    let mut all = Vec::with_capacity(count);
    for (i, conv) in statistics.convolutions.iter().enumerate() {
        progress("measure", i, count);
        let trial = trials[i];
        let assigned = statistics.assign(i, &conv.factor, choice(trial, options));
        let (mut network, mut scales) = (model.network.clone(), model.scales.clone());
        replace(&mut network, &mut scales, i, assigned);
        let found = answers(model, &network, inputs)?;
        let changed: f64 = expected.iter().zip(&found).map(|(p, q)| divergence(p, q)).sum::<f64>() / inputs.len() as f64;
        let weights = conv.weights.len() as f64;
        all.push(trial * (weights / changed.max(1e-9)).sqrt());
    }
    progress("measure", count, count);
    // a size to start from: the geometric mean of what the trials had
    let mean = all.iter().map(|n| n.ln()).sum::<f64>() / count as f64;
    let start = trials.iter().map(|n| n.ln()).sum::<f64>() / count as f64;
    Ok(all.into_iter().map(|n| n * (start - mean).exp()).collect())
}

/// Probabilities of all classes, for every image.
pub fn answers(model: &Model, network: &Network, inputs: &[Array3<u8>]) -> Result<Vec<Vec<f64>>, CompressError> {
    let engine = FastNetwork::new(network)?;
    let answer =
        |workspace: &mut net::fast::Workspace, input: &Array3<u8>| Ok(softmax(&model.logits(&engine.run_with(workspace, input.view())?)));
    inputs.par_iter().map_init(|| engine.workspace(), answer).collect()
}
