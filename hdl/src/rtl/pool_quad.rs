//! Max-pool of four channels.

use super::larger_byte::LargerByte;
use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// Four bytes of a pixel through the 3x3/2 max-pool, or past it; steered by `PoolControl`.
///
/// ```text
/// cycle  0            1                              2                                    3
///        byte, step   along the row:                 down the rows: larger than above?    quad
///                     larger than the run so far?    write it / choose it
///        column       -> read                        above
/// ```
///
/// A maximum that is in a register, or in the buffer, stays there when it is the larger one: only what is larger is written, byte by
/// byte, so nothing is chosen on the way in.
///
/// The buffer is read in cycle 1 and written in cycle 2, so a pooled column may come again after two cycles: a map has two columns or more.
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
    /// Cycle 0: its column is even; horizontal windows begin (and close) here.
    pub even: Signal<In, Bit>,
    /// Cycle 0: pool buffer address.
    pub column: Signal<In, Bits<16>>,
    /// Cycle 2: the horizontal maximum goes into the pool buffer.
    pub store: Signal<In, Bit>,
    /// Cycle 2: the row is even; vertical windows begin here.
    pub fresh: Signal<In, Bit>,
    /// Cycle 2: pool buffer address, that of `column` two cycles before.
    pub column_1: Signal<In, Bits<16>>,
    /// Cycle 2: an output pixel closes.
    pub close: Signal<In, Bit>,
    /// Cycle 3: the pooled bytes, first channel in bits 7:0.
    pub quad: Signal<Out, Bits<32>>,
    /// Pool buffer, one for each channel: maximum over the window's rows so far, one byte a pooled column. Depth `pool_pixels`: the
    /// widest pooled map.
    rows: [Ram<8>; 4],
    step_1: DFF<Bit>,
    even_1: DFF<Bit>,
    place: DFF<Bits<16>>,
    taken: [DFF<Bits<8>>; 4],
    /// Maximum over the columns so far.
    run: [DFF<Bits<8>>; 4],
    closed: [DFF<Bits<8>>; 4],
    result: [DFF<Bits<8>>; 4],
    /// Whether the run so far is larger than the byte, and what lies in the buffer larger than the run.
    along: [LargerByte; 4],
    down: [LargerByte; 4],
    run_larger: [Signal<Local, Bit>; 4],
    above_larger: [Signal<Local, Bit>; 4],
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
        comment!("ember_pool_quad: Four channels through the 3x3/2 max-pool, or past it; three cycles.");
        dff_setup!(self, clock, step_1, even_1, place);
        for i in 0..4 {
            self.rows[i].clock.next = self.clock.val();
            self.taken[i].clock.next = self.clock.val();
            self.run[i].clock.next = self.clock.val();
            self.closed[i].clock.next = self.clock.val();
            self.result[i].clock.next = self.clock.val();
            self.taken[i].d.next = self.taken[i].q.val();
            self.run[i].d.next = self.run[i].q.val();
            self.result[i].d.next = self.result[i].q.val();
        }

        comment!("cycle 0: take the bytes");
        self.step_1.d.next = self.step.val();
        self.even_1.d.next = self.even.val();
        self.place.d.next = self.column.val();
        for i in 0..4 {
            if self.step.val() {
                self.taken[i].d.next = self.byte[i].val();
            }
        }

        comment!("cycle 1: along the row");
        for i in 0..4 {
            self.rows[i].read_address.next = bit_cast::<20, 16>(self.place.q.val());
            self.along[i].left.next = self.run[i].q.val();
            self.along[i].right.next = self.taken[i].q.val();
            self.run_larger[i].next = self.along[i].larger.val();
            self.closed[i].d.next = self.taken[i].q.val();
            if self.pool.val() & self.run_larger[i].val() {
                self.closed[i].d.next = self.run[i].q.val();
            }
            if self.step_1.q.val() & (self.even_1.q.val() | !self.run_larger[i].val()) {
                self.run[i].d.next = self.taken[i].q.val();
            }
        }

        comment!("cycle 2: down the rows. A fresh row starts its own window and closes the one above.");
        for i in 0..4 {
            self.down[i].left.next = self.rows[i].read_data.val();
            self.down[i].right.next = self.closed[i].q.val();
            self.above_larger[i].next = self.down[i].larger.val();
            self.rows[i].write_enable.next = self.store.val() & (self.fresh.val() | !self.above_larger[i].val());
            self.rows[i].write_address.next = bit_cast::<20, 16>(self.column_1.val());
            self.rows[i].write_data.next = self.closed[i].q.val();
            if self.close.val() {
                self.result[i].d.next = self.closed[i].q.val();
                if self.pool.val() & self.above_larger[i].val() {
                    self.result[i].d.next = self.rows[i].read_data.val();
                }
            }
        }
        self.quad.next = bit_cast::<32, 8>(self.result[0].q.val())
            | (bit_cast::<32, 8>(self.result[1].q.val()) << 8)
            | (bit_cast::<32, 8>(self.result[2].q.val()) << 16)
            | (bit_cast::<32, 8>(self.result[3].q.val()) << 24);
    }
}
