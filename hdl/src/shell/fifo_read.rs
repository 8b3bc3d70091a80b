//! The reading side of an asynchronous FIFO.

use crate::lang::prelude::*;

/// Fetches words as soon as they are there into the memory's read register and offers them: the first word is
/// visible without asking, and a word a cycle passes through.
///
/// ```text
///   not some              nothing to fetch
///   holding, not ready    the register is taken: wait
///   else                  fetch: the register has the word at the next edge, and the count goes on
/// ```
///
/// `some` is a register worked out for the count that comes next: empty is entered in time and left late.
///
/// The count of words fetched goes back to the writing side as a Gray code from a register.
#[derive(LogicBlock, Default)]
pub struct FifoRead<const P: usize> {
    /// The reader's clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget everything; the writing side is reset in the same time.
    pub reset: Signal<In, Bit>,
    /// The writing side's code, synchronised.
    pub write_gray: Signal<In, Bits<P>>,
    /// The memory's read register holds a word.
    pub valid: Signal<Out, Bit>,
    /// The word is taken at the next edge.
    pub ready: Signal<In, Bit>,
    /// The memory reads `read_address` at the next edge.
    pub read_enable: Signal<Out, Bit>,
    /// With `read_enable`: the pointer.
    pub read_address: Signal<Out, Bits<P>>,
    /// Code of the words fetched, from a register.
    pub gray: Signal<Out, Bits<P>>,
    count: DFF<Bits<P>>,
    code: DFF<Bits<P>>,
    /// The code of the pointer after this one, bit 0 inverted: so it begins at 0 as all do.
    ahead: DFF<Bits<P>>,
    holding: DFF<Bit>,
    some: DFF<Bit>,
    next: Signal<Local, Bits<P>>,
    after: Signal<Local, Bits<P>>,
    ahead_code: Signal<Local, Bits<P>>,
    same: Signal<Local, Bit>,
    same_ahead: Signal<Local, Bit>,
    fetch: Signal<Local, Bit>,
}

impl<const P: usize> Logic for FifoRead<P> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_fifo_read: The reading side of an asynchronous FIFO, with its pointer as a Gray code; the first word is visible without asking.");
        dff_setup!(self, clock, count, code, ahead, holding, some);
        self.fetch.next = self.some.q.val() & (!self.holding.q.val() | self.ready.val()) & !self.reset.val();
        self.read_enable.next = self.fetch.val();
        self.read_address.next = self.count.q.val();
        self.gray.next = self.code.q.val();
        self.valid.next = self.holding.q.val();
        self.next.next = self.count.q.val() + 1;
        self.after.next = self.count.q.val() + 2;
        self.ahead_code.next = self.ahead.q.val() ^ 1;
        comment!("both codes are compared while it is decided which counts");
        self.same.next = self.code.q.val() == self.write_gray.val();
        self.same_ahead.next = self.ahead_code.val() == self.write_gray.val();
        self.some.d.next = !self.same.val();
        if self.ready.val() {
            self.holding.d.next = false;
        }
        if self.fetch.val() {
            self.holding.d.next = true;
            self.count.d.next = self.next.val();
            self.code.d.next = self.ahead_code.val();
            self.ahead.d.next = self.after.val() ^ (self.after.val() >> 1) ^ 1;
            self.some.d.next = !self.same_ahead.val();
        }
        if self.reset.val() {
            self.holding.d.next = false;
            self.count.d.next = 0.into();
            self.code.d.next = 0.into();
            self.ahead.d.next = 0.into();
            self.some.d.next = false;
        }
    }
}
