//! Line buffer and 3x3 window of an expand layer.

use crate::lang::copies::Copies;
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
/// A line is read and written at one address in one cycle, so rows of any width follow each other, and the second line takes what
/// the first gave a register later.
///
/// Latency from the pixel below to the window: one arrival or push, then 4 cycles.
#[derive(LogicBlock, Default)]
pub struct Window {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: an expand runs; without it all taps are zero, so that they can be joined with other words.
    pub is_expand: Signal<In, Bit>,
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
    /// With `token`: tap 3 * ky + kx, zero outside the map.
    pub tap: [Signal<Out, Bits<128>>; 9],
    /// Token of the centre; 0 when there is none.
    pub token: Signal<Out, Bits<16>>,
    /// The row above; with several strips, one of every pass. Depth `line_pixels`: the widest of these.
    line_above: Ram<128>,
    /// The row above that, as deep.
    line_two_above: Ram<128>,
    arrive_1: DFF<Bit>,
    arrive_2: DFF<Bit>,
    line_1: DFF<Bits<16>>,
    line_2: DFF<Bits<16>>,
    /// An arrival or a push of three cycles before: a copy for each of the first cells and one for the others.
    advance: Copies<1>,
    advanced: DFF<Bit>,
    word_1: DFF<Bits<128>>,
    word_2: DFF<Bits<128>>,
    word_3: DFF<Bits<128>>,
    middle_2: DFF<Bits<128>>,
    middle_3: DFF<Bits<128>>,
    token_1: DFF<Bits<16>>,
    token_2: DFF<Bits<16>>,
    token_3: DFF<Bits<16>>,
    cell: [DFF<Bits<128>>; 9],
    /// The cell's place is in the map, seen from the centre.
    inside: [DFF<Bit>; 9],
    token_c2: DFF<Bits<16>>,
    token_c1: DFF<Bits<16>>,
    moving: [Signal<Local, Bit>; 9],
    /// Bits of the next centre's token: it is at an edge of the map.
    at_left: Signal<Local, Bit>,
    at_right: Signal<Local, Bit>,
    at_top: Signal<Local, Bit>,
    at_bottom: Signal<Local, Bit>,
}

impl Window {
    /// A window whose lines have `pixels` words each.
    pub fn new(pixels: usize, style: MemoryStyle) -> Self {
        Self {
            line_above: Ram::new(pixels).in_style(style),
            line_two_above: Ram::new(pixels).in_style(style),
            advance: Copies::new(8),
            ..Default::default()
        }
    }
}

impl Logic for Window {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_window: Line buffers and 3x3 window. Each pixel's token comes out when the pixel is the centre; taps outside the map are zero.");
        dff_setup!(self, clock, arrive_1, arrive_2, line_1, line_2, advanced, token_1, token_2, token_3, token_c2, token_c1);
        dff_setup!(self, clock, word_1, word_2, word_3, middle_2, middle_3);
        self.line_above.clock.next = self.clock.val();
        self.line_two_above.clock.next = self.clock.val();
        for i in 0..9 {
            self.cell[i].clock.next = self.clock.val();
            self.cell[i].d.next = self.cell[i].q.val();
            self.inside[i].clock.next = self.clock.val();
            self.inside[i].d.next = self.inside[i].q.val();
        }

        comment!("arrival: the line above gives the pixel of a row ago and takes this one");
        self.line_above.read_address.next = bit_cast::<20, 16>(self.line.val());
        self.line_above.write_address.next = bit_cast::<20, 16>(self.line.val());
        self.line_above.write_enable.next = self.arrive.val();
        self.line_above.write_data.next = self.word.val();
        self.arrive_1.d.next = self.arrive.val();
        self.line_1.d.next = self.line.val();
        self.word_1.d.next = self.word.val();
        self.token_1.d.next = self.token_in.val();
        self.advance.clock.next = self.clock.val();
        self.advance.value.next = (self.arrive.val() | self.push.val()).into();

        comment!("one cycle later: what left the line above, into a register before anything else");
        self.arrive_2.d.next = self.arrive_1.q.val();
        self.line_2.d.next = self.line_1.q.val();
        self.word_2.d.next = self.word_1.q.val();
        self.middle_2.d.next = self.line_above.read_data.val();
        self.token_2.d.next = self.token_1.q.val();

        comment!("two cycles later: the line above that does the same with it");
        self.line_two_above.read_address.next = bit_cast::<20, 16>(self.line_2.q.val());
        self.line_two_above.write_address.next = bit_cast::<20, 16>(self.line_2.q.val());
        self.line_two_above.write_enable.next = self.arrive_2.q.val();
        self.line_two_above.write_data.next = self.middle_2.q.val();
        self.word_3.d.next = self.word_2.q.val();
        self.middle_3.d.next = self.middle_2.q.val();
        self.token_3.d.next = self.token_2.q.val();

        comment!("three cycles later: all three rows are here, shift them in; the centre's edges say which places are in the map");
        for i in 0..8 {
            self.moving[i].next = self.advance.copy[i].val() == 1;
        }
        self.moving[8].next = self.advance.copy[7].val() == 1;
        self.at_left.next = self.token_c2.q.val().get_bit(6);
        self.at_right.next = self.token_c2.q.val().get_bit(7);
        self.at_top.next = self.token_c2.q.val().get_bit(8);
        self.at_bottom.next = self.token_c2.q.val().get_bit(9);
        for i in 0..3 {
            if self.moving[3 * i].val() {
                self.cell[3 * i].d.next = self.cell[3 * i + 1].q.val();
                self.inside[3 * i].d.next = !self.at_left.val();
            }
            if self.moving[3 * i + 1].val() {
                self.cell[3 * i + 1].d.next = self.cell[3 * i + 2].q.val();
                self.inside[3 * i + 1].d.next = true;
            }
            if self.moving[3 * i + 2].val() {
                self.inside[3 * i + 2].d.next = !self.at_right.val();
            }
        }
        for i in 0..3 {
            if self.moving[i].val() & self.at_top.val() {
                self.inside[i].d.next = false;
            }
            if self.moving[i + 6].val() & self.at_bottom.val() {
                self.inside[i + 6].d.next = false;
            }
        }
        if self.moving[2].val() {
            self.cell[2].d.next = self.line_two_above.read_data.val();
        }
        if self.moving[5].val() {
            self.cell[5].d.next = self.middle_3.q.val();
        }
        if self.moving[8].val() {
            self.cell[8].d.next = self.word_3.q.val();
        }
        if self.moving[0].val() {
            self.token_c2.d.next = self.token_3.q.val();
            self.token_c1.d.next = self.token_c2.q.val();
        }
        self.advanced.d.next = self.moving[0].val();

        comment!("four cycles later: the window");
        self.token.next = 0.into();
        if self.advanced.q.val() {
            self.token.next = self.token_c1.q.val();
        }
        for i in 0..9 {
            self.tap[i].next = 0.into();
            if self.inside[i].q.val() {
                self.tap[i].next = self.cell[i].q.val();
            }
        }

        comment!("another layer's words are not to be mixed with what the cells hold");
        if !self.is_expand.val() {
            for i in 0..9 {
                self.inside[i].d.next = false;
            }
        }

        comment!("");
        if self.start.val() {
            self.token_c2.d.next = 0.into();
            self.token_c1.d.next = 0.into();
        }
    }
}
