//! Brings the slots of a block to the memory slices where they belong.

use crate::lang::prelude::*;

/// One quad of the five slots, to the places modulo eight (or fewer, in a memory of fewer slices) of the slices that they go to. Slices
/// eight apart get the same data; `WritePorts` enables one of them.
///
/// ```text
///  slot 0 .. 4  --- up by slice mod 4 --->  place 0 .. 7  --- up by 4, or back by the slices of a row --->  slice
///              cycle 0                                   cycle 1
/// ```
///
/// A place that no slot falls on has anything. Latency: two cycles.
#[derive(LogicBlock, Default)]
pub struct Scatter {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// With the pixel: slice of slot 0, modulo eight.
    pub slice: Signal<In, Bits<3>>,
    /// The pixel: this quad of slot s at `slot[s]`.
    pub slot: [Signal<In, Bits<32>>; 5],
    /// Two cycles later: what slices i, i + 8, ... of the activation memory take.
    pub activation: Vec<Signal<Out, Bits<32>>>,
    /// Two cycles later: what slice i of the squeeze memory takes.
    pub squeeze: Vec<Signal<Out, Bits<32>>>,
    place: [DFF<Bits<32>>; 8],
    to_activation: Vec<DFF<Bits<32>>>,
    to_squeeze: Vec<DFF<Bits<32>>>,
    slice_1: DFF<Bits<3>>,
    low: Signal<Local, Bits<2>>,
    low_1: Signal<Local, Bits<2>>,
    /// What counts of `low` where a row ends at four slices.
    wraps: Number<Bits<2>>,
    wrapped: Signal<Local, Bits<2>>,
    /// Places that fall on the squeeze memory's first slices, where a row has two slices, or four.
    two_on: Vec<Signal<Local, Bits<32>>>,
    four_on: Vec<Signal<Local, Bits<32>>>,
}

impl Scatter {
    /// For memories of `slices` and `squeeze_slices` (at most four, and five slots in neither) slices a row, powers of two.
    pub fn new(slices: usize, squeeze_slices: usize) -> Self {
        Self {
            activation: many(slices.min(8)),
            squeeze: many(squeeze_slices),
            to_activation: many(slices.min(8)),
            to_squeeze: many(squeeze_slices),
            two_on: many(usize::from(squeeze_slices == 2)),
            four_on: many(if squeeze_slices == 4 { 3 } else { 0 }),
            wraps: Number::new(if slices == 4 { 3 } else { 0 }.into()),
            ..Default::default()
        }
    }
}

impl Logic for Scatter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_scatter: Brings a quad of each slot of a block to the memory slices where it belongs.");
        dff_setup!(self, clock, slice_1);
        for i in 0..8 {
            self.place[i].clock.next = self.clock.val();
        }
        comment!("cycle 0: up by 0 to 3 places");
        self.low.next = self.slice.val().get_bits::<2>(0);
        for i in 0..5 {
            self.place[i].d.next = self.slot[i].val();
        }
        for i in 5..8 {
            self.place[i].d.next = self.slot[4].val();
        }
        if self.low.val() == 1 {
            for i in 0..4 {
                self.place[i + 1].d.next = self.slot[i].val();
            }
        } else if self.low.val() == 2 {
            for i in 0..4 {
                self.place[i + 2].d.next = self.slot[i].val();
            }
        } else if self.low.val() == 3 {
            for i in 0..4 {
                self.place[i + 3].d.next = self.slot[i].val();
            }
        }
        self.slice_1.d.next = self.slice.val();
        comment!("cycle 1: the activation memory, up by four, or four back where a row has four slices");
        self.low_1.next = self.slice_1.q.val().get_bits::<2>(0);
        self.wrapped.next = self.low_1.val() & self.wraps.val();
        for i in 0..self.to_activation.len() {
            self.to_activation[i].clock.next = self.clock.val();
            self.to_activation[i].d.next = self.place[i].q.val();
            if self.slice_1.q.val().get_bit(2) {
                self.to_activation[i].d.next = self.place[(i + 4) % 8].q.val();
            }
            self.activation[i].next = self.to_activation[i].q.val();
        }
        for i in 0..3 {
            if self.wrapped.val() > i.to_bits::<2>() {
                self.to_activation[i].d.next = self.place[i + 4].q.val();
            }
        }
        comment!("the squeeze memory, back by the slices of a row");
        for i in 0..self.to_squeeze.len() {
            self.to_squeeze[i].clock.next = self.clock.val();
            self.to_squeeze[i].d.next = self.place[i].q.val();
            self.squeeze[i].next = self.to_squeeze[i].q.val();
        }
        for i in 0..self.two_on.len() {
            self.two_on[i].next = self.place[i + 2].q.val();
            if self.low_1.val() > i.to_bits::<2>() {
                self.to_squeeze[i].d.next = self.two_on[i].val();
            }
        }
        for i in 0..self.four_on.len() {
            self.four_on[i].next = self.place[i + 4].q.val();
            if self.low_1.val() > i.to_bits::<2>() {
                self.to_squeeze[i].d.next = self.four_on[i].val();
            }
        }
    }
}
