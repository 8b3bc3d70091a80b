//! Delays the rows of a group so that pixels meet their partial sums.

use crate::lang::prelude::*;

/// Row r of the sixteen pixel bytes leaves r cycles after it came.
///
/// Stage k holds the whole word k cycles old; row r is read from stage r. The bytes below row k of
/// stage k feed nothing and are removed by synthesis, which leaves the usual triangle of 120 bytes.
#[derive(LogicBlock, Default)]
pub struct Skew {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Sixteen pixel bytes, row 0 in bits 7:0.
    pub word: Signal<In, Bits<128>>,
    /// Row r of the word of r cycles ago.
    pub pixel: [Signal<Out, Bits<8>>; 16],
    stage: [DFF<Bits<128>>; 15],
    unused_rows: Signal<Local, Bits<120>>,
}

impl Logic for Skew {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_skew: Row r of a group's sixteen pixel bytes leaves r cycles after it came.");
        for i in 0..15 {
            self.stage[i].clock.next = self.clock.val();
        }
        self.stage[0].d.next = self.word.val();
        for i in 1..15 {
            self.stage[i].d.next = self.stage[i - 1].q.val();
        }
        self.pixel[0].next = self.word.val().get_bits::<8>(0);
        for i in 1..16 {
            self.pixel[i].next = self.stage[i - 1].q.val().get_bits::<8>(8 * i);
        }
        self.unused_rows.next = self.stage[14].q.val().get_bits::<120>(0);
    }
}
