//! Two columns of a group in sixteen DSP48E2.

use super::pair_cell::PairCell;
use super::pair_foot::PairFoot;
use super::pair_ports::{cells, foot, PairPorts};
use super::pair_split::PairSplit;
use crate::lang::prelude::*;

/// Sixteen packed cells, two cascades of eight.
///
/// ```text
///  swap, weights            swap
///      |                      |
///   [cell 0] 0 --. cascade  [cell 8] 0 --.
///   [cell 1] <---'          [cell 9] <---'       shadow registers: one chain of sixteen,
///      ...                     ...               row 7's feed row 8's
///   [cell 7]                [cell 15]
///      | split                 | split
///      '---------. .-----------'
///                foot --> even, odd
/// ```
///
/// Eight products of a byte and a weight in offset binary are at most 8 x 255 x 255 = 520,200, which
/// 19 bits hold. Latency from `pixel_in[0]` to `even`: eleven cycles, to `odd` twelve.
#[derive(LogicBlock, Default)]
pub struct PairColumnE2 {
    /// As of every pair of columns; cascades of eight.
    pub ports: PairPorts,
    cell: [PairCell<27, 36, 38>; 16],
    second_swap: DFF<Bit>,
    split: [PairSplit<38, 19>; 2],
    foot: PairFoot,
    none: Number<SInt<38>>,
}

impl Logic for PairColumnE2 {
    wiring! { "ember_pair_column: Two columns of a group in sixteen DSP48E2: two cascades of eight packed cells. Pixels leave to the next pair two cycles later." self => {
        cells!(w, 8);
        for i in 0..2 {
            w!(split[i].total <= cell[8 * i + 7].total_out);
            w!(foot.low[i] <= split[i].low);
            w!(foot.high[i] <= split[i].high);
        }
        foot!(w);
    }}
}
