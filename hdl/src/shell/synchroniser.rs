//! Two flip-flops in a row, for a signal of another clock.

use crate::lang::leaf::Leaf;
use rust_hdl_core::prelude::*;

/// `value` is `source` of two edges of `clock` ago.
///
/// `source` comes straight from registers of another clock, and at most one of its bits changes within one
/// period of either clock (a level, or a Gray code): a bit caught in the middle of its change then counts
/// as changed one edge earlier or later, never as something else.
#[derive(LogicBlock, Default)]
pub struct Synchroniser<T: Synth> {
    /// The clock of whoever reads `value`.
    pub clock: Signal<In, Clock>,
    /// From registers of another clock.
    pub source: Signal<In, T>,
    /// `source`, two edges late.
    pub value: Signal<Out, T>,
    _first: T,
}

impl<T: Synth> Logic for Synchroniser<T> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.value.next = self._first;
            self._first = self.source.val();
        }
    }

    fn connect(&mut self) {
        self.value.connect();
    }

    fn hdl(&self) -> Verilog {
        let (width, top) = (T::BITS, T::BITS - 1);
        let body = format!(
            "(* ASYNC_REG = \"TRUE\" *) reg [{top}:0] first = {width}'d0;\n\
             (* ASYNC_REG = \"TRUE\" *) reg [{top}:0] second = {width}'d0;\n\
             assign value = second;\n\n\
             always @(posedge clock) begin\n  first <= source;\n  second <= first;\nend\n"
        );
        let name = format!("ember_synchroniser_{width}");
        let what = format!("Two flip-flops in a row for {width} bits of another clock, of which one at a time changes.");
        Leaf { block: "Synchroniser".into(), name, what, body, ..Default::default() }.verilog()
    }
}
