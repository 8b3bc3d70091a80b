//! Parser of the packets into the engine.

use crate::lang::axi::Beats;
use crate::lang::prelude::*;
use contract::engine::EngineConfig;
use contract::interface::{StreamKind, BEAT_BYTES, DESCRIPTOR_BEATS, STREAM_IN_MAGIC};

/// Beats of a commit's payload.
const COMMIT_BEATS: usize = 3;

/// Where in a packet the next beat lies.
///
/// ```text
///            +--> other beat: error_header, stay; zero beat: stay
///            |
///    +--> Header --magic--> Length --+-- frame of the program's size --> Frame ----+
///    |       ^                       +-- any other frame (dropped) ----> Skip  ----+
///    |       |                       +-- descriptors, weights, table --> Program --+
///    |       |                       |  (past the memory's end, or weights that     |
///    |       |                       |   are not whole words --> Skip)             |
///    |       |                       +-- commit --> Commit --> Words --> Bytes     |
///    |       +-- empty payload ------+                                     |       |
///    +---------------------------------------------------------------------+-------+
/// ```
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
enum State {
    /// Between packets: the next beat is a header, or padding.
    Header,
    /// The header's second beat.
    Length,
    /// Payload of a frame.
    Frame,
    /// Payload for the descriptor, weight or table memory.
    Program,
    /// The three beats of a commit.
    Commit,
    /// Payload that nobody wants.
    Skip,
    /// Works out the words of a frame bank; no beat is taken.
    Words,
    /// Works out the beats of a frame; no beat is taken.
    Bytes,
}

/// AXI4-Stream slave that takes the packets of [`contract::packet`] apart: frames go to the frame
/// memory, programs to the descriptor, weight and table memories.
///
/// `Words` and `Bytes` multiply by shifting and adding, up to 31 cycles after a commit in which
/// `s_axis_tready` is low: the words of a frame bank (`ceil(rows / 8) * pairs`), which must fit the
/// frame memory, and the beats of a frame (`rows * pairs`). A commit whose frame is empty or does
/// not fit raises `error_program_size` and leaves the program invalid.
///
/// There is room for one frame. While it waits (`frame_valid`) the header of the next one is taken
/// and its payload is held by `s_axis_tready` (`frame_valid` rises two cycles after a frame's last beat,
/// and a header takes as long); frames to be dropped are consumed at once.
/// In every other state a beat is taken each cycle. During `reset` none is taken.
///
/// Malformed packets: a byte count is cut down to a multiple of 8, so the rest of the payload is
/// judged as beats between packets; a kind that does not exist or bits 31:24 other than zero make
/// a beat no header; weights that begin or end inside a word are skipped with `error_program_size`; a commit of other than three beats is skipped with `error_header`. The host
/// must not write a program while frames of the former one are under way.
///
/// Memory writes leave one cycle after their beat is taken.
#[derive(LogicBlock, Default)]
pub struct StreamIn {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget packet, frame and program.
    pub reset: Signal<In, Bit>,
    /// Packets into the engine; none is taken during `reset`.
    pub s_axis: Beats<Slave>,
    /// Write `frame_data` to the frame memory.
    pub frame_write: Signal<Out, Bit>,
    /// Bank: row modulo 8.
    pub frame_bank: Signal<Out, Bits<3>>,
    /// Word: row / 8 * pairs a row + pair.
    pub frame_address: Signal<Out, Bits<20>>,
    /// Two pixels, R, G, B of the left one in the low bytes.
    pub frame_data: Signal<Out, Bits<48>>,
    /// A whole frame waits in the frame memory.
    pub frame_valid: Signal<Out, Bit>,
    /// Its sequence number, from `frame_valid` until the next frame is complete.
    pub frame_sequence: Signal<Out, Bits<32>>,
    /// Pulse: the waiting frame was read, the next may overwrite it.
    pub frame_release: Signal<In, Bit>,
    /// Beat address of a program write.
    pub memory_address: Signal<Out, Bits<23>>,
    /// Beat of a program write.
    pub memory_data: Signal<Out, Bits<64>>,
    /// Write to the descriptor memory.
    pub write_descriptors: Signal<Out, Bit>,
    /// Write to the weight memory.
    pub write_weights: Signal<Out, Bit>,
    /// Write to the requantisation table.
    pub write_table: Signal<Out, Bit>,
    /// From a commit until the next program section begins. The five outputs below hold while it is high.
    pub program_valid: Signal<Out, Bit>,
    /// While `program_valid`: hash of the program.
    pub program_hash: Signal<Out, Bits<64>>,
    /// While `program_valid`: its classes.
    pub classes: Signal<Out, Bits<16>>,
    /// While `program_valid`: pixel pairs a row of a frame.
    pub frame_pairs: Signal<Out, Bits<16>>,
    /// While `program_valid`: weight tiles of a frame.
    pub tiles: Signal<Out, Bits<32>>,
    /// While `program_valid`: table entries of a frame.
    pub entries: Signal<Out, Bits<32>>,
    /// Pulse: a beat between packets was neither zero nor a header, or a commit had a wrong length.
    pub error_header: Signal<Out, Bit>,
    /// Pulse: a frame's byte count is not the program's.
    pub error_frame_size: Signal<Out, Bit>,
    /// Pulse: a frame came without a valid program.
    pub error_no_program: Signal<Out, Bit>,
    /// Pulse: program data ran past its memory or weights were no whole words (once a packet), or the program's frame does not fit.
    pub error_program_size: Signal<Out, Bit>,
    /// Pulse: a frame is dropped, beside `error_frame_size` or `error_no_program`.
    pub frame_dropped: Signal<Out, Bit>,
    state: DFF<State>,
    kind: DFF<Bits<3>>,
    serial: DFF<Bits<32>>,
    waiting_sequence: DFF<Bits<32>>,
    left: DFF<Bits<29>>,
    address: DFF<Bits<32>>,
    limit: DFF<Bits<32>>,
    written_address: DFF<Bits<23>>,
    written_bank: DFF<Bits<3>>,
    written_word: DFF<Bits<20>>,
    written: DFF<Bits<64>>,
    to_frame: DFF<Bit>,
    to_descriptors: DFF<Bit>,
    to_weights: DFF<Bit>,
    to_table: DFF<Bit>,
    bank: DFF<Bits<3>>,
    word: DFF<Bits<20>>,
    row_word: DFF<Bits<20>>,
    pairs_left: DFF<Bits<16>>,
    complete: DFF<Bit>,
    waiting: DFF<Bit>,
    valid: DFF<Bit>,
    hash: DFF<Bits<64>>,
    class_count: DFF<Bits<16>>,
    pairs: DFF<Bits<16>>,
    rows: DFF<Bits<16>>,
    tile_count: DFF<Bits<32>>,
    entry_count: DFF<Bits<32>>,
    product: DFF<Bits<32>>,
    term: DFF<Bits<32>>,
    factor: DFF<Bits<16>>,
    fits: DFF<Bit>,
    bad_header: DFF<Bit>,
    bad_frame_size: DFF<Bit>,
    bad_program: DFF<Bit>,
    bad_program_size: DFF<Bit>,
    dropped: DFF<Bit>,
    ready: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    is_header: Signal<Local, Bit>,
    /// A header's first beat: magic, kind, what is 0, sequence number.
    header_magic: Signal<Local, Bits<16>>,
    header_kind: Signal<Local, Bits<8>>,
    header_zero: Signal<Local, Bits<8>>,
    header_sequence: Signal<Local, Bits<32>>,
    /// Its second beat: payload bytes, their beats, address of the first.
    bytes: Signal<Local, Bits<32>>,
    frame_bytes: Signal<Local, Bits<32>>,
    last: Signal<Local, Bit>,
    next_word: Signal<Local, Bits<20>>,
    row_groups: Signal<Local, Bits<16>>,
    payload_beats: Signal<Local, Bits<29>>,
    beats: Signal<Local, Bits<32>>,
    first_beat: Signal<Local, Bits<32>>,
    uneven: Signal<Local, Bit>,
    /// A commit's second beat.
    commit_classes: Signal<Local, Bits<16>>,
    commit_pairs: Signal<Local, Bits<16>>,
    commit_rows: Signal<Local, Bits<16>>,
    /// Its third beat.
    commit_tiles: Signal<Local, Bits<32>>,
    commit_entries: Signal<Local, Bits<32>>,
    /// The kind of the header that is here, and of the packet that it began.
    begins_frame: Signal<Local, Bit>,
    is_frame: Signal<Local, Bit>,
    is_descriptors: Signal<Local, Bit>,
    is_weights: Signal<Local, Bit>,
    is_table: Signal<Local, Bit>,
    is_commit: Signal<Local, Bit>,
    /// First beat of every packet, bits 15:0.
    magic: Named<16, { STREAM_IN_MAGIC as u64 }>,
    /// Kinds of packets.
    kind_frame: Named<8, { StreamKind::Frame as u64 }>,
    kind_descriptors: Named<8, { StreamKind::Descriptors as u64 }>,
    kind_weights: Named<8, { StreamKind::Weights as u64 }>,
    kind_table: Named<8, { StreamKind::Table as u64 }>,
    kind_commit: Named<8, { StreamKind::Commit as u64 }>,
    /// The shortest payload that counts, and a commit's.
    beat_bytes: Named<32, { BEAT_BYTES as u64 }>,
    commit_bytes: Named<32, { (COMMIT_BEATS * BEAT_BYTES) as u64 }>,
    descriptor_limit: Number<Bits<32>>,
    weight_limit: Number<Bits<32>>,
    /// Beats of a weight word - 1.
    word_mask: Number<Bits<32>>,
    table_limit: Number<Bits<32>>,
    frame_limit: Number<Bits<32>>,
}

impl StreamIn {
    /// A parser for the memories of `config`.
    pub fn new(config: &EngineConfig) -> Self {
        let limit = |beats: usize| Number::new((beats as u64).into());
        Self {
            descriptor_limit: limit(config.layers * DESCRIPTOR_BEATS),
            weight_limit: limit(config.weight_words * config.columns / 4),
            word_mask: limit(config.columns / 4 - 1),
            table_limit: limit(config.table_entries),
            frame_limit: limit(config.frame_words),
            ..Default::default()
        }
    }
}

impl Logic for StreamIn {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_stream_in: Takes the packets of the input stream apart: frames go to the frame memory, programs to the descriptor, weight and table memories. Packets are framed by their byte count.");
        dff_setup!(self, clock, state, kind, serial, waiting_sequence, left, address, limit, written_address, written_bank, written_word);
        dff_setup!(self, clock, written, to_frame, to_descriptors, to_weights, to_table, bank, word, row_word, pairs_left, complete);
        dff_setup!(self, clock, waiting, valid, hash, class_count, pairs, rows, tile_count, entry_count, product);
        dff_setup!(self, clock, term, factor, fits, bad_header, bad_frame_size, bad_program, bad_program_size, dropped);

        comment!("outputs are registers");
        self.frame_write.next = self.to_frame.q.val();
        self.frame_bank.next = self.written_bank.q.val();
        self.frame_address.next = self.written_word.q.val();
        self.frame_data.next = self.written.q.val().get_bits::<48>(0);
        self.frame_valid.next = self.waiting.q.val();
        self.frame_sequence.next = self.waiting_sequence.q.val();
        self.memory_address.next = self.written_address.q.val();
        self.memory_data.next = self.written.q.val();
        self.write_descriptors.next = self.to_descriptors.q.val();
        self.write_weights.next = self.to_weights.q.val();
        self.write_table.next = self.to_table.q.val();
        self.program_valid.next = self.valid.q.val();
        self.program_hash.next = self.hash.q.val();
        self.classes.next = self.class_count.q.val();
        self.frame_pairs.next = self.pairs.q.val();
        self.tiles.next = self.tile_count.q.val();
        self.entries.next = self.entry_count.q.val();
        self.error_header.next = self.bad_header.q.val();
        self.error_frame_size.next = self.bad_frame_size.q.val();
        self.error_no_program.next = self.bad_program.q.val();
        self.error_program_size.next = self.bad_program_size.q.val();
        self.frame_dropped.next = self.dropped.q.val();

        comment!("a beat is taken in every state but these");
        self.ready.next = !self.reset.val();
        match self.state.q.val() {
            State::Frame => {
                self.ready.next = !(self.reset.val() | self.waiting.q.val());
            }
            State::Words => {
                self.ready.next = false;
            }
            State::Bytes => {
                self.ready.next = false;
            }
            _ => {}
        }
        self.s_axis.tready.next = self.ready.val();
        self.taken.next = self.ready.val() & self.s_axis.tvalid.val();

        comment!("what the beat holds, if it is a header's first");
        self.header_magic.next = self.s_axis.tdata.val().get_bits::<16>(0);
        self.header_kind.next = self.s_axis.tdata.val().get_bits::<8>(16);
        self.header_zero.next = self.s_axis.tdata.val().get_bits::<8>(24);
        self.header_sequence.next = self.s_axis.tdata.val().get_bits::<32>(32);
        self.is_header.next = (self.header_magic.val() == self.magic.val())
            & (self.header_zero.val() == 0)
            & (self.header_kind.val() >= self.kind_frame.val())
            & (self.header_kind.val() <= self.kind_commit.val());
        self.begins_frame.next = self.header_kind.val() == self.kind_frame.val();
        self.is_frame.next = bit_cast::<8, 3>(self.kind.q.val()) == self.kind_frame.val();
        self.is_descriptors.next = bit_cast::<8, 3>(self.kind.q.val()) == self.kind_descriptors.val();
        self.is_weights.next = bit_cast::<8, 3>(self.kind.q.val()) == self.kind_weights.val();
        self.is_table.next = bit_cast::<8, 3>(self.kind.q.val()) == self.kind_table.val();
        self.is_commit.next = bit_cast::<8, 3>(self.kind.q.val()) == self.kind_commit.val();

        comment!("a header's second");
        self.bytes.next = self.s_axis.tdata.val().get_bits::<32>(0);
        self.payload_beats.next = self.s_axis.tdata.val().get_bits::<29>(3);
        self.beats.next = bit_cast::<32, 29>(self.payload_beats.val());
        self.first_beat.next = self.s_axis.tdata.val().get_bits::<32>(32);
        self.uneven.next = ((self.beats.val() | self.first_beat.val()) & self.word_mask.val()) != 0;

        comment!("a commit's");
        self.commit_classes.next = self.s_axis.tdata.val().get_bits::<16>(16);
        self.commit_pairs.next = self.s_axis.tdata.val().get_bits::<16>(32);
        self.commit_rows.next = self.s_axis.tdata.val().get_bits::<16>(48);
        self.commit_tiles.next = self.s_axis.tdata.val().get_bits::<32>(0);
        self.commit_entries.next = self.s_axis.tdata.val().get_bits::<32>(32);

        comment!("what a frame must have, and what a commit works out: rows / 8, rounded up");
        self.frame_bytes.next = self.product.q.val() << 3;
        self.last.next = self.left.q.val() == 1;
        self.next_word.next = self.word.q.val() + 1;
        self.row_groups.next = bit_cast::<16, 13>(self.rows.q.val().get_bits::<13>(3));
        if self.rows.q.val().get_bits::<3>(0) != 0 {
            self.row_groups.next = bit_cast::<16, 13>(self.rows.q.val().get_bits::<13>(3)) + 1;
        }

        self.to_frame.d.next = false;
        self.to_descriptors.d.next = false;
        self.to_weights.d.next = false;
        self.to_table.d.next = false;
        self.complete.d.next = false;
        self.bad_header.d.next = false;
        self.bad_frame_size.d.next = false;
        self.bad_program.d.next = false;
        self.bad_program_size.d.next = false;
        self.dropped.d.next = false;
        if self.taken.val() {
            self.left.d.next = self.left.q.val() - 1;
            self.written.d.next = self.s_axis.tdata.val();
            self.written_address.d.next = self.address.q.val().get_bits::<23>(0);
            self.written_bank.d.next = self.bank.q.val();
            self.written_word.d.next = self.word.q.val();
        }
        match self.state.q.val() {
            State::Header => {
                self.kind.d.next = self.header_kind.val().get_bits::<3>(0);
                if self.taken.val() {
                    if self.is_header.val() {
                        self.serial.d.next = self.header_sequence.val();
                        self.state.d.next = State::Length;
                        if !self.begins_frame.val() {
                            self.valid.d.next = false;
                        }
                    } else {
                        self.bad_header.d.next = self.s_axis.tdata.val() != 0;
                    }
                }
            }
            State::Length => {
                self.address.d.next = self.first_beat.val();
                self.limit.d.next = self.weight_limit.val();
                if self.is_descriptors.val() {
                    self.limit.d.next = self.descriptor_limit.val();
                } else if self.is_table.val() {
                    self.limit.d.next = self.table_limit.val();
                }
                self.bank.d.next = 0.into();
                self.word.d.next = 0.into();
                self.row_word.d.next = 0.into();
                self.pairs_left.d.next = self.pairs.q.val();
                if self.taken.val() {
                    self.left.d.next = self.payload_beats.val();
                    self.state.d.next = State::Skip;
                    if self.is_frame.val() {
                        if !self.valid.q.val() {
                            self.bad_program.d.next = true;
                            self.dropped.d.next = true;
                        } else if self.bytes.val() != self.frame_bytes.val() {
                            self.bad_frame_size.d.next = true;
                            self.dropped.d.next = true;
                        } else {
                            self.state.d.next = State::Frame;
                        }
                    } else if self.is_commit.val() {
                        if self.bytes.val() == self.commit_bytes.val() {
                            self.state.d.next = State::Commit;
                        } else {
                            self.bad_header.d.next = true;
                        }
                    } else if self.is_weights.val() & self.uneven.val() {
                        self.bad_program_size.d.next = true;
                    } else {
                        self.state.d.next = State::Program;
                    }
                    if self.bytes.val() < self.beat_bytes.val() {
                        self.state.d.next = State::Header;
                    }
                }
            }
            State::Frame => {
                if self.taken.val() {
                    self.to_frame.d.next = true;
                    self.word.d.next = self.next_word.val();
                    self.pairs_left.d.next = self.pairs_left.q.val() - 1;
                    if self.pairs_left.q.val() == 1 {
                        self.pairs_left.d.next = self.pairs.q.val();
                        self.bank.d.next = self.bank.q.val() + 1;
                        if self.bank.q.val() == 7 {
                            self.row_word.d.next = self.next_word.val();
                        } else {
                            self.word.d.next = self.row_word.q.val();
                        }
                    }
                    if self.last.val() {
                        self.complete.d.next = true;
                        self.waiting_sequence.d.next = self.serial.q.val();
                        self.state.d.next = State::Header;
                    }
                }
            }
            State::Program => {
                if self.taken.val() {
                    self.address.d.next = self.address.q.val() + 1;
                    if self.address.q.val() < self.limit.q.val() {
                        self.to_descriptors.d.next = self.is_descriptors.val();
                        self.to_weights.d.next = self.is_weights.val();
                        self.to_table.d.next = self.is_table.val();
                    } else {
                        self.bad_program_size.d.next = true;
                        self.state.d.next = State::Skip;
                    }
                    if self.last.val() {
                        self.state.d.next = State::Header;
                    }
                }
            }
            State::Commit => {
                if self.taken.val() {
                    if self.left.q.val() == 3 {
                        self.hash.d.next = self.s_axis.tdata.val();
                    } else if self.left.q.val() == 2 {
                        self.class_count.d.next = self.commit_classes.val();
                        self.pairs.d.next = self.commit_pairs.val();
                        self.rows.d.next = self.commit_rows.val();
                    } else {
                        self.tile_count.d.next = self.commit_tiles.val();
                        self.entry_count.d.next = self.commit_entries.val();
                        self.product.d.next = 0.into();
                        self.term.d.next = self.pairs.q.val().get_bits::<32>(0);
                        self.factor.d.next = self.row_groups.val();
                        self.state.d.next = State::Words;
                    }
                }
            }
            State::Skip => {
                if self.taken.val() & self.last.val() {
                    self.state.d.next = State::Header;
                }
            }
            State::Words => {
                self.factor.d.next = self.factor.q.val() >> 1;
                self.term.d.next = self.term.q.val() << 1;
                if self.factor.q.val() == 0 {
                    self.fits.d.next = self.product.q.val() <= self.frame_limit.val();
                    self.product.d.next = 0.into();
                    self.term.d.next = self.pairs.q.val().get_bits::<32>(0);
                    self.factor.d.next = self.rows.q.val();
                    self.state.d.next = State::Bytes;
                } else if self.factor.q.val().get_bit(0) {
                    self.product.d.next = self.product.q.val() + self.term.q.val();
                }
            }
            State::Bytes => {
                self.factor.d.next = self.factor.q.val() >> 1;
                self.term.d.next = self.term.q.val() << 1;
                if self.factor.q.val() == 0 {
                    if self.fits.q.val() & (self.product.q.val() != 0) {
                        self.valid.d.next = true;
                    } else {
                        self.bad_program_size.d.next = true;
                    }
                    self.state.d.next = State::Header;
                } else if self.factor.q.val().get_bit(0) {
                    self.product.d.next = self.product.q.val() + self.term.q.val();
                }
            }
            _ => {
                self.state.d.next = State::Header;
            }
        }
        if self.complete.q.val() {
            self.waiting.d.next = true;
        }
        if self.frame_release.val() {
            self.waiting.d.next = false;
        }
        if self.reset.val() {
            self.state.d.next = State::Header;
            self.to_frame.d.next = false;
            self.to_descriptors.d.next = false;
            self.to_weights.d.next = false;
            self.to_table.d.next = false;
            self.complete.d.next = false;
            self.waiting.d.next = false;
            self.valid.d.next = false;
            self.bad_header.d.next = false;
            self.bad_frame_size.d.next = false;
            self.bad_program.d.next = false;
            self.bad_program_size.d.next = false;
            self.dropped.d.next = false;
        }
    }
}
