//! One slot of an output pixel in 32 bits.

use crate::lang::prelude::*;

/// Adds four channels after the other, and rotates what came before by one bit each time; 0 where the slot does not count.
/// A cycle later.
#[derive(LogicBlock, Default)]
pub struct SignatureFold {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// The slot's channels, four a quad, the first in bits 7:0; N / 4 quads.
    pub quad: Vec<Signal<In, Bits<32>>>,
    /// They belong to the pixel.
    pub active: Signal<In, Bit>,
    /// A cycle later: the slot's fold.
    pub folded: Signal<Out, Bits<32>>,
    fold: DFF<Bits<32>>,
    link: Vec<Signal<Local, Bits<32>>>,
}

impl SignatureFold {
    /// For a slot of `columns` channels.
    pub fn new(columns: usize) -> Self {
        Self { quad: many(columns / 4), link: many(columns / 4), ..Default::default() }
    }
}

impl Logic for SignatureFold {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_signature_fold: One slot of an output pixel in 32 bits.");
        dff_setup!(self, clock, fold);
        self.link[0].next = self.quad[0].val();
        for i in 1..self.link.len() {
            self.link[i].next = ((self.link[i - 1].val() << 1) | (self.link[i - 1].val() >> 31)) ^ self.quad[i].val();
        }
        self.fold.d.next = 0.into();
        if self.active.val() {
            self.fold.d.next = self.link[self.link.len() - 1].val();
        }
        self.folded.next = self.fold.q.val();
    }
}
