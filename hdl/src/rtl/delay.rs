//! A fixed delay.

use crate::lang::leaf::{Leaf, Parameter};
use crate::lang::prelude::*;

/// `W` bits, some cycles later.
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
             reg [DEPTH*WIDTH-1:0] stages = {(DEPTH*WIDTH){1'b0}};\n\
             wire [(DEPTH+1)*WIDTH-1:0] line = {stages, value};\n\
             assign delayed = line[DEPTH*WIDTH +: WIDTH];\n\n\
             always @(posedge clock) stages <= line[DEPTH*WIDTH-1:0];\n";
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
