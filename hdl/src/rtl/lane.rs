//! Accumulate and requantise: one output channel of one segment.

use super::booth_digit::BoothDigit;
use super::delay::Delay;
use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// Adds a reduction's passes, then turns the sum into a byte.
///
/// ```text
/// cycle  0         1      2               3             4            5            6           7         8        9        10      11
///        address   word   old             base          accumulator  A1           A2          M         P        close    ninth   byte
///        -> read          bias or old     + late        -> write     three Booth  first;      all        >> 16s   >> 1s    round,
///                         + early                       negative: 0  digits       second and  digits: C  >> 4s             saturate
/// ```
///
/// `clamp((acc * m + (1 << (shift - 1))) >> shift, 0, 255)` is computed as
/// `min(255, ((relu(acc) * m >> (shift - 1)) + 1) >> 1)`: the same for every value, without the
/// wide rounding adder (docs/array.md).
///
/// **One DSP48**, with its registers A1, A2, B, M, C and P. Its wide port takes 25 bits (DSP48E1; the DSP48E2's 27
/// would do too), `relu(acc)` has 31. The low 25 bits go through the multiplier as a signed number; what is
/// then missing is `acc[30:25] + acc[24]`, from 0 to 64, times the multiplier, above 25 bits. That is three
/// digits of radix 4 in Booth's recoding, -2 to 2. Their multiples are in registers before they are added, so nothing but the
/// carry chain is between one register and the next:
///
/// ```text
///  0 30 29 28 27 26 25 24 | 23 ...      digit: bits     value
///  [_____]  [_____]                     first  30 29 28  2 b30 + b29 + b28       0 to 4
///        [_____]  [_____]               second 28 27 26  b27 + b26 - 2 b28      -2 to 2
///              [_____]                  third  26 25 24  b25 + b24 - 2 b26      -2 to 2
/// ```
///
/// The DSP's own adder puts them above the product. A negative accumulator enters as 0.
///
/// **Three shifts.** `shift - 1` is a multiple of 16, one of 4 below 16, and 0 to 3: each a multiplexer of
/// one LUT a bit. What goes out above is noted on the way: the byte is then 255.
///
/// **Passes.** A sum is written in cycle 4 and read in cycle 0, so a pixel of the next pass may follow the same
/// pixel of this one after five cycles. They are more than 100 apart, however few pixels a pass has: each pass takes a
/// tile of weights, of which the loader begins to load the 80 rows when the pass before has left the array.
///
/// The requantisation constants of the next block of output channels wait in a shadow register;
/// stage by stage they follow the block's first pixel, so blocks need no gap between them.
#[derive(LogicBlock, Default)]
pub struct Lane {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Cycle 0: `early` is a pixel's in two cycles, `late` in three.
    pub valid: Signal<In, Bit>,
    /// Cycle 0: first pass of the reduction; start from the bias.
    pub first: Signal<In, Bit>,
    /// Cycle 0: last pass of the reduction; requantise instead of writing back.
    pub last: Signal<In, Bit>,
    /// Cycle 0: first pixel of a block of output channels; take the shadow constants.
    pub block: Signal<In, Bit>,
    /// Cycle 0: accumulator address, the pixel's number in the pass.
    pub address: Signal<In, Bits<16>>,
    /// Cycle 2: a part of what the array adds.
    pub early: Signal<In, SInt<21>>,
    /// Cycle 3: the rest of it.
    pub late: Signal<In, SInt<23>>,
    /// Shift `entry_in` into the shadow register.
    pub load: Signal<In, Bit>,
    /// A table entry's low bits: bias, multiplier, shift.
    pub entry_in: Signal<In, Bits<54>>,
    /// The shadow register, for the next column's lane.
    pub entry_out: Signal<Out, Bits<54>>,
    /// Cycle 11: the requantised byte.
    pub quantised: Signal<Out, Bits<8>>,
    /// Partial sums between the passes of a reduction. Depth: pixels of a strip, `accumulator_pixels` in lanes 0 and 1,
    /// `segment_accumulator_pixels` in the others.
    memory: Ram<32>,
    shadow: DFF<Bits<54>>,
    valid_1: DFF<Bit>,
    valid_2: DFF<Bit>,
    valid_3: DFF<Bit>,
    first_1: DFF<Bit>,
    first_2: DFF<Bit>,
    last_1: DFF<Bit>,
    last_2: DFF<Bit>,
    block_1: DFF<Bit>,
    block_2: DFF<Bit>,
    block_3: DFF<Bit>,
    /// `block` in cycle 7.
    late_block: Delay<1>,
    address_1: DFF<Bits<16>>,
    address_2: DFF<Bits<16>>,
    address_3: DFF<Bits<16>>,
    address_4: DFF<Bits<16>>,
    keep_3: DFF<Bit>,
    keep_4: DFF<Bit>,
    finish_3: DFF<Bit>,
    finish_4: DFF<Bit>,
    bias: DFF<SInt<32>>,
    /// The multiplier of the pixel in cycles 4, 5 and 6.
    multiplier_4: DFF<Bits<16>>,
    multiplier_5: DFF<Bits<16>>,
    multiplier_6: DFF<Bits<16>>,
    /// The shift of the pixel in cycle 8, its low bits in cycle 9.
    shift: DFF<Bits<6>>,
    fine: DFF<Bits<2>>,
    base: DFF<SInt<32>>,
    accumulator: DFF<SInt<32>>,
    operand_5: DFF<SInt<25>>,
    operand_6: DFF<SInt<25>>,
    /// The digits' multiples, too small by 1 where bit 17 is set; the accumulator is negative.
    first_5: DFF<Bits<18>>,
    second_5: DFF<Bits<18>>,
    third_5: DFF<Bits<18>>,
    negative_5: DFF<Bit>,
    /// The first digit, with twice the multiplier that its recoding took off; the other two; what the second lacks.
    upper_6: DFF<Bits<18>>,
    lower_6: DFF<Bits<22>>,
    lacks_6: DFF<Bit>,
    excess_7: DFF<Bits<22>>,
    product: DFF<SInt<42>>,
    whole: DFF<SInt<48>>,
    close: DFF<Bits<12>>,
    /// Something was lost above: by the first shift in two parts, by the second in three.
    beyond: DFF<Bits<2>>,
    above: DFF<Bits<3>>,
    ninth: DFF<Bits<9>>,
    /// The byte is 255: lost by the first two shifts, by the third, or rounded up to 256.
    over: DFF<Bits<3>>,
    result: DFF<Bits<8>>,
    first_digit: BoothDigit,
    second_digit: BoothDigit,
    third_digit: BoothDigit,
    second_wide: Signal<Local, Bits<22>>,
    third_wide: Signal<Local, Bits<22>>,
    zero: Signal<Local, Bits<25>>,
    old: Signal<Local, SInt<32>>,
    start: Signal<Local, SInt<32>>,
    raw: Signal<Local, Bits<32>>,
    factor: Signal<Local, SInt<17>>,
    upper: Signal<Local, SInt<48>>,
    number: Signal<Local, Bits<48>>,
    unused_top: Signal<Local, Bit>,
    wide: Signal<Local, Bits<24>>,
    narrow: Signal<Local, Bits<12>>,
    lost: Signal<Local, Bit>,
    spilt: Signal<Local, Bit>,
    ones: Signal<Local, Bit>,
    verge: Signal<Local, Bit>,
    full: Signal<Local, Bit>,
}

impl Lane {
    /// A lane that can hold the partial sums of `pixels` pixels.
    pub fn new(pixels: usize) -> Self {
        Self { memory: Ram::registered(pixels), late_block: Delay::new(4), ..Default::default() }
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
        comment!("ember_lane: Accumulates the passes of a reduction for one output channel, then requantises: min(255, ((relu(acc) * m >> (shift - 1)) + 1) >> 1). Byte eleven cycles after valid.");
        dff_setup!(
            self,
            clock,
            shadow,
            valid_1,
            valid_2,
            valid_3,
            first_1,
            first_2,
            last_1,
            last_2,
            block_1,
            block_2,
            block_3,
            address_1,
            address_2,
            address_3,
            address_4,
            keep_3,
            keep_4,
            finish_3,
            finish_4,
            bias,
            multiplier_4,
            multiplier_5,
            multiplier_6,
            shift,
            fine,
            base,
            accumulator,
            operand_5,
            operand_6,
            first_5,
            second_5,
            third_5,
            negative_5,
            upper_6,
            lower_6,
            lacks_6,
            excess_7,
            product,
            whole,
            close,
            beyond,
            above,
            ninth,
            over,
            result
        );
        self.memory.clock.next = self.clock.val();
        self.late_block.clock.next = self.clock.val();

        comment!("the next block's constants");
        if self.load.val() {
            self.shadow.d.next = self.entry_in.val();
        }
        self.entry_out.next = self.shadow.q.val();

        comment!("cycle 0: address the old partial sum; the token's way");
        self.memory.read_address.next = bit_cast::<20, 16>(self.address.val());
        self.valid_1.d.next = self.valid.val();
        self.valid_2.d.next = self.valid_1.q.val();
        self.valid_3.d.next = self.valid_2.q.val();
        self.first_1.d.next = self.first.val();
        comment!("which only counts with a pixel; so the choice before a sum is a register, and not the end of a shift register");
        self.first_2.d.next = self.first_1.q.val() & self.valid_1.q.val();
        self.last_1.d.next = self.last.val();
        self.last_2.d.next = self.last_1.q.val();
        self.block_1.d.next = self.block.val();
        self.block_2.d.next = self.block_1.q.val();
        self.block_3.d.next = self.block_2.q.val();
        self.address_1.d.next = self.address.val();
        self.address_2.d.next = self.address_1.q.val();
        self.address_3.d.next = self.address_2.q.val();

        comment!("cycle 2: to the old sum, or the bias, the part that comes early");
        if self.block_1.q.val() {
            self.bias.d.next = signed_cast_bits(self.shadow.q.val().get_bits::<32>(0));
        }
        self.old.next = signed_cast_bits(self.memory.read_data.val());
        self.start.next = self.old.val();
        if self.first_2.q.val() {
            self.start.next = self.bias.q.val();
        }
        self.base.d.next = (self.early.val() + self.start.val()).into();

        self.keep_3.d.next = self.valid_2.q.val() & !self.last_2.q.val();
        self.finish_3.d.next = self.valid_2.q.val() & self.last_2.q.val();

        comment!("cycle 3: and the rest");
        if self.valid_3.q.val() {
            self.accumulator.d.next = (self.base.q.val() + self.late.val()).into();
        }
        self.keep_4.d.next = self.keep_3.q.val();
        self.finish_4.d.next = self.finish_3.q.val();
        if self.valid_3.q.val() {
            self.address_4.d.next = self.address_3.q.val();
        }
        if self.block_3.q.val() {
            self.multiplier_4.d.next = self.shadow.q.val().get_bits::<16>(32);
        }
        self.multiplier_5.d.next = self.multiplier_4.q.val();
        self.multiplier_6.d.next = self.multiplier_5.q.val();

        comment!("cycle 4: write back, or take it on, the low bits to the DSP; the digits, the first one by 2 too small");
        self.zero.next = 0.into();
        self.raw.next = self.accumulator.q.val().get_bits::<32>(0);
        self.memory.write_enable.next = self.keep_4.q.val();
        self.memory.write_address.next = bit_cast::<20, 16>(self.address_4.q.val());
        self.memory.write_data.next = self.raw.val();
        self.first_digit.digit.next = self.raw.val().get_bits::<3>(28) ^ 4;
        self.first_digit.factor.next = self.multiplier_4.q.val();
        self.second_digit.digit.next = self.raw.val().get_bits::<3>(26);
        self.second_digit.factor.next = self.multiplier_4.q.val();
        self.third_digit.digit.next = self.raw.val().get_bits::<3>(24);
        self.third_digit.factor.next = self.multiplier_4.q.val();
        if self.finish_4.q.val() {
            self.operand_5.d.next = signed_cast_bits(self.raw.val().get_bits::<25>(0));
        }
        comment!("the digits of whatever is there: an enable would have five lanes' registers to reach");
        self.first_5.d.next = self.first_digit.multiple.val();
        self.second_5.d.next = self.second_digit.multiple.val();
        self.third_5.d.next = self.third_digit.multiple.val();
        comment!("all that a negative number gives is 0");
        if self.raw.val().get_bit(31) {
            self.operand_5.d.next = signed_cast_bits(self.zero.val());
            self.second_5.d.next = 0.into();
            self.third_5.d.next = 0.into();
        }
        self.negative_5.d.next = self.raw.val().get_bit(31);

        comment!("cycle 5: the first digit, and the second with the third; what an inverted one lacks goes where the other has no bits");
        self.operand_6.d.next = self.operand_5.q.val();
        self.second_wide.next = bit_cast::<22, 18>(self.second_5.q.val());
        if self.second_5.q.val().get_bit(17) {
            self.second_wide.next = bit_cast::<22, 18>(self.second_5.q.val()) | 0x3C_0000;
        }
        self.third_wide.next = bit_cast::<22, 18>(self.third_5.q.val());
        if self.third_5.q.val().get_bit(17) {
            self.third_wide.next = bit_cast::<22, 18>(self.third_5.q.val()) | 0x3C_0000;
        }
        self.upper_6.d.next = ((bit_cast::<18, 16>(self.multiplier_5.q.val()) << 1)
            | bit_cast::<18, 1>(self.first_5.q.val().get_bit(17).into()))
            + self.first_5.q.val();
        if self.negative_5.q.val() {
            self.upper_6.d.next = 0.into();
        }
        self.lower_6.d.next =
            ((self.second_wide.val() << 2) | bit_cast::<22, 1>(self.third_5.q.val().get_bit(17).into())) + self.third_wide.val();
        self.lacks_6.d.next = self.second_5.q.val().get_bit(17);

        comment!("cycle 6: the product of the low bits; all digits");
        self.factor.next = signed_cast_bits(bit_cast::<17, 16>(self.multiplier_6.q.val()));
        self.product.d.next = (self.operand_6.q.val() * self.factor.val()).into();
        self.excess_7.d.next = ((bit_cast::<22, 18>(self.upper_6.q.val()) << 4) | (bit_cast::<22, 1>(self.lacks_6.q.val().into()) << 2))
            + self.lower_6.q.val();

        comment!("cycle 7: put the product together");
        self.upper.next = signed_cast_bits(bit_cast::<48, 22>(self.excess_7.q.val()) << 25);
        self.whole.d.next = (self.product.q.val() + self.upper.val()).into();
        self.late_block.value.next = self.block_3.q.val().into();
        if self.late_block.delayed.val().any() {
            self.shift.d.next = self.shadow.q.val().get_bits::<6>(48);
        }

        comment!("cycle 8: shift by 0, 16 or 32, then by 0, 4, 8 or 12, to within 3 bits of one bit more than the result");
        self.number.next = self.whole.q.val().get_bits::<48>(0);
        self.unused_top.next = self.number.val().get_bit(47);
        self.wide.next = 0.into();
        self.beyond.d.next = 0.into();
        if self.shift.q.val().get_bits::<2>(4) == 0 {
            self.wide.next = self.number.val().get_bits::<24>(0);
            self.beyond.d.next = bit_cast::<2, 1>(self.number.val().get_bits::<16>(24).any().into())
                | (bit_cast::<2, 1>(self.number.val().get_bits::<7>(40).any().into()) << 1);
        }
        if self.shift.q.val().get_bits::<2>(4) == 1 {
            self.wide.next = self.number.val().get_bits::<24>(16);
            self.beyond.d.next = bit_cast::<2, 1>(self.number.val().get_bits::<7>(40).any().into()) << 1;
        }
        if self.shift.q.val().get_bits::<2>(4) == 2 {
            self.wide.next = bit_cast::<24, 15>(self.number.val().get_bits::<15>(32));
        }
        self.narrow.next = self.wide.val().get_bits::<12>(0);
        self.above.d.next = bit_cast::<3, 1>(self.wide.val().get_bits::<4>(12).any().into())
            | (bit_cast::<3, 1>(self.wide.val().get_bits::<4>(16).any().into()) << 1)
            | (bit_cast::<3, 1>(self.wide.val().get_bits::<4>(20).any().into()) << 2);
        if self.shift.q.val().get_bits::<2>(2) == 1 {
            self.narrow.next = self.wide.val().get_bits::<12>(4);
            self.above.d.next = (bit_cast::<3, 1>(self.wide.val().get_bits::<4>(16).any().into()) << 1)
                | (bit_cast::<3, 1>(self.wide.val().get_bits::<4>(20).any().into()) << 2);
        }
        if self.shift.q.val().get_bits::<2>(2) == 2 {
            self.narrow.next = self.wide.val().get_bits::<12>(8);
            self.above.d.next = bit_cast::<3, 1>(self.wide.val().get_bits::<4>(20).any().into()) << 2;
        }
        if self.shift.q.val().get_bits::<2>(2) == 3 {
            self.narrow.next = self.wide.val().get_bits::<12>(12);
            self.above.d.next = 0.into();
        }
        self.close.d.next = self.narrow.val();
        self.fine.d.next = self.shift.q.val().get_bits::<2>(0);

        comment!("cycle 9: shift the rest; is there something above, or are all nine bits ones?");
        self.ninth.d.next = self.close.q.val().get_bits::<9>(0);
        self.spilt.next = self.close.q.val().get_bits::<3>(9).any();
        self.verge.next = self.close.q.val().get_bits::<3>(0).all();
        if self.fine.q.val() == 1 {
            self.ninth.d.next = self.close.q.val().get_bits::<9>(1);
            self.spilt.next = self.close.q.val().get_bits::<2>(10).any();
            self.verge.next = self.close.q.val().get_bits::<2>(1).all() & self.close.q.val().get_bit(9);
        }
        if self.fine.q.val() == 2 {
            self.ninth.d.next = self.close.q.val().get_bits::<9>(2);
            self.spilt.next = self.close.q.val().get_bit(11);
            self.verge.next = self.close.q.val().get_bit(2) & self.close.q.val().get_bits::<2>(9).all();
        }
        if self.fine.q.val() == 3 {
            self.ninth.d.next = self.close.q.val().get_bits::<9>(3);
            self.spilt.next = false;
            self.verge.next = self.close.q.val().get_bits::<3>(9).all();
        }
        self.ones.next = self.close.q.val().get_bits::<6>(3).all();
        self.lost.next = self.beyond.q.val().any() | self.above.q.val().any();
        self.full.next = self.ones.val() & self.verge.val();
        self.over.d.next = bit_cast::<3, 1>(self.lost.val().into())
            | (bit_cast::<3, 1>(self.spilt.val().into()) << 1)
            | (bit_cast::<3, 1>(self.full.val().into()) << 2);

        comment!("cycle 10: round half up and saturate");
        self.result.d.next = self.ninth.q.val().get_bits::<8>(1) + bit_cast::<8, 1>(self.ninth.q.val().get_bits::<1>(0));
        if self.over.q.val().any() {
            self.result.d.next = 255.into();
        }
        self.quantised.next = self.result.q.val();
    }
}
