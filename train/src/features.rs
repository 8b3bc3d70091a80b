//! What the layers before the trained ones give: computed once, since it does not change.

use crate::network::Trainable;
use crate::photographs::{Inputs, Photograph};
use crate::random::{random, Use};
use crate::TrainError;
use candle_core::{Device, Tensor};
use ndarray::Array3;
use net::fast::FastNetwork;
use net::layout::Layer;
use quantise::augment;
use rand::Rng;
use rayon::prelude::*;

/// Photographs that go through the frozen layers at once.
const BATCH: usize = 16;

/// Told of progress, and asked whether to stop.
pub struct Watch<'a> {
    /// Called after photographs, with their number.
    pub done: &'a (dyn Fn(usize) + Sync),
    /// Whether to stop.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// Inputs of the first trained layer, in the framework's hands batch by batch.
pub enum Features<'a> {
    /// Held in memory: of every photograph itself, and mirrored where that is wanted.
    Held {
        /// Rows, columns, channels of one.
        shape: [usize; 3],
        /// HWC.
        plain: Vec<Vec<f32>>,
        /// HWC, of the mirror images; empty where photographs are not changed.
        mirrored: Vec<Vec<f32>>,
        /// Of what is drawn.
        seed: u64,
    },
    /// Computed anew for every batch, from photographs changed at random.
    Computed {
        /// The photographs.
        photographs: &'a [Photograph],
        /// How they become inputs.
        inputs: &'a Inputs,
        /// The layers before the trained ones, and the number of the last of them; nothing where all are trained.
        frozen: Option<(&'a Trainable, usize)>,
    },
}

impl Features<'_> {
    /// The features of some photographs, NHWC; in epoch `epoch` of training, or as they are.
    ///
    /// # Errors
    /// A photograph that cannot be read any more; the framework.
    pub fn batch(&self, places: &[usize], epoch: Option<usize>, device: &Device) -> Result<Tensor, TrainError> {
        match self {
            Self::Held { shape: [height, width, channels], plain, mirrored, seed } => {
                let mut values = Vec::with_capacity(places.len() * height * width * channels);
                for &place in places {
                    let turned = epoch.is_some_and(|epoch| random(*seed, Use::Augmentation, [epoch, place]).random_bool(0.5));
                    values.extend_from_slice(if turned { mirrored.get(place).unwrap_or(&plain[place]) } else { &plain[place] });
                }
                Ok(Tensor::from_vec(values, (places.len(), *height, *width, *channels), device)?)
            }
            Self::Computed { photographs, inputs, frozen } => {
                let image = |&place: &usize| match epoch {
                    Some(epoch) => inputs.changed(&photographs[place].path, place, epoch),
                    None => inputs.plain(&photographs[place].path),
                };
                let images = places.par_iter().map(image).collect::<Result<Vec<_>, _>>()?;
                let input = inputs.tensor(&images, device)?;
                Ok(match frozen {
                    Some((network, last)) => network.until(&input, *last)?.detach(),
                    None => input,
                })
            }
        }
    }
}

/// A photograph, and its mirror image if that is wanted.
fn views(photograph: &Photograph, inputs: &Inputs, mirror: bool) -> Result<Vec<Array3<u8>>, TrainError> {
    let plain = inputs.plain(&photograph.path)?;
    let turned = mirror.then(|| {
        let mut turned = plain.clone();
        augment::mirror(&mut turned, &inputs.preprocessing);
        turned
    });
    Ok([plain].into_iter().chain(turned).collect())
}

fn held(all: Vec<Vec<Vec<f32>>>, shape: [usize; 3], seed: u64) -> Features<'static> {
    let (mut plain, mut mirrored) = (Vec::with_capacity(all.len()), Vec::new());
    for views in all {
        let mut views = views.into_iter();
        plain.extend(views.next());
        mirrored.extend(views.next());
    }
    Features::Held { shape, plain, mirrored, seed }
}

/// The averages that the classifier reads, from the integers of `engine`: bytes times `step`, summed over the map and divided by `positions`.
///
/// # Errors
/// A photograph that cannot be read any more, or [`TrainError::Stopped`].
pub fn by_integers(
    engine: &FastNetwork,
    (before, step, positions): (&Layer, f32, usize),
    layer: usize,
    (photographs, inputs): (&[Photograph], &Inputs),
    watch: &Watch,
) -> Result<Features<'static>, TrainError> {
    let average = |workspace: &mut net::fast::Workspace, input: &Array3<u8>| -> Result<Vec<f32>, TrainError> {
        let map = engine.layer_output(workspace, input.view(), layer)?;
        let sums = map.outer_iter().map(|channel| channel.iter().map(|&v| u64::from(v)).sum::<u64>());
        Ok(sums.map(|sum| (sum as f64 * f64::from(step) / positions as f64) as f32).collect())
    };
    let all = photographs.par_iter().map_init(
        || engine.workspace(),
        |workspace, photograph| {
            if (watch.stop)() {
                return Err(TrainError::Stopped);
            }
            let views = views(photograph, inputs, inputs.augmentation.is_some_and(|a| a.flip))?;
            let found = views.iter().map(|view| average(workspace, view)).collect::<Result<Vec<_>, _>>()?;
            (watch.done)(1);
            Ok(found)
        },
    );
    Ok(held(all.collect::<Result<_, _>>()?, [1, 1, before.out_channels], inputs.seed))
}

/// What layer `last` of `network` gives, as floats; its averages over `positions` where the classifier alone is trained on them.
///
/// # Errors
/// As [`by_integers`].
pub fn by_floats(
    network: &Trainable,
    (last, layer, average): (usize, &Layer, Option<usize>),
    (photographs, inputs): (&[Photograph], &Inputs),
    device: &Device,
    watch: &Watch,
) -> Result<Features<'static>, TrainError> {
    let mirror = inputs.augmentation.is_some_and(|a| a.flip);
    let mut all = Vec::with_capacity(photographs.len());
    for few in photographs.chunks(BATCH) {
        if (watch.stop)() {
            return Err(TrainError::Stopped);
        }
        let views: Vec<Vec<Array3<u8>>> = few.par_iter().map(|p| views(p, inputs, mirror)).collect::<Result<_, _>>()?;
        let count = if mirror { 2 } else { 1 };
        let images: Vec<Array3<u8>> = views.into_iter().flatten().collect();
        let mut map = network.until(&inputs.tensor(&images, device)?, last)?;
        if let Some(positions) = average {
            map = (map.sum_keepdim((1, 2))? / positions as f64)?;
        }
        let rows = map.flatten_from(1)?.to_vec2::<f32>()?;
        all.extend(rows.chunks(count).map(<[Vec<f32>]>::to_vec));
        (watch.done)(few.len());
    }
    let shape = if average.is_some() { [1, 1, layer.out_channels] } else { [layer.out_height, layer.out_width, layer.out_channels] };
    Ok(held(all, shape, inputs.seed))
}
