//! One step of the CRC-32 that ends a result.

use crate::lang::prelude::*;

/// What the polynomial 0xEDB88320 makes of `crc` in `bits` steps with zeros: bit by bit `crc = (crc >> 1) ^ (crc[0] ? polynomial : 0)`.
fn shifted(crc: u32, bits: usize) -> u32 {
    (0..bits).fold(crc, |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
}

/// CRC-32 (IEEE 802.3, reflected: what zlib and Ethernet compute) over three more bytes, combinational, bit 0 of the first
/// byte first.
///
/// The register is kept inverted: it begins at 0 and is the CRC of what came so far. A step is linear: bit i of the result is
/// the exclusive or of the bits that `mask[i]` chooses of the old CRC with the bytes in its low bits (at most 14 of them, three
/// levels of LUTs).
#[derive(LogicBlock, Default)]
pub struct ResultCrc {
    /// The CRC of the bytes before, 0 for none.
    pub crc: Signal<In, Bits<32>>,
    /// Three bytes, the first in bits 7:0.
    pub word: Signal<In, Bits<24>>,
    /// The CRC with them.
    pub after: Signal<Out, Bits<32>>,
    mixed: Signal<Local, Bits<32>>,
    bit: [Signal<Local, Bits<1>>; 32],
    joined: [Signal<Local, Bits<32>>; 32],
    mask: [Number<Bits<32>>; 32],
}

impl ResultCrc {
    /// The step, its masks from the polynomial.
    pub fn new() -> Self {
        let column: [u32; 32] = std::array::from_fn(|from| shifted(1 << from, 24));
        let mask = |to: usize| (0..32).filter(|from| column[*from] >> to & 1 == 1).map(|from| 1u64 << from).sum::<u64>();
        Self { mask: std::array::from_fn(|to| Number::new(mask(to).into())), ..Default::default() }
    }
}

impl Logic for ResultCrc {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_result_crc: CRC-32 (reflected, 0xEDB88320) over three more bytes, combinational.");
        self.mixed.next = !self.crc.val() ^ bit_cast::<32, 24>(self.word.val());
        for i in 0..32 {
            self.bit[i].next = (self.mixed.val() & self.mask[i].val()).xor().into();
        }
        self.joined[0].next = self.bit[0].val().get_bits::<32>(0);
        for i in 1..32 {
            self.joined[i].next = self.joined[i - 1].val() | (self.bit[i].val().get_bits::<32>(0) << i.to_bits::<5>());
        }
        self.after.next = !self.joined[31].val();
    }
}
