//! Which step each channel gets.
//!
//! For the channels `c` of one map and the filters `o` that read it, the expected harm is
//!
//! ```text
//! sum_o F_o [ sum_c W_oc^2 p_c d_c^2 / 12  +  taps * s_o^2 / 12 * sum_c E[x_c^2] / d_c^2 ],   s_o = max_c |W_oc| d_c / steps
//! ```
//!
//! with `d_c` the channel's step, `p_c` the share of positions at which it is above zero (a zero is exact), `F_o` how much an error of the filter's sum
//! matters: first the rounding of the map, then that of the weights, whose one step a filter `s_o` its largest weight decides. It is minimised over
//! `ln d_c` by Adam; no step is so small that a value seen would be clipped.

use super::observe::Channels;
use ndarray::Array4;

/// Steps of Adam.
const ROUNDS: usize = 200;
/// Its first step of a logarithm; falls to nothing over the rounds.
const RATE: f64 = 0.1;
/// Adam's memories (Kingma and Ba, arXiv 1412.6980).
const MEMORIES: [f64; 2] = [0.9, 0.99];
/// Bits of a step's mantissa that are kept, so that a last-bit difference between processors' exponentials does not show.
const MANTISSA_BITS: u32 = 6;

/// Filters that read a map.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Weights, OIHW.
    pub weights: &'a Array4<f32>,
    /// How much an error of each filter's sum matters.
    pub fisher: &'a [f64],
}

/// How steps are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// A channel's largest value seen is `255 / headroom` steps at the most.
    pub headroom: f64,
    /// Least share of the map's largest value that a channel's largest value counts as: it may be larger on other photographs.
    pub floor: f64,
    /// Largest magnitude of a weight, in steps.
    pub weight_steps: f64,
    /// Weight of the second term.
    pub weight_noise: f64,
}

/// The steps of one map's channels; `None` where all of them are zero.
pub fn choose(channels: &Channels, readers: &[Reader], options: Options) -> Option<Vec<f64>> {
    let most = channels.most.iter().fold(0.0f64, |most, &v| most.max(v));
    if most <= 0.0 {
        return None;
    }
    let least: Vec<f64> = channels.most.iter().map(|&m| (options.headroom * m.max(options.floor * most) / 255.0).ln()).collect();
    let problem = Problem::new(channels, readers, options);
    // from one step for all
    let mut logs = vec![(options.headroom * most / 255.0).ln(); least.len()];
    let (mut mean, mut square) = (vec![0.0; logs.len()], vec![0.0; logs.len()]);
    for round in 0..ROUNDS {
        let gradient = problem.gradient(&logs);
        let rate = RATE * (1.0 - round as f64 / ROUNDS as f64);
        let past = MEMORIES.map(|m| 1.0 - m.powi(round as i32 + 1));
        for (c, g) in gradient.into_iter().enumerate() {
            mean[c] = MEMORIES[0] * mean[c] + (1.0 - MEMORIES[0]) * g;
            square[c] = MEMORIES[1] * square[c] + (1.0 - MEMORIES[1]) * g * g;
            let step = mean[c] / past[0] / ((square[c] / past[1]).sqrt() + 1e-30);
            logs[c] = (logs[c] - rate * step).max(least[c]);
        }
    }
    Some(logs.into_iter().map(|log| rounded(log.exp())).collect())
}

/// Up to the next number of `MANTISSA_BITS` bits.
pub fn rounded(value: f64) -> f64 {
    let dropped = (1u64 << (52 - MANTISSA_BITS)) - 1;
    f64::from_bits((value.to_bits() + dropped) & !dropped)
}

/// The harm as a function of the steps.
struct Problem {
    /// Of each channel: what `d_c^2` counts.
    activation: Vec<f64>,
    /// Of each channel: what `1 / d_c^2` counts.
    square: Vec<f64>,
    /// Largest weight of every filter for every channel, filters x channels, over the weights' steps.
    largest: Vec<Vec<f64>>,
    /// `F_o * taps / 12`, times the weight of the second term.
    weights: Vec<f64>,
}

impl Problem {
    fn new(channels: &Channels, readers: &[Reader], options: Options) -> Self {
        let mut activation = vec![0.0; channels.most.len()];
        let (mut largest, mut weights) = (Vec::new(), Vec::new());
        for reader in readers {
            let (_, _, rows, columns) = reader.weights.dim();
            for (filter, fisher) in reader.weights.outer_iter().zip(reader.fisher) {
                let mut most = Vec::with_capacity(activation.len());
                for (c, taps) in filter.outer_iter().enumerate() {
                    let power: f64 = taps.iter().map(|&w| f64::from(w).powi(2)).sum();
                    activation[c] += fisher * power * channels.positive[c] / 12.0;
                    most.push(taps.iter().fold(0.0f32, |most, w| most.max(w.abs())) as f64 / options.weight_steps);
                }
                largest.push(most);
                weights.push(options.weight_noise * fisher * (rows * columns) as f64 / 12.0);
            }
        }
        Self { activation, square: channels.square.clone(), largest, weights }
    }

    /// With respect to the logarithms of the steps, over the harm itself.
    fn gradient(&self, logs: &[f64]) -> Vec<f64> {
        let squares: Vec<f64> = logs.iter().map(|log| (2.0 * log).exp()).collect();
        let steps: Vec<f64> = squares.iter().map(|s| s.sqrt()).collect();
        let inverse: f64 = self.square.iter().zip(&squares).map(|(x, d)| x / d).sum();
        let mut gradient: Vec<f64> = self.activation.iter().zip(&squares).map(|(a, d)| 2.0 * a * d).collect();
        let mut harm: f64 = self.activation.iter().zip(&squares).map(|(a, d)| a * d).sum();
        let mut filters = 0.0;
        for (largest, weight) in self.largest.iter().zip(&self.weights) {
            let mut most = (0.0, 0);
            for (c, (w, d)) in largest.iter().zip(&steps).enumerate() {
                if w * d > most.0 {
                    most = (w * d, c);
                }
            }
            let noise = weight * most.0 * most.0;
            filters += noise;
            gradient[most.1] += 2.0 * noise * inverse;
        }
        harm += filters * inverse;
        for ((g, x), d) in gradient.iter_mut().zip(&self.square).zip(&squares) {
            *g = (*g - 2.0 * filters * x / d) / harm.max(f64::MIN_POSITIVE);
        }
        gradient
    }

    #[cfg(test)]
    fn harm(&self, logs: &[f64]) -> f64 {
        let squares: Vec<f64> = logs.iter().map(|log| (2.0 * log).exp()).collect();
        let inverse: f64 = self.square.iter().zip(&squares).map(|(x, d)| x / d).sum();
        let largest = |row: &[f64]| row.iter().zip(&squares).map(|(w, d)| w * w * d).fold(0.0, f64::max);
        let filters: f64 = self.largest.iter().zip(&self.weights).map(|(row, w)| w * largest(row)).sum();
        self.activation.iter().zip(&squares).map(|(a, d)| a * d).sum::<f64>() + filters * inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{rngs::StdRng, Rng, SeedableRng};

    const OPTIONS: Options = Options { headroom: 1.0, floor: 0.05, weight_steps: 127.0, weight_noise: 1.0 };

    fn case(seed: u64) -> (Channels, Array4<f32>, Vec<f64>) {
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let n = rng.random_range(2..20);
        let most: Vec<f64> = (0..n).map(|_| rng.random_range(0.0f64..3.0).exp()).collect();
        let square = most.iter().map(|m| m * m * rng.random_range(0.001..0.1)).collect();
        let positive = (0..n).map(|_| rng.random_range(0.1..1.0)).collect();
        let channels = Channels { most, positive, square, fisher: Vec::new() };
        let kernel = [1, 3][rng.random_range(0..2)];
        let weights = Array4::from_shape_fn((rng.random_range(1..20), n, kernel, kernel), |_| rng.random_range(-1.0..1.0f32));
        let fisher = (0..weights.dim().0).map(|_| rng.random_range(0.1..3.0)).collect();
        (channels, weights, fisher)
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        for seed in 0..20 {
            let (channels, weights, fisher) = case(seed);
            let problem = Problem::new(&channels, &[Reader { weights: &weights, fisher: &fisher }], OPTIONS);
            let mut rng = StdRng::seed_from_u64(seed);
            let logs: Vec<f64> = channels.most.iter().map(|m| m.ln() + rng.random_range(-1.0..1.0)).collect();
            let gradient = problem.gradient(&logs);
            for (c, found) in gradient.iter().enumerate() {
                let moved = |by: f64| {
                    let mut logs = logs.clone();
                    logs[c] += by;
                    problem.harm(&logs)
                };
                let expected = (moved(1e-6) - moved(-1e-6)) / 2e-6 / problem.harm(&logs);
                assert!((found - expected).abs() < 1e-6, "{c}: {found} {expected}");
            }
        }
    }

    #[test]
    fn steps_do_less_harm_and_clip_nothing() {
        for seed in 0..20 {
            let (channels, weights, fisher) = case(seed);
            let readers = [Reader { weights: &weights, fisher: &fisher }];
            let steps = choose(&channels, &readers, OPTIONS).expect("not all zero");
            let most = channels.most.iter().fold(0.0f64, |a, &b| a.max(b));
            let problem = Problem::new(&channels, &readers, OPTIONS);
            let before = problem.harm(&vec![(most / 255.0).ln(); steps.len()]);
            let after = problem.harm(&steps.iter().map(|d| d.ln()).collect::<Vec<_>>());
            assert!(after < before, "{after} {before}");
            assert!(steps.iter().zip(&channels.most).all(|(d, m)| d * 255.0 >= m * (1.0 - 1e-12)));
        }
    }

    #[test]
    fn steps_are_numbers_of_few_bits() {
        for value in [1.0, 1.0001, 3.999, 0.013, 1e-30] {
            let found = rounded(value);
            assert!(found >= value && found <= value * (1.0 + 1.0 / 64.0), "{found}");
            assert_eq!(rounded(found), found);
        }
    }

    #[test]
    fn a_map_of_zeros_has_no_steps() {
        let zeros = Channels { most: vec![0.0; 3], positive: vec![0.0; 3], square: vec![0.0; 3], fisher: vec![] };
        let weights = Array4::ones((1, 3, 1, 1));
        assert_eq!(choose(&zeros, &[Reader { weights: &weights, fisher: &[1.0] }], OPTIONS), None);
    }
}
