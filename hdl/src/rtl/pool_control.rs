//! Where a pixel stands in the map, and what the max-pool does with it.

use super::delay::Delay;
use crate::lang::prelude::*;

/// Counts rows and columns and steers the pool's quads.
///
/// A 3x3/2 window closes at every even column from 2 on, and in ceil mode at the last column if that
/// is odd (a partial window); rows likewise. In floor mode such a column or row ends no window: the map ends with the last
/// window that closes. Horizontal maxima close first; the
/// pool buffer holds, for each pooled column, the maximum over the rows of the window so far.
///
/// The token comes [`TOKEN_LEAD`] cycles before its bytes, so that what steers the quads can be copied on its way to them: cycle 0 is
/// that of the bytes.
///
/// ```text
///  cycle   -4     -3               -2 -1   0         1 2   3            4
///          token  all flags,       copies  step at         close at     pixel in the quads:
///                  step            to the  the quads       the quads    valid
///                                  quads
/// ```
///
/// What the next pixel will be (at the end of a row, of the map) is known a pixel ahead, from counters that have their sign two
/// pixels before the end.
#[derive(LogicBlock, Default)]
pub struct PoolControl {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget the place in the map.
    pub reset: Signal<In, Bit>,
    /// Pulse before a layer's first pixel.
    pub start: Signal<In, Bit>,
    /// Static, from the cycle before `start`: a max-pool follows.
    pub pool: Signal<In, Bit>,
    /// Static, from the cycle before `start`: it is in floor mode. Both sides of the map are 3 or more then.
    pub floor: Signal<In, Bit>,
    /// Static, from the cycle before `start`: columns of the convolution's output - 1.
    pub last_column: Signal<In, Bits<16>>,
    /// Static, from the cycle before `start`: rows of the convolution's output - 1.
    pub last_row: Signal<In, Bits<16>>,
    /// Cycle -4: token of the bytes that come.
    pub token: Signal<In, Bits<16>>,
    /// Cycle 0: the token's pass has passed the whole array: the shadow weights are free.
    pub tile_taken: Signal<Out, Bit>,
    /// Cycle 0: the token's block has passed the whole array: the shadow entries are free.
    pub entries_taken: Signal<Out, Bit>,
    /// Cycle -3: a finished pixel comes.
    pub step: Signal<Out, Bit>,
    /// Cycle -3: with a pool, its column is even: the window that closes with it has three columns.
    pub three: Signal<Out, Bit>,
    /// Cycle -3: pool buffer address.
    pub column: Signal<Out, Bits<16>>,
    /// Cycle 0: a horizontal maximum goes into the pool buffer.
    pub store: Signal<Out, Bit>,
    /// Cycle 0: the row is even: vertical windows begin here.
    pub fresh: Signal<Out, Bit>,
    /// Cycle 0: pool buffer address.
    pub late_column: Signal<Out, Bits<16>>,
    /// Cycle 0: an output pixel closes.
    pub close: Signal<Out, Bit>,
    /// Cycle -1: an output pixel closes.
    pub early_close: Signal<Out, Bit>,
    /// Cycle -1: the last one of its block of channels.
    pub early_end: Signal<Out, Bit>,
    /// Cycle 4: an output pixel is in the quads.
    pub valid: Signal<Out, Bit>,
    /// Cycle 4: the last one of its block of channels.
    pub map_end: Signal<Out, Bit>,
    /// Cycle 1: the layer's last token.
    pub done: Signal<Out, Bit>,
    /// Columns left before the row's last but one, rows likewise; negative at that and at the last.
    columns_ahead: DFF<Bits<17>>,
    rows_ahead: DFF<Bits<17>>,
    /// Static: there is one column, one row; how many there are, - 2.
    one_column: DFF<Bit>,
    one_row: DFF<Bit>,
    /// Static: partial windows close; the last window that closes ends at the last even column, the last even row.
    ceil: DFF<Bit>,
    early: DFF<Bit>,
    columns: DFF<Bits<17>>,
    rows: DFF<Bits<17>>,
    /// Cycle -3: the pixel's place in the pooled row.
    pooled: DFF<Bits<16>>,
    /// The next pixel's place.
    at_left: DFF<Bit>,
    at_right: DFF<Bit>,
    at_top: DFF<Bit>,
    at_bottom: DFF<Bit>,
    odd_column: DFF<Bit>,
    odd_row: DFF<Bit>,
    /// The pixel whose token came a cycle before.
    step_1: DFF<Bit>,
    three_1: DFF<Bit>,
    close_x_1: DFF<Bit>,
    at_right_1: DFF<Bit>,
    store_1: DFF<Bit>,
    fresh_1: DFF<Bit>,
    close_1: DFF<Bit>,
    end_1: DFF<Bit>,
    /// `store_1`, `fresh_1` and `pooled` until cycle 0.
    late: Delay<18>,
    /// Of so many tokens ago.
    closed: DFF<Bits<7>>,
    ended: DFF<Bits<7>>,
    tiles: DFF<Bits<4>>,
    entries: DFF<Bits<4>>,
    lasts: DFF<Bits<5>>,
    close_x: Signal<Local, Bit>,
    close_y: Signal<Local, Bit>,
    end_x: Signal<Local, Bit>,
    end_y: Signal<Local, Bit>,
    here: Signal<Local, Bit>,
    anew: Signal<Local, Bit>,
    columns_from: Signal<Local, Bits<17>>,
    rows_from: Signal<Local, Bits<17>>,
    wide_columns: Signal<Local, Bits<17>>,
    wide_rows: Signal<Local, Bits<17>>,
    pooled_step: Signal<Local, Bits<16>>,
    /// Bits of the token: a pixel, of the last pass of its reduction.
    pixel: Signal<Local, Bit>,
    last_pass: Signal<Local, Bit>,
    unused_token: Signal<Local, Bits<10>>,
    unused_first: Signal<Local, Bit>,
    unused_late: Signal<Local, Bits<3>>,
}

/// Cycles by which the token comes before its bytes: one for the flags, three for eight copies of them.
pub const TOKEN_LEAD: usize = 4;

impl PoolControl {
    /// With the place in the map forgotten.
    pub fn new() -> Self {
        Self { late: Delay::new(QUAD_CYCLES), ..Default::default() }
    }
}

/// Cycles of a quad before it stores or closes what its step began.
const QUAD_CYCLES: usize = 3;

impl Logic for PoolControl {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pool_control: Counts rows and columns of the finished pixels and steers the 3x3/2 max-pool.");
        dff_setup!(
            self,
            clock,
            columns_ahead,
            rows_ahead,
            one_column,
            one_row,
            ceil,
            early,
            columns,
            rows,
            pooled,
            at_left,
            at_right,
            at_top,
            at_bottom,
            odd_column,
            odd_row,
            step_1,
            three_1,
            close_x_1,
            at_right_1,
            store_1,
            fresh_1,
            close_1,
            end_1,
            closed,
            ended,
            tiles,
            entries,
            lasts
        );
        self.unused_token.next = self.token.val().get_bits::<10>(6);
        self.unused_first.next = self.token.val().get_bit(1);
        comment!("static: the map's size, for counters with a sign");
        self.wide_columns.next = bit_cast::<17, 16>(self.last_column.val());
        self.wide_rows.next = bit_cast::<17, 16>(self.last_row.val());
        self.one_column.d.next = self.last_column.val() == 0;
        self.one_row.d.next = self.last_row.val() == 0;
        self.ceil.d.next = !self.floor.val();
        self.early.d.next = self.pool.val() & self.floor.val();
        self.columns.d.next = self.wide_columns.val() - 1;
        self.rows.d.next = self.wide_rows.val() - 1;

        comment!("cycle -4: the token of a finished pixel, and where that is");
        self.pixel.next = self.token.val().get_bit(0);
        self.last_pass.next = self.token.val().get_bit(2);
        self.here.next = self.pixel.val() & self.last_pass.val();
        self.close_x.next = !self.pool.val()
            | (!self.odd_column.q.val() & !self.at_left.q.val())
            | (self.odd_column.q.val() & self.at_right.q.val() & self.ceil.q.val());
        self.close_y.next = !self.pool.val()
            | (!self.odd_row.q.val() & !self.at_top.q.val())
            | (self.odd_row.q.val() & self.at_bottom.q.val() & self.ceil.q.val());
        comment!("in floor mode the last even column is the last one or that before it, rows likewise");
        self.end_x.next = self.at_right.q.val();
        self.end_y.next = self.at_bottom.q.val();
        if self.early.q.val() {
            self.end_x.next = self.columns_ahead.q.val().get_bit(16) & !self.odd_column.q.val();
            self.end_y.next = self.rows_ahead.q.val().get_bit(16) & !self.odd_row.q.val();
        }
        self.step_1.d.next = self.here.val();
        self.three_1.d.next = self.pool.val() & !self.odd_column.q.val();
        self.close_x_1.d.next = self.close_x.val();
        self.at_right_1.d.next = self.at_right.q.val();
        self.store_1.d.next = self.here.val() & self.close_x.val() & self.pool.val();
        self.fresh_1.d.next = !self.odd_row.q.val();
        self.close_1.d.next = self.here.val() & self.close_x.val() & self.close_y.val();
        self.end_1.d.next = self.here.val() & self.end_x.val() & self.end_y.val();

        comment!("on to the next pixel");
        self.anew.next = self.start.val() | self.reset.val();
        self.columns_from.next = self.columns_ahead.q.val();
        if self.at_right.q.val() | self.anew.val() {
            self.columns_from.next = self.columns.q.val();
        }
        self.rows_from.next = self.rows_ahead.q.val();
        if self.at_bottom.q.val() | self.anew.val() {
            self.rows_from.next = self.rows.q.val();
        }
        if self.here.val() {
            self.columns_ahead.d.next = self.columns_from.val() - 1;
            self.at_left.d.next = self.at_right.q.val();
            self.at_right.d.next = self.columns_ahead.q.val().get_bit(16);
            self.odd_column.d.next = !self.odd_column.q.val();
            if self.at_right.q.val() {
                self.at_right.d.next = self.one_column.q.val();
                self.odd_column.d.next = false;
                self.rows_ahead.d.next = self.rows_from.val() - 1;
                self.at_top.d.next = self.at_bottom.q.val();
                self.at_bottom.d.next = self.rows_ahead.q.val().get_bit(16);
                self.odd_row.d.next = !self.odd_row.q.val();
                if self.at_bottom.q.val() {
                    self.at_bottom.d.next = self.one_row.q.val();
                    self.odd_row.d.next = false;
                }
            }
        }
        if self.anew.val() {
            self.columns_ahead.d.next = self.columns_from.val() - 1;
            self.rows_ahead.d.next = self.rows_from.val() - 1;
            self.at_left.d.next = true;
            self.at_right.d.next = self.one_column.q.val();
            self.at_top.d.next = true;
            self.at_bottom.d.next = self.one_row.q.val();
            self.odd_column.d.next = false;
            self.odd_row.d.next = false;
        }

        comment!("cycle -3: to the quads' first cycle");
        self.step.next = self.step_1.q.val();
        self.three.next = self.three_1.q.val();
        self.column.next = self.pooled.q.val();
        self.pooled_step.next = bit_cast::<16, 1>(self.close_x_1.q.val().into());
        if self.step_1.q.val() {
            self.pooled.d.next = self.pooled.q.val() + self.pooled_step.val();
        }
        if (self.step_1.q.val() & self.at_right_1.q.val()) | self.anew.val() {
            self.pooled.d.next = 0.into();
        }
        comment!("cycle 0: to their fourth one");
        self.late.clock.next = self.clock.val();
        self.late.value.next = bit_cast::<18, 16>(self.pooled.q.val())
            | (bit_cast::<18, 1>(self.store_1.q.val().into()) << 16)
            | (bit_cast::<18, 1>(self.fresh_1.q.val().into()) << 17);
        self.late_column.next = self.late.delayed.val().get_bits::<16>(0);
        self.store.next = self.late.delayed.val().get_bit(16);
        self.fresh.next = self.late.delayed.val().get_bit(17);
        comment!("cycles -1 to 4: closing pixels, until they are in the quads");
        self.closed.d.next = (self.closed.q.val() << 1) | bit_cast::<7, 1>(self.close_1.q.val().into());
        self.ended.d.next = (self.ended.q.val() << 1) | bit_cast::<7, 1>(self.end_1.q.val().into());
        self.close.next = self.closed.q.val().get_bit(2);
        self.early_close.next = self.closed.q.val().get_bit(1);
        self.early_end.next = self.ended.q.val().get_bit(1);
        self.valid.next = self.closed.q.val().get_bit(6);
        self.map_end.next = self.ended.q.val().get_bit(6);
        comment!("cycles 0 and 1: what the loaders and the sequencer wait for");
        self.tiles.d.next = (self.tiles.q.val() << 1) | bit_cast::<4, 1>(self.token.val().get_bit(3).into());
        self.entries.d.next = (self.entries.q.val() << 1) | bit_cast::<4, 1>(self.token.val().get_bit(4).into());
        self.lasts.d.next = (self.lasts.q.val() << 1) | bit_cast::<5, 1>(self.token.val().get_bit(5).into());
        self.tile_taken.next = self.tiles.q.val().get_bit(3);
        self.entries_taken.next = self.entries.q.val().get_bit(3);
        self.done.next = self.lasts.q.val().get_bit(4);
        self.unused_late.next =
            self.tiles.q.val().get_bits::<3>(0) | self.entries.q.val().get_bits::<3>(0) | self.lasts.q.val().get_bits::<3>(0);
    }
}
