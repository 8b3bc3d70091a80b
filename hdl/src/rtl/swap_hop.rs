//! The swap wave's way to the next pair of columns.

use crate::lang::leaf::Leaf;
use crate::lang::prelude::*;

/// One register that begins with 1.
///
/// Row 0 of the next pair swaps when row 2 of this one does, from a register that follows the same bit. As synthesis makes one
/// register of two that always hold the same, row 2 + r of a pair, r + 4 of the one before it and so on would hang on one net
/// across the whole group. Registers that begin with other values are not the same; a swap in the first cycle takes zeros for zeros.
#[derive(LogicBlock)]
pub struct SwapHop {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Of this pair's row 0.
    pub swap: Signal<In, Bit>,
    /// The same a cycle later, for the next pair's.
    pub swap_out: Signal<Out, Bit>,
    _held: bool,
}

impl Default for SwapHop {
    fn default() -> Self {
        Self { clock: Default::default(), swap: Default::default(), swap_out: Default::default(), _held: true }
    }
}

impl Logic for SwapHop {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self._held = self.swap.val();
        }
        self.swap_out.next = self._held;
    }

    fn connect(&mut self) {
        self.swap_out.connect();
    }

    fn hdl(&self) -> Verilog {
        let body = "reg held = 1'b1;\nassign swap_out = held;\n\nalways @(posedge clock) held <= swap;\n";
        let what = "The swap wave's way to the next pair of columns: a register that begins with 1, so that synthesis keeps it apart from the wave's way down.";
        Leaf { block: "SwapHop".into(), name: "ember_swap_hop".into(), what: what.into(), body: body.into(), ..Default::default() }
            .verilog()
    }
}
