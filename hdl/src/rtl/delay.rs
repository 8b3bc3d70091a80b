//! A fixed delay.

use crate::lang::prelude::*;

/// `W` bits, `depth` cycles later.
#[derive(LogicBlock, Default)]
pub struct Delay<const W: usize> {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// What to delay; any value in any cycle.
    pub value: Signal<In, Bits<W>>,
    /// `value` of `depth` cycles ago.
    pub delayed: Signal<Out, Bits<W>>,
    stage: Vec<DFF<Bits<W>>>,
}

impl<const W: usize> Delay<W> {
    /// A delay of `depth` cycles, at least 1.
    pub fn new(depth: usize) -> Self {
        Self { stage: many(depth.max(1)), ..Default::default() }
    }
}

impl<const W: usize> Logic for Delay<W> {
    wiring! { "ember_delay: A fixed delay." self => {
        let depth = self.stage.len();
        for i in 0..depth {
            w!(stage[i].clock <= clock);
            if i == 0 {
                w!(stage[i].d <= value);
            } else {
                w!(stage[i].d <= stage[i - 1].q);
            }
        }
        w!(delayed <= stage[depth - 1].q);
    }}
}
