//! A register that synthesis keeps apart from another that holds the same.

use crate::lang::leaf::Leaf;
use crate::lang::prelude::*;

/// One register of a bit that begins with 1.
///
/// Synthesis makes one register of two that always hold the same, and all loads of both hang on one net. Registers that begin with
/// other values are not the same. So this one stands beside a `DFF`, which begins with 0, where each is to have half of the loads, or
/// where two waves meet the same bit at the same time on different ways:
///
/// - The swap wave's way to the next pair of columns. Row 0 of the next pair swaps when row 2 of this one does; were the registers the
///   same, row 2 + r of a pair, r + 4 of the one before it and so on would be one, with loads across the whole group.
/// - The load enable of half of a group's pairs.
///
/// For bits that may have any value in the first cycle: what is swapped or loaded then is not looked at.
#[derive(LogicBlock)]
pub struct HighRegister {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Any value in any cycle.
    pub value: Signal<In, Bit>,
    /// The same a cycle later.
    pub held: Signal<Out, Bit>,
    _held: bool,
}

impl Default for HighRegister {
    fn default() -> Self {
        Self { clock: Default::default(), value: Default::default(), held: Default::default(), _held: true }
    }
}

impl Logic for HighRegister {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self._held = self.value.val();
        }
        self.held.next = self._held;
    }

    fn connect(&mut self) {
        self.held.connect();
    }

    fn hdl(&self) -> Verilog {
        let body = "reg register = 1'b1;\nassign held = register;\n\nalways @(posedge clock) register <= value;\n";
        let what = "A register that begins with 1, so that synthesis keeps it apart from one that holds the same and begins with 0.";
        Leaf {
            block: "HighRegister".into(),
            name: "ember_high_register".into(),
            what: what.into(),
            body: body.into(),
            ..Default::default()
        }
        .verilog()
    }
}
