//! A DSP48E1 as a row of a packed column uses it.

use super::dsp48::{dsp48e1, leaf, Inputs, Registers, Row};
use crate::lang::prelude::*;

/// One DSP48E1: two weights in an operand, times a pixel, plus the sum of the rows above.
///
/// ```text
///     operand (row 0), operand_in           total_in
///              |                               |
///  load -->  [A1] next weights                 |
///              |---> operand_out               |
///  swap -->  [A2] weights in use               v
///              |                              (+) --[P]--> total_out, low, upper
///             (x) -------------------[M]-------'
///              |
///  pixel --> [B2]
/// ```
///
/// Latency from `pixel` to `total_out`: three cycles. Simulated is a description of these registers (UG479, chapter 2),
/// synthesised is the primitive; ACIN, ACOUT, PCIN and PCOUT are ports from DSP48E1 to DSP48E1.
#[derive(LogicBlock, Default)]
pub struct Dsp48e1 {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// CEA1: take the next row of weights.
    pub load: Signal<In, Bit>,
    /// CEA2: the first pixel of a pass is at `pixel`, use the weights that wait.
    pub swap: Signal<In, Bit>,
    /// A: `odd << 17 | even`, read in row 0 only.
    pub operand: Signal<In, Bits<30>>,
    /// ACIN: `operand_out` of the row above; not read in row 0.
    pub operand_in: Signal<In, Bits<30>>,
    /// ACOUT: the weights that wait.
    pub operand_out: Signal<Out, Bits<30>>,
    /// B: unsigned pixel byte.
    pub pixel: Signal<In, Bits<8>>,
    /// PCIN: `total_out` of the row above; not read in row 0.
    pub total_in: Signal<In, Bits<48>>,
    /// PCOUT: sum of the rows down to this one.
    pub total_out: Signal<Out, Bits<48>>,
    /// P, bits 16:0.
    pub low: Signal<Out, Bits<17>>,
    /// P, bits 36:17.
    pub upper: Signal<Out, Bits<20>>,
    _row: Row,
    _registers: Registers,
}

impl Dsp48e1 {
    /// Of row 0 or of a row below.
    pub fn new(row: Row) -> Self {
        Self { _row: row, ..Default::default() }
    }
}

impl Logic for Dsp48e1 {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let first = self._row == Row::First;
            let a = if first { self.operand.val() } else { self.operand_in.val() };
            let z = if first { 0 } else { self.total_in.val().to_u64() };
            let (load, swap) = (self.load.val(), self.swap.val());
            self._registers.clock(Inputs { load, swap, a: a.to_u64(), b: self.pixel.val().to_u64(), c: None, z }, 25);
        }
        let p: Bits<48> = self._registers.p().into();
        self.operand_out.next = self._registers.acout().into();
        self.total_out.next = p;
        self.low.next = p.get_bits::<17>(0);
        self.upper.next = p.get_bits::<20>(17);
    }

    fn connect(&mut self) {
        self.operand_out.connect();
        self.total_out.connect();
        self.low.connect();
        self.upper.connect();
    }

    fn hdl(&self) -> Verilog {
        leaf("Dsp48e1", &dsp48e1(self._row), self._row, "UG479", 25, 17).verilog()
    }
}
