//! Takes a packed sum apart.

use crate::lang::prelude::*;

/// Bit at which the upper field begins.
pub struct Above<const FIELD: usize>;

impl<const FIELD: usize> Value for Above<FIELD> {
    const VALUE: u64 = FIELD as u64;
}

/// The two fields of the sum at the foot of a cascade; wiring only.
///
/// The lower field is a sum of unsigned products that cannot leave its `FIELD` bits, so the upper one
/// is exactly what stands above it. Widths `<TOTAL, FIELD>`: DSP48E1 `<34, 17>`, DSP48E2 `<38, 19>`.
#[derive(LogicBlock, Default)]
pub struct PairSplit<const TOTAL: usize, const FIELD: usize> {
    /// `odd << FIELD | even`.
    pub total: Signal<In, SInt<TOTAL>>,
    /// Sum of (weight + 128) x pixel of the even column.
    pub low: Signal<Out, Bits<FIELD>>,
    /// Sum of weight x pixel of the odd column.
    pub high: Signal<Out, SInt<FIELD>>,
    field: Fixed<6, Above<FIELD>>,
}

impl<const TOTAL: usize, const FIELD: usize> Logic for PairSplit<TOTAL, FIELD> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pair_split: The two fields of a packed sum; wiring only.");
        self.low.next = self.total.val().get_bits::<FIELD>(0);
        self.high.next = signed_cast_bits(self.total.val().get_bits::<FIELD>(self.field.val().index()));
    }
}
