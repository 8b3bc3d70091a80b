//! From the stream's width to the engine's 64 bits.

use crate::lang::axi::Words;
use crate::lang::prelude::*;

/// The lowest `tkeep` bit of every lane.
pub struct Lanes<const K: usize>;

impl<const K: usize> Value for Lanes<K> {
    const VALUE: u64 = 0x0101_0101_0101_0101 >> (64 - K);
}

/// Takes words of `W` bits, `K` = `W` / 8, and gives their 8-byte lanes one after the other, lowest first.
///
/// A lane whose lowest `tkeep` bit is 0 carries no beat; of the other bits none is looked at (transfers are whole beats). `tlast` does not matter: packets are framed by their headers, and the
/// driver sets it where it ends a chunk.
///
/// ```text
///   keep == 0                  nothing held: a word is taken
///   keep[0]                    the lane is offered; when it is taken, the next one follows and keep moves down by a lane
///   keep != 0, not keep[0]     the next lane
///   taken, and keep >> 8 == 0  the word ends: the next one is taken in the same cycle
/// ```
#[derive(LogicBlock, Default)]
pub struct Narrower<const W: usize, const K: usize> {
    /// The XDMA's clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous: drop what is held.
    pub reset: Signal<In, Bit>,
    /// From the XDMA; `tlast` is ignored.
    pub s: Words<Slave, W, K>,
    /// Eight bytes of a word; with `valid`, held until `ready`.
    pub beat: Signal<Out, Bits<64>>,
    /// `beat` is offered; stays until `ready`.
    pub valid: Signal<Out, Bit>,
    /// The beat is taken at the next edge, if there is one.
    pub ready: Signal<In, Bit>,
    data: DFF<Bits<W>>,
    keep: DFF<Bits<K>>,
    lane: DFF<Bits<3>>,
    shift: Signal<Local, Bits<9>>,
    offered: Signal<Local, Bits<W>>,
    load: Signal<Local, Bit>,
    rest: Signal<Local, Bits<K>>,
    step: Signal<Local, Bit>,
    free: Signal<Local, Bit>,
    unused: Signal<Local, Bit>,
    lanes: Fixed<K, Lanes<K>>,
}

impl<const W: usize, const K: usize> Logic for Narrower<W, K> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_narrower: From the stream's width to beats of 64 bits, lowest lane first; lanes without tkeep carry no beat.");
        dff_setup!(self, clock, data, keep, lane);
        comment!("the word stays where it is: moving it would take an enable for all of its bits in each cycle");
        self.shift.next = bit_cast::<9, 3>(self.lane.q.val()) << 6;
        self.offered.next = self.data.q.val() >> self.shift.val();
        self.beat.next = self.offered.val().get_bits::<64>(0);
        self.unused.next = self.s.tlast.val() | self.offered.val().any();
        self.valid.next = self.keep.q.val().get_bit(0);
        self.rest.next = self.keep.q.val() >> 8;
        self.step.next = !self.keep.q.val().get_bit(0) | self.ready.val();
        self.free.next = (self.keep.q.val() == 0) | (self.step.val() & (self.rest.val() == 0));
        self.s.tready.next = self.free.val() & !self.reset.val();
        self.load.next = self.free.val() & self.s.tvalid.val();
        if self.step.val() {
            self.lane.d.next = self.lane.q.val() + 1;
            if self.rest.val() == 0 {
                self.lane.d.next = 0.into();
            }
            self.keep.d.next = self.rest.val();
        }
        if self.load.val() {
            self.data.d.next = self.s.tdata.val();
            self.lane.d.next = 0.into();
            self.keep.d.next = self.s.tkeep.val() & self.lanes.val();
        }
        if self.reset.val() {
            self.keep.d.next = 0.into();
        }
    }
}
