//! From photographs to learnt weights: what the frozen layers give, then epochs.

use super::begin::Begin;
use super::say;
use crate::cli::train::{ClassWeights, Part, TrainArgs};
use crate::{interrupt, progress};
use anyhow::Result;
use candle_core::{DType, Device};
use ndarray::{Array3, Axis};
use net::classify::softmax;
use net::fast::FastNetwork;
use net::layout::Layer;
use net::model_file::Model;
use net::text::shown;
use quantise::float::{FloatConv, FloatNetwork};
use quantise::runtime::FloatEngine;
use rayon::prelude::*;
use std::path::Path;
use train::augment::Augmentation;
use train::checkpoint::{self, Terms};
use train::features::{by_floats, by_integers, Features, Watch};
use train::network::Trainable;
use train::options::{balanced, Aware, Options};
use train::photographs::{Inputs, Photograph};
use train::session::{Epoch, Events, Session, State, Tensors};
use train::split::Split;
use train::{balance, start};

/// Photographs on which the sizes of maps are measured.
const MEASURED: usize = 32;

/// What is learnt from.
pub struct Material<'a> {
    /// The photographs.
    pub photographs: &'a [Photograph],
    /// Those to learn from and to measure on.
    pub split: &'a Split,
    /// Class of every photograph.
    pub classes: &'a [usize],
    /// One a class.
    pub class_weights: &'a [f32],
    /// How photographs become inputs.
    pub inputs: &'a Inputs,
}

/// What was learnt.
pub struct Learned {
    /// The network of the best epoch; its classifier has no ReLU, its first convolution is not folded.
    pub network: FloatNetwork,
    /// The same with weights that were trained rounded, where that was asked for.
    pub aware: Option<FloatNetwork>,
    /// All epochs.
    pub state: State,
}

/// The device that tensors are on.
///
/// # Errors
/// The framework.
pub fn device() -> Result<Device> {
    // the CPU, unless the program was built with the feature `cuda` and there is such a device
    Ok(Device::cuda_if_available(0)?)
}

/// The recipe that `args` ask for.
pub fn options(args: &TrainArgs, begin: &Begin) -> Options {
    let part = begin.part;
    let (epochs, rate, decay, dropout) = match part {
        Part::Classifier => (60, 0.01, 0.05, 0.0),
        Part::Last(_) => (30, 0.005, 0.0002, 0.5),
        Part::All => (60, 0.01, 0.0002, 0.5),
    };
    let epochs = args.epochs.map_or(epochs, |epochs| epochs as usize);
    Options {
        epochs,
        batch: args.batch as usize,
        rate: args.learning_rate.unwrap_or(rate),
        warm_up: args.warm_up.map_or(if begin.trained { 0 } else { 3 }, |epochs| epochs as usize),
        schedule: args.schedule,
        momentum: args.momentum,
        weight_decay: args.weight_decay.unwrap_or(decay),
        to_start: begin.trained,
        clip: args.clip,
        dropout: args.dropout.unwrap_or(dropout),
        augmentation: (!args.no_augmentation).then_some(Augmentation { crop: args.crop, flip: true, colour: args.colour }),
        patience: args.patience as usize,
        seed: args.seed,
        aware: args.quantization_aware.then(|| Aware { bits: args.weight_bits, epochs: epochs.div_ceil(2) }),
    }
}

/// The weights of classes with so many photographs.
pub fn class_weights(args: &TrainArgs, counts: &[usize]) -> Vec<f32> {
    let (least, most) = (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0));
    match args.class_weights {
        ClassWeights::Balanced => balanced(counts),
        ClassWeights::Auto if most > 3 * least => balanced(counts),
        _ => vec![1.0; counts.len()],
    }
}

/// Trains.
///
/// # Errors
/// In one sentence, whatever stands in the way; [`train::TrainError::Stopped`] after a signal.
pub fn learn(
    begin: &mut Begin,
    material: &Material,
    options: &Options,
    (path, terms, resume): (&Path, &Terms, bool),
    stop: &interrupt::Graceful,
) -> Result<Learned> {
    let device = device()?;
    let from = match resume && path.exists() {
        true => Some(checkpoint::load(path, terms, &device)?),
        false => None,
    };
    if let Some((state, _)) = &from {
        say(format!("{}: going on after epoch {}", shown(path), state.history.len()));
    } else if resume {
        say(format!("{}: there is no checkpoint yet; begun from the start", shown(path)));
    }
    let layers = begin.network.check()?;
    let by_bytes = begin.keeps_integers(options);
    if let Some(before) = begin.before.take() {
        begin.network.classifier = inherit(begin, &before, material, stop)?;
    }
    if begin.trained && !by_bytes {
        even_out(begin, &layers, material, &device)?;
    }
    let frozen = Trainable::new(&begin.network, 0, DType::F32, &device)?;
    let feature = Feature { begin, layers: &layers, frozen: &frozen, material, device: &device, stop };
    let (features, scale) = feature.features(options)?;
    begin.network.classifier.weights.mapv_inplace(|w| (f64::from(w) / scale) as f32);
    let mut trainable = Trainable::new(&begin.network, begin.first, DType::F32, &device)?;
    let (epochs, images) = (options.epochs + options.aware.map_or(0, |a| a.epochs), material.split.training.len());
    let bar = progress::bar("train", epochs * images);
    bar.set_position(from.as_ref().map_or(0, |(state, _)| state.history.len() * images) as u64);
    bar.reset_eta();
    let table = |row: &Epoch| bar.suspend(|| super::table::row(&row.into()));
    let events = Events {
        batch: &|count| bar.inc(count as u64),
        epoch: &table,
        save: &|state, tensors| checkpoint::save(path, terms, state, tensors),
        stop: &|| stop.requested(),
    };
    super::table::head();
    let mut session = Session {
        network: &mut trainable,
        features: &features,
        classes: material.classes,
        training: &material.split.training,
        validation: &material.split.validation,
        class_weights: material.class_weights,
        options,
        device: &device,
    };
    let (state, tensors) = session.run(from, &events)?;
    drop(bar);
    let of = |prefix: &str, tensors: &Tensors| -> Result<FloatNetwork> {
        session.restore(tensors, prefix)?;
        let mut network = session.network.network(&begin.network)?;
        network.classifier.weights.mapv_inplace(|w| (f64::from(w) * scale) as f32);
        network.activations.linear_classifier = true;
        Ok(network)
    };
    let network = of("best/", &tensors)?;
    let aware = state.best[1].is_some().then(|| of("aware/", &tensors)).transpose()?;
    Ok(Learned { network, aware, state })
}

/// Gives all maps unit size, which keeps the answers.
fn even_out(begin: &mut Begin, layers: &[Layer], material: &Material, device: &Device) -> Result<()> {
    let training = &material.split.training;
    let chosen: Vec<usize> = training.iter().copied().step_by(training.len().div_ceil(MEASURED)).collect();
    let measured = Trainable::new(&begin.network, 0, DType::F32, device)?;
    let photographs = Features::Computed { photographs: material.photographs, inputs: material.inputs, frozen: None };
    let sizes = balance::sizes(&measured, layers, &photographs.batch(&chosen, None, device)?)?;
    start::divide(&mut begin.network, layers, &sizes);
    Ok(())
}

/// What the frozen layers give.
struct Feature<'a, 'b> {
    begin: &'b Begin,
    layers: &'b [Layer],
    frozen: &'a Trainable,
    material: &'a Material<'a>,
    device: &'b Device,
    stop: &'b interrupt::Graceful,
}

impl<'a> Feature<'a, '_> {
    /// The inputs of the first layer that learns, and what the classifier's weights must be multiplied by afterwards.
    fn features(&self, options: &Options) -> Result<(Features<'a>, f64)> {
        let Material { photographs, inputs, .. } = *self.material;
        let first = self.begin.first;
        if first == 0 {
            return Ok((Features::Computed { photographs, inputs, frozen: None }, 1.0));
        }
        let before = &self.layers[first - 1];
        if self.begin.part == Part::Classifier {
            let bar = progress::bar("features", photographs.len());
            let watch = Watch { done: &|count| bar.inc(count as u64), stop: &|| self.stop.requested() };
            let positions = self.frozen.positions();
            let features = match &self.begin.model {
                Some(model) if self.begin.keeps_integers(options) => {
                    let engine = FastNetwork::new(&model.network)?;
                    by_integers(
                        &engine,
                        (before, model.scales.activations[first - 1], positions),
                        first - 1,
                        (photographs, inputs),
                        &watch,
                    )?
                }
                _ => by_floats(self.frozen, (first - 1, before, Some(positions)), (photographs, inputs), self.device, &watch)?,
            };
            return Ok(unit(features));
        }
        let views = if inputs.augmentation.is_some() { 2 } else { 1 };
        let bytes = 4 * before.out_height * before.out_width * before.out_channels * views * photographs.len();
        if bytes >> 20 > self.begin.memory {
            tracing::warn!(
                "the features of {} photographs take {} MiB, more than --memory {}: they are computed anew in every epoch",
                photographs.len(),
                bytes >> 20,
                self.begin.memory
            );
            return Ok((Features::Computed { photographs, inputs, frozen: Some((self.frozen, first - 1)) }, 1.0));
        }
        let bar = progress::bar("features", photographs.len());
        let watch = Watch { done: &|count| bar.inc(count as u64), stop: &|| self.stop.requested() };
        Ok((by_floats(self.frozen, (first - 1, before, None), (photographs, inputs), self.device, &watch)?, 1.0))
    }
}

/// A first classifier out of the one before it: each new class is the mean of the old ones, as much of each as the network sees in the new
/// class's photographs.
fn inherit(begin: &Begin, before: &FloatNetwork, material: &Material, stop: &interrupt::Graceful) -> Result<FloatConv> {
    let Material { photographs, split, inputs, .. } = *material;
    let bar = progress::bar("look", split.training.len());
    let logits = Logits::new(begin.model.as_ref(), before)?;
    let look = |&place: &usize| -> Result<(usize, Vec<f64>)> {
        if stop.requested() {
            return Err(train::TrainError::Stopped.into());
        }
        let found = logits.of(&inputs.plain(&photographs[place].path).map_err(train::TrainError::from)?)?;
        bar.inc(1);
        Ok((photographs[place].class, softmax(&found)))
    };
    let seen = split.training.par_iter().map(look).collect::<Result<Vec<_>>>()?;
    let mut of_class = vec![vec![0.0; before.classifier.bias.len()]; begin.network.classifier.bias.len()];
    for (class, probabilities) in &seen {
        of_class[*class].iter_mut().zip(probabilities).for_each(|(sum, p)| *sum += p);
    }
    let mut classifier = begin.network.classifier.clone();
    for (class, shares) in of_class.iter().enumerate() {
        let total = shares.iter().sum::<f64>().max(1e-12);
        for (old, share) in shares.iter().enumerate() {
            let share = (share / total) as f32;
            classifier.bias[class] += share * before.classifier.bias[old];
            classifier.weights.index_axis_mut(Axis(0), class).scaled_add(share, &before.classifier.weights.index_axis(Axis(0), old));
        }
    }
    Ok(classifier)
}

/// What the network begun with says of a photograph.
enum Logits<'a> {
    Integers(FastNetwork, &'a Model),
    Floats(Box<FloatEngine>),
}

impl<'a> Logits<'a> {
    fn new(model: Option<&'a Model>, before: &FloatNetwork) -> Result<Self> {
        Ok(match model {
            Some(model) => Self::Integers(FastNetwork::new(&model.network)?, model),
            None => Self::Floats(Box::new(FloatEngine::classifier_only(before)?)),
        })
    }

    fn of(&self, input: &Array3<u8>) -> Result<Vec<f64>> {
        Ok(match self {
            Self::Integers(engine, model) => model.logits(&engine.run(input.view())?),
            Self::Floats(engine) => engine.logits(input.view())?,
        })
    }
}

/// Features of unit size, and what they were multiplied by.
fn unit(features: Features<'static>) -> (Features<'static>, f64) {
    let Features::Held { shape, mut plain, mut mirrored, seed } = features else { return (features, 1.0) };
    let count = plain.iter().map(Vec::len).sum::<usize>().max(1);
    let power = plain.iter().flatten().map(|&v| f64::from(v).powi(2)).sum::<f64>() / count as f64;
    let scale = if power > 0.0 { 1.0 / power.sqrt() } else { 1.0 };
    for v in plain.iter_mut().chain(&mut mirrored).flatten() {
        *v = (f64::from(*v) * scale) as f32;
    }
    (Features::Held { shape, plain, mirrored, seed }, scale)
}
