//! Holds a token while its word goes through the array, and numbers the pixels of a pass.

use super::delay::Delay;
use crate::lang::prelude::*;

/// Nineteen cycles from the array's input to column 0's tail, a cycle before the column's sums are there: the
/// accumulator's address leads.
#[derive(LogicBlock, Default)]
pub struct TokenDelay {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Token beside the groups' words (see `scanner`).
    pub token: Signal<In, Bits<16>>,
    /// Nineteen cycles after its token: a pixel is in the sums next cycle.
    pub valid: Signal<Out, Bit>,
    /// With `valid`: first pass of the reduction.
    pub first: Signal<Out, Bit>,
    /// With `valid`: last pass of the reduction.
    pub last: Signal<Out, Bit>,
    /// First token of a block: take the shadow entries.
    pub block: Signal<Out, Bit>,
    /// With `valid`: number of the pixel in its pass.
    pub address: Signal<Out, Bits<16>>,
    line: Delay<5>,
    present: DFF<Bits<5>>,
    count: DFF<Bits<16>>,
    /// The token of the next cycle.
    coming: Signal<Local, Bits<5>>,
    step: Signal<Local, Bits<16>>,
    unused_pass: Signal<Local, Bit>,
    unused_edges: Signal<Local, Bits<11>>,
}

impl TokenDelay {
    /// For a column of every width: the delay is that of column 0.
    pub fn new() -> Self {
        Self { line: Delay::new(18), ..Default::default() }
    }
}

impl Logic for TokenDelay {
    #[hdl_gen]
    fn update(&mut self) {
        comment!(
            "ember_token_delay: Holds a token for the nineteen cycles that its word spends in the array before its first sum, and numbers the pixels of a pass."
        );
        dff_setup!(self, clock, present, count);
        self.line.clock.next = self.clock.val();
        self.line.value.next = self.token.val().get_bits::<5>(0);
        self.unused_edges.next = self.token.val().get_bits::<11>(5);
        self.coming.next = self.line.delayed.val();
        self.present.d.next = self.coming.val();
        comment!("a cycle before the sums");
        self.valid.next = self.present.q.val().get_bit(0);
        self.first.next = self.present.q.val().get_bit(1);
        self.last.next = self.present.q.val().get_bit(2);
        self.block.next = self.present.q.val().get_bit(4);
        self.unused_pass.next = self.present.q.val().get_bit(3);
        comment!("pixels are numbered from the first token of a pass");
        self.address.next = self.count.q.val();
        self.step.next = bit_cast::<16, 1>(self.present.q.val().get_bits::<1>(0));
        self.count.d.next = self.count.q.val() + self.step.val();
        if self.coming.val().get_bit(3) {
            self.count.d.next = 0.into();
        }
    }
}
