//! Line buffer and 3x3 window of an expand layer.

use crate::lang::prelude::*;

/// Turns a stream of sixteen-channel pixels into the nine taps around each of them.
///
/// ```text
///                                  row 2:  [c0] <- [c1] <- [c2] <-.- newest
///            .--------- line 1 <-----------------------------------'
///            |   row 1:  [c0] <- [c1] <- [c2] <-.        c1 of row 1 is the centre: it came
///            '--------- line 2 <----------------'        one row and one pixel before the newest
///                row 0:  [c0] <- [c1] <- [c2] <-'
/// ```
///
/// The lines are circular buffers as long as the map's row, so the whole is one linear delay: passes
/// follow each other without a gap, and bubbles between passes do no harm. Every pixel's token rides
/// in line 1 and comes out when the pixel is the centre; its edge bits mask the taps that
/// lie outside the map, which the linear delay fills with pixels of neighbouring rows or passes.
///
/// Latency from a pixel's own arrival to its window: width + 1 arrivals, then 3 cycles.
#[derive(LogicBlock)]
pub struct Window {
    pub clock: Signal<In, Clock>,
    /// Pulse before a layer's first pixel: forget what the lines hold.
    pub start: Signal<In, Bit>,
    /// Static: width of the map - 1.
    pub last_column: Signal<In, Bits<16>>,
    /// A pixel (or a bubble, with token 0) comes.
    pub advance: Signal<In, Bit>,
    /// Token of the pixel.
    pub token_in: Signal<In, Bits<16>>,
    /// Sixteen channels of the pixel.
    pub word: Signal<In, Bits<128>>,
    /// Tap 3 * ky + kx, zero outside the map.
    pub tap: [Signal<Out, Bits<128>>; 9],
    /// Token of the centre; 0 when there is none.
    pub token: Signal<Out, Bits<16>>,
    /// One row of pixels and tokens.
    line_1: Ram<144>,
    /// One more row of pixels.
    line_2: Ram<128>,
    pointer: DFF<Bits<16>>,
    pointer_1: DFF<Bits<16>>,
    advance_1: DFF<Bit>,
    advance_2: DFF<Bit>,
    advance_3: DFF<Bit>,
    word_1: DFF<Bits<128>>,
    word_2: DFF<Bits<128>>,
    middle_2: DFF<Bits<144>>,
    cell: [DFF<Bits<128>>; 9],
    token_c2: DFF<Bits<16>>,
    token_c1: DFF<Bits<16>>,
    /// Arrivals until the centre is a pixel of this layer.
    warm: DFF<Bits<16>>,
    stale: DFF<Bit>,
    middle: Signal<Local, Bits<144>>,
}

impl Window {
    /// A window for maps of up to `pixels` columns.
    pub fn new(pixels: usize) -> Self {
        Self {
            clock: Default::default(),
            start: Default::default(),
            last_column: Default::default(),
            advance: Default::default(),
            token_in: Default::default(),
            word: Default::default(),
            tap: Default::default(),
            token: Default::default(),
            line_1: Ram::new(pixels),
            line_2: Ram::new(pixels),
            pointer: Default::default(),
            pointer_1: Default::default(),
            advance_1: Default::default(),
            advance_2: Default::default(),
            advance_3: Default::default(),
            word_1: Default::default(),
            word_2: Default::default(),
            middle_2: Default::default(),
            cell: Default::default(),
            token_c2: Default::default(),
            token_c1: Default::default(),
            warm: Default::default(),
            stale: Default::default(),
            middle: Default::default(),
        }
    }
}

impl Logic for Window {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_window: Line buffer and 3x3 window. Each pixel's token comes out when the pixel is the centre; taps outside the map are zero.");
        dff_setup!(
            self, clock, pointer, pointer_1, advance_1, advance_2, advance_3, word_1, word_2, middle_2, token_c2, token_c1, warm, stale
        );
        self.line_1.clock.next = self.clock.val();
        self.line_2.clock.next = self.clock.val();
        for i in 0..9 {
            self.cell[i].clock.next = self.clock.val();
            self.cell[i].d.next = self.cell[i].q.val();
        }

        // arrival: line 1 gives the pixel of a row ago and takes this one
        self.line_1.read_address.next = bit_cast::<20, 16>(self.pointer.q.val());
        self.line_1.write_address.next = bit_cast::<20, 16>(self.pointer.q.val());
        self.line_1.write_enable.next = self.advance.val();
        self.line_1.write_data.next = bit_cast::<144, 128>(self.word.val()) | (bit_cast::<144, 16>(self.token_in.val()) << 128);
        if self.advance.val() {
            self.pointer.d.next = self.pointer.q.val() + 1;
            if self.pointer.q.val() == self.last_column.val() {
                self.pointer.d.next = 0.into();
            }
        }
        self.pointer_1.d.next = self.pointer.q.val();
        self.advance_1.d.next = self.advance.val();
        self.word_1.d.next = self.word.val();

        // one cycle later: line 2 does the same with what left line 1
        self.middle.next = self.line_1.read_data.val();
        self.line_2.read_address.next = bit_cast::<20, 16>(self.pointer_1.q.val());
        self.line_2.write_address.next = bit_cast::<20, 16>(self.pointer_1.q.val());
        self.line_2.write_enable.next = self.advance_1.q.val();
        self.line_2.write_data.next = self.middle.val().get_bits::<128>(0);
        self.advance_2.d.next = self.advance_1.q.val();
        self.word_2.d.next = self.word_1.q.val();
        self.middle_2.d.next = self.middle.val();

        // two cycles later: all three rows are here, shift them in
        if self.advance_2.q.val() {
            self.cell[2].d.next = self.line_2.read_data.val();
            self.cell[5].d.next = self.middle_2.q.val().get_bits::<128>(0);
            self.cell[8].d.next = self.word_2.q.val();
            for i in 0..3 {
                self.cell[3 * i].d.next = self.cell[3 * i + 1].q.val();
                self.cell[3 * i + 1].d.next = self.cell[3 * i + 2].q.val();
            }
            self.token_c2.d.next = self.middle_2.q.val().get_bits::<16>(128);
            self.token_c1.d.next = self.token_c2.q.val();
            self.stale.d.next = self.warm.q.val() != 0;
            if self.warm.q.val() != 0 {
                self.warm.d.next = self.warm.q.val() - 1;
            }
        }
        self.advance_3.d.next = self.advance_2.q.val();

        // three cycles later: the window, masked by the centre's edges
        self.token.next = 0.into();
        if self.advance_3.q.val() & !self.stale.q.val() {
            self.token.next = self.token_c1.q.val();
        }
        for i in 0..9 {
            self.tap[i].next = self.cell[i].q.val();
        }
        if self.token_c1.q.val().get_bit(6) {
            for i in 0..3 {
                self.tap[3 * i].next = 0.into();
            }
        }
        if self.token_c1.q.val().get_bit(7) {
            for i in 0..3 {
                self.tap[3 * i + 2].next = 0.into();
            }
        }
        if self.token_c1.q.val().get_bit(8) {
            for i in 0..3 {
                self.tap[i].next = 0.into();
            }
        }
        if self.token_c1.q.val().get_bit(9) {
            for i in 6..9 {
                self.tap[i].next = 0.into();
            }
        }

        if self.start.val() {
            self.pointer.d.next = 0.into();
            self.warm.d.next = self.last_column.val() + 2;
        }
    }
}
