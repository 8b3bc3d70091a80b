//! Global average of four classes: their exact sums.

use crate::lang::prelude::*;

/// Adds a classifier's bytes over the map, and shows the finished sums one by one while the next block runs.
#[derive(LogicBlock, Default)]
pub struct SumQuad {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Forget the sums (start of a layer; with a map's last pixel).
    pub clear: Signal<In, Bit>,
    /// A classifier's pixel is in `quad`.
    pub add: Signal<In, Bit>,
    /// With `add`: it is the map's last; the sums are finished.
    pub map_end: Signal<In, Bit>,
    /// Four bytes, first class in bits 7:0.
    pub quad: Signal<In, Bits<32>>,
    /// The finished sums are asked for: four cycles, one class after the other.
    pub send: Signal<In, Bit>,
    /// What the quads before this one send; one at most sends.
    pub others: Signal<In, Bits<24>>,
    /// A cycle after `send`: the finished sum; otherwise what comes from the others.
    pub head: Signal<Out, Bits<24>>,
    sum: [DFF<Bits<24>>; 4],
    finished: [DFF<Bits<24>>; 4],
    place: DFF<Bits<2>>,
    head_1: DFF<Bits<24>>,
    byte: [Signal<Local, Bits<8>>; 4],
    total: [Signal<Local, Bits<24>>; 4],
}

impl Logic for SumQuad {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_sum_quad: Exact sums of four classes over the map, sent while the next block of classes runs.");
        dff_setup!(self, clock, place, head_1);
        comment!("a pixel is added; with the map's last the sums are finished");
        for i in 0..4 {
            self.sum[i].clock.next = self.clock.val();
            self.finished[i].clock.next = self.clock.val();
            self.sum[i].d.next = self.sum[i].q.val();
            self.finished[i].d.next = self.finished[i].q.val();
            self.byte[i].next = self.quad.val().get_bits::<8>(8 * i);
            self.total[i].next = self.sum[i].q.val() + self.byte[i].val().get_bits::<24>(0);
        }
        if self.add.val() {
            for i in 0..4 {
                self.sum[i].d.next = self.total[i].val();
            }
        }
        if self.map_end.val() {
            for i in 0..4 {
                self.finished[i].d.next = self.total[i].val();
            }
        }
        if self.clear.val() {
            for i in 0..4 {
                self.sum[i].d.next = 0.into();
            }
        }
        comment!("the finished sums, one by one");
        self.place.d.next = 0.into();
        self.head_1.d.next = 0.into();
        if self.send.val() {
            self.place.d.next = self.place.q.val() + 1;
            self.head_1.d.next = self.finished[0].q.val();
            if self.place.q.val() == 1 {
                self.head_1.d.next = self.finished[1].q.val();
            } else if self.place.q.val() == 2 {
                self.head_1.d.next = self.finished[2].q.val();
            } else if self.place.q.val() == 3 {
                self.head_1.d.next = self.finished[3].q.val();
            }
        }
        self.head.next = self.head_1.q.val() | self.others.val();
    }
}
