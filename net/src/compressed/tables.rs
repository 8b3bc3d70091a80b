//! What stands beside the weights: scales, requantisation constants and biases.
//!
//! Each kind has a short form for what Ember's own compressor makes, checked by the writer and otherwise spelt out:
//! weight scales are whole sixteenths of an octave; multiplier and shift follow from the scales; a bias is a multiple of a
//! power of two that is at most a quarter of an output step.

use super::coder::BitCoder;
use super::model::Bit;
use super::numbers::Numbers;
use crate::fixed_point::fixed_point;

/// Steps of the scale grid in an octave.
pub const GRID: i32 = 16;
/// `2^(n / 16)` for n from 0 to 15, as the nearest double.
#[allow(clippy::approx_constant)] // entry 8 is the square root of 2 because the table says so
const ROOTS: [f64; GRID as usize] = [
    1.0,
    1.044_273_782_427_413_8,
    1.090_507_732_665_257_7,
    1.138_788_634_756_691_6,
    1.189_207_115_002_721,
    1.241_857_812_073_484,
    1.296_839_554_651_009_6,
    1.354_255_546_936_892_7,
    1.414_213_562_373_095_1,
    1.476_826_145_939_499_3,
    1.542_210_825_407_940_7,
    1.610_490_331_949_254_3,
    1.681_792_830_507_429,
    1.756_252_160_373_299_5,
    1.834_008_086_409_342_4,
    1.915_206_561_397_147_3,
];
/// A bias is rounded to this part of an output step.
const BIAS_PARTS: u64 = 4;

/// The scale `2^(step / 16)`, for steps from -2000 to 2000 (others are cut to that); exact to the last bit on every machine.
pub fn grid_scale(step: i32) -> f32 {
    let step = step.clamp(-2000, 2000);
    let octave = step.div_euclid(GRID);
    let power = f64::from_bits(((1023 + octave) as u64) << 52);
    (ROOTS[step.rem_euclid(GRID) as usize] * power) as f32
}

/// The nearest step of the scale grid.
pub fn grid_step(scale: f64) -> i32 {
    (scale.log2() * f64::from(GRID)).round() as i32
}

/// The largest `k` for which `2^k` steps of the accumulator are at most a quarter of an output step.
pub fn bias_shift(multiplier: u16, shift: u8) -> u32 {
    let one = u64::from(multiplier.max(1)) * BIAS_PARTS;
    let whole = 1u64 << shift.min(63);
    (whole / one).checked_ilog2().unwrap_or(0).min(24)
}

/// The tables of one convolution; a decoder overwrites them. All have one entry an output channel.
pub struct ConvTables<'a> {
    /// Real value of one weight step.
    pub scales: &'a mut [f32],
    /// Requantisation multiplier.
    pub multiplier: &'a mut [u16],
    /// Requantisation shift.
    pub shift: &'a mut [u8],
    /// Bias.
    pub bias: &'a mut [i32],
}

/// Adaptive codes for tables.
#[derive(Debug, Default)]
pub struct Tables {
    short: [Bit; 3],
    first: Numbers,
    steps: Numbers,
    floats: Numbers,
    multipliers: Numbers,
    shifts: Numbers,
    biases: Numbers,
}

impl Tables {
    /// Codes the activation scales.
    pub fn activations(&mut self, coder: &mut impl BitCoder, scales: &mut [f32]) {
        scales.iter_mut().for_each(|s| *s = f32::from_bits(self.floats.code(coder, s.to_bits())));
    }

    /// Codes the tables of a convolution whose input and output have the given scales.
    pub fn convolution(&mut self, coder: &mut impl BitCoder, tables: ConvTables, input: f32, output: f32) {
        let ConvTables { scales, multiplier, shift, bias } = tables;
        self.scales(coder, scales);
        let derived = |scale: f32| fixed_point(f64::from(input) * f64::from(scale) / f64::from(output));
        let follows = scales.iter().zip(multiplier.iter().zip(shift.iter())).all(|(&s, (&m, &n))| derived(s) == (m, n));
        if self.short[1].code(coder, follows) {
            for (scale, (m, n)) in scales.iter().zip(multiplier.iter_mut().zip(shift.iter_mut())) {
                (*m, *n) = derived(*scale);
            }
        } else {
            multiplier.iter_mut().for_each(|m| *m = self.multipliers.code(coder, (*m).into()) as u16);
            shift.iter_mut().for_each(|n| *n = self.shifts.code(coder, (*n).into()) as u8);
        }
        let places: Vec<u32> = multiplier.iter().zip(shift.iter()).map(|(&m, &n)| bias_shift(m, n)).collect();
        let round = bias.iter().zip(&places).all(|(b, &k)| b.trailing_zeros() >= k || *b == 0);
        let round = self.short[2].code(coder, round);
        self.biases = Numbers::default();
        for (bias, k) in bias.iter_mut().zip(places) {
            let k = if round { k } else { 0 };
            *bias = self.biases.code_signed(coder, *bias >> k).wrapping_shl(k);
        }
    }

    fn scales(&mut self, coder: &mut impl BitCoder, scales: &mut [f32]) {
        let on_grid = scales.iter().all(|&s| s.is_normal() && s > 0.0 && grid_scale(grid_step(s.into())) == s);
        if !self.short[0].code(coder, on_grid) {
            scales.iter_mut().for_each(|s| *s = f32::from_bits(self.floats.code(coder, s.to_bits())));
            return;
        }
        let steps: Vec<i32> = scales.iter().map(|&s| if s > 0.0 { grid_step(s.into()) } else { 0 }).collect();
        let mut mean = steps.iter().sum::<i32>().div_euclid(steps.len().max(1) as i32);
        mean = self.first.code_signed(coder, mean);
        self.steps = Numbers::default();
        for (scale, step) in scales.iter_mut().zip(steps) {
            *scale = grid_scale(self.steps.code_signed(coder, step.wrapping_sub(mean)).wrapping_add(mean));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_scales_are_powers_of_two_and_known_by_their_step() {
        assert_eq!((grid_scale(0), grid_scale(16), grid_scale(-32), grid_scale(8)), (1.0, 2.0, 0.25, std::f32::consts::SQRT_2));
        for step in -1900..1900 {
            assert_eq!(grid_step(grid_scale(step).into()), step);
            assert!((f64::from(grid_scale(step)).log2() * 16.0 - f64::from(step)).abs() < 1e-5);
        }
    }

    #[test]
    fn a_bias_step_is_between_an_eighth_and_a_quarter_of_an_output_step() {
        for (multiplier, shift) in [(40_000u16, 25u8), (32_768, 21), (65_535, 39)] {
            let part = (1u64 << bias_shift(multiplier, shift)) as f64 * f64::from(multiplier) / f64::from(shift).exp2();
            assert!(part > 0.125 && part <= 0.25, "{part}");
        }
        assert_eq!(bias_shift(65_535, 1), 0);
    }
}
