//! Adds the fields of two cascades.

use crate::lang::prelude::*;

/// Field by field, one cycle; `OUT` = `IN` + 1 bits hold every sum.
#[derive(LogicBlock, Default)]
pub struct PairAdd<const IN: usize, const OUT: usize> {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Lower fields, unsigned.
    pub low: [Signal<In, Bits<IN>>; 2],
    /// Upper fields, signed.
    pub high: [Signal<In, SInt<IN>>; 2],
    /// Sum of the lower fields, a cycle later.
    pub low_sum: Signal<Out, Bits<OUT>>,
    /// Sum of the upper fields, a cycle later.
    pub high_sum: Signal<Out, SInt<OUT>>,
    low_total: DFF<Bits<OUT>>,
    high_total: DFF<SInt<OUT>>,
}

impl<const IN: usize, const OUT: usize> Logic for PairAdd<IN, OUT> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pair_add: Adds the fields of two cascades.");
        dff_setup!(self, clock, low_total, high_total);
        self.low_total.d.next = bit_cast::<OUT, IN>(self.low[0].val()) + bit_cast::<OUT, IN>(self.low[1].val());
        self.high_total.d.next = (self.high[0].val() + self.high[1].val()).into();
        self.low_sum.next = self.low_total.q.val();
        self.high_sum.next = self.high_total.q.val();
    }
}
