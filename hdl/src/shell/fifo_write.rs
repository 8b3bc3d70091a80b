//! The writing side of an asynchronous FIFO.

use crate::lang::prelude::*;

/// The top two of `P` bits.
pub struct TopTwo<const P: usize>;

impl<const P: usize> Value for TopTwo<P> {
    const VALUE: u64 = 3 << (P - 2);
}

/// Counts what was written, in `P` bits for a memory of `2^(P - 1)` words, and hands the count to the reading
/// side as a Gray code from a register: one bit changes at a time.
///
/// Full is when the codes differ in their top two bits alone, which is a whole memory apart:
///
/// ```text
///   write count  0 1 1 0 0    code 0 1 0 1 0
///   read count   0 0 1 0 0    code 0 0 1 1 0    apart: 1 1 0 0
/// ```
///
/// The reader's code is late by its way through the synchroniser, and `full` is a register worked out for the count that
/// comes next: full is entered in time and left late, never a word too many.
#[derive(LogicBlock, Default)]
pub struct FifoWrite<const P: usize> {
    /// The writer's clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget everything; the reading side is reset in the same time.
    pub reset: Signal<In, Bit>,
    /// A word is on offer.
    pub valid: Signal<In, Bit>,
    /// There is room; with `valid` the word is written at the next edge.
    pub ready: Signal<Out, Bit>,
    /// The reading side's code, synchronised.
    pub read_gray: Signal<In, Bits<P>>,
    /// The memory writes `write_address` at the next edge.
    pub write_enable: Signal<Out, Bit>,
    /// With `write_enable`: the pointer.
    pub write_address: Signal<Out, Bits<P>>,
    /// Code of the words written, from a register.
    pub gray: Signal<Out, Bits<P>>,
    count: DFF<Bits<P>>,
    code: DFF<Bits<P>>,
    /// The code of the pointer after this one, bit 0 inverted: so it begins at 0 as all do.
    ahead: DFF<Bits<P>>,
    full: DFF<Bit>,
    next: Signal<Local, Bits<P>>,
    after: Signal<Local, Bits<P>>,
    ahead_code: Signal<Local, Bits<P>>,
    same: Signal<Local, Bit>,
    same_ahead: Signal<Local, Bit>,
    room: Signal<Local, Bit>,
    top_two: Fixed<P, TopTwo<P>>,
}

impl<const P: usize> Logic for FifoWrite<P> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_fifo_write: The writing side of an asynchronous FIFO, with its pointer as a Gray code.");
        dff_setup!(self, clock, count, code, ahead, full);
        self.room.next = !self.full.q.val() & !self.reset.val();
        self.ready.next = self.room.val();
        self.write_enable.next = self.room.val() & self.valid.val();
        self.write_address.next = self.count.q.val();
        self.gray.next = self.code.q.val();
        self.next.next = self.count.q.val() + 1;
        self.after.next = self.count.q.val() + 2;
        self.ahead_code.next = self.ahead.q.val() ^ 1;
        comment!("both codes are compared while it is decided which counts");
        self.same.next = self.code.q.val() == (self.read_gray.val() ^ self.top_two.val());
        self.same_ahead.next = self.ahead_code.val() == (self.read_gray.val() ^ self.top_two.val());
        self.full.d.next = self.same.val();
        if self.room.val() & self.valid.val() {
            self.count.d.next = self.next.val();
            self.code.d.next = self.ahead_code.val();
            self.ahead.d.next = self.after.val() ^ (self.after.val() >> 1) ^ 1;
            self.full.d.next = self.same_ahead.val();
        }
        if self.reset.val() {
            self.count.d.next = 0.into();
            self.code.d.next = 0.into();
            self.ahead.d.next = 0.into();
            self.full.d.next = false;
        }
    }
}
