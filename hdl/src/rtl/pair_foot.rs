//! The foot of a pair of columns: two sums with their sign.

use crate::lang::prelude::*;

/// Adds the last two partial sums of each column, and takes the offset out of the even one's:
/// sum((w + 128) x) - 128 sum(x) = sum(w x).
///
/// ```text
/// cycle  0          1      2
///        low, high  even   odd (column 2p + 1 is a cycle behind column 2p)
///        pixel_sum         pixel_sum_out
/// ```
///
/// Sixteen products are at most 16 x 255 x 128 = 522,240 in magnitude: 20 bits with the sign.
#[derive(LogicBlock, Default)]
pub struct PairFoot {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Cycle 0: two parts of the even column's sum with its offset, unsigned.
    pub low: [Signal<In, Bits<19>>; 2],
    /// Cycle 0: two parts of the odd column's sum.
    pub high: [Signal<In, SInt<19>>; 2],
    /// Cycle 0: sum of the sixteen pixels.
    pub pixel_sum: Signal<In, Bits<12>>,
    /// Cycle 2: the same, for the next pair.
    pub pixel_sum_out: Signal<Out, Bits<12>>,
    /// Cycle 1: sum of the even column.
    pub even: Signal<Out, SInt<32>>,
    /// Cycle 2: sum of the odd column.
    pub odd: Signal<Out, SInt<32>>,
    even_1: DFF<SInt<20>>,
    odd_1: DFF<SInt<20>>,
    odd_2: DFF<SInt<20>>,
    pixel_sum_1: DFF<Bits<12>>,
    pixel_sum_2: DFF<Bits<12>>,
    part: [Signal<Local, SInt<20>>; 2],
    offset: Signal<Local, SInt<20>>,
    none: Signal<Local, SInt<32>>,
}

impl Logic for PairFoot {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pair_foot: Adds the last two parts of a pair's sums and takes the offset out of the even column's: sum((w + 128) x) - 128 sum(x).");
        dff_setup!(self, clock, even_1, odd_1, odd_2, pixel_sum_1, pixel_sum_2);
        comment!("cycle 0: sums of the parts, less the offset");
        for i in 0..2 {
            self.part[i].next = signed_cast_bits(self.low[i].val().get_bits::<20>(0));
        }
        self.offset.next = signed_cast_bits(bit_cast::<20, 12>(self.pixel_sum.val()) << 7);
        self.even_1.d.next = (self.part[0].val() + self.part[1].val() - self.offset.val()).into();
        self.odd_1.d.next = (self.high[0].val() + self.high[1].val()).into();
        comment!("cycle 1: the odd column waits, it is a cycle behind");
        self.odd_2.d.next = self.odd_1.q.val();
        self.pixel_sum_1.d.next = self.pixel_sum.val();
        self.pixel_sum_2.d.next = self.pixel_sum_1.q.val();
        self.pixel_sum_out.next = self.pixel_sum_2.q.val();
        comment!("cycle 1: even; cycle 2: odd");
        self.none.next = signed_cast_bits(bits::<32>(0));
        self.even.next = (self.none.val() + self.even_1.q.val()).into();
        self.odd.next = (self.none.val() + self.odd_2.q.val()).into();
    }
}
