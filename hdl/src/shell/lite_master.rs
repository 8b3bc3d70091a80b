//! The engine's side of the AXI4-Lite crossing.

use crate::lang::axi::AskingLite;
use crate::lang::prelude::*;

/// AXI4-Lite master at the engine's clock: does what [`super::lite_slave`] hands over.
///
/// ```text
///   write:  request != done --take address, data--> awvalid, wvalid --both taken--> --bvalid--> turn done
///   read:   request != done --take address--------> arvalid ---------taken-------> --rvalid--> keep rdata, turn done
/// ```
///
/// Responses are not looked at: the engine's are all OKAY.
#[derive(LogicBlock, Default)]
pub struct LiteMaster {
    /// The engine's clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget everything.
    pub reset: Signal<In, Bit>,
    /// Synchronised: turns for each write.
    pub write_request: Signal<In, Bit>,
    /// From the other side's registers, still while `write_request` differs from `write_done`: byte address.
    pub write_address: Signal<In, Bits<12>>,
    /// As `write_address`: the word.
    pub write_data: Signal<In, Bits<32>>,
    /// As `write_address`: bytes to write.
    pub write_strobe: Signal<In, Bits<4>>,
    /// As `write_request` when the write is done; from a register.
    pub write_done: Signal<Out, Bit>,
    /// Synchronised: turns for each read.
    pub read_request: Signal<In, Bit>,
    /// From the other side's registers, still while `read_request` differs from `read_done`: byte address.
    pub read_address: Signal<In, Bits<12>>,
    /// As `read_request` when `read_value` is there; from a register.
    pub read_done: Signal<Out, Bit>,
    /// Word read, still while `read_done` is as `read_request`; from a register.
    pub read_value: Signal<Out, Bits<32>>,
    /// To the engine.
    pub m_axil: AskingLite<Master>,
    writing: DFF<Bit>,
    address_offered: DFF<Bit>,
    data_offered: DFF<Bit>,
    taken_address: DFF<Bits<12>>,
    taken_data: DFF<Bits<32>>,
    taken_strobe: DFF<Bits<4>>,
    write_turn: DFF<Bit>,
    reading: DFF<Bit>,
    read_offered: DFF<Bit>,
    taken_read_address: DFF<Bits<12>>,
    value: DFF<Bits<32>>,
    read_turn: DFF<Bit>,
}

impl Logic for LiteMaster {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_lite_master: The engine's side of the AXI4-Lite crossing: does what the XDMA's side hands over.");
        dff_setup!(self, clock, writing, address_offered, data_offered, taken_address, taken_data, taken_strobe, write_turn);
        dff_setup!(self, clock, reading, read_offered, taken_read_address, value, read_turn);

        comment!("writes");
        self.write_done.next = self.write_turn.q.val();
        self.m_axil.awaddr.next = self.taken_address.q.val();
        self.m_axil.awvalid.next = self.address_offered.q.val();
        self.m_axil.wdata.next = self.taken_data.q.val();
        self.m_axil.wstrb.next = self.taken_strobe.q.val();
        self.m_axil.wvalid.next = self.data_offered.q.val();
        self.m_axil.bready.next = self.writing.q.val();
        if self.m_axil.awready.val() {
            self.address_offered.d.next = false;
        }
        if self.m_axil.wready.val() {
            self.data_offered.d.next = false;
        }
        if !self.writing.q.val() {
            if self.write_request.val() != self.write_turn.q.val() {
                self.writing.d.next = true;
                self.address_offered.d.next = true;
                self.data_offered.d.next = true;
                self.taken_address.d.next = self.write_address.val();
                self.taken_data.d.next = self.write_data.val();
                self.taken_strobe.d.next = self.write_strobe.val();
            }
        } else if self.m_axil.bvalid.val() {
            self.writing.d.next = false;
            self.write_turn.d.next = !self.write_turn.q.val();
        }

        comment!("reads");
        self.read_done.next = self.read_turn.q.val();
        self.read_value.next = self.value.q.val();
        self.m_axil.araddr.next = self.taken_read_address.q.val();
        self.m_axil.arvalid.next = self.read_offered.q.val();
        self.m_axil.rready.next = self.reading.q.val();
        if self.m_axil.arready.val() {
            self.read_offered.d.next = false;
        }
        if !self.reading.q.val() {
            if self.read_request.val() != self.read_turn.q.val() {
                self.reading.d.next = true;
                self.read_offered.d.next = true;
                self.taken_read_address.d.next = self.read_address.val();
            }
        } else if self.m_axil.rvalid.val() {
            self.reading.d.next = false;
            self.value.d.next = self.m_axil.rdata.val();
            self.read_turn.d.next = !self.read_turn.q.val();
        }

        if self.reset.val() {
            self.writing.d.next = false;
            self.address_offered.d.next = false;
            self.data_offered.d.next = false;
            self.write_turn.d.next = false;
            self.reading.d.next = false;
            self.read_offered.d.next = false;
            self.read_turn.d.next = false;
        }
    }
}
