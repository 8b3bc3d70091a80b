//! Names the bytes of a pixel word.

use crate::lang::prelude::*;

/// Wiring only.
#[derive(LogicBlock, Default)]
pub struct WordBytes {
    /// Sixteen pixel bytes, row 0 in bits 7:0.
    pub word: Signal<In, Bits<128>>,
    /// Byte i of the word at `byte[i]`.
    pub byte: [Signal<Out, Bits<8>>; 16],
}

impl Logic for WordBytes {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_word_bytes: Names the bytes of a pixel word; wiring only.");
        for i in 0..16 {
            self.byte[i].next = self.word.val().get_bits::<8>(8 * i);
        }
    }
}
