//! Figures of merit: signal to quantisation noise, and accuracy.

use crate::histogram::decibel;
use ndarray::ArrayView3;

/// Power of a float tensor and of an integer tensor's error against it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ErrorPower {
    signal: f64,
    error: f64,
}

impl ErrorPower {
    /// Compares `integers`, of `scale` a step, with what the float network gives.
    pub fn of(float: ArrayView3<f32>, integers: ArrayView3<u8>, scale: f32) -> Self {
        let mut power = Self::default();
        for (&float, &integer) in float.iter().zip(integers) {
            power.signal += f64::from(float).powi(2);
            power.error += (f64::from(float) - f64::from(integer) * f64::from(scale)).powi(2);
        }
        power
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self { signal: self.signal + other.signal, error: self.error + other.error }
    }

    /// Signal over error, decibel.
    pub fn sqnr(self) -> f64 {
        decibel(self.signal, self.error)
    }
}

/// Counts of right answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy {
    images: usize,
    first: usize,
    in_five: usize,
}

impl Accuracy {
    /// Counts one image: `ranked` holds the likeliest classes, best first.
    pub fn count(&mut self, ranked: &[usize], class: usize) {
        self.images += 1;
        self.first += usize::from(ranked.first() == Some(&class));
        self.in_five += usize::from(ranked.iter().take(5).any(|&c| c == class));
    }

    /// Images counted.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Images whose first answer was right.
    pub fn first(&self) -> usize {
        self.first
    }

    /// Images whose class was among the first five answers.
    pub fn in_five(&self) -> usize {
        self.in_five
    }

    /// Share of images whose first answer was right, percent.
    pub fn top1(&self) -> f64 {
        percent(self.first, self.images)
    }

    /// Share of images whose class was among the first five answers, percent.
    pub fn top5(&self) -> f64 {
        percent(self.in_five, self.images)
    }
}

/// Kullback-Leibler divergence of the probabilities `found` from `expected`, nat: what is lost by holding `found` for true.
pub fn divergence(expected: &[f64], found: &[f64]) -> f64 {
    // a softmax that fell to zero is still some probability
    expected.iter().zip(found).filter(|(p, _)| **p > 0.0).map(|(p, q)| p * (p / q.max(1e-300)).ln()).sum()
}

/// `part` of `whole` in percent; 0 of nothing.
pub fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_first_and_five() {
        let mut accuracy = Accuracy::default();
        accuracy.count(&[3, 1, 2, 4, 5], 3);
        accuracy.count(&[3, 1, 2, 4, 5], 5);
        accuracy.count(&[3, 1, 2, 4, 5, 6], 6);
        accuracy.count(&[], 0);
        assert_eq!((accuracy.top1(), accuracy.top5()), (25.0, 50.0));
    }

    #[test]
    fn divergence_is_that_of_the_definition() {
        assert_eq!(divergence(&[0.5, 0.5, 0.0], &[0.5, 0.5, 0.0]), 0.0);
        let expected = 0.75 * (0.75f64 / 0.5).ln() + 0.25 * (0.25f64 / 0.5).ln();
        assert!((divergence(&[0.75, 0.25], &[0.5, 0.5]) - expected).abs() < 1e-15);
        assert!(divergence(&[1.0, 0.0], &[0.0, 1.0]).is_finite());
    }

    #[test]
    fn a_perfect_tensor_has_the_highest_sqnr() {
        let float = ndarray::Array3::from_elem((1, 2, 2), 3.0);
        let bytes = ndarray::Array3::from_elem((1, 2, 2), 6);
        assert_eq!(ErrorPower::of(float.view(), bytes.view(), 0.5).sqnr(), 99.0);
        assert!((ErrorPower::of(float.view(), bytes.view(), 0.55).sqnr() - 20.0).abs() < 1e-4);
    }
}
