//! Max-pool of four channels.

use super::larger_byte::LargerByte;
use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// Four bytes of a pixel through the 3x3/2 max-pool, or past it; steered by `PoolControl`.
///
/// ```text
/// cycle  0                        1                  2                             3                       4
///        the byte: is one of      the largest of     and what lies above it:       write the larger one /  quad
///        the two before larger?   the three          larger?                      choose it
///        column                   -> read            above
/// ```
///
/// A comparison and the choice that hangs on it are a cycle each: together they would be four levels of LUTs, before the memory's write
/// enable too. So the row's window looks back at three bytes, instead of keeping a maximum that would have to be ready for the next
/// byte; that one of the two bytes before was larger than the other is known from when it came. What lies in the buffer stays there
/// when it is the larger one: only what is larger is written.
///
/// The buffer is read in cycle 1 and written in cycle 3, so a pooled column may come again after three cycles: a row of the map lasts
/// six at least (`RowPlan`). With a pool a map has two columns or more.
#[derive(LogicBlock, Default)]
pub struct PoolQuad {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: a max-pool follows.
    pub pool: Signal<In, Bit>,
    /// Cycle 0: four channels of the pixel.
    pub byte: [Signal<In, Bits<8>>; 4],
    /// Cycle 0: a finished pixel is in `byte`.
    pub step: Signal<In, Bit>,
    /// Cycle 0: with a pool, its column is even: the window that closes with it has three columns. One that closes at an odd column has
    /// two.
    pub three: Signal<In, Bit>,
    /// Cycle 0: pool buffer address.
    pub column: Signal<In, Bits<16>>,
    /// Cycle 3: the horizontal maximum goes into the pool buffer.
    pub store: Signal<In, Bit>,
    /// Cycle 3: the row is even; vertical windows begin here.
    pub fresh: Signal<In, Bit>,
    /// Cycle 3: pool buffer address, that of `column` three cycles before.
    pub late_column: Signal<In, Bits<16>>,
    /// Cycle 3: an output pixel closes.
    pub close: Signal<In, Bit>,
    /// Cycle 4: the pooled bytes, first channel in bits 7:0.
    pub quad: Signal<Out, Bits<32>>,
    /// Pool buffer, one for each channel: maximum over the window's rows so far, one byte a pooled column. Depth `pool_pixels`: the
    /// widest pooled map.
    rows: [Ram<8>; 4],
    place: DFF<Bits<16>>,
    /// The pixel's byte, that of the column before, and of two before. What is said of the oldest one holds in cycle 1 of a step only,
    /// the one in which it is looked at: it needs no enable, of which a step has many.
    newest: [DFF<Bits<8>>; 4],
    middle: [DFF<Bits<8>>; 4],
    oldest: [DFF<Bits<8>>; 4],
    /// With a pool: the middle one is larger than the newest; the oldest is, and counts; the oldest is larger than the middle one.
    middle_larger: [DFF<Bit>; 4],
    oldest_larger: [DFF<Bit>; 4],
    oldest_over: [DFF<Bit>; 4],
    /// Maximum along the row, then beside what lies above it.
    closed: [DFF<Bits<8>>; 4],
    below: [DFF<Bits<8>>; 4],
    above: [DFF<Bits<8>>; 4],
    above_larger: [DFF<Bit>; 4],
    result: [DFF<Bits<8>>; 4],
    near: [LargerByte; 4],
    far: [LargerByte; 4],
    down: [LargerByte; 4],
}

impl PoolQuad {
    /// A quad for rows of up to `pixels` pooled pixels.
    pub fn new(pixels: usize, style: MemoryStyle) -> Self {
        Self { rows: std::array::from_fn(|_| Ram::new(pixels).in_style(style)), ..Default::default() }
    }
}

impl Logic for PoolQuad {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pool_quad: Four channels through the 3x3/2 max-pool, or past it; four cycles.");
        dff_setup!(self, clock, place);
        for i in 0..4 {
            self.rows[i].clock.next = self.clock.val();
            self.newest[i].clock.next = self.clock.val();
            self.middle[i].clock.next = self.clock.val();
            self.oldest[i].clock.next = self.clock.val();
            self.middle_larger[i].clock.next = self.clock.val();
            self.oldest_larger[i].clock.next = self.clock.val();
            self.oldest_over[i].clock.next = self.clock.val();
            self.closed[i].clock.next = self.clock.val();
            self.below[i].clock.next = self.clock.val();
            self.above[i].clock.next = self.clock.val();
            self.above_larger[i].clock.next = self.clock.val();
            self.result[i].clock.next = self.clock.val();
            self.newest[i].d.next = self.newest[i].q.val();
            self.middle[i].d.next = self.middle[i].q.val();
            self.middle_larger[i].d.next = self.middle_larger[i].q.val();
            self.result[i].d.next = self.result[i].q.val();
        }

        comment!("cycle 0: take the bytes; is one of the two before larger?");
        self.place.d.next = self.column.val();
        for i in 0..4 {
            self.near[i].left.next = self.newest[i].q.val();
            self.near[i].right.next = self.byte[i].val();
            self.far[i].left.next = self.middle[i].q.val();
            self.far[i].right.next = self.byte[i].val();
            if self.step.val() {
                self.newest[i].d.next = self.byte[i].val();
                self.middle[i].d.next = self.newest[i].q.val();
                self.middle_larger[i].d.next = self.pool.val() & self.near[i].larger.val();
            }
            self.oldest[i].d.next = self.middle[i].q.val();
            self.oldest_larger[i].d.next = self.three.val() & self.far[i].larger.val();
            self.oldest_over[i].d.next = self.middle_larger[i].q.val();
        }

        comment!("cycle 1: the largest along the row");
        for i in 0..4 {
            self.rows[i].read_address.next = bit_cast::<20, 16>(self.place.q.val());
            self.closed[i].d.next = self.newest[i].q.val();
            if self.middle_larger[i].q.val() {
                self.closed[i].d.next = self.middle[i].q.val();
            }
            if self.oldest_larger[i].q.val() & (self.oldest_over[i].q.val() | !self.middle_larger[i].q.val()) {
                self.closed[i].d.next = self.oldest[i].q.val();
            }
        }

        comment!("cycle 2: down the rows");
        for i in 0..4 {
            self.down[i].left.next = self.rows[i].read_data.val();
            self.down[i].right.next = self.closed[i].q.val();
            self.below[i].d.next = self.closed[i].q.val();
            self.above[i].d.next = self.rows[i].read_data.val();
            self.above_larger[i].d.next = self.pool.val() & self.down[i].larger.val();
        }

        comment!("cycle 3: a fresh row starts its own window and closes the one above");
        for i in 0..4 {
            self.rows[i].write_enable.next = self.store.val() & (self.fresh.val() | !self.above_larger[i].q.val());
            self.rows[i].write_address.next = bit_cast::<20, 16>(self.late_column.val());
            self.rows[i].write_data.next = self.below[i].q.val();
            if self.close.val() {
                self.result[i].d.next = self.below[i].q.val();
                if self.above_larger[i].q.val() {
                    self.result[i].d.next = self.above[i].q.val();
                }
            }
        }
        self.quad.next = bit_cast::<32, 8>(self.result[0].q.val())
            | (bit_cast::<32, 8>(self.result[1].q.val()) << 8)
            | (bit_cast::<32, 8>(self.result[2].q.val()) << 16)
            | (bit_cast::<32, 8>(self.result[3].q.val()) << 24);
    }
}
