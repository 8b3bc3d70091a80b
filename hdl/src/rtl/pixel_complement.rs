//! The sum of a group's pixels, as its columns take it.

use crate::lang::prelude::*;

/// Inverted, a cycle later.
///
/// ~s + 1 is -s, and what adds it has a carry input to spare. The inversion keeps this register apart from the shift register
/// in front of it, whose output is late in its cycle.
#[derive(LogicBlock, Default)]
pub struct PixelComplement {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Sum of the sixteen pixels.
    pub sum: Signal<In, Bits<12>>,
    /// 4,095 - `sum`, a cycle later.
    pub complement: Signal<Out, Bits<12>>,
    inverted: DFF<Bits<12>>,
}

impl Logic for PixelComplement {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pixel_complement: The sum of a group's pixels inverted, a cycle later.");
        dff_setup!(self, clock, inverted);
        self.inverted.d.next = self.sum.val() ^ 0xFFF;
        self.complement.next = self.inverted.q.val();
    }
}
