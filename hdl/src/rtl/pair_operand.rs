//! Packs the weights of two columns in one operand.

use crate::lang::prelude::*;

/// Bit at which the upper field of an operand of `OPERAND` bits begins: a weight, of 8 bits, fills the rest.
pub struct FieldOf<const OPERAND: usize>;

impl<const OPERAND: usize> Value for FieldOf<OPERAND> {
    const VALUE: u64 = OPERAND as u64 - 8;
}

/// `odd << FIELD | even + 128`, once for a column of sixteen cells: the cells hand it down from DSP48 to DSP48.
///
/// `even` in offset binary (0 to 255, an inverted sign bit) is never negative, so packing needs no adder, nothing borrows
/// from the upper field, and any two weights fit the `FIELD` + 8 bits that a DSP48 multiplies.
#[derive(LogicBlock, Default)]
pub struct PairOperand<const OPERAND: usize> {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Weight of the even column, signed.
    pub even: Signal<In, Bits<8>>,
    /// Weight of the odd column, signed.
    pub odd: Signal<In, Bits<8>>,
    /// A cycle later: both, for row 0's port A. Bits above `OPERAND` are not multiplied.
    pub operand: Signal<Out, Bits<30>>,
    /// Two cycles later: lowest bit of the odd column's weight.
    pub odd_bit: Signal<Out, Bit>,
    even_1: DFF<Bits<8>>,
    odd_1: DFF<Bits<8>>,
    odd_bit_2: DFF<Bit>,
    field: Fixed<5, FieldOf<OPERAND>>,
}

impl<const OPERAND: usize> Logic for PairOperand<OPERAND> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pair_operand: Packs the weights of two columns in one operand, the even one's in offset binary.");
        dff_setup!(self, clock, even_1, odd_1, odd_bit_2);
        self.even_1.d.next = self.even.val() ^ 128;
        self.odd_1.d.next = self.odd.val();
        self.operand.next = (bit_cast::<30, 8>(self.odd_1.q.val()) << self.field.val()) | bit_cast::<30, 8>(self.even_1.q.val());
        self.odd_bit_2.d.next = self.odd_1.q.val().get_bit(0);
        self.odd_bit.next = self.odd_bit_2.q.val();
    }
}
