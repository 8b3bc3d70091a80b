//! A beat and its last bit as one word.

use crate::lang::prelude::*;

/// `word` = `last` in bit 64, `data` below.
#[derive(LogicBlock, Default)]
pub struct BeatJoin {
    /// Beat of a packet.
    pub data: Signal<In, Bits<64>>,
    /// It is the packet's last.
    pub last: Signal<In, Bit>,
    /// Both, as the FIFO holds them.
    pub word: Signal<Out, Bits<65>>,
}

impl Logic for BeatJoin {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_beat_join: A beat and its last bit as one word of the FIFO.");
        self.word.next = bit_cast::<65, 64>(self.data.val()) | (bit_cast::<65, 1>(self.last.val().into()) << 64);
    }
}
