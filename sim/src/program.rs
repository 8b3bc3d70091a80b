//! What a session has to know of a compiled program, and nothing more.

use contract::interface::{self, register};
use contract::parameters::{Parameter, PARAMETERS};
use ndarray::{Array3, ArrayView3};
use net::compiler;

/// One layer of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramLayer {
    /// As in [`net::layout::Layer`].
    pub name: String,
    /// Multiply-accumulates of one frame.
    pub macs: u64,
    /// Cycles without any bubble.
    pub ideal_cycles: u64,
    /// Whether its output can be traced: a classifier's may have no room.
    pub traced: bool,
    /// Bytes of one such row.
    pub trace_row_bytes: usize,
}

/// A program for an engine, ready to be sent.
pub trait Program {
    /// Identity registers that the engine must have: what they say, address, value.
    fn identity(&self) -> Vec<(String, u32, u32)>;
    /// Hash by which the engine knows the program.
    fn hash(&self) -> u64;
    /// Beats that load it, as bytes.
    fn stream(&self) -> Vec<u8>;
    /// Beats of a frame packet (header and pixels), as bytes. `image` is HWC, red green blue.
    fn frame(&self, image: ArrayView3<u8>, sequence: u32) -> Vec<u8>;
    /// The layers in the order in which they run.
    fn layers(&self) -> Vec<ProgramLayer>;
    /// Classes of a result.
    fn classes(&self) -> usize;
    /// Multiply-accumulates that the array can do in a cycle.
    fn macs_per_cycle(&self) -> u64;
    /// The CHW output of `layer` from the memory rows that it wrote; `None` when they are too few.
    fn tensor(&self, layer: usize, rows: &[u8]) -> Option<Array3<u8>>;
    /// The signature that the engine must show for `layer` when its output (CHW) is `output`, where it is known.
    fn signature(&self, _layer: usize, _output: ArrayView3<u8>) -> Option<u32> {
        None
    }
}

impl Program for compiler::Program {
    fn identity(&self) -> Vec<(String, u32, u32)> {
        // a checked configuration has no size above 2^20
        let size = |parameter: &Parameter| (parameter.title(), parameter.offset, (parameter.get)(&self.config) as u32);
        let fixed = [("magic", register::MAGIC, interface::MAGIC), ("version", register::VERSION, interface::VERSION)];
        fixed.map(|(what, address, value)| (what.into(), address, value)).into_iter().chain(PARAMETERS.iter().map(size)).collect()
    }

    fn hash(&self) -> u64 {
        self.hash
    }

    fn stream(&self) -> Vec<u8> {
        self.stream()
    }

    fn frame(&self, image: ArrayView3<u8>, sequence: u32) -> Vec<u8> {
        self.frame(image, sequence)
    }

    fn layers(&self) -> Vec<ProgramLayer> {
        let layer = |plan: &compiler::LayerPlan| ProgramLayer {
            name: plan.layer.name.clone(),
            macs: plan.layer.macs(),
            ideal_cycles: plan.ideal_cycles(),
            traced: plan.written,
            trace_row_bytes: plan.row_bytes,
        };
        self.layers.iter().map(layer).collect()
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn macs_per_cycle(&self) -> u64 {
        self.macs_per_cycle()
    }

    fn signature(&self, layer: usize, output: ArrayView3<u8>) -> Option<u32> {
        Some(compiler::Program::signature(self, layer, output))
    }

    fn tensor(&self, layer: usize, rows: &[u8]) -> Option<Array3<u8>> {
        self.tensor(layer, rows)
    }
}
