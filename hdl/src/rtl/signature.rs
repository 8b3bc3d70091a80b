//! A checksum over every byte that a layer puts out.

use crate::lang::prelude::*;

/// Multiple-input signature register with CRC-32's polynomial, one step an output pixel:
/// `value = (value << 1) ^ (value[31] ? 0x04C11DB7 : 0) ^ fold`, 0 at the start of a layer.
///
/// Unlike a CRC of the byte stream it needs one short step for all channels of a pixel. A wrong
/// byte always changes it; several escape with probability 2^-32. `net::compiler` computes the same.
#[derive(LogicBlock, Default)]
pub struct Signature {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Pulse before a layer's first pixel.
    pub start: Signal<In, Bit>,
    /// An output pixel is in the quads.
    pub valid: Signal<In, Bit>,
    /// Static: slots of a block.
    pub slots: Signal<In, Bits<3>>,
    /// Which slots belong to the pixel.
    pub active: [Signal<Out, Bit>; 5],
    /// Beginning of the chain of folds: 0.
    pub seed: Signal<Out, Bits<32>>,
    /// End of the chain of folds: the pixel in 32 bits; with `valid`.
    pub fold: Signal<In, Bits<32>>,
    /// The signature of the layer so far.
    pub value: Signal<Out, Bits<32>>,
    register: DFF<Bits<32>>,
    stepped: Signal<Local, Bits<32>>,
    polynomial: Named<32, 0x04C1_1DB7>,
}

impl Logic for Signature {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_signature: Signature register over all bytes of a layer, with CRC-32's polynomial, one step an output pixel.");
        dff_setup!(self, clock, register);
        self.seed.next = 0.into();
        for i in 0..5 {
            self.active[i].next = self.slots.val() > i.to_bits::<3>();
        }
        comment!("one step of the register");
        self.stepped.next = (self.register.q.val() << 1) ^ self.fold.val();
        if self.register.q.val().get_bit(31) {
            self.stepped.next = (self.register.q.val() << 1) ^ self.fold.val() ^ self.polynomial.val();
        }
        if self.valid.val() {
            self.register.d.next = self.stepped.val();
        }
        if self.start.val() {
            self.register.d.next = 0.into();
        }
        self.value.next = self.register.q.val();
    }
}
