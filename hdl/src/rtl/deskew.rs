//! Lines the columns' bytes up again.

use crate::lang::prelude::*;

/// Column c's five bytes come c cycles after column 0's; they leave together with the last
/// column's, packed four columns to a word ("quad").
#[derive(LogicBlock, Default)]
pub struct Deskew {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Byte of slot s, column c at `byte[s][c]`, c cycles after column 0's.
    pub byte: Vec<Vec<Signal<In, Bits<8>>>>,
    /// The bytes of a pixel together, N - 1 cycles after column 0's came.
    pub aligned: Vec<Vec<Signal<Out, Bits<8>>>>,
    stage: Vec<Vec<Vec<DFF<Bits<8>>>>>,
}

impl Deskew {
    /// For `columns` columns.
    pub fn new(columns: usize) -> Self {
        let square = || (0..5).map(|_| many(columns)).collect();
        Self {
            byte: square(),
            aligned: (0..5).map(|_| many(columns)).collect(),
            stage: (0..5).map(|_| (0..columns).map(|c| many(columns - 1 - c)).collect()).collect(),
            ..Default::default()
        }
    }
}

impl Logic for Deskew {
    wiring! { "ember_deskew: Delays column c by N - 1 - c cycles, so that the bytes of a pixel leave together." self => {
        for s in 0..5 {
            for c in 0..self.stage[s].len() {
                let depth = self.stage[s][c].len();
                for i in 0..depth {
                    w!(stage[s][c][i].clock <= clock);
                    if i == 0 {
                        w!(stage[s][c][i].d <= byte[s][c]);
                    } else {
                        w!(stage[s][c][i].d <= stage[s][c][i - 1].q);
                    }
                }
                if depth == 0 {
                    w!(aligned[s][c] <= byte[s][c]);
                } else {
                    w!(aligned[s][c] <= stage[s][c][depth - 1].q);
                }
            }
        }
    }}
}
