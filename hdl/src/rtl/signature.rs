//! A checksum over every byte that a layer puts out.

use crate::lang::prelude::*;

/// Multiple-input signature register with CRC-32's polynomial, one step an output pixel:
/// `value = (value << 1) ^ (value[31] ? 0x04C11DB7 : 0) ^ fold`, 0 at the start of a layer.
///
/// The fold of a pixel is that of its slots, each rotated by as many bits as the ones after it have quads.
///
/// Unlike a CRC of the byte stream it needs one short step for all channels of a pixel. A wrong
/// byte always changes it; several escape with probability 2^-32. `net::compiler` computes the same.
///
/// Latency: three cycles from a pixel, and from `start`, to `value`.
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
    /// Beginning of each slot's chain of folds: 0.
    pub seed: Signal<Out, Bits<32>>,
    /// With `valid`: ends of the slots' chains of folds.
    pub fold: [Signal<In, Bits<32>>; 5],
    /// The signature of the layer so far.
    pub value: Signal<Out, Bits<32>>,
    valid_1: DFF<Bit>,
    valid_2: DFF<Bit>,
    start_1: DFF<Bit>,
    start_2: DFF<Bit>,
    slot_fold: [DFF<Bits<32>>; 5],
    pixel: DFF<Bits<32>>,
    register: DFF<Bits<32>>,
    joined: [Signal<Local, Bits<32>>; 5],
    stepped: Signal<Local, Bits<32>>,
    /// Quads of a slot, and 32 less these.
    quads: Number<Bits<5>>,
    back: Number<Bits<5>>,
    polynomial: Named<32, 0x04C1_1DB7>,
}

impl Signature {
    /// For slots of `columns` channels.
    pub fn new(columns: usize) -> Self {
        let quads = columns as u64 / 4;
        Self { quads: Number::new(quads.into()), back: Number::new((32 - quads).into()), ..Default::default() }
    }
}

impl Logic for Signature {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_signature: Signature register over all bytes of a layer, with CRC-32's polynomial, one step an output pixel.");
        dff_setup!(self, clock, valid_1, valid_2, start_1, start_2, pixel, register);
        self.seed.next = 0.into();
        comment!("cycle 0: the slots' folds");
        for i in 0..5 {
            self.slot_fold[i].clock.next = self.clock.val();
            self.slot_fold[i].d.next = self.fold[i].val();
            self.active[i].next = self.slots.val() > i.to_bits::<3>();
        }
        self.valid_1.d.next = self.valid.val();
        self.valid_2.d.next = self.valid_1.q.val();
        self.start_1.d.next = self.start.val();
        self.start_2.d.next = self.start_1.q.val();
        comment!("cycle 1: the slots' folds become the pixel's");
        self.joined[0].next = self.slot_fold[0].q.val();
        for i in 1..5 {
            self.joined[i].next = ((self.joined[i - 1].val() << self.quads.val()) | (self.joined[i - 1].val() >> self.back.val()))
                ^ self.slot_fold[i].q.val();
        }
        self.pixel.d.next = self.joined[4].val();
        comment!("cycle 2: one step of the register");
        self.stepped.next = (self.register.q.val() << 1) ^ self.pixel.q.val();
        if self.register.q.val().get_bit(31) {
            self.stepped.next = (self.register.q.val() << 1) ^ self.pixel.q.val() ^ self.polynomial.val();
        }
        if self.valid_2.q.val() {
            self.register.d.next = self.stepped.val();
        }
        if self.start_2.q.val() {
            self.register.d.next = 0.into();
        }
        self.value.next = self.register.q.val();
    }
}
