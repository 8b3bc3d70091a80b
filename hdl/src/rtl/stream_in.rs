//! Parser of the packets into the engine.

use super::below_limit::BelowLimit;
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
    /// Works out the words of a frame bank; the next beat waits.
    Words,
    /// Works out the beats of a frame; the next beat waits.
    Bytes,
}

/// AXI4-Stream slave that takes the packets of [`contract::packet`] apart: frames go to the frame
/// memory, programs to the descriptor, weight and table memories.
///
/// ```text
///  s_axis --> first --> beat, and what it would be --> written, out
///    |          ^        (a header? how long?)
///    +-> second-+
/// ```
///
/// A beat passes `first`, where nothing is known of it; beside `beat` lies what each field of it says (`is_header`,
/// `size_frame` and so on), so that the state machine, which looks at `beat`, compares nothing. `second` takes what comes while
/// the others stand still; `s_axis_tready` says that it is empty.
///
/// `Words` and `Bytes` multiply by shifting and adding, up to 34 cycles after a commit in which the next beat
/// waits: the words of a frame bank (`ceil(rows / 8) * pairs`), which must fit the
/// frame memory, and the beats of a frame (`rows * pairs`). A commit whose frame is empty or does
/// not fit raises `error_program_size` and leaves the program invalid.
///
/// There is room for one frame. While it waits (`frame_valid`) the header of the next one is taken
/// and its payload is held (`frame_valid` rises two cycles after a frame's last beat left `beat`, and a header takes as
/// long), but for three beats that wait in `beat`, `first` and `second`; frames to be dropped are consumed at once.
/// In every other state a beat is taken each cycle. During `reset` none is taken.
///
/// Malformed packets: a byte count is cut down to a multiple of 8, so the rest of the payload is
/// judged as beats between packets; a kind that does not exist or bits 31:24 other than zero make
/// a beat no header; weights that begin or end inside a word are skipped with `error_program_size`; a commit of other than three beats is skipped with `error_header`. The host
/// must not write a program while frames of the former one are under way.
///
/// Memory writes leave three cycles after their beat is taken, if it need not wait.
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
    first: DFF<Bits<64>>,
    first_valid: DFF<Bit>,
    second: DFF<Bits<64>>,
    second_valid: DFF<Bit>,
    beat: DFF<Bits<64>>,
    beat_valid: DFF<Bit>,
    is_header: DFF<Bit>,
    /// The halves of `beat` are 0: of padding both.
    zero_high: DFF<Bit>,
    zero_low: DFF<Bit>,
    size_frame: DFF<Bit>,
    size_commit: DFF<Bit>,
    empty: DFF<Bit>,
    single: DFF<Bit>,
    uneven: DFF<Bit>,
    /// The payload's address lies in the memory.
    in_descriptors: BelowLimit,
    in_weights: BelowLimit,
    in_table: BelowLimit,
    state: DFF<State>,
    /// `state` is Length; Frame; Commit; Words or Bytes: what the way of the beats and wide registers hang on, each from a register
    /// of its own.
    in_length: DFF<Bit>,
    in_frame: DFF<Bit>,
    in_commit: DFF<Bit>,
    in_sizes: DFF<Bit>,
    is_frame: DFF<Bit>,
    is_descriptors: DFF<Bit>,
    is_weights: DFF<Bit>,
    is_table: DFF<Bit>,
    is_commit: DFF<Bit>,
    serial: DFF<Bits<32>>,
    waiting_sequence: DFF<Bits<32>>,
    left: DFF<Bits<29>>,
    last: DFF<Bit>,
    address: DFF<Bits<23>>,
    last_address: DFF<Bits<23>>,
    in_memory: DFF<Bit>,
    written_address: DFF<Bits<23>>,
    written_bank: DFF<Bits<3>>,
    written_word: DFF<Bits<20>>,
    written: DFF<Bits<64>>,
    to_frame: DFF<Bit>,
    to_descriptors: DFF<Bit>,
    to_weights: DFF<Bit>,
    to_table: DFF<Bit>,
    bank: DFF<Bits<3>>,
    /// `bank` is 7.
    last_bank: DFF<Bit>,
    word: DFF<Bits<20>>,
    row_word: DFF<Bits<20>>,
    /// `word` is the first one of eight rows: `row_word` follows in the next cycle.
    new_rows: DFF<Bit>,
    pairs_left: DFF<Bits<16>>,
    row_ends: DFF<Bit>,
    one_pair: DFF<Bit>,
    complete: DFF<Bit>,
    waiting: DFF<Bit>,
    valid: DFF<Bit>,
    part: DFF<Bits<2>>,
    hash: DFF<Bits<64>>,
    class_count: DFF<Bits<16>>,
    pairs: DFF<Bits<16>>,
    rows: DFF<Bits<16>>,
    row_groups: DFF<Bits<16>>,
    tile_count: DFF<Bits<32>>,
    entry_count: DFF<Bits<32>>,
    product: DFF<Bits<32>>,
    term: DFF<Bits<32>>,
    factor: DFF<Bits<16>>,
    fresh: DFF<Bit>,
    multiplied: DFF<Bit>,
    /// `product` of the cycle before is no more than the frame memory has; it is not 0, by halves.
    fitting: BelowLimit,
    some_high: DFF<Bit>,
    some_low: DFF<Bit>,
    /// Both, of the words of a frame bank.
    fits: DFF<Bit>,
    bad_header: DFF<Bit>,
    bad_frame_size: DFF<Bit>,
    bad_program: DFF<Bit>,
    bad_program_size: DFF<Bit>,
    dropped: DFF<Bit>,
    ready: Signal<Local, Bit>,
    /// The state machine stands still, or takes `beat`.
    stands: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    moves: Signal<Local, Bit>,
    first_free: Signal<Local, Bit>,
    /// `first`, as a header's first beat: magic, kind, what is 0.
    header_magic: Signal<Local, Bits<16>>,
    header_kind: Signal<Local, Bits<8>>,
    header_zero: Signal<Local, Bits<8>>,
    /// `first`, as a header's second: payload bytes, their beats, address of the first.
    bytes: Signal<Local, Bits<32>>,
    frame_bytes: Signal<Local, Bits<32>>,
    payload_beats: Signal<Local, Bits<29>>,
    beats: Signal<Local, Bits<32>>,
    first_beat: Signal<Local, Bits<32>>,
    /// `beat`: kind and sequence number of a header, beats and address of the payload, parts of a commit.
    kind: Signal<Local, Bits<8>>,
    frame_number: Signal<Local, Bits<32>>,
    begins_frame: Signal<Local, Bit>,
    payload: Signal<Local, Bits<29>>,
    start: Signal<Local, Bits<23>>,
    commit_classes: Signal<Local, Bits<16>>,
    commit_pairs: Signal<Local, Bits<16>>,
    commit_rows: Signal<Local, Bits<16>>,
    commit_tiles: Signal<Local, Bits<32>>,
    commit_entries: Signal<Local, Bits<32>>,
    /// What the counters count from, and by how much.
    left_from: Signal<Local, Bits<29>>,
    left_by: Signal<Local, Bits<29>>,
    pairs_from: Signal<Local, Bits<16>>,
    pairs_by: Signal<Local, Bits<16>>,
    word_from: Signal<Local, Bits<20>>,
    word_by: Signal<Local, Bits<20>>,
    next_word: Signal<Local, Bits<20>>,
    row_here: Signal<Local, Bits<20>>,
    begins: Signal<Local, Bit>,
    turns: Signal<Local, Bit>,
    /// First beat of every packet, bits 15:0.
    magic: Named<16, { STREAM_IN_MAGIC as u64 }>,
    /// Kinds of packets.
    kind_frame: Named<8, { StreamKind::Frame as u64 }>,
    kind_descriptors: Named<8, { StreamKind::Descriptors as u64 }>,
    kind_weights: Named<8, { StreamKind::Weights as u64 }>,
    kind_table: Named<8, { StreamKind::Table as u64 }>,
    kind_commit: Named<8, { StreamKind::Commit as u64 }>,
    /// A commit's payload.
    commit_bytes: Named<32, { (COMMIT_BEATS * BEAT_BYTES) as u64 }>,
    descriptor_limit: Number<Bits<32>>,
    weight_limit: Number<Bits<32>>,
    /// Beats of a weight word - 1.
    word_mask: Number<Bits<32>>,
    table_limit: Number<Bits<32>>,
    /// Words of a frame bank, and one.
    over_frame: Number<Bits<32>>,
    /// The last beats of the memories.
    last_descriptor: Number<Bits<23>>,
    last_weight: Number<Bits<23>>,
    last_entry: Number<Bits<23>>,
}

impl StreamIn {
    /// A parser for the memories of `config`.
    pub fn new(config: &EngineConfig) -> Self {
        let limit = |beats: usize| Number::new((beats as u64).into());
        let last = |beats: usize| {
            assert!((1..=1 << 23).contains(&beats), "a memory of {beats} beats; an address has 23 bits");
            Number::new((beats as u64 - 1).into())
        };
        let descriptors = config.layers * DESCRIPTOR_BEATS;
        let weights = config.weight_words * config.columns / 4;
        Self {
            descriptor_limit: limit(descriptors),
            last_descriptor: last(descriptors),
            weight_limit: limit(weights),
            last_weight: last(weights),
            word_mask: limit(config.columns / 4 - 1),
            table_limit: limit(config.table_entries),
            last_entry: last(config.table_entries),
            over_frame: limit(config.frame_words + 1),
            ..Default::default()
        }
    }
}

impl Logic for StreamIn {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_stream_in: Takes the packets of the input stream apart: frames go to the frame memory, programs to the descriptor, weight and table memories. Packets are framed by their byte count.");
        dff_setup!(self, clock, first, first_valid, second, second_valid, beat, beat_valid, is_header, zero_high, zero_low, size_frame);
        dff_setup!(self, clock, size_commit, empty, single, uneven, state, is_frame, in_length, in_frame, in_commit, in_sizes, new_rows);
        dff_setup!(self, clock, is_descriptors, is_weights, is_table, is_commit, serial, waiting_sequence, left, last, address);
        dff_setup!(self, clock, last_address, in_memory, written_address, written_bank, written_word, written, to_frame);
        dff_setup!(self, clock, to_descriptors, to_weights, to_table, bank, last_bank, word, row_word, pairs_left, row_ends, one_pair);
        dff_setup!(self, clock, complete, waiting, valid, part, hash, class_count, pairs, rows, row_groups, tile_count);
        dff_setup!(
            self,
            clock,
            entry_count,
            product,
            term,
            factor,
            fresh,
            multiplied,
            some_high,
            some_low,
            fits,
            bad_header,
            bad_frame_size
        );
        dff_setup!(self, clock, bad_program, bad_program_size, dropped);

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

        comment!("the state machine takes a beat in every state but these");
        self.stands.next = self.in_sizes.q.val() | (self.in_frame.q.val() & self.waiting.q.val());
        self.taken.next = self.beat_valid.q.val() & !self.stands.val();
        self.moves.next = !self.beat_valid.q.val() | !self.stands.val();
        self.first_free.next = !self.first_valid.q.val() | self.moves.val();

        comment!("the way in: a beat is taken while `second` is empty");
        self.ready.next = !self.second_valid.q.val() & !self.reset.val();
        self.s_axis.tready.next = self.ready.val();
        if !self.second_valid.q.val() {
            self.second.d.next = self.s_axis.tdata.val();
            self.second_valid.d.next = self.s_axis.tvalid.val() & !self.first_free.val();
        } else if self.first_free.val() {
            self.second_valid.d.next = false;
        }
        if self.first_free.val() {
            self.first.d.next = self.s_axis.tdata.val();
            self.first_valid.d.next = self.s_axis.tvalid.val();
            if self.second_valid.q.val() {
                self.first.d.next = self.second.q.val();
                self.first_valid.d.next = true;
            }
        }

        comment!("what the beat holds, if it is a header's first, or its second");
        self.header_magic.next = self.first.q.val().get_bits::<16>(0);
        self.header_kind.next = self.first.q.val().get_bits::<8>(16);
        self.header_zero.next = self.first.q.val().get_bits::<8>(24);
        self.bytes.next = self.first.q.val().get_bits::<32>(0);
        self.frame_bytes.next = self.product.q.val() << 3;
        self.payload_beats.next = self.first.q.val().get_bits::<29>(3);
        self.beats.next = bit_cast::<32, 29>(self.payload_beats.val());
        self.first_beat.next = self.first.q.val().get_bits::<32>(32);
        if self.moves.val() {
            self.beat.d.next = self.first.q.val();
            self.beat_valid.d.next = self.first_valid.q.val();
            self.is_header.d.next = (self.header_magic.val() == self.magic.val())
                & (self.header_zero.val() == 0)
                & (self.header_kind.val() >= self.kind_frame.val())
                & (self.header_kind.val() <= self.kind_commit.val());
            self.zero_high.d.next = self.first_beat.val() == 0;
            self.zero_low.d.next = self.bytes.val() == 0;
            self.size_frame.d.next = self.bytes.val() == self.frame_bytes.val();
            self.size_commit.d.next = self.bytes.val() == self.commit_bytes.val();
            self.empty.d.next = self.payload_beats.val() == 0;
            self.single.d.next = self.payload_beats.val() == 1;
            self.uneven.d.next = ((self.beats.val() | self.first_beat.val()) & self.word_mask.val()) != 0;
        }
        self.in_descriptors.clock.next = self.clock.val();
        self.in_descriptors.enable.next = self.moves.val();
        self.in_descriptors.value.next = self.first_beat.val();
        self.in_descriptors.limit.next = self.descriptor_limit.val();
        self.in_weights.clock.next = self.clock.val();
        self.in_weights.enable.next = self.moves.val();
        self.in_weights.value.next = self.first_beat.val();
        self.in_weights.limit.next = self.weight_limit.val();
        self.in_table.clock.next = self.clock.val();
        self.in_table.enable.next = self.moves.val();
        self.in_table.value.next = self.first_beat.val();
        self.in_table.limit.next = self.table_limit.val();

        comment!("fields of the beat that the state machine looks at");
        self.kind.next = self.beat.q.val().get_bits::<8>(16);
        self.frame_number.next = self.beat.q.val().get_bits::<32>(32);
        self.begins_frame.next = self.kind.val() == self.kind_frame.val();
        self.payload.next = self.beat.q.val().get_bits::<29>(3);
        self.start.next = self.beat.q.val().get_bits::<23>(32);
        self.commit_classes.next = self.beat.q.val().get_bits::<16>(16);
        self.commit_pairs.next = self.beat.q.val().get_bits::<16>(32);
        self.commit_rows.next = self.beat.q.val().get_bits::<16>(48);
        self.commit_tiles.next = self.beat.q.val().get_bits::<32>(0);
        self.commit_entries.next = self.beat.q.val().get_bits::<32>(32);
        self.written.d.next = self.beat.q.val();
        self.written_address.d.next = self.address.q.val();
        self.written_bank.d.next = self.bank.q.val();
        self.written_word.d.next = self.word.q.val();

        comment!("counters: what is left of the packet and of the row, the word of the frame");
        self.begins.next = self.in_length.q.val();
        self.left_from.next = self.left.q.val();
        self.left_by.next = 1.into();
        if self.begins.val() {
            self.left_from.next = self.payload.val();
            self.left_by.next = 0.into();
        }
        self.pairs_from.next = self.pairs_left.q.val();
        self.pairs_by.next = 1.into();
        if self.begins.val() | self.row_ends.q.val() {
            self.pairs_from.next = self.pairs.q.val();
            self.pairs_by.next = 0.into();
        }
        self.turns.next = self.row_ends.q.val() & !self.last_bank.q.val();
        self.word_from.next = self.word.q.val();
        self.word_by.next = 1.into();
        self.row_here.next = self.row_word.q.val();
        if self.new_rows.q.val() {
            self.row_here.next = self.word.q.val();
        }
        self.row_word.d.next = self.row_here.val();
        self.new_rows.d.next = false;
        if self.turns.val() {
            self.word_from.next = self.row_here.val();
            self.word_by.next = 0.into();
        }
        self.next_word.next = self.word_from.val() + self.word_by.val();
        self.one_pair.d.next = self.pairs.q.val() == 1;
        self.row_groups.d.next = bit_cast::<16, 13>(self.rows.q.val().get_bits::<13>(3));
        if self.rows.q.val().get_bits::<3>(0) != 0 {
            self.row_groups.d.next = bit_cast::<16, 13>(self.rows.q.val().get_bits::<13>(3)) + 1;
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
            self.left.d.next = self.left_from.val() - self.left_by.val();
            self.last.d.next = self.left.q.val() == 2;
            self.pairs_left.d.next = self.pairs_from.val() - self.pairs_by.val();
            self.row_ends.d.next = self.pairs_left.q.val() == 2;
            if self.begins.val() {
                self.last.d.next = self.single.q.val();
            }
            if self.begins.val() | self.row_ends.q.val() {
                self.row_ends.d.next = self.one_pair.q.val();
            }
        }
        comment!("the three beats of a commit");
        if self.in_commit.q.val() {
            self.fresh.d.next = true;
            if self.taken.val() {
                self.part.d.next = self.part.q.val() + 1;
                if self.part.q.val() == 0 {
                    self.hash.d.next = self.beat.q.val();
                } else if self.part.q.val() == 1 {
                    self.class_count.d.next = self.commit_classes.val();
                    self.pairs.d.next = self.commit_pairs.val();
                    self.rows.d.next = self.commit_rows.val();
                } else {
                    self.tile_count.d.next = self.commit_tiles.val();
                    self.entry_count.d.next = self.commit_entries.val();
                }
            }
        }
        comment!("what the product was in the cycle before");
        self.fitting.clock.next = self.clock.val();
        self.fitting.enable.next = true;
        self.fitting.value.next = self.product.q.val();
        self.fitting.limit.next = self.over_frame.val();
        self.some_high.d.next = self.product.q.val().get_bits::<16>(16) != 0;
        self.some_low.d.next = self.product.q.val().get_bits::<16>(0) != 0;
        comment!("words of a bank, then beats of a frame");
        if self.in_sizes.q.val() {
            self.fresh.d.next = false;
            if self.fresh.q.val() {
                self.product.d.next = 0.into();
                self.term.d.next = bit_cast::<32, 16>(self.pairs.q.val());
                self.factor.d.next = self.row_groups.q.val();
                if self.state.q.val() == State::Bytes {
                    self.factor.d.next = self.rows.q.val();
                }
                self.multiplied.d.next = false;
            } else {
                self.factor.d.next = self.factor.q.val() >> 1;
                self.term.d.next = self.term.q.val() << 1;
                self.multiplied.d.next = self.factor.q.val().get_bits::<15>(1) == 0;
                if self.factor.q.val().get_bit(0) {
                    self.product.d.next = self.product.q.val() + self.term.q.val();
                }
            }
        }
        match self.state.q.val() {
            State::Header => {
                self.is_frame.d.next = self.begins_frame.val();
                self.is_descriptors.d.next = self.kind.val() == self.kind_descriptors.val();
                self.is_weights.d.next = self.kind.val() == self.kind_weights.val();
                self.is_table.d.next = self.kind.val() == self.kind_table.val();
                self.is_commit.d.next = self.kind.val() == self.kind_commit.val();
                self.serial.d.next = self.frame_number.val();
                if self.taken.val() {
                    if self.is_header.q.val() {
                        self.state.d.next = State::Length;
                        self.in_length.d.next = true;
                        if !self.begins_frame.val() {
                            self.valid.d.next = false;
                        }
                    } else {
                        self.bad_header.d.next = !(self.zero_high.q.val() & self.zero_low.q.val());
                    }
                }
            }
            State::Length => {
                self.address.d.next = self.start.val();
                self.last_address.d.next = self.last_weight.val();
                self.in_memory.d.next = self.in_weights.below.val();
                if self.is_descriptors.q.val() {
                    self.last_address.d.next = self.last_descriptor.val();
                    self.in_memory.d.next = self.in_descriptors.below.val();
                } else if self.is_table.q.val() {
                    self.last_address.d.next = self.last_entry.val();
                    self.in_memory.d.next = self.in_table.below.val();
                }
                self.bank.d.next = 0.into();
                self.last_bank.d.next = false;
                self.word.d.next = 0.into();
                self.row_word.d.next = 0.into();
                self.part.d.next = 0.into();
                if self.taken.val() {
                    self.state.d.next = State::Skip;
                    self.in_length.d.next = false;
                    if self.is_frame.q.val() {
                        if !self.valid.q.val() {
                            self.bad_program.d.next = true;
                            self.dropped.d.next = true;
                        } else if !self.size_frame.q.val() {
                            self.bad_frame_size.d.next = true;
                            self.dropped.d.next = true;
                        } else {
                            self.state.d.next = State::Frame;
                            self.in_frame.d.next = true;
                        }
                    } else if self.is_commit.q.val() {
                        if self.size_commit.q.val() {
                            self.state.d.next = State::Commit;
                            self.in_commit.d.next = true;
                        } else {
                            self.bad_header.d.next = true;
                        }
                    } else if self.is_weights.q.val() & self.uneven.q.val() {
                        self.bad_program_size.d.next = true;
                    } else {
                        self.state.d.next = State::Program;
                    }
                    if self.empty.q.val() {
                        self.state.d.next = State::Header;
                        self.in_frame.d.next = false;
                        self.in_commit.d.next = false;
                    }
                }
            }
            State::Frame => {
                if self.taken.val() {
                    self.to_frame.d.next = true;
                    self.word.d.next = self.next_word.val();
                    if self.row_ends.q.val() {
                        self.bank.d.next = self.bank.q.val() + 1;
                        self.last_bank.d.next = self.bank.q.val() == 6;
                        self.new_rows.d.next = self.last_bank.q.val();
                    }
                    if self.last.q.val() {
                        self.complete.d.next = true;
                        self.waiting_sequence.d.next = self.serial.q.val();
                        self.state.d.next = State::Header;
                        self.in_frame.d.next = false;
                    }
                }
            }
            State::Program => {
                if self.taken.val() {
                    self.address.d.next = self.address.q.val() + 1;
                    self.in_memory.d.next = self.in_memory.q.val() & (self.address.q.val() != self.last_address.q.val());
                    if self.in_memory.q.val() {
                        self.to_descriptors.d.next = self.is_descriptors.q.val();
                        self.to_weights.d.next = self.is_weights.q.val();
                        self.to_table.d.next = self.is_table.q.val();
                    } else {
                        self.bad_program_size.d.next = true;
                        self.state.d.next = State::Skip;
                    }
                    if self.last.q.val() {
                        self.state.d.next = State::Header;
                    }
                }
            }
            State::Commit => {
                if self.taken.val() & self.part.q.val().get_bit(1) {
                    self.state.d.next = State::Words;
                    self.in_commit.d.next = false;
                    self.in_sizes.d.next = true;
                }
            }
            State::Skip => {
                if self.taken.val() & self.last.q.val() {
                    self.state.d.next = State::Header;
                }
            }
            State::Words => {
                if !self.fresh.q.val() & self.multiplied.q.val() {
                    self.fresh.d.next = true;
                    self.state.d.next = State::Bytes;
                }
            }
            State::Bytes => {
                comment!("in its first cycle: the words are known");
                if self.fresh.q.val() {
                    self.fits.d.next = self.fitting.below.val() & (self.some_high.q.val() | self.some_low.q.val());
                }
                if !self.fresh.q.val() & self.multiplied.q.val() {
                    self.valid.d.next = self.fits.q.val();
                    self.bad_program_size.d.next = !self.fits.q.val();
                    self.state.d.next = State::Header;
                    self.in_sizes.d.next = false;
                }
            }
            _ => {
                self.state.d.next = State::Header;
                self.in_length.d.next = false;
                self.in_frame.d.next = false;
                self.in_commit.d.next = false;
                self.in_sizes.d.next = false;
            }
        }
        if self.complete.q.val() {
            self.waiting.d.next = true;
        }
        if self.frame_release.val() {
            self.waiting.d.next = false;
        }
        if self.reset.val() {
            self.first_valid.d.next = false;
            self.second_valid.d.next = false;
            self.beat_valid.d.next = false;
            self.state.d.next = State::Header;
            self.in_length.d.next = false;
            self.in_frame.d.next = false;
            self.in_commit.d.next = false;
            self.in_sizes.d.next = false;
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
