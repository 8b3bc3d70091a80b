//! Compares two bytes.

use crate::lang::prelude::*;

/// Whether a byte is larger than another: two levels of LUTs. A carry chain would count as two, and has one before it.
///
/// Three groups of bits, 7 to 5, 4 to 2, 1 and 0: the highest that differs decides.
#[derive(LogicBlock, Default)]
pub struct Larger {
    /// A byte.
    pub left: Signal<In, Bits<8>>,
    /// Another.
    pub right: Signal<In, Bits<8>>,
    /// `left` is larger than `right`.
    pub larger: Signal<Out, Bit>,
    /// Bits that are set in `left` alone; that are the same.
    above: Signal<Local, Bits<8>>,
    same: Signal<Local, Bits<8>>,
    high: Signal<Local, Bit>,
    middle: Signal<Local, Bit>,
    low: Signal<Local, Bit>,
    high_same: Signal<Local, Bit>,
    middle_same: Signal<Local, Bit>,
    unused_bits: Signal<Local, Bits<2>>,
}

impl Logic for Larger {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_larger: Whether a byte is larger than another, in two levels of LUTs: three groups of bits, of which the highest that differs decides.");
        self.above.next = self.left.val() & !self.right.val();
        self.same.next = !(self.left.val() ^ self.right.val());
        self.high.next = self.above.val().get_bit(7)
            | (self.same.val().get_bit(7) & (self.above.val().get_bit(6) | (self.same.val().get_bit(6) & self.above.val().get_bit(5))));
        self.high_same.next = self.same.val().get_bits::<3>(5).all();
        self.middle.next = self.above.val().get_bit(4)
            | (self.same.val().get_bit(4) & (self.above.val().get_bit(3) | (self.same.val().get_bit(3) & self.above.val().get_bit(2))));
        self.middle_same.next = self.same.val().get_bits::<3>(2).all();
        self.low.next = self.above.val().get_bit(1) | (self.same.val().get_bit(1) & self.above.val().get_bit(0));
        self.larger.next = self.high.val() | (self.high_same.val() & (self.middle.val() | (self.middle_same.val() & self.low.val())));
        self.unused_bits.next = self.same.val().get_bits::<2>(0);
    }
}
