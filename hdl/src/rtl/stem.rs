//! Frame memory and window former of the first convolution.

use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// Gives all bytes of a strided 3x3 or 7x7 window every cycle.
///
/// The frame lies in eight banks, image row y in bank y mod 8, two pixels (six bytes) to a word.
/// A window row starts at an even pixel, so each cycle one new word a row, read from all banks at
/// once and rotated by the window's first row, completes the next window:
///
/// ```text
///  bank (phase + i) mod 8 -> row i: [slot 0] <- [slot 1] <- [slot 2] <- [slot 3] <- pair
///                        7x7 window: slots 0 to 3 (seven of eight pixels)
///                        3x3 window:                     slots 2, 3 (three of four pixels)
/// ```
///
/// Groups take five pixels a word (fifteen bytes, byte 15 zero): pixel p of the window, counted row
/// by row, is in word p / 5 at byte 3 * (p mod 5). A 3x3 window fills two words, which
/// are repeated for the five segments.
///
/// Latency from `issue` to `word`: 3 cycles.
#[derive(LogicBlock, Default)]
pub struct Stem {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Write `write_data` to the frame memory.
    pub write: Signal<In, Bit>,
    /// With `write`: bank, image row modulo 8.
    pub write_bank: Signal<In, Bits<3>>,
    /// With `write`: word of the bank.
    pub write_address: Signal<In, Bits<20>>,
    /// With `write`: two pixels, R, G, B of the left one in the low bytes.
    pub write_data: Signal<In, Bits<48>>,
    /// Static: 7x7 instead of 3x3.
    pub kernel_7: Signal<In, Bit>,
    /// Static: words a row.
    pub pairs: Signal<In, Bits<16>>,
    /// Read a word of every row; with `token_in`, `address` and `phase`.
    pub issue: Signal<In, Bit>,
    /// With `issue`: token of the window that the word completes; 0 otherwise.
    pub token_in: Signal<In, Bits<16>>,
    /// With `issue`: word of bank `phase`; banks below `phase` hold rows that are eight further down.
    pub address: Signal<In, Bits<20>>,
    /// With `issue`: bank of the window's first row, 0, 2, 4 or 6.
    pub phase: Signal<In, Bits<3>>,
    /// Window bytes for the ten groups, three cycles after `issue`.
    pub word: [Signal<Out, Bits<128>>; 10],
    /// Token of the window, three cycles after `token_in`.
    pub token: Signal<Out, Bits<16>>,
    /// The frame, image row y in bank y mod 8. Depth `frame_words`: rows / 8 * pairs of the largest frame.
    bank: Vec<Ram<48>>,
    issue_1: DFF<Bit>,
    phase_1: DFF<Bits<3>>,
    token_1: DFF<Bits<16>>,
    token_2: DFF<Bits<16>>,
    token_3: DFF<Bits<16>>,
    slot: [DFF<Bits<48>>; 28],
    window: [DFF<Bits<128>>; 10],
    below: Signal<Local, Bits<20>>,
    row: [Signal<Local, Bits<48>>; 7],
    pixel: Vec<Signal<Local, Bits<24>>>,
    small: [Signal<Local, Bits<24>>; 10],
    wide: Vec<Signal<Local, Bits<128>>>,
    narrow: [Signal<Local, Bits<128>>; 2],
    /// Bit of the token: the window is complete.
    complete: Signal<Local, Bit>,
}

impl Stem {
    /// A stem whose banks hold `words` words each.
    pub fn new(words: usize, style: MemoryStyle) -> Self {
        Self { bank: (0..8).map(|_| Ram::new(words).in_style(style)).collect(), pixel: many(50), wide: many(10), ..Default::default() }
    }
}

impl Logic for Stem {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_stem: Frame memory in eight row banks, and the window former of the first convolution: all bytes of a strided 3x3 or 7x7 window every cycle.");
        dff_setup!(self, clock, issue_1, phase_1, token_1, token_2, token_3);
        for i in 0..28 {
            self.slot[i].clock.next = self.clock.val();
            self.slot[i].d.next = self.slot[i].q.val();
        }

        comment!("cycle 0: address all banks");
        self.below.next = self.address.val() + bit_cast::<20, 16>(self.pairs.val());
        for i in 0..8 {
            self.bank[i].clock.next = self.clock.val();
            self.bank[i].write_address.next = self.write_address.val();
            self.bank[i].write_data.next = self.write_data.val();
            self.bank[i].write_enable.next = self.write.val() & (self.write_bank.val() == i.to_bits::<3>());
            self.bank[i].read_address.next = self.address.val();
        }
        for i in 0..7 {
            if self.phase.val() > i.to_bits::<3>() {
                self.bank[i].read_address.next = self.below.val();
            }
        }
        self.issue_1.d.next = self.issue.val();
        self.phase_1.d.next = self.phase.val();
        self.token_1.d.next = self.token_in.val();

        comment!("cycle 1: rotate so that row 0 is the window's first");
        for i in 0..7 {
            self.row[i].next = self.bank[i].read_data.val();
        }
        if self.phase_1.q.val() == 2 {
            for i in 0..7 {
                self.row[i].next = self.bank[(i + 2) % 8].read_data.val();
            }
        } else if self.phase_1.q.val() == 4 {
            for i in 0..7 {
                self.row[i].next = self.bank[(i + 4) % 8].read_data.val();
            }
        } else if self.phase_1.q.val() == 6 {
            for i in 0..7 {
                self.row[i].next = self.bank[(i + 6) % 8].read_data.val();
            }
        }
        if self.issue_1.q.val() {
            for i in 0..7 {
                self.slot[4 * i].d.next = self.slot[4 * i + 1].q.val();
                self.slot[4 * i + 1].d.next = self.slot[4 * i + 2].q.val();
                self.slot[4 * i + 2].d.next = self.slot[4 * i + 3].q.val();
                self.slot[4 * i + 3].d.next = self.row[i].val();
            }
        }
        self.token_2.d.next = self.token_1.q.val();

        comment!("cycle 2: name the pixels and pack five to a word");
        for i in 0..7 {
            self.pixel[7 * i].next = self.slot[4 * i].q.val().get_bits::<24>(0);
            self.pixel[7 * i + 1].next = self.slot[4 * i].q.val().get_bits::<24>(24);
            self.pixel[7 * i + 2].next = self.slot[4 * i + 1].q.val().get_bits::<24>(0);
            self.pixel[7 * i + 3].next = self.slot[4 * i + 1].q.val().get_bits::<24>(24);
            self.pixel[7 * i + 4].next = self.slot[4 * i + 2].q.val().get_bits::<24>(0);
            self.pixel[7 * i + 5].next = self.slot[4 * i + 2].q.val().get_bits::<24>(24);
            self.pixel[7 * i + 6].next = self.slot[4 * i + 3].q.val().get_bits::<24>(0);
        }
        self.pixel[49].next = 0.into();
        for i in 0..3 {
            self.small[3 * i].next = self.slot[4 * i + 2].q.val().get_bits::<24>(0);
            self.small[3 * i + 1].next = self.slot[4 * i + 2].q.val().get_bits::<24>(24);
            self.small[3 * i + 2].next = self.slot[4 * i + 3].q.val().get_bits::<24>(0);
        }
        self.small[9].next = 0.into();
        for i in 0..10 {
            self.wide[i].next = self.pixel[5 * i].val().get_bits::<128>(0)
                | (self.pixel[5 * i + 1].val().get_bits::<128>(0) << 24)
                | (self.pixel[5 * i + 2].val().get_bits::<128>(0) << 48)
                | (self.pixel[5 * i + 3].val().get_bits::<128>(0) << 72)
                | (self.pixel[5 * i + 4].val().get_bits::<128>(0) << 96);
        }
        for i in 0..2 {
            self.narrow[i].next = self.small[5 * i].val().get_bits::<128>(0)
                | (self.small[5 * i + 1].val().get_bits::<128>(0) << 24)
                | (self.small[5 * i + 2].val().get_bits::<128>(0) << 48)
                | (self.small[5 * i + 3].val().get_bits::<128>(0) << 72)
                | (self.small[5 * i + 4].val().get_bits::<128>(0) << 96);
        }
        for i in 0..10 {
            self.window[i].clock.next = self.clock.val();
            self.window[i].d.next = self.window[i].q.val();
        }
        self.complete.next = self.token_2.q.val().get_bit(0);
        if self.complete.val() {
            for i in 0..5 {
                self.window[2 * i].d.next = self.narrow[0].val();
                self.window[2 * i + 1].d.next = self.narrow[1].val();
            }
            if self.kernel_7.val() {
                for i in 0..10 {
                    self.window[i].d.next = self.wide[i].val();
                }
            }
        }
        self.token_3.d.next = self.token_2.q.val();

        comment!("cycle 3");
        for i in 0..10 {
            self.word[i].next = self.window[i].q.val();
        }
        self.token.next = self.token_3.q.val();
    }
}
