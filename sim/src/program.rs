//! What a session has to know of a compiled program, and nothing more.

use ndarray::{Array3, ArrayView3};

/// One layer of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramLayer {
    /// As in [`net::layout::Layer`].
    pub name: String,
    /// Multiply-accumulates of one frame.
    pub macs: u64,
    /// Cycles without any bubble.
    pub ideal_cycles: u64,
    /// Bytes of one row of the memory that the layer writes.
    pub trace_row_bytes: usize,
}

/// A program for an engine, ready to be sent.
pub trait Program {
    /// Identity registers that the engine must have: what they say, address, value.
    fn identity(&self) -> Vec<(&'static str, u32, u32)>;
    /// Hash by which the engine knows the program.
    fn hash(&self) -> u64;
    /// Beats that load it, as bytes.
    fn stream(&self) -> Vec<u8>;
    /// Beats of a frame packet (header and pixels), as bytes. `image` is HWC, red green blue.
    fn frame(&self, image: ArrayView3<u8>, sequence: u32) -> Vec<u8>;
    /// The layers in the order in which they run.
    fn layers(&self) -> &[ProgramLayer];
    /// Classes of a result.
    fn classes(&self) -> usize;
    /// Multiply-accumulates that the array can do in a cycle.
    fn macs_per_cycle(&self) -> u64;
    /// The CHW output of `layer` from the memory rows that it wrote; `None` when they are too few.
    fn tensor(&self, layer: usize, rows: &[u8]) -> Option<Array3<u8>>;
}
