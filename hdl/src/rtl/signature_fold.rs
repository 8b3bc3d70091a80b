//! One link of the chain that folds an output pixel into 32 bits.

use crate::lang::prelude::*;

/// Rotates what came before by one bit and adds four channels.
#[derive(LogicBlock, Default)]
pub struct SignatureFold {
    /// The fold of the quads before.
    pub above: Signal<In, Bits<32>>,
    /// Four channels, the first in bits 7:0.
    pub quad: Signal<In, Bits<32>>,
    /// They belong to the pixel.
    pub active: Signal<In, Bit>,
    /// The fold with this quad.
    pub folded: Signal<Out, Bits<32>>,
}

impl Logic for SignatureFold {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_signature_fold: One link of the chain that folds an output pixel into 32 bits.");
        self.folded.next = (self.above.val() << 1) | (self.above.val() >> 31);
        if self.active.val() {
            self.folded.next = ((self.above.val() << 1) | (self.above.val() >> 31)) ^ self.quad.val();
        }
    }
}
