//! Brings the slots of a block to the memory slices where they belong.

use crate::lang::prelude::*;

/// Write port of one memory slice of N channels: picks its slot of the block, if any.
#[derive(LogicBlock, Default)]
pub struct Scatter {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// An output pixel for this memory is here.
    pub write: Signal<In, Bit>,
    /// With `write`: row of the block's first slice.
    pub row: Signal<In, Bits<20>>,
    /// With `write`: slice of slot 0.
    pub slice: Signal<In, Bits<5>>,
    /// Static: slots of a block, 1 to 5.
    pub slots: Signal<In, Bits<3>>,
    /// With `write`: the pixel, quad q of slot s at `slot[s][q]`, N / 4 quads a slot.
    pub slot: Vec<Vec<Signal<In, Bits<32>>>>,
    /// A cycle later: write this slice.
    pub write_enable: Signal<Out, Bit>,
    /// With `write_enable`: its row.
    pub write_address: Signal<Out, Bits<20>>,
    /// With `write_enable`: N / 4 quads.
    pub write_data: Vec<Signal<Out, Bits<32>>>,
    enabled: DFF<Bit>,
    address: DFF<Bits<20>>,
    data: Vec<DFF<Bits<32>>>,
    /// Static: this slice's number in its row.
    pub number: Signal<In, Bits<5>>,
    /// Slices of a row - 1.
    mask: Number<Bits<5>>,
    /// Slots from slot 0 to the one that falls on this slice.
    distance: Signal<Local, Bits<5>>,
}

impl Scatter {
    /// Slice of a memory with `slices` slices (a power of two) of `columns` channels a row.
    pub fn new(slices: usize, columns: usize) -> Self {
        let quads = columns / 4;
        Self {
            slot: (0..5).map(|_| many(quads)).collect(),
            write_data: many(quads),
            data: many(quads),
            mask: Number::new((slices as u64 - 1).into()),
            ..Default::default()
        }
    }
}

impl Logic for Scatter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_scatter: Write port of one memory slice; picks its slot of a block of output channels, if any.");
        dff_setup!(self, clock, enabled, address);
        comment!("cycle 0: which slot falls on this slice, and in which row");
        self.distance.next = (self.number.val() - self.slice.val()) & self.mask.val();
        self.enabled.d.next = self.write.val() & (self.distance.val() < bit_cast::<5, 3>(self.slots.val()));
        self.address.d.next = self.row.val();
        if self.number.val() < self.slice.val() {
            self.address.d.next = self.row.val() + 1;
        }
        for i in 0..self.data.len() {
            self.data[i].clock.next = self.clock.val();
            self.data[i].d.next = self.data[i].q.val();
            self.write_data[i].next = self.data[i].q.val();
        }
        if self.write.val() {
            for i in 0..self.data.len() {
                self.data[i].d.next = self.slot[0][i].val();
                if self.distance.val() == 1 {
                    self.data[i].d.next = self.slot[1][i].val();
                } else if self.distance.val() == 2 {
                    self.data[i].d.next = self.slot[2][i].val();
                } else if self.distance.val() == 3 {
                    self.data[i].d.next = self.slot[3][i].val();
                } else if self.distance.val() == 4 {
                    self.data[i].d.next = self.slot[4][i].val();
                }
            }
        }
        comment!("cycle 1: the memory's write port");
        self.write_enable.next = self.enabled.q.val();
        self.write_address.next = self.address.q.val();
    }
}
