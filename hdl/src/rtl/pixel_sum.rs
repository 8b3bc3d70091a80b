//! Sum of a group's sixteen pixels.

use crate::lang::prelude::*;

/// An adder tree, a level a cycle: `sum` four cycles after `word`.
///
/// The packed columns take 128 times this from their even sums (see `PairFoot`).
#[derive(LogicBlock, Default)]
pub struct PixelSum {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Sixteen unsigned pixel bytes.
    pub word: Signal<In, Bits<128>>,
    /// Their sum, at most 4,080.
    pub sum: Signal<Out, Bits<12>>,
    level_1: [DFF<Bits<9>>; 8],
    level_2: [DFF<Bits<10>>; 4],
    level_3: [DFF<Bits<11>>; 2],
    level_4: DFF<Bits<12>>,
    byte: [Signal<Local, Bits<8>>; 16],
}

impl Logic for PixelSum {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pixel_sum: Sum of a group's sixteen pixels, four cycles later.");
        dff_setup!(self, clock, level_4);
        for i in 0..16 {
            self.byte[i].next = self.word.val().get_bits::<8>(8 * i);
        }
        for i in 0..8 {
            self.level_1[i].clock.next = self.clock.val();
            self.level_1[i].d.next = self.byte[2 * i].val().get_bits::<9>(0) + self.byte[2 * i + 1].val().get_bits::<9>(0);
        }
        for i in 0..4 {
            self.level_2[i].clock.next = self.clock.val();
            self.level_2[i].d.next = self.level_1[2 * i].q.val().get_bits::<10>(0) + self.level_1[2 * i + 1].q.val().get_bits::<10>(0);
        }
        for i in 0..2 {
            self.level_3[i].clock.next = self.clock.val();
            self.level_3[i].d.next = self.level_2[2 * i].q.val().get_bits::<11>(0) + self.level_2[2 * i + 1].q.val().get_bits::<11>(0);
        }
        self.level_4.d.next = self.level_3[0].q.val().get_bits::<12>(0) + self.level_3[1].q.val().get_bits::<12>(0);
        self.sum.next = self.level_4.q.val();
    }
}
