//! Where a pixel stands in the map, and what the max-pool does with it.

use crate::lang::prelude::*;

/// Counts rows and columns and steers the pool's quads.
///
/// A 3x3/2 ceil-mode window closes at every even column from 2 on, and at the last column if that
/// is odd (a partial window); rows likewise. Horizontal maxima close first; the
/// pool buffer holds, for each pooled column, the maximum over the rows of the window so far.
///
/// Latency: three cycles from token to `valid`.
#[derive(LogicBlock, Default)]
pub struct PoolControl {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget the place in the map.
    pub reset: Signal<In, Bit>,
    /// Pulse before a layer's first pixel.
    pub start: Signal<In, Bit>,
    /// Static: a max-pool follows.
    pub pool: Signal<In, Bit>,
    /// Static: columns of the convolution's output - 1.
    pub last_column: Signal<In, Bits<16>>,
    /// Static: rows of the convolution's output - 1.
    pub last_row: Signal<In, Bits<16>>,
    /// Token beside the aligned bytes.
    pub token: Signal<In, Bits<16>>,
    /// Cycle 0: the token's pass has passed the whole array: the shadow weights are free.
    pub tile_taken: Signal<Out, Bit>,
    /// Cycle 0: the token's block has passed the whole array: the shadow entries are free.
    pub entries_taken: Signal<Out, Bit>,
    /// Cycle 0: a finished pixel is here.
    pub step: Signal<Out, Bit>,
    /// Cycle 0: its column is even: horizontal windows begin (and close) here.
    pub even: Signal<Out, Bit>,
    /// Cycle 0: pool buffer address.
    pub column: Signal<Out, Bits<16>>,
    /// Cycle 2: a horizontal maximum goes into the pool buffer.
    pub store: Signal<Out, Bit>,
    /// Cycle 2: the row is even: vertical windows begin here.
    pub fresh: Signal<Out, Bit>,
    /// Cycle 2: pool buffer address.
    pub column_1: Signal<Out, Bits<16>>,
    /// Cycle 2: an output pixel closes.
    pub close: Signal<Out, Bit>,
    /// Cycle 3: an output pixel is in the quads.
    pub valid: Signal<Out, Bit>,
    /// Cycle 3: the last one of its block of channels.
    pub map_end: Signal<Out, Bit>,
    /// Cycle 3: the last one of the layer (its token was the layer's last).
    pub done: Signal<Out, Bit>,
    x: DFF<Bits<16>>,
    y: DFF<Bits<16>>,
    pooled: DFF<Bits<16>>,
    pooled_1: DFF<Bits<16>>,
    store_1: DFF<Bit>,
    store_2: DFF<Bit>,
    fresh_1: DFF<Bit>,
    fresh_2: DFF<Bit>,
    close_1: DFF<Bit>,
    close_2: DFF<Bit>,
    end_1: DFF<Bit>,
    end_2: DFF<Bit>,
    done_1: DFF<Bit>,
    done_2: DFF<Bit>,
    pooled_2: DFF<Bits<16>>,
    valid_3: DFF<Bit>,
    end_3: DFF<Bit>,
    done_3: DFF<Bit>,
    at_end_x: Signal<Local, Bit>,
    at_end_y: Signal<Local, Bit>,
    odd_x: Signal<Local, Bit>,
    odd_y: Signal<Local, Bit>,
    close_x: Signal<Local, Bit>,
    close_y: Signal<Local, Bit>,
    here: Signal<Local, Bit>,
    /// Bits of the token: a pixel, of the last pass of its reduction.
    pixel: Signal<Local, Bit>,
    last_pass: Signal<Local, Bit>,
    unused_token: Signal<Local, Bits<10>>,
    unused_first: Signal<Local, Bit>,
}

impl Logic for PoolControl {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pool_control: Counts rows and columns of the finished pixels and steers the 3x3/2 ceil-mode max-pool.");
        dff_setup!(
            self, clock, x, y, pooled, pooled_1, store_1, fresh_1, close_1, end_1, done_1, store_2, fresh_2, close_2, end_2, done_2,
            pooled_2, valid_3, end_3, done_3
        );
        self.unused_token.next = self.token.val().get_bits::<10>(6);
        self.unused_first.next = self.token.val().get_bit(1);
        comment!("cycle 0: where the pixel is, and which windows close with it");
        self.tile_taken.next = self.token.val().get_bit(3);
        self.entries_taken.next = self.token.val().get_bit(4);
        self.pixel.next = self.token.val().get_bit(0);
        self.last_pass.next = self.token.val().get_bit(2);
        self.here.next = self.pixel.val() & self.last_pass.val();
        self.at_end_x.next = self.x.q.val() == self.last_column.val();
        self.at_end_y.next = self.y.q.val() == self.last_row.val();
        self.odd_x.next = self.x.q.val().get_bit(0);
        self.odd_y.next = self.y.q.val().get_bit(0);
        self.close_x.next = !self.pool.val() | (!self.odd_x.val() & (self.x.q.val() != 0)) | (self.odd_x.val() & self.at_end_x.val());
        self.close_y.next = !self.pool.val() | (!self.odd_y.val() & (self.y.q.val() != 0)) | (self.odd_y.val() & self.at_end_y.val());
        self.step.next = self.here.val();
        self.even.next = !self.odd_x.val();
        self.column.next = self.pooled.q.val();
        if self.here.val() {
            self.x.d.next = self.x.q.val() + 1;
            if self.close_x.val() {
                self.pooled.d.next = self.pooled.q.val() + 1;
            }
            if self.at_end_x.val() {
                self.x.d.next = 0.into();
                self.pooled.d.next = 0.into();
                self.y.d.next = self.y.q.val() + 1;
                if self.at_end_y.val() {
                    self.y.d.next = 0.into();
                }
            }
        }
        comment!("cycle 1: on the way");
        self.store_1.d.next = self.here.val() & self.close_x.val() & self.pool.val();
        self.fresh_1.d.next = !self.odd_y.val();
        self.pooled_1.d.next = self.pooled.q.val();
        self.close_1.d.next = self.here.val() & self.close_x.val() & self.close_y.val();
        self.end_1.d.next = self.here.val() & self.at_end_x.val() & self.at_end_y.val();
        self.done_1.d.next = self.token.val().get_bit(5);
        comment!("cycle 2: the pool buffer's word is here");
        self.store_2.d.next = self.store_1.q.val();
        self.fresh_2.d.next = self.fresh_1.q.val();
        self.pooled_2.d.next = self.pooled_1.q.val();
        self.close_2.d.next = self.close_1.q.val();
        self.end_2.d.next = self.end_1.q.val();
        self.done_2.d.next = self.done_1.q.val();
        self.store.next = self.store_2.q.val();
        self.fresh.next = self.fresh_2.q.val();
        self.column_1.next = self.pooled_2.q.val();
        self.close.next = self.close_2.q.val();
        comment!("cycle 3: the output pixel is in the quads");
        self.valid_3.d.next = self.close_2.q.val();
        self.end_3.d.next = self.end_2.q.val();
        self.done_3.d.next = self.done_2.q.val();
        self.valid.next = self.valid_3.q.val();
        self.map_end.next = self.end_3.q.val();
        self.done.next = self.done_3.q.val();
        if self.start.val() | self.reset.val() {
            self.x.d.next = 0.into();
            self.y.d.next = 0.into();
            self.pooled.d.next = 0.into();
        }
    }
}
