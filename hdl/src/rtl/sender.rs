//! Result and trace packets out of the engine.

use crate::lang::axi::Packets;
use crate::lang::prelude::*;
use crate::rtl::result_crc::ResultCrc;
use crate::rtl::short_fifo::ShortFifo;
use crate::target::MemoryStyle;
use contract::interface::{HEADER_OUT_BEATS, OUT_RESULT, OUT_TRACE, STREAM_OUT_MAGIC, TRACE_ROWS};

/// Classes of the largest result.
const MOST_CLASSES: usize = 1024;
/// Classes whose sums are packed together, into three beats.
const GROUP_CLASSES: u64 = 8;

/// Bits 31:0 of a packet's first beat.
const fn header(kind: u8) -> u64 {
    (kind as u64) << 16 | STREAM_OUT_MAGIC as u64
}

/// What is being sent.
///
/// ```text
///          result or trace asked for
///   Idle ----------------------------> Prepare --> Header (4 beats)
///    ^ ^                                  ^          |
///    | |                      more trace  |          +-- trace --> Rows ------------------------+
///    | +-- last packet accepted --- End --+          |                                          |
///    |                               ^               +-- result --> Collect --> Sums --+        |
///    |                               |               |     (8 sums)    ^     (3 beats) |        |
///    |                               |               |                 +---------------+        |
///    |                               |               +-- no class --> Trailer <-- last +        |
///    |                               +------------- last beat presented ----+-------------------+
///    +-- Close <-- reset inside a packet: one more beat (zero) with tlast ends it
/// ```
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
enum State {
    /// Nothing is asked for.
    Idle,
    /// Works out the length of the next packet.
    Prepare,
    /// Offers the four beats of the header.
    Header,
    /// Reads eight sums, one a cycle, and a ninth cycle for the memory.
    Collect,
    /// Offers the three beats of eight sums.
    Sums,
    /// Offers the beat with the CRC.
    Trailer,
    /// Asks for trace beats and offers them.
    Rows,
    /// The last beat is offered; waits until it is taken.
    End,
    /// A reset cut a packet: ends it with a zero beat.
    Close,
}

/// AXI4-Stream master that holds the class sums and sends the packets of [`contract::packet`].
///
/// Memories: the sums, 1024 words of 24 bits, one a class (the most that one packet of 4096 bytes
/// holds, with its header). Trace beats come four cycles after their address: up to eight are asked for or wait
/// in an eight-beat FIFO (six would do to keep one beat a cycle flowing: four cycles of latency, one
/// in the FIFO, one on the way out), so back-pressure loses none.
///
/// A result's groups of eight sums take nine cycles to collect and three to send. `ember_result_crc` takes each sum
/// as it is collected; the trailer carries the CRC-32 of the payload and the sequence number again.
/// A trace takes one packet after another of up to sixteen rows. When both are asked for, the trace
/// goes first. `m_axis_*` come from registers.
#[derive(LogicBlock, Default)]
pub struct Sender {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: give up what is being sent. A beat that is offered stays offered, and a packet of
    /// which beats were offered is closed by a zero beat with `m_axis_tlast`, during the reset if the
    /// receiver is ready; it sees that the packet is shorter than its header says.
    pub reset: Signal<In, Bit>,
    /// Synchronous, with or without `reset`: drop everything at once, `m_axis_tvalid` too.
    pub hard_reset: Signal<In, Bit>,
    /// Packets out of the engine; from registers.
    pub m_axis: Packets<Master>,
    /// Write `sum_data` as the sum of class `sum_address`; not while `result_busy`.
    pub sum_write: Signal<In, Bit>,
    /// With `sum_write`: class, below 1024.
    pub sum_address: Signal<In, Bits<10>>,
    /// With `sum_write`: its sum over the map.
    pub sum_data: Signal<In, Bits<24>>,
    /// Pulse: send the sums. Not while `result_busy`.
    pub result_start: Signal<In, Bit>,
    /// From the cycle after `result_start` until the packet's last beat is accepted.
    pub result_busy: Signal<Out, Bit>,
    /// Pulse: a result packet's last beat was accepted in the cycle before.
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
    /// From the cycle after `trace_start` until the last packet's last beat is accepted.
    pub trace_busy: Signal<Out, Bit>,
    /// Memory row to read.
    pub trace_row: Signal<Out, Bits<20>>,
    /// Beat of that row.
    pub trace_beat: Signal<Out, Bits<4>>,
    /// The beat of `trace_row` and `trace_beat` four cycles before.
    pub trace_data: Signal<In, Bits<64>>,
    state: DFF<State>,
    data: DFF<Bits<64>>,
    valid: DFF<Bit>,
    last: DFF<Bit>,
    open: DFF<Bit>,
    sent: DFF<Bit>,
    result_active: DFF<Bit>,
    result_sequence: DFF<Bits<32>>,
    result_cycles: DFF<Bits<32>>,
    result_hash: DFF<Bits<64>>,
    class_count: DFF<Bits<11>>,
    trace_active: DFF<Bit>,
    trace_sequence: DFF<Bits<32>>,
    trace_cycles: DFF<Bits<32>>,
    trace_hash: DFF<Bits<64>>,
    layer: DFF<Bits<8>>,
    rows_left: DFF<Bits<20>>,
    beats: DFF<Bits<5>>,
    tracing: DFF<Bit>,
    step: DFF<Bits<4>>,
    left: DFF<Bits<9>>,
    index: DFF<Bits<11>>,
    in_range: DFF<Bit>,
    group: DFF<Bits<192>>,
    crc: DFF<Bits<32>>,
    first_row: DFF<Bits<20>>,
    row: DFF<Bits<20>>,
    beat: DFF<Bits<4>>,
    ask_left: DFF<Bits<9>>,
    asked: DFF<Bits<4>>,
    flight: DFF<Bits<4>>,
    /// Sums of a frame, one a class. Depth 1024: the most classes whose packet has no more than 4096 bytes.
    sums: Ram<24>,
    /// Trace beats that were asked for and wait for the stream. Eight deep: four cycles of latency and what the stream holds up.
    fifo: ShortFifo,
    crc_step: ResultCrc,
    free: Signal<Local, Bit>,
    load: Signal<Local, Bit>,
    load_data: Signal<Local, Bits<64>>,
    load_last: Signal<Local, Bit>,
    is_last: Signal<Local, Bit>,
    class_limit: Signal<Local, Bits<11>>,
    groups: Signal<Local, Bits<9>>,
    packet_rows: Signal<Local, Bits<5>>,
    rows_factor: Signal<Local, SInt<6>>,
    beats_factor: Signal<Local, SInt<6>>,
    trace_product: Signal<Local, SInt<9>>,
    packet_beats: Signal<Local, Bits<9>>,
    payload: Signal<Local, Bits<12>>,
    header: Signal<Local, Bits<64>>,
    sum: Signal<Local, Bits<24>>,
    ask: Signal<Local, Bit>,
    pop: Signal<Local, Bit>,
    next_beat: Signal<Local, Bits<5>>,
    /// First beat of a packet: magic and kind.
    result_header: Named<64, { header(OUT_RESULT) }>,
    trace_header: Named<64, { header(OUT_TRACE) }>,
    /// The header's last step.
    last_header: Named<4, { HEADER_OUT_BEATS as u64 - 1 }>,
    /// Most classes of a result, most rows of a trace packet.
    most_classes: Named<11, { MOST_CLASSES as u64 }>,
    most_rows: Named<5, { TRACE_ROWS as u64 }>,
    /// Steps of a group: one sum each and one for the memory, then three beats.
    last_collect: Named<4, GROUP_CLASSES>,
    last_sums: Named<4, 2>,
    /// Trace beats that may be under way: the FIFO's words.
    credits: Named<4, 8>,
}

impl Sender {
    /// The sender; its sums take the depth of the interface's largest result.
    pub fn new() -> Self {
        Self { sums: Ram::new(MOST_CLASSES), ..Default::default() }
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
        comment!("ember_sender: Holds the class sums and sends result and trace packets: four header beats, then the sums packed by eight into three beats and a CRC-32, or memory rows read with a latency of four cycles.");
        dff_setup!(self, clock, state, data, valid, last, open, sent, result_active, result_sequence, result_cycles, result_hash);
        dff_setup!(self, clock, class_count, trace_active, trace_sequence, trace_cycles, trace_hash, layer, rows_left, beats, tracing);
        dff_setup!(self, clock, step, left, index, in_range, group, crc, first_row, row, beat, ask_left, asked, flight);

        self.m_axis.tdata.next = self.data.q.val();
        self.m_axis.tvalid.next = self.valid.q.val();
        self.m_axis.tlast.next = self.last.q.val();
        self.result_busy.next = self.result_active.q.val();
        self.trace_busy.next = self.trace_active.q.val();
        self.result_sent.next = self.sent.q.val();
        self.trace_row.next = self.row.q.val();
        self.trace_beat.next = self.beat.q.val();

        comment!("the result memory: written by the array, read class after class");
        self.sums.clock.next = self.clock.val();
        self.sums.write_enable.next = self.sum_write.val();
        self.sums.write_address.next = self.sum_address.val().get_bits::<20>(0);
        self.sums.write_data.next = self.sum_data.val();
        self.sums.read_address.next = bit_cast::<20, 10>(self.index.q.val().get_bits::<10>(0));
        self.sum.next = self.sums.read_data.val();

        comment!("trace beats, four cycles after they were asked for");
        self.fifo.clock.next = self.clock.val();
        self.fifo.reset.next = self.reset.val() | self.hard_reset.val();
        self.fifo.push.next = self.flight.q.val().get_bit(3);
        self.fifo.push_data.next = self.trace_data.val();
        self.fifo.pop.next = self.pop.val();

        self.crc_step.crc.next = self.crc.q.val();
        self.crc_step.word.next = 0.into();
        if self.in_range.q.val() {
            self.crc_step.word.next = self.sum.val();
        }

        comment!("beats of the packet: three for eight sums, or beats a row times rows");
        self.class_limit.next = self.classes.val().get_bits::<11>(0);
        if self.classes.val() > bit_cast::<16, 11>(self.most_classes.val()) {
            self.class_limit.next = self.most_classes.val();
        }
        self.groups.next = bit_cast::<9, 8>(self.class_count.q.val().get_bits::<8>(3));
        if self.class_count.q.val().get_bits::<3>(0) != 0 {
            self.groups.next = bit_cast::<9, 8>(self.class_count.q.val().get_bits::<8>(3)) + 1;
        }
        self.packet_rows.next = self.rows_left.q.val().get_bits::<5>(0);
        if self.rows_left.q.val() > bit_cast::<20, 5>(self.most_rows.val()) {
            self.packet_rows.next = self.most_rows.val();
        }
        self.rows_factor.next = signed_cast_bits(self.packet_rows.val().get_bits::<6>(0));
        self.beats_factor.next = signed_cast_bits(bit_cast::<6, 5>(self.beats.q.val()));
        self.trace_product.next = (self.rows_factor.val() * self.beats_factor.val()).into();
        self.packet_beats.next = self.groups.val() + (self.groups.val() << 1);
        if self.tracing.q.val() {
            self.packet_beats.next = self.trace_product.val().get_bits::<9>(0);
        }

        comment!("the four beats of the header");
        self.payload.next = bit_cast::<12, 9>(self.left.q.val()) << 3;
        self.header.next = 0.into();
        if self.tracing.q.val() {
            if self.step.q.val() == 0 {
                self.header.next = self.trace_header.val()
                    | (bit_cast::<64, 8>(self.layer.q.val()) << 24)
                    | (bit_cast::<64, 32>(self.trace_sequence.q.val()) << 32);
            } else if self.step.q.val() == 1 {
                self.header.next = bit_cast::<64, 12>(self.payload.val()) | (bit_cast::<64, 20>(self.first_row.q.val()) << 32);
            } else if self.step.q.val() == 2 {
                self.header.next = bit_cast::<64, 32>(self.trace_cycles.q.val());
            } else {
                self.header.next = self.trace_hash.q.val();
            }
        } else {
            if self.step.q.val() == 0 {
                self.header.next = self.result_header.val() | (bit_cast::<64, 32>(self.result_sequence.q.val()) << 32);
            } else if self.step.q.val() == 1 {
                self.header.next = bit_cast::<64, 12>(self.payload.val()) | (bit_cast::<64, 11>(self.class_count.q.val()) << 32);
            } else if self.step.q.val() == 2 {
                self.header.next = bit_cast::<64, 32>(self.result_cycles.q.val());
            } else {
                self.header.next = self.result_hash.q.val();
            }
        }

        comment!("the output register takes a beat when it is empty or leaves");
        self.free.next = !self.valid.q.val() | self.m_axis.tready.val();
        self.load.next = false;
        self.load_data.next = self.header.val();
        self.load_last.next = false;
        self.is_last.next = self.left.q.val() == 1;
        self.ask.next = false;
        self.pop.next = false;
        self.next_beat.next = bit_cast::<5, 4>(self.beat.q.val()) + 1;
        self.sent.d.next = false;
        match self.state.q.val() {
            State::Idle => {
                self.tracing.d.next = self.trace_active.q.val();
                self.index.d.next = 0.into();
                if self.trace_active.q.val() | self.result_active.q.val() {
                    self.state.d.next = State::Prepare;
                }
            }
            State::Prepare => {
                self.step.d.next = 0.into();
                self.crc.d.next = 0.into();
                self.left.d.next = self.packet_beats.val();
                self.ask_left.d.next = self.packet_beats.val();
                if self.tracing.q.val() {
                    self.rows_left.d.next = self.rows_left.q.val() - bit_cast::<20, 5>(self.packet_rows.val());
                }
                self.state.d.next = State::Header;
            }
            State::Header => {
                self.load.next = self.free.val();
                if self.free.val() {
                    self.step.d.next = self.step.q.val() + 1;
                    if self.step.q.val() == self.last_header.val() {
                        self.step.d.next = 0.into();
                        if self.left.q.val() == 0 {
                            self.state.d.next = State::Trailer;
                        } else if self.tracing.q.val() {
                            self.state.d.next = State::Rows;
                        } else {
                            self.state.d.next = State::Collect;
                        }
                    }
                }
            }
            State::Collect => {
                self.step.d.next = self.step.q.val() + 1;
                self.in_range.d.next = self.index.q.val() < self.class_count.q.val();
                if self.step.q.val() != self.last_collect.val() {
                    self.index.d.next = self.index.q.val() + 1;
                } else {
                    self.step.d.next = 0.into();
                    self.state.d.next = State::Sums;
                }
                self.group.d.next = self.group.q.val() >> 24;
                comment!("the memory answers a cycle later: nothing has come in the first one");
                if self.step.q.val() != 0 {
                    self.crc.d.next = self.crc_step.after.val();
                }
                if self.in_range.q.val() {
                    self.group.d.next = (self.group.q.val() >> 24) | (bit_cast::<192, 24>(self.sum.val()) << 168);
                }
            }
            State::Sums => {
                self.load.next = self.free.val();
                self.load_data.next = self.group.q.val().get_bits::<64>(0);
                if self.free.val() {
                    self.group.d.next = self.group.q.val() >> 64;
                    self.left.d.next = self.left.q.val() - 1;
                    self.step.d.next = self.step.q.val() + 1;
                    if self.is_last.val() {
                        self.state.d.next = State::Trailer;
                    } else if self.step.q.val() == self.last_sums.val() {
                        self.step.d.next = 0.into();
                        self.state.d.next = State::Collect;
                    }
                }
            }
            State::Trailer => {
                self.load.next = self.free.val();
                self.load_data.next = bit_cast::<64, 32>(self.crc.q.val()) | (bit_cast::<64, 32>(self.result_sequence.q.val()) << 32);
                self.load_last.next = true;
                if self.free.val() {
                    self.state.d.next = State::End;
                }
            }
            State::Rows => {
                self.ask.next = (self.ask_left.q.val() != 0) & (self.asked.q.val() != self.credits.val());
                self.pop.next = self.free.val() & self.fifo.available.val();
                self.load.next = self.pop.val();
                self.load_data.next = self.fifo.head.val();
                self.load_last.next = self.is_last.val();
                if self.pop.val() {
                    self.left.d.next = self.left.q.val() - 1;
                    if self.is_last.val() {
                        self.state.d.next = State::End;
                    }
                }
            }
            State::End => {
                if self.valid.q.val() & self.m_axis.tready.val() {
                    self.state.d.next = State::Idle;
                    if !self.tracing.q.val() {
                        self.result_active.d.next = false;
                        self.sent.d.next = true;
                    } else if self.rows_left.q.val() == 0 {
                        self.trace_active.d.next = false;
                    } else {
                        self.first_row.d.next = self.first_row.q.val() + bit_cast::<20, 5>(self.most_rows.val());
                        self.state.d.next = State::Prepare;
                    }
                }
            }
            State::Close => {
                self.load.next = self.free.val();
                self.load_data.next = 0.into();
                self.load_last.next = true;
                if self.free.val() {
                    self.state.d.next = State::Idle;
                }
            }
            _ => {
                self.state.d.next = State::Idle;
            }
        }

        if self.reset.val() & (self.state.q.val() != State::Close) {
            self.load.next = false;
        }
        if self.m_axis.tready.val() {
            self.valid.d.next = false;
        }
        if self.load.val() {
            self.data.d.next = self.load_data.val();
            self.last.d.next = self.load_last.val();
            self.valid.d.next = true;
            self.open.d.next = !self.load_last.val();
        }

        comment!("trace beats under way");
        self.flight.d.next = self.flight.q.val() << 1;
        if self.ask.val() {
            self.flight.d.next = (self.flight.q.val() << 1) | 1;
            self.ask_left.d.next = self.ask_left.q.val() - 1;
            self.beat.d.next = self.beat.q.val() + 1;
            if self.next_beat.val() == self.beats.q.val() {
                self.beat.d.next = 0.into();
                self.row.d.next = self.row.q.val() + 1;
            }
        }
        if self.ask.val() & !self.pop.val() {
            self.asked.d.next = self.asked.q.val() + 1;
        } else if self.pop.val() & !self.ask.val() {
            self.asked.d.next = self.asked.q.val() - 1;
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
        }
        if self.reset.val() | self.hard_reset.val() {
            if self.state.q.val() != State::Close {
                self.state.d.next = State::Idle;
                if self.open.q.val() {
                    self.state.d.next = State::Close;
                }
            }
            self.sent.d.next = false;
            self.result_active.d.next = false;
            self.trace_active.d.next = false;
            self.flight.d.next = 0.into();
            self.asked.d.next = 0.into();
        }
        if self.hard_reset.val() {
            self.state.d.next = State::Idle;
            self.valid.d.next = false;
            self.open.d.next = false;
        }
    }
}
