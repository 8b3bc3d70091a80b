//! Keeps tokens beside the memory words that they asked for.

use crate::lang::prelude::*;

/// One cycle of memory latency; with 32 columns a squeeze row has two words and the token's part bit chooses.
#[derive(LogicBlock, Default)]
pub struct ReadStage {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// From the scanner: `token` and `scan_address` count.
    pub issue: Signal<In, Bit>,
    /// With `issue`: token of the word that is asked for; 0 otherwise.
    pub token: Signal<In, Bits<16>>,
    /// From the scanner: the window moves on by a column without a word.
    pub push: Signal<In, Bit>,
    /// With `issue`: the pixel's word of the line buffers.
    pub line: Signal<In, Bits<16>>,
    /// With `issue`: row of the memories.
    pub scan_address: Signal<In, Bits<20>>,
    /// Traces are being sent: `address` is `trace_row`.
    pub trace_busy: Signal<In, Bit>,
    /// Row that the sender reads.
    pub trace_row: Signal<In, Bits<20>>,
    /// Read address of both memories.
    pub address: Signal<Out, Bits<20>>,
    /// Row of the squeeze memory a cycle after its address: one word of sixteen channels, or two.
    pub row: Vec<Signal<In, Bits<128>>>,
    /// `issue` a cycle later, beside the memory's word.
    pub issue_1: Signal<Out, Bit>,
    /// `token` a cycle later.
    pub token_1: Signal<Out, Bits<16>>,
    /// `push` a cycle later.
    pub push_1: Signal<Out, Bit>,
    /// `line` a cycle later.
    pub line_1: Signal<Out, Bits<16>>,
    /// With `issue_1`: the squeeze word that the token's part asks for.
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
        comment!("cycle 0: the memories are addressed, the token waits");
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
        comment!("cycle 1: the memory's word; bit 11 of the token is its part");
        self.word.next = self.row[0].val();
        for i in 1..self.row.len() {
            if self.held.q.val().get_bit(11) {
                self.word.next = self.row[i].val();
            }
        }
    }
}
