//! Lines the columns' bytes up again.

use super::delay::Delay;
use crate::lang::prelude::*;

/// Column c's five bytes come c cycles after column 0's; they leave together with the last
/// column's, packed four columns to a word ("quad").
///
/// The last cycle of each delay is a register: the bytes are compared with others at once, and a shift register's come late.
#[derive(LogicBlock, Default)]
pub struct Deskew {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Byte of slot s, column c at `byte[s][c]`, c cycles after column 0's.
    pub byte: Vec<Vec<Signal<In, Bits<8>>>>,
    /// The bytes of a pixel together, N - 1 cycles after column 0's came.
    pub aligned: Vec<Vec<Signal<Out, Bits<8>>>>,
    /// Of every column but the last.
    wait: Vec<Vec<Delay<8>>>,
}

impl Deskew {
    /// For `columns` columns.
    pub fn new(columns: usize) -> Self {
        let square = || (0..5).map(|_| many(columns)).collect();
        Self {
            byte: square(),
            aligned: (0..5).map(|_| many(columns)).collect(),
            wait: (0..5).map(|_| (1..columns).rev().map(Delay::new).collect()).collect(),
            ..Default::default()
        }
    }
}

impl Logic for Deskew {
    wiring! { "ember_deskew: Delays column c by N - 1 - c cycles, so that the bytes of a pixel leave together." self => {
        for s in 0..5 {
            for c in 0..self.wait[s].len() {
                w!(wait[s][c].clock <= clock);
                w!(wait[s][c].value <= byte[s][c]);
                w!(aligned[s][c] <= wait[s][c].delayed);
            }
            w!(aligned[s][self.wait[s].len()] <= byte[s][self.wait[s].len()]);
        }
    }}
}
