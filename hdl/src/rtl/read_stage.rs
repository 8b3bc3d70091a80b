//! Addresses of the activation and squeeze memories, and what waits beside the words that were asked for.

use crate::lang::copies::Copies;
use crate::lang::prelude::*;
use crate::rtl::delay::Delay;

/// Most registers of the activation memory's address: one a slice, or one for two.
pub const ADDRESS_COPIES: usize = 16;

/// Registers of the squeeze memory's address beside an activation memory of `slices` slices, which has eight times as many: two at most.
pub fn squeeze_copies(slices: usize) -> usize {
    (slices / 8).clamp(1, 2)
}

/// A register for the addresses, and a memory latency of three cycles.
///
/// No register reaches all RAMs of a row, so the address has copies. Synthesis would join registers that hold the same;
/// these choose between the scanner's row and the sender's by a copy each of `trace_busy`, four cycles late. So `trace_busy`
/// rises at least four cycles before the sender's first row, and falls as long before a layer's first.
///
/// With 32 columns a squeeze row has two words and the token's part bit chooses.
#[derive(LogicBlock, Default)]
pub struct ReadStage {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// From the scanner: `token` and `scan_address` count.
    pub issue: Signal<In, Bit>,
    /// With `issue`: token of the word that is asked for; 0 otherwise.
    pub token: Signal<In, Bits<16>>,
    /// From the scanner: the window moves on by a column without a word; not with `issue`.
    pub push: Signal<In, Bit>,
    /// With `issue`: the pixel's word of the line buffers.
    pub line: Signal<In, Bits<16>>,
    /// With `issue`: row of the memories.
    pub scan_address: Signal<In, Bits<20>>,
    /// Traces are being sent: the rows are those of `trace_row`.
    pub trace_busy: Signal<In, Bit>,
    /// Row that the sender reads.
    pub trace_row: Signal<In, Bits<20>>,
    /// Read address of the activation memory, a cycle after `scan_address` or `trace_row`; all copies are the same.
    pub address: Vec<Signal<Out, Bits<20>>>,
    /// The same for the squeeze memory, a copy a slice or for two.
    pub squeeze_address: Vec<Signal<Out, Bits<20>>>,
    /// Row of the squeeze memory three cycles after its address: one word of sixteen channels, or two.
    pub row: Vec<Signal<In, Bits<128>>>,
    /// `issue` four cycles later, beside the memory's word.
    pub issue_4: Signal<Out, Bit>,
    /// With `issue_4` or `push_4`: `token` of four cycles before.
    pub token_4: Signal<Out, Bits<16>>,
    /// `push` four cycles later.
    pub push_4: Signal<Out, Bit>,
    /// With `issue_4`: `line` of four cycles before.
    pub line_4: Signal<Out, Bits<16>>,
    /// With `issue_4`: the squeeze word that the token's part asks for.
    pub word: Signal<Out, Bits<128>>,
    /// Copies of `trace_busy`, and those for the squeeze memory.
    traced: Copies<1>,
    squeeze_traced: Copies<1>,
    row_address: Vec<DFF<Bits<20>>>,
    squeeze_row: Vec<DFF<Bits<20>>>,
    /// Bit 0: something moves the window; bit 1: it is a push.
    moves: Delay<2>,
    line_delay: Delay<16>,
    token_delay: Delay<16>,
    issued: DFF<Bit>,
    pushed: DFF<Bit>,
    line_held: DFF<Bits<16>>,
    held: DFF<Bits<16>>,
    moving: Signal<Local, Bit>,
    pushing: Signal<Local, Bit>,
}

impl ReadStage {
    /// For squeeze rows of `words` words, 1 or 2, and an activation memory of `slices` slices.
    pub fn new(words: usize, slices: usize) -> Self {
        let (copies, squeeze) = (ADDRESS_COPIES.min(slices), squeeze_copies(slices));
        Self {
            row: many(words),
            address: many(copies),
            traced: Copies::new(copies),
            row_address: many(copies),
            squeeze_address: many(squeeze),
            squeeze_traced: Copies::new(squeeze),
            squeeze_row: many(squeeze),
            moves: Delay::new(3),
            line_delay: Delay::new(3),
            token_delay: Delay::new(3),
            ..Default::default()
        }
    }
}

impl Logic for ReadStage {
    #[hdl_gen]
    fn update(&mut self) {
        comment!(
            "ember_read_stage: Addresses of the activation and squeeze memories, and what waits beside the words that were asked for."
        );
        dff_setup!(self, clock, issued, pushed, line_held, held);
        comment!("cycle 0: the scanner's row or the sender's");
        self.traced.clock.next = self.clock.val();
        self.traced.value.next = self.trace_busy.val().into();
        for i in 0..self.address.len() {
            self.row_address[i].clock.next = self.clock.val();
            self.row_address[i].d.next = self.scan_address.val();
            if self.traced.copy[i].val() == 1 {
                self.row_address[i].d.next = self.trace_row.val();
            }
            self.address[i].next = self.row_address[i].q.val();
        }
        self.squeeze_traced.clock.next = self.clock.val();
        self.squeeze_traced.value.next = self.trace_busy.val().into();
        for i in 0..self.squeeze_address.len() {
            self.squeeze_row[i].clock.next = self.clock.val();
            self.squeeze_row[i].d.next = self.scan_address.val();
            if self.squeeze_traced.copy[i].val() == 1 {
                self.squeeze_row[i].d.next = self.trace_row.val();
            }
            self.squeeze_address[i].next = self.squeeze_row[i].q.val();
        }

        comment!("cycles 1 to 4: the memories are addressed and give the word, the token waits");
        self.moves.clock.next = self.clock.val();
        self.moves.value.next =
            bit_cast::<2, 1>((self.issue.val() | self.push.val()).into()) | (bit_cast::<2, 1>(self.push.val().into()) << 1);
        self.line_delay.clock.next = self.clock.val();
        self.line_delay.value.next = self.line.val();
        self.token_delay.clock.next = self.clock.val();
        self.token_delay.value.next = self.token.val();
        self.moving.next = self.moves.delayed.val().get_bit(0);
        self.pushing.next = self.moves.delayed.val().get_bit(1);
        self.issued.d.next = self.moving.val() & !self.pushing.val();
        self.pushed.d.next = self.moving.val() & self.pushing.val();
        if self.moving.val() {
            self.held.d.next = self.token_delay.delayed.val();
            self.line_held.d.next = self.line_delay.delayed.val();
        }
        self.issue_4.next = self.issued.q.val();
        self.push_4.next = self.pushed.q.val();
        self.token_4.next = self.held.q.val();
        self.line_4.next = self.line_held.q.val();
        comment!("cycle 4: the memory's word; bit 11 of the token is its part");
        self.word.next = self.row[0].val();
        for i in 1..self.row.len() {
            if self.held.q.val().get_bit(11) {
                self.word.next = self.row[i].val();
            }
        }
    }
}
