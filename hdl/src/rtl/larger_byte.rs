//! Whether one byte is larger than another.

use crate::lang::prelude::*;

/// `left > right`, of bytes without a sign; combinational.
///
/// A carry chain would stand alone between two levels of LUTs, with the choice that hangs on it. By three bits, which with the other
/// byte's are the inputs of one LUT, it is two levels: what hangs on it is the third.
///
/// ```text
///  bits 7:5  larger, same --.
///  bits 4:2  larger, same --+-- larger
///  bits 1:0  larger       --'
/// ```
#[derive(LogicBlock, Default)]
pub struct LargerByte {
    /// One byte.
    pub left: Signal<In, Bits<8>>,
    /// The other.
    pub right: Signal<In, Bits<8>>,
    /// The first one is larger.
    pub larger: Signal<Out, Bit>,
    high_above: Signal<Local, Bit>,
    high_same: Signal<Local, Bit>,
    middle_above: Signal<Local, Bit>,
    middle_same: Signal<Local, Bit>,
    low_above: Signal<Local, Bit>,
}

impl Logic for LargerByte {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_larger_byte: Whether one byte is larger than another, by three bits: two levels of LUTs, no carry chain.");
        self.high_above.next = self.left.val().get_bits::<3>(5) > self.right.val().get_bits::<3>(5);
        self.high_same.next = self.left.val().get_bits::<3>(5) == self.right.val().get_bits::<3>(5);
        self.middle_above.next = self.left.val().get_bits::<3>(2) > self.right.val().get_bits::<3>(2);
        self.middle_same.next = self.left.val().get_bits::<3>(2) == self.right.val().get_bits::<3>(2);
        self.low_above.next = self.left.val().get_bits::<2>(0) > self.right.val().get_bits::<2>(0);
        self.larger.next =
            self.high_above.val() | (self.high_same.val() & (self.middle_above.val() | (self.middle_same.val() & self.low_above.val())));
    }
}
