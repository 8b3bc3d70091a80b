//! Frame memory and window former of the first convolution.

use crate::lang::copies::Copies;
use crate::lang::prelude::*;
use crate::lang::single_ram::LANES;
use crate::rtl::delay::Delay;
use crate::target::MemoryStyle;

/// Copies of what the window's rows are told: one each, and one over.
const ROW_COPIES: usize = 8;

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
/// are repeated for the five segments. The words are zero while another layer runs, so that they can be joined with others.
///
/// A bank has one port. Writes and reads never meet: a frame is written when the one before has been released, and read from
/// the start of its first layer until it is released.
///
/// A register of the address does not reach all LUTs of a bank, so each bank has a tree of them; static inputs move from one pair of words to
/// the next, a register each.
///
/// ```text
///  cycle  0        1          2    3      4     5     6        7        8
///         inputs   below  -> [tree of    [bank, three    ]  -> slots -> window
///                  write  ->  addresses] [cycles to read ]
/// ```
///
/// Latency from `issue` to `word`: 8 cycles; a write is in memory after 4.
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
    /// Static: the layer is the first convolution.
    pub is_stem: Signal<In, Bit>,
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
    /// Window bytes for the ten groups, eight cycles after `issue`; they count with `token`.
    pub word: [Signal<Out, Bits<128>>; 10],
    /// Token of the window, eight cycles after `token_in`.
    pub token: Signal<Out, Bits<16>>,
    /// The frame, image row y in bank y mod 8. Depth `frame_words`: rows / 8 * pairs of the largest frame.
    bank: Vec<SingleRam<48>>,
    /// The address of every bank, as many cycles later as the tree is deep: two.
    bank_address: Vec<Copies<20>>,
    address_1: DFF<Bits<20>>,
    /// `address` a row of words further down, for the banks whose rows are eight further down.
    below_1: DFF<Bits<20>>,
    beyond_1: [DFF<Bit>; 7],
    write_1: DFF<Bit>,
    write_bank_1: DFF<Bits<3>>,
    write_address_1: DFF<Bits<20>>,
    write_data_1: DFF<Bits<48>>,
    /// Behind the tree of addresses.
    write_2: DFF<Bit>,
    write_data_2: DFF<Bits<48>>,
    write_data_3: DFF<Bits<48>>,
    bank_write_2: [DFF<Bit>; 8],
    bank_write_3: [DFF<Bit>; 8],
    /// What goes with the words that are being read, `issue` and bits 2:1 of `phase`, and its copies for the rows.
    control: Delay<3>,
    row_control: Copies<3>,
    token_delay: Delay<16>,
    /// The static inputs, for two words each. Another layer's first words may follow seven cycles after its fields.
    stem_at: [DFF<Bit>; 5],
    kernel_7_at: [DFF<Bit>; 5],
    slot: [DFF<Bits<48>>; 28],
    window: [DFF<Bits<128>>; 10],
    issue_row: [Signal<Local, Bit>; 7],
    rotate: [Signal<Local, Bits<2>>; 7],
    row: [Signal<Local, Bits<48>>; 7],
    pixel: Vec<Signal<Local, Bits<24>>>,
    small: [Signal<Local, Bits<24>>; 10],
    wide: Vec<Signal<Local, Bits<128>>>,
    narrow: [Signal<Local, Bits<128>>; 2],
    unused_phase: Signal<Local, Bit>,
    unused_copy: Signal<Local, Bits<3>>,
}

impl Stem {
    /// A stem whose banks hold `words` words each.
    pub fn new(words: usize, style: MemoryStyle) -> Self {
        Self {
            bank: (0..8).map(|_| SingleRam::new(words, style)).collect(),
            bank_address: (0..8).map(|_| Copies::new(LANES)).collect(),
            // with the copies behind it six cycles, when the banks' words are there
            control: Delay::new(3),
            row_control: Copies::new(ROW_COPIES),
            token_delay: Delay::new(8),
            pixel: many(50),
            wide: many(10),
            ..Default::default()
        }
    }
}

impl Logic for Stem {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_stem: Frame memory in eight row banks, and the window former of the first convolution: all bytes of a strided 3x3 or 7x7 window every cycle.");
        dff_setup!(self, clock, address_1, below_1, write_1, write_bank_1, write_address_1, write_data_1, write_2);
        dff_setup!(self, clock, write_data_2, write_data_3);
        for i in 0..28 {
            self.slot[i].clock.next = self.clock.val();
            self.slot[i].d.next = self.slot[i].q.val();
        }

        comment!("cycle 0: the address of the banks below the window's first, and what is written");
        self.address_1.d.next = self.address.val();
        self.below_1.d.next = self.address.val() + bit_cast::<20, 16>(self.pairs.val());
        for i in 0..7 {
            self.beyond_1[i].clock.next = self.clock.val();
            self.beyond_1[i].d.next = self.phase.val() > i.to_bits::<3>();
        }
        self.write_1.d.next = self.write.val();
        self.write_bank_1.d.next = self.write_bank.val();
        self.write_address_1.d.next = self.write_address.val();
        self.write_data_1.d.next = self.write_data.val();

        comment!("cycle 1: each bank's address, into its tree of registers; a write waits for it");
        for i in 0..8 {
            self.bank_address[i].clock.next = self.clock.val();
            self.bank_address[i].value.next = self.address_1.q.val();
        }
        for i in 0..7 {
            if self.beyond_1[i].q.val() {
                self.bank_address[i].value.next = self.below_1.q.val();
            }
        }
        if self.write_1.q.val() {
            for i in 0..8 {
                self.bank_address[i].value.next = self.write_address_1.q.val();
            }
        }
        self.write_2.d.next = self.write_1.q.val();
        if self.write_1.q.val() {
            self.write_data_2.d.next = self.write_data_1.q.val();
        }
        if self.write_2.q.val() {
            self.write_data_3.d.next = self.write_data_2.q.val();
        }

        comment!("cycle 3: the banks");
        for i in 0..8 {
            self.bank_write_2[i].clock.next = self.clock.val();
            self.bank_write_3[i].clock.next = self.clock.val();
            self.bank_write_2[i].d.next = self.write_1.q.val() & (self.write_bank_1.q.val() == i.to_bits::<3>());
            self.bank_write_3[i].d.next = self.bank_write_2[i].q.val();
            self.bank[i].clock.next = self.clock.val();
            for lane in 0..4 {
                self.bank[i].address[lane].next = self.bank_address[i].copy[lane].val();
            }
            self.bank[i].write.next = self.bank_write_3[i].q.val();
            self.bank[i].write_data.next = self.write_data_3.q.val();
        }

        comment!("what goes with the words, a copy for each row of the window");
        self.control.clock.next = self.clock.val();
        self.control.value.next = bit_cast::<3, 1>(self.issue.val().into()) | (bit_cast::<3, 2>(self.phase.val().get_bits::<2>(1)) << 1);
        self.unused_phase.next = self.phase.val().get_bit(0);
        self.row_control.clock.next = self.clock.val();
        self.row_control.value.next = self.control.delayed.val();
        for i in 0..7 {
            self.issue_row[i].next = self.row_control.copy[i].val().get_bit(0);
            self.rotate[i].next = self.row_control.copy[i].val().get_bits::<2>(1);
        }
        self.unused_copy.next = self.row_control.copy[7].val();

        comment!("cycle 6: rotate so that row 0 is the window's first");
        for i in 0..7 {
            self.row[i].next = self.bank[i].read_data.val();
            if self.rotate[i].val() == 1 {
                self.row[i].next = self.bank[(i + 2) % 8].read_data.val();
            } else if self.rotate[i].val() == 2 {
                self.row[i].next = self.bank[(i + 4) % 8].read_data.val();
            } else if self.rotate[i].val() == 3 {
                self.row[i].next = self.bank[(i + 6) % 8].read_data.val();
            }
            if self.issue_row[i].val() {
                self.slot[4 * i].d.next = self.slot[4 * i + 1].q.val();
                self.slot[4 * i + 1].d.next = self.slot[4 * i + 2].q.val();
                self.slot[4 * i + 2].d.next = self.slot[4 * i + 3].q.val();
                self.slot[4 * i + 3].d.next = self.row[i].val();
            }
        }

        comment!("cycle 7: name the pixels and pack five to a word");
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
            self.window[i].d.next = self.narrow[i % 2].val();
            if self.kernel_7_at[i / 2].q.val() {
                self.window[i].d.next = self.wide[i].val();
            }
            if !self.stem_at[i / 2].q.val() {
                self.window[i].d.next = 0.into();
            }
        }
        for i in 0..5 {
            self.stem_at[i].clock.next = self.clock.val();
            self.kernel_7_at[i].clock.next = self.clock.val();
        }
        self.stem_at[0].d.next = self.is_stem.val();
        self.kernel_7_at[0].d.next = self.kernel_7.val();
        for i in 1..5 {
            self.stem_at[i].d.next = self.stem_at[i - 1].q.val();
            self.kernel_7_at[i].d.next = self.kernel_7_at[i - 1].q.val();
        }

        comment!("cycle 8");
        for i in 0..10 {
            self.word[i].next = self.window[i].q.val();
        }
        self.token_delay.clock.next = self.clock.val();
        self.token_delay.value.next = self.token_in.val();
        self.token.next = self.token_delay.delayed.val();
    }
}
