//! Walks through one layer: blocks of output channels, passes of the reduction, rows, columns.

use crate::lang::prelude::*;

#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
pub enum Scan {
    Idle,
    Run,
    Flush,
}

/// One token a cycle, in the order block > pass > row > column.
///
/// ```text
///          start                  last token of a layer that is not an expand
///  Idle ----------> Run ------------------------------------------------------> Idle
///                    |  last token of an expand           width + 1 bubbles      ^
///                    '---------------------------> Flush ------------------------'
/// ```
///
/// Before a pass the scanner waits for the pass's weights (and before a block for its
/// requantisation entries). While it waits it sends bubbles through the window, so that the pass before leaves it.
///
/// Token bits: 0 valid, 1 first pass of the reduction, 2 last pass, 3 first token of a pass (swap
/// weights), 4 first token of a block (swap entries), 5 last token of the layer, 6 left edge,
/// 7 right, 8 top, 9 bottom, 10 padding (pixel is zero), 12:11 part of the row (quarter, or half).
/// Bits 3 and 4 also count on a token that is not valid (the stem's first words of a row).
#[derive(LogicBlock, Default)]
pub struct Scanner {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Pulse: begin a layer. Everything marked static must hold from here until `idle`.
    pub start: Signal<In, Bit>,
    /// Static: layer kind.
    pub is_stem: Signal<In, Bit>,
    pub is_expand: Signal<In, Bit>,
    /// Static: a border of zeros lies around the map (classifier).
    pub padded: Signal<In, Bit>,
    /// Static: tokens a row - 1 (with the stem's prefill and the padding).
    pub last_column: Signal<In, Bits<16>>,
    /// Static: rows - 1.
    pub last_row: Signal<In, Bits<16>>,
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
    /// Pulse: the shadow weights (entries) are being taken.
    pub take_tile: Signal<Out, Bit>,
    pub take_entries: Signal<Out, Bit>,
    /// Token and memory address of a cycle in which `issue` is set; the token is 0 otherwise.
    pub issue: Signal<Out, Bit>,
    pub token: Signal<Out, Bits<16>>,
    pub address: Signal<Out, Bits<20>>,
    /// Stem: bank of the window's first row.
    pub phase: Signal<Out, Bits<3>>,
    /// Nothing left to issue.
    pub idle: Signal<Out, Bit>,
    /// This cycle waits for weights or entries.
    pub stalled: Signal<Out, Bit>,
    state: DFF<Scan>,
    x: DFF<Bits<16>>,
    y: DFF<Bits<16>>,
    pass: DFF<Bits<16>>,
    block: DFF<Bits<16>>,
    part: DFF<Bits<2>>,
    /// Address of the next pixel; of the row's first word (stem); of the pass's first pixel.
    here: DFF<Bits<20>>,
    row_base: DFF<Bits<20>>,
    pass_base: DFF<Bits<20>>,
    bank: DFF<Bits<3>>,
    flush: DFF<Bits<16>>,
    issue_1: DFF<Bit>,
    token_1: DFF<Bits<16>>,
    address_1: DFF<Bits<20>>,
    phase_1: DFF<Bits<3>>,
    at_left: Signal<Local, Bit>,
    at_right: Signal<Local, Bit>,
    at_top: Signal<Local, Bit>,
    at_bottom: Signal<Local, Bit>,
    at_pass: Signal<Local, Bit>,
    at_block: Signal<Local, Bit>,
    first_pass: Signal<Local, Bit>,
    final_pass: Signal<Local, Bit>,
    pass_end: Signal<Local, Bit>,
    layer_end: Signal<Local, Bit>,
    outside: Signal<Local, Bit>,
    valid: Signal<Local, Bit>,
    ready: Signal<Local, Bit>,
    go: Signal<Local, Bit>,
    next_base: Signal<Local, Bits<20>>,
    next_row: Signal<Local, Bits<20>>,
}

impl Logic for Scanner {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_scanner: Walks through one layer (blocks of output channels, passes of the reduction, rows, columns) and issues one token and memory address a cycle.");
        dff_setup!(
            self, clock, state, x, y, pass, block, part, here, row_base, pass_base, bank, flush, issue_1, token_1, address_1, phase_1
        );
        self.at_left.next = self.x.q.val() == 0;
        self.at_right.next = self.x.q.val() == self.last_column.val();
        self.at_top.next = self.y.q.val() == 0;
        self.at_bottom.next = self.y.q.val() == self.last_row.val();
        self.first_pass.next = self.pass.q.val() == 0;
        self.final_pass.next = self.pass.q.val() == self.last_pass.val();
        self.at_pass.next = self.at_left.val() & self.at_top.val();
        self.at_block.next = self.at_pass.val() & self.first_pass.val();
        self.pass_end.next = self.at_right.val() & self.at_bottom.val();
        self.layer_end.next = self.pass_end.val() & self.final_pass.val() & (self.block.q.val() == self.last_block.val());
        self.outside.next = self.padded.val() & (self.at_left.val() | self.at_right.val() | self.at_top.val() | self.at_bottom.val());
        self.valid.next = !self.is_stem.val() | (self.x.q.val() >= self.prefill.val());
        self.ready.next = !self.at_pass.val() | (self.tile_ready.val() & (!self.at_block.val() | self.entries_ready.val()));
        self.go.next = (self.state.q.val() == Scan::Run) & self.ready.val();
        self.stalled.next = (self.state.q.val() == Scan::Run) & !self.ready.val();
        self.idle.next = (self.state.q.val() == Scan::Idle) & !self.issue_1.q.val();
        self.take_tile.next = self.go.val() & self.at_pass.val();
        self.take_entries.next = self.go.val() & self.at_block.val();

        // where the next pass and the stem's next row begin
        self.next_base.next = 0.into();
        if !self.final_pass.val() {
            self.next_base.next = self.pass_base.q.val();
            if self.part.q.val() == self.last_part.val() {
                self.next_base.next = self.pass_base.q.val() + 1;
            }
        }
        self.next_row.next = self.row_base.q.val();
        if self.bank.q.val() == 6 {
            self.next_row.next = self.row_base.q.val() + bit_cast::<20, 16>(self.pairs.val());
        }

        self.issue_1.d.next = self.go.val();
        self.token_1.d.next = 0.into();
        self.address_1.d.next = self.here.q.val();
        self.phase_1.d.next = self.bank.q.val();
        if self.go.val() {
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
            self.x.d.next = self.x.q.val() + 1;
            if !self.outside.val() {
                self.here.d.next = self.here.q.val() + self.row_step.val();
            }
            if self.at_right.val() {
                self.x.d.next = 0.into();
                self.y.d.next = self.y.q.val() + 1;
                if self.is_stem.val() {
                    self.here.d.next = self.next_row.val();
                    self.row_base.d.next = self.next_row.val();
                    self.bank.d.next = self.bank.q.val() + 2;
                }
            }
            if self.pass_end.val() {
                self.y.d.next = 0.into();
                self.pass.d.next = self.pass.q.val() + 1;
                self.part.d.next = self.part.q.val() + 1;
                if self.part.q.val() == self.last_part.val() {
                    self.part.d.next = 0.into();
                }
                if self.final_pass.val() {
                    self.pass.d.next = 0.into();
                    self.part.d.next = 0.into();
                    self.block.d.next = self.block.q.val() + 1;
                }
                self.pass_base.d.next = self.next_base.val();
                self.here.d.next = self.next_base.val();
                self.row_base.d.next = 0.into();
                self.bank.d.next = 0.into();
            }
        }

        match self.state.q.val() {
            Scan::Idle => {
                if self.start.val() {
                    self.state.d.next = Scan::Run;
                    self.x.d.next = 0.into();
                    self.y.d.next = 0.into();
                    self.pass.d.next = 0.into();
                    self.block.d.next = 0.into();
                    self.part.d.next = 0.into();
                    self.here.d.next = 0.into();
                    self.row_base.d.next = 0.into();
                    self.pass_base.d.next = 0.into();
                    self.bank.d.next = 0.into();
                    self.flush.d.next = self.last_column.val() + 1;
                }
            }
            Scan::Run => {
                // a bubble pushes the pass before out of the window
                if self.stalled.val() & self.is_expand.val() {
                    self.issue_1.d.next = true;
                }
                if self.go.val() & self.layer_end.val() {
                    self.state.d.next = Scan::Idle;
                    if self.is_expand.val() {
                        self.state.d.next = Scan::Flush;
                    }
                }
            }
            Scan::Flush => {
                self.issue_1.d.next = true;
                self.flush.d.next = self.flush.q.val() - 1;
                if self.flush.q.val() == 0 {
                    self.state.d.next = Scan::Idle;
                }
            }
            _ => {
                self.state.d.next = Scan::Idle;
            }
        }

        self.issue.next = self.issue_1.q.val();
        self.token.next = self.token_1.q.val();
        self.address.next = self.address_1.q.val();
        self.phase.next = self.phase_1.q.val();
        if self.reset.val() {
            self.state.d.next = Scan::Idle;
            self.issue_1.d.next = false;
            self.token_1.d.next = 0.into();
        }
    }
}
