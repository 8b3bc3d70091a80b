//! Two columns of a group in sixteen DSP48E1.

use super::dsp48::Row;
use super::dsp48e1::Dsp48e1;
use super::high_register::HighRegister;
use super::pair_carry::PairCarry;
use super::pair_cell::PairCell;
use super::pair_foot_e1::PairFootE1;
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
///   [cell 2]
///   [cell 3] ---> carry
///   [cell 4]        |
///   [cell 5] ---> carry     at rows 3, 5, 7, 9, 11, 13, 15
///      ...          |
///   [cell 15] --> carry
///      |            |
///      '--- foot ---'  --> even, odd
/// ```
///
/// The lower field has 17 bits. Two products of a byte and a weight in offset binary are at most 2 x 255 x 255 = 130,050,
/// less than 2^17: from one carry counter to the next there is one carry at most. Sixteen make at most 1,040,400 / 2^17 = 7.
///
/// Latency from `pixel_in[0]` to `even`: twenty cycles, to `odd` twenty-one.
#[derive(LogicBlock)]
pub struct PairColumnE1 {
    /// As of every pair of columns.
    pub ports: PairPorts,
    operand: PairOperand<25>,
    dsp: Vec<Dsp48e1>,
    cell: [PairCell; 16],
    carry: [PairCarry; 7],
    swap_hop: HighRegister,
    foot: PairFootE1,
    no_operand: Number<Bits<30>>,
    no_total: Number<Bits<48>>,
    no_carries: Number<Bits<3>>,
    even_parity: Number<Bit>,
}

impl Default for PairColumnE1 {
    fn default() -> Self {
        Self {
            ports: Default::default(),
            operand: Default::default(),
            dsp: (0..16).map(|r| Dsp48e1::new(if r == 0 { Row::First } else { Row::Next })).collect(),
            cell: Default::default(),
            carry: Default::default(),
            swap_hop: Default::default(),
            foot: Default::default(),
            no_operand: Default::default(),
            no_total: Default::default(),
            no_carries: Default::default(),
            even_parity: Default::default(),
        }
    }
}

impl Logic for PairColumnE1 {
    wiring! { "ember_pair_column: Two columns of a group in sixteen DSP48E1, one cascade; carries between the columns are counted on the way. Pixels leave to the next pair two cycles later." self => {
        cells!(w, 16);
        for i in 0..7 {
            w!(carry[i].clock <= ports.clock);
            w!(carry[i].upper <= dsp[2 * i + 3].upper);
            w!(carry[i].parity <= cell[2 * i + 3].parity_out);
            if i == 0 {
                w!(carry[i].carries_in <= no_carries);
            } else {
                w!(carry[i].carries_in <= carry[i - 1].carries);
            }
        }
        for r in 0..15 {
            w!(unused("a sum under way") <= dsp[r].low);
            if r < 3 || r % 2 == 0 {
                w!(unused("no carry is counted in this row") <= dsp[r].upper);
            }
        }
        w!(unused("the cascade ends here") <= dsp[15].total_out);
        w!(unused("the cascade ends here") <= dsp[15].operand_out);
        w!(foot.clock <= ports.clock);
        w!(foot.low <= dsp[15].low);
        w!(foot.upper <= dsp[15].upper);
        w!(foot.carries <= carry[6].carries);
        w!(foot.complement <= ports.complement);
        w!(ports.complement_out <= foot.complement_out);
        w!(ports.even <= foot.even);
        w!(ports.odd <= foot.odd);
    }}
}
