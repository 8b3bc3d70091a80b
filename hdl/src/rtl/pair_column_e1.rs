//! Two columns of a group in sixteen DSP48E1.

use super::pair_add::PairAdd;
use super::pair_cell::PairCell;
use super::pair_foot::PairFoot;
use super::pair_ports::{cells, foot, PairPorts};
use super::pair_split::PairSplit;
use crate::lang::prelude::*;

/// Sixteen packed cells, eight cascades of two.
///
/// ```text
///   [cell 0]  [cell 2]  [cell 4]  [cell 6]  [cell 8]  [cell 10] [cell 12] [cell 14]
///   [cell 1]  [cell 3]  [cell 5]  [cell 7]  [cell 9]  [cell 11] [cell 13] [cell 15]
///      |split    |         |         |         |         |         |         |
///      '--(+)----'         '--(+)----'         '--(+)----'         '--(+)----'       each adder: both fields
///          '-------(+)---------'                   '--------(+)--------'
///                   '---------------- foot -----------------'  --> even, odd
/// ```
///
/// Two products of a byte and a weight in offset binary are at most 2 x 255 x 255 = 130,050, which
/// 17 bits hold. Latency from `pixel_in[0]` to `even`: seven cycles, to `odd` eight.
#[derive(LogicBlock, Default)]
pub struct PairColumnE1 {
    /// As of every pair of columns; cascades of two.
    pub ports: PairPorts,
    cell: [PairCell<25, 34, 34>; 16],
    second_swap: DFF<Bit>,
    split: [PairSplit<34, 17>; 8],
    four: [PairAdd<17, 18>; 4],
    two: [PairAdd<18, 19>; 2],
    foot: PairFoot,
    none: Number<SInt<34>>,
}

impl Logic for PairColumnE1 {
    wiring! { "ember_pair_column: Two columns of a group in sixteen DSP48E1: eight cascades of two packed cells, and an adder tree. Pixels leave to the next pair two cycles later." self => {
        cells!(w, 2);
        for i in 0..8 {
            w!(split[i].total <= cell[2 * i + 1].total_out);
            w!(four[i / 2].low[i % 2] <= split[i].low);
            w!(four[i / 2].high[i % 2] <= split[i].high);
        }
        for i in 0..4 {
            w!(four[i].clock <= ports.clock);
            w!(two[i / 2].low[i % 2] <= four[i].low_sum);
            w!(two[i / 2].high[i % 2] <= four[i].high_sum);
        }
        for i in 0..2 {
            w!(two[i].clock <= ports.clock);
            w!(foot.low[i] <= two[i].low_sum);
            w!(foot.high[i] <= two[i].high_sum);
        }
        foot!(w);
    }}
}
