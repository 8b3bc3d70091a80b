//! Decides which row the scanner runs next, while it runs one.

use crate::lang::prelude::*;

/// The row after the one that runs: where its words begin, which edges of map, strip and pass it touches.
///
/// Deciding that takes five cycles, so that no cycle has more than a comparison, a choice or a sum:
///
/// ```text
///  cycle after take     1                 2             3                  4             5
///                       row, strip, pass, compare with  what is read with  first word,   planned
///                       block move on     layer's sizes it moves on        flags
/// ```
///
/// So a row lasts six cycles at least; longer ones follow each other without a gap. Flags are registers that follow the counters
/// by a cycle or two; all hold from `planned` to `take`.
///
/// An expand reads a row ahead of its tokens (`Scanner` has the picture): what is read turns to the next pass, with or without strips,
/// where the words of a pass end, and that is not where its tokens end.
#[derive(LogicBlock, Default)]
pub struct RowPlan {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// No layer runs: the next row is the first one of a layer.
    pub rest: Signal<In, Bit>,
    /// The planned row begins in the next cycle; plan the one after it, if it is not the last.
    pub take: Signal<In, Bit>,
    /// Static: the layer is the stem.
    pub is_stem: Signal<In, Bit>,
    /// Static: the layer is an expand; without this and `is_stem` it is a 1x1.
    pub is_expand: Signal<In, Bit>,
    /// Static: tokens a row - 1.
    pub last_column: Signal<In, Bits<16>>,
    /// Static: rows - 1.
    pub last_row: Signal<In, Bits<16>>,
    /// Static: rows of a strip - 1.
    pub last_strip_row: Signal<In, Bits<16>>,
    /// Static: strips - 1.
    pub last_strip: Signal<In, Bits<16>>,
    /// Static: passes of the reduction - 1.
    pub last_pass: Signal<In, Bits<16>>,
    /// Static: blocks of output channels - 1.
    pub last_block: Signal<In, Bits<16>>,
    /// Static: parts of a memory row - 1.
    pub last_part: Signal<In, Bits<2>>,
    /// Static: stem words a row.
    pub pairs: Signal<In, Bits<16>>,
    /// Word behind the last one that the strip's first pass read.
    pub strip_next: Signal<In, Bits<20>>,
    /// What follows is planned.
    pub planned: Signal<Out, Bit>,
    /// A row of an expand that is only read: no tokens.
    pub fill: Signal<Out, Bit>,
    /// Tokens of the row are the first ones of a pass.
    pub pass_start: Signal<Out, Bit>,
    /// They are the first ones of a block.
    pub block_start: Signal<Out, Bit>,
    /// The row is the last one of the layer.
    pub last: Signal<Out, Bit>,
    /// The map's first row.
    pub top: Signal<Out, Bit>,
    /// The map's last row.
    pub bottom: Signal<Out, Bit>,
    /// The row belongs to the first pass.
    pub first_pass: Signal<Out, Bit>,
    /// It belongs to the last pass.
    pub final_pass: Signal<Out, Bit>,
    /// The pass after the row's uses the block's first tile again.
    pub rewind: Signal<Out, Bit>,
    /// The first pass of a strip ends with the row.
    pub first_pass_end: Signal<Out, Bit>,
    /// The row's words begin at `base`, not behind those of the row before.
    pub jump: Signal<Out, Bit>,
    /// With `jump`: the row's first word.
    pub base: Signal<Out, Bits<20>>,
    /// Part of a memory row that is read.
    pub part: Signal<Out, Bits<2>>,
    /// Place of the row's first pixel in the line buffers.
    pub line: Signal<Out, Bits<16>>,
    /// Stem: bank of the window's first row.
    pub bank: Signal<Out, Bits<3>>,
    step_1: DFF<Bit>,
    step_2: DFF<Bit>,
    step_3: DFF<Bit>,
    step_4: DFF<Bit>,
    planned_1: DFF<Bit>,
    filling: DFF<Bit>,
    y: DFF<Bits<16>>,
    strip_y: DFF<Bits<16>>,
    strip: DFF<Bits<16>>,
    pass: DFF<Bits<16>>,
    block: DFF<Bits<16>>,
    /// First row of the strip.
    strip_top: DFF<Bits<16>>,
    /// The row before was the last one of its pass; of its strip.
    ended_pass: DFF<Bit>,
    ended_strip: DFF<Bit>,
    /// Stem: first word of the row in its bank.
    row_base: DFF<Bits<20>>,
    row_bank: DFF<Bits<3>>,
    /// A cycle behind it: how much further the next row begins, the pairs of a row behind the last bank.
    row_step: DFF<Bits<20>>,
    /// The pass whose words are read: its number, its part of a row, its first word.
    read_pass: DFF<Bits<16>>,
    read_part: DFF<Bits<2>>,
    read_base: DFF<Bits<20>>,
    /// Where the first pass began to read for this strip.
    strip_base: DFF<Bits<20>>,
    line_base: DFF<Bits<16>>,
    /// Tokens a row.
    line_step: DFF<Bits<16>>,
    /// A cycle behind the counters.
    striped: DFF<Bit>,
    at_top: DFF<Bit>,
    at_bottom: DFF<Bit>,
    at_strip_bottom: DFF<Bit>,
    at_first_pass: DFF<Bit>,
    at_final_pass: DFF<Bit>,
    at_final_strip: DFF<Bit>,
    at_final_block: DFF<Bit>,
    read_final: DFF<Bit>,
    part_final: DFF<Bit>,
    begins_pass: DFF<Bit>,
    /// Two cycles behind them.
    pass_end: DFF<Bit>,
    strip_end: DFF<Bit>,
    begins_block: DFF<Bit>,
    ends_layer: DFF<Bit>,
    /// Back to the strip's first row, for its next pass; to row 0.
    back: DFF<Bit>,
    over: DFF<Bit>,
    from_strip: DFF<Bit>,
    jumps: DFF<Bit>,
    first_word: DFF<Bits<20>>,
    /// The words that go with the row are those of row 0.
    wrap: Signal<Local, Bit>,
    /// They are the first ones of another pass.
    turn: Signal<Local, Bit>,
    strip_ends: Signal<Local, Bit>,
    pass_ends: Signal<Local, Bit>,
    y_from: Signal<Local, Bits<16>>,
    y_step: Signal<Local, Bits<16>>,
    part_step: Signal<Local, Bits<20>>,
    map_base: Signal<Local, Bits<20>>,
    strip_from: Signal<Local, Bits<20>>,
}

impl Logic for RowPlan {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_row_plan: Decides which row of a layer comes after the one that runs, in five cycles: row, strip, pass, block; edges; first word.");
        dff_setup!(
            self,
            clock,
            step_1,
            step_2,
            step_3,
            step_4,
            planned_1,
            filling,
            y,
            strip_y,
            strip,
            pass,
            block,
            strip_top,
            ended_pass,
            ended_strip,
            row_base,
            row_bank,
            row_step,
            read_pass,
            read_part,
            read_base,
            strip_base,
            line_base,
            line_step,
            striped,
            at_top,
            at_bottom,
            at_strip_bottom,
            at_first_pass,
            at_final_pass,
            at_final_strip,
            at_final_block,
            read_final,
            part_final,
            begins_pass,
            pass_end,
            strip_end,
            begins_block,
            ends_layer,
            back,
            over,
            from_strip,
            jumps,
            first_word
        );
        comment!("five cycles from one row to the next");
        self.step_1.d.next = self.take.val() & !self.ends_layer.q.val();
        self.step_2.d.next = self.step_1.q.val();
        self.step_3.d.next = self.step_2.q.val();
        self.step_4.d.next = self.step_3.q.val();
        self.planned_1.d.next = self.step_4.q.val() | (self.planned_1.q.val() & !self.take.val());

        comment!("a cycle behind the counters: where the row lies");
        self.striped.d.next = self.last_strip.val() != 0;
        self.at_top.d.next = self.y.q.val() == 0;
        self.at_bottom.d.next = self.y.q.val() == self.last_row.val();
        self.at_strip_bottom.d.next = self.strip_y.q.val() == self.last_strip_row.val();
        self.at_first_pass.d.next = self.pass.q.val() == 0;
        self.at_final_pass.d.next = self.pass.q.val() == self.last_pass.val();
        self.at_final_strip.d.next = self.strip.q.val() == self.last_strip.val();
        self.at_final_block.d.next = self.block.q.val() == self.last_block.val();
        self.read_final.d.next = self.read_pass.q.val() == self.last_pass.val();
        self.part_final.d.next = self.read_part.q.val() == self.last_part.val();
        self.begins_pass.d.next = self.ended_pass.q.val() & !self.filling.q.val();

        comment!("two cycles behind: what begins and ends with it. A row that is only read counts as a strip; with a single strip only the first pass has one.");
        self.pass_ends.next = self.filling.q.val() | self.at_bottom.q.val() | self.at_strip_bottom.q.val();
        self.strip_ends.next = self.pass_ends.val() & (self.at_final_pass.q.val() | (self.filling.q.val() & !self.striped.q.val()));
        self.pass_end.d.next = self.pass_ends.val();
        self.strip_end.d.next = self.strip_ends.val();
        self.back.d.next = self.pass_ends.val() & !self.strip_ends.val();
        self.over.d.next = self.strip_ends.val() & (self.at_bottom.q.val() | self.filling.q.val());
        self.begins_block.d.next = self.ended_pass.q.val() & !self.filling.q.val() & self.at_first_pass.q.val() & self.at_top.q.val();
        self.ends_layer.d.next = !self.filling.q.val() & self.at_bottom.q.val() & self.at_final_pass.q.val() & self.at_final_block.q.val();
        self.wrap.next = self.at_top.q.val();
        if self.is_expand.val() {
            self.wrap.next = self.at_bottom.q.val();
        }
        self.turn.next = self.wrap.val();
        if self.striped.q.val() {
            self.turn.next = self.ended_pass.q.val();
        }
        self.from_strip.d.next = self.striped.q.val() & self.ended_pass.q.val() & !self.wrap.val();
        self.jumps.d.next = self.is_stem.val() | self.wrap.val() | self.turn.val();

        comment!("three cycles behind: the first word");
        self.map_base.next = self.read_base.q.val();
        if self.is_stem.val() {
            self.map_base.next = self.row_base.q.val();
        }
        self.strip_from.next = 0.into();
        if self.from_strip.q.val() {
            self.strip_from.next = self.strip_base.q.val();
        }
        self.first_word.d.next = self.map_base.val() + self.strip_from.val();

        comment!("first cycle: the tokens move on");
        self.y_from.next = self.y.q.val();
        self.y_step.next = 1.into();
        if self.back.q.val() {
            self.y_from.next = self.strip_top.q.val();
            self.y_step.next = 0.into();
        }
        if self.over.q.val() {
            self.y_from.next = 0.into();
            self.y_step.next = 0.into();
        }
        self.row_step.d.next = 0.into();
        if self.row_bank.q.val() == 6 {
            self.row_step.d.next = bit_cast::<20, 16>(self.pairs.val());
        }
        self.line_step.d.next = self.last_column.val() + 1;
        if self.step_1.q.val() {
            self.ended_pass.d.next = self.pass_end.q.val();
            self.ended_strip.d.next = self.strip_end.q.val();
            self.y.d.next = self.y_from.val() + self.y_step.val();
            self.strip_y.d.next = self.strip_y.q.val() + 1;
            self.row_bank.d.next = self.row_bank.q.val() + 2;
            self.row_base.d.next = self.row_base.q.val() + self.row_step.q.val();
            if self.pass_end.q.val() {
                self.strip_y.d.next = 0.into();
                self.pass.d.next = self.pass.q.val() + 1;
                self.row_bank.d.next = 0.into();
                self.row_base.d.next = 0.into();
                if self.striped.q.val() {
                    self.line_base.d.next = self.line_base.q.val() + self.line_step.q.val();
                    if self.at_final_pass.q.val() {
                        self.line_base.d.next = 0.into();
                    }
                }
            }
            if self.strip_end.q.val() {
                self.pass.d.next = 0.into();
                self.filling.d.next = false;
                if !self.filling.q.val() {
                    self.strip.d.next = self.strip.q.val() + 1;
                    if self.at_bottom.q.val() {
                        self.strip.d.next = 0.into();
                        self.block.d.next = self.block.q.val() + 1;
                    }
                }
            }
        }

        comment!("second and third cycle: the strip's first row and word; what is read moves on");
        if self.step_2.q.val() & self.ended_strip.q.val() {
            self.strip_top.d.next = self.y.q.val();
            self.strip_base.d.next = self.strip_next.val();
        }
        self.part_step.next = bit_cast::<20, 1>(self.part_final.q.val().into());
        if self.step_3.q.val() & self.turn.val() {
            self.read_pass.d.next = self.read_pass.q.val() + 1;
            self.read_part.d.next = self.read_part.q.val() + 1;
            self.read_base.d.next = self.read_base.q.val() + self.part_step.val();
            if self.part_final.q.val() {
                self.read_part.d.next = 0.into();
            }
            if self.read_final.q.val() {
                self.read_pass.d.next = 0.into();
                self.read_part.d.next = 0.into();
                self.read_base.d.next = 0.into();
            }
        }

        comment!("between layers: the first row, planned");
        if self.rest.val() {
            self.step_1.d.next = false;
            self.step_2.d.next = false;
            self.step_3.d.next = false;
            self.step_4.d.next = false;
            self.planned_1.d.next = true;
            self.filling.d.next = self.is_expand.val();
            self.y.d.next = 0.into();
            self.strip_y.d.next = 0.into();
            self.strip.d.next = 0.into();
            self.pass.d.next = 0.into();
            self.block.d.next = 0.into();
            self.strip_top.d.next = 0.into();
            self.ended_pass.d.next = true;
            self.ended_strip.d.next = false;
            self.row_base.d.next = 0.into();
            self.row_bank.d.next = 0.into();
            self.read_pass.d.next = 0.into();
            self.read_part.d.next = 0.into();
            self.read_base.d.next = 0.into();
            self.strip_base.d.next = 0.into();
            self.line_base.d.next = 0.into();
            self.from_strip.d.next = false;
            self.jumps.d.next = true;
        }

        comment!("the planned row");
        self.planned.next = self.planned_1.q.val();
        self.fill.next = self.filling.q.val();
        self.pass_start.next = self.begins_pass.q.val();
        self.block_start.next = self.begins_block.q.val();
        self.last.next = self.ends_layer.q.val();
        self.top.next = self.at_top.q.val();
        self.bottom.next = self.at_bottom.q.val();
        self.first_pass.next = self.at_first_pass.q.val();
        self.final_pass.next = self.at_final_pass.q.val();
        self.rewind.next = self.at_final_pass.q.val() & !self.at_final_strip.q.val();
        self.first_pass_end.next = self.at_first_pass.q.val() & self.pass_end.q.val();
        self.jump.next = self.jumps.q.val();
        self.base.next = self.first_word.q.val();
        self.part.next = self.read_part.q.val();
        self.line.next = self.line_base.q.val();
        self.bank.next = self.row_bank.q.val();
    }
}
