//! Delays the rows of a packed group.

use super::word_bytes::WordBytes;
use crate::lang::prelude::*;

/// Row r leaves `delay` + r mod `chain` cycles after it came, and the swap bit `delay` cycles.
///
/// Short cascades finish before one of sixteen rows would. They wait here, where a byte of delay is a
/// few LUTs of shift register, and not at their wide sums. As in `Skew`, whole words are delayed and
/// synthesis removes what no row reads.
#[derive(LogicBlock, Default)]
pub struct PackedSkew {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Sixteen pixel bytes, row 0 in bits 7:0.
    pub word: Signal<In, Bits<128>>,
    /// With `word`: first word of a pass.
    pub swap: Signal<In, Bit>,
    /// Row r of the word of `delay` + r mod `chain` cycles ago.
    pub pixel: [Signal<Out, Bits<8>>; 16],
    /// `swap` of `delay` cycles ago, with row 0.
    pub swap_out: Signal<Out, Bit>,
    stage: Vec<DFF<Bits<128>>>,
    late_swap: Vec<DFF<Bit>>,
    /// Bytes of the words that rows 0 to `chain` - 1 read.
    row: Vec<WordBytes>,
}

impl PackedSkew {
    /// For cascades of `chain` rows, 2 or more, that start `delay` cycles late, at least 1.
    pub fn new(chain: usize, delay: usize) -> Self {
        Self { stage: many(delay + chain - 1), late_swap: many(delay), row: many(chain), ..Default::default() }
    }
}

impl Logic for PackedSkew {
    wiring! { "ember_packed_skew: Delays the rows of a packed group's word so that each cascade's pixels meet their partial sums, and all cascades finish when one of sixteen rows would." self => {
        let (delay, chain) = (self.late_swap.len(), self.row.len());
        for i in 0..self.stage.len() {
            w!(stage[i].clock <= clock);
            if i == 0 {
                w!(stage[i].d <= word);
            } else {
                w!(stage[i].d <= stage[i - 1].q);
            }
        }
        for i in 0..delay {
            w!(late_swap[i].clock <= clock);
            if i == 0 {
                w!(late_swap[i].d <= swap);
            } else {
                w!(late_swap[i].d <= late_swap[i - 1].q);
            }
        }
        w!(swap_out <= late_swap[delay - 1].q);
        for i in 0..chain {
            w!(row[i].word <= stage[delay + i - 1].q);
        }
        for r in 0..16 {
            for i in 0..chain {
                if i == r % chain {
                    w!(pixel[r] <= row[i].byte[r]);
                } else {
                    w!(unused("rows that read another stage's word") <= row[i].byte[r]);
                }
            }
        }
    }}
}
