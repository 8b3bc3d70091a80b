//! Two columns of a group in sixteen DSP48E1.

use super::pair_add::PairAdd;
use super::pair_cell::PairCell;
use super::pair_foot::PairFoot;
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
#[derive(LogicBlock)]
pub struct PairColumnE1 {
    pub clock: Signal<In, Clock>,
    /// Shift the shadow registers down by one row.
    pub load: Signal<In, Bit>,
    /// Weights for row 0's shadow, row 15's first: even column plus 128, odd column signed.
    pub even_weight: Signal<In, Bits<8>>,
    pub odd_weight: Signal<In, Bits<8>>,
    /// First pixel of a pass is at the even rows' `pixel_in`: take the shadow weights.
    pub swap_in: Signal<In, Bit>,
    /// Two cycles later, for the next pair.
    pub swap_out: Signal<Out, Bit>,
    /// Unsigned pixel bytes, row r delayed by r mod 2 cycles.
    pub pixel_in: [Signal<In, Bits<8>>; 16],
    pub pixel_out: [Signal<Out, Bits<8>>; 16],
    /// Sum of the sixteen pixels, six cycles after `pixel_in[0]`.
    pub pixel_sum: Signal<In, Bits<12>>,
    pub pixel_sum_out: Signal<Out, Bits<12>>,
    /// Sums of the two columns, the odd one a cycle later.
    pub even: Signal<Out, SInt<32>>,
    pub odd: Signal<Out, SInt<32>>,
    cell: [PairCell<25, 34, 34>; 16],
    second_swap: DFF<Bit>,
    split: [PairSplit<34, 17>; 8],
    four: [PairAdd<17, 18>; 4],
    two: [PairAdd<18, 19>; 2],
    foot: PairFoot,
    none: Constant<SInt<34>>,
}

impl Default for PairColumnE1 {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            load: Default::default(),
            even_weight: Default::default(),
            odd_weight: Default::default(),
            swap_in: Default::default(),
            swap_out: Default::default(),
            pixel_in: Default::default(),
            pixel_out: Default::default(),
            pixel_sum: Default::default(),
            pixel_sum_out: Default::default(),
            even: Default::default(),
            odd: Default::default(),
            cell: Default::default(),
            second_swap: Default::default(),
            split: Default::default(),
            four: Default::default(),
            two: Default::default(),
            foot: Default::default(),
            none: Constant::new(SInt::new(0)),
        }
    }
}

impl Logic for PairColumnE1 {
    wiring! { "ember_pair_column: Two columns of a group in sixteen DSP48E1: eight cascades of two packed cells, and an adder tree. Pixels leave to the next pair two cycles later." self => {
        for r in 0..16 {
            w!(cell[r].clock <= clock);
            w!(cell[r].load <= load);
            w!(cell[r].pixel_in <= pixel_in[r]);
            w!(pixel_out[r] <= cell[r].pixel_out);
            if r == 0 {
                w!(cell[r].even_in <= even_weight);
                w!(cell[r].odd_in <= odd_weight);
            } else {
                w!(cell[r].even_in <= cell[r - 1].even_out);
                w!(cell[r].odd_in <= cell[r - 1].odd_out);
            }
            if r % 2 == 0 {
                w!(cell[r].swap_in <= swap_in);
                w!(cell[r].total_in <= none);
            } else {
                w!(cell[r].swap_in <= cell[r - 1].swap_out);
                w!(cell[r].total_in <= cell[r - 1].total_out);
            }
        }
        w!(second_swap.clock <= clock);
        w!(second_swap.d <= cell[0].swap_out);
        w!(swap_out <= second_swap.q);
        for i in 0..8 {
            w!(split[i].total <= cell[2 * i + 1].total_out);
            w!(four[i / 2].low[i % 2] <= split[i].low);
            w!(four[i / 2].high[i % 2] <= split[i].high);
        }
        for i in 0..4 {
            w!(four[i].clock <= clock);
            w!(two[i / 2].low[i % 2] <= four[i].low_sum);
            w!(two[i / 2].high[i % 2] <= four[i].high_sum);
        }
        for r in (1..16).step_by(2) {
            w!(unused("a cascade ends here, and the next one has a swap bit of its own") <= cell[r].swap_out);
        }
        w!(unused("the chain of shadow registers ends here") <= cell[15].even_out);
        w!(unused("the chain of shadow registers ends here") <= cell[15].odd_out);
        w!(foot.clock <= clock);
        for i in 0..2 {
            w!(two[i].clock <= clock);
            w!(foot.low[i] <= two[i].low_sum);
            w!(foot.high[i] <= two[i].high_sum);
        }
        w!(foot.pixel_sum <= pixel_sum);
        w!(pixel_sum_out <= foot.pixel_sum_out);
        w!(even <= foot.even);
        w!(odd <= foot.odd);
    }}
}
