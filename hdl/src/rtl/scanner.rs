//! Walks through one layer: blocks of output channels, strips of rows, passes of the reduction, rows, columns.

use crate::lang::prelude::*;

/// Whether tokens are issued.
///
/// ```text
///         start, an expand      row 0 is in the line buffers        last token of an expand
///       .------------------> Fill --------------------------> Run ---------------------------> Flush
///       |                                                      ^ |                               |
///       |  start, another kind                                 | |  last token of another kind   |
///     Idle ----------------------------------------------------' '----------> Idle <-------------'
/// ```
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
pub enum Scan {
    /// No layer.
    Idle,
    /// An expand reads the first row 0 without tokens.
    Fill,
    /// A token a cycle, while weights and entries are there.
    Run,
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
///       Fill     row 0 of pass 1                        Fill              row 0 for the next block
/// ```
///
/// Fill reads the first row 0 (of every pass, where there are strips). There is no row that a block
/// reads twice, and no gap between passes, strips and blocks.
///
/// Before a pass the scanner waits for the pass's weights (and before a block for its
/// requantisation entries). While it waits in an expand, and after the last token, it pushes the
/// pass's last pixel out of the window.
///
/// A token's fields are those of [`contract::token::Token`] (docs/interface.md).
#[derive(LogicBlock, Default)]
pub struct Scanner {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget the layer.
    pub reset: Signal<In, Bit>,
    /// Pulse: begin a layer. Everything marked static must hold from here until `idle`.
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
    /// The next pass's weights are in the shadow registers.
    pub tile_ready: Signal<In, Bit>,
    /// The next block's entries are in the shadow registers.
    pub entries_ready: Signal<In, Bit>,
    /// Pulse: a pass begins and takes the shadow weights.
    pub take_tile: Signal<Out, Bit>,
    /// Pulse: a block begins and takes the shadow entries.
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
    /// Nothing left to issue.
    pub idle: Signal<Out, Bit>,
    /// This cycle waits for weights or entries.
    pub stalled: Signal<Out, Bit>,
    state: DFF<Scan>,
    x: DFF<Bits<16>>,
    y: DFF<Bits<16>>,
    strip_y: DFF<Bits<16>>,
    strip: DFF<Bits<16>>,
    pass: DFF<Bits<16>>,
    block: DFF<Bits<16>>,
    /// First row of the strip.
    strip_top: DFF<Bits<16>>,
    /// Address of the next word; of the row's first word (stem).
    here: DFF<Bits<20>>,
    row_base: DFF<Bits<20>>,
    /// The pass whose words are read: its number, its part of a row, its first word.
    read_pass: DFF<Bits<16>>,
    part: DFF<Bits<2>>,
    read_base: DFF<Bits<20>>,
    /// Where the first pass began to read for this strip, and where it goes on for the next one.
    strip_base: DFF<Bits<20>>,
    strip_next: DFF<Bits<20>>,
    /// Next word of the line buffers; the first one of the pass's row.
    line_here: DFF<Bits<16>>,
    line_base: DFF<Bits<16>>,
    bank: DFF<Bits<3>>,
    issue_1: DFF<Bit>,
    push_1: DFF<Bit>,
    token_1: DFF<Bits<16>>,
    address_1: DFF<Bits<20>>,
    line_1: DFF<Bits<16>>,
    phase_1: DFF<Bits<3>>,
    striped: Signal<Local, Bit>,
    filling: Signal<Local, Bit>,
    at_left: Signal<Local, Bit>,
    at_right: Signal<Local, Bit>,
    at_top: Signal<Local, Bit>,
    at_bottom: Signal<Local, Bit>,
    at_pass: Signal<Local, Bit>,
    at_block: Signal<Local, Bit>,
    first_pass: Signal<Local, Bit>,
    final_pass: Signal<Local, Bit>,
    pass_end: Signal<Local, Bit>,
    strip_end: Signal<Local, Bit>,
    layer_end: Signal<Local, Bit>,
    outside: Signal<Local, Bit>,
    valid: Signal<Local, Bit>,
    ready: Signal<Local, Bit>,
    scan: Signal<Local, Bit>,
    go: Signal<Local, Bit>,
    /// The next row of tokens.
    next_y: Signal<Local, Bits<16>>,
    below: Signal<Local, Bits<16>>,
    /// The words that go with it are those of row 0.
    wrap: Signal<Local, Bit>,
    /// Reading goes on with the next pass.
    turn: Signal<Local, Bit>,
    onward: Signal<Local, Bits<20>>,
    next_base: Signal<Local, Bits<20>>,
    next_strip: Signal<Local, Bits<20>>,
    next_row: Signal<Local, Bits<20>>,
    next_line: Signal<Local, Bits<16>>,
}

impl Logic for Scanner {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_scanner: Walks through one layer (blocks of output channels, strips of rows, passes of the reduction, rows, columns) and issues one token and memory address a cycle.");
        dff_setup!(
            self, clock, state, x, y, strip_y, strip, pass, block, strip_top, here, row_base, read_pass, part, read_base, strip_base,
            strip_next, line_here, line_base, bank, issue_1, push_1, token_1, address_1, line_1, phase_1
        );
        self.striped.next = self.last_strip.val() != 0;
        self.filling.next = self.state.q.val() == Scan::Fill;
        self.at_left.next = self.x.q.val() == 0;
        self.at_right.next = self.x.q.val() == self.last_column.val();
        self.at_top.next = self.y.q.val() == 0;
        self.at_bottom.next = self.y.q.val() == self.last_row.val();
        self.first_pass.next = self.pass.q.val() == 0;
        self.final_pass.next = self.pass.q.val() == self.last_pass.val();
        self.at_pass.next = self.at_left.val() & (self.strip_y.q.val() == 0);
        self.at_block.next = self.at_pass.val() & self.first_pass.val() & self.at_top.val();
        self.outside.next = self.padded.val() & (self.at_left.val() | self.at_right.val() | self.at_top.val() | self.at_bottom.val());
        self.valid.next = !self.is_stem.val() | (self.x.q.val() >= self.prefill.val());
        self.ready.next = !self.at_pass.val() | (self.tile_ready.val() & (!self.at_block.val() | self.entries_ready.val()));
        self.scan.next = (self.state.q.val() == Scan::Run) & self.ready.val();
        self.go.next = self.scan.val() | self.filling.val();
        self.stalled.next = (self.state.q.val() == Scan::Run) & !self.ready.val();
        self.idle.next = (self.state.q.val() == Scan::Idle) & !self.issue_1.q.val() & !self.push_1.q.val();
        self.take_tile.next = self.scan.val() & self.at_pass.val();
        self.take_entries.next = self.scan.val() & self.at_block.val();
        self.rewind.next = self.final_pass.val() & (self.strip.q.val() != self.last_strip.val());

        comment!("Fill counts as a strip of one row; with a single strip only the first pass has it");
        self.pass_end.next =
            self.at_right.val() & (self.filling.val() | self.at_bottom.val() | (self.strip_y.q.val() == self.last_strip_row.val()));
        self.strip_end.next = self.pass_end.val() & (self.final_pass.val() | (self.filling.val() & !self.striped.val()));
        self.layer_end.next = self.strip_end.val() & self.at_bottom.val() & (self.block.q.val() == self.last_block.val());

        comment!("the row of tokens after this one, and whether the words that go with it begin a map");
        self.below.next = self.y.q.val() + 1;
        self.next_y.next = self.below.val();
        if self.strip_end.val() {
            if self.at_bottom.val() | self.filling.val() {
                self.next_y.next = 0.into();
            }
        } else if self.pass_end.val() {
            self.next_y.next = self.strip_top.q.val();
        }
        self.wrap.next = self.next_y.val() == 0;
        if self.is_expand.val() {
            self.wrap.next = self.next_y.val() == self.last_row.val();
        }
        self.turn.next = self.at_right.val() & self.wrap.val();
        if self.striped.val() {
            self.turn.next = self.pass_end.val();
        }

        comment!("first word of the pass that is read next; of the strip; of the stem's next row");
        self.next_base.next = 0.into();
        if self.read_pass.q.val() != self.last_pass.val() {
            self.next_base.next = self.read_base.q.val();
            if self.part.q.val() == self.last_part.val() {
                self.next_base.next = self.read_base.q.val() + 1;
            }
        }
        self.onward.next = self.here.q.val() + self.row_step.val();
        if self.outside.val() & !self.filling.val() {
            self.onward.next = self.here.q.val();
        }
        self.next_strip.next = self.strip_base.q.val();
        if self.strip_end.val() {
            self.next_strip.next = self.strip_next.q.val();
        }
        self.next_row.next = self.row_base.q.val();
        if self.bank.q.val() == 6 {
            self.next_row.next = self.row_base.q.val() + bit_cast::<20, 16>(self.pairs.val());
        }
        self.next_line.next = self.line_here.q.val() + 1;

        comment!("the token of this cycle, its word and its place in the lines");
        self.issue_1.d.next = self.go.val();
        self.push_1.d.next = false;
        self.token_1.d.next = 0.into();
        self.address_1.d.next = self.here.q.val();
        self.line_1.d.next = self.line_here.q.val();
        self.phase_1.d.next = self.bank.q.val();
        if self.go.val() {
            self.token_1.d.next = bit_cast::<16, 2>(self.part.q.val()) << 11;
        }
        if self.scan.val() {
            self.token_1.d.next = bit_cast::<16, 1>(self.valid.val().into())
                | (bit_cast::<16, 1>(self.first_pass.val().into()) << 1)
                | (bit_cast::<16, 1>(self.final_pass.val().into()) << 2)
                | (bit_cast::<16, 1>(self.at_pass.val().into()) << 3)
                | (bit_cast::<16, 1>(self.at_block.val().into()) << 4)
                | (bit_cast::<16, 1>(self.layer_end.val().into()) << 5)
                | (bit_cast::<16, 1>(self.at_left.val().into()) << 6)
                | (bit_cast::<16, 1>(self.at_right.val().into()) << 7)
                | (bit_cast::<16, 1>(self.at_top.val().into()) << 8)
                | (bit_cast::<16, 1>(self.at_bottom.val().into()) << 9)
                | (bit_cast::<16, 1>(self.outside.val().into()) << 10)
                | (bit_cast::<16, 2>(self.part.q.val()) << 11);
        }
        if self.go.val() {
            self.x.d.next = self.x.q.val() + 1;
            self.here.d.next = self.onward.val();
            self.line_here.d.next = self.next_line.val();
            if self.at_right.val() {
                self.x.d.next = 0.into();
                self.y.d.next = self.next_y.val();
                self.strip_y.d.next = self.strip_y.q.val() + 1;
                self.line_here.d.next = self.line_base.q.val();
                if self.wrap.val() {
                    self.here.d.next = self.read_base.q.val();
                }
                if self.is_stem.val() {
                    self.here.d.next = self.next_row.val();
                    self.row_base.d.next = self.next_row.val();
                    self.bank.d.next = self.bank.q.val() + 2;
                }
            }
            if self.turn.val() {
                self.here.d.next = self.next_base.val();
                self.read_base.d.next = self.next_base.val();
                self.read_pass.d.next = self.read_pass.q.val() + 1;
                self.part.d.next = self.part.q.val() + 1;
                if self.part.q.val() == self.last_part.val() {
                    self.part.d.next = 0.into();
                }
                if self.read_pass.q.val() == self.last_pass.val() {
                    self.read_pass.d.next = 0.into();
                    self.part.d.next = 0.into();
                }
                if self.striped.val() {
                    self.line_here.d.next = self.next_line.val();
                    self.line_base.d.next = self.next_line.val();
                    if self.final_pass.val() {
                        self.line_here.d.next = 0.into();
                        self.line_base.d.next = 0.into();
                    }
                    if !self.wrap.val() {
                        self.here.d.next = self.next_strip.val() + self.next_base.val();
                    }
                }
            }
            if self.pass_end.val() {
                self.strip_y.d.next = 0.into();
                self.pass.d.next = self.pass.q.val() + 1;
                self.row_base.d.next = 0.into();
                self.bank.d.next = 0.into();
                if self.first_pass.val() {
                    self.strip_next.d.next = self.onward.val();
                }
            }
            if self.strip_end.val() {
                self.pass.d.next = 0.into();
                self.strip_top.d.next = self.next_y.val();
                self.strip_base.d.next = self.strip_next.q.val();
                if !self.filling.val() {
                    self.strip.d.next = self.strip.q.val() + 1;
                    if self.at_bottom.val() {
                        self.strip.d.next = 0.into();
                        self.block.d.next = self.block.q.val() + 1;
                    }
                }
            }
        }

        match self.state.q.val() {
            Scan::Idle => {
                if self.start.val() {
                    self.state.d.next = Scan::Run;
                    if self.is_expand.val() {
                        self.state.d.next = Scan::Fill;
                    }
                    self.x.d.next = 0.into();
                    self.y.d.next = 0.into();
                    self.strip_y.d.next = 0.into();
                    self.strip.d.next = 0.into();
                    self.pass.d.next = 0.into();
                    self.block.d.next = 0.into();
                    self.strip_top.d.next = 0.into();
                    self.here.d.next = 0.into();
                    self.row_base.d.next = 0.into();
                    self.read_pass.d.next = 0.into();
                    self.part.d.next = 0.into();
                    self.read_base.d.next = 0.into();
                    self.strip_base.d.next = 0.into();
                    self.line_here.d.next = 0.into();
                    self.line_base.d.next = 0.into();
                    self.bank.d.next = 0.into();
                }
            }
            Scan::Fill => {
                if self.strip_end.val() {
                    self.state.d.next = Scan::Run;
                }
            }
            Scan::Run => {
                self.push_1.d.next = self.stalled.val() & self.is_expand.val();
                if self.scan.val() & self.layer_end.val() {
                    self.state.d.next = Scan::Idle;
                    if self.is_expand.val() {
                        self.state.d.next = Scan::Flush;
                    }
                }
            }
            Scan::Flush => {
                self.push_1.d.next = true;
                self.state.d.next = Scan::Idle;
            }
            _ => {
                self.state.d.next = Scan::Idle;
            }
        }

        comment!("what leaves, from registers");
        self.issue.next = self.issue_1.q.val();
        self.push.next = self.push_1.q.val();
        self.token.next = self.token_1.q.val();
        self.address.next = self.address_1.q.val();
        self.line.next = self.line_1.q.val();
        self.phase.next = self.phase_1.q.val();
        if self.reset.val() {
            self.state.d.next = Scan::Idle;
            self.issue_1.d.next = false;
            self.push_1.d.next = false;
            self.token_1.d.next = 0.into();
        }
    }
}
