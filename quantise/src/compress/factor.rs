//! The least-squares problem of one convolution: minimise `|| (W - Q) x ||^2` over the inputs `x` seen in calibration.
//!
//! With `H` the inputs' covariance and `H = R R^T`, `R` upper triangular, the error is the squared length of
//! `(W - Q) R`: column `j` of it depends on the weights up to `j` only. So weights are fixed one after another, each
//! making up for the errors of those before it. It is the column-order compensation of GPTQ (E. Frantar and others, arXiv 2210.17323,
//! equation 2 and step 3) and so of Optimal Brain Compression (arXiv 2208.11580), written without the inverse of `H`.
//! Means are left out of `H`, because the bias makes up for them exactly.

use super::cholesky;
use super::moments::Moments;
use ndarray::{Array1, Array2};
use rayon::prelude::*;

/// The problem of one convolution, factored.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Columns in the order in which they are fixed: largest input first.
    pub order: Vec<usize>,
    /// `R`, n x n, upper triangular, rows and columns in that order.
    pub upper: Array2<f64>,
    /// Weights for which the compressed network's inputs give what the original's give, output channels x n.
    pub target: Array2<f64>,
    /// Mean of the original network's inputs, n.
    pub mean_original: Vec<f64>,
    /// Mean of the compressed network's inputs, n.
    pub mean_compressed: Vec<f64>,
}

impl Factor {
    /// Factors the problem with `weights` (output channels x n) as what is aimed at. `damping` is added to the variance of every input, as
    /// a share of their mean: it keeps the solution near `weights` where calibration says little.
    ///
    /// `None` if the moments are no covariance (they always are, unless nothing was seen).
    pub fn new(moments: &Moments, weights: &Array2<f64>, damping: f64) -> Option<Self> {
        let n = moments.compressed.len();
        let mean = |sums: &[f64]| sums.iter().map(|s| s / moments.count.max(1.0)).collect::<Vec<_>>();
        let (mean_original, mean_compressed) = (mean(&moments.original), mean(&moments.compressed));
        let average: f64 =
            (0..n).map(|j| moments.gram[[j, j]] / moments.count.max(1.0) - mean_compressed[j].powi(2)).sum::<f64>() / n as f64;
        let added = (damping * average).max(1e-3);
        let diagonal = |i: usize, j: usize| if i == j { added } else { 0.0 };
        let covariance =
            |i: usize, j: usize| moments.gram[[i, j]] / moments.count.max(1.0) - mean_compressed[i] * mean_compressed[j] + diagonal(i, j);
        let cross =
            |i: usize, j: usize| moments.cross[[i, j]] / moments.count.max(1.0) - mean_original[i] * mean_compressed[j] + diagonal(i, j);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| covariance(b, b).total_cmp(&covariance(a, a)).then(a.cmp(&b)));
        // the lower factor of the matrix with both sides reversed is the upper one, reversed
        let reversed = Array2::from_shape_fn((n, n), |(i, j)| covariance(order[n - 1 - i], order[n - 1 - j]));
        let lower = cholesky::factor(&reversed)?;
        let target = if moments.gram == moments.cross {
            weights.clone()
        } else {
            // W (C + d) (H + d)^-1, row by row: the solution of (H + d) t = (C + d)^T w
            let cross = Array2::from_shape_fn((n, n), |(i, j)| cross(j, order[n - 1 - i]));
            let rows: Vec<Vec<f64>> = (0..weights.nrows())
                .into_par_iter()
                .map(|o| {
                    let right: Array1<f64> = cross.outer_iter().map(|c| c.iter().zip(weights.row(o)).map(|(c, w)| c * w).sum()).collect();
                    cholesky::solve(&lower, right.view())
                })
                .collect();
            let mut place = vec![0; n];
            order.iter().enumerate().for_each(|(at, &column)| place[column] = n - 1 - at);
            Array2::from_shape_fn(weights.dim(), |(o, column)| rows[o][place[column]])
        };
        let upper = Array2::from_shape_fn((n, n), |(i, j)| if j >= i { lower[[n - 1 - i, n - 1 - j]] } else { 0.0 });
        Some(Self { order, upper, target, mean_original, mean_compressed })
    }

    /// A problem whose inputs do not depend on each other and are all alike: nothing is made up for.
    pub fn independent(weights: &Array2<f64>) -> Self {
        let n = weights.ncols();
        let mean = vec![0.0; n];
        // n x n would be too much where this is used: one row stands for all
        Self {
            order: (0..n).collect(),
            upper: Array2::zeros((0, 0)),
            target: weights.clone(),
            mean_original: mean.clone(),
            mean_compressed: mean,
        }
    }

    /// The row `o` of the target in whole steps of at most `most`, each weight making up for the errors of those before it; and the squared
    /// error of the output that is left.
    pub fn round(&self, o: usize, step: f64, most: f64) -> (Vec<i32>, f64) {
        let n = self.order.len();
        let mut whole = vec![0; n];
        // what the errors so far do to each later column of (W - Q) R
        let mut pending = vec![0.0; n];
        let mut squares = 0.0;
        for (at, &column) in self.order.iter().enumerate() {
            let gain = self.gain(at);
            let target = self.target[[o, column]];
            let chosen = ((target + pending[at] / gain) / step).round().clamp(-most, most);
            whole[column] = chosen as i32;
            let error = target - chosen * step;
            squares += (pending[at] + error * gain).powi(2);
            self.spread(at, error, &mut pending);
        }
        (whole, squares)
    }

    /// The squared error of the output when row `o` of the target is replaced by `row`.
    pub fn error(&self, o: usize, row: impl Fn(usize) -> f64) -> f64 {
        let mut pending = vec![0.0; self.order.len()];
        let mut squares = 0.0;
        for (at, &column) in self.order.iter().enumerate() {
            let error = self.target[[o, column]] - row(column);
            squares += (pending[at] + error * self.gain(at)).powi(2);
            self.spread(at, error, &mut pending);
        }
        squares
    }

    /// Adds what an error in column `order[at]` does to the later ones.
    fn spread(&self, at: usize, error: f64, pending: &mut [f64]) {
        if self.compensates() {
            let row = self.upper.row(at);
            pending.iter_mut().zip(row).skip(at + 1).for_each(|(sum, r)| *sum += error * r);
        }
    }

    /// Whether errors can be made up for.
    pub fn compensates(&self) -> bool {
        !self.upper.is_empty()
    }

    /// The weight of an error in column `order[at]` once the later columns have made up for what they can.
    pub fn gain(&self, at: usize) -> f64 {
        self.upper.get([at, at]).copied().unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::moments::Window;
    use ndarray::Array3;
    use rand::{rngs::StdRng, Rng, SeedableRng};

    fn moments(different: bool) -> Moments {
        let mut rng = StdRng::seed_from_u64(5);
        let mut moments = Moments::new(6);
        for image in 0..20 {
            let x = Array3::from_shape_fn((6, 8, 8), |_| rng.random_range(0..60u8));
            let mut y = x.clone();
            y.index_axis_mut(ndarray::Axis(0), 1).zip_mut_with(&x.index_axis(ndarray::Axis(0), 0), |y, &x| *y = *y / 2 + x);
            let original = if different { &x } else { &y };
            moments.add(original.view(), y.view(), Window { kernel: 1, stride: 1, padding: 0 }, image);
        }
        moments
    }

    #[test]
    fn the_factor_multiplies_to_the_covariance() {
        let moments = moments(false);
        let factor = Factor::new(&moments, &Array2::eye(6), 0.0).expect("a covariance");
        let product = factor.upper.dot(&factor.upper.t());
        for (i, &a) in factor.order.iter().enumerate() {
            for (j, &b) in factor.order.iter().enumerate() {
                let mean = |c: usize| moments.compressed[c] / moments.count;
                let covariance = moments.gram[[a, b]] / moments.count - mean(a) * mean(b) + if a == b { 1e-3 } else { 0.0 };
                assert!((product[[i, j]] - covariance).abs() < 1e-6, "{i} {j}");
            }
        }
    }

    #[test]
    fn rounding_with_compensation_leaves_less_and_says_how_much() {
        let mut rng = StdRng::seed_from_u64(8);
        let weights = Array2::from_shape_fn((12, 6), |_| rng.random_range(-1.0..1.0));
        // six inputs of two causes
        let mut moments = Moments::new(6);
        for image in 0..20 {
            let causes = Array3::from_shape_fn((2, 8, 8), |_| rng.random_range(0..80u8));
            let map = Array3::from_shape_fn((6, 8, 8), |(c, y, x)| {
                causes[[c % 2, y, x]] + causes[[(c / 2) % 2, y, x]] / 2 + rng.random_range(0..8u8)
            });
            moments.add(map.view(), map.view(), Window { kernel: 1, stride: 1, padding: 0 }, image);
        }
        let factor = Factor::new(&moments, &weights, 0.01).expect("a covariance");
        let (mut compensated, mut alone) = (0.0, 0.0);
        for o in 0..12 {
            let step = factor.target.row(o).iter().fold(0.0f64, |m, w| m.max(w.abs())) / 7.0;
            let (whole, error) = factor.round(o, step, 7.0);
            assert!(whole.iter().all(|w| w.abs() <= 7));
            // the squared length of (W - Q) R
            let difference = Array1::from_shape_fn(6, |at| {
                let column = factor.order[at];
                factor.target[[o, column]] - f64::from(whole[column]) * step
            });
            let plainly = difference.dot(&factor.upper).mapv(|v| v * v).sum();
            assert!((error - plainly).abs() < 1e-9 * plainly, "{error} {plainly}");
            assert!((factor.error(o, |c| f64::from(whole[c]) * step) - plainly).abs() < 1e-9 * plainly);
            compensated += error;
            alone += factor.error(o, |c| (factor.target[[o, c]] / step).round().clamp(-7.0, 7.0) * step);
        }
        assert!(compensated < 0.8 * alone, "{compensated} {alone}");
    }

    #[test]
    fn the_target_undoes_a_linear_change_of_the_inputs() {
        // y1 = x1 / 2 + x0, so x1 = 2 (y1 - x0): a filter that reads x1 must become (-2, 2)
        let mut weights = Array2::zeros((1, 6));
        weights[[0, 1]] = 1.0;
        let factor = Factor::new(&moments(true), &weights, 0.0).expect("a covariance");
        let expected = [-2.0, 2.0, 0.0, 0.0, 0.0, 0.0];
        for (found, expected) in factor.target.iter().zip(expected) {
            assert!((found - expected).abs() < 0.05, "{}", factor.target);
        }
    }
}
