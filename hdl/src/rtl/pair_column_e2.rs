//! Two columns of a group in sixteen DSP48E2.

use super::dsp48::Row;
use super::dsp48e2::Dsp48e2;
use super::dsp48e2_last::Dsp48e2Last;
use super::high_register::HighRegister;
use super::pair_cell::PairCell;
use super::pair_foot_e2::PairFootE2;
use super::pair_operand::PairOperand;
use super::pair_ports::{cells, PairPorts};
use crate::lang::prelude::*;

/// Sixteen packed cells, one cascade.
///
/// ```text
///  weights -> operand, swap
///      |
///   [cell 0] 0 --.  cascades: weights, sums
///   [cell 1] <---'
///      ...
///   [cell 15] <--- sum of the pixels: takes the offset out
///      |
///     foot  --> even, odd
/// ```
///
/// The lower field has 19 bits, the even column's sum 20 with its sign: -522,240 to 518,160. So the upper field is the odd
/// column's sum, or one less if the even one's is negative.
///
/// Latency from `pixel_in[0]` to `even`: nineteen cycles, to `odd` twenty.
#[derive(LogicBlock)]
pub struct PairColumnE2 {
    /// As of every pair of columns.
    pub ports: PairPorts,
    operand: PairOperand<27>,
    dsp: Vec<Dsp48e2>,
    last: Dsp48e2Last,
    cell: [PairCell; 16],
    swap_hop: HighRegister,
    foot: PairFootE2,
    complement_1: DFF<Bits<12>>,
    complement_2: DFF<Bits<12>>,
    no_operand: Number<Bits<30>>,
    no_total: Number<Bits<48>>,
    even_parity: Number<Bit>,
}

impl Default for PairColumnE2 {
    fn default() -> Self {
        Self {
            ports: Default::default(),
            operand: Default::default(),
            dsp: (0..15).map(|r| Dsp48e2::new(if r == 0 { Row::First } else { Row::Next })).collect(),
            last: Default::default(),
            cell: Default::default(),
            swap_hop: Default::default(),
            foot: Default::default(),
            complement_1: Default::default(),
            complement_2: Default::default(),
            no_operand: Default::default(),
            no_total: Default::default(),
            even_parity: Default::default(),
        }
    }
}

impl Logic for PairColumnE2 {
    wiring! { "ember_pair_column: Two columns of a group in sixteen DSP48E2, one cascade. Pixels leave to the next pair two cycles later." self => {
        cells!(w, 15);
        w!(last.clock <= ports.clock);
        w!(last.load <= ports.load);
        w!(last.swap <= cell[14].swap_out);
        w!(last.pixel <= ports.pixel_in[15]);
        w!(last.operand_in <= dsp[14].operand_out);
        w!(last.total_in <= dsp[14].total_out);
        w!(last.complement <= ports.complement);
        for r in 0..15 {
            w!(unused("a sum under way") <= dsp[r].low);
            w!(unused("a sum under way") <= dsp[r].upper);
        }
        w!(unused("the cascade ends here") <= last.total_out);
        w!(unused("the cascade ends here") <= last.operand_out);
        w!(foot.clock <= ports.clock);
        w!(foot.low <= last.low);
        w!(foot.upper <= last.upper);
        w!(foot.parity <= cell[15].parity_out);
        w!(complement_1.clock <= ports.clock);
        w!(complement_1.d <= ports.complement);
        w!(complement_2.clock <= ports.clock);
        w!(complement_2.d <= complement_1.q);
        w!(ports.complement_out <= complement_2.q);
        w!(ports.even <= foot.even);
        w!(ports.odd <= foot.odd);
    }}
}
