//! Two multiply-accumulates in one DSP48.

use crate::lang::prelude::*;

/// Bit at which the upper field of an operand of `OPERAND` bits begins: a weight, of 8 bits, fills the rest.
pub struct FieldOf<const OPERAND: usize>;

impl<const OPERAND: usize> Value for FieldOf<OPERAND> {
    const VALUE: u64 = OPERAND as u64 - 8;
}

/// One row of a pair of columns: the weights of both, packed in one operand, times one pixel.
///
/// ```text
///            even_in  odd_in                total_in (cascade)
///               |        |                     |
///  load -->  [even]   [odd]      fabric        |
/// - - - - - - - - - - - - - - - - - - - - - - -|- - DSP48 - -
///               | joined |                     |
///  swap -->   [ operand  ] A                   |
///                   |                          v
///  pixel -[x] B --(x)------[product] M ------ (+) --[total] P
/// - - - - |- - - - - - - - - - - - - - - - - - - - - - - - - -
///        [hop]                    joined = odd << FIELD | even
///         v  next pair, two cycles after it came
/// ```
///
/// `even` is in offset binary (0 to 255, see `OffsetBinary`), so packing needs no adder, nothing
/// borrows from the upper field, and the operand of any two weights fits the wide port: `FIELD` + 8
/// bits. Widths: DSP48E1 `<25, 34, 34>` with fields of 17 bits, DSP48E2 `<27, 36, 38>` with 19.
///
/// Latency from `pixel_in` to `total_out`: three cycles.
#[derive(LogicBlock, Default)]
pub struct PairCell<const OPERAND: usize, const PRODUCT: usize, const TOTAL: usize> {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Take the next row's weights into the shadow registers.
    pub load: Signal<In, Bit>,
    /// Weight of the row above (row 0: from outside), even column, plus 128; with `load`.
    pub even_in: Signal<In, Bits<8>>,
    /// The same of the odd column, signed.
    pub odd_in: Signal<In, Bits<8>>,
    /// Shadow register of the even column.
    pub even_out: Signal<Out, Bits<8>>,
    /// Shadow register of the odd column.
    pub odd_out: Signal<Out, Bits<8>>,
    /// First pixel of a pass is at `pixel_in`: take the shadow weights.
    pub swap_in: Signal<In, Bit>,
    /// `swap_in` a cycle later, for the row below.
    pub swap_out: Signal<Out, Bit>,
    /// Unsigned pixel byte.
    pub pixel_in: Signal<In, Bits<8>>,
    /// `pixel_in` two cycles later, for the next pair.
    pub pixel_out: Signal<Out, Bits<8>>,
    /// Both columns' sums of the rows above, packed as the weights are.
    pub total_in: Signal<In, SInt<TOTAL>>,
    /// The sums with this row.
    pub total_out: Signal<Out, SInt<TOTAL>>,
    even: DFF<Bits<8>>,
    odd: DFF<Bits<8>>,
    swap: DFF<Bit>,
    operand: DFF<SInt<OPERAND>>,
    x: DFF<Bits<8>>,
    hop: DFF<Bits<8>>,
    product: DFF<SInt<PRODUCT>>,
    total: DFF<SInt<TOTAL>>,
    field: Fixed<5, FieldOf<OPERAND>>,
    joined: Signal<Local, Bits<OPERAND>>,
    pixel: Signal<Local, SInt<9>>,
}

impl<const OPERAND: usize, const PRODUCT: usize, const TOTAL: usize> Logic for PairCell<OPERAND, PRODUCT, TOTAL> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pair_cell: Two multiply-accumulates in one DSP48: a row's weights of two columns, packed in one operand, times one pixel. Operand, x, product and total are its registers A, B, M and P; total_in is its cascade.");
        dff_setup!(self, clock, even, odd, swap, operand, x, hop, product, total);
        comment!("shadow registers");
        if self.load.val() {
            self.even.d.next = self.even_in.val();
            self.odd.d.next = self.odd_in.val();
        }
        self.even_out.next = self.even.q.val();
        self.odd_out.next = self.odd.q.val();

        comment!("the weights in use: both in one operand");
        self.swap.d.next = self.swap_in.val();
        self.swap_out.next = self.swap.q.val();
        self.joined.next = (bit_cast::<OPERAND, 8>(self.odd.q.val()) << self.field.val()) | bit_cast::<OPERAND, 8>(self.even.q.val());
        if self.swap_in.val() {
            self.operand.d.next = signed_cast_bits(self.joined.val());
        }

        comment!("cycle 1: pixel; cycle 2: product; cycle 3: sum");
        self.x.d.next = self.pixel_in.val();
        self.hop.d.next = self.x.q.val();
        self.pixel_out.next = self.hop.q.val();
        self.pixel.next = signed_cast_bits(bit_cast::<9, 8>(self.x.q.val()));
        self.product.d.next = (self.pixel.val() * self.operand.q.val()).into();
        self.total.d.next = (self.total_in.val() + self.product.q.val()).into();
        self.total_out.next = self.total.q.val();
    }
}
