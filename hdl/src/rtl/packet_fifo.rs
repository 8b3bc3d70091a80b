//! Beats on their way out, and the rules of AXI4-Stream at the port.

use crate::lang::axi::Packets;
use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// A FIFO of 32 beats in front of an AXI4-Stream port whose signals are registers.
///
/// ```text
///  put --> memory (32) --> word --> [buffer] --> beat --> m_axis
///                            |                    ^
///                            +--------------------+
/// ```
///
/// `m_axis_tready` reaches the enables of `beat` and of what says that it and `buffer` are full, nothing else: the memory's word
/// leaves when `buffer` is empty, and goes there if `beat` can not take it. A beat is offered three cycles after its `put`, and
/// one leaves every cycle.
///
/// Whoever puts knows that there is room: he counts `taken`, there is no `full`.
///
/// A reset drops what is inside, but a beat that is offered stays offered, and a packet of which beats were offered is closed
/// by a zero beat with `m_axis_tlast`:
///
/// ```text
///   open --reset--> closing --beat free--> zero beat in beat, closed
/// ```
///
/// Memory: 32 words of 66 bits in LUT RAM, a beat, whether it is the packet's last and the job's last; so deep because trace
/// beats come up to 15 cycles after they were asked for, and each needs a place from then until its place is known to be free.
#[derive(LogicBlock, Default)]
pub struct PacketFifo {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: drop what is inside and close an open packet.
    pub reset: Signal<In, Bit>,
    /// Synchronous, with or without `reset`: drop everything; `m_axis_tvalid` is low at once. From a register.
    pub hard_reset: Signal<In, Bit>,
    /// Take `put_data`; not while 32 beats are inside.
    pub put: Signal<In, Bit>,
    /// With `put`: the beat.
    pub put_data: Signal<In, Bits<64>>,
    /// With `put`: it is the packet's last.
    pub put_last: Signal<In, Bit>,
    /// With `put`: it is the last of all that was asked for.
    pub put_final: Signal<In, Bit>,
    /// A beat left the memory in the cycle before: there is room for another.
    pub taken: Signal<Out, Bit>,
    /// Pulse: a beat with `put_final` was accepted in the cycle before.
    pub finished: Signal<Out, Bit>,
    /// The port; from registers, `tvalid` behind a gate with `hard_reset`.
    pub m_axis: Packets<Master>,
    write: DFF<Bits<5>>,
    read: DFF<Bits<5>>,
    /// The address after `read`, bit 0 inverted: so it begins at 0 as all do.
    ahead: DFF<Bits<5>>,
    count: DFF<Bits<6>>,
    held: DFF<Bit>,
    left: DFF<Bit>,
    buffer: DFF<Bits<66>>,
    buffered: DFF<Bit>,
    data: DFF<Bits<64>>,
    last: DFF<Bit>,
    ends: DFF<Bit>,
    valid: DFF<Bit>,
    open: DFF<Bit>,
    closing: DFF<Bit>,
    done: DFF<Bit>,
    /// Beats that wait. Depth 32, in LUT RAM: what a trace has under way.
    memory: Ram<66>,
    following: Signal<Local, Bits<5>>,
    address: Signal<Local, Bits<5>>,
    count_step: Signal<Local, Bits<6>>,
    take: Signal<Local, Bit>,
    free: Signal<Local, Bit>,
    load: Signal<Local, Bit>,
    chosen: Signal<Local, Bits<66>>,
}

impl PacketFifo {
    /// Beats that it holds at least.
    pub const DEPTH: usize = 32;

    /// The FIFO, empty.
    pub fn new() -> Self {
        Self { memory: Ram::new(Self::DEPTH).in_style(MemoryStyle::Distributed), ..Default::default() }
    }
}

impl Logic for PacketFifo {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_packet_fifo: 32 beats in LUT RAM in front of an AXI4-Stream port of registers; a reset closes an open packet.");
        dff_setup!(self, clock, write, read, ahead, count, held, left, buffer, buffered, data, last, ends, valid, open, closing, done);

        self.m_axis.tdata.next = self.data.q.val();
        self.m_axis.tvalid.next = self.valid.q.val() & !self.hard_reset.val();
        self.m_axis.tlast.next = self.last.q.val();
        self.taken.next = self.left.q.val();
        self.finished.next = self.done.q.val();

        comment!("the memory's word is taken when the buffer is empty; the next one is read in the same cycle");
        self.take.next = self.held.q.val() & !self.buffered.q.val();
        self.left.d.next = self.take.val();
        self.following.next = self.ahead.q.val() ^ 1;
        self.address.next = self.read.q.val();
        self.held.d.next = self.count.q.val() != 0;
        if self.take.val() {
            self.address.next = self.following.val();
            self.ahead.d.next = (self.following.val() + 1) ^ 1;
            self.held.d.next = self.count.q.val().get_bits::<5>(1) != 0;
        }
        self.read.d.next = self.address.val();
        self.memory.clock.next = self.clock.val();
        self.memory.write_enable.next = self.put.val();
        self.memory.write_address.next = bit_cast::<20, 5>(self.write.q.val());
        self.memory.write_data.next = bit_cast::<66, 64>(self.put_data.val())
            | (bit_cast::<66, 1>(self.put_last.val().into()) << 64)
            | (bit_cast::<66, 1>(self.put_final.val().into()) << 65);
        self.memory.read_address.next = bit_cast::<20, 5>(self.address.val());

        comment!("words in the memory, the one that is read too");
        if self.put.val() {
            self.write.d.next = self.write.q.val() + 1;
        }
        self.count_step.next = 1.into();
        if self.take.val() {
            self.count_step.next = 63.into();
        }
        if self.put.val() != self.take.val() {
            self.count.d.next = self.count.q.val() + self.count_step.val();
        }

        comment!("the port's register takes a beat when it is empty or leaves: the zero that closes a packet, the buffer, the word");
        self.free.next = !self.valid.q.val() | self.m_axis.tready.val();
        self.load.next = self.closing.q.val() | ((self.buffered.q.val() | self.held.q.val()) & !self.reset.val());
        self.chosen.next = self.memory.read_data.val();
        if self.buffered.q.val() {
            self.chosen.next = self.buffer.q.val();
        } else {
            self.buffer.d.next = self.memory.read_data.val();
        }
        self.buffered.d.next = self.buffered.q.val() | self.held.q.val();
        if self.free.val() {
            self.valid.d.next = self.load.val();
            self.data.d.next = self.chosen.val().get_bits::<64>(0);
            self.last.d.next = self.chosen.val().get_bit(64);
            self.ends.d.next = self.chosen.val().get_bit(65) & !self.closing.q.val();
            if self.closing.q.val() {
                self.data.d.next = 0.into();
                self.last.d.next = true;
            } else {
                self.buffered.d.next = false;
            }
            if self.load.val() {
                self.open.d.next = !self.chosen.val().get_bit(64) & !self.closing.q.val();
            }
            self.closing.d.next = false;
        }
        self.done.d.next = self.valid.q.val() & self.ends.q.val() & self.m_axis.tready.val();

        if self.reset.val() | self.hard_reset.val() {
            self.write.d.next = 0.into();
            self.read.d.next = 0.into();
            self.ahead.d.next = 0.into();
            self.count.d.next = 0.into();
            self.held.d.next = false;
            self.left.d.next = false;
            self.buffered.d.next = false;
            self.ends.d.next = false;
            self.done.d.next = false;
            if !self.closing.q.val() {
                self.closing.d.next = self.open.q.val();
            }
        }
        if self.hard_reset.val() {
            self.valid.d.next = false;
            self.open.d.next = false;
            self.closing.d.next = false;
        }
    }
}
