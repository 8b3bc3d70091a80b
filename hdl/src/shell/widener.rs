//! From the engine's 64 bits to the stream's width.

use crate::lang::axi::Words;
use crate::lang::prelude::*;

/// `tkeep` of a whole word.
pub struct All<const K: usize>;

impl<const K: usize> Value for All<K> {
    const VALUE: u64 = u64::MAX >> (64 - K);
}

/// Collects beats into words of `W` bits, `K` = `W` / 8, lowest lane first. A packet's last beat ends its word: `tkeep`
/// covers the lanes filled, the others are 0, and `tlast` is set.
///
/// ```text
///   word filling (not whole)  --lane filled, more to come-->  word filling
///                             --last lane, or last beat-->    whole: offered until m_tready
///   whole, taken              --a beat in the same cycle-->   lane 0 of the next word
/// ```
///
/// The input carries `last` in bit 64. Outputs come from registers; a beat a cycle passes.
#[derive(LogicBlock, Default)]
pub struct Widener<const W: usize, const K: usize> {
    /// The XDMA's clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous: drop what is held.
    pub reset: Signal<In, Bit>,
    /// 63:0 data, 64 the packet's last beat; with `valid`, held until `ready`.
    pub beat: Signal<In, Bits<65>>,
    /// `beat` is offered; stays until `ready`.
    pub valid: Signal<In, Bit>,
    /// The beat is taken at the next edge, if there is one.
    pub ready: Signal<Out, Bit>,
    /// To the XDMA; from registers.
    pub m: Words<Master, W, K>,
    data: DFF<Bits<W>>,
    keep: DFF<Bits<K>>,
    last: DFF<Bit>,
    whole: DFF<Bit>,
    lane: DFF<Bits<3>>,
    free: Signal<Local, Bit>,
    beat_data: Signal<Local, Bits<64>>,
    shift: Signal<Local, Bits<9>>,
    held: Signal<Local, Bits<W>>,
    held_keep: Signal<Local, Bits<K>>,
    next_keep: Signal<Local, Bits<K>>,
    all: Fixed<K, All<K>>,
}

impl<const W: usize, const K: usize> Logic for Widener<W, K> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_widener: From beats of 64 bits to the stream's width, lowest lane first; a packet's last beat ends its word.");
        dff_setup!(self, clock, data, keep, last, whole, lane);
        self.m.tdata.next = self.data.q.val();
        self.m.tkeep.next = self.keep.q.val();
        self.m.tlast.next = self.last.q.val();
        self.m.tvalid.next = self.whole.q.val();
        self.free.next = !self.whole.q.val() | self.m.tready.val();
        self.ready.next = self.free.val() & !self.reset.val();
        self.beat_data.next = self.beat.val().get_bits::<64>(0);
        self.shift.next = bit_cast::<9, 3>(self.lane.q.val()) << 6;
        comment!("what the beat joins: nothing, if the word leaves now");
        self.held.next = self.data.q.val();
        self.held_keep.next = self.keep.q.val();
        if self.whole.q.val() {
            self.held.next = 0.into();
            self.held_keep.next = 0.into();
        }
        self.next_keep.next = (self.held_keep.val() << 8) | 255;
        if self.free.val() {
            self.whole.d.next = false;
            self.data.d.next = self.held.val();
            self.keep.d.next = self.held_keep.val();
            if self.valid.val() {
                self.data.d.next = self.held.val() | (bit_cast::<W, 64>(self.beat_data.val()) << self.shift.val());
                self.keep.d.next = self.next_keep.val();
                self.last.d.next = self.beat.val().get_bit(64);
                self.lane.d.next = self.lane.q.val() + 1;
                if self.beat.val().get_bit(64) | (self.next_keep.val() == self.all.val()) {
                    self.whole.d.next = true;
                    self.lane.d.next = 0.into();
                }
            }
        }
        if self.reset.val() {
            self.whole.d.next = false;
            self.lane.d.next = 0.into();
            self.data.d.next = 0.into();
            self.keep.d.next = 0.into();
        }
    }
}
