//! What a training is told.

use crate::augment::Augmentation;
use crate::sgd::Schedule;
use serde::{Deserialize, Serialize};

/// The recipe. Its numbers are the article's (arXiv 1602.07360) where nothing else is said; the rate is not, because maps are of unit size
/// here ([`crate::start::divide`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Times that every photograph is seen, at most.
    pub epochs: usize,
    /// Photographs a step.
    pub batch: usize,
    /// First learning rate.
    pub rate: f64,
    /// Epochs in which it rises to that.
    pub warm_up: usize,
    /// How it falls.
    pub schedule: Schedule,
    /// Share of the velocity that is kept.
    pub momentum: f64,
    /// Share of every weight that is taken off, times the rate.
    pub weight_decay: f64,
    /// Whether weights decay to what they were at first, not to 0.
    pub to_start: bool,
    /// Longest that a step's gradient may be; 0: any.
    pub clip: f64,
    /// Share of the activations before the classifier that are dropped.
    pub dropout: f64,
    /// How photographs are changed; nothing: not at all.
    pub augmentation: Option<Augmentation>,
    /// Epochs without a better result after which training ends; 0: never.
    pub patience: usize,
    /// Of everything that is drawn.
    pub seed: u64,
    /// Epochs with weights rounded to so many bits after the others.
    pub aware: Option<Aware>,
}

/// Training with rounded weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aware {
    /// Bits of a weight.
    pub bits: u32,
    /// Epochs.
    pub epochs: usize,
}

/// Weights of classes: 1 on the mean over photographs, inversely proportional to the number of photographs of the class.
pub fn balanced(counts: &[usize]) -> Vec<f32> {
    let (total, classes) = (counts.iter().sum::<usize>() as f64, counts.len() as f64);
    counts.iter().map(|&count| (total / (classes * count.max(1) as f64)) as f32).collect()
}
