//! Keeps tokens beside the memory words that they asked for.

use crate::lang::prelude::*;

/// One cycle of memory latency; with 32 columns a squeeze row has two words and the token's part bit chooses.
#[derive(LogicBlock, Default)]
pub struct ReadStage {
    pub clock: Signal<In, Clock>,
    /// From the scanner, in the cycle of the memory address.
    pub issue: Signal<In, Bit>,
    pub token: Signal<In, Bits<16>>,
    pub push: Signal<In, Bit>,
    pub line: Signal<In, Bits<16>>,
    pub scan_address: Signal<In, Bits<20>>,
    /// While traces are sent, the memories belong to the sender.
    pub trace_busy: Signal<In, Bit>,
    pub trace_row: Signal<In, Bits<20>>,
    /// Read address of both memories.
    pub address: Signal<Out, Bits<20>>,
    /// Squeeze memory row: one word of sixteen channels, or two.
    pub row: Vec<Signal<In, Bits<128>>>,
    /// One cycle later, beside the memory's word.
    pub issue_1: Signal<Out, Bit>,
    pub token_1: Signal<Out, Bits<16>>,
    pub push_1: Signal<Out, Bit>,
    pub line_1: Signal<Out, Bits<16>>,
    pub word: Signal<Out, Bits<128>>,
    issued: DFF<Bit>,
    pushed: DFF<Bit>,
    line_held: DFF<Bits<16>>,
    held: DFF<Bits<16>>,
}

impl ReadStage {
    /// For rows of `words` words, 1 or 2.
    pub fn new(words: usize) -> Self {
        Self { row: many(words), ..Default::default() }
    }
}

impl Logic for ReadStage {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_read_stage: Keeps tokens beside the memory words that they asked for.");
        dff_setup!(self, clock, issued, pushed, line_held, held);
        self.address.next = self.scan_address.val();
        if self.trace_busy.val() {
            self.address.next = self.trace_row.val();
        }
        self.issued.d.next = self.issue.val();
        self.held.d.next = self.token.val();
        self.issue_1.next = self.issued.q.val();
        self.token_1.next = self.held.q.val();
        self.pushed.d.next = self.push.val();
        self.push_1.next = self.pushed.q.val();
        self.line_held.d.next = self.line.val();
        self.line_1.next = self.line_held.q.val();
        self.word.next = self.row[0].val();
        for i in 1..self.row.len() {
            if self.held.q.val().get_bit(11) {
                self.word.next = self.row[i].val();
            }
        }
    }
}
