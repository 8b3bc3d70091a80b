//! Binary arithmetic coding: a range coder whose probabilities come from outside, bit by bit.
//!
//! The carry-propagating range coder of G. N. N. Martin ("Range encoding", 1979) for two symbols: a 64-bit `low`
//! whose finished bytes wait until no carry can reach them. It loses less than 0.01 % against the entropy.

/// Probability that a bit is 1, in 65536ths; always [`LEAST`] to [`MOST`].
pub type Probability = u16;
/// Smallest probability: a bit costs at least `log2(1 / (1 - LEAST / 65536))` = 0.00035 bits.
pub const LEAST: Probability = 16;
/// Largest probability.
pub const MOST: Probability = u16::MAX - LEAST + 1;
/// An even chance.
pub const EVEN: Probability = 1 << 15;

/// Something that bits pass through: an encoder takes `bit`, a decoder ignores it and gives the one in the file.
/// Models are written once over this trait, so reader and writer cannot drift apart.
pub trait BitCoder {
    /// Codes one bit that is 1 with probability `one`; returns the bit.
    fn code(&mut self, bit: bool, one: Probability) -> bool;

    /// Whether the decoder has read past the end of its bytes, so that everything more would be invented.
    fn exhausted(&self) -> bool {
        false
    }
}

/// Writes bits to bytes.
#[derive(Debug)]
pub struct Encoder {
    low: u64,
    range: u32,
    /// The last byte that a carry may still change.
    held: Option<u8>,
    /// Bytes 0xff after it, which a carry would run through.
    run: usize,
    bytes: Vec<u8>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { low: 0, range: u32::MAX, held: None, run: 0, bytes: Vec::new() }
    }
}

impl Encoder {
    /// The bytes of all bits so far.
    pub fn finish(mut self) -> Vec<u8> {
        for _ in 0..5 {
            self.shift();
        }
        // a decoder reads zeros after the end
        while self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        self.bytes
    }

    /// Moves the top byte of `low` out.
    fn shift(&mut self) {
        let carry = (self.low >> 32) as u8;
        let top = (self.low >> 24) as u8;
        if carry == 0 && top == 0xff {
            self.run += 1;
        } else {
            if let Some(held) = self.held {
                self.bytes.push(held.wrapping_add(carry));
            }
            self.bytes.extend(std::iter::repeat_n(0xffu8.wrapping_add(carry), self.run));
            self.run = 0;
            self.held = Some(top);
        }
        self.low = (self.low & 0x00ff_ffff) << 8;
    }
}

impl BitCoder for Encoder {
    fn code(&mut self, bit: bool, one: Probability) -> bool {
        let bound = split(self.range, one);
        if bit {
            self.range = bound;
        } else {
            self.low += u64::from(bound);
            self.range -= bound;
        }
        while self.range < 1 << 24 {
            self.range <<= 8;
            self.shift();
        }
        bit
    }
}

/// Reads bits from the bytes of an [`Encoder`].
#[derive(Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    next: usize,
    range: u32,
    code: u32,
}

impl<'a> Decoder<'a> {
    /// Starts at the first of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { bytes, next: 0, range: u32::MAX, code: 0 };
        for _ in 0..4 {
            decoder.code = decoder.code << 8 | u32::from(decoder.byte());
        }
        decoder
    }

    fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        byte
    }

    /// Whether the bytes were used up, neither more nor fewer than [`Encoder::finish`] writes.
    pub fn used_up(&self) -> bool {
        self.next >= self.bytes.len() && !self.exhausted()
    }
}

impl BitCoder for Decoder<'_> {
    fn code(&mut self, _: bool, one: Probability) -> bool {
        let bound = split(self.range, one);
        let bit = self.code < bound;
        if bit {
            self.range = bound;
        } else {
            self.code -= bound;
            self.range -= bound;
        }
        while self.range < 1 << 24 {
            self.range <<= 8;
            self.code = self.code << 8 | u32::from(self.byte());
        }
        bit
    }

    fn exhausted(&self) -> bool {
        // a writer drops zeros at the end; how many, depends on the data, but the range pins them down after some bytes
        self.next > self.bytes.len() + MAX_DROPPED
    }
}

/// Zero bytes that a writer may drop at the end: a message may end in any number of likely bits, each of which moves
/// almost nothing, but every byte takes more than 15,000 of them.
const MAX_DROPPED: usize = 1 << 12;

/// The part of `range` that stands for a 1; neither part is empty, because `range` is at least 2^24.
fn split(range: u32, one: Probability) -> u32 {
    (range >> 16) * u32::from(one.clamp(LEAST, MOST))
}

/// Counts what bits would cost, in bits, without writing them.
#[derive(Debug, Default)]
pub struct Cost {
    /// Bits so far.
    pub bits: f64,
}

impl BitCoder for Cost {
    fn code(&mut self, bit: bool, one: Probability) -> bool {
        let one = f64::from(one.clamp(LEAST, MOST)) / 65536.0;
        self.bits -= if bit { one } else { 1.0 - one }.log2();
        bit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{rngs::StdRng, Rng, SeedableRng};

    /// Bits with their probabilities: fair, skewed, extreme, runs that make carries.
    fn message(seed: u64, length: usize) -> Vec<(bool, Probability)> {
        let mut rng = StdRng::seed_from_u64(seed);
        (0..length)
            .map(|_| {
                let one = match rng.random_range(0..4) {
                    0 => EVEN,
                    1 => LEAST,
                    2 => MOST,
                    _ => rng.random_range(LEAST..=MOST),
                };
                (rng.random_bool(if seed.is_multiple_of(2) { f64::from(one) / 65536.0 } else { 0.5 }), one)
            })
            .collect()
    }

    #[test]
    fn bits_come_back() {
        for seed in 0..60 {
            let bits = message(seed, 1 + 97 * seed as usize);
            let mut encoder = Encoder::default();
            bits.iter().for_each(|&(bit, one)| assert_eq!(encoder.code(bit, one), bit));
            let bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes);
            for (i, &(bit, one)) in bits.iter().enumerate() {
                assert_eq!(decoder.code(!bit, one), bit, "seed {seed}, bit {i}");
            }
            assert!(decoder.used_up(), "seed {seed}");
        }
    }

    #[test]
    fn length_is_the_entropy() {
        let bits = message(4, 100_000);
        let (mut encoder, mut cost) = (Encoder::default(), Cost::default());
        for &(bit, one) in &bits {
            encoder.code(bit, one);
            cost.code(bit, one);
        }
        let (found, expected) = (encoder.finish().len() as f64 * 8.0, cost.bits);
        assert!((found - expected).abs() < 40.0 + expected * 1e-3, "{found} bits, entropy {expected}");
    }

    #[test]
    fn an_endless_reading_is_noticed() {
        let mut decoder = Decoder::new(&[]);
        let steps = (0..1 << 20)
            .take_while(|_| !{
                decoder.code(false, EVEN);
                decoder.exhausted()
            })
            .count();
        assert!(steps < 1 << 17, "{steps}");
    }
}
