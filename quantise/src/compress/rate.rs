//! What a weight's multiple will cost in the file, estimated: the price of choosing it.

use ndarray::Array2;
use rayon::prelude::*;

/// Classes of expected magnitude, half an octave each.
const CLASSES: usize = 24;
/// Largest magnitude of a multiple.
pub const MOST: usize = 128;

/// Bits of every magnitude (sign included), by how large the weight was expected to be: what the file's coder also goes by.
#[derive(Clone, Debug)]
pub struct Rates {
    classes: Array2<u8>,
    bits: Vec<[f32; MOST + 1]>,
}

impl Rates {
    /// Prices from an earlier choice of `multiples` (output channels x columns).
    pub fn of(multiples: &Array2<i32>) -> Self {
        let (rows, columns) = multiples.dim();
        let magnitude = |n: i32| f64::from(n.unsigned_abs());
        let row_means: Vec<f64> = multiples.outer_iter().map(|row| mean(row.iter().map(|&n| magnitude(n)))).collect();
        let column_means: Vec<f64> = multiples.columns().into_iter().map(|c| mean(c.iter().map(|&n| magnitude(n)))).collect();
        let overall = mean(row_means.iter().copied());
        let classes = Array2::from_shape_fn((rows, columns), |(o, j)| class(row_means[o] * column_means[j] / overall));
        let mut counts = vec![[0f64; MOST + 1]; CLASSES];
        multiples.iter().zip(&classes).for_each(|(n, &class)| counts[usize::from(class)][(n.unsigned_abs() as usize).min(MOST)] += 1.0);
        let bits = counts.par_iter().map(prices).collect();
        Self { classes, bits }
    }

    /// Bits of magnitude `n` at output channel `o`, column `j`.
    pub fn bits(&self, o: usize, j: usize, n: i32) -> f64 {
        f64::from(self.bits[usize::from(self.classes[[o, j]])][(n.unsigned_abs() as usize).min(MOST)])
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count + 0.02
}

fn class(expected: f64) -> u8 {
    (2.0 * (expected * 32.0 + 1.0).log2()).min(CLASSES as f64 - 1.0) as u8
}

/// Bits from counts, smoothed by a geometric law with the same mean so that what was never seen has a price too.
fn prices(counts: &[f64; MOST + 1]) -> [f32; MOST + 1] {
    let total: f64 = counts.iter().sum();
    let mean = (counts.iter().enumerate().map(|(n, c)| n as f64 * c).sum::<f64>() + 0.5) / (total + 1.0);
    let decay = mean / (1.0 + mean);
    std::array::from_fn(|n| {
        let geometric = ((1.0 - decay) * decay.powi(n as i32)).max(1e-9);
        let share = (counts[n] + 20.0 * geometric) / (total + 20.0);
        (f64::from(u8::from(n > 0)) - share.log2()) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_magnitudes_cost_more() {
        let multiples = Array2::from_shape_fn((40, 50), |(o, j)| match (o * 3 + j * 7) % 10 {
            0..=6 => 0,
            7 => 1,
            8 => -1,
            _ => 2,
        });
        let rates = Rates::of(&multiples);
        assert!((rates.bits(3, 3, 0) + 0.7f64.log2()).abs() < 0.05, "{}", rates.bits(3, 3, 0));
        assert!((rates.bits(3, 3, 1) - (1.0 - 0.2f64.log2())).abs() < 0.1);
        assert_eq!(rates.bits(3, 3, 1), rates.bits(3, 3, -1));
        assert!(rates.bits(3, 3, 2) > rates.bits(3, 3, 1) && rates.bits(3, 3, 90) > rates.bits(3, 3, 3));
    }
}
