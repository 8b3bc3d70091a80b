//! What a layer took, for the registers.

use crate::lang::prelude::*;

/// Counts a layer's cycles, and gives the counts [`ACCOUNT_DELAY`] cycles after the layer's end: then the signature is complete too.
///
/// ```text
///  cycle             0           1 ...        5             from 4 on
///  layer that ends    account    next layer    write         start of the next layer, which
///                                begins                     begins to work and to wait later
/// ```
///
/// Cycles are counted as much later, so that the next layer's first ones are not among them.
#[derive(LogicBlock, Default)]
pub struct LayerCounters {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Nothing runs.
    pub clear: Signal<In, Bit>,
    /// Pulse: a layer begins.
    pub start: Signal<In, Bit>,
    /// The cycle before was one of the layer.
    pub count: Signal<In, Bit>,
    /// Pulse: the layer has ended.
    pub account: Signal<In, Bit>,
    /// With `account`: the layer, from 0.
    pub layer: Signal<In, Bits<6>>,
    /// A pixel enters the array in this cycle.
    pub working: Signal<In, Bit>,
    /// The scanner waits for weights or entries in this cycle.
    pub stalled: Signal<In, Bit>,
    /// Pulse: the four outputs below are the ended layer's.
    pub write: Signal<Out, Bit>,
    /// With `write`: the layer.
    pub written_layer: Signal<Out, Bits<6>>,
    /// With `write`: cycles that it took.
    pub cycles: Signal<Out, Bits<32>>,
    /// With `write`: cycles in which a pixel entered the array.
    pub busy_cycles: Signal<Out, Bits<32>>,
    /// With `write`: cycles that waited for weights or entries.
    pub stalled_cycles: Signal<Out, Bits<32>>,
    /// Of one cycle ago to five.
    late_account: DFF<Bits<5>>,
    /// `count` is a cycle late as it comes.
    late_count: DFF<Bits<4>>,
    late_start: DFF<Bit>,
    late_working: DFF<Bit>,
    late_stalled: DFF<Bit>,
    late_clear: DFF<Bit>,
    ended: DFF<Bits<6>>,
    all: DFF<Bits<32>>,
    busy: DFF<Bits<32>>,
    waited: DFF<Bits<32>>,
    unused_account: Signal<Local, Bits<4>>,
}

/// Cycles from the sequencer's Account to the write.
pub const ACCOUNT_DELAY: usize = 5;

impl Logic for LayerCounters {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_layer_counters: Cycles of a layer, and of those how many worked and how many waited for weights.");
        dff_setup!(self, clock, late_account, late_count, late_start, late_working, late_stalled, late_clear, ended, all, busy, waited);
        self.late_account.d.next = (self.late_account.q.val() << 1) | bit_cast::<5, 1>(self.account.val().into());
        self.late_count.d.next = (self.late_count.q.val() << 1) | bit_cast::<4, 1>(self.count.val().into());
        self.late_start.d.next = self.start.val();
        self.late_working.d.next = self.working.val();
        self.late_stalled.d.next = self.stalled.val();
        self.late_clear.d.next = self.clear.val();
        if self.account.val() {
            self.ended.d.next = self.layer.val();
        }
        if self.late_count.q.val().get_bit(3) {
            self.all.d.next = self.all.q.val() + 1;
        }
        if self.late_working.q.val() {
            self.busy.d.next = self.busy.q.val() + 1;
        }
        if self.late_stalled.q.val() {
            self.waited.d.next = self.waited.q.val() + 1;
        }
        if self.late_start.q.val() {
            self.busy.d.next = 0.into();
            self.waited.d.next = 0.into();
        }
        if self.late_account.q.val().get_bit(4) | self.late_clear.q.val() {
            self.all.d.next = 0.into();
        }
        if self.late_clear.q.val() {
            self.late_account.d.next = 0.into();
            self.late_count.d.next = 0.into();
        }
        self.unused_account.next = self.late_account.q.val().get_bits::<4>(0);
        self.write.next = self.late_account.q.val().get_bit(4);
        self.written_layer.next = self.ended.q.val();
        self.cycles.next = self.all.q.val();
        self.busy_cycles.next = self.busy.q.val();
        self.stalled_cycles.next = self.waited.q.val();
    }
}
