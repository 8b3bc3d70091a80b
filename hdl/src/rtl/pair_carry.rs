//! Counts the carries from the even into the odd column's field.

use crate::lang::prelude::*;

/// Carries of the rows so far; two rows more can make one at most.
///
/// ```text
/// cycle  0           1        2
///        carries_in  held --> carries (is one more if the field's lowest bit says so)
///                    upper, parity
/// ```
///
/// The upper field is the odd column's sum plus the carries. Its lowest bit differs from the sum's own where their number is
/// odd; the number before and the number now are equal or neighbours, so that bit tells which.
#[derive(LogicBlock, Default)]
pub struct PairCarry {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Cycle 0: carries up to two rows above.
    pub carries_in: Signal<In, Bits<3>>,
    /// Cycle 1: upper field of the packed sum.
    pub upper: Signal<In, Bits<20>>,
    /// Cycle 1: lowest bit of the odd column's sum.
    pub parity: Signal<In, Bit>,
    /// Cycle 2: carries up to this row.
    pub carries: Signal<Out, Bits<3>>,
    held: DFF<Bits<3>>,
    count: DFF<Bits<3>>,
    one_more: Signal<Local, Bit>,
    unused_upper: Signal<Local, Bits<19>>,
}

impl Logic for PairCarry {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pair_carry: Counts the carries from the even into the odd column's field, at every second row.");
        dff_setup!(self, clock, held, count);
        self.held.d.next = self.carries_in.val();
        self.one_more.next = self.upper.val().get_bit(0) ^ self.parity.val() ^ self.held.q.val().get_bit(0);
        comment!("plus one, written out: a look-up table a bit");
        self.count.d.next = self.held.q.val();
        if self.one_more.val() {
            self.count.d.next = self.held.q.val() ^ 7;
            if !self.held.q.val().get_bit(1) {
                self.count.d.next = self.held.q.val() ^ 3;
            }
            if !self.held.q.val().get_bit(0) {
                self.count.d.next = self.held.q.val() ^ 1;
            }
        }
        comment!("");
        self.carries.next = self.count.q.val();
        self.unused_upper.next = self.upper.val().get_bits::<19>(1);
    }
}
