//! Global average of four classes: their exact sums.

use crate::lang::prelude::*;

/// Adds a classifier's bytes over the map, then shifts the sums out while the next block runs.
#[derive(LogicBlock, Default)]
pub struct SumQuad {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Forget the sums (start of a layer).
    pub clear: Signal<In, Bit>,
    /// A classifier's pixel is in `quad`.
    pub add: Signal<In, Bit>,
    /// It is the map's last: move the sums to the shift register.
    pub map_end: Signal<In, Bit>,
    /// Four bytes, first class in bits 7:0.
    pub quad: Signal<In, Bits<32>>,
    /// Shift the finished sums down by one class.
    pub shift: Signal<In, Bit>,
    /// From the next quad's `head`.
    pub following: Signal<In, Bits<24>>,
    /// Finished sum of the first class.
    pub head: Signal<Out, Bits<24>>,
    sum: [DFF<Bits<24>>; 4],
    finished: [DFF<Bits<24>>; 4],
    byte: [Signal<Local, Bits<8>>; 4],
    total: [Signal<Local, Bits<24>>; 4],
}

impl Logic for SumQuad {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_sum_quad: Exact sums of four classes over the map, shifted out while the next block of classes runs.");
        for i in 0..4 {
            self.sum[i].clock.next = self.clock.val();
            self.finished[i].clock.next = self.clock.val();
            self.sum[i].d.next = self.sum[i].q.val();
            self.finished[i].d.next = self.finished[i].q.val();
            self.byte[i].next = self.quad.val().get_bits::<8>(8 * i);
            self.total[i].next = self.sum[i].q.val() + self.byte[i].val().get_bits::<24>(0);
        }
        comment!("finished sums leave, one class a cycle");
        if self.shift.val() {
            for i in 0..3 {
                self.finished[i].d.next = self.finished[i + 1].q.val();
            }
            self.finished[3].d.next = self.following.val();
        }
        comment!("a pixel is added; with the map's last the sums are finished");
        if self.add.val() {
            for i in 0..4 {
                self.sum[i].d.next = self.total[i].val();
                if self.map_end.val() {
                    self.sum[i].d.next = 0.into();
                    self.finished[i].d.next = self.total[i].val();
                }
            }
        }
        if self.clear.val() {
            for i in 0..4 {
                self.sum[i].d.next = 0.into();
            }
        }
        self.head.next = self.finished[0].q.val();
    }
}
