//! Write enables and rows of a memory's slices.

use crate::lang::prelude::*;

/// Which slices of a memory take a slot of the block, and in which row: the block's, or the next one where the block runs over the
/// row's end. The slots themselves come through `Scatter`.
#[derive(LogicBlock, Default)]
pub struct WritePorts {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// An output pixel for this memory is here.
    pub write: Signal<In, Bit>,
    /// With `write`: row of the block's first slice.
    pub row: Signal<In, Bits<20>>,
    /// With `write`: `row` + 1.
    pub next_row: Signal<In, Bits<20>>,
    /// Slice of slot 0, from the cycle before `write`.
    pub slice: Signal<In, Bits<5>>,
    /// Static: slots of a block, 1 to 5.
    pub slots: Signal<In, Bits<3>>,
    /// A cycle later: write slice i.
    pub write_enable: Vec<Signal<Out, Bit>>,
    /// With `write_enable`: its row.
    pub write_address: Vec<Signal<Out, Bits<20>>>,
    /// A slot falls on slice i; it lies in the next row.
    hit: Vec<DFF<Bit>>,
    over: Vec<DFF<Bit>>,
    enabled: Vec<DFF<Bit>>,
    address: Vec<DFF<Bits<20>>>,
    /// Slices of a row - 1.
    mask: Number<Bits<5>>,
    /// `slice`, below the slices of a row.
    start: Signal<Local, Bits<5>>,
    /// The block has more than k slots.
    filled: [Signal<Local, Bit>; 5],
    /// Slot k falls on slice i if slot 0 falls on `from[5 i + k]`.
    from: Vec<Number<Bits<5>>>,
}

impl WritePorts {
    /// Of a memory with `slices` slices (a power of two) a row.
    pub fn new(slices: usize) -> Self {
        Self {
            write_enable: many(slices),
            write_address: many(slices),
            hit: many(slices),
            over: many(slices),
            enabled: many(slices),
            address: many(slices),
            from: (0..5 * slices).map(|n| Number::new((((n / 5 + 8 * slices - n % 5) % slices) as u64).into())).collect(),
            mask: Number::new((slices as u64 - 1).into()),
            ..Default::default()
        }
    }
}

impl Logic for WritePorts {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_write_ports: Write enables and rows of a memory's slices, for the slots of a block of output channels.");
        for i in 0..self.enabled.len() {
            self.hit[i].clock.next = self.clock.val();
            self.over[i].clock.next = self.clock.val();
            self.enabled[i].clock.next = self.clock.val();
            self.address[i].clock.next = self.clock.val();
        }
        comment!("while a block runs: which slices");
        self.start.next = self.slice.val() & self.mask.val();
        for k in 0..5 {
            self.filled[k].next = self.slots.val() > k.to_bits::<3>();
        }
        for i in 0..self.enabled.len() {
            self.hit[i].d.next = false;
            for k in 0..5 {
                if self.filled[k].val() & (self.start.val() == self.from[5 * i + k].val()) {
                    self.hit[i].d.next = true;
                }
            }
            self.over[i].d.next = bit_cast::<6, 5>(self.slice.val()) > i.to_bits::<6>();
        }
        comment!("the pixel, to the memory's write ports");
        for i in 0..self.enabled.len() {
            self.enabled[i].d.next = self.write.val() & self.hit[i].q.val();
            self.address[i].d.next = self.row.val();
            if self.over[i].q.val() {
                self.address[i].d.next = self.next_row.val();
            }
            self.write_enable[i].next = self.enabled[i].q.val();
            self.write_address[i].next = self.address[i].q.val();
        }
    }
}
