//! Weights as bits: every weight in the context of its neighbours' magnitudes.
//!
//! A weight is a whole multiple of its column's divisor (a column is one input channel at one tap, over all output
//! channels), so what is coded is the multiple. It becomes bits as in [`super::numbers`]: magnitude's length in
//! unary, digits, sign. Each bit's probability is a mixture over seven contexts that say how large the
//! weight is likely to be: averages over its output channel, its column and its filter, and single neighbours.

use super::coder::{BitCoder, EVEN};
use super::model::{Bit, Mixer, INPUTS};
use super::numbers::Numbers;

/// Digits after the first one that have contexts.
const MODELLED: u32 = 3;
/// Lengths of a magnitude: 0 to 8 bits.
const MOST_LENGTH: u32 = 8;
/// Nodes of the binary tree of one magnitude: the unary length, then up to three digits of each length.
const NODES: usize = MOST_LENGTH as usize + (MOST_LENGTH as usize + 1) * (1 << (MODELLED + 1));
/// Classes of an average magnitude, a quarter of an octave each.
const FINE: usize = 48;
/// Half as many.
const COARSE: usize = FINE / 2;
/// Averages are in sixteenths.
const UNIT: u32 = 16;
/// Largest single magnitude that is told apart as a context.
const SINGLE: usize = 16;
/// Taps told apart (7x7).
const TAPS: usize = 49;
/// Contexts of each mixture input.
const SIZES: [usize; INPUTS] = [FINE, COARSE * COARSE, COARSE * COARSE, TAPS * COARSE, SINGLE * SINGLE, SINGLE * COARSE, COARSE * COARSE];

/// Why coded weights are no weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightError {
    /// The bytes ended early.
    #[error("its coded numbers end early")]
    Exhausted,
    /// A multiple of the divisor is no byte.
    #[error("a coded weight is outside -128 to 127")]
    Range,
}

/// Adaptive code for the weights of convolutions, which learns from one convolution to the next.
#[derive(Debug)]
pub struct Weights {
    tables: [Vec<Bit>; INPUTS],
    mixer: Mixer,
    signs: [Bit; 27],
    divisors: Numbers,
}

impl Default for Weights {
    fn default() -> Self {
        let tables = SIZES.map(|contexts| vec![Bit::default(); contexts * NODES]);
        Self { tables, mixer: Mixer::new(NODES * COARSE / 2), signs: [Bit::default(); 27], divisors: Numbers::default() }
    }
}

/// The class of an average in sixteenths: four an octave.
fn fine(average: u32) -> usize {
    let value = average + 1;
    let octave = value.ilog2();
    ((octave << 2 | (value << 2 >> octave & 3)) as usize).min(FINE - 1)
}

fn coarse(average: u32) -> usize {
    fine(average) / 2
}

/// What has been seen of one convolution.
struct Averages {
    /// Sum of magnitudes so far, of each column.
    columns: Vec<u32>,
    row: u32,
    in_row: u32,
    all: u64,
    count: u64,
}

impl Averages {
    /// Average magnitude of everything, in sixteenths, at least one.
    fn overall(&self) -> u32 {
        ((u64::from(UNIT) * (self.all + 1) / (self.count + 1)) as u32).max(1)
    }
}

impl Weights {
    /// Codes the weights of one convolution, in the order output channel, input channel, tap; a decoder overwrites them.
    ///
    /// # Errors
    /// (When decoding) bytes that end early or give no weights.
    pub fn code<C: BitCoder>(&mut self, coder: &mut C, weights: &mut [i8], shape: [usize; 3]) -> Result<(), WeightError> {
        let [outputs, inputs, taps] = shape;
        let columns = inputs * taps;
        debug_assert_eq!(weights.len(), outputs * columns);
        let mut divisors = vec![0u32; columns];
        for (i, weight) in weights.iter().enumerate() {
            let divisor = &mut divisors[i % columns];
            *divisor = greatest_common_divisor(*divisor, u32::from(weight.unsigned_abs()));
        }
        for divisor in &mut divisors {
            *divisor = self.divisors.code(coder, divisor.max(&mut 1).saturating_sub(1)).saturating_add(1);
            if *divisor > 128 {
                return Err(WeightError::Range);
            }
        }
        let mut seen = Averages { columns: vec![0; columns], row: 0, in_row: 0, all: 0, count: 0 };
        for o in 0..outputs {
            (seen.row, seen.in_row) = (0, 0);
            for column in 0..columns {
                self.weight(coder, weights, &divisors, &mut seen, [o, column, taps])?;
            }
            if coder.exhausted() {
                return Err(WeightError::Exhausted);
            }
        }
        Ok(())
    }

    fn weight<C: BitCoder>(
        &mut self,
        coder: &mut C,
        weights: &mut [i8],
        divisors: &[u32],
        seen: &mut Averages,
        [o, column, taps]: [usize; 3],
    ) -> Result<(), WeightError> {
        let columns = divisors.len();
        let (at, tap) = (o * columns + column, column % taps);
        let neighbour = |distance: Option<usize>, column: usize| distance.map_or(0, |at| i32::from(weights[at]) / divisors[column] as i32);
        let up = neighbour(at.checked_sub(columns), column);
        let up2 = neighbour(at.checked_sub(2 * columns), column);
        let before = if column >= taps { neighbour(Some(at - taps), column - taps) } else { 0 };
        let last = if column > 0 { neighbour(Some(at - 1), column - 1) } else { 0 };
        let in_filter: u32 = (1..=tap).map(|back| neighbour(Some(at - back), column - back).unsigned_abs()).sum();
        let overall = seen.overall();
        let row = (UNIT * seen.row + 4 * overall) / (seen.in_row + 4);
        let of_column = (UNIT * seen.columns[column] + 2 * overall) / (o as u32 + 2);
        let expected = (u64::from(row) * u64::from(of_column) / u64::from(overall)).min(1 << 16) as u32;
        let filter = if tap > 0 { (UNIT * in_filter + expected) / (tap as u32 + 1) } else { (UNIT * before.unsigned_abs() + expected) / 2 };
        let recent = UNIT * (2 * up.unsigned_abs() + up2.unsigned_abs()) / 3;
        let single = |n: i32| (n.unsigned_abs() as usize).min(SINGLE - 1);
        let contexts = [
            fine(expected),
            coarse(row) * COARSE + coarse(of_column),
            coarse(expected) * COARSE + coarse(filter),
            tap.min(TAPS - 1) * COARSE + coarse(expected),
            single(up) * SINGLE + single(if taps > 1 { last } else { before }),
            (divisors[column] as usize - 1).min(SINGLE - 1) * COARSE + coarse(of_column),
            coarse(recent) * COARSE + coarse(row),
        ];
        let selector = coarse(expected) / 2;
        let value = i32::from(weights[at]) / divisors[column] as i32;
        let magnitude = self.magnitude(coder, value.unsigned_abs(), &contexts, selector);
        let third = |n: i32| (n.signum() + 1) as usize;
        let negative = magnitude > 0 && {
            let context = third(up) * 9 + third(before) * 3 + third(last);
            self.signs[context].code(coder, value < 0)
        };
        seen.columns[column] += magnitude;
        seen.row += magnitude;
        seen.in_row += 1;
        seen.all += u64::from(magnitude);
        seen.count += 1;
        let scaled = (magnitude * divisors[column]) as i32;
        weights[at] = i8::try_from(if negative { -scaled } else { scaled }).map_err(|_| WeightError::Range)?;
        Ok(())
    }

    fn magnitude<C: BitCoder>(&mut self, coder: &mut C, magnitude: u32, contexts: &[usize; INPUTS], selector: usize) -> u32 {
        let mut bit = |coder: &mut C, node: usize, bit: bool| {
            let mut places = self.tables.iter_mut().zip(contexts).map(|(table, context)| &mut table[context * NODES + node]);
            let places = std::array::from_fn(|_| places.next().expect("one table an input"));
            self.mixer.code(coder, bit, places, node * (COARSE / 2) + selector)
        };
        let mut length = 0;
        while length < MOST_LENGTH && bit(coder, length as usize, u32::BITS - magnitude.leading_zeros() > length) {
            length += 1;
        }
        if length < 2 {
            return length;
        }
        let mut prefix = 1u32;
        for place in (0..length - 1).rev() {
            let digit = magnitude >> place & 1 == 1;
            let digit = if length - 1 - place <= MODELLED {
                bit(coder, (MOST_LENGTH + (length << (MODELLED + 1)) + prefix) as usize, digit)
            } else {
                coder.code(digit, EVEN)
            };
            prefix = prefix << 1 | u32::from(digit);
        }
        prefix
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::super::coder::{Decoder, Encoder};
    use super::*;
    use rand::{rngs::StdRng, Rng, SeedableRng};

    fn round_trip(weights: &[i8], shape: [usize; 3]) -> usize {
        let (mut encoder, mut copy) = (Encoder::default(), weights.to_vec());
        Weights::default().code(&mut encoder, &mut copy, shape).expect("coded");
        assert_eq!(copy, weights, "an encoder leaves the weights as they are");
        let bytes = encoder.finish();
        let (mut decoder, mut found) = (Decoder::new(&bytes), vec![0; weights.len()]);
        Weights::default().code(&mut decoder, &mut found, shape).expect("decoded");
        assert_eq!(found, weights);
        assert!(decoder.used_up());
        bytes.len()
    }

    #[test]
    fn extremes_come_back() {
        for value in [0, 1, -1, 127, -127, -128, 64] {
            for shape in [[1, 1, 1], [3, 5, 9], [40, 3, 49], [1, 600, 1]] {
                round_trip(&vec![value; shape.iter().product()], shape);
            }
        }
    }

    #[test]
    fn random_weights_cost_no_more_than_their_entropy() {
        for seed in 0..8 {
            let mut rng = StdRng::seed_from_u64(seed);
            let shape = [64, 32, [1, 9][seed as usize % 2]];
            let zeros = rng.random_range(0.0..0.9);
            let step = rng.random_range(1i8..9);
            let draw = |rng: &mut StdRng| if rng.random_bool(zeros) { 0 } else { step * rng.random_range(-14..=14) };
            let weights: Vec<i8> = (0..shape.iter().product()).map(|_| draw(&mut rng)).collect();
            let mut counts = std::collections::BTreeMap::<i8, f64>::new();
            weights.iter().for_each(|&w| *counts.entry(w).or_default() += 1.0);
            let total = weights.len() as f64;
            let entropy: f64 = counts.values().map(|n| n * (total / n).log2()).sum::<f64>() / 8.0;
            let found = round_trip(&weights, shape) as f64;
            assert!(found < 1.06 * entropy + 150.0, "seed {seed}: {found} bytes, entropy {entropy}");
        }
    }

    #[test]
    fn rows_and_columns_of_different_sizes_are_learnt() {
        let mut rng = StdRng::seed_from_u64(9);
        let shape = [512, 64, 1];
        let size = |n: usize| [1.0f32, 2.0, 4.0, 8.0][n % 4];
        let weights: Vec<i8> = (0..512 * 64).map(|i| (rng.random_range(-1.8f32..1.8) * size(i / 64) * size(i % 64)) as i8).collect();
        let mut counts = [0f64; 256];
        weights.iter().for_each(|&w| counts[w as u8 as usize] += 1.0);
        let total = weights.len() as f64;
        let entropy: f64 = counts.iter().filter(|&&n| n > 0.0).map(|n| n * (total / n).log2()).sum::<f64>() / 8.0;
        // the entropy of each size on its own is 0.82 of that of all
        let found = round_trip(&weights, shape) as f64;
        assert!(found < 0.93 * entropy, "{found} bytes, entropy {entropy}");
    }

    #[test]
    fn nothing_is_no_weights() {
        let mut weights = vec![0; 1 << 20];
        // an empty message reads as zeros and then as whatever follows: it ends by an error or by weights, never by a panic
        let _ = Weights::default().code(&mut Decoder::new(&[]), &mut weights, [1 << 10, 1 << 10, 1]);
    }
}
