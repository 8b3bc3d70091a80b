//! A group's sum, in twenty bits and two cycles later.

use crate::lang::prelude::*;

/// Sixteen products of a byte and a weight fit 20 bits.
#[derive(LogicBlock, Default)]
pub struct LateSum {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// The sum.
    pub sum: Signal<In, SInt<32>>,
    /// Two cycles later.
    pub late: Signal<Out, SInt<20>>,
    sum_1: DFF<SInt<20>>,
    sum_2: DFF<SInt<20>>,
    unused_bits: Signal<Local, Bits<12>>,
}

impl Logic for LateSum {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_late_sum: A group's sum, in twenty bits and two cycles later.");
        dff_setup!(self, clock, sum_1, sum_2);
        self.unused_bits.next = self.sum.val().get_bits::<12>(20);
        self.sum_1.d.next = signed_cast_bits(self.sum.val().get_bits::<20>(0));
        self.sum_2.d.next = self.sum_1.q.val();
        self.late.next = self.sum_2.q.val();
    }
}
