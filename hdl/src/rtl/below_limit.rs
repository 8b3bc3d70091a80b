//! Whether a number is below a limit.

use crate::lang::prelude::*;

/// `value < limit`, of 32 bits without a sign, a cycle later.
///
/// Six bits against six of a constant are one LUT; more would be a carry chain between two levels of LUTs. Slices of six bits are compared
/// side by side, three of them put together before the registers, and the two halves behind.
///
/// ```text
///  slices 5 to 3 --> below, same --.
///                                  +--> below
///  slices 2 to 0 --> below       --'
///            cycle 0 | 1
/// ```
#[derive(LogicBlock, Default)]
pub struct BelowLimit {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Look at `value`; `below` stays as it is while this is low.
    pub enable: Signal<In, Bit>,
    /// The number.
    pub value: Signal<In, Bits<32>>,
    /// Static: the smallest number that is not below.
    pub limit: Signal<In, Bits<32>>,
    /// The last `value` looked at was below `limit`.
    pub below: Signal<Out, Bit>,
    high_below: DFF<Bit>,
    high_same: DFF<Bit>,
    low_below: DFF<Bit>,
    /// Both, with zeros before them: six slices.
    long_value: Signal<Local, Bits<36>>,
    long_limit: Signal<Local, Bits<36>>,
    slice_below: [Signal<Local, Bit>; 6],
    /// Of slices 1 to 5.
    slice_same: [Signal<Local, Bit>; 5],
}

impl Logic for BelowLimit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_below_limit: Whether a number is below a limit, a cycle later; by slices of six bits.");
        dff_setup!(self, clock, high_below, high_same, low_below);
        self.long_value.next = bit_cast::<36, 32>(self.value.val());
        self.long_limit.next = bit_cast::<36, 32>(self.limit.val());
        for i in 0..6 {
            self.slice_below[i].next = self.long_value.val().get_bits::<6>(6 * i) < self.long_limit.val().get_bits::<6>(6 * i);
        }
        for i in 0..5 {
            self.slice_same[i].next = self.long_value.val().get_bits::<6>(6 * i + 6) == self.long_limit.val().get_bits::<6>(6 * i + 6);
        }
        if self.enable.val() {
            self.low_below.d.next = self.slice_below[2].val()
                | (self.slice_same[1].val() & (self.slice_below[1].val() | (self.slice_same[0].val() & self.slice_below[0].val())));
            self.high_below.d.next = self.slice_below[5].val()
                | (self.slice_same[4].val() & (self.slice_below[4].val() | (self.slice_same[3].val() & self.slice_below[3].val())));
            self.high_same.d.next = self.slice_same[4].val() & self.slice_same[3].val() & self.slice_same[2].val();
        }
        self.below.next = self.high_below.q.val() | (self.high_same.q.val() & self.low_below.q.val());
    }
}
