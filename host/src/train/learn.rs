//! From photographs to learnt weights: what the frozen layers give, then epochs.

use super::begin::Begin;
use crate::cli::train::{ClassWeights, Part, TrainArgs};
use crate::{interrupt, progress};
use anyhow::{Context, Result};
use candle_core::{DType, Device};
use net::fast::FastNetwork;
use net::layout::Layer;
use net::text::shown;
use quantise::float::FloatNetwork;
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
/// Epochs in which a new classifier learns before the layers under it do.
const PROBE_EPOCHS: usize = 40;
/// Rate of that.
const PROBE_RATE: f64 = 0.05;

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
pub fn options(args: &TrainArgs, part: Part) -> Options {
    let (epochs, rate, dropout) = match part {
        Part::Classifier => (100, 0.05, 0.0),
        Part::Last(_) => (30, 0.005, 0.5),
        Part::All => (60, 0.01, 0.5),
    };
    let epochs = args.epochs.map_or(epochs, |epochs| epochs as usize);
    Options {
        epochs,
        batch: args.batch as usize,
        rate: args.learning_rate.unwrap_or(rate),
        schedule: args.schedule,
        momentum: args.momentum,
        weight_decay: args.weight_decay,
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
pub fn learn(begin: &mut Begin, material: &Material, options: &Options, (path, terms, resume): (&Path, &Terms, bool), stop: &interrupt::Graceful) -> Result<Learned> {
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
    if begin.trained && !by_bytes {
        even_out(begin, &layers, material, &device)?;
    }
    let frozen = Trainable::new(&begin.network, 0, DType::F32, &device)?;
    let feature = Feature { begin, layers: &layers, frozen: &frozen, material, device: &device, stop };
    let (features, scale) = feature.features(options)?;
    if begin.trained && begin.part != Part::Classifier && from.is_none() && begin.network.classifier.weights.iter().all(|&w| w == 0.0) {
        let classifier = feature.probe(options)?;
        begin.network.classifier = classifier;
    }
    let mut trainable = Trainable::new(&begin.network, begin.first, DType::F32, &device)?;
    let (epochs, images) = (options.epochs + options.aware.map_or(0, |a| a.epochs), material.split.training.len());
    let bar = progress::bar("train", epochs * images);
    bar.set_position(from.as_ref().map_or(0, |(state, _)| state.history.len() * images) as u64);
    bar.reset_eta();
    let table = |row: &Epoch| bar.suspend(|| super::table::row(row));
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

fn say(sentence: String) {
    if !progress::is_quiet() {
        stdio::say!("ember: {sentence}");
    }
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
                    by_integers(&engine, (before, model.scales.activations[first - 1], positions), first - 1, (photographs, inputs), &watch)?
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

    /// A classifier on the network as it is: layers under one that says nothing would only be spoilt by its first steps (Kumar et al.,
    /// arXiv 2202.10054).
    fn probe(&self, options: &Options) -> Result<quantise::float::FloatConv> {
        let last = self.layers.len() - 1;
        let inputs = Inputs { augmentation: None, ..*self.material.inputs };
        let bar = progress::bar("classifier", self.material.photographs.len());
        let watch = Watch { done: &|count| bar.inc(count as u64), stop: &|| self.stop.requested() };
        let of = (last - 1, &self.layers[last - 1], Some(self.frozen.positions()));
        let (features, scale) = unit(by_floats(self.frozen, of, (self.material.photographs, &inputs), self.device, &watch)?);
        drop(bar);
        let mut network = Trainable::new(&self.begin.network, last, DType::F32, self.device)?;
        let options = Options { epochs: PROBE_EPOCHS, rate: PROBE_RATE, dropout: 0.0, augmentation: None, patience: 0, aware: None, ..options.clone() };
        let mut session = Session {
            network: &mut network,
            features: &features,
            classes: self.material.classes,
            training: &self.material.split.training,
            // what is measured on says nothing before the training itself
            validation: &[],
            class_weights: self.material.class_weights,
            options: &options,
            device: self.device,
        };
        let events = Events { batch: &|_| (), epoch: &|_| (), save: &|_, _| Ok(()), stop: &|| self.stop.requested() };
        let (_, tensors) = session.run(None, &events)?;
        session.restore(&tensors, "now/")?;
        let mut classifier = session.network.network(&self.begin.network).context("the classifier cannot be taken over")?.classifier;
        classifier.weights.mapv_inplace(|w| (f64::from(w) * scale) as f32);
        Ok(classifier)
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
