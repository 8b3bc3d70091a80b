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
///   keep[0]                    lane 0 is offered; when it is taken, data and keep move down a lane
///   keep != 0, not keep[0]     move down a lane
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
        dff_setup!(self, clock, data, keep);
        self.unused.next = self.s.tlast.val();
        self.beat.next = self.data.q.val().get_bits::<64>(0);
        self.valid.next = self.keep.q.val().get_bit(0);
        self.rest.next = self.keep.q.val() >> 8;
        self.step.next = !self.keep.q.val().get_bit(0) | self.ready.val();
        self.free.next = (self.keep.q.val() == 0) | (self.step.val() & (self.rest.val() == 0));
        self.s.tready.next = self.free.val() & !self.reset.val();
        if self.step.val() {
            comment!("in two steps, because a word of one lane has no shift by 64");
            self.data.d.next = (self.data.q.val() >> 32) >> 32;
            self.keep.d.next = self.rest.val();
        }
        if self.free.val() & self.s.tvalid.val() {
            self.data.d.next = self.s.tdata.val();
            self.keep.d.next = self.s.tkeep.val() & self.lanes.val();
        }
        if self.reset.val() {
            self.keep.d.next = 0.into();
        }
    }
}
