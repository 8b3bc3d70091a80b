//! Reads a layer's output back for trace packets.

use crate::lang::prelude::*;

/// Chooses eight bytes of a memory row; four cycles from row and beat to data, one of them in the memory.
#[derive(LogicBlock, Default)]
pub struct TraceReader {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: the layer wrote the squeeze memory.
    pub from_squeeze: Signal<In, Bit>,
    /// Cycle 0: beat of the row.
    pub beat: Signal<In, Bits<4>>,
    /// Cycle 1: row of the activation memory, sixteen bytes a word.
    pub activation: [Signal<In, Bits<128>>; 8],
    /// Cycle 1: row of the squeeze memory, sixteen bytes a word.
    pub squeeze: Vec<Signal<In, Bits<128>>>,
    /// Cycle 4: the eight bytes of `beat` of cycle 0.
    pub data: Signal<Out, Bits<64>>,
    beat_1: DFF<Bits<4>>,
    word: DFF<Bits<128>>,
    upper: DFF<Bit>,
    half: DFF<Bits<64>>,
    last: DFF<Bits<64>>,
}

impl TraceReader {
    /// For squeeze rows of `words` words, 1 or 2.
    pub fn new(words: usize) -> Self {
        Self { squeeze: many(words), ..Default::default() }
    }
}

impl Logic for TraceReader {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_trace_reader: Chooses eight bytes of a memory row for a trace packet, four cycles after row and beat.");
        dff_setup!(self, clock, beat_1, word, upper, half, last);
        comment!("cycle 0: the memories are addressed");
        self.beat_1.d.next = self.beat.val();
        comment!("cycle 1: sixteen bytes of the row");
        self.upper.d.next = self.beat_1.q.val().get_bit(0);
        self.word.d.next = self.activation[0].val();
        for i in 1..8 {
            if self.beat_1.q.val().get_bits::<3>(1) == i.to_bits::<3>() {
                self.word.d.next = self.activation[i].val();
            }
        }
        if self.from_squeeze.val() {
            self.word.d.next = self.squeeze[0].val();
            for i in 1..self.squeeze.len() {
                if self.beat_1.q.val().get_bits::<3>(1) == i.to_bits::<3>() {
                    self.word.d.next = self.squeeze[i].val();
                }
            }
        }
        comment!("cycle 2: eight of them");
        self.half.d.next = self.word.q.val().get_bits::<64>(0);
        if self.upper.q.val() {
            self.half.d.next = self.word.q.val().get_bits::<64>(64);
        }
        comment!("cycles 3 and 4: the way to the sender");
        self.last.d.next = self.half.q.val();
        self.data.next = self.last.q.val();
    }
}
