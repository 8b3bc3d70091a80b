//! Figures that are never without their 95 % interval: shares, differences, losses, and epochs of them.

use ember::evaluate::statistics::{mcnemar, normal, paired_points, wilson_percent};
use ember::evaluate::{Answers, Evaluation};
use ember::labels::Labelled;
use serde::Serialize;
use train::session::Epoch;
use train::tally::Mean;

/// A share with its 95 % Wilson score interval, percent.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Share {
    /// Photographs that are right.
    pub right: usize,
    /// Of so many.
    pub of: usize,
    /// Percent.
    pub percent: f64,
    /// Percent.
    pub interval: [f64; 2],
}

impl Share {
    /// Of so many.
    pub fn new(right: usize, of: usize) -> Self {
        Self { right, of, percent: 100.0 * right as f64 / of.max(1) as f64, interval: wilson_percent(right, of) }
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [low, high] = self.interval;
        write!(f, "{:.2} % ({low:.2} to {high:.2}; {} of {})", self.percent, self.right, self.of)
    }
}

/// A mean over photographs with its 95 % interval, by the normal distribution.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Loss {
    /// Cross-entropy, nat.
    pub mean: f64,
    /// The same.
    pub interval: [f64; 2],
}

impl From<Mean> for Loss {
    fn from(mean: Mean) -> Self {
        Self { mean: mean.mean, interval: normal(mean.mean, mean.error) }
    }
}

/// An epoch.
#[derive(Debug, Serialize)]
pub struct EpochFigures {
    /// From 1.
    pub number: usize,
    /// Whether weights were rounded.
    pub aware: bool,
    /// Rate of its last step.
    pub rate: f64,
    /// Photographs while they were learnt from.
    pub training_loss: Loss,
    /// The same.
    pub training: Share,
    /// Validation photographs.
    pub validation_loss: Loss,
    /// The same.
    pub validation: Share,
}

impl EpochFigures {
    /// Intervals of the validation photographs: of the loss, and of the right answers.
    pub fn bands(&self) -> [[f64; 2]; 2] {
        [self.validation_loss.interval, self.validation.interval]
    }
}

impl From<&Epoch> for EpochFigures {
    fn from(epoch: &Epoch) -> Self {
        Self {
            number: epoch.number,
            aware: epoch.aware,
            rate: epoch.rate,
            training_loss: epoch.training_loss.into(),
            training: Share::new(epoch.training_right, epoch.training_images),
            validation_loss: epoch.validation_loss.into(),
            validation: Share::new(epoch.validation_right, epoch.validation_images),
        }
    }
}

/// A difference of shares with its 95 % interval (Bonett and Price).
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Difference {
    /// Percentage points.
    pub points: f64,
    /// The same.
    pub interval: [f64; 2],
}

impl Difference {
    /// Of `whole` photographs, so many of which became wrong, and right.
    pub fn new([wrong, right]: [usize; 2], whole: usize) -> Self {
        let (points, interval) = paired_points(right, wrong, whole);
        Self { points, interval }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [low, high] = self.interval;
        write!(f, "{:+.2} points ({low:+.2} to {high:+.2})", self.points)
    }
}

/// What training with rounded weights was worth.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rounded {
    /// The integers without it.
    pub plain: Share,
    /// With it.
    pub aware: Share,
    /// Right only without it; only with it.
    pub changed: [usize; 2],
    /// What it adds.
    pub gain: Difference,
    /// Two-sided p-value of McNemar's exact test of the two.
    pub mcnemar_p: f64,
    /// Whether it was taken.
    pub taken: bool,
}

impl Rounded {
    /// Compares the two on `validation`.
    pub fn new(plain: &Evaluation, aware: &Evaluation, validation: &[Labelled]) -> Self {
        let right = |evaluation: &Evaluation| {
            let mut places: Vec<_> = evaluation.answers.iter().map(|a| (a.image, names_it(a, validation))).collect();
            places.sort_unstable();
            places
        };
        let (of_plain, of_aware) = (right(plain), right(aware));
        let share = |of: &[(usize, bool)]| Share::new(of.iter().filter(|(_, right)| *right).count(), of.len());
        let only = |one: &[(usize, bool)], other: &[(usize, bool)]| one.iter().zip(other).filter(|(a, b)| a.1 && !b.1).count();
        let changed = [only(&of_plain, &of_aware), only(&of_aware, &of_plain)];
        let (plain, aware) = (share(&of_plain), share(&of_aware));
        let gain = Difference::new(changed, plain.of);
        Self { plain, aware, changed, gain, mcnemar_p: mcnemar(changed[0], changed[1]), taken: aware.right > plain.right }
    }
}

/// Whether the integers say what the photograph shows.
fn names_it(answer: &Answers, validation: &[Labelled]) -> bool {
    answer.int8.classes.first() == Some(&validation[answer.image].class)
}
