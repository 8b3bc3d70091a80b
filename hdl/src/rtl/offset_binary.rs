//! Signed bytes in offset binary.

use crate::lang::prelude::*;

/// -128..127 becomes 0..255: an inverted sign bit.
#[derive(LogicBlock, Default)]
pub struct OffsetBinary {
    /// Signed bytes.
    pub byte: Vec<Signal<In, Bits<8>>>,
    /// Each plus 128.
    pub offset: Vec<Signal<Out, Bits<8>>>,
}

impl OffsetBinary {
    /// For `count` bytes.
    pub fn new(count: usize) -> Self {
        Self { byte: many(count), offset: many(count) }
    }
}

impl Logic for OffsetBinary {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_offset_binary: Signed bytes plus 128: the sign bits inverted.");
        for i in 0..self.byte.len() {
            self.offset[i].next = self.byte[i].val() ^ 128;
        }
    }
}
