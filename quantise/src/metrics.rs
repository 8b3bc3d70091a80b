//! Figures of merit: signal to quantisation noise, and accuracy.

use crate::histogram::decibel;
use ndarray::ArrayView3;

/// Power of a float tensor and of an integer tensor's error against it.
///
/// A channel's step is the one that fits best: networks whose channels have steps of their own (`crate::equalise`) hold them in their weights,
/// and their model files only the steps' mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorPower {
    channels: Vec<Products>,
}

/// Sums of products over one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Products {
    /// Float times float.
    signal: f64,
    /// Float times integer.
    cross: f64,
    /// Integer times integer.
    integers: f64,
}

impl ErrorPower {
    /// Compares `integers` with what the float network gives, both CHW.
    pub fn of(float: ArrayView3<f32>, integers: ArrayView3<u8>) -> Self {
        let channel = |(float, integers): (ndarray::ArrayView2<f32>, ndarray::ArrayView2<u8>)| {
            let mut sums = Products::default();
            for (&float, &integer) in float.iter().zip(integers) {
                let (float, integer) = (f64::from(float), f64::from(integer));
                sums.signal += float * float;
                sums.cross += float * integer;
                sums.integers += integer * integer;
            }
            sums
        };
        Self { channels: float.outer_iter().zip(integers.outer_iter()).map(channel).collect() }
    }

    /// Adds what another image had.
    pub fn add(&mut self, other: &Self) {
        self.channels.resize(self.channels.len().max(other.channels.len()), Products::default());
        for (to, from) in self.channels.iter_mut().zip(&other.channels) {
            to.signal += from.signal;
            to.cross += from.cross;
            to.integers += from.integers;
        }
    }

    /// Signal over error, decibel.
    pub fn sqnr(&self) -> f64 {
        let error = |p: &Products| if p.integers > 0.0 { (p.signal - p.cross * p.cross / p.integers).max(0.0) } else { p.signal };
        decibel(self.channels.iter().map(|p| p.signal).sum(), self.channels.iter().map(error).sum())
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
    fn a_perfect_tensor_has_the_highest_sqnr_whatever_its_channels_steps() {
        let float = ndarray::Array3::from_shape_fn((2, 2, 2), |(c, y, x)| [3.0, 0.7][c] * (1 + y + 2 * x) as f32);
        let bytes = ndarray::Array3::from_shape_fn((2, 2, 2), |(c, y, x)| ([6, 40][c] * (1 + y + 2 * x)) as u8);
        let mut power = ErrorPower::default();
        power.add(&ErrorPower::of(float.view(), bytes.view()));
        power.add(&ErrorPower::of(float.view(), bytes.view()));
        assert_eq!(power.sqnr(), 99.0);
    }

    #[test]
    fn what_no_step_explains_is_error() {
        // the second channel's integers are all zero, so all of it is error
        let float = ndarray::arr3(&[[[10.0, 10.0]], [[0.0, 2.0]]]);
        let bytes = ndarray::arr3(&[[[9, 11]], [[0, 0]]]);
        let [signal, cross, integers] = [200.0, 200.0, 202.0];
        let error: f64 = signal - cross * cross / integers + 4.0;
        let expected = 10.0 * ((signal + 4.0) / error).log10();
        assert!((ErrorPower::of(float.view(), bytes.view()).sqnr() - expected).abs() < 1e-9);
    }
}
