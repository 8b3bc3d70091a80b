//! The DSP48E2 of a packed column's last row.

use super::dsp48::{dsp48e2, leaf, Inputs, Registers, Row};
use crate::lang::prelude::*;

/// As [`Dsp48e2`](super::dsp48e2::Dsp48e2), and its adder takes a fourth number, through register C: 128 times the sum of the
/// pixels, inverted, plus one. That is the even column's offset with the other sign.
#[derive(LogicBlock, Default)]
pub struct Dsp48e2Last {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// CEA1: take the next row of weights.
    pub load: Signal<In, Bit>,
    /// CEA2: the first pixel of a pass is at `pixel`, use the weights that wait.
    pub swap: Signal<In, Bit>,
    /// ACIN: `operand_out` of the row above.
    pub operand_in: Signal<In, Bits<30>>,
    /// ACOUT: the weights that wait.
    pub operand_out: Signal<Out, Bits<30>>,
    /// B: unsigned pixel byte.
    pub pixel: Signal<In, Bits<8>>,
    /// C, bits 18:7, a cycle after `pixel`: sum of the sixteen rows' pixels, inverted.
    pub complement: Signal<In, Bits<12>>,
    /// PCIN: `total_out` of the row above.
    pub total_in: Signal<In, Bits<48>>,
    /// PCOUT: sum of all rows.
    pub total_out: Signal<Out, Bits<48>>,
    /// P, bits 18:0.
    pub low: Signal<Out, Bits<19>>,
    /// P, bits 38:19.
    pub upper: Signal<Out, Bits<20>>,
    _registers: Registers,
}

impl Logic for Dsp48e2Last {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let (load, swap) = (self.load.val(), self.swap.val());
            let (a, b, z) = (self.operand_in.val().to_u64(), self.pixel.val().to_u64(), self.total_in.val().to_u64());
            let c = Some(0x1FFF_FFFF << 19 | self.complement.val().to_u64() << 7 | 0x7F);
            self._registers.clock(Inputs { load, swap, a, b, c, z }, 27);
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
        leaf("Dsp48e2Last", &dsp48e2(Row::Last), Row::Last, "UG579", 27, 19).verilog()
    }
}
