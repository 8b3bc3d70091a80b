//! A FIFO of eight beats in registers.

use crate::lang::prelude::*;

/// Eight words of 64 bits, first word visible without asking.
///
/// A word enters at slot 0 and pushes the older ones on; `fill` has one bit set, at the slot of the
/// oldest word, or none when empty:
///
/// ```text
///  push_data --> [0] --> [1] --> ... --> [7]
///                 |       |               |
///                 +-------+--- fill ------+--> head
/// ```
///
/// Whoever pushes knows that there is room (the sender keeps credits): there is no `full`.
#[derive(LogicBlock, Default)]
pub struct ShortFifo {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: empty it.
    pub reset: Signal<In, Bit>,
    /// Take `push_data`; not while eight words are inside, unless `pop` is high too.
    pub push: Signal<In, Bit>,
    /// With `push`: the word.
    pub push_data: Signal<In, Bits<64>>,
    /// Drop `head`; only while `available`.
    pub pop: Signal<In, Bit>,
    /// The oldest word, from the cycle after its push; meaningful while `available`.
    pub head: Signal<Out, Bits<64>>,
    /// Not empty.
    pub available: Signal<Out, Bit>,
    slot: [DFF<Bits<64>>; 8],
    fill: DFF<Bits<8>>,
}

impl Logic for ShortFifo {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_short_fifo: Eight words of 64 bits in registers, first word visible without asking.");
        dff_setup!(self, clock, fill);
        for i in 0..8 {
            self.slot[i].clock.next = self.clock.val();
            self.slot[i].d.next = self.slot[i].q.val();
        }
        if self.push.val() {
            self.slot[0].d.next = self.push_data.val();
            for i in 1..8 {
                self.slot[i].d.next = self.slot[i - 1].q.val();
            }
        }
        self.head.next = self.slot[0].q.val();
        for i in 1..8 {
            if self.fill.q.val().get_bit(i) {
                self.head.next = self.slot[i].q.val();
            }
        }
        self.available.next = self.fill.q.val() != 0;
        if self.push.val() & !self.pop.val() {
            self.fill.d.next = self.fill.q.val() << 1;
            if self.fill.q.val() == 0 {
                self.fill.d.next = 1.into();
            }
        } else if self.pop.val() & !self.push.val() {
            self.fill.d.next = self.fill.q.val() >> 1;
        }
        if self.reset.val() {
            self.fill.d.next = 0.into();
        }
    }
}
