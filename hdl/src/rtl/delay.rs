//! A fixed delay.

use crate::lang::leaf::{Leaf, Parameter};
use crate::lang::prelude::*;

/// `W` bits, some cycles later. Synthesis makes a shift register of it, but for the last cycle, which is a register: logic may follow.
#[derive(LogicBlock)]
pub struct Delay<const W: usize> {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// What to delay; any value in any cycle.
    pub value: Signal<In, Bits<W>>,
    /// `value` of as many cycles ago as the delay is deep.
    pub delayed: Signal<Out, Bits<W>>,
    _line: Vec<Bits<W>>,
}

impl<const W: usize> Delay<W> {
    /// A delay of `depth` cycles, at least 1.
    pub fn new(depth: usize) -> Self {
        Self {
            clock: Default::default(),
            value: Default::default(),
            delayed: Default::default(),
            _line: vec![Bits::<W>::default(); depth.max(1)],
        }
    }
}

impl<const W: usize> Default for Delay<W> {
    fn default() -> Self {
        Self::new(1)
    }
}

impl<const W: usize> Logic for Delay<W> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self._line.rotate_right(1);
            self._line[0] = self.value.val();
            self.delayed.next = self._line[self._line.len() - 1];
        }
    }

    fn connect(&mut self) {
        self.delayed.connect();
    }

    fn hdl(&self) -> Verilog {
        let body = "// the newest word is the lowest\n\
             wire [DEPTH*WIDTH-1:0] line;\n\
             generate\n  \
               if (DEPTH > 1) begin : shift\n    \
                 reg [(DEPTH-1)*WIDTH-1:0] stages = {((DEPTH-1)*WIDTH){1'b0}};\n    \
                 always @(posedge clock) stages <= line[(DEPTH-1)*WIDTH-1:0];\n    \
                 assign line = {stages, value};\n  \
               end else begin : wire_alone\n    \
                 assign line = value;\n  \
               end\n\
             endgenerate\n\n\
             // a register of its own: a shift register's output comes late in the cycle.\n\
             // Vivado reads the attribute of the register, Yosys that of the block.\n\
             (* shreg_extract = \"no\" *) reg [WIDTH-1:0] last = {WIDTH{1'b0}};\n\
             assign delayed = last;\n\
             (* keep *) always @(posedge clock) last <= line[(DEPTH-1)*WIDTH +: WIDTH];\n";
        let leaf = Leaf {
            block: "Delay".into(),
            name: "ember_delay".into(),
            what: "A fixed delay.".into(),
            parameters: vec![Parameter::new("WIDTH", W, "Bits."), Parameter::new("DEPTH", self._line.len(), "Cycles, at least 1.")],
            widths: ["value", "delayed"].map(|port| (port.into(), "WIDTH".into())).into(),
            body: body.into(),
        };
        leaf.verilog()
    }
}
