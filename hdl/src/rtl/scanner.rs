//! Walks through one layer: blocks of output channels, strips of rows, passes of the reduction, rows, columns.

use crate::lang::prelude::*;

use super::row_plan::RowPlan;

/// Whether tokens are issued.
///
/// ```text
///         start              row planned,           last token of the last row, no expand
///                            weights there
///     Idle ------> Wait <------------------> Row ------------------------------> Idle
///                        last token, next row |                                   ^
///                        not yet there        |  last token of an expand          |
///                                             '---------------------> Flush ------'
/// ```
///
/// From a row's last token straight to the next row's first, where that one is planned and its weights are there.
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
pub enum Scan {
    /// No layer.
    Idle,
    /// For the next row, or for its weights and entries.
    Wait,
    /// A token a cycle; none while an expand reads its first row.
    Row,
    /// An expand pushes its last pixel out of the window.
    Flush,
}

/// One token a cycle, in the order block > strip > pass > row > column.
///
/// A strip is as many rows as the accumulators hold; a layer whose map they hold has one. All passes
/// of a strip run before the next strip, and `rewind` has the weight loader start again with the
/// block's first tile.
///
/// **Expand.** The token of a pixel goes with the word of the pixel *below* it, which completes its
/// window but for one column (see `Window`). So reading is a row ahead of the tokens:
///
/// ```text
///  one strip: the line buffers hold one row,    two strips: they hold one row of every pass, which
///  reading goes on with the next pass           waits there while the others run
///
///                                               strip         0    0    1    1    next block
///  pass      0      1                           pass          0    1    0    1    0
///  tokens    0 1 2  0 1 2                       tokens        0 1  0 1  2 3  2 3  0 1
///  read    0 1 2 0  1 2 ...                     read     0 0  1 2  1 2  3 0  3 0  1 2
///      filled    row 0 of pass 1                       filled             row 0 for the next block
/// ```
///
/// Filling reads the first row 0 (of every pass, where there are strips). There is no row that a block
/// reads twice, and no gap between passes, strips and blocks.
///
/// Before a pass the scanner waits for the pass's weights (and before a block for its
/// requantisation entries). While it waits in an expand, and after the last token, it pushes the
/// pass's last pixel out of the window.
///
/// Which row comes next is decided by `RowPlan` while a row runs: a row of less than six tokens waits for it. Here nothing is
/// decided but whether the row may begin, a cycle ahead (`ready`), and what is at an edge is known a token ahead:
///
/// ```text
///  cycle        t         t + 1                   t + 2
///  take, row's first      its first token,        that token at the outputs
///  word loaded            take_tile
/// ```
///
/// A token's fields are those of [`contract::token::Token`] (docs/interface.md).
#[derive(LogicBlock, Default)]
pub struct Scanner {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget the layer.
    pub reset: Signal<In, Bit>,
    /// Pulse, while `idle`: begin a layer. Everything marked static holds from two cycles before until `idle`.
    pub start: Signal<In, Bit>,
    /// Static: the layer is the stem.
    pub is_stem: Signal<In, Bit>,
    /// Static: the layer is an expand; without this and `is_stem` it is a 1x1.
    pub is_expand: Signal<In, Bit>,
    /// Static: a border of zeros lies around the map (classifier).
    pub padded: Signal<In, Bit>,
    /// Static: tokens a row - 1 (with the stem's prefill and the padding).
    pub last_column: Signal<In, Bits<16>>,
    /// Static: rows - 1.
    pub last_row: Signal<In, Bits<16>>,
    /// Static: rows of a strip - 1 (the last strip may have fewer).
    pub last_strip_row: Signal<In, Bits<16>>,
    /// Static: strips - 1.
    pub last_strip: Signal<In, Bits<16>>,
    /// Static: passes of the reduction - 1.
    pub last_pass: Signal<In, Bits<16>>,
    /// Static: blocks of output channels - 1.
    pub last_block: Signal<In, Bits<16>>,
    /// Static: parts of a memory row - 1 (3 quarters, 1 half, 0 whole rows).
    pub last_part: Signal<In, Bits<2>>,
    /// Static: memory rows from one pixel to the next.
    pub row_step: Signal<In, Bits<20>>,
    /// Static: stem words before a row's first window is complete: 1 for 3x3, 3 for 7x7.
    pub prefill: Signal<In, Bits<16>>,
    /// Static: stem words a row.
    pub pairs: Signal<In, Bits<16>>,
    /// The next pass's weights are in the shadow registers. Falls within three cycles of `take_tile`.
    pub tile_ready: Signal<In, Bit>,
    /// The next block's entries are in the shadow registers. Falls within three cycles of `take_entries`.
    pub entries_ready: Signal<In, Bit>,
    /// Pulse, a cycle before the pass's first token: it takes the shadow weights.
    pub take_tile: Signal<Out, Bit>,
    /// Pulse, with `take_tile`: a block begins and takes the shadow entries.
    pub take_entries: Signal<Out, Bit>,
    /// With `take_tile`: the next pass uses the block's first tile again.
    pub rewind: Signal<Out, Bit>,
    /// `token` and `address` count in this cycle.
    pub issue: Signal<Out, Bit>,
    /// With `issue`: what becomes of the pixel, bits as above; 0 otherwise.
    pub token: Signal<Out, Bits<16>>,
    /// With `issue`: word of the memory that the layer reads.
    pub address: Signal<Out, Bits<20>>,
    /// Expand, with `issue`: where the pixel goes in the line buffers.
    pub line: Signal<Out, Bits<16>>,
    /// Expand: push the window on by a column.
    pub push: Signal<Out, Bit>,
    /// Stem, with `issue`: bank of the window's first row, 0, 2, 4 or 6.
    pub phase: Signal<Out, Bits<3>>,
    /// Nothing left to issue, and ready for another layer.
    pub idle: Signal<Out, Bit>,
    /// This cycle waits for weights or entries.
    pub stalled: Signal<Out, Bit>,
    state: DFF<Scan>,
    /// Idle for one cycle, two, three.
    rest_1: DFF<Bit>,
    rest_2: DFF<Bit>,
    rest_3: DFF<Bit>,
    plan: RowPlan,
    /// The planned row may begin: what it needs is there.
    ready: DFF<Bit>,
    /// A row may follow: this token is its row's last, or there is none.
    open: DFF<Bit>,
    /// This token is its row's first.
    at_left: DFF<Bit>,
    /// Tokens between this one and the row's last but one; negative at that and at the last.
    ahead: DFF<Bits<17>>,
    /// Stem: words until the first window is complete - 1; negative from there on.
    lead: DFF<Bits<17>>,
    /// Word of this token; of the stem's row.
    here: DFF<Bits<20>>,
    /// From this token's word to the next one's.
    word_step: DFF<Bits<20>>,
    line_here: DFF<Bits<16>>,
    /// Where the strip's first pass goes on for the next one.
    strip_next: DFF<Bits<20>>,
    /// The row that runs, as `RowPlan` says.
    fill: DFF<Bit>,
    pass_start: DFF<Bit>,
    block_start: DFF<Bit>,
    last: DFF<Bit>,
    top: DFF<Bit>,
    bottom: DFF<Bit>,
    first_pass: DFF<Bit>,
    final_pass: DFF<Bit>,
    first_pass_end: DFF<Bit>,
    part: DFF<Bits<2>>,
    bank: DFF<Bits<3>>,
    /// Static: a row has one token; how many it has, - 2.
    single: DFF<Bit>,
    columns: DFF<Bits<17>>,
    take_tile_1: DFF<Bit>,
    take_entries_1: DFF<Bit>,
    rewind_1: DFF<Bit>,
    stalled_1: DFF<Bit>,
    issue_1: DFF<Bit>,
    push_1: DFF<Bit>,
    token_1: DFF<Bits<16>>,
    address_1: DFF<Bits<20>>,
    line_1: DFF<Bits<16>>,
    phase_1: DFF<Bits<3>>,
    running: Signal<Local, Bit>,
    waiting: Signal<Local, Bit>,
    resting: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
    /// The planned row needs no weights and entries, or they are there.
    supplied: Signal<Local, Bit>,
    scan: Signal<Local, Bit>,
    outside: Signal<Local, Bit>,
    valid: Signal<Local, Bit>,
    next_right: Signal<Local, Bit>,
    /// The next token has another word.
    advance: Signal<Local, Bit>,
    wide_columns: Signal<Local, Bits<17>>,
    ahead_from: Signal<Local, Bits<17>>,
    lead_from: Signal<Local, Bits<17>>,
}

impl Logic for Scanner {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_scanner: Walks through one layer (blocks of output channels, strips of rows, passes of the reduction, rows, columns) and issues one token and memory address a cycle.");
        dff_setup!(
            self,
            clock,
            state,
            rest_1,
            rest_2,
            rest_3,
            ready,
            open,
            at_left,
            ahead,
            lead,
            here,
            word_step,
            line_here,
            strip_next,
            fill,
            pass_start,
            block_start,
            last,
            top,
            bottom,
            first_pass,
            final_pass,
            first_pass_end,
            part,
            bank,
            single,
            columns,
            take_tile_1,
            take_entries_1,
            rewind_1,
            stalled_1,
            issue_1,
            push_1,
            token_1,
            address_1,
            line_1,
            phase_1
        );
        self.running.next = self.state.q.val() == Scan::Row;
        self.waiting.next = self.state.q.val() == Scan::Wait;
        self.resting.next = self.state.q.val() == Scan::Idle;
        self.rest_1.d.next = self.resting.val();
        self.rest_2.d.next = self.resting.val() & self.rest_1.q.val();
        self.rest_3.d.next = self.resting.val() & self.rest_2.q.val();

        comment!("static: whether a row has one token; its tokens - 2, with a sign");
        self.wide_columns.next = bit_cast::<17, 16>(self.last_column.val());
        self.single.d.next = self.last_column.val() == 0;
        self.columns.d.next = self.wide_columns.val() - 1;

        comment!("which row comes next");
        self.plan.clock.next = self.clock.val();
        self.plan.rest.next = self.resting.val();
        self.plan.take.next = self.take.val();
        self.plan.is_stem.next = self.is_stem.val();
        self.plan.is_expand.next = self.is_expand.val();
        self.plan.last_column.next = self.last_column.val();
        self.plan.last_row.next = self.last_row.val();
        self.plan.last_strip_row.next = self.last_strip_row.val();
        self.plan.last_strip.next = self.last_strip.val();
        self.plan.last_pass.next = self.last_pass.val();
        self.plan.last_block.next = self.last_block.val();
        self.plan.last_part.next = self.last_part.val();
        self.plan.pairs.next = self.pairs.val();
        self.plan.strip_next.next = self.strip_next.q.val();

        comment!("whether it may begin, a cycle ahead");
        self.take.next = self.open.q.val() & self.ready.q.val();
        self.supplied.next =
            !self.plan.pass_start.val() | (self.tile_ready.val() & (!self.plan.block_start.val() | self.entries_ready.val()));
        self.ready.d.next = self.plan.planned.val() & self.supplied.val() & !self.take.val();
        self.take_tile_1.d.next = self.take.val() & self.plan.pass_start.val();
        self.take_entries_1.d.next = self.take.val() & self.plan.block_start.val();
        self.rewind_1.d.next = self.take.val() & self.plan.rewind.val();
        self.stalled_1.d.next = self.waiting.val() & self.plan.planned.val() & !self.supplied.val();

        comment!("from token to token; `ahead` has its sign two tokens before the row's end");
        self.next_right.next = self.ahead.q.val().get_bit(16);
        self.at_left.d.next = self.take.val();
        self.ahead_from.next = self.ahead.q.val();
        self.lead_from.next = self.lead.q.val();
        if self.take.val() {
            self.ahead_from.next = self.columns.q.val();
            self.lead_from.next = bit_cast::<17, 16>(self.prefill.val());
        }
        self.ahead.d.next = self.ahead_from.val() - 1;
        if self.take.val() | !self.lead.q.val().get_bit(16) {
            self.lead.d.next = self.lead_from.val() - 1;
        }
        if self.running.val() & !self.open.q.val() {
            self.line_here.d.next = self.line_here.q.val() + 1;
        }
        if self.running.val() & self.open.q.val() & self.first_pass_end.q.val() {
            self.strip_next.d.next = self.here.q.val() + self.word_step.q.val();
        }
        comment!("on to the next word, but where the border is");
        self.advance.next = self.take.val() | (self.running.val() & !self.open.q.val());
        if self.padded.val() & (self.take.val() | self.top.q.val() | self.bottom.q.val() | self.next_right.val()) {
            self.advance.next = false;
        }
        self.word_step.d.next = 0.into();
        if self.advance.val() {
            self.word_step.d.next = self.row_step.val();
        }
        self.here.d.next = self.here.q.val() + self.word_step.q.val();

        comment!("to the next row's first token");
        if self.take.val() {
            self.line_here.d.next = self.plan.line.val();
            if self.plan.jump.val() {
                self.here.d.next = self.plan.base.val();
            }
            self.fill.d.next = self.plan.fill.val();
            self.pass_start.d.next = self.plan.pass_start.val();
            self.block_start.d.next = self.plan.block_start.val();
            self.last.d.next = self.plan.last.val();
            self.top.d.next = self.plan.top.val();
            self.bottom.d.next = self.plan.bottom.val();
            self.first_pass.d.next = self.plan.first_pass.val();
            self.final_pass.d.next = self.plan.final_pass.val();
            self.first_pass_end.d.next = self.plan.first_pass_end.val();
            self.part.d.next = self.plan.part.val();
            self.bank.d.next = self.plan.bank.val();
        }

        comment!("the token of this cycle, its word and its place in the lines");
        self.scan.next = self.running.val() & !self.fill.q.val();
        self.valid.next = !self.is_stem.val() | self.lead.q.val().get_bit(16);
        self.outside.next = self.padded.val() & (self.at_left.q.val() | self.open.q.val() | self.top.q.val() | self.bottom.q.val());
        self.issue_1.d.next = self.running.val();
        self.push_1.d.next = self.is_expand.val() & (self.waiting.val() | (self.state.q.val() == Scan::Flush));
        self.token_1.d.next = 0.into();
        self.address_1.d.next = self.here.q.val();
        self.line_1.d.next = self.line_here.q.val();
        self.phase_1.d.next = self.bank.q.val();
        if self.running.val() {
            self.token_1.d.next = bit_cast::<16, 2>(self.part.q.val()) << 11;
        }
        if self.scan.val() {
            self.token_1.d.next = bit_cast::<16, 1>(self.valid.val().into())
                | (bit_cast::<16, 1>(self.first_pass.q.val().into()) << 1)
                | (bit_cast::<16, 1>(self.final_pass.q.val().into()) << 2)
                | (bit_cast::<16, 1>((self.at_left.q.val() & self.pass_start.q.val()).into()) << 3)
                | (bit_cast::<16, 1>((self.at_left.q.val() & self.block_start.q.val()).into()) << 4)
                | (bit_cast::<16, 1>((self.open.q.val() & self.last.q.val()).into()) << 5)
                | (bit_cast::<16, 1>(self.at_left.q.val().into()) << 6)
                | (bit_cast::<16, 1>(self.open.q.val().into()) << 7)
                | (bit_cast::<16, 1>(self.top.q.val().into()) << 8)
                | (bit_cast::<16, 1>(self.bottom.q.val().into()) << 9)
                | (bit_cast::<16, 1>(self.outside.val().into()) << 10)
                | (bit_cast::<16, 2>(self.part.q.val()) << 11);
        }

        match self.state.q.val() {
            Scan::Idle => {
                self.open.d.next = self.start.val();
                self.here.d.next = 0.into();
                if self.start.val() {
                    self.state.d.next = Scan::Wait;
                }
            }
            Scan::Wait => {
                if self.take.val() {
                    self.state.d.next = Scan::Row;
                    self.open.d.next = self.single.q.val();
                }
            }
            Scan::Row => {
                self.open.d.next = self.next_right.val();
                if self.take.val() {
                    self.open.d.next = self.single.q.val();
                } else if self.open.q.val() {
                    comment!("after the last row there is no other to take");
                    self.open.d.next = !self.last.q.val();
                    self.state.d.next = Scan::Wait;
                    if self.last.q.val() {
                        self.state.d.next = Scan::Idle;
                        if self.is_expand.val() {
                            self.state.d.next = Scan::Flush;
                        }
                    }
                }
            }
            Scan::Flush => {
                self.state.d.next = Scan::Idle;
            }
            _ => {
                self.state.d.next = Scan::Idle;
            }
        }

        comment!("what leaves, from registers");
        self.take_tile.next = self.take_tile_1.q.val();
        self.take_entries.next = self.take_entries_1.q.val();
        self.rewind.next = self.rewind_1.q.val();
        self.stalled.next = self.stalled_1.q.val();
        self.idle.next = self.rest_3.q.val();
        self.issue.next = self.issue_1.q.val();
        self.push.next = self.push_1.q.val();
        self.token.next = self.token_1.q.val();
        self.address.next = self.address_1.q.val();
        self.line.next = self.line_1.q.val();
        self.phase.next = self.phase_1.q.val();
        if self.reset.val() {
            self.state.d.next = Scan::Idle;
            self.open.d.next = false;
            self.take_tile_1.d.next = false;
            self.take_entries_1.d.next = false;
            self.issue_1.d.next = false;
            self.push_1.d.next = false;
            self.token_1.d.next = 0.into();
        }
    }
}
