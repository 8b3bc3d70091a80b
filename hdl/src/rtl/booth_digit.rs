//! A digit of a multiplication in Booth's recoding.

use crate::lang::prelude::*;

/// Adds -2 to 2 times a number of 16 bits to one of `W`, modulo 2 to the power of `W`: one LUT a bit and a carry chain.
///
/// ```text
/// digit  111 110 101 100 011 010 001 000
/// times    0  -1  -1  -2   2   1   1   0      bit 0 + bit 1 - 2 * bit 2
/// ```
///
/// What is negative is inverted, and the 1 that it lacks comes out of a bit below all others: `SUM` is `W` + 1.
#[derive(LogicBlock, Default)]
pub struct BoothDigit<const W: usize, const SUM: usize> {
    /// Three bits of the multiplier, the lowest also being the highest of the digit below.
    pub digit: Signal<In, Bits<3>>,
    /// What is multiplied.
    pub factor: Signal<In, Bits<16>>,
    /// What it is added to: the digits above, in their place.
    pub above: Signal<In, Bits<W>>,
    /// Their sum.
    pub sum: Signal<Out, Bits<W>>,
    size: Signal<Local, Bits<W>>,
    multiple: Signal<Local, Bits<W>>,
    minus: Signal<Local, Bit>,
    total: Signal<Local, Bits<SUM>>,
    unused_carry: Signal<Local, Bit>,
}

impl<const W: usize, const SUM: usize> Logic for BoothDigit<W, SUM> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_booth_digit: A digit of a multiplication in Booth's recoding: adds -2 to 2 times the factor.");
        self.minus.next = self.digit.val().get_bit(2);
        self.size.next = 0.into();
        if self.digit.val().get_bit(0) ^ self.digit.val().get_bit(1) {
            self.size.next = bit_cast::<W, 16>(self.factor.val());
        } else if self.digit.val().get_bit(1) ^ self.digit.val().get_bit(2) {
            self.size.next = bit_cast::<W, 16>(self.factor.val()) << 1;
        }
        self.multiple.next = self.size.val();
        if self.minus.val() {
            self.multiple.next = !self.size.val();
        }
        comment!("the bit below all others carries into them if the digit is negative");
        self.total.next = ((bit_cast::<SUM, W>(self.above.val()) << 1) | 1)
            + ((bit_cast::<SUM, W>(self.multiple.val()) << 1) | bit_cast::<SUM, 1>(self.minus.val().into()));
        self.sum.next = self.total.val().get_bits::<W>(1);
        self.unused_carry.next = self.total.val().get_bit(0);
    }
}
