//! The training itself: epochs of steps, a measurement after each, and what is kept of them.

use crate::features::Features;
use crate::network::{cross_entropy, Dropout, Trainable};
use crate::options::Options;
use crate::random::{random, Use};
use crate::sgd::{Schedule, Sgd};
use crate::tally::{Mean, Tally};
use crate::TrainError;
use candle_core::{Device, Tensor};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Part of the first rate with which training on rounded weights begins.
const AWARE_RATE: f64 = 0.1;
/// Tensors by name.
pub type Tensors = BTreeMap<String, Tensor>;

/// An epoch in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1, over both parts of the training.
    pub number: usize,
    /// Whether weights were rounded.
    pub aware: bool,
    /// Rate of its last step.
    #[serde(with = "crate::tally::exact")]
    pub rate: f64,
    /// Loss of a photograph while it was learnt from.
    pub training_loss: Mean,
    /// Photographs that were right while they were learnt from.
    pub training_right: usize,
    /// Photographs that were learnt from.
    pub training_images: usize,
    /// Loss of a validation photograph.
    pub validation_loss: Mean,
    /// Validation photographs that are right.
    pub validation_right: usize,
    /// Validation photographs.
    pub validation_images: usize,
}

/// The best epoch of a part: most right answers, then the lowest loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Its number.
    pub epoch: usize,
    /// Right answers on the validation photographs.
    pub right: usize,
    /// Loss there.
    #[serde(with = "crate::tally::exact")]
    pub loss: f64,
}

/// Where a training is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// 0: weights as they are; 1: rounded; 2: done.
    pub part: usize,
    /// Epochs done in the part.
    pub epoch: usize,
    /// The best of either part.
    pub best: [Option<Best>; 2],
    /// All epochs so far.
    pub history: Vec<Epoch>,
}

/// What a training works on.
pub struct Session<'a> {
    /// The variables.
    pub network: &'a mut Trainable,
    /// Inputs of the first trained layer.
    pub features: &'a Features<'a>,
    /// Class of every photograph.
    pub classes: &'a [usize],
    /// Places of those to learn from.
    pub training: &'a [usize],
    /// Places of those to measure on.
    pub validation: &'a [usize],
    /// One a class.
    pub class_weights: &'a [f32],
    /// The recipe.
    pub options: &'a Options,
    /// Where tensors are.
    pub device: &'a Device,
}

/// What a training tells and asks.
pub struct Events<'a> {
    /// After every batch: photographs.
    pub batch: &'a dyn Fn(usize),
    /// After every epoch.
    pub epoch: &'a dyn Fn(&Epoch),
    /// After every epoch: everything, to be kept.
    pub save: &'a dyn Fn(&State, &Tensors) -> Result<(), TrainError>,
    /// Whether to stop.
    pub stop: &'a dyn Fn() -> bool,
}

impl Session<'_> {
    /// Trains from where `from` was, or from the beginning. Afterwards `best/NAME` and, where weights were rounded, `aware/NAME` are the best
    /// variables.
    ///
    /// # Errors
    /// A photograph that cannot be read any more, a loss that is no number, a checkpoint that cannot be written, or
    /// [`TrainError::Stopped`].
    pub fn run(&mut self, from: Option<(State, Tensors)>, events: &Events) -> Result<(State, Tensors), TrainError> {
        let (mut state, mut tensors) = from.unwrap_or_default();
        // the variables are still those that every run of this training begins with
        let start = self.network.variables().iter().map(|(_, var)| var.as_tensor().copy()).collect::<Result<Vec<_>, _>>()?;
        let mut sgd = self.at_rest(&start)?;
        self.restore(&tensors, "now/")?;
        if let Some(velocities) = self.named(&tensors, "velocity/") {
            sgd.set_velocities(velocities);
        }
        while state.part < 2 {
            let epochs = match state.part {
                0 => self.options.epochs,
                _ => self.options.aware.map_or(0, |aware| aware.epochs),
            };
            if state.epoch >= epochs || self.has_lost_patience(&state) {
                state.part += 1;
                state.epoch = 0;
                // the second part begins at the best of the first, at rest
                self.restore(&tensors, "best/")?;
                sgd = self.at_rest(&start)?;
                continue;
            }
            self.network.fake_bits = (state.part == 1).then(|| self.options.aware.map(|aware| aware.bits)).flatten();
            let row = self.epoch(&mut sgd, &state, epochs, events)?;
            self.keep(&mut state, &mut tensors, &row, &sgd)?;
            (events.epoch)(&row);
            state.history.push(row);
            state.epoch += 1;
            (events.save)(&state, &tensors)?;
        }
        self.network.fake_bits = None;
        Ok((state, tensors))
    }

    fn at_rest(&self, start: &[Tensor]) -> Result<Sgd, TrainError> {
        let mut sgd = Sgd::new(self.options.momentum, self.options.weight_decay, &self.network.variables())?;
        sgd.clip = self.options.clip;
        if self.options.to_start {
            sgd.decay_towards(start.to_vec());
        }
        Ok(sgd)
    }

    fn has_lost_patience(&self, state: &State) -> bool {
        let epochs = state.history.len();
        let last = state.best[state.part].map_or(epochs, |best| best.epoch);
        self.options.patience > 0 && epochs - last >= self.options.patience
    }

    /// Puts the tensors whose names begin with `prefix` into the variables, where they are there.
    ///
    /// # Errors
    /// The framework.
    pub fn restore(&self, tensors: &Tensors, prefix: &str) -> Result<(), TrainError> {
        for (name, var) in self.network.variables() {
            if let Some(tensor) = tensors.get(&format!("{prefix}{name}")) {
                var.set(tensor)?;
            }
        }
        Ok(())
    }

    fn named(&self, tensors: &Tensors, prefix: &str) -> Option<Vec<Tensor>> {
        self.network.variables().iter().map(|(name, _)| tensors.get(&format!("{prefix}{name}")).cloned()).collect()
    }

    fn keep(&self, state: &mut State, tensors: &mut Tensors, row: &Epoch, sgd: &Sgd) -> Result<(), TrainError> {
        let best = &mut state.best[state.part];
        let now = Best { epoch: row.number, right: row.validation_right, loss: row.validation_loss.mean };
        let better = best.is_none_or(|best| now.right > best.right || (now.right == best.right && now.loss < best.loss));
        if better {
            *best = Some(now);
        }
        let prefix = ["best/", "aware/"][state.part];
        for ((name, var), velocity) in self.network.variables().into_iter().zip(sgd.velocities()) {
            // `set` writes into a variable's memory: what is kept must be a copy
            let now = var.as_tensor().copy()?;
            if better {
                tensors.insert(format!("{prefix}{name}"), now.clone());
            }
            tensors.insert(format!("now/{name}"), now);
            tensors.insert(format!("velocity/{name}"), velocity.copy()?);
        }
        Ok(())
    }

    /// The rate of step `step` of `steps` in an epoch of `epochs` of the part.
    fn rate(&self, state: &State, [step, steps]: [usize; 2], epochs: usize) -> f64 {
        let options = self.options;
        let (done, all) = (state.epoch * steps + step, epochs * steps);
        if state.part > 0 {
            return options.rate * AWARE_RATE * Schedule::Linear.factor(done, all, state.epoch);
        }
        let risen = ((done + 1) as f64 / (options.warm_up * steps).max(1) as f64).min(1.0);
        options.rate * options.schedule.factor(done, all, state.epoch) * risen
    }

    fn epoch(&self, sgd: &mut Sgd, state: &State, epochs: usize, events: &Events) -> Result<Epoch, TrainError> {
        let options = self.options;
        // every epoch of both parts has numbers of its own
        let number = state.history.len();
        let mut order = self.training.to_vec();
        order.shuffle(&mut random(options.seed, Use::Order, [number, 0]));
        let steps = order.len().div_ceil(options.batch);
        let (mut tally, mut rate) = (Tally::default(), 0.0);
        for (step, places) in order.chunks(options.batch).enumerate() {
            if (events.stop)() {
                return Err(TrainError::Stopped);
            }
            rate = self.rate(state, [step, steps], epochs);
            let labels = self.labels(places);
            let input = self.features.batch(places, options.augmentation.map(|_| number), self.device)?;
            let dropout = Dropout { share: options.dropout, seed: options.seed, at: [number, step] };
            let logits = self.network.forward(&input, Some(dropout))?;
            let loss = cross_entropy(&logits, &labels, self.class_weights)?;
            if !loss.to_scalar::<f32>()?.is_finite() {
                return Err(TrainError::Diverged { epoch: number + 1, rate: options.rate });
            }
            sgd.step(&self.network.variables(), &loss.backward()?, rate)?;
            tally.add(&logits, &labels)?;
            (events.batch)(places.len());
        }
        let measured = self.measure(events)?;
        Ok(Epoch {
            number: number + 1,
            aware: state.part == 1,
            rate,
            training_loss: tally.loss(),
            training_right: tally.right(),
            training_images: order.len(),
            validation_loss: measured.loss(),
            validation_right: measured.right(),
            validation_images: self.validation.len(),
        })
    }

    /// The validation photographs as they are.
    fn measure(&self, events: &Events) -> Result<Tally, TrainError> {
        let mut tally = Tally::default();
        for places in self.validation.chunks(self.options.batch) {
            if (events.stop)() {
                return Err(TrainError::Stopped);
            }
            let logits = self.network.forward(&self.features.batch(places, None, self.device)?, None)?.detach();
            tally.add(&logits, &self.labels(places))?;
        }
        Ok(tally)
    }

    fn labels(&self, places: &[usize]) -> Vec<usize> {
        places.iter().map(|&place| self.classes[place]).collect()
    }
}
