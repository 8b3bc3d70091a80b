//! Adaptive probabilities: one estimate a context, and a logistic mixture of several.
//!
//! Mixing is that of M. Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression" (Florida
//! Institute of Technology, CS-2005-16): estimates are averaged in the logistic domain with weights that
//! descend the gradient of the code length. Only integers here, and tables from IEEE additions, products and quotients:
//! every machine computes the same.

use super::coder::{BitCoder, Probability, LEAST, MOST};
use std::sync::LazyLock;

/// One step of the logistic domain is 1/256; values stay within +-2047.
const LIMIT: i32 = 2047;

/// `65536 / (1 + exp(-x / 256))` for x from -2047.
static SQUASH: LazyLock<Vec<Probability>> = LazyLock::new(|| {
    let value = |x: i32| 65536.0 / (1.0 + exp(-f64::from(x) / 256.0));
    (-LIMIT..=LIMIT).map(|x| (value(x) as u32).clamp(LEAST.into(), MOST.into()) as Probability).collect()
});

/// The inverse, for the upper 12 bits of a probability.
static STRETCH: LazyLock<Vec<i16>> = LazyLock::new(|| {
    let inverse = |p: u32| SQUASH.partition_point(|&q| u32::from(q) < p) as i32 - LIMIT;
    (0..4096).map(|p| inverse(p * 16 + 8).clamp(-LIMIT, LIMIT) as i16).collect()
});

/// `exp(x)` by additions, products and quotients only, whose rounding IEEE 754 fixes (that of a library's `exp` is not).
fn exp(x: f64) -> f64 {
    let small = x / 64.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..20 {
        term = term * small / f64::from(n);
        sum += term;
    }
    (0..6).fold(sum, |power, _| power * power)
}

/// `65536 / (n + 1.5)`: how far the n-th bit moves an estimate.
static RATE: LazyLock<Vec<i32>> = LazyLock::new(|| (0..=255).map(|n| (65536 * 2) / (2 * n + 3)).collect());

/// The probability of a 1 in one context, learnt from the bits seen there.
#[derive(Clone, Copy, Debug)]
pub struct Bit {
    one: Probability,
    seen: u8,
}

impl Default for Bit {
    fn default() -> Self {
        Self { one: 1 << 15, seen: 0 }
    }
}

impl Bit {
    /// Learns a bit; after `memory` bits old ones fade.
    fn learn(&mut self, bit: bool, memory: u8) {
        let target = if bit { 65535 } else { 0 };
        let one = i32::from(self.one);
        let moved = one + (((target - one) as i64 * i64::from(RATE[usize::from(self.seen)])) >> 16) as i32;
        self.one = moved.clamp(LEAST.into(), MOST.into()) as Probability;
        self.seen = self.seen.saturating_add(1).min(memory);
    }

    /// Codes a bit in this context alone.
    pub fn code(&mut self, coder: &mut impl BitCoder, bit: bool) -> bool {
        let bit = coder.code(bit, self.one);
        self.learn(bit, 30);
        bit
    }
}

/// Contexts that a [`Mixer`] averages.
pub const INPUTS: usize = 7;
/// Inputs of the mixture: the contexts' and a constant.
const WEIGHTS: usize = INPUTS + 1;
/// Weights are 16.16 fixed point.
const ONE: i32 = 1 << 16;

/// Averages the estimates of [`INPUTS`] contexts in the logistic domain, with one set of weights a selector.
#[derive(Clone, Debug)]
pub struct Mixer {
    weights: Vec<[i32; WEIGHTS]>,
}

impl Mixer {
    /// `selectors` sets of weights, which start as a plain average.
    pub fn new(selectors: usize) -> Self {
        let mut start = [ONE * 3 / 10; WEIGHTS];
        start[INPUTS] = 0;
        Self { weights: vec![start; selectors] }
    }

    /// Codes a bit from the estimates of `contexts` with the weights of `selector`; all of them learn.
    pub fn code<C: BitCoder>(&mut self, coder: &mut C, bit: bool, contexts: [&mut Bit; INPUTS], selector: usize) -> bool {
        let mut stretched = [256i32; WEIGHTS];
        for (stretched, context) in stretched.iter_mut().zip(&contexts) {
            *stretched = STRETCH[usize::from(context.one >> 4)].into();
        }
        let weights = &mut self.weights[selector];
        let dot: i64 = stretched.iter().zip(weights.iter()).map(|(&s, &w)| i64::from(s) * i64::from(w)).sum();
        let mixed = (dot >> 16).clamp((-LIMIT).into(), LIMIT.into()) as i32;
        let one = SQUASH[(mixed + LIMIT) as usize];
        let bit = coder.code(bit, one);
        let error = i32::from(bit) * 65535 - i32::from(one);
        for (weight, &s) in weights.iter_mut().zip(&stretched) {
            // the code length's slope is -error * s; the step is 1/500 or so of it
            *weight = (*weight + ((s * (error >> 4) + (1 << 12)) >> 13)).clamp(-16 * ONE, 16 * ONE);
        }
        contexts.into_iter().for_each(|context| context.learn(bit, 250));
        bit
    }
}

#[cfg(test)]
mod tests {
    use super::super::coder::Cost;
    use super::*;
    use rand::{rngs::StdRng, Rng, SeedableRng};

    #[test]
    fn squash_and_stretch_are_inverse() {
        assert_eq!(SQUASH[LIMIT as usize], 1 << 15);
        for p in [64u32, 1 << 12, 1 << 15, 60_000, 65_000] {
            let back = u32::from(SQUASH[(i32::from(STRETCH[p as usize >> 4]) + LIMIT) as usize]);
            assert!(back.abs_diff(p) < 200, "{p} {back}");
        }
        assert!((exp(-8.0) / (-8.0f64).exp() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_context_learns_its_bits() {
        let mut rng = StdRng::seed_from_u64(1);
        let (mut bit, mut cost) = (Bit::default(), Cost::default());
        for _ in 0..10_000 {
            bit.code(&mut cost, rng.random_bool(0.1));
        }
        assert!((cost.bits / 10_000.0 - 0.469).abs() < 0.03, "{}", cost.bits);
    }

    #[test]
    fn a_mixture_follows_the_context_that_knows() {
        let mut rng = StdRng::seed_from_u64(2);
        let mut mixer = Mixer::new(1);
        let mut tables = [[Bit::default(); 2]; INPUTS];
        let mut cost = Cost::default();
        for _ in 0..20_000 {
            let seen: [bool; INPUTS] = rng.random();
            let bit = seen[3] != rng.random_bool(0.02);
            let mut contexts = tables.iter_mut().zip(seen).map(|(t, s)| &mut t[usize::from(s)]);
            let contexts = std::array::from_fn(|_| contexts.next().expect("as many"));
            mixer.code(&mut cost, bit, contexts, 0);
        }
        assert!(cost.bits / 20_000.0 < 0.17, "{} bits a bit, entropy 0.141", cost.bits / 20_000.0);
    }
}
