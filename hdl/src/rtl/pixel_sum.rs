//! Sum of a group's sixteen pixels.

use crate::lang::prelude::*;

/// An adder tree, a level a cycle: `sum` four cycles after `word`.
///
/// The packed columns take 128 times this from their even sums (see `PairFootE1`, `Dsp48e2Last`).
#[derive(LogicBlock, Default)]
pub struct PixelSum {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Sixteen unsigned pixel bytes.
    pub word: Signal<In, Bits<128>>,
    /// Their sum, at most 4,080.
    pub sum: Signal<Out, Bits<12>>,
    /// Sums of two pixels, of four, of eight, of all; a cycle apart.
    two: [DFF<Bits<9>>; 8],
    four: [DFF<Bits<10>>; 4],
    eight: [DFF<Bits<11>>; 2],
    all: DFF<Bits<12>>,
    byte: [Signal<Local, Bits<8>>; 16],
}

impl Logic for PixelSum {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pixel_sum: Sum of a group's sixteen pixels, four cycles later.");
        dff_setup!(self, clock, all);
        for i in 0..16 {
            self.byte[i].next = self.word.val().get_bits::<8>(8 * i);
        }
        comment!("cycle 0");
        for i in 0..8 {
            self.two[i].clock.next = self.clock.val();
            self.two[i].d.next = self.byte[2 * i].val().get_bits::<9>(0) + self.byte[2 * i + 1].val().get_bits::<9>(0);
        }
        comment!("cycle 1");
        for i in 0..4 {
            self.four[i].clock.next = self.clock.val();
            self.four[i].d.next = self.two[2 * i].q.val().get_bits::<10>(0) + self.two[2 * i + 1].q.val().get_bits::<10>(0);
        }
        comment!("cycle 2");
        for i in 0..2 {
            self.eight[i].clock.next = self.clock.val();
            self.eight[i].d.next = self.four[2 * i].q.val().get_bits::<11>(0) + self.four[2 * i + 1].q.val().get_bits::<11>(0);
        }
        comment!("cycle 3");
        self.all.d.next = self.eight[0].q.val().get_bits::<12>(0) + self.eight[1].q.val().get_bits::<12>(0);
        self.sum.next = self.all.q.val();
    }
}
