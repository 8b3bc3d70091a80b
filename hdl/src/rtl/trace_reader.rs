//! Reads a layer's output back for trace packets.

use crate::lang::copies::Copies;
use crate::lang::prelude::*;
use crate::rtl::delay::Delay;

/// Cycles from a row and beat that the sender asks for to its eight bytes: four until the row is there, four in this block.
pub const TRACE_LATENCY: usize = 8;

/// Chooses eight bytes of a memory row, four cycles after the row.
#[derive(LogicBlock, Default)]
pub struct TraceReader {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: the layer wrote the squeeze memory.
    pub from_squeeze: Signal<In, Bit>,
    /// Cycle 0: beat of the row.
    pub beat: Signal<In, Bits<4>>,
    /// Cycle 4: row of the activation memory, sixteen bytes a word.
    pub activation: [Signal<In, Bits<128>>; 8],
    /// Cycle 4: row of the squeeze memory, sixteen bytes a word.
    pub squeeze: Vec<Signal<In, Bits<128>>>,
    /// Cycle 8: the eight bytes of `beat` of cycle 0.
    pub data: Signal<Out, Bits<64>>,
    beat_delay: Delay<4>,
    /// A copy for each quarter of the activation row.
    beats: Copies<4>,
    half: [Signal<Local, Bits<64>>; 16],
    squeeze_half: Vec<Signal<Local, Bits<64>>>,
    /// One of four halves of words in each quarter of the row, and of the squeeze row.
    of_quarter: [DFF<Bits<64>>; 4],
    of_squeeze: DFF<Bits<64>>,
    quarter: DFF<Bits<2>>,
    of_row: DFF<Bits<64>>,
    of_squeeze_1: DFF<Bits<64>>,
    chosen: DFF<Bits<64>>,
    last: DFF<Bits<64>>,
    unused_beats: Signal<Local, Bits<6>>,
}

impl TraceReader {
    /// For squeeze rows of `words` words, 1 or 2.
    pub fn new(words: usize) -> Self {
        Self { squeeze: many(words), squeeze_half: many(2 * words), beat_delay: Delay::new(2), beats: Copies::new(4), ..Default::default() }
    }
}

impl Logic for TraceReader {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_trace_reader: Chooses eight bytes of a memory row for a trace packet, eight cycles after row and beat.");
        dff_setup!(self, clock, of_squeeze, quarter, of_row, of_squeeze_1, chosen, last);
        comment!("cycles 0 to 4: the memories are read, the beat waits");
        self.beat_delay.clock.next = self.clock.val();
        self.beat_delay.value.next = self.beat.val();
        self.beats.clock.next = self.clock.val();
        self.beats.value.next = self.beat_delay.delayed.val();
        comment!("cycle 4: one half of a word in each quarter of the row");
        for i in 0..8 {
            self.half[2 * i].next = self.activation[i].val().get_bits::<64>(0);
            self.half[2 * i + 1].next = self.activation[i].val().get_bits::<64>(64);
        }
        for i in 0..4 {
            self.of_quarter[i].clock.next = self.clock.val();
            self.of_quarter[i].d.next = self.half[4 * i].val();
            for j in 1..4 {
                if self.beats.copy[i].val().get_bits::<2>(0) == j.to_bits::<2>() {
                    self.of_quarter[i].d.next = self.half[4 * i + j].val();
                }
            }
        }
        for i in 0..self.squeeze.len() {
            self.squeeze_half[2 * i].next = self.squeeze[i].val().get_bits::<64>(0);
            self.squeeze_half[2 * i + 1].next = self.squeeze[i].val().get_bits::<64>(64);
        }
        self.of_squeeze.d.next = self.squeeze_half[0].val();
        for i in 1..self.squeeze_half.len() {
            if self.beats.copy[0].val().get_bits::<2>(0) == i.to_bits::<2>() {
                self.of_squeeze.d.next = self.squeeze_half[i].val();
            }
        }
        self.quarter.d.next = self.beats.copy[0].val().get_bits::<2>(2);
        self.unused_beats.next = bit_cast::<6, 2>(self.beats.copy[1].val().get_bits::<2>(2))
            | (bit_cast::<6, 2>(self.beats.copy[2].val().get_bits::<2>(2)) << 2)
            | (bit_cast::<6, 2>(self.beats.copy[3].val().get_bits::<2>(2)) << 4);
        comment!("cycle 5: one quarter");
        self.of_row.d.next = self.of_quarter[0].q.val();
        for i in 1..4 {
            if self.quarter.q.val() == i.to_bits::<2>() {
                self.of_row.d.next = self.of_quarter[i].q.val();
            }
        }
        self.of_squeeze_1.d.next = self.of_squeeze.q.val();
        comment!("cycle 6: one memory");
        self.chosen.d.next = self.of_row.q.val();
        if self.from_squeeze.val() {
            self.chosen.d.next = self.of_squeeze_1.q.val();
        }
        comment!("cycles 7 and 8: the way to the sender");
        self.last.d.next = self.chosen.q.val();
        self.data.next = self.last.q.val();
    }
}
