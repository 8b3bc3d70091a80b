//! The foot of a pair of columns in DSP48E1: two sums with their sign.

use crate::lang::prelude::*;

/// Puts the carries where they belong, and takes the offset out of the even sum: sum((w + 128) x) - 128 sum(x) = sum(w x).
///
/// ```text
/// cycle  0           1            2                    3
///        low, upper  low, upper   even                 odd
///                    carries      odd, lower half      (column 2p + 1 is a cycle behind column 2p)
///                    complement                        complement_out
/// ```
///
/// The even sum with its offset is `carries << 17 | low`, the odd one `upper - carries`. Sixteen products are at most
/// 16 x 255 x 128 = 522,240 in magnitude: 20 bits with the sign.
#[derive(LogicBlock, Default)]
pub struct PairFootE1 {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Cycle 0: lower field of the packed sum.
    pub low: Signal<In, Bits<17>>,
    /// Cycle 0: upper field.
    pub upper: Signal<In, Bits<20>>,
    /// Cycle 1: carries from the lower into the upper one.
    pub carries: Signal<In, Bits<3>>,
    /// Cycle 1: sum of the sixteen pixels, inverted.
    pub complement: Signal<In, Bits<12>>,
    /// Cycle 3: the same, for the next pair.
    pub complement_out: Signal<Out, Bits<12>>,
    /// Cycle 2: sum of the even column.
    pub even: Signal<Out, SInt<20>>,
    /// Cycle 3: sum of the odd column.
    pub odd: Signal<Out, SInt<20>>,
    low_1: DFF<Bits<17>>,
    upper_1: DFF<Bits<20>>,
    even_low_2: DFF<Bits<7>>,
    even_high_2: DFF<SInt<13>>,
    odd_low_2: DFF<Bits<11>>,
    upper_high_2: DFF<Bits<10>>,
    odd_low_3: DFF<Bits<10>>,
    odd_high_3: DFF<Bits<10>>,
    complement_2: DFF<Bits<12>>,
    complement_3: DFF<Bits<12>>,
    even_high: Signal<Local, SInt<13>>,
    offset: Signal<Local, SInt<13>>,
}

impl Logic for PairFootE1 {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pair_foot: Takes the fields of a pair's packed sum apart: carries back to the even column, its offset out.");
        dff_setup!(
            self,
            clock,
            low_1,
            upper_1,
            even_low_2,
            even_high_2,
            odd_low_2,
            upper_high_2,
            odd_low_3,
            odd_high_3,
            complement_2,
            complement_3
        );
        comment!("cycle 0");
        self.low_1.d.next = self.low.val();
        self.upper_1.d.next = self.upper.val();

        comment!("cycle 1: the offset has no bits below 128; the odd sum's lower half, with its borrow");
        self.even_low_2.d.next = self.low_1.q.val().get_bits::<7>(0);
        self.even_high.next =
            signed_cast_bits((bit_cast::<13, 3>(self.carries.val()) << 10) | bit_cast::<13, 10>(self.low_1.q.val().get_bits::<10>(7)));
        self.offset.next = signed_cast_bits(bit_cast::<13, 12>(self.complement.val() ^ 0xFFF));
        self.even_high_2.d.next = (self.even_high.val() - self.offset.val()).into();
        self.odd_low_2.d.next = bit_cast::<11, 10>(self.upper_1.q.val().get_bits::<10>(0)) - bit_cast::<11, 3>(self.carries.val());
        self.upper_high_2.d.next = self.upper_1.q.val().get_bits::<10>(10);
        self.complement_2.d.next = self.complement.val();
        self.complement_3.d.next = self.complement_2.q.val();
        self.complement_out.next = self.complement_3.q.val();

        comment!("cycle 2: the upper half");
        self.odd_low_3.d.next = self.odd_low_2.q.val().get_bits::<10>(0);
        self.odd_high_3.d.next = self.upper_high_2.q.val() - bit_cast::<10, 1>(self.odd_low_2.q.val().get_bits::<1>(10));

        self.even.next = signed_cast_bits(
            (bit_cast::<20, 13>(self.even_high_2.q.val().get_bits::<13>(0)) << 7) | bit_cast::<20, 7>(self.even_low_2.q.val()),
        );
        self.odd.next = signed_cast_bits((bit_cast::<20, 10>(self.odd_high_3.q.val()) << 10) | bit_cast::<20, 10>(self.odd_low_3.q.val()));
    }
}
