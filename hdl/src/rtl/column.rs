//! One column of a group: sixteen multiply-accumulate cells.

use crate::lang::prelude::*;

/// Sixteen cells, one input channel each, that add into one partial sum going down.
///
/// A cell holds its weight and, behind it, the next tile's in a shadow register:
///
/// ```text
///            shadow[r-1]        sum[r-1]
///                |                 |
///  load -->  [shadow]              |
///                | swap[r]         |
///            [weight]              |
///                |                 v
///  pixel -[x]-- (x) --[product]-- (+) --[sum]
///           |
///           v  next column, one cycle later
/// ```
///
/// The swap wave enters with the first pixel of a pass at row 0 and goes down one row a cycle,
/// as the pixels do (the skew in front of the group delays row r by r cycles).
/// Latency from `pixel_in[0]` to `sum`: 18 cycles (x, product and sixteen sums).
#[derive(LogicBlock, Default)]
pub struct Column {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Shift the shadow registers down by one, taking `weight_in` at row 0.
    pub load: Signal<In, Bit>,
    /// Weight for row 0's shadow; sixteen shifts fill the column, row 15's weight first.
    pub weight_in: Signal<In, Bits<8>>,
    /// First pixel of a pass is at `pixel_in[0]`: take the shadow weights.
    pub swap_in: Signal<In, Bit>,
    /// `swap_in` for the next column.
    pub swap_out: Signal<Out, Bit>,
    /// Unsigned pixel bytes, row r delayed by r cycles.
    pub pixel_in: [Signal<In, Bits<8>>; 16],
    /// `pixel_in` for the next column.
    pub pixel_out: [Signal<Out, Bits<8>>; 16],
    /// Sum of the sixteen products: at most 16 x 255 x 128 = 522,240 in magnitude.
    pub sum: Signal<Out, SInt<20>>,
    swap: [DFF<Bit>; 15],
    x: [DFF<Bits<8>>; 16],
    shadow: [DFF<Bits<8>>; 16],
    weight: [DFF<Bits<8>>; 16],
    product: [DFF<SInt<17>>; 16],
    total: [DFF<SInt<20>>; 16],
    pixel: [Signal<Local, SInt<9>>; 16],
    factor: [Signal<Local, SInt<8>>; 16],
    none: Signal<Local, SInt<20>>,
}

impl Logic for Column {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_column: Sixteen multiply-accumulate cells of one output channel. Pixels leave to the next column a cycle later, partial sums go down, the next tile's weights wait in shadow registers.");
        for i in 0..16 {
            self.x[i].clock.next = self.clock.val();
            self.shadow[i].clock.next = self.clock.val();
            self.weight[i].clock.next = self.clock.val();
            self.product[i].clock.next = self.clock.val();
            self.total[i].clock.next = self.clock.val();
            self.shadow[i].d.next = self.shadow[i].q.val();
            self.weight[i].d.next = self.weight[i].q.val();
        }
        comment!("shadow registers: a row down at each shift");
        if self.load.val() {
            self.shadow[0].d.next = self.weight_in.val();
            for i in 1..16 {
                self.shadow[i].d.next = self.shadow[i - 1].q.val();
            }
        }
        comment!("the swap wave: a row down a cycle");
        self.swap[0].d.next = self.swap_in.val();
        if self.swap_in.val() {
            self.weight[0].d.next = self.shadow[0].q.val();
        }
        for i in 0..15 {
            self.swap[i].clock.next = self.clock.val();
        }
        for i in 1..15 {
            self.swap[i].d.next = self.swap[i - 1].q.val();
        }
        for i in 1..16 {
            if self.swap[i - 1].q.val() {
                self.weight[i].d.next = self.shadow[i].q.val();
            }
        }
        self.swap_out.next = self.swap[0].q.val();
        comment!("cycles 1 and 2 of a row: pixel, product");
        for i in 0..16 {
            self.x[i].d.next = self.pixel_in[i].val();
            self.pixel_out[i].next = self.x[i].q.val();
            self.pixel[i].next = signed_cast_bits(self.x[i].q.val().get_bits::<9>(0));
            self.factor[i].next = signed_cast_bits(self.weight[i].q.val());
            self.product[i].d.next = (self.pixel[i].val() * self.factor[i].val()).into();
        }
        comment!("cycle 3 of row r: the partial sum of rows 0 to r");
        self.none.next = signed_cast_bits(bits::<20>(0));
        self.total[0].d.next = (self.none.val() + self.product[0].q.val()).into();
        for i in 1..16 {
            self.total[i].d.next = (self.total[i - 1].q.val() + self.product[i].q.val()).into();
        }
        self.sum.next = self.total[15].q.val();
    }
}
