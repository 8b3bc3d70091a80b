//! Through the network: what every convolution is, sees, and becomes.

use super::assign::{Assigned, Choice, Original};
use super::factor::Factor;
use super::moments::{matrix, Moments, Window};
use super::{convolutions_mut, CompressError, Options, Progress};
use ndarray::{Array2, Array3, ArrayView3};
use net::fast::FastNetwork;
use net::layout::{Layer, LayerKind};
use net::model::Network;
use net::model_file::{Model, Scales};
use rayon::prelude::*;

/// Inputs of a convolution beyond which its errors are not compensated (the matrices would take gigabytes); SqueezeNet's have at most 576.
const MOST_INPUTS: usize = 4096;
/// Images whose moments are added in one go.
const BATCH: usize = 8;

/// The original network's convolutions and what they see on the calibration images.
pub struct Statistics<'a> {
    /// The original model.
    pub model: &'a Model,
    /// Its layers.
    pub layers: Vec<Layer>,
    /// One a convolution.
    pub convolutions: Vec<Convolution>,
    /// Output of every layer, of every image: images x layers.
    maps: Vec<Vec<Array3<u8>>>,
}

/// One convolution of the original network.
pub struct Convolution {
    /// Its layer, an index into [`Statistics::layers`].
    pub layer: usize,
    /// How it reads its input.
    pub window: Window,
    /// Real weights, output channels x n.
    pub weights: Array2<f64>,
    /// How much an error of each output channel matters.
    pub importance: Vec<f64>,
    /// Its problem on the original network's inputs.
    pub factor: Factor,
    /// Scales of its input and output.
    pub activations: (f32, f32),
}

impl<'a> Statistics<'a> {
    /// Runs the original network on all images.
    ///
    /// # Errors
    /// Images of another size than the network's input.
    pub fn new(model: &'a Model, inputs: &[Array3<u8>], options: Options, progress: Progress) -> Result<Self, CompressError> {
        let layers = model.network.check()?;
        let engine = FastNetwork::new(&model.network)?;
        let run = |image: &Array3<u8>| -> Result<Vec<Array3<u8>>, CompressError> {
            Ok(engine.trace(image.view())?.layers.into_iter().map(|l| l.pooled.unwrap_or(l.conv)).collect())
        };
        let maps: Vec<Vec<Array3<u8>>> = inputs.par_iter().map(run).collect::<Result<_, _>>()?;
        let mut all = Self { model, layers, convolutions: Vec::new(), maps };
        let places = places(&all.layers);
        for (i, &(layer, window)) in places.iter().enumerate() {
            progress("observe", i, places.len());
            let (_, conv) = &model.network.convolutions()[i];
            let weights = matrix(conv, &model.scales.weights[i]);
            let moments = all.moments(inputs, layer, window, weights.ncols(), None);
            let factor = problem(&moments, &weights, options);
            let input = if layer == 0 { 1.0 } else { model.scales.activations[layer - 1] };
            let importance = vec![1.0; weights.nrows()];
            all.convolutions.push(Convolution {
                layer,
                window,
                weights,
                importance,
                factor,
                activations: (input, model.scales.activations[layer]),
            });
        }
        progress("observe", places.len(), places.len());
        let importance = all.importance();
        for (conv, found) in all.convolutions.iter_mut().zip(importance) {
            conv.importance = found.into_iter().map(|g| g.powf(options.importance)).collect();
        }
        Ok(all)
    }

    /// How much an error of each output channel matters to the network's output: the share of positions at which ReLU lets it
    /// through, times the squares of the weights that read it, times how much those channels matter, from the last layer back. Errors
    /// of different channels count as independent.
    fn importance(&self) -> Vec<Vec<f64>> {
        let count = self.convolutions.len();
        let mut all: Vec<Vec<f64>> = self.convolutions.iter().map(|c| vec![1.0; c.weights.nrows()]).collect();
        for i in (0..count).rev() {
            let layer = self.convolutions[i].layer;
            let readers: Vec<usize> = (0..count).filter(|&r| self.convolutions[r].layer == layer + 1).collect();
            if readers.is_empty() {
                continue;
            }
            let active = self.active(layer);
            // the second half of an expand comes after the first in the map
            let first = if i > 0 && self.convolutions[i - 1].layer == layer { self.convolutions[i - 1].weights.nrows() } else { 0 };
            let matters = |channel: usize| -> f64 {
                let read = readers.iter().map(|&r| {
                    let taps = self.convolutions[r].window.kernel.pow(2);
                    let columns = channel * taps..(channel + 1) * taps;
                    let rows = self.convolutions[r].weights.outer_iter().zip(&all[r]);
                    rows.map(|(row, g)| g * columns.clone().map(|j| row[j].powi(2)).sum::<f64>()).sum::<f64>()
                });
                active[channel] * read.sum::<f64>()
            };
            let found: Vec<f64> = (0..all[i].len()).map(|o| matters(first + o)).collect();
            let mean = found.iter().sum::<f64>() / found.len().max(1) as f64;
            // no channel is worth nothing: calibration may not have shown what it is for
            all[i] = found.into_iter().map(|g| g / mean.max(1e-30) + 0.02).collect();
        }
        all
    }

    /// Share of a layer's output that is not zero, of each channel.
    fn active(&self, layer: usize) -> Vec<f64> {
        let channels = self.layers[layer].out_channels;
        let mut active = vec![0.0; channels];
        for image in &self.maps {
            for (sum, map) in active.iter_mut().zip(image[layer].outer_iter()) {
                *sum += map.iter().filter(|v| **v > 0).count() as f64 / map.len() as f64;
            }
        }
        active.into_iter().map(|sum| sum / self.maps.len().max(1) as f64 + 0.02).collect()
    }

    /// Moments of one layer's input; `compressed` holds that input as the compressed network gives it, one map an image.
    fn moments(&self, inputs: &[Array3<u8>], layer: usize, window: Window, n: usize, compressed: Option<&[Array3<u8>]>) -> Moments {
        let size = if n > MOST_INPUTS { 0 } else { n };
        let mut total = Moments::new(size);
        if size == 0 {
            return total;
        }
        let map = |image: usize| -> ArrayView3<u8> {
            match layer {
                0 => inputs[image].view().permuted_axes([2, 0, 1]),
                _ => self.maps[image][layer - 1].view(),
            }
        };
        let images: Vec<usize> = (0..inputs.len()).collect();
        for batch in images.chunks(BATCH * rayon::current_num_threads()) {
            let parts: Vec<Moments> = batch
                .par_chunks(BATCH)
                .map(|few| {
                    let mut moments = Moments::new(size);
                    for &image in few {
                        let compressed = compressed.map_or_else(|| map(image), |maps| maps[image].view());
                        moments.add(map(image), compressed, window, image);
                    }
                    moments
                })
                .collect();
            parts.iter().for_each(|part| total.merge(part));
        }
        total
    }

    /// What is to be made smaller of convolution `i`.
    pub fn original(&self, i: usize) -> Original<'_> {
        let Convolution { weights, importance, activations, .. } = &self.convolutions[i];
        let conv = self.model.network.convolutions()[i].1;
        Original { conv, scales: &self.model.scales.weights[i], weights, importance, activations: *activations }
    }

    /// Convolution `i` made smaller, on the inputs that `factor` knows.
    pub fn assign(&self, i: usize, factor: &Factor, choice: Choice) -> Assigned {
        self.original(i).assign(factor, choice)
    }

    /// All convolutions made smaller, each as if the others were not.
    pub fn assign_alone(&self, noise: &[f64], factor: f64, options: Options) -> (Network, Scales) {
        let all: Vec<Assigned> = (0..noise.len())
            .into_par_iter()
            .map(|i| self.assign(i, &self.convolutions[i].factor, choice(noise[i] * factor, options)))
            .collect();
        let (mut network, mut scales) = (self.model.network.clone(), self.model.scales.clone());
        for (i, assigned) in all.into_iter().enumerate() {
            replace(&mut network, &mut scales, i, assigned);
        }
        (network, scales)
    }
}

/// Layer by layer: each is fitted to what the layers before it, already smaller, give.
///
/// # Errors
/// Images of another size, or integers out of bounds.
pub fn run(
    statistics: &Statistics,
    inputs: &[Array3<u8>],
    noise: &[f64],
    factor: f64,
    options: Options,
    progress: Progress,
) -> Result<(Network, Scales), CompressError> {
    if !options.reconstruct {
        return Ok(statistics.assign_alone(noise, factor, options));
    }
    let (mut network, mut scales) = (statistics.model.network.clone(), statistics.model.scales.clone());
    let mut i = 0;
    for layer in 0..statistics.layers.len() {
        progress("compress", layer, statistics.layers.len());
        let maps: Vec<Array3<u8>> = match layer {
            0 => inputs.iter().map(|input| input.view().permuted_axes([2, 0, 1]).to_owned()).collect(),
            _ => {
                let engine = FastNetwork::new(&network)?;
                inputs
                    .par_iter()
                    .map_init(|| engine.workspace(), |workspace, input| engine.layer_output(workspace, input.view(), layer - 1))
                    .collect::<Result<_, _>>()?
            }
        };
        let first = i;
        while i < statistics.convolutions.len() && statistics.convolutions[i].layer == layer {
            i += 1;
        }
        let made: Vec<Assigned> = (first..i)
            .map(|i| {
                let conv = &statistics.convolutions[i];
                let moments = statistics.moments(inputs, layer, conv.window, conv.weights.ncols(), Some(&maps));
                let problem = problem(&moments, &conv.weights, options);
                statistics.assign(i, &problem, choice(noise[i] * factor, options))
            })
            .collect();
        made.into_iter().zip(first..).for_each(|(assigned, i)| replace(&mut network, &mut scales, i, assigned));
    }
    progress("compress", statistics.layers.len(), statistics.layers.len());
    network.check()?;
    Ok((network, scales))
}

/// Puts a smaller convolution in its place.
pub(super) fn replace(network: &mut Network, scales: &mut Scales, i: usize, assigned: Assigned) {
    *convolutions_mut(network)[i] = assigned.conv;
    scales.weights[i] = assigned.scales;
}

pub(super) fn choice(noise: f64, options: Options) -> Choice {
    Choice { noise, lambda: options.lambda, reconstruct: options.reconstruct }
}

/// The factored problem, or without compensation where the convolution has too many inputs or the moments are degenerate.
fn problem(moments: &Moments, weights: &Array2<f64>, options: Options) -> Factor {
    let seen = moments.compressed.len() == weights.ncols();
    seen.then(|| Factor::new(moments, weights, options.damping)).flatten().unwrap_or_else(|| Factor::independent(weights))
}

/// Layer and window of every convolution, in the order of [`Network::convolutions`].
pub(crate) fn places(layers: &[Layer]) -> Vec<(usize, Window)> {
    let mut all = Vec::new();
    for (i, layer) in layers.iter().enumerate() {
        let window = |kernel, stride, padding| (i, Window { kernel, stride, padding });
        match layer.kind {
            LayerKind::Stem => all.push(window(layer.kernel, 2, 0)),
            LayerKind::Squeeze => all.push(window(1, 1, 0)),
            LayerKind::Expand => all.extend([window(1, 1, 0), window(3, 1, 1)]),
            LayerKind::Classifier => all.push(window(1, 1, (layer.out_height - layer.in_height) / 2)),
        }
    }
    all
}
