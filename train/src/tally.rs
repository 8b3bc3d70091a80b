//! Right answers and losses, added up photograph by photograph, with what their means may be off by.

use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// A mean over photographs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// The mean.
    #[serde(with = "exact")]
    pub mean: f64,
    /// Its standard error; 0 for a single photograph, of which it cannot be known.
    #[serde(with = "exact")]
    pub error: f64,
}

/// Answers so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    right: usize,
    losses: Vec<f64>,
}

impl Tally {
    /// Adds images: `logits` are images x classes.
    ///
    /// # Errors
    /// A tensor of another shape.
    pub fn add(&mut self, logits: &Tensor, labels: &[usize]) -> Result<()> {
        for (row, &label) in logits.to_vec2::<f32>()?.iter().zip(labels) {
            // the first of equal ones counts
            let first = (0..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best });
            self.right += usize::from(first == label);
            let most = f64::from(row[first]);
            let sum: f64 = row.iter().map(|&v| (f64::from(v) - most).exp()).sum();
            self.losses.push(most + sum.ln() - f64::from(row[label]));
        }
        Ok(())
    }

    /// Images whose largest logit is their label's.
    pub fn right(&self) -> usize {
        self.right
    }

    /// Mean cross-entropy, nat.
    pub fn loss(&self) -> Mean {
        let count = self.losses.len().max(1) as f64;
        let mean = self.losses.iter().sum::<f64>() / count;
        let squares: f64 = self.losses.iter().map(|loss| (loss - mean).powi(2)).sum();
        Mean { mean, error: if count > 1.0 { (squares / (count - 1.0) / count).sqrt() } else { 0.0 } }
    }
}

/// Numbers in a checkpoint by their bits: what is read is what was written, to the last of them, and a training that goes on compares as the
/// one that was interrupted would have.
pub mod exact {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the bits.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        value.to_bits().serialize(to)
    }

    /// Reads them.
    ///
    /// # Errors
    /// The deserializer's.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        u64::deserialize(from).map(f64::from_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::cross_entropy;
    use candle_core::Device;

    #[test]
    fn losses_are_those_that_are_learnt_by() {
        let rows = [[0.5f32, -1.0, 2.0], [30.0, -30.0, 0.0], [0.0, 0.0, 0.0]];
        let (logits, labels) = (Tensor::new(&rows, &Device::Cpu).expect("a tensor"), [2, 1, 0]);
        let mut tally = Tally::default();
        tally.add(&logits, &labels).expect("two dimensions");
        let wanted = cross_entropy(&logits, &labels, &[]).and_then(|loss| loss.to_scalar::<f32>()).expect("a number");
        assert!((tally.loss().mean - f64::from(wanted)).abs() < 1e-5, "{:?} {wanted}", tally.loss());
        assert_eq!(tally.right(), 2);
    }

    #[test]
    fn the_error_is_the_deviation_over_the_root_of_the_count() {
        let tally = |losses: &[f64]| Tally { right: 0, losses: losses.to_vec() }.loss();
        let Mean { mean, error } = tally(&[1.0, 2.0, 3.0, 6.0]);
        assert!((mean - 3.0).abs() < 1e-12 && (error - (14.0f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12, "{mean} {error}");
        assert_eq!((tally(&[4.0]).error, tally(&[]).mean), (0.0, 0.0));
    }

    #[test]
    fn a_checkpoint_keeps_every_bit() {
        for mean in [0.1 + 0.2, f64::MIN_POSITIVE, 1.0 / 3.0, 5e-324, -0.0] {
            let written = serde_json::to_string(&Mean { mean, error: mean }).expect("numbers");
            let read: Mean = serde_json::from_str(&written).expect("numbers");
            assert_eq!((read.mean.to_bits(), read.error.to_bits()), (mean.to_bits(), mean.to_bits()));
        }
    }
}
