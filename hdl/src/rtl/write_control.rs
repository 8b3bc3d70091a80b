//! Where a layer's output goes.

use crate::lang::prelude::*;

/// Row and slice of the present block of output channels.
///
/// A memory row is divided into slices of N channels. Block j of a layer fills `slots` slices from
/// slice `(j * slots) mod slices` on; a block that runs over the end of a row continues at slice 0
/// of the next row.
#[derive(LogicBlock, Default)]
pub struct WriteControl {
    pub clock: Signal<In, Clock>,
    /// Pulse before a layer's first pixel.
    pub start: Signal<In, Bit>,
    /// Static: write at all; into the squeeze memory instead of the activation memory.
    pub enable: Signal<In, Bit>,
    pub to_squeeze: Signal<In, Bit>,
    /// Static: slots of a block, 1 to 5; slices of a row, 1 to 32.
    pub slots: Signal<In, Bits<3>>,
    pub slices: Signal<In, Bits<6>>,
    /// Static: first row of the layer's output; rows from one pixel to the next.
    pub base: Signal<In, Bits<20>>,
    pub row_step: Signal<In, Bits<20>>,
    /// From `PoolControl`: an output pixel, the last of its block, the last of the layer.
    pub valid: Signal<In, Bit>,
    pub map_end: Signal<In, Bit>,
    pub done: Signal<In, Bit>,
    /// Beside the pixel: write it to the activation (squeeze) memory.
    pub write_activation: Signal<Out, Bit>,
    pub write_squeeze: Signal<Out, Bit>,
    /// Static: the layer is the classifier. Beside the pixel: add it to the sums; they are complete.
    pub is_classifier: Signal<In, Bit>,
    pub add: Signal<Out, Bit>,
    pub sums_end: Signal<Out, Bit>,
    /// Beside the pixel: its row, and the slice of slot 0.
    pub row: Signal<Out, Bits<20>>,
    pub slice: Signal<Out, Bits<5>>,
    /// The layer's output is in memory.
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
        // one cycle in the scatter's register, one in the memory
        self.done_1.d.next = self.done.val();
        self.done_2.d.next = self.done_1.q.val();
        self.done_3.d.next = self.done_2.q.val();
        self.layer_done.next = self.done_3.q.val();
    }
}
