//! Whole numbers as bits: the length of the number in unary, then its digits, each with a context of its own.

use super::coder::{BitCoder, EVEN};
use super::model::Bit;

/// Lengths of a 32-bit number: 0 to 32.
const LENGTHS: usize = 33;
/// Leading digits after the first one that have contexts; those below are as good as random.
const MODELLED: u32 = 3;

/// Adaptive code for numbers of one kind.
#[derive(Clone, Debug)]
pub struct Numbers {
    length: [Bit; LENGTHS],
    digits: Vec<Bit>,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { length: [Bit::default(); LENGTHS], digits: vec![Bit::default(); LENGTHS << MODELLED] }
    }
}

impl Numbers {
    /// Codes a number from 0.
    pub fn code(&mut self, coder: &mut impl BitCoder, value: u32) -> u32 {
        let mut length = 0;
        while length < 32 && self.length[length as usize].code(coder, u32::BITS - value.leading_zeros() > length) {
            length += 1;
        }
        if length < 2 {
            return length;
        }
        let mut prefix = 1u32;
        for place in (0..length - 1).rev() {
            let bit = value >> place & 1 == 1;
            let known = length - 1 - place;
            let bit = if known <= MODELLED {
                self.digits[(length as usize) << MODELLED | (prefix as usize & ((1 << MODELLED) - 1))].code(coder, bit)
            } else {
                coder.code(bit, EVEN)
            };
            prefix = prefix << 1 | u32::from(bit);
        }
        prefix
    }

    /// Codes a number of either sign: 0, -1, 1, -2, ... become 0, 1, 2, 3.
    pub fn code_signed(&mut self, coder: &mut impl BitCoder, value: i32) -> i32 {
        let folded = self.code(coder, (value << 1 ^ value >> 31) as u32);
        (folded >> 1) as i32 ^ -((folded & 1) as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::super::coder::{Decoder, Encoder};
    use super::*;

    #[test]
    fn numbers_of_every_length_come_back() {
        let values: Vec<i32> = (0..32)
            .flat_map(|n| [1i32.wrapping_shl(n), 1i32.wrapping_shl(n).wrapping_neg(), 1i32.wrapping_shl(n).wrapping_sub(1)])
            .chain([0, i32::MIN, i32::MAX, -1])
            .collect();
        let (mut encoder, mut numbers) = (Encoder::default(), Numbers::default());
        for &v in &values {
            numbers.code_signed(&mut encoder, v);
            numbers.code(&mut encoder, v as u32);
        }
        let bytes = encoder.finish();
        let (mut decoder, mut numbers) = (Decoder::new(&bytes), Numbers::default());
        for &v in &values {
            assert_eq!(numbers.code_signed(&mut decoder, 0), v);
            assert_eq!(numbers.code(&mut decoder, 0), v as u32);
        }
    }
}
