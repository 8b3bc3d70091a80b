//! Accumulate and requantise: one output channel of one segment.

use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// Adds a reduction's passes, then turns the sum into a byte.
///
/// ```text
/// cycle  0         1                2                 3                    4                  5
///        address   memory, sum_in   accumulator       product, excess      close              byte
///        -> read   + bias or old    -> write back     low + (excess << 24) >> fine: halved
///                                   * multiplier      >> coarse            round, saturate
/// ```
///
/// `clamp((acc * m + (1 << (shift - 1))) >> shift, 0, 255)` is computed as
/// `min(255, ((relu(acc) * m >> (shift - 1)) + 1) >> 1)`: the same for every value, without the
/// wide rounding adder (docs/array.md).
///
/// **One DSP48.** Its wide port takes 25 bits (DSP48E1; the DSP48E2's 27 would do too), `relu(acc)` has
/// 31. The low 24 bits go through the multiplier, as `product`; the seven above them select shifted copies
/// of the multiplier, whose sum is `excess`. The accumulator is the DSP's register A, the multiplier B,
/// the product M; a negative accumulator is multiplied too, and its result dropped.
///
/// **Two shifts.** `shift - 1` is coarse (a multiple of 8, in cycle 3, which also adds the excess) and fine
/// (0 to 7, in cycle 4, which also rounds).
///
/// The requantisation constants of the next block of output channels wait in a shadow register;
/// stage by stage they follow the block's first pixel, so blocks need no gap between them.
#[derive(LogicBlock, Default)]
pub struct Lane {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Cycle 0: a pixel of this lane will be in `sum_in` next cycle.
    pub valid: Signal<In, Bit>,
    /// Cycle 0: first pass of the reduction; start from the bias.
    pub first: Signal<In, Bit>,
    /// Cycle 0: last pass of the reduction; requantise instead of writing back.
    pub last: Signal<In, Bit>,
    /// Cycle 0: first pixel of a block of output channels; take the shadow constants.
    pub block: Signal<In, Bit>,
    /// Cycle 0: accumulator address, the pixel's number in the pass.
    pub address: Signal<In, Bits<16>>,
    /// Cycle 1: what the array adds.
    pub sum_in: Signal<In, SInt<32>>,
    /// Shift `entry_in` into the shadow register.
    pub load: Signal<In, Bit>,
    /// A table entry's low bits: bias, multiplier, shift.
    pub entry_in: Signal<In, Bits<54>>,
    /// The shadow register, for the next column's lane.
    pub entry_out: Signal<Out, Bits<54>>,
    /// Cycle 5: the requantised byte, held until the next one.
    pub quantised: Signal<Out, Bits<8>>,
    /// Partial sums between the passes of a reduction. Depth: pixels of a strip, `accumulator_pixels` in lanes 0 and 1,
    /// `segment_accumulator_pixels` in the others.
    memory: Ram<32>,
    shadow: DFF<Bits<54>>,
    valid_1: DFF<Bit>,
    first_1: DFF<Bit>,
    last_1: DFF<Bit>,
    block_1: DFF<Bit>,
    address_1: DFF<Bits<16>>,
    keep_2: DFF<Bit>,
    finish_2: DFF<Bit>,
    block_2: DFF<Bit>,
    address_2: DFF<Bits<16>>,
    finish_3: DFF<Bit>,
    finish_4: DFF<Bit>,
    bias: DFF<SInt<32>>,
    multiplier: DFF<Bits<16>>,
    shift: DFF<Bits<6>>,
    accumulator: DFF<SInt<32>>,
    product: DFF<SInt<40>>,
    excess: DFF<Bits<23>>,
    negative_3: DFF<Bit>,
    close: DFF<Bits<16>>,
    fine: DFF<Bits<3>>,
    over: DFF<Bit>,
    result: DFF<Bits<8>>,
    old: Signal<Local, SInt<32>>,
    base: Signal<Local, SInt<32>>,
    raw: Signal<Local, Bits<32>>,
    low: Signal<Local, SInt<25>>,
    factor: Signal<Local, SInt<17>>,
    above: Signal<Local, Bits<7>>,
    copy: [Signal<Local, Bits<23>>; 7],
    product_bits: Signal<Local, Bits<40>>,
    upper: Signal<Local, Bits<23>>,
    whole: Signal<Local, Bits<47>>,
    coarse: Signal<Local, Bits<6>>,
    shifted: Signal<Local, Bits<47>>,
    halved: Signal<Local, Bits<16>>,
    rounded: Signal<Local, Bits<10>>,
    unused_half: Signal<Local, Bit>,
}

impl Lane {
    /// A lane that can hold the partial sums of `pixels` pixels.
    pub fn new(pixels: usize) -> Self {
        Self { memory: Ram::new(pixels), ..Default::default() }
    }

    /// With its memory in `style`.
    pub fn in_style(mut self, style: MemoryStyle) -> Self {
        self.memory = self.memory.in_style(style);
        self
    }
}

impl Logic for Lane {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_lane: Accumulates the passes of a reduction for one output channel, then requantises: min(255, ((relu(acc) * m >> (shift - 1)) + 1) >> 1). Byte five cycles after valid.");
        dff_setup!(
            self,
            clock,
            shadow,
            valid_1,
            first_1,
            last_1,
            block_1,
            address_1,
            keep_2,
            finish_2,
            block_2,
            address_2,
            finish_3,
            finish_4,
            bias,
            multiplier,
            shift,
            accumulator,
            product,
            excess,
            negative_3,
            close,
            fine,
            over,
            result
        );
        self.memory.clock.next = self.clock.val();

        comment!("the next block's constants");
        if self.load.val() {
            self.shadow.d.next = self.entry_in.val();
        }
        self.entry_out.next = self.shadow.q.val();

        comment!("cycle 0: address the old partial sum");
        self.memory.read_address.next = bit_cast::<20, 16>(self.address.val());
        self.valid_1.d.next = self.valid.val();
        self.first_1.d.next = self.first.val();
        self.last_1.d.next = self.last.val();
        self.block_1.d.next = self.block.val();
        self.address_1.d.next = self.address.val();
        if self.block.val() {
            self.bias.d.next = signed_cast_bits(self.shadow.q.val().get_bits::<32>(0));
        }

        comment!("cycle 1: accumulate");
        self.old.next = signed_cast_bits(self.memory.read_data.val());
        self.base.next = self.old.val();
        if self.first_1.q.val() {
            self.base.next = self.bias.q.val();
        }
        if self.valid_1.q.val() {
            self.accumulator.d.next = (self.base.val() + self.sum_in.val()).into();
        }
        self.keep_2.d.next = self.valid_1.q.val() & !self.last_1.q.val();
        self.finish_2.d.next = self.valid_1.q.val() & self.last_1.q.val();
        self.block_2.d.next = self.block_1.q.val();
        self.address_2.d.next = self.address_1.q.val();
        if self.block_1.q.val() {
            self.multiplier.d.next = self.shadow.q.val().get_bits::<16>(32);
        }

        comment!("cycle 2: write back, or scale");
        self.raw.next = self.accumulator.q.val().get_bits::<32>(0);
        self.memory.write_enable.next = self.keep_2.q.val();
        self.memory.write_address.next = bit_cast::<20, 16>(self.address_2.q.val());
        self.memory.write_data.next = self.raw.val();
        self.low.next = signed_cast_bits(bit_cast::<25, 24>(self.raw.val().get_bits::<24>(0)));
        self.factor.next = signed_cast_bits(bit_cast::<17, 16>(self.multiplier.q.val()));
        self.above.next = self.raw.val().get_bits::<7>(24);
        for i in 0..7 {
            self.copy[i].next = 0.into();
            if self.above.val().get_bit(i) {
                self.copy[i].next = bit_cast::<23, 16>(self.multiplier.q.val()) << i.to_bits::<3>();
            }
        }
        if self.finish_2.q.val() {
            self.product.d.next = (self.low.val() * self.factor.val()).into();
            self.excess.d.next = ((self.copy[0].val() + self.copy[1].val()) + (self.copy[2].val() + self.copy[3].val()))
                + ((self.copy[4].val() + self.copy[5].val()) + self.copy[6].val());
            self.negative_3.d.next = self.raw.val().get_bit(31);
        }
        self.finish_3.d.next = self.finish_2.q.val();
        if self.block_2.q.val() {
            self.shift.d.next = self.shadow.q.val().get_bits::<6>(48);
        }

        comment!("cycle 3: put the product together, shift by whole bytes to within 7 bits of one bit more than the result");
        self.product_bits.next = self.product.q.val().get_bits::<40>(0);
        self.upper.next = bit_cast::<23, 16>(self.product_bits.val().get_bits::<16>(24)) + self.excess.q.val();
        self.whole.next = (bit_cast::<47, 23>(self.upper.val()) << 24) | bit_cast::<47, 24>(self.product_bits.val().get_bits::<24>(0));
        self.coarse.next = self.shift.q.val() & 56;
        self.shifted.next = self.whole.val() >> self.coarse.val();
        if self.finish_3.q.val() {
            self.close.d.next = self.shifted.val().get_bits::<16>(0);
            self.over.d.next = self.shifted.val().get_bits::<31>(16).any();
            if self.negative_3.q.val() {
                self.close.d.next = 0.into();
                self.over.d.next = false;
            }
        }
        self.fine.d.next = self.shift.q.val().get_bits::<3>(0);
        self.finish_4.d.next = self.finish_3.q.val();

        comment!("cycle 4: shift the rest, round half up and saturate");
        self.halved.next = self.close.q.val() >> self.fine.q.val();
        self.rounded.next = bit_cast::<10, 9>(self.halved.val().get_bits::<9>(0)) + 1;
        self.unused_half.next = self.rounded.val().get_bit(0);
        if self.finish_4.q.val() {
            self.result.d.next = self.rounded.val().get_bits::<8>(1);
            if self.over.q.val() | self.halved.val().get_bits::<7>(9).any() | self.rounded.val().get_bit(9) {
                self.result.d.next = 255.into();
            }
        }
        self.quantised.next = self.result.q.val();
    }
}
