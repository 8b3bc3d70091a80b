//! Brings a table entry to the columns, four of them a cycle.

use super::delay::Delay;
use crate::lang::prelude::*;

/// The shadow entries of a lane are a chain from column to column, and all of them shift with one entry. Four columns have
/// 216 registers; more do not get their enable in one cycle. It goes from the last four down to the first, a cycle
/// each, and the entry that enters column 0 waits for it:
///
/// ```text
/// entry --- delay ---> columns 0 to 3 -> columns 4 to 7 -> columns 8 to 11 -> columns 12 to 15
///                            ^                 ^                  ^                  ^
///                            '---- [ ] <-------'------ [ ] <------'------ [ ] <------'--- [ ] <--- load
/// ```
///
/// Down, not up: so every column still has its old entry when the next one takes it.
///
/// Latency: one cycle to the last four columns, N / 4 to the first and to the entry. A lane takes an entry every other cycle at most:
/// when the next one moves four columns, the four before them must have moved for the last one. The table is not read faster.
#[derive(LogicBlock, Default)]
pub struct EntryWave {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Shift an entry into the shadow entries, one bit a lane, for a cycle; not in the cycle after one with it.
    pub load: [Signal<In, Bit>; 5],
    /// With `load`: the entry.
    pub entry: Signal<In, Bits<54>>,
    /// For each four columns: shift.
    pub load_out: Vec<Vec<Signal<Out, Bit>>>,
    /// With `load_out` of the first four: the entry for column 0.
    pub entry_out: Signal<Out, Bits<54>>,
    wave: Vec<Vec<DFF<Bit>>>,
    wait: Delay<54>,
}

impl EntryWave {
    /// For `columns` columns, a multiple of four.
    pub fn new(columns: usize) -> Self {
        let fours = columns / 4;
        Self {
            load_out: (0..fours).map(|_| many(5)).collect(),
            wave: (0..fours).map(|_| many(5)).collect(),
            wait: Delay::new(fours),
            ..Default::default()
        }
    }
}

impl Logic for EntryWave {
    wiring! { "ember_entry_wave: Brings a table entry to the columns, four of them a cycle, the last ones first: each column still has its old entry when the next one takes it." self => {
        let fours = self.wave.len();
        for i in 0..fours {
            for s in 0..5 {
                w!(wave[i][s].clock <= clock);
                if i + 1 == fours {
                    w!(wave[i][s].d <= load[s]);
                } else {
                    w!(wave[i][s].d <= wave[i + 1][s].q);
                }
                w!(load_out[i][s] <= wave[i][s].q);
            }
        }
        w!(wait.clock <= clock);
        w!(wait.value <= entry);
        w!(entry_out <= wait.delayed);
    }}
}
