//! One step of the CRC-32 that ends a result.

use crate::lang::prelude::*;

/// CRC-32 (IEEE 802.3, reflected: what zlib and Ethernet compute) over three more bytes, combinational:
/// bit by bit `crc = (crc >> 1) ^ ((crc ^ bit)[0] ? 0xEDB88320 : 0)`, bit 0 of the first byte first.
///
/// The register is kept inverted: it begins at 0 and is the CRC of what came so far. The chain is linear, so that synthesis makes of it one tree of
/// exclusive ors a bit (at most 28 operands); it is written as the definition to be read against it.
#[derive(LogicBlock, Default)]
pub struct ResultCrc {
    /// The CRC of the bytes before, 0 for none.
    pub crc: Signal<In, Bits<32>>,
    /// Three bytes, the first in bits 7:0.
    pub word: Signal<In, Bits<24>>,
    /// The CRC with them.
    pub after: Signal<Out, Bits<32>>,
    step: [Signal<Local, Bits<32>>; 25],
    bit: [Signal<Local, Bit>; 24],
    polynomial: Named<32, 0xEDB8_8320>,
}

impl Logic for ResultCrc {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_result_crc: CRC-32 (reflected, 0xEDB88320) over three more bytes, combinational.");
        self.step[0].next = !self.crc.val();
        for i in 0..24 {
            self.bit[i].next = self.step[i].val().get_bit(0) ^ self.word.val().get_bit(i);
            self.step[i + 1].next = self.step[i].val() >> 1;
            if self.bit[i].val() {
                self.step[i + 1].next = (self.step[i].val() >> 1) ^ self.polynomial.val();
            }
        }
        self.after.next = !self.step[24].val();
    }
}
