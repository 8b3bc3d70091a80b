//! One synchronous reset from the pin and the register.

use crate::lang::prelude::*;

/// `reset` follows `reset_n` low or `soft_reset` high by one cycle; `hard` follows the pin alone.
#[derive(LogicBlock, Default)]
pub struct ResetControl {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// The pin: active low, synchronous to `clock`.
    pub reset_n: Signal<In, Bit>,
    /// From the control register: active high.
    pub soft_reset: Signal<In, Bit>,
    /// Either of them, a cycle later; active high, from a register.
    pub reset: Signal<Out, Bit>,
    /// The pin alone, a cycle later; active high, from a register.
    pub hard: Signal<Out, Bit>,
    either: DFF<Bit>,
    pin: DFF<Bit>,
}

impl Logic for ResetControl {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_reset_control: One synchronous active-high reset from the pin and the control register.");
        dff_setup!(self, clock, either, pin);
        self.pin.d.next = !self.reset_n.val();
        self.either.d.next = !self.reset_n.val() | self.soft_reset.val();
        self.hard.next = self.pin.q.val();
        self.reset.next = self.either.q.val();
    }
}
