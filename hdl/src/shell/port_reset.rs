//! The reset of the port to the XDMA's registers.

use crate::lang::leaf::Leaf;
use rust_hdl_core::prelude::*;

/// The registers of [`release`].
pub(super) const RELEASE: &str = "\
(* ASYNC_REG = \"TRUE\" *) reg releasing = 1'b0;
(* ASYNC_REG = \"TRUE\" *) reg released = 1'b0;
";

/// `released` falls with `pin`, without a clock, and rises two edges after it.
pub(super) fn release(pin: &str) -> String {
    format!(
        "always @(posedge clock or negedge {pin}) begin\n  \
           if (!{pin}) begin\n    \
             releasing <= 1'b0;\n    \
             released <= 1'b0;\n  \
           end else begin\n    \
             releasing <= 1'b1;\n    \
             released <= releasing;\n  \
           end\n\
         end\n"
    )
}

/// Begins with the pin, at once and without a clock; ends two edges after it.
///
/// ```text
///   axi_aresetn low  ──> releasing = 0, reset_n = 0   (asynchronous: neither a short pulse nor a clock that stands still is missed)
///   axi_aresetn high ──> an edge: releasing = 1 ──> an edge: reset_n = 1
/// ```
///
/// Registers that it resets may begin it in the middle of their set-up time. They see it at two more edges at least, so they
/// are reset whatever they did at the first; what leaves the port meanwhile is held back by `reset_n` itself.
#[derive(LogicBlock, Default)]
pub struct PortReset {
    /// The port's clock.
    pub clock: Signal<In, Clock>,
    /// Asynchronous, active low.
    pub axi_aresetn: Signal<In, Bit>,
    /// Active low, from a register with an asynchronous clear.
    pub reset_n: Signal<Out, Bit>,
    _released: u8,
}

impl Logic for PortReset {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self._released = (self._released << 1 | 1) & 3;
        }
        if !self.axi_aresetn.val() {
            self._released = 0;
        }
        self.reset_n.next = self._released & 2 != 0;
    }

    fn connect(&mut self) {
        self.reset_n.connect();
    }

    fn hdl(&self) -> Verilog {
        let body = format!("{RELEASE}assign reset_n = released;\n\n{}", release("axi_aresetn"));
        let what = "The reset of the register port: begins with the pin without a clock, ends two edges after it.";
        Leaf { block: "PortReset".into(), name: "ember_port_reset".into(), what: what.into(), body, ..Default::default() }.verilog()
    }
}
