//! The reset of one clock's side of the shell.

use super::port_reset::{release, RELEASE};
use crate::lang::leaf::Leaf;
use rust_hdl_core::prelude::*;

/// Begins with either pin, at once and without a clock; ends only when both sides have been reset.
///
/// ```text
///   a pin low ──> released = 0, cleared = 0   (asynchronous: a clock that stands still misses nothing)
///   both high ──> two edges: released = 1 ──> HOLD edges and one ──> cleared = 1
///   reset     ──> low one edge after own cleared and the other side's (synchronised) are high
/// ```
///
/// `reset` is a plain register, so that it begins and ends synchronously for all that it resets; while it is high
/// this side's clock has run for at least [`ResetSide::HOLD`] edges.
#[derive(LogicBlock, Default)]
pub struct ResetSide {
    /// This side's clock.
    pub clock: Signal<In, Clock>,
    /// Asynchronous, active low.
    pub axi_aresetn: Signal<In, Bit>,
    /// Asynchronous, active low.
    pub engine_locked: Signal<In, Bit>,
    /// The other side's `cleared`, synchronised to `clock`.
    pub other_cleared: Signal<In, Bit>,
    /// This side has been in reset long enough; from a register.
    pub cleared: Signal<Out, Bit>,
    /// Active high, from a register.
    pub reset: Signal<Out, Bit>,
    /// Its inverse.
    pub reset_n: Signal<Out, Bit>,
    _released: u8,
    _count: u8,
    _running: bool,
}

impl ResetSide {
    /// Edges for which a side is held before it says that it has been reset: several times what a pointer needs to
    /// get through a synchroniser.
    pub const HOLD: u8 = 15;
}

impl Logic for ResetSide {
    fn update(&mut self) {
        let asserted = !self.axi_aresetn.val() || !self.engine_locked.val();
        if self.clock.pos_edge() {
            self._running = self.cleared.val() && self.other_cleared.val();
            if self._released == 3 {
                if self._count == Self::HOLD {
                    self.cleared.next = true;
                } else {
                    self._count += 1;
                }
            }
            self._released = (self._released << 1 | 1) & 3;
        }
        if asserted {
            self._released = 0;
        }
        if self._released & 2 == 0 {
            self._count = 0;
            self.cleared.next = false;
        }
        self.reset.next = !self._running;
        self.reset_n.next = self._running;
    }

    fn connect(&mut self) {
        self.cleared.connect();
        self.reset.connect();
        self.reset_n.connect();
    }

    fn hdl(&self) -> Verilog {
        let hold = Self::HOLD;
        let body = format!(
            "{RELEASE}\
             reg [3:0] count = 4'd0;\n\
             reg has_cleared = 1'b0;\n\
             reg running = 1'b0;\n\
             wire pins_n = axi_aresetn & engine_locked;\n\
             assign cleared = has_cleared;\n\
             assign reset = ~running;\n\
             assign reset_n = running;\n\n\
             {}\n\
             always @(posedge clock or negedge released) begin\n  \
               if (!released) begin\n    \
                 count <= 4'd0;\n    \
                 has_cleared <= 1'b0;\n  \
               end else begin\n    \
                 if (count == 4'd{hold}) has_cleared <= 1'b1;\n    \
                 else count <= count + 4'd1;\n  \
               end\n\
             end\n\n\
             always @(posedge clock) running <= has_cleared & other_cleared;\n",
            release("pins_n")
        );
        let what = "The reset of one clock's side: begins with either pin without a clock, ends when both sides have been reset.";
        Leaf { block: "ResetSide".into(), name: "ember_reset_side".into(), what: what.into(), body, ..Default::default() }.verilog()
    }
}
