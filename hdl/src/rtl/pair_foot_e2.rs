//! The foot of a pair of columns in DSP48E2: two sums with their sign.

use crate::lang::prelude::*;

/// Puts the borrow where it belongs.
///
/// ```text
/// cycle  0                   1             2
///        low, upper, parity  even          odd (column 2p + 1 is a cycle behind column 2p)
///                            upper
/// ```
///
/// The cascade's last row took the offset out, so the lower field holds the even sum without its sign: of 20 bits 19. A
/// negative one borrowed from the upper field, which shows in that field's lowest bit, and is the even sum's sign.
#[derive(LogicBlock, Default)]
pub struct PairFootE2 {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Cycle 0: lower field of the packed sum.
    pub low: Signal<In, Bits<19>>,
    /// Cycle 0: upper field.
    pub upper: Signal<In, Bits<20>>,
    /// Cycle 0: lowest bit of the odd column's sum.
    pub parity: Signal<In, Bit>,
    /// Cycle 1: sum of the even column.
    pub even: Signal<Out, SInt<20>>,
    /// Cycle 2: sum of the odd column.
    pub odd: Signal<Out, SInt<20>>,
    low_1: DFF<Bits<19>>,
    negative_1: DFF<Bit>,
    upper_1: DFF<SInt<20>>,
    odd_2: DFF<SInt<20>>,
    sign: Signal<Local, Bits<20>>,
    borrow: Signal<Local, SInt<20>>,
}

impl Logic for PairFootE2 {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pair_foot: Takes the fields of a pair's packed sum apart: the sign of the even column's sum, and what it borrowed from the odd one's.");
        dff_setup!(self, clock, low_1, negative_1, upper_1, odd_2);
        comment!("cycle 0");
        self.low_1.d.next = self.low.val();
        self.negative_1.d.next = self.upper.val().get_bit(0) ^ self.parity.val();
        self.upper_1.d.next = signed_cast_bits(self.upper.val());

        comment!("cycle 1");
        self.sign.next = 0.into();
        self.borrow.next = signed_cast_bits(bits::<20>(0));
        if self.negative_1.q.val() {
            self.sign.next = 0x80000.into();
            self.borrow.next = signed_cast_bits(bits::<20>(1));
        }
        self.even.next = signed_cast_bits(self.sign.val() | bit_cast::<20, 19>(self.low_1.q.val()));
        self.odd_2.d.next = (self.upper_1.q.val() + self.borrow.val()).into();
        self.odd.next = self.odd_2.q.val();
    }
}
