//! Holds a token while its word goes through the array, and numbers the pixels of a pass.

use crate::lang::prelude::*;

/// Twenty-two cycles from the array's input to column 0's tail: 20 in the column, 3 in the adder tree,
/// less the cycle by which the accumulator's address leads.
#[derive(LogicBlock, Default)]
pub struct TokenDelay {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Token beside the groups' words (see `scanner`).
    pub token: Signal<In, Bits<16>>,
    /// Twenty-two cycles after its token: a pixel is in the sums next cycle.
    pub valid: Signal<Out, Bit>,
    /// With `valid`: first pass of the reduction.
    pub first: Signal<Out, Bit>,
    /// With `valid`: last pass of the reduction.
    pub last: Signal<Out, Bit>,
    /// First token of a block: take the shadow entries.
    pub block: Signal<Out, Bit>,
    /// With `valid`: number of the pixel in its pass.
    pub address: Signal<Out, Bits<16>>,
    stage: [DFF<Bits<16>>; 22],
    count: DFF<Bits<16>>,
    present: Signal<Local, Bits<16>>,
    number: Signal<Local, Bits<16>>,
    /// Bits of the token: a pixel, the first token of a pass.
    pixel: Signal<Local, Bit>,
    pass: Signal<Local, Bit>,
    unused_edges: Signal<Local, Bits<11>>,
}

impl Logic for TokenDelay {
    #[hdl_gen]
    fn update(&mut self) {
        comment!(
            "ember_token_delay: Holds a token for the twenty-two cycles that its word spends in the array, and numbers the pixels of a pass."
        );
        dff_setup!(self, clock, count);
        comment!("twenty-two cycles");
        for i in 0..22 {
            self.stage[i].clock.next = self.clock.val();
        }
        self.stage[0].d.next = self.token.val();
        for i in 1..22 {
            self.stage[i].d.next = self.stage[i - 1].q.val();
        }
        comment!("the token beside the sums");
        self.present.next = self.stage[21].q.val();
        self.pixel.next = self.present.val().get_bit(0);
        self.pass.next = self.present.val().get_bit(3);
        self.valid.next = self.pixel.val();
        self.first.next = self.present.val().get_bit(1);
        self.last.next = self.present.val().get_bit(2);
        self.block.next = self.present.val().get_bit(4);
        self.unused_edges.next = self.present.val().get_bits::<11>(5);
        comment!("pixels are numbered from the first token of a pass");
        self.number.next = self.count.q.val();
        if self.pass.val() {
            self.number.next = 0.into();
        }
        self.address.next = self.number.val();
        self.count.d.next = self.number.val();
        if self.pixel.val() {
            self.count.d.next = self.number.val() + 1;
        }
    }
}
