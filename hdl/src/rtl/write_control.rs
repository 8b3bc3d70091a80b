//! Where a layer's output goes.

use crate::lang::prelude::*;

/// Row and slice of the present block of output channels.
///
/// A memory row is divided into slices of N channels. Block j of a layer fills `slots` slices from
/// slice `(j * slots) mod slices` on; a block that runs over the end of a row continues at slice 0
/// of the next row.
#[derive(LogicBlock, Default)]
pub struct WriteControl {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Pulse before a layer's first pixel.
    pub start: Signal<In, Bit>,
    /// Static: write the output to memory.
    pub enable: Signal<In, Bit>,
    /// Static: into the squeeze memory instead of the activation memory.
    pub to_squeeze: Signal<In, Bit>,
    /// Static: slots of a block, 1 to 5.
    pub slots: Signal<In, Bits<3>>,
    /// Static: slices of a row, 1 to 32.
    pub slices: Signal<In, Bits<6>>,
    /// Static: first row of the layer's output.
    pub base: Signal<In, Bits<20>>,
    /// Static: rows from one pixel to the next.
    pub row_step: Signal<In, Bits<20>>,
    /// From `PoolControl`: an output pixel.
    pub valid: Signal<In, Bit>,
    /// With `valid`: the last one of its block of channels.
    pub map_end: Signal<In, Bit>,
    /// From `PoolControl`: the last one of the layer.
    pub done: Signal<In, Bit>,
    /// Beside the pixel: write it to the activation memory.
    pub write_activation: Signal<Out, Bit>,
    /// Beside the pixel: write it to the squeeze memory.
    pub write_squeeze: Signal<Out, Bit>,
    /// Static: the layer is the classifier.
    pub is_classifier: Signal<In, Bit>,
    /// Beside the pixel: add it to the classifier's sums.
    pub add: Signal<Out, Bit>,
    /// Beside the pixel: with it the sums are complete.
    pub sums_end: Signal<Out, Bit>,
    /// Beside the pixel: its row.
    pub row: Signal<Out, Bits<20>>,
    /// Beside the pixel: the slice of slot 0.
    pub slice: Signal<Out, Bits<5>>,
    /// Pulse: the layer's output is in memory, three cycles after `done`.
    pub layer_done: Signal<Out, Bit>,
    here: DFF<Bits<20>>,
    block_base: DFF<Bits<20>>,
    first: DFF<Bits<6>>,
    done_1: DFF<Bit>,
    done_2: DFF<Bit>,
    done_3: DFF<Bit>,
    sum: Signal<Local, Bits<6>>,
    next_base: Signal<Local, Bits<20>>,
}

impl Logic for WriteControl {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_write_control: Memory row and slice of every output pixel.");
        dff_setup!(self, clock, here, block_base, first, done_1, done_2, done_3);
        self.write_activation.next = self.valid.val() & self.enable.val() & !self.to_squeeze.val();
        self.write_squeeze.next = self.valid.val() & self.enable.val() & self.to_squeeze.val();
        self.add.next = self.valid.val() & self.is_classifier.val();
        self.sums_end.next = self.map_end.val() & self.is_classifier.val();
        self.row.next = self.here.q.val();
        self.slice.next = self.first.q.val().get_bits::<5>(0);
        self.sum.next = self.first.q.val() + bit_cast::<6, 3>(self.slots.val());
        self.next_base.next = self.block_base.q.val();
        if self.sum.val() >= self.slices.val() {
            self.next_base.next = self.block_base.q.val() + 1;
        }
        if self.valid.val() {
            self.here.d.next = self.here.q.val() + self.row_step.val();
        }
        if self.map_end.val() {
            self.here.d.next = self.next_base.val();
            self.block_base.d.next = self.next_base.val();
            self.first.d.next = self.sum.val();
            if self.sum.val() >= self.slices.val() {
                self.first.d.next = self.sum.val() - self.slices.val();
            }
        }
        if self.start.val() {
            self.here.d.next = self.base.val();
            self.block_base.d.next = self.base.val();
            self.first.d.next = 0.into();
        }
        comment!("one cycle in the scatter's register, one in the memory");
        self.done_1.d.next = self.done.val();
        self.done_2.d.next = self.done_1.q.val();
        self.done_3.d.next = self.done_2.q.val();
        self.layer_done.next = self.done_3.q.val();
    }
}
