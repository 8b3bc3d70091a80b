//! The user interrupt: the engine has found a fault.

use crate::lang::prelude::*;

/// Requests an interrupt when `fault` rises, and holds the request until it was sent and the host has cleared the
/// fault (PG195: the request stays until it is acknowledged and the interrupt is serviced, so that the driver finds it pending).
///
/// ```text
///   Idle --fault--> Request --ack--> Sent --no fault--> Idle
///                   (request is high in both)
/// ```
///
/// The host clears a fault by writing ERRORS, or with a soft reset. One interrupt tells of all bits that are set
/// until then: ERRORS has them.
#[derive(LogicBlock, Default)]
pub struct Interrupt {
    /// The XDMA's clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous: no request.
    pub reset: Signal<In, Bit>,
    /// An ERRORS bit is set.
    pub fault: Signal<In, Bit>,
    /// The interrupt was sent.
    pub usr_irq_ack: Signal<In, Bit>,
    /// An interrupt is wanted; from a register.
    pub usr_irq_req: Signal<Out, Bit>,
    request: DFF<Bit>,
    sent: DFF<Bit>,
}

impl Logic for Interrupt {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_interrupt: Requests the user interrupt for a fault, until it was sent and the fault is cleared.");
        dff_setup!(self, clock, request, sent);
        self.usr_irq_req.next = self.request.q.val();
        if !self.request.q.val() {
            self.request.d.next = self.fault.val();
            self.sent.d.next = false;
        } else {
            self.sent.d.next = self.sent.q.val() | self.usr_irq_ack.val();
            if self.sent.q.val() & !self.fault.val() {
                self.request.d.next = false;
            }
        }
        if self.reset.val() {
            self.request.d.next = false;
            self.sent.d.next = false;
        }
    }
}
