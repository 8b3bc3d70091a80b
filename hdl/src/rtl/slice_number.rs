//! Constants that tell equal write ports apart.

use crate::lang::prelude::*;

/// Number i at `number[i]`: a port rather than a constant inside the write port, so that all
/// write ports are one module.
#[derive(LogicBlock, Default)]
pub struct SliceNumber {
    /// Number i at `number[i]`; always.
    pub number: Vec<Signal<Out, Bits<5>>>,
}

impl SliceNumber {
    /// Numbers 0 to `count` - 1.
    pub fn new(count: usize) -> Self {
        Self { number: many(count) }
    }
}

impl Logic for SliceNumber {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_slice_number: Constants that tell equal write ports apart.");
        for i in 0..self.number.len() {
            self.number[i].next = i.to_bits::<5>();
        }
    }
}
