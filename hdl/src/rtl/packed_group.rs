//! A group whose columns share DSP48s in pairs.

use super::delay::Delay;
use super::offset_binary::OffsetBinary;
use super::packed_skew::PackedSkew;
use super::pair_column_e1::PairColumnE1;
use super::pair_column_e2::PairColumnE2;
use super::pixel_sum::PixelSum;
use crate::lang::prelude::*;

/// The same sums in the same cycles as [`Group`](super::group::Group), with half its DSP48s.
///
/// ```text
///            one pair and cycle of latency: E2            E1
/// t          word
/// t + 7      row 0 in pair 0            t + 11     rows 0, 2, ... in pair 0
/// t + 14     row 7, row 15              t + 12     rows 1, 3, ...
/// t + 17     foot of cascades           t + 15     foot of cascades; t + 16, t + 17 adder tree
/// t + 18     even sum                   t + 18     even sum
/// t + 19     odd sum                    t + 19     odd sum
/// ```
///
/// The swap wave reaches the last cell at t + 12 + N (E2) or t + 10 + N (E1), before the t + 14 + N of
/// `Group`: weights that may be overwritten there may be here.
#[derive(LogicBlock, Default)]
pub struct PackedGroup {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Shift a row of weights into the shadow registers.
    pub load: Signal<In, Bit>,
    /// One weight a column; the first row loaded ends in row 15.
    pub weight: Vec<Signal<In, Bits<8>>>,
    /// With a pass's first word: take the shadow weights.
    pub swap: Signal<In, Bit>,
    /// Sixteen pixel bytes, input channel 0 in bits 7:0.
    pub word: Signal<In, Bits<128>>,
    /// One sum a column, column c one cycle after column c - 1.
    pub sum: Vec<Signal<Out, SInt<32>>>,
    offset: OffsetBinary,
    skew: PackedSkew,
    pixel_sum: PixelSum,
    late_pixel_sum: Delay<12>,
    /// One of the two is empty.
    e1: Vec<PairColumnE1>,
    e2: Vec<PairColumnE2>,
}

impl PackedGroup {
    /// A group of `columns` columns (an even number) in DSP48E1.
    pub fn dsp48e1(columns: usize) -> Self {
        Self { e1: many(columns / 2), ..Self::new(columns, PackedSkew::new(2, 11)) }
    }

    /// A group of `columns` columns (an even number) in DSP48E2.
    pub fn dsp48e2(columns: usize) -> Self {
        Self { e2: many(columns / 2), ..Self::new(columns, PackedSkew::new(8, 7)) }
    }

    fn new(columns: usize, skew: PackedSkew) -> Self {
        Self {
            weight: many(columns),
            sum: many(columns),
            offset: OffsetBinary::new(columns / 2),
            skew,
            // four cycles in the tree; the first foot adds at t + 17
            late_pixel_sum: Delay::new(13),
            e1: vec![],
            e2: vec![],
            ..Default::default()
        }
    }
}

impl Logic for PackedGroup {
    wiring! { "ember_packed_group: A weight-stationary systolic block of sixteen input channels whose columns share DSP48s in pairs. Sums and cycles are those of ember_group." self => {
        w!(skew.clock <= clock);
        w!(skew.word <= word);
        w!(skew.swap <= swap);
        w!(pixel_sum.clock <= clock);
        w!(pixel_sum.word <= word);
        w!(late_pixel_sum.clock <= clock);
        w!(late_pixel_sum.value <= pixel_sum.sum);
        for p in 0..self.sum.len() / 2 {
            w!(offset.byte[p] <= weight[2 * p]);
        }
        macro_rules! pairs {
            ($column:ident) => {
                for p in 0..self.$column.len() {
                    w!($column[p].ports.clock <= clock);
                    w!($column[p].ports.load <= load);
                    w!($column[p].ports.even_weight <= offset.offset[p]);
                    w!($column[p].ports.odd_weight <= weight[2 * p + 1]);
                    if p == 0 {
                        w!($column[p].ports.swap_in <= skew.swap_out);
                        w!($column[p].ports.pixel_sum <= late_pixel_sum.delayed);
                    } else {
                        w!($column[p].ports.swap_in <= $column[p - 1].ports.swap_out);
                        w!($column[p].ports.pixel_sum <= $column[p - 1].ports.pixel_sum_out);
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
                        w!(unused("there is no pair after the last") <= $column[p].ports.pixel_sum_out);
                    }
                }
            };
        }
        pairs!(e1);
        pairs!(e2);
    }}
}
