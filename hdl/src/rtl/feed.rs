//! Chooses what the ten groups see: window taps, activation rows, or the stem's window.

use crate::lang::prelude::*;

/// One register stage in front of the array.
///
/// | layer | groups 0 to 7 | group 8 | group 9 |
/// |---|---|---|---|
/// | stem | stem words 0 to 7 | 8 | 9 |
/// | expand | taps 0 to 7 | tap 8 | centre (tap 4) |
/// | 1x1, whole array | sixteen channels each of a 128-channel row | 0 | 0 |
/// | 1x1, segmented | groups 2s, 2s + 1: the 32 channels of one quarter of a row | | |
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
    /// The stem's window, fifteen bytes a word; with `stem_token`.
    pub stem_word: [Signal<In, Bits<128>>; 10],
    /// Token of `stem_word`.
    pub stem_token: Signal<In, Bits<16>>,
    /// Tap 3 * ky + kx of the expand's window, sixteen channels; with `window_token`.
    pub tap: [Signal<In, Bits<128>>; 9],
    /// Token of `tap`.
    pub window_token: Signal<In, Bits<16>>,
    /// Row of the activation memory, sixteen channels a word; with `row_token`.
    pub row_word: [Signal<In, Bits<128>>; 8],
    /// Token of `row_word`.
    pub row_token: Signal<In, Bits<16>>,
    /// Words for the groups, a cycle later; held while no token is valid.
    pub word: [Signal<Out, Bits<128>>; 10],
    /// Their token.
    pub token: Signal<Out, Bits<16>>,
    /// Bit 3 of the token: the groups take their shadow weights.
    pub swap: Signal<Out, Bit>,
    /// Bit 0 of the token: a pixel enters the array.
    pub working: Signal<Out, Bit>,
    held: [DFF<Bits<128>>; 10],
    token_1: DFF<Bits<16>>,
    chosen: Signal<Local, Bits<16>>,
    /// Bits of the token: a pixel, of the padding, quarter of the row.
    pixel: Signal<Local, Bit>,
    padding: Signal<Local, Bit>,
    quarter: Signal<Local, Bits<2>>,
    even: Signal<Local, Bits<128>>,
    odd: Signal<Local, Bits<128>>,
}

impl Logic for Feed {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_feed: Chooses what the ten groups see: the stem's window, the taps of the 3x3 window, a 128-channel row, or one quarter of a row for all five segments.");
        dff_setup!(self, clock, token_1);
        comment!("cycle 0: the token of the layer's kind, and what it says");
        self.chosen.next = self.row_token.val();
        if self.is_stem.val() {
            self.chosen.next = self.stem_token.val();
        } else if self.is_expand.val() {
            self.chosen.next = self.window_token.val();
        }
        self.token_1.d.next = self.chosen.val();

        self.pixel.next = self.chosen.val().get_bit(0);
        self.padding.next = self.chosen.val().get_bit(10);
        self.quarter.next = self.chosen.val().get_bits::<2>(11);
        self.even.next = self.row_word[0].val();
        self.odd.next = self.row_word[1].val();
        if self.quarter.val() == 1 {
            self.even.next = self.row_word[2].val();
            self.odd.next = self.row_word[3].val();
        } else if self.quarter.val() == 2 {
            self.even.next = self.row_word[4].val();
            self.odd.next = self.row_word[5].val();
        } else if self.quarter.val() == 3 {
            self.even.next = self.row_word[6].val();
            self.odd.next = self.row_word[7].val();
        }

        comment!("cycle 0: the words that it goes with");
        for i in 0..10 {
            self.held[i].clock.next = self.clock.val();
            self.held[i].d.next = self.held[i].q.val();
        }
        if self.pixel.val() {
            if self.is_stem.val() {
                for i in 0..10 {
                    self.held[i].d.next = self.stem_word[i].val();
                }
            } else if self.is_expand.val() {
                for i in 0..9 {
                    self.held[i].d.next = self.tap[i].val();
                }
                self.held[9].d.next = self.tap[4].val();
            } else if self.padding.val() {
                for i in 0..10 {
                    self.held[i].d.next = 0.into();
                }
            } else if self.segmented.val() {
                for i in 0..5 {
                    self.held[2 * i].d.next = self.even.val();
                    self.held[2 * i + 1].d.next = self.odd.val();
                }
            } else {
                for i in 0..8 {
                    self.held[i].d.next = self.row_word[i].val();
                }
                self.held[8].d.next = 0.into();
                self.held[9].d.next = 0.into();
            }
        }
        comment!("cycle 1");
        for i in 0..10 {
            self.word[i].next = self.held[i].q.val();
        }
        self.token.next = self.token_1.q.val();
        self.swap.next = self.token_1.q.val().get_bit(3);
        self.working.next = self.token_1.q.val().get_bit(0);
    }
}
