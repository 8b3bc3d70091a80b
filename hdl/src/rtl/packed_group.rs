//! A group whose columns share DSP48s in pairs.

use super::delay::Delay;
use super::high_register::HighRegister;
use super::pair_column_e1::PairColumnE1;
use super::pair_column_e2::PairColumnE2;
use super::pixel_complement::PixelComplement;
use super::pixel_sum::PixelSum;
use super::skew::Skew;
use crate::lang::prelude::*;

/// The same sums in the same cycles as [`Group`](super::group::Group), with half its DSP48s.
///
/// ```text
///            DSP48E1                  DSP48E2
/// t          word, row 0 in pair 0    word
/// t + 1                               row 0 in pair 0
/// t + 15     row 15                   row 14
/// t + 18     foot of the cascade      row 15's sum
/// t + 19     carries                  foot of the cascade
/// t + 20     even sum                 even sum
/// t + 21     odd sum                  odd sum
/// ```
///
/// Weights and `load` at cycle u are in the DSP48s' first registers at u + 2, the odd ones' lowest bits in theirs at u + 3: a
/// word with `swap` comes two cycles after the last row of its weights, or later. The swap wave leaves the last cell at
/// t + 15 + N: the next weights may come from t + 14 + N on.
#[derive(LogicBlock, Default)]
pub struct PackedGroup {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Hand a row of weights to the cells.
    pub load: Signal<In, Bit>,
    /// One weight a column; the first row loaded ends in row 15.
    pub weight: Vec<Signal<In, Bits<8>>>,
    /// With a pass's first word: use the weights loaded last.
    pub swap: Signal<In, Bit>,
    /// Sixteen pixel bytes, input channel 0 in bits 7:0.
    pub word: Signal<In, Bits<128>>,
    /// One sum a column, column c one cycle after column c - 1.
    pub sum: Vec<Signal<Out, SInt<20>>>,
    /// `load` for the first half of the pairs and for the others: a register alone would have all DSP48s of the group as loads.
    load_1: DFF<Bit>,
    load_1_high: HighRegister,
    load_2: DFF<Bit>,
    load_2_high: HighRegister,
    /// DSP48E2: a cycle at the entrance, because the foot needs one less.
    late_word: Vec<DFF<Bits<128>>>,
    late_swap: Vec<DFF<Bit>>,
    skew: Skew,
    pixel_sum: PixelSum,
    late_pixel_sum: Delay<12>,
    complement: PixelComplement,
    /// One of the two is empty.
    e1: Vec<PairColumnE1>,
    e2: Vec<PairColumnE2>,
}

impl PackedGroup {
    /// A group of `columns` columns (an even number) in DSP48E1.
    pub fn dsp48e1(columns: usize) -> Self {
        // four cycles in the tree, one in the complement; the first foot adds at t + 19
        Self { e1: many(columns / 2), late_pixel_sum: Delay::new(14), ..Self::new(columns) }
    }

    /// A group of `columns` columns (an even number) in DSP48E2.
    pub fn dsp48e2(columns: usize) -> Self {
        // four cycles in the tree, one in the complement; the first pair's last DSP48 takes it at t + 17
        Self { e2: many(columns / 2), late_pixel_sum: Delay::new(12), late_word: many(1), late_swap: many(1), ..Self::new(columns) }
    }

    fn new(columns: usize) -> Self {
        Self { weight: many(columns), sum: many(columns), e1: vec![], e2: vec![], ..Default::default() }
    }
}

impl Logic for PackedGroup {
    wiring! { "ember_packed_group: A weight-stationary systolic block of sixteen input channels whose columns share DSP48s in pairs. Sums and cycles are those of ember_group." self => {
        w!(load_1.clock <= clock);
        w!(load_1.d <= load);
        w!(load_2.clock <= clock);
        w!(load_2.d <= load_1.q);
        w!(load_1_high.clock <= clock);
        w!(load_1_high.value <= load);
        w!(load_2_high.clock <= clock);
        w!(load_2_high.value <= load_1_high.held);
        w!(skew.clock <= clock);
        if self.late_word.is_empty() {
            w!(skew.word <= word);
        } else {
            w!(late_word[0].clock <= clock);
            w!(late_word[0].d <= word);
            w!(late_swap[0].clock <= clock);
            w!(late_swap[0].d <= swap);
            w!(skew.word <= late_word[0].q);
        }
        w!(pixel_sum.clock <= clock);
        w!(pixel_sum.word <= word);
        w!(late_pixel_sum.clock <= clock);
        w!(late_pixel_sum.value <= pixel_sum.sum);
        w!(complement.clock <= clock);
        w!(complement.sum <= late_pixel_sum.delayed);
        macro_rules! pairs {
            ($column:ident) => {
                for p in 0..self.$column.len() {
                    w!($column[p].ports.clock <= clock);
                    if 2 * p < self.$column.len() {
                        w!($column[p].ports.load <= load_1.q);
                        w!($column[p].ports.load_late <= load_2.q);
                    } else {
                        w!($column[p].ports.load <= load_1_high.held);
                        w!($column[p].ports.load_late <= load_2_high.held);
                    }
                    w!($column[p].ports.even_weight <= weight[2 * p]);
                    w!($column[p].ports.odd_weight <= weight[2 * p + 1]);
                    if p > 0 {
                        w!($column[p].ports.swap_in <= $column[p - 1].ports.swap_out);
                        w!($column[p].ports.complement <= $column[p - 1].ports.complement_out);
                    } else {
                        if self.late_swap.is_empty() {
                            w!($column[p].ports.swap_in <= swap);
                        } else {
                            w!($column[p].ports.swap_in <= late_swap[0].q);
                        }
                        w!($column[p].ports.complement <= complement.complement);
                    }
                    for r in 0..16 {
                        if p == 0 {
                            w!($column[p].ports.pixel_in[r] <= skew.pixel[r]);
                        } else {
                            w!($column[p].ports.pixel_in[r] <= $column[p - 1].ports.pixel_out[r]);
                        }
                    }
                    w!(sum[2 * p] <= $column[p].ports.even);
                    w!(sum[2 * p + 1] <= $column[p].ports.odd);
                    if p + 1 == self.$column.len() {
                        w!(unused("there is no pair after the last") <= $column[p].ports.swap_out);
                        for r in 0..16 {
                            w!(unused("there is no pair after the last") <= $column[p].ports.pixel_out[r]);
                        }
                        w!(unused("there is no pair after the last") <= $column[p].ports.complement_out);
                    }
                }
            };
        }
        pairs!(e1);
        pairs!(e2);
    }}
}
