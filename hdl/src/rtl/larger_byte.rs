//! Whether one byte is larger than another.

use crate::lang::prelude::*;

/// `left > right`, of bytes without a sign; combinational.
///
/// A carry chain would stand alone between two levels of LUTs, with the choice that hangs on it. By pairs of bits it is two
/// levels, and a choice fits into the second one's last LUT:
///
/// ```text
///  bits 7:6  larger, same --.
///  bits 5:4  larger, same --'-- larger, same --.
///  bits 3:2  larger, same --.                  '-- larger
///  bits 1:0  larger       --'-- larger --------'
/// ```
#[derive(LogicBlock, Default)]
pub struct LargerByte {
    /// One byte.
    pub left: Signal<In, Bits<8>>,
    /// The other.
    pub right: Signal<In, Bits<8>>,
    /// The first one is larger.
    pub larger: Signal<Out, Bit>,
    /// Of bits 2 i + 1 and 2 i.
    above: [Signal<Local, Bit>; 4],
    same: [Signal<Local, Bit>; 4],
    high_above: Signal<Local, Bit>,
    high_same: Signal<Local, Bit>,
    low_above: Signal<Local, Bit>,
    unused_same: Signal<Local, Bit>,
}

impl Logic for LargerByte {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_larger_byte: Whether one byte is larger than another, by pairs of bits: two levels of LUTs, no carry chain.");
        for i in 0..4 {
            self.same[i].next = (self.left.val().get_bit(2 * i + 1) == self.right.val().get_bit(2 * i + 1))
                & (self.left.val().get_bit(2 * i) == self.right.val().get_bit(2 * i));
            self.above[i].next = (self.left.val().get_bit(2 * i + 1) & !self.right.val().get_bit(2 * i + 1))
                | ((self.left.val().get_bit(2 * i + 1) == self.right.val().get_bit(2 * i + 1))
                    & self.left.val().get_bit(2 * i)
                    & !self.right.val().get_bit(2 * i));
        }
        self.high_above.next = self.above[3].val() | (self.same[3].val() & self.above[2].val());
        self.high_same.next = self.same[3].val() & self.same[2].val();
        self.low_above.next = self.above[1].val() | (self.same[1].val() & self.above[0].val());
        self.unused_same.next = self.same[0].val();
        self.larger.next = self.high_above.val() | (self.high_same.val() & self.low_above.val());
    }
}
