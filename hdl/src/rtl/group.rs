//! A weight-stationary systolic block: sixteen input channels by N output channels.

use super::column::Column;
use super::delay::Delay;
use super::skew::Skew;
use crate::lang::prelude::*;

/// Pixels move right through the columns, partial sums move down inside them.
///
/// Sum of column c for the word at cycle t: at t + 20 + c. Two cycles of it are at the entrance, for the packed form's foot.
///
/// `load` goes from column to column a cycle later, as `swap` does, and the weights wait for it: a word with `swap` may come a
/// cycle after the last row of its weights, the next row 16 cycles after it.
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
    pub sum: Vec<Signal<Out, SInt<20>>>,
    late_word: [DFF<Bits<128>>; 2],
    late_swap: [DFF<Bit>; 2],
    /// `load` of column c.
    column_load: Vec<DFF<Bit>>,
    late_weight: Vec<Delay<8>>,
    skew: Skew,
    column: Vec<Column>,
}
impl Group {
    /// A group of `columns` columns.
    pub fn new(columns: usize) -> Self {
        Self {
            weight: many(columns),
            sum: many(columns),
            column_load: many(columns),
            late_weight: (0..columns).map(|c| Delay::new(c + 1)).collect(),
            column: many(columns),
            ..Default::default()
        }
    }
}

impl Logic for Group {
    wiring! { "ember_group: A weight-stationary systolic block of sixteen input channels. Pixels move right, partial sums move down; the sum of column c leaves 20 + c cycles after its word." self => {
        w!(skew.clock <= clock);
        w!(late_word[0].clock <= clock);
        w!(late_word[0].d <= word);
        w!(late_word[1].clock <= clock);
        w!(late_word[1].d <= late_word[0].q);
        w!(late_swap[0].clock <= clock);
        w!(late_swap[0].d <= swap);
        w!(late_swap[1].clock <= clock);
        w!(late_swap[1].d <= late_swap[0].q);
        w!(skew.word <= late_word[1].q);
        for c in 0..self.column.len() {
            w!(column[c].clock <= clock);
            w!(column_load[c].clock <= clock);
            if c == 0 {
                w!(column_load[c].d <= load);
            } else {
                w!(column_load[c].d <= column_load[c - 1].q);
            }
            w!(late_weight[c].clock <= clock);
            w!(late_weight[c].value <= weight[c]);
            w!(column[c].load <= column_load[c].q);
            w!(column[c].weight_in <= late_weight[c].delayed);
            w!(sum[c] <= column[c].sum);
            if c == 0 {
                w!(column[c].swap_in <= late_swap[1].q);
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
