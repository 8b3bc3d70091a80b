//! Line buffer and 3x3 window of an expand layer.

use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// Turns a stream of sixteen-channel pixels into the nine taps around each of them.
///
/// ```text
///                                  row 2:  [c0] <- [c1] <- [c2] <-.- newest
///            .----- line_above <-----------------------------------'
///            |   row 1:  [c0] <- [c1] <- [c2] <-.        c1 of row 1 is the centre: it came
///            '----- line_two_above <------------'        one row and one pixel before the newest
///                row 0:  [c0] <- [c1] <- [c2] <-'
/// ```
///
/// The scanner says at which word of the lines a pixel of this column waits. So a map may stop at the
/// end of a row, another may use other words of the lines, and the first goes on where it was: passes,
/// strips and blocks follow each other without a gap. A pixel's token comes with the pixel below it;
/// its edge bits mask the taps that lie outside the map, where the window holds pixels of the row's
/// other end, or of another pass.
///
/// At the end of a row a push moves the window on by a column that has no pixel: the centre becomes the
/// row's last pixel, whose right taps are masked.
///
/// Latency from the pixel below to the window: one arrival or push, then 3 cycles.
#[derive(LogicBlock, Default)]
pub struct Window {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Pulse before a layer's first pixel: forget tokens of before.
    pub start: Signal<In, Bit>,
    /// A pixel comes; with `line`, `token_in` and `word`.
    pub arrive: Signal<In, Bit>,
    /// A column without a pixel comes.
    pub push: Signal<In, Bit>,
    /// With `arrive`: word of the lines that holds the pixels above.
    pub line: Signal<In, Bits<16>>,
    /// Token of the pixel above this one; 0 with a push.
    pub token_in: Signal<In, Bits<16>>,
    /// With `arrive`: sixteen channels of the pixel.
    pub word: Signal<In, Bits<128>>,
    /// Tap 3 * ky + kx, zero outside the map.
    pub tap: [Signal<Out, Bits<128>>; 9],
    /// Token of the centre; 0 when there is none.
    pub token: Signal<Out, Bits<16>>,
    /// The row above; with several strips, one of every pass. Depth `line_pixels`: the widest of these.
    line_above: Ram<128>,
    /// The row above that, as deep.
    line_two_above: Ram<128>,
    arrive_1: DFF<Bit>,
    line_1: DFF<Bits<16>>,
    advance_1: DFF<Bit>,
    advance_2: DFF<Bit>,
    advance_3: DFF<Bit>,
    word_1: DFF<Bits<128>>,
    word_2: DFF<Bits<128>>,
    middle_2: DFF<Bits<128>>,
    token_1: DFF<Bits<16>>,
    token_2: DFF<Bits<16>>,
    cell: [DFF<Bits<128>>; 9],
    token_c2: DFF<Bits<16>>,
    token_c1: DFF<Bits<16>>,
    /// Bits of the centre's token: it is at an edge of the map.
    at_left: Signal<Local, Bit>,
    at_right: Signal<Local, Bit>,
    at_top: Signal<Local, Bit>,
    at_bottom: Signal<Local, Bit>,
}

impl Window {
    /// A window whose lines have `pixels` words each.
    pub fn new(pixels: usize, style: MemoryStyle) -> Self {
        Self { line_above: Ram::new(pixels).in_style(style), line_two_above: Ram::new(pixels).in_style(style), ..Default::default() }
    }
}

impl Logic for Window {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_window: Line buffers and 3x3 window. Each pixel's token comes out when the pixel is the centre; taps outside the map are zero.");
        dff_setup!(
            self, clock, arrive_1, line_1, advance_1, advance_2, advance_3, word_1, word_2, middle_2, token_1, token_2, token_c2, token_c1
        );
        self.line_above.clock.next = self.clock.val();
        self.line_two_above.clock.next = self.clock.val();
        for i in 0..9 {
            self.cell[i].clock.next = self.clock.val();
            self.cell[i].d.next = self.cell[i].q.val();
        }

        comment!("arrival: the line above gives the pixel of a row ago and takes this one");
        self.line_above.read_address.next = bit_cast::<20, 16>(self.line.val());
        self.line_above.write_address.next = bit_cast::<20, 16>(self.line.val());
        self.line_above.write_enable.next = self.arrive.val();
        self.line_above.write_data.next = self.word.val();
        self.arrive_1.d.next = self.arrive.val();
        self.line_1.d.next = self.line.val();
        self.advance_1.d.next = self.arrive.val() | self.push.val();
        self.word_1.d.next = self.word.val();
        self.token_1.d.next = self.token_in.val();

        comment!("one cycle later: the line above that does the same with what left this one");
        self.line_two_above.read_address.next = bit_cast::<20, 16>(self.line_1.q.val());
        self.line_two_above.write_address.next = bit_cast::<20, 16>(self.line_1.q.val());
        self.line_two_above.write_enable.next = self.arrive_1.q.val();
        self.line_two_above.write_data.next = self.line_above.read_data.val();
        self.advance_2.d.next = self.advance_1.q.val();
        self.word_2.d.next = self.word_1.q.val();
        self.middle_2.d.next = self.line_above.read_data.val();
        self.token_2.d.next = self.token_1.q.val();

        comment!("two cycles later: all three rows are here, shift them in");
        if self.advance_2.q.val() {
            self.cell[2].d.next = self.line_two_above.read_data.val();
            self.cell[5].d.next = self.middle_2.q.val();
            self.cell[8].d.next = self.word_2.q.val();
            for i in 0..3 {
                self.cell[3 * i].d.next = self.cell[3 * i + 1].q.val();
                self.cell[3 * i + 1].d.next = self.cell[3 * i + 2].q.val();
            }
            self.token_c2.d.next = self.token_2.q.val();
            self.token_c1.d.next = self.token_c2.q.val();
        }
        self.advance_3.d.next = self.advance_2.q.val();

        comment!("three cycles later: the window, masked by the centre's edges");
        self.token.next = 0.into();
        if self.advance_3.q.val() {
            self.token.next = self.token_c1.q.val();
        }
        self.at_left.next = self.token_c1.q.val().get_bit(6);
        self.at_right.next = self.token_c1.q.val().get_bit(7);
        self.at_top.next = self.token_c1.q.val().get_bit(8);
        self.at_bottom.next = self.token_c1.q.val().get_bit(9);
        for i in 0..9 {
            self.tap[i].next = self.cell[i].q.val();
        }
        if self.at_left.val() {
            for i in 0..3 {
                self.tap[3 * i].next = 0.into();
            }
        }
        if self.at_right.val() {
            for i in 0..3 {
                self.tap[3 * i + 2].next = 0.into();
            }
        }
        if self.at_top.val() {
            for i in 0..3 {
                self.tap[i].next = 0.into();
            }
        }
        if self.at_bottom.val() {
            for i in 6..9 {
                self.tap[i].next = 0.into();
            }
        }

        comment!("");
        if self.start.val() {
            self.token_c2.d.next = 0.into();
            self.token_c1.d.next = 0.into();
        }
    }
}
