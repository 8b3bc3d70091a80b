//! Max-pool of four channels.

use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// Four bytes of a pixel through the 3x3/2 max-pool, or past it; steered by `PoolControl`.
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
    /// Pool buffer: maximum over the window's rows so far, one word a pooled column. Depth `pool_pixels`: the widest pooled map.
    rows: Ram<32>,
    /// Maximum over the columns so far.
    run: [DFF<Bits<8>>; 4],
    closed: [DFF<Bits<8>>; 4],
    late_closed: [DFF<Bits<8>>; 4],
    word: DFF<Bits<32>>,
    result: DFF<Bits<32>>,
    wider: [Signal<Local, Bits<8>>; 4],
    above: [Signal<Local, Bits<8>>; 4],
    merged: [Signal<Local, Bits<8>>; 4],
    kept: [Signal<Local, Bits<8>>; 4],
}

impl PoolQuad {
    /// A quad for rows of up to `pixels` pooled pixels.
    pub fn new(pixels: usize, style: MemoryStyle) -> Self {
        Self { rows: Ram::new(pixels).in_style(style), ..Default::default() }
    }
}

impl Logic for PoolQuad {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pool_quad: Four channels through the 3x3/2 max-pool, or past it; three cycles.");
        dff_setup!(self, clock, word, result);
        self.rows.clock.next = self.clock.val();
        for i in 0..4 {
            self.run[i].clock.next = self.clock.val();
            self.closed[i].clock.next = self.clock.val();
            self.late_closed[i].clock.next = self.clock.val();
            self.run[i].d.next = self.run[i].q.val();
            self.closed[i].d.next = self.closed[i].q.val();
        }

        comment!("cycle 0: along the row");
        self.rows.read_address.next = bit_cast::<20, 16>(self.column.val());
        for i in 0..4 {
            self.wider[i].next = self.byte[i].val();
            if self.run[i].q.val() > self.byte[i].val() {
                self.wider[i].next = self.run[i].q.val();
            }
        }
        if self.step.val() {
            for i in 0..4 {
                self.closed[i].d.next = self.byte[i].val();
                if self.pool.val() {
                    self.closed[i].d.next = self.wider[i].val();
                }
                self.run[i].d.next = self.wider[i].val();
                if self.even.val() {
                    self.run[i].d.next = self.byte[i].val();
                }
            }
        }

        comment!("cycle 1: the buffer's word is here");
        self.word.d.next = self.rows.read_data.val();
        for i in 0..4 {
            self.late_closed[i].d.next = self.closed[i].q.val();
        }
        comment!("cycle 2: down the rows. A fresh row starts its own window and closes the one above.");
        for i in 0..4 {
            self.above[i].next = self.word.q.val().get_bits::<8>(8 * i);
            self.merged[i].next = self.late_closed[i].q.val();
            if self.pool.val() & (self.above[i].val() > self.late_closed[i].q.val()) {
                self.merged[i].next = self.above[i].val();
            }
            self.kept[i].next = self.merged[i].val();
            if self.fresh.val() {
                self.kept[i].next = self.late_closed[i].q.val();
            }
        }
        self.rows.write_enable.next = self.store.val();
        self.rows.write_address.next = bit_cast::<20, 16>(self.column_1.val());
        self.rows.write_data.next = bit_cast::<32, 8>(self.kept[0].val())
            | (bit_cast::<32, 8>(self.kept[1].val()) << 8)
            | (bit_cast::<32, 8>(self.kept[2].val()) << 16)
            | (bit_cast::<32, 8>(self.kept[3].val()) << 24);
        if self.close.val() {
            self.result.d.next = bit_cast::<32, 8>(self.merged[0].val())
                | (bit_cast::<32, 8>(self.merged[1].val()) << 8)
                | (bit_cast::<32, 8>(self.merged[2].val()) << 16)
                | (bit_cast::<32, 8>(self.merged[3].val()) << 24);
        }
        self.quad.next = self.result.q.val();
    }
}
