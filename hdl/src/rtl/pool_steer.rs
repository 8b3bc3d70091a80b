//! Copies of what steers the pool's quads.

use crate::lang::copies::Copies;
use crate::lang::prelude::*;

/// Three cycles on the way from `PoolControl` to the quads, for a few of these each copy: a quad alone has some hundred loads.
#[derive(LogicBlock, Default)]
pub struct PoolSteer {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: a max-pool follows.
    pub pool: Signal<In, Bit>,
    /// Cycle -3: a finished pixel comes.
    pub step: Signal<In, Bit>,
    /// Cycle -3: the window that closes with it has three columns.
    pub three: Signal<In, Bit>,
    /// Cycle -3: pool buffer address.
    pub column: Signal<In, Bits<16>>,
    /// Cycle 0: a horizontal maximum goes into the pool buffer.
    pub store: Signal<In, Bit>,
    /// Cycle 0: the row is even.
    pub fresh: Signal<In, Bit>,
    /// Cycle 0: pool buffer address.
    pub late_column: Signal<In, Bits<16>>,
    /// Cycle 0: an output pixel closes.
    pub close: Signal<In, Bit>,
    /// Static: copies of `pool`.
    pub pools: Vec<Signal<Out, Bit>>,
    /// Cycle 0: copies of `step`.
    pub steps: Vec<Signal<Out, Bit>>,
    /// Cycle 0: copies of `three`.
    pub threes: Vec<Signal<Out, Bit>>,
    /// Cycle 0: copies of `column`.
    pub columns: Vec<Signal<Out, Bits<16>>>,
    /// Cycle 3: copies of `store`.
    pub stores: Vec<Signal<Out, Bit>>,
    /// Cycle 3: copies of `fresh`.
    pub freshes: Vec<Signal<Out, Bit>>,
    /// Cycle 3: copies of `late_column`.
    pub late_columns: Vec<Signal<Out, Bits<16>>>,
    /// Cycle 3: copies of `close`.
    pub closes: Vec<Signal<Out, Bit>>,
    early: Copies<19>,
    late: Copies<19>,
}

impl PoolSteer {
    /// Five to eight copies: a tree of three levels.
    pub fn new(copies: usize) -> Self {
        assert!((5..=8).contains(&copies), "{copies} copies in three cycles");
        Self {
            pools: many(copies),
            steps: many(copies),
            threes: many(copies),
            columns: many(copies),
            stores: many(copies),
            freshes: many(copies),
            late_columns: many(copies),
            closes: many(copies),
            early: Copies::new(copies),
            late: Copies::new(copies),
            ..Default::default()
        }
    }
}

impl Logic for PoolSteer {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_pool_steer: Copies of what steers the pool's quads, three cycles later.");
        self.early.clock.next = self.clock.val();
        self.late.clock.next = self.clock.val();
        self.early.value.next = bit_cast::<19, 16>(self.column.val())
            | (bit_cast::<19, 1>(self.step.val().into()) << 16)
            | (bit_cast::<19, 1>(self.three.val().into()) << 17)
            | (bit_cast::<19, 1>(self.pool.val().into()) << 18);
        self.late.value.next = bit_cast::<19, 16>(self.late_column.val())
            | (bit_cast::<19, 1>(self.store.val().into()) << 16)
            | (bit_cast::<19, 1>(self.fresh.val().into()) << 17)
            | (bit_cast::<19, 1>(self.close.val().into()) << 18);
        for i in 0..self.steps.len() {
            self.columns[i].next = self.early.copy[i].val().get_bits::<16>(0);
            self.steps[i].next = self.early.copy[i].val().get_bit(16);
            self.threes[i].next = self.early.copy[i].val().get_bit(17);
            self.pools[i].next = self.early.copy[i].val().get_bit(18);
            self.late_columns[i].next = self.late.copy[i].val().get_bits::<16>(0);
            self.stores[i].next = self.late.copy[i].val().get_bit(16);
            self.freshes[i].next = self.late.copy[i].val().get_bit(17);
            self.closes[i].next = self.late.copy[i].val().get_bit(18);
        }
    }
}
