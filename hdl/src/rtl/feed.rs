//! Joins what the ten groups see: window taps, activation rows, or the stem's window.

use crate::lang::copies::Copies;
use crate::lang::prelude::*;
use crate::rtl::delay::Delay;

/// Cycles from a token of an activation row to its words, in which the row's memory is read.
const ROW_CYCLES: usize = 4;

/// Two register stages in front of the array for activation rows, one for the other layers' words.
///
/// | layer | groups 0 to 7 | group 8 | group 9 |
/// |---|---|---|---|
/// | stem | stem words 0 to 7 | 8 | 9 |
/// | expand | taps 0 to 7 | tap 8 | centre (tap 4) |
/// | 1x1, whole array | sixteen channels each of a 128-channel row | 0 | 0 |
/// | 1x1, segmented | groups 2s, 2s + 1: the 32 channels of one quarter of a row | | |
///
/// Words that do not count are zero, so the words are not chosen but joined by an OR: stem words and taps are zero while another
/// layer runs, rows and quarters are cleared here. What a row's token says of them has a register for every word.
/// A group sees any words while no token is valid.
#[derive(LogicBlock, Default)]
pub struct Feed {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: the stem runs. Without this and `is_expand` the layer is a 1x1.
    pub is_stem: Signal<In, Bit>,
    /// Static: an expand runs.
    pub is_expand: Signal<In, Bit>,
    /// Static: a 1x1 in five segments.
    pub segmented: Signal<In, Bit>,
    /// The stem's window, fifteen bytes a word; with `stem_token`, zero in other layers.
    pub stem_word: [Signal<In, Bits<128>>; 10],
    /// Token of `stem_word`.
    pub stem_token: Signal<In, Bits<16>>,
    /// Tap 3 * ky + kx of the expand's window, sixteen channels; with `window_token`, zero in other layers.
    pub tap: [Signal<In, Bits<128>>; 9],
    /// Token of `tap`.
    pub window_token: Signal<In, Bits<16>>,
    /// Row of the activation memory, sixteen channels a word; four cycles after `row_token`.
    pub row_word: [Signal<In, Bits<128>>; 8],
    /// Token of `row_word`, four cycles before it.
    pub row_token: Signal<In, Bits<16>>,
    /// Words for the groups, a cycle after stem words and taps, two after a row.
    pub word: [Signal<Out, Bits<128>>; 10],
    /// Their token.
    pub token: Signal<Out, Bits<16>>,
    /// Bit 3 of the token: the groups take their shadow weights.
    pub swap: Signal<Out, Bit>,
    /// Bit 0 of the token: a pixel enters the array.
    pub working: Signal<Out, Bit>,
    /// What the token says of its row: bit 0 clears whole rows, bit 1 quarters, bits 3:2 are the quarter; a copy a word.
    said: DFF<Bits<4>>,
    unused_control: [Signal<Local, Bits<3>>; 6],
    row_control: Copies<4>,
    row_delay: Delay<16>,
    row: [DFF<Bits<128>>; 8],
    even: DFF<Bits<128>>,
    odd: DFF<Bits<128>>,
    joined: [DFF<Bits<128>>; 10],
    token_1: DFF<Bits<16>>,
    /// Bits of the row's token: of the padding, quarter of the row.
    padding: Signal<Local, Bit>,
    quarter: Signal<Local, Bits<2>>,
    whole: Signal<Local, Bit>,
    parts: Signal<Local, Bit>,
    even_quarter: Signal<Local, Bits<2>>,
    odd_quarter: Signal<Local, Bits<2>>,
}

impl Feed {
    /// A feed.
    pub fn new() -> Self {
        // the register before the copies, their three levels
        Self { row_control: Copies::new(8), row_delay: Delay::new(ROW_CYCLES + 1), ..Default::default() }
    }
}

impl Logic for Feed {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_feed: Joins what the ten groups see: the stem's window, the taps of the 3x3 window, a 128-channel row, or one quarter of a row for all five segments.");
        dff_setup!(self, clock, said, even, odd, token_1);
        comment!("four cycles before the row: what its token says");
        self.padding.next = self.row_token.val().get_bit(10);
        self.quarter.next = self.row_token.val().get_bits::<2>(11);
        self.parts.next = self.segmented.val() & !self.is_stem.val() & !self.is_expand.val();
        self.whole.next = !self.segmented.val() & !self.is_stem.val() & !self.is_expand.val();
        self.said.d.next = bit_cast::<4, 1>((self.padding.val() | !self.whole.val()).into())
            | (bit_cast::<4, 1>((self.padding.val() | !self.parts.val()).into()) << 1)
            | (bit_cast::<4, 2>(self.quarter.val()) << 2);
        self.row_control.clock.next = self.clock.val();
        self.row_control.value.next = self.said.q.val();
        for i in 0..6 {
            self.unused_control[i].next = self.row_control.copy[i + 2].val().get_bits::<3>(1);
        }

        comment!("with the row: whole, or a quarter of it");
        for i in 0..8 {
            self.row[i].clock.next = self.clock.val();
            self.row[i].d.next = self.row_word[i].val();
            if self.row_control.copy[i].val().get_bit(0) {
                self.row[i].d.next = 0.into();
            }
        }
        self.even_quarter.next = self.row_control.copy[0].val().get_bits::<2>(2);
        self.even.d.next = self.row_word[0].val();
        if self.even_quarter.val() == 1 {
            self.even.d.next = self.row_word[2].val();
        } else if self.even_quarter.val() == 2 {
            self.even.d.next = self.row_word[4].val();
        } else if self.even_quarter.val() == 3 {
            self.even.d.next = self.row_word[6].val();
        }
        if self.row_control.copy[0].val().get_bit(1) {
            self.even.d.next = 0.into();
        }
        self.odd_quarter.next = self.row_control.copy[1].val().get_bits::<2>(2);
        self.odd.d.next = self.row_word[1].val();
        if self.odd_quarter.val() == 1 {
            self.odd.d.next = self.row_word[3].val();
        } else if self.odd_quarter.val() == 2 {
            self.odd.d.next = self.row_word[5].val();
        } else if self.odd_quarter.val() == 3 {
            self.odd.d.next = self.row_word[7].val();
        }
        if self.row_control.copy[1].val().get_bit(1) {
            self.odd.d.next = 0.into();
        }

        comment!("a cycle later: the words of the layer's kind, beside their token");
        for i in 0..10 {
            self.joined[i].clock.next = self.clock.val();
        }
        for i in 0..4 {
            self.joined[2 * i].d.next = self.stem_word[2 * i].val() | self.tap[2 * i].val() | self.row[2 * i].q.val() | self.even.q.val();
            self.joined[2 * i + 1].d.next =
                self.stem_word[2 * i + 1].val() | self.tap[2 * i + 1].val() | self.row[2 * i + 1].q.val() | self.odd.q.val();
        }
        self.joined[8].d.next = self.stem_word[8].val() | self.tap[8].val() | self.even.q.val();
        self.joined[9].d.next = self.stem_word[9].val() | self.tap[4].val() | self.odd.q.val();
        self.row_delay.clock.next = self.clock.val();
        self.row_delay.value.next = self.row_token.val();
        self.token_1.d.next = self.row_delay.delayed.val();
        if self.is_stem.val() {
            self.token_1.d.next = self.stem_token.val();
        } else if self.is_expand.val() {
            self.token_1.d.next = self.window_token.val();
        }
        for i in 0..10 {
            self.word[i].next = self.joined[i].q.val();
        }
        self.token.next = self.token_1.q.val();
        self.swap.next = self.token_1.q.val().get_bit(3);
        self.working.next = self.token_1.q.val().get_bit(0);
    }
}
