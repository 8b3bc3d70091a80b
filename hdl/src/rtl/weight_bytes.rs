//! Names the bytes of a weight word.

use crate::lang::prelude::*;

/// Wiring only: words of eight bytes to bytes.
#[derive(LogicBlock, Default)]
pub struct WeightBytes {
    /// N / 4 words of eight bytes.
    pub word: Vec<Signal<In, Bits<64>>>,
    /// Column c of the even group at c, of the odd group at N + c.
    pub byte: Vec<Signal<Out, Bits<8>>>,
}

impl WeightBytes {
    /// For `columns` columns.
    pub fn new(columns: usize) -> Self {
        Self { word: many(columns / 4), byte: many(2 * columns) }
    }
}

impl Logic for WeightBytes {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_weight_bytes: Names the bytes of a weight word; wiring only.");
        for i in 0..self.word.len() {
            for j in 0..8 {
                self.byte[8 * i + j].next = self.word[i].val().get_bits::<8>(8 * j);
            }
        }
    }
}
