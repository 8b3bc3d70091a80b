//! A DSP48E2 as a row of a packed column uses it.

use super::dsp48::{dsp48e2, leaf, Inputs, Registers, Row};
use crate::lang::prelude::*;

/// One DSP48E2: two weights in an operand, times a pixel, plus the sum of the rows above.
///
/// Registers and latency are those of [`Dsp48e1`](super::dsp48e1::Dsp48e1), the operand has two bits more (UG579, chapter 2).
#[derive(LogicBlock, Default)]
pub struct Dsp48e2 {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// CEA1: take the next row of weights.
    pub load: Signal<In, Bit>,
    /// CEA2: the first pixel of a pass is at `pixel`, use the weights that wait.
    pub swap: Signal<In, Bit>,
    /// A: `odd << 19 | even`, read in row 0 only.
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
    /// P, bits 18:0.
    pub low: Signal<Out, Bits<19>>,
    /// P, bits 38:19.
    pub upper: Signal<Out, Bits<20>>,
    _row: Row,
    _registers: Registers,
}

impl Dsp48e2 {
    /// Of row 0 or of a row below; the last one is a [`Dsp48e2Last`](super::dsp48e2_last::Dsp48e2Last).
    pub fn new(row: Row) -> Self {
        Self { _row: row, ..Default::default() }
    }
}

impl Logic for Dsp48e2 {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let first = self._row == Row::First;
            let a = if first { self.operand.val() } else { self.operand_in.val() };
            let z = if first { 0 } else { self.total_in.val().to_u64() };
            let (load, swap) = (self.load.val(), self.swap.val());
            self._registers.clock(Inputs { load, swap, a: a.to_u64(), b: self.pixel.val().to_u64(), c: None, z }, 27);
        }
        let p: Bits<48> = self._registers.p().into();
        self.operand_out.next = self._registers.acout().into();
        self.total_out.next = p;
        self.low.next = p.get_bits::<19>(0);
        self.upper.next = p.get_bits::<20>(19);
    }

    fn connect(&mut self) {
        self.operand_out.connect();
        self.total_out.connect();
        self.low.connect();
        self.upper.connect();
    }

    fn hdl(&self) -> Verilog {
        leaf("Dsp48e2", &dsp48e2(self._row), self._row, "UG579", 27, 19).verilog()
    }
}
