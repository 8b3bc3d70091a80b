//! Copies of what steers the classifier's sums.

use super::delay::Delay;
use crate::lang::copies::{levels, Copies};
use crate::lang::prelude::*;

/// From `PoolControl` to the sums: the pixel comes five cycles later, of which the copies' tree takes as many as it has levels.
#[derive(LogicBlock)]
pub struct SumSteer {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: the layer is the classifier.
    pub is_classifier: Signal<In, Bit>,
    /// Pulse: start of a layer.
    pub start: Signal<In, Bit>,
    /// An output pixel will be in the quads in five cycles.
    pub close: Signal<In, Bit>,
    /// With `close`: the last one of its block of channels.
    pub close_end: Signal<In, Bit>,
    /// Five cycles later: add the pixel.
    pub add: Vec<Signal<Out, Bit>>,
    /// Five cycles later: it is the map's last.
    pub map_end: Vec<Signal<Out, Bit>>,
    /// Five cycles after `start`, and with `map_end`: sums begin anew.
    pub clear: Vec<Signal<Out, Bit>>,
    delay: Delay<3>,
    tree: Copies<3>,
    ends: Signal<Local, Bit>,
}

/// Cycles from `close` to the sums.
const CYCLES: usize = 5;

impl SumSteer {
    /// At most sixteen copies: a tree of four levels.
    pub fn new(copies: usize) -> Self {
        Self {
            clock: Default::default(),
            is_classifier: Default::default(),
            start: Default::default(),
            close: Default::default(),
            close_end: Default::default(),
            add: many(copies),
            map_end: many(copies),
            clear: many(copies),
            delay: Delay::new(CYCLES - levels(copies)),
            tree: Copies::new(copies),
            ends: Default::default(),
        }
    }
}

impl Default for SumSteer {
    fn default() -> Self {
        Self::new(4)
    }
}

impl Logic for SumSteer {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_sum_steer: Copies of what steers the classifier's sums, five cycles later.");
        self.delay.clock.next = self.clock.val();
        self.tree.clock.next = self.clock.val();
        self.ends.next = self.close_end.val() & self.is_classifier.val();
        self.delay.value.next = bit_cast::<3, 1>((self.close.val() & self.is_classifier.val()).into())
            | (bit_cast::<3, 1>(self.ends.val().into()) << 1)
            | (bit_cast::<3, 1>((self.ends.val() | self.start.val()).into()) << 2);
        self.tree.value.next = self.delay.delayed.val();
        for i in 0..self.add.len() {
            self.add[i].next = self.tree.copy[i].val().get_bit(0);
            self.map_end[i].next = self.tree.copy[i].val().get_bit(1);
            self.clear[i].next = self.tree.copy[i].val().get_bit(2);
        }
    }
}
