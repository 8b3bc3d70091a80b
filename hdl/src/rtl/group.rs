//! A weight-stationary systolic block: sixteen input channels by N output channels.

use super::column::Column;
use super::skew::Skew;
use crate::lang::prelude::*;

/// Pixels move right through the columns, partial sums move down inside them.
///
/// Sum of column c for the word at cycle t: at t + 18 + c.
#[derive(LogicBlock, Default)]
pub struct Group {
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
    skew: Skew,
    column: Vec<Column>,
}

impl Group {
    /// A group of `columns` columns.
    pub fn new(columns: usize) -> Self {
        Self { weight: many(columns), sum: many(columns), column: many(columns), ..Default::default() }
    }
}

impl Logic for Group {
    wiring! { "ember_group: A weight-stationary systolic block of sixteen input channels. Pixels move right, partial sums move down; the sum of column c leaves 18 + c cycles after its word." self => {
        w!(skew.clock <= clock);
        w!(skew.word <= word);
        for c in 0..self.column.len() {
            w!(column[c].clock <= clock);
            w!(column[c].load <= load);
            w!(column[c].weight_in <= weight[c]);
            w!(sum[c] <= column[c].sum);
            if c == 0 {
                w!(column[c].swap_in <= swap);
            } else {
                w!(column[c].swap_in <= column[c - 1].swap_out);
            }
            for r in 0..16 {
                if c == 0 {
                    w!(column[c].pixel_in[r] <= skew.pixel[r]);
                } else {
                    w!(column[c].pixel_in[r] <= column[c - 1].pixel_out[r]);
                }
            }
        }
        let last = self.column.len() - 1;
        w!(unused("there is no column after the last") <= column[last].swap_out);
        for r in 0..16 {
            w!(unused("there is no column after the last") <= column[last].pixel_out[r]);
        }
    }}
}
