//! Where a layer's output goes.

use super::delay::Delay;
use crate::lang::prelude::*;

/// Row and slice of the present block of output channels.
///
/// A memory row is divided into slices of N channels. Block j of a layer fills `slots` slices from
/// slice `(j * slots) mod slices` on; a block that runs over the end of a row continues at slice 0
/// of the next row.
///
/// Two blocks end many cycles apart, because the next one's weights take 80 to load. So where the next block goes is worked out in
/// steps, after the last pixel of this one:
///
/// ```text
///  cycles after the last    1, 2                 3                   4
///                           (pixel in the        first, target       here
///                           write ports)
///  and after first          1 sum     2 excess   3 copies in the scatter
/// ```
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
    /// Five cycles before the last pixel of a block of channels. At least eight cycles after the last such; the next block's first
    /// pixel may come in the cycle after this one's last.
    pub early_end: Signal<In, Bit>,
    /// A cycle later: write the pixel to the activation memory.
    pub write_activation: Signal<Out, Bit>,
    /// A cycle later: write it to the squeeze memory.
    pub write_squeeze: Signal<Out, Bit>,
    /// A cycle later: its row.
    pub row: Signal<Out, Bits<20>>,
    /// A cycle later: the row after that.
    pub next_row: Signal<Out, Bits<20>>,
    /// With `valid`: the slice of slot 0.
    pub slice: Signal<Out, Bits<5>>,
    /// `slice` modulo eight, so many cycles ahead as its copies take on their way.
    pub place: Signal<Out, Bits<3>>,
    wait: Delay<1>,
    /// `early_end`, a cycle before the last pixel; and what loads `here` from `next_target`, with that pixel or after `start`.
    near: Delay<1>,
    moves_on: DFF<Bit>,
    here: DFF<Bits<20>>,
    /// First row of the block; its first slice.
    target: DFF<Bits<20>>,
    first: DFF<Bits<6>>,
    /// Of the next block.
    next_target: DFF<Bits<20>>,
    next_first: DFF<Bits<6>>,
    early_first: DFF<Bits<3>>,
    sum: DFF<Bits<7>>,
    /// Of `sum` over `slices`; negative while the row is not full.
    excess: DFF<Bits<7>>,
    row_1: DFF<Bits<20>>,
    next_row_1: DFF<Bits<20>>,
    activation_1: DFF<Bit>,
    squeeze_1: DFF<Bit>,
    load: DFF<Bit>,
    full: Signal<Local, Bit>,
    here_from: Signal<Local, Bits<20>>,
    here_step: Signal<Local, Bits<20>>,
    target_step: Signal<Local, Bits<20>>,
}

/// Cycles from `early_end` to the block's last pixel.
const EARLY: usize = 5;

impl WriteControl {
    /// With `place` `lead` cycles ahead of `slice`, 1 to 4.
    pub fn new(lead: usize) -> Self {
        Self { wait: Delay::new(EARLY - lead), near: Delay::new(EARLY - 1), ..Default::default() }
    }
}

impl Logic for WriteControl {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_write_control: Memory row and slice of every output pixel.");
        dff_setup!(
            self,
            clock,
            here,
            target,
            first,
            next_target,
            next_first,
            early_first,
            sum,
            excess,
            row_1,
            next_row_1,
            activation_1,
            squeeze_1,
            load,
            moves_on
        );
        comment!("cycle 0: the pixel's row; to the next pixel's, or to the next block's first");
        self.near.clock.next = self.clock.val();
        self.near.value.next = self.early_end.val().into();
        self.moves_on.d.next = self.near.delayed.val().get_bit(0) | self.start.val();
        self.here_from.next = self.here.q.val();
        self.here_step.next = self.row_step.val();
        if self.moves_on.q.val() {
            self.here_from.next = self.next_target.q.val();
            self.here_step.next = 0.into();
            self.target.d.next = self.next_target.q.val();
            self.first.d.next = self.next_first.q.val();
        }
        if self.valid.val() | self.load.q.val() {
            self.here.d.next = self.here_from.val() + self.here_step.val();
        }
        self.wait.clock.next = self.clock.val();
        self.wait.value.next = self.early_end.val().into();
        if self.wait.delayed.val().get_bit(0) | self.load.q.val() {
            self.early_first.d.next = self.next_first.q.val().get_bits::<3>(0);
        }
        self.row_1.d.next = self.here.q.val();
        self.next_row_1.d.next = self.here.q.val() + 1;
        self.activation_1.d.next = self.valid.val() & self.enable.val() & !self.to_squeeze.val();
        self.squeeze_1.d.next = self.valid.val() & self.enable.val() & self.to_squeeze.val();
        comment!("while a block runs: where the next one begins, three cycles after its own begin");
        self.sum.d.next = bit_cast::<7, 6>(self.first.q.val()) + bit_cast::<7, 3>(self.slots.val());
        self.excess.d.next = self.sum.q.val() - bit_cast::<7, 6>(self.slices.val());
        self.full.next = !self.excess.q.val().get_bit(6);
        self.target_step.next = bit_cast::<20, 1>(self.full.val().into());
        self.next_target.d.next = self.target.q.val() + self.target_step.val();
        self.next_first.d.next = self.sum.q.val().get_bits::<6>(0);
        if self.full.val() {
            self.next_first.d.next = self.excess.q.val().get_bits::<6>(0);
        }
        comment!("a layer's first block");
        self.load.d.next = self.start.val();
        if self.start.val() {
            self.next_target.d.next = self.base.val();
            self.next_first.d.next = 0.into();
        }
        comment!("cycle 1: to the write ports");
        self.row.next = self.row_1.q.val();
        self.next_row.next = self.next_row_1.q.val();
        self.write_activation.next = self.activation_1.q.val();
        self.write_squeeze.next = self.squeeze_1.q.val();
        self.slice.next = self.first.q.val().get_bits::<5>(0);
        self.place.next = self.early_first.q.val();
    }
}
