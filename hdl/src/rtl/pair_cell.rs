//! What stands in the fabric beside a packed cell's DSP48.

use crate::lang::prelude::*;

/// Hands a pixel to the next pair and the swap bit to the next row, and knows whether the odd column's sum is even or odd.
///
/// ```text
///  pixel_in --+--> DSP48 (B2, M, P)              swap_in --+--> DSP48 (A2)
///             '--[x]--[hop]--> pixel_out                   '--[swap]--> swap_out
///                       |                                        |
///                     bit 0                                      v
///                       '---(and)------------- [active] <-- [shadow] <-- bit_in
///                             v                                  '-----> bit_out
///             parity_in --> (xor) --[parity]--> parity_out, beside P
/// ```
///
/// A sum's lowest bit is the exclusive or of its products' lowest bits, and a product's is the and of its factors'. So the
/// lowest bit of the odd column's sum is known without the packed sum, in which a carry of the even column may have changed
/// it: how often it is changed tells the carries (docs/packing.md).
#[derive(LogicBlock, Default)]
pub struct PairCell {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Take the next row's bit into the shadow register: a cycle after the DSP48 takes its weights.
    pub load: Signal<In, Bit>,
    /// Lowest bit of the odd column's weight of the row above (row 0: from outside); with `load`.
    pub bit_in: Signal<In, Bit>,
    /// Shadow register, for the row below.
    pub bit_out: Signal<Out, Bit>,
    /// First pixel of a pass is at `pixel_in`.
    pub swap_in: Signal<In, Bit>,
    /// `swap_in` a cycle later, for the row below.
    pub swap_out: Signal<Out, Bit>,
    /// Unsigned pixel byte.
    pub pixel_in: Signal<In, Bits<8>>,
    /// `pixel_in` two cycles later, for the next pair.
    pub pixel_out: Signal<Out, Bits<8>>,
    /// Lowest bit of the odd column's sum of the rows above.
    pub parity_in: Signal<In, Bit>,
    /// The same with this row, three cycles after `pixel_in`.
    pub parity_out: Signal<Out, Bit>,
    shadow: DFF<Bit>,
    active: DFF<Bit>,
    swap: DFF<Bit>,
    x: DFF<Bits<8>>,
    hop: DFF<Bits<8>>,
    parity: DFF<Bit>,
}

impl Logic for PairCell {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pair_cell: What stands in the fabric beside a packed cell's DSP48: the pixel's way to the next pair, the swap wave, and the lowest bit of the odd column's sum.");
        dff_setup!(self, clock, shadow, active, swap, x, hop, parity);
        comment!("the odd weight's lowest bit: the next one, the one in use");
        if self.load.val() {
            self.shadow.d.next = self.bit_in.val();
        }
        self.bit_out.next = self.shadow.q.val();
        self.swap.d.next = self.swap_in.val();
        self.swap_out.next = self.swap.q.val();
        if self.swap.q.val() {
            self.active.d.next = self.shadow.q.val();
        }
        comment!("cycle 1 and 2: pixel; cycle 3: its part in the sum's lowest bit");
        self.x.d.next = self.pixel_in.val();
        self.hop.d.next = self.x.q.val();
        self.pixel_out.next = self.hop.q.val();
        self.parity.d.next = self.parity_in.val() ^ (self.active.q.val() & self.hop.q.val().get_bit(0));
        self.parity_out.next = self.parity.q.val();
    }
}
