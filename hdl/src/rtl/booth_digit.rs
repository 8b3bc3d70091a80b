//! A digit of a multiplication in Booth's recoding.

use crate::lang::prelude::*;

/// -2 to 2 times a number of 16 bits: one LUT a bit, and no carry.
///
/// ```text
/// digit  111 110 101 100 011 010 001 000
/// times    0  -1  -1  -2   2   1   1   0      bit 0 + bit 1 - 2 * bit 2
/// ```
///
/// What is negative is inverted. The 1 that it lacks is left to the sum, where the bits below a digit are free.
#[derive(LogicBlock, Default)]
pub struct BoothDigit {
    /// Three bits of the multiplier, the lowest also being the highest of the digit below.
    pub digit: Signal<In, Bits<3>>,
    /// What is multiplied.
    pub factor: Signal<In, Bits<16>>,
    /// The multiple, signed: bit 17 is its sign; too small by 1 where that is set.
    pub multiple: Signal<Out, Bits<18>>,
    size: Signal<Local, Bits<18>>,
}

impl Logic for BoothDigit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_booth_digit: A digit of a multiplication in Booth's recoding: -2 to 2 times the factor, negative ones inverted.");
        self.size.next = 0.into();
        if self.digit.val().get_bit(0) ^ self.digit.val().get_bit(1) {
            self.size.next = bit_cast::<18, 16>(self.factor.val());
        } else if self.digit.val().get_bit(1) ^ self.digit.val().get_bit(2) {
            self.size.next = bit_cast::<18, 16>(self.factor.val()) << 1;
        }
        self.multiple.next = self.size.val();
        if self.digit.val().get_bit(2) {
            self.multiple.next = !self.size.val();
        }
    }
}
