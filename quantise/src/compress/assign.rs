//! Chooses the integers of one convolution: coarse steps, error compensation, and the file's price of every choice.

use super::factor::Factor;
use super::rate::Rates;
use ndarray::{Array1, Array2, ArrayView1};
use net::compressed::tables::{bias_shift, grid_scale, grid_step};
use net::fixed_point::fixed_point;
use net::model::QuantConv;
use rayon::prelude::*;

/// Largest magnitude of a weight.
const MOST: f64 = 127.0;
/// Largest magnitude of a bias, as in the quantiser: half of what 32 bits hold.
const BIAS_MOST: f64 = (1u32 << 30) as f64;
/// Coarsest column divisor.
const MOST_DIVISOR: f64 = 32.0;
/// Divisors of the finest columns that are tried: with 3 the others are multiples of a third of their step, which is close to any
/// ratio; with 1 the finest step may be the smallest that a byte allows.
const FINEST: [f64; 3] = [3.0, 2.0, 1.0];
/// Share of the output channels whose largest weight may ask for a coarser step than the noise does.
const MOST_BOUND: usize = 20;
/// Rounds of choosing with the prices of the round before.
const ROUNDS: usize = 2;

/// How a convolution is made smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Step of the output error that a weight's rounding may cause, in steps of the input's scale times real weight.
    pub noise: f64,
    /// Price of a bit in squared steps: how far a weight may move to cost less.
    pub lambda: f64,
    /// Later weights make up for the errors of earlier ones, columns have their own steps, the bias makes up for the rest.
    /// Without it every weight is rounded to the nearest step on its own.
    pub reconstruct: bool,
}

/// A convolution that became smaller.
#[derive(Clone, Debug, PartialEq)]
pub struct Assigned {
    /// Its integers.
    pub conv: QuantConv,
    /// Real value of one weight step, one an output channel.
    pub scales: Vec<f32>,
}

/// What is made smaller: one convolution of the original model.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    /// Its integers.
    pub conv: &'a QuantConv,
    /// Real value of one weight step, one an output channel.
    pub scales: &'a [f32],
    /// Real weights, output channels x n.
    pub weights: &'a Array2<f64>,
    /// How much an output channel's error matters, one a channel; only ratios count.
    pub importance: &'a [f64],
    /// Scales of the input and of the output.
    pub activations: (f32, f32),
}

impl Original<'_> {
    /// Root mean square of the weights' effect on the output (the unit of [`Choice::noise`]).
    pub fn effect(&self, factor: &Factor) -> f64 {
        let mut sum = 0.0;
        for (row, g) in self.weights.outer_iter().zip(self.importance) {
            sum += g * factor.order.iter().enumerate().map(|(at, &j)| (row[j] * factor.gain(at)).powi(2)).sum::<f64>();
        }
        (sum / self.weights.len().max(1) as f64).sqrt()
    }

    /// Chooses the integers.
    pub fn assign(&self, factor: &Factor, choice: Choice) -> Assigned {
        let target = if choice.reconstruct { &factor.target } else { self.weights };
        let (divisors, units) = if choice.reconstruct {
            let tried = FINEST.map(|finest| {
                let divisors = divisors(factor, finest);
                let (units, bound) = self.units(factor, target, &divisors, choice);
                (divisors, units, bound)
            });
            let fits = tried.iter().position(|(_, _, bound)| bound * MOST_BOUND <= target.nrows()).unwrap_or(FINEST.len() - 1);
            let (divisors, units, _) = tried.into_iter().nth(fits).expect("a position of the list");
            (divisors, units)
        } else {
            let divisors = vec![1; factor.order.len()];
            let units = self.units(factor, target, &divisors, choice).0;
            (divisors, units)
        };
        let scales: Vec<f32> = units.iter().map(|&step| grid_scale(step)).collect();
        let mut multiples = Array2::zeros(target.dim());
        let mut rates = None;
        for _ in 0..if choice.lambda > 0.0 { ROUNDS + 1 } else { 1 } {
            let bits = |o: usize, column: usize, n: i32| rates.as_ref().map_or(0.0, |r: &Rates| r.bits(o, column, n));
            let choose = |o: usize| assign_row(target.row(o), factor, &divisors, scales[o].into(), choice, |column, n| bits(o, column, n));
            let rows: Vec<Array1<i32>> = (0..target.nrows()).into_par_iter().map(choose).collect();
            for (o, row) in rows.iter().enumerate() {
                multiples.row_mut(o).assign(row);
            }
            rates = Some(Rates::of(&multiples));
        }
        self.finish(factor, &multiples, &divisors, scales, choice.reconstruct)
    }

    /// The grid step of every output channel's unit (the finest column's step over its divisor), and how many channels need a
    /// coarser one than asked for, because their largest weight would not fit a byte.
    fn units(&self, factor: &Factor, target: &Array2<f64>, divisors: &[i32], choice: Choice) -> (Vec<i32>, usize) {
        // of a column: step * gain = noise
        let typical: f64 = if choice.reconstruct {
            let log: f64 = factor.order.iter().enumerate().map(|(at, &j)| (factor.gain(at) * f64::from(divisors[j])).ln()).sum();
            (log / divisors.len().max(1) as f64).exp()
        } else {
            let square: f64 = factor.order.iter().enumerate().map(|(at, _)| factor.gain(at).powi(2)).sum();
            (square / divisors.len().max(1) as f64).sqrt()
        };
        let mean = self.importance.iter().map(|g| g.ln()).sum::<f64>() / self.importance.len().max(1) as f64;
        let mut bound = 0;
        let units = target
            .outer_iter()
            .zip(self.importance)
            .map(|(row, g)| {
                let unit = choice.noise / typical * ((mean - g.ln()) / 2.0).exp();
                let largest = row.iter().fold(0f64, |most, w| most.max(w.abs()));
                let wanted = grid_step(unit.max(1e-12));
                let least = ((largest / MOST).max(1e-12).log2() * 16.0).ceil() as i32;
                bound += usize::from(least > wanted);
                wanted.max(least)
            })
            .collect();
        (units, bound)
    }

    fn finish(&self, factor: &Factor, multiples: &Array2<i32>, divisors: &[i32], scales: Vec<f32>, correct: bool) -> Assigned {
        let (input, output) = self.activations;
        let mut conv = self.conv.clone();
        for (w, (&n, divisor)) in conv.weights.iter_mut().zip(multiples.iter().zip(divisors.iter().cycle())) {
            *w = (n * divisor).clamp(-127, 127) as i8;
        }
        for (o, &scale) in scales.iter().enumerate() {
            (conv.multiplier[o], conv.shift[o]) = fixed_point(f64::from(input) * f64::from(scale) / f64::from(output));
            let mut bias = f64::from(self.conv.bias[o]) * f64::from(self.scales[o]);
            if correct {
                let before: f64 = self.weights.row(o).iter().zip(&factor.mean_original).map(|(w, m)| w * m).sum();
                let filter = conv.weights.index_axis(ndarray::Axis(0), o);
                let after: f64 = filter.iter().zip(&factor.mean_compressed).map(|(&q, m)| f64::from(q) * f64::from(scale) * m).sum();
                bias += before - after;
            }
            let part = (1u64 << bias_shift(conv.multiplier[o], conv.shift[o])) as f64;
            conv.bias[o] = ((bias / f64::from(scale)).clamp(-BIAS_MOST, BIAS_MOST) / part).round() as i32 * part as i32;
        }
        Assigned { conv, scales }
    }
}

/// How many units a step of each column has: at equal cost of an error, inputs that matter less get coarser steps (reverse water-filling).
fn divisors(factor: &Factor, least: f64) -> Vec<i32> {
    let n = factor.order.len();
    let mut gains: Vec<f64> = (0..n).map(|at| factor.gain(at)).collect();
    let mut divisors = vec![1; n];
    for (at, &j) in factor.order.iter().enumerate() {
        divisors[j] = at as i32;
    }
    let own = gains.clone();
    gains.sort_by(f64::total_cmp);
    // the finest few share one step
    let finest = gains[n - 1 - n / 20];
    for divisor in &mut divisors {
        *divisor = (least * finest / own[*divisor as usize]).round().clamp(1.0, MOST_DIVISOR) as i32;
    }
    divisors
}

/// The multiples of one output channel, in the order of the columns.
fn assign_row(
    target: ArrayView1<f64>,
    factor: &Factor,
    divisors: &[i32],
    unit: f64,
    choice: Choice,
    bits: impl Fn(usize, i32) -> f64,
) -> Array1<i32> {
    let n = target.len();
    let mut multiples = Array1::zeros(n);
    // what the errors so far do to each later column of (W - Q) R
    let mut pending = vec![0.0; n];
    for at in 0..n {
        let column = factor.order[at];
        let divisor = divisors[column];
        let step = unit * f64::from(divisor);
        let wanted = (target[column] + pending[at] / factor.gain(at)) / step;
        let most = 127 / divisor;
        let nearest = (wanted.round() as i32).clamp(-most, most);
        let mut best = (f64::INFINITY, 0);
        for candidate in [nearest, nearest - nearest.signum(), 0] {
            let cost = (wanted - f64::from(candidate)).powi(2) + choice.lambda * bits(column, candidate);
            if cost < best.0 {
                best = (cost, candidate);
            }
        }
        multiples[column] = best.1;
        if choice.reconstruct && factor.compensates() {
            let error = target[column] - f64::from(best.1) * step;
            let row = factor.upper.row(at);
            pending.iter_mut().zip(row).skip(at + 1).for_each(|(sum, r)| *sum += error * r);
        }
    }
    multiples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::moments::{matrix, Moments, Window};
    use ndarray::{Array3, Array4};
    use rand::{rngs::StdRng, Rng, SeedableRng};

    /// A layer whose inputs depend on each other, as activations do: (moments, convolution, its scales).
    fn layer(seed: u64) -> (Moments, QuantConv, Vec<f32>) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut moments = Moments::new(24);
        for image in 0..30 {
            let hidden: Vec<f64> = (0..6 * 64).map(|_| rng.random_range(0.0..1.0)).collect();
            let map = Array3::from_shape_fn((24, 8, 8), |(c, y, x)| {
                let part = |h: usize| hidden[h % 6 * 64 + y * 8 + x];
                (110.0 * part(c) + 90.0 * part(c * 5 + 1) + rng.random_range(0.0..30.0)) as u8
            });
            moments.add(map.view(), map.view(), Window { kernel: 1, stride: 1, padding: 0 }, image);
        }
        let weights = Array4::from_shape_fn((32, 24, 1, 1), |_| rng.random_range(-127..=127i8));
        let conv = QuantConv { weights, bias: vec![500; 32], multiplier: vec![40_000; 32], shift: vec![30; 32] };
        (moments, conv, vec![0.01; 32])
    }

    /// Mean squared error of the output, and bytes that the file takes.
    fn result(seed: u64, noise: f64, lambda: f64, reconstruct: bool) -> (f64, usize) {
        let (moments, conv, scales) = layer(seed);
        let weights = matrix(&conv, &scales);
        let factor = Factor::new(&moments, &weights, 1e-3).expect("a covariance");
        let importance = vec![1.0; 32];
        let original = Original { conv: &conv, scales: &scales, weights: &weights, importance: &importance, activations: (1.0, 1.0) };
        let assigned = original.assign(&factor, Choice { noise, lambda, reconstruct });
        let difference = &weights - &matrix(&assigned.conv, &assigned.scales);
        let error = difference.dot(&factor.upper_unordered());
        let mut flat: Vec<i8> = assigned.conv.weights.iter().copied().collect();
        let mut encoder = net::compressed::coder::Encoder::default();
        net::compressed::weights::Weights::default().code(&mut encoder, &mut flat, [32, 24, 1]).expect("coded");
        (error.iter().map(|e| e * e).sum::<f64>() / 32.0, encoder.finish().len())
    }

    impl Factor {
        /// `R` with rows in the order of the weights' columns.
        fn upper_unordered(&self) -> Array2<f64> {
            let mut rows = Array2::zeros(self.upper.dim());
            for (at, &j) in self.order.iter().enumerate() {
                rows.row_mut(j).assign(&self.upper.row(at));
            }
            rows
        }
    }

    #[test]
    fn compensation_lowers_the_output_error_at_equal_size() {
        for seed in 0..6 {
            // rounding at a step, then reconstruction no larger than that
            let (rounded, size) = result(seed, 3.0, 0.0, false);
            let found = (0..40).map(|i| result(seed, 20.0 * 0.9f64.powi(i), 0.1, true)).take_while(|(_, s)| *s <= size).last();
            let (reconstructed, smaller) = found.expect("a coarse step makes a small file");
            assert!(smaller as f64 > 0.9 * size as f64, "seed {seed}: compared at {smaller} and {size} bytes");
            assert!(reconstructed < 0.7 * rounded, "seed {seed}: error {reconstructed} reconstructed, {rounded} rounded");
        }
    }

    #[test]
    fn a_dearer_bit_makes_a_smaller_file() {
        let sizes: Vec<usize> = [0.0, 0.1, 0.4].into_iter().map(|lambda| result(3, 4.0, lambda, true).1).collect();
        assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
    }
}
