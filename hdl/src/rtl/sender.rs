//! Result and trace packets out of the engine.

use crate::lang::axi::Packets;
use crate::lang::prelude::*;
use crate::rtl::packet_fifo::PacketFifo;
use crate::rtl::result_crc::ResultCrc;
use crate::target::MemoryStyle;
use contract::interface::{HEADER_OUT_BEATS, OUT_RESULT, OUT_TRACE, STREAM_OUT_MAGIC, TRACE_ROWS};

/// Classes of the largest result.
const MOST_CLASSES: usize = 1024;
/// Rows of a trace packet, as a power of two.
const ROWS_SHIFT: usize = TRACE_ROWS.trailing_zeros() as usize;
// the packet's rows are the low bits of what is left, its beats are multiplied in five steps
const _: () = assert!(TRACE_ROWS == 1 << ROWS_SHIFT && ROWS_SHIFT == 4);

/// Bits 31:0 of a packet's first beat.
const fn header(kind: u8) -> u64 {
    (kind as u64) << 16 | STREAM_OUT_MAGIC as u64
}

/// What is being put into the FIFO.
///
/// ```text
///          result or trace asked for
///   Idle ----------------------------> Prepare --> Header (4 beats)
///    ^                                  ^           |
///    |                                  |           +-- trace ----> Rows -------+
///    |                                  |           +-- result ---> Sums -------+
///    |                                  |           +-- no class -------------> Drain
///    |                                  +------------- more trace --------------+ |
///    |                                                                            |
///    +-- last beat accepted -- End <-- Trailer <-- result ------------------------+
///                               ^                                                 |
///                               +----- last of the trace -------------------------+
/// ```
///
/// A reset leads to Idle from everywhere; the FIFO closes the packet that was open.
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
enum State {
    /// Nothing is asked for.
    Idle,
    /// Works out the length of the next packet, in seven cycles.
    Prepare,
    /// Puts the four beats of the header.
    Header,
    /// Reads a sum a cycle; three beats for each eight.
    Sums,
    /// Asks for a trace beat a cycle.
    Rows,
    /// What was read or asked for is under way.
    Drain,
    /// Puts the beat with the CRC.
    Trailer,
    /// Waits until the last beat is accepted.
    End,
}

/// AXI4-Stream master that holds the class sums and sends the packets of [`contract::packet`].
///
/// Memories: the sums, 1024 words of 24 bits, one a class (the most that one packet of 4096 bytes
/// holds, with its header), and the beats of `ember_packet_fifo`.
///
/// ```text
///  cycle    0         1        2         3                4             5
///  header  [step] -> pick --> head ---> put ----------> memory of the FIFO
///  sums    [index] ------- sum ------> last four ----> put ----------> memory
///                                       '--> CRC
///  trace   [row, beat] ---- latency ---------> data --> put ---------> memory
/// ```
///
/// Nothing on these ways waits. Header, sums and trace beats are begun only while `room` is high: fewer than 30 of the FIFO's 32
/// places were promised three cycles before. So back-pressure loses no beat, with traces of up to 15 cycles of latency, and one
/// beat a cycle flows.
///
/// The beats of a packet are worked out by shifting and adding, rows times beats a row or three times groups of eight sums.
/// A result's sums are read one a cycle; the newest four lie side by side, and with the third, sixth and eighth sum of a group 64 bits
/// of them are a beat. `ember_result_crc` takes each sum; the trailer carries the CRC-32 of the payload and the sequence number
/// again. A trace takes one packet after another of up to sixteen rows. When both are asked for, the trace goes first.
#[derive(LogicBlock, Default)]
pub struct Sender {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: give up what is being sent. A beat that is offered stays offered, and a packet of
    /// which beats were offered is closed by a zero beat with `m_axis_tlast`, during the reset if the
    /// receiver is ready; it sees that the packet is shorter than its header says.
    pub reset: Signal<In, Bit>,
    /// Synchronous, with or without `reset`, from a register: drop everything; `m_axis_tvalid` is low at once.
    pub hard_reset: Signal<In, Bit>,
    /// Packets out of the engine; from registers, `tvalid` behind a gate with `hard_reset`.
    pub m_axis: Packets<Master>,
    /// Write `sum_data` as the sum of class `sum_address`; not while `result_busy`.
    pub sum_write: Signal<In, Bit>,
    /// With `sum_write`: class, below 1024.
    pub sum_address: Signal<In, Bits<10>>,
    /// With `sum_write`: its sum over the map.
    pub sum_data: Signal<In, Bits<24>>,
    /// Pulse: send the sums. Not while `result_busy`.
    pub result_start: Signal<In, Bit>,
    /// From the cycle after `result_start` until two cycles after the packet's last beat was accepted.
    pub result_busy: Signal<Out, Bit>,
    /// Pulse: a result packet's last beat was accepted two cycles before.
    pub result_sent: Signal<Out, Bit>,
    /// Sequence number of the frame; taken with `result_start` and with `trace_start`.
    pub frame_sequence: Signal<In, Bits<32>>,
    /// Cycles of the frame so far; taken with `result_start` and with `trace_start`.
    pub frame_cycles: Signal<In, Bits<32>>,
    /// Classes, at most 1024 (more are cut to that); taken with `result_start`.
    pub classes: Signal<In, Bits<16>>,
    /// Hash of the program; taken with `result_start` and with `trace_start`.
    pub program_hash: Signal<In, Bits<64>>,
    /// Pulse: send memory rows. Not while `trace_busy`; the four inputs below are taken with it.
    pub trace_start: Signal<In, Bit>,
    /// Layer index for the header.
    pub trace_layer: Signal<In, Bits<8>>,
    /// First memory row.
    pub trace_first: Signal<In, Bits<20>>,
    /// Rows, at least 1.
    pub trace_rows: Signal<In, Bits<20>>,
    /// Beats a row: 1 to 16.
    pub trace_beats: Signal<In, Bits<5>>,
    /// From the cycle after `trace_start` until two cycles after the last packet's last beat was accepted: at least ten cycles
    /// before the first row is asked for.
    pub trace_busy: Signal<Out, Bit>,
    /// Memory row to read.
    pub trace_row: Signal<Out, Bits<20>>,
    /// Beat of that row.
    pub trace_beat: Signal<Out, Bits<4>>,
    /// The beat of `trace_row` and `trace_beat` of as many cycles before as [`Sender::new`] was told.
    pub trace_data: Signal<In, Bits<64>>,
    state: DFF<State>,
    step: DFF<Bits<4>>,
    tracing: DFF<Bit>,
    sent: DFF<Bit>,
    result_active: DFF<Bit>,
    result_sequence: DFF<Bits<32>>,
    result_cycles: DFF<Bits<32>>,
    result_hash: DFF<Bits<64>>,
    class_count: DFF<Bits<11>>,
    groups: DFF<Bits<8>>,
    trace_active: DFF<Bit>,
    trace_sequence: DFF<Bits<32>>,
    trace_cycles: DFF<Bits<32>>,
    trace_hash: DFF<Bits<64>>,
    layer: DFF<Bits<8>>,
    rows_left: DFF<Bits<20>>,
    beats: DFF<Bits<5>>,
    last_beat: DFF<Bits<4>>,
    more: DFF<Bit>,
    another: DFF<Bit>,
    factor: DFF<Bits<5>>,
    term: DFF<Bits<9>>,
    product: DFF<Bits<9>>,
    index: DFF<Bits<10>>,
    groups_left: DFF<Bits<8>>,
    last_group: DFF<Bit>,
    no_group: DFF<Bit>,
    reading: DFF<Bits<3>>,
    in_range: DFF<Bits<2>>,
    place_1: DFF<Bits<2>>,
    place_2: DFF<Bits<2>>,
    place_3: DFF<Bits<2>>,
    newest: DFF<Bits<96>>,
    crc: DFF<Bits<32>>,
    first_row: DFF<Bits<20>>,
    row: DFF<Bits<20>>,
    beat: DFF<Bits<4>>,
    rows: DFF<Bits<5>>,
    flight: DFF<Bits<16>>,
    flight_last: DFF<Bits<16>>,
    ends: DFF<Bit>,
    header_ends: DFF<Bit>,
    /// The sum that is read next is the last group's last one.
    sums_end: DFF<Bit>,
    /// The beat that is asked for next is its row's last one, its row the packet's last one.
    row_ends: DFF<Bit>,
    rows_end: DFF<Bit>,
    /// A row has one beat; its last beat but one.
    one_beat: DFF<Bit>,
    beat_before: DFF<Bits<4>>,
    asking: DFF<Bit>,
    pick: DFF<Bits<3>>,
    pick_put: DFF<Bit>,
    head: DFF<Bits<64>>,
    head_put: DFF<Bit>,
    head_last: DFF<Bit>,
    put: DFF<Bit>,
    put_data: DFF<Bits<64>>,
    put_last: DFF<Bit>,
    put_final: DFF<Bit>,
    promised: DFF<Bit>,
    used: DFF<Bits<6>>,
    room: DFF<Bit>,
    /// Sums of a frame, one a class. Depth 1024: the most classes whose packet has no more than 4096 bytes.
    sums: Ram<24>,
    /// Beats on their way to the port.
    fifo: PacketFifo,
    crc_step: ResultCrc,
    class_limit: Signal<Local, Bits<11>>,
    packet_rows: Signal<Local, Bits<5>>,
    payload: Signal<Local, Bits<12>>,
    promise: Signal<Local, Bit>,
    read: Signal<Local, Bit>,
    place: Signal<Local, Bits<2>>,
    sum: Signal<Local, Bits<24>>,
    ask: Signal<Local, Bit>,
    arrived: Signal<Local, Bit>,
    /// First beat of a packet: magic and kind.
    result_header: Named<64, { header(OUT_RESULT) }>,
    trace_header: Named<64, { header(OUT_TRACE) }>,
    /// The header's last step but one.
    before_last_header: Named<2, { HEADER_OUT_BEATS as u64 - 2 }>,
    /// Most classes of a result, most rows of a trace packet.
    most_classes: Named<11, { MOST_CLASSES as u64 }>,
    most_rows: Named<5, { TRACE_ROWS as u64 }>,
    /// Step of Prepare before the product is complete: five bits of a factor after the first.
    last_prepare: Named<4, 5>,
    /// Places of the FIFO that may be promised, but for those that `room` does not know of yet.
    places: Named<6, { PacketFifo::DEPTH as u64 - 2 }>,
    /// Bit of `flight` with which a trace beat arrives.
    arrival: Number<Bits<4>>,
    /// Last but one step of Drain: everything has been put, or is put before what follows can be.
    last_drain: Number<Bits<4>>,
}

impl Sender {
    /// The sender; its sums take the depth of the interface's largest result, trace beats come `trace_latency` cycles after
    /// their row and beat, 1 to 15.
    pub fn new(trace_latency: usize) -> Self {
        assert!((1..16).contains(&trace_latency), "trace beats come after {trace_latency} cycles; 1 to 15 can be");
        let number = |cycles: usize| Number::new((cycles as u64).into());
        Self {
            sums: Ram::registered(MOST_CLASSES),
            fifo: PacketFifo::new(),
            crc_step: ResultCrc::new(),
            arrival: number(trace_latency - 1),
            last_drain: number(trace_latency.max(4) - 2),
            ..Default::default()
        }
    }

    /// With its memory in `style`.
    pub fn in_style(mut self, style: MemoryStyle) -> Self {
        self.sums = self.sums.in_style(style);
        self
    }
}

impl Logic for Sender {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_sender: Holds the class sums and sends result and trace packets: four header beats, then the sums packed by eight into three beats and a CRC-32, or memory rows.");
        dff_setup!(self, clock, state, step, tracing, sent, result_active, result_sequence, result_cycles, result_hash, class_count);
        dff_setup!(self, clock, groups, trace_active, trace_sequence, trace_cycles, trace_hash, layer, rows_left, beats, last_beat);
        dff_setup!(self, clock, more, another, factor, term, product, index, groups_left, last_group, reading, in_range, place_1);
        dff_setup!(self, clock, place_2, place_3, newest, crc, first_row, row, beat, rows, flight, flight_last, head, head_put);
        dff_setup!(self, clock, sums_end, row_ends, rows_end, one_beat, beat_before);
        dff_setup!(self, clock, ends, header_ends, asking, no_group, pick, pick_put);
        dff_setup!(self, clock, head_last, put, put_data, put_last, put_final, promised, used, room);

        self.fifo.clock.next = self.clock.val();
        self.fifo.reset.next = self.reset.val();
        self.fifo.hard_reset.next = self.hard_reset.val();
        self.fifo.put.next = self.put.q.val();
        self.fifo.put_data.next = self.put_data.q.val();
        self.fifo.put_last.next = self.put_last.q.val();
        self.fifo.put_final.next = self.put_final.q.val();
        self.fifo.m_axis.tready.next = self.m_axis.tready.val();
        self.m_axis.tdata.next = self.fifo.m_axis.tdata.val();
        self.m_axis.tvalid.next = self.fifo.m_axis.tvalid.val();
        self.m_axis.tlast.next = self.fifo.m_axis.tlast.val();
        self.result_busy.next = self.result_active.q.val();
        self.trace_busy.next = self.trace_active.q.val();
        self.result_sent.next = self.sent.q.val();
        self.trace_row.next = self.row.q.val();
        self.trace_beat.next = self.beat.q.val();

        comment!("the result memory: written by the array, read class after class, two cycles");
        self.sums.clock.next = self.clock.val();
        self.sums.write_enable.next = self.sum_write.val();
        self.sums.write_address.next = bit_cast::<20, 10>(self.sum_address.val());
        self.sums.write_data.next = self.sum_data.val();
        self.sums.read_address.next = bit_cast::<20, 10>(self.index.q.val());
        self.sum.next = 0.into();
        if self.in_range.q.val().get_bit(1) {
            self.sum.next = self.sums.read_data.val();
        }

        comment!("places of the FIFO: fewer are known to be free than are");
        self.promised.d.next = self.promise.val();
        if self.promised.q.val() & !self.fifo.taken.val() {
            self.used.d.next = self.used.q.val() + 1;
        } else if self.fifo.taken.val() & !self.promised.q.val() {
            self.used.d.next = self.used.q.val() - 1;
        }
        self.room.d.next = self.used.q.val() < self.places.val();

        comment!("what the next packet depends on, a cycle ahead");
        self.class_limit.next = bit_cast::<11, 10>(self.classes.val().get_bits::<10>(0));
        if self.classes.val().get_bits::<6>(10) != 0 {
            self.class_limit.next = self.most_classes.val();
        }
        self.groups.d.next = self.class_count.q.val().get_bits::<8>(3);
        if self.class_count.q.val().get_bits::<3>(0) != 0 {
            self.groups.d.next = self.class_count.q.val().get_bits::<8>(3) + 1;
        }
        self.more.d.next = self.rows_left.q.val() > bit_cast::<20, 5>(self.most_rows.val());
        self.packet_rows.next = self.rows_left.q.val().get_bits::<5>(0);
        if self.more.q.val() {
            self.packet_rows.next = self.most_rows.val();
        }
        self.last_group.d.next = self.groups_left.q.val() == 1;
        self.no_group.d.next = self.groups_left.q.val() == 0;

        comment!("the four beats of the header, and the trailer");
        self.payload.next = bit_cast::<12, 9>(self.product.q.val()) << 3;
        self.pick.d.next = bit_cast::<3, 2>(self.step.q.val().get_bits::<2>(0));
        if self.state.q.val() == State::Trailer {
            self.pick.d.next = 4.into();
        }
        self.pick_put.d.next = false;
        self.head_put.d.next = self.pick_put.q.val();
        self.head_last.d.next = self.pick.q.val().get_bit(2);
        if self.pick.q.val().get_bit(2) {
            self.head.d.next = bit_cast::<64, 32>(self.crc.q.val()) | (bit_cast::<64, 32>(self.result_sequence.q.val()) << 32);
        } else if self.tracing.q.val() {
            if self.pick.q.val().get_bits::<2>(0) == 0 {
                self.head.d.next = self.trace_header.val()
                    | (bit_cast::<64, 8>(self.layer.q.val()) << 24)
                    | (bit_cast::<64, 32>(self.trace_sequence.q.val()) << 32);
            } else if self.pick.q.val().get_bits::<2>(0) == 1 {
                self.head.d.next = bit_cast::<64, 12>(self.payload.val()) | (bit_cast::<64, 20>(self.first_row.q.val()) << 32);
            } else if self.pick.q.val().get_bits::<2>(0) == 2 {
                self.head.d.next = bit_cast::<64, 32>(self.trace_cycles.q.val());
            } else {
                self.head.d.next = self.trace_hash.q.val();
            }
        } else {
            if self.pick.q.val().get_bits::<2>(0) == 0 {
                self.head.d.next = self.result_header.val() | (bit_cast::<64, 32>(self.result_sequence.q.val()) << 32);
            } else if self.pick.q.val().get_bits::<2>(0) == 1 {
                self.head.d.next = bit_cast::<64, 12>(self.payload.val()) | (bit_cast::<64, 11>(self.class_count.q.val()) << 32);
            } else if self.pick.q.val().get_bits::<2>(0) == 2 {
                self.head.d.next = bit_cast::<64, 32>(self.result_cycles.q.val());
            } else {
                self.head.d.next = self.result_hash.q.val();
            }
        }

        comment!("sums that were read: two cycles in the memory, then beside the three before");
        self.read.next = false;
        self.place.next = 0.into();
        if self.index.q.val().get_bits::<3>(0) == 2 {
            self.place.next = 1.into();
        } else if self.index.q.val().get_bits::<3>(0) == 5 {
            self.place.next = 2.into();
        } else if self.index.q.val().get_bits::<3>(0) == 7 {
            self.place.next = 3.into();
        }
        self.in_range.d.next = self.in_range.q.val() << 1;
        if bit_cast::<11, 10>(self.index.q.val()) < self.class_count.q.val() {
            self.in_range.d.next = (self.in_range.q.val() << 1) | 1;
        }
        self.place_1.d.next = 0.into();
        self.place_2.d.next = self.place_1.q.val();
        self.place_3.d.next = self.place_2.q.val();
        if self.reading.q.val().get_bit(1) {
            self.newest.d.next = (self.newest.q.val() >> 24) | (bit_cast::<96, 24>(self.sum.val()) << 72);
        }
        self.crc_step.crc.next = self.crc.q.val();
        self.crc_step.word.next = self.newest.q.val().get_bits::<24>(72);
        if self.reading.q.val().get_bit(2) {
            self.crc.d.next = self.crc_step.after.val();
        }

        comment!("one step");
        self.promise.next = false;
        self.ask.next = self.asking.q.val() & self.room.q.val();
        self.sums_end.d.next = false;
        self.ends.d.next = false;
        self.header_ends.d.next = false;
        self.asking.d.next = false;
        self.sent.d.next = false;
        match self.state.q.val() {
            State::Idle => {
                self.tracing.d.next = self.trace_active.q.val();
                self.step.d.next = 0.into();
                self.index.d.next = 0.into();
                self.crc.d.next = 0.into();
                if self.trace_active.q.val() | self.result_active.q.val() {
                    self.state.d.next = State::Prepare;
                }
            }
            State::Prepare => {
                self.step.d.next = self.step.q.val() + 1;
                if self.step.q.val() == 0 {
                    self.groups_left.d.next = self.groups.q.val();
                    self.product.d.next = 0.into();
                    self.rows.d.next = self.packet_rows.val();
                    self.another.d.next = self.more.q.val();
                    self.factor.d.next = 3.into();
                    self.term.d.next = bit_cast::<9, 8>(self.groups.q.val());
                    if self.tracing.q.val() {
                        self.factor.d.next = self.packet_rows.val();
                        self.term.d.next = bit_cast::<9, 5>(self.beats.q.val());
                        self.rows_left.d.next = self.rows_left.q.val() - bit_cast::<20, 5>(self.packet_rows.val());
                    }
                } else {
                    self.factor.d.next = self.factor.q.val() >> 1;
                    self.term.d.next = self.term.q.val() << 1;
                    if self.factor.q.val().get_bit(0) {
                        self.product.d.next = self.product.q.val() + self.term.q.val();
                    }
                }
                self.ends.d.next = self.step.q.val() == self.last_prepare.val();
                if self.ends.q.val() {
                    self.step.d.next = 0.into();
                    self.state.d.next = State::Header;
                }
            }
            State::Header => {
                self.promise.next = self.room.q.val();
                self.pick_put.d.next = self.room.q.val();
                self.header_ends.d.next = self.header_ends.q.val();
                if self.room.q.val() {
                    self.step.d.next = self.step.q.val() + 1;
                    self.header_ends.d.next = self.step.q.val().get_bits::<2>(0) == self.before_last_header.val();
                    if self.header_ends.q.val() {
                        self.step.d.next = 0.into();
                        self.state.d.next = State::Sums;
                        if self.tracing.q.val() {
                            self.state.d.next = State::Rows;
                        } else if self.no_group.q.val() {
                            self.state.d.next = State::Drain;
                        }
                    }
                }
            }
            State::Sums => {
                self.read.next = self.room.q.val();
                self.sums_end.d.next = self.sums_end.q.val();
                if self.room.q.val() {
                    self.promise.next = self.place.val() != 0;
                    self.place_1.d.next = self.place.val();
                    self.index.d.next = self.index.q.val() + 1;
                    self.sums_end.d.next = (self.index.q.val().get_bits::<3>(0) == 6) & self.last_group.q.val();
                    if self.place.val() == 3 {
                        self.groups_left.d.next = self.groups_left.q.val() - 1;
                    }
                    if self.sums_end.q.val() {
                        self.state.d.next = State::Drain;
                    }
                }
            }
            State::Rows => {
                comment!("not in the first cycle: a beat that came at once would meet the header's last one");
                self.asking.d.next = true;
                self.promise.next = self.ask.val();
                if self.ask.val() & self.row_ends.q.val() & self.rows_end.q.val() {
                    self.asking.d.next = false;
                    self.state.d.next = State::Drain;
                }
            }
            State::Drain => {
                self.step.d.next = self.step.q.val() + 1;
                self.ends.d.next = self.step.q.val() == self.last_drain.val();
                if self.ends.q.val() {
                    self.step.d.next = 0.into();
                    self.state.d.next = State::Trailer;
                    if self.tracing.q.val() {
                        self.state.d.next = State::End;
                        if self.another.q.val() {
                            self.first_row.d.next = self.first_row.q.val() + bit_cast::<20, 5>(self.most_rows.val());
                            self.state.d.next = State::Prepare;
                        }
                    }
                }
            }
            State::Trailer => {
                self.promise.next = self.room.q.val();
                self.pick_put.d.next = self.room.q.val();
                if self.room.q.val() {
                    self.state.d.next = State::End;
                }
            }
            State::End => {
                if self.fifo.finished.val() {
                    self.state.d.next = State::Idle;
                    if self.tracing.q.val() {
                        self.trace_active.d.next = false;
                    } else {
                        self.result_active.d.next = false;
                        self.sent.d.next = true;
                    }
                }
            }
            _ => {
                self.state.d.next = State::Idle;
            }
        }
        self.reading.d.next = self.reading.q.val() << 1;
        if self.read.val() {
            self.reading.d.next = (self.reading.q.val() << 1) | 1;
        }

        comment!("trace beats under way; what the next one will be");
        self.one_beat.d.next = self.last_beat.q.val() == 0;
        self.beat_before.d.next = self.last_beat.q.val() - 1;
        self.rows_end.d.next = self.rows.q.val() == 1;
        if self.beat.q.val() == 0 {
            self.row_ends.d.next = self.one_beat.q.val();
        }
        self.flight.d.next = self.flight.q.val() << 1;
        self.flight_last.d.next = self.flight_last.q.val() << 1;
        if self.row_ends.q.val() & self.rows_end.q.val() {
            self.flight_last.d.next = (self.flight_last.q.val() << 1) | 1;
        }
        if self.ask.val() {
            self.flight.d.next = (self.flight.q.val() << 1) | 1;
            self.beat.d.next = self.beat.q.val() + 1;
            self.row_ends.d.next = self.beat.q.val() == self.beat_before.q.val();
            if self.row_ends.q.val() {
                self.beat.d.next = 0.into();
                self.row_ends.d.next = self.one_beat.q.val();
                self.rows_end.d.next = self.rows.q.val() == 2;
                self.row.d.next = self.row.q.val() + 1;
                self.rows.d.next = self.rows.q.val() - 1;
            }
        }

        comment!("what is put: a trace beat, 64 bits of sums, a beat of the header or the trailer");
        self.arrived.next = self.flight.q.val().get_bit(self.arrival.val().index());
        self.put_data.d.next = self.head.q.val();
        if self.arrived.val() {
            self.put_data.d.next = self.trace_data.val();
        } else if self.place_3.q.val() == 1 {
            self.put_data.d.next = self.newest.q.val().get_bits::<64>(24);
        } else if self.place_3.q.val() == 2 {
            self.put_data.d.next = self.newest.q.val().get_bits::<64>(16);
        } else if self.place_3.q.val() == 3 {
            self.put_data.d.next = self.newest.q.val().get_bits::<64>(32);
        }
        self.put.d.next = self.head_put.q.val() | self.arrived.val() | (self.place_3.q.val() != 0);
        self.put_last.d.next = self.head_last.q.val();
        self.put_final.d.next = self.head_last.q.val();
        if self.arrived.val() {
            self.put_last.d.next = self.flight_last.q.val().get_bit(self.arrival.val().index());
            self.put_final.d.next = self.flight_last.q.val().get_bit(self.arrival.val().index()) & !self.another.q.val();
        }

        comment!("what is asked for");
        if self.result_start.val() {
            self.result_active.d.next = true;
            self.result_sequence.d.next = self.frame_sequence.val();
            self.result_cycles.d.next = self.frame_cycles.val();
            self.result_hash.d.next = self.program_hash.val();
            self.class_count.d.next = self.class_limit.val();
        }
        if self.trace_start.val() {
            self.trace_active.d.next = true;
            self.trace_sequence.d.next = self.frame_sequence.val();
            self.trace_cycles.d.next = self.frame_cycles.val();
            self.trace_hash.d.next = self.program_hash.val();
            self.layer.d.next = self.trace_layer.val();
            self.first_row.d.next = 0.into();
            self.row.d.next = self.trace_first.val();
            self.beat.d.next = 0.into();
            self.rows_left.d.next = self.trace_rows.val();
            self.beats.d.next = self.trace_beats.val();
            self.last_beat.d.next = self.trace_beats.val().get_bits::<4>(0) - 1;
        }
        if self.reset.val() | self.hard_reset.val() {
            self.state.d.next = State::Idle;
            self.asking.d.next = false;
            self.sent.d.next = false;
            self.result_active.d.next = false;
            self.trace_active.d.next = false;
            self.reading.d.next = 0.into();
            self.place_1.d.next = 0.into();
            self.place_2.d.next = 0.into();
            self.place_3.d.next = 0.into();
            self.flight.d.next = 0.into();
            self.pick_put.d.next = false;
            self.head_put.d.next = false;
            self.put.d.next = false;
            self.promised.d.next = false;
            self.used.d.next = 0.into();
            self.room.d.next = false;
        }
    }
}
