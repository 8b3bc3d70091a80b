//! The XDMA's side of the AXI4-Lite crossing.

use crate::lang::axi::BoardLite;
use crate::lang::prelude::*;

/// AXI4-Lite slave at the stream's clock: hands one read and one write at a time to [`super::lite_master`] and
/// answers when it is done there.
///
/// ```text
///   write:  [address] [data] taken in any order --both--> asked ---done == request---> respond --bready--> free
///   read:   [address] taken ------------------------------^  \--not for the engine---> respond --rready--> free
/// ```
///
/// Asking turns `request`; the other side turns `done` when it has answered. Address, data and strobes
/// stay as they are from before `request` turns until after `done` has.
///
/// Every response is OKAY, as are the engine's. An address of 4 KiB or more is not the engine's: it reads 0 and
/// writes nothing, as do the engine's own addresses without a meaning (an error response becomes an unsupported
/// request on PCIe, which some machines answer by stopping). While the shell is in reset, because the engine's
/// clock is out of lock, every access is answered so too: none hangs.
#[derive(LogicBlock, Default)]
pub struct LiteSlave {
    /// The XDMA's clock.
    pub clock: Signal<In, Clock>,
    /// Low: reset this port. May begin at any time, and then holds for two edges at least; holds the port's ready and valid low by itself.
    pub port_reset_n: Signal<In, Bit>,
    /// Synchronous: the other side is in reset; answer without it.
    pub offline: Signal<In, Bit>,
    /// From the XDMA; the protection bits are ignored.
    pub s_axil: BoardLite<Slave>,
    /// Turns for each write handed over; this and the next three are from registers.
    pub write_request: Signal<Out, Bit>,
    /// Byte address of the write; still until `write_done` is as `write_request`.
    pub write_address: Signal<Out, Bits<12>>,
    /// Word of the write; as still.
    pub write_data: Signal<Out, Bits<32>>,
    /// Bytes to write; as still.
    pub write_strobe: Signal<Out, Bits<4>>,
    /// Synchronised: as `write_request` when the write is done.
    pub write_done: Signal<In, Bit>,
    /// Turns for each read handed over; this and the next are from registers.
    pub read_request: Signal<Out, Bit>,
    /// Byte address of the read; still until `read_done` is as `read_request`.
    pub read_address: Signal<Out, Bits<12>>,
    /// Synchronised: as `read_request` when `read_value` is there.
    pub read_done: Signal<In, Bit>,
    /// From the other side's register, still while `read_done` is as `read_request`.
    pub read_value: Signal<In, Bits<32>>,
    address_held: DFF<Bit>,
    data_held: DFF<Bit>,
    held_address: DFF<Bits<12>>,
    held_data: DFF<Bits<32>>,
    held_strobe: DFF<Bits<4>>,
    write_inside: DFF<Bit>,
    write_asked: DFF<Bit>,
    write_turn: DFF<Bit>,
    write_answer: DFF<Bit>,
    read_held: DFF<Bit>,
    read_inside: DFF<Bit>,
    read_asked: DFF<Bit>,
    read_turn: DFF<Bit>,
    read_answer: DFF<Bit>,
    held_read_address: DFF<Bits<12>>,
    read_data: DFF<Bits<32>>,
    write_both: Signal<Local, Bit>,
    read_open: Signal<Local, Bit>,
    unused: Signal<Local, Bit>,
}

impl Logic for LiteSlave {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_lite_slave: The XDMA's side of the AXI4-Lite crossing: one read and one write at a time are handed to the engine's side.");
        dff_setup!(self, clock, address_held, data_held, held_address, held_data, held_strobe, write_inside, write_asked, write_turn);
        dff_setup!(self, clock, write_answer, read_held, read_inside, read_asked, read_turn, read_answer, held_read_address, read_data);
        self.unused.next = self.s_axil.awprot.val().any() | self.s_axil.arprot.val().any();

        comment!("writes");
        self.write_request.next = self.write_turn.q.val();
        self.write_address.next = self.held_address.q.val();
        self.write_data.next = self.held_data.q.val();
        self.write_strobe.next = self.held_strobe.q.val();
        self.s_axil.awready.next = !self.address_held.q.val() & self.port_reset_n.val();
        self.s_axil.wready.next = !self.data_held.q.val() & self.port_reset_n.val();
        self.s_axil.bresp.next = 0.into();
        self.s_axil.bvalid.next = self.write_answer.q.val() & self.port_reset_n.val();
        if !self.address_held.q.val() {
            self.held_address.d.next = self.s_axil.awaddr.val().get_bits::<12>(0);
            self.write_inside.d.next = self.s_axil.awaddr.val().get_bits::<20>(12) == 0;
            self.address_held.d.next = self.s_axil.awvalid.val();
        }
        if !self.data_held.q.val() {
            self.held_data.d.next = self.s_axil.wdata.val();
            self.held_strobe.d.next = self.s_axil.wstrb.val();
            self.data_held.d.next = self.s_axil.wvalid.val();
        }
        self.write_both.next = self.address_held.q.val() & self.data_held.q.val() & !self.write_answer.q.val();
        if self.write_both.val() {
            if self.offline.val() | !self.write_inside.q.val() {
                self.write_answer.d.next = true;
            } else if !self.write_asked.q.val() {
                self.write_asked.d.next = true;
                self.write_turn.d.next = !self.write_turn.q.val();
            } else if self.write_done.val() == self.write_turn.q.val() {
                self.write_answer.d.next = true;
            }
        }
        if self.write_answer.q.val() & self.s_axil.bready.val() {
            self.write_answer.d.next = false;
            self.write_asked.d.next = false;
            self.address_held.d.next = false;
            self.data_held.d.next = false;
        }

        comment!("reads");
        self.read_request.next = self.read_turn.q.val();
        self.read_address.next = self.held_read_address.q.val();
        self.s_axil.arready.next = !self.read_held.q.val() & self.port_reset_n.val();
        self.s_axil.rdata.next = self.read_data.q.val();
        self.s_axil.rresp.next = 0.into();
        self.s_axil.rvalid.next = self.read_answer.q.val() & self.port_reset_n.val();
        if !self.read_held.q.val() {
            self.held_read_address.d.next = self.s_axil.araddr.val().get_bits::<12>(0);
            self.read_inside.d.next = self.s_axil.araddr.val().get_bits::<20>(12) == 0;
            self.read_held.d.next = self.s_axil.arvalid.val();
        }
        self.read_open.next = self.read_held.q.val() & !self.read_answer.q.val();
        if self.read_open.val() {
            if self.offline.val() | !self.read_inside.q.val() {
                self.read_answer.d.next = true;
                self.read_data.d.next = 0.into();
            } else if !self.read_asked.q.val() {
                self.read_asked.d.next = true;
                self.read_turn.d.next = !self.read_turn.q.val();
            } else if self.read_done.val() == self.read_turn.q.val() {
                self.read_answer.d.next = true;
                self.read_data.d.next = self.read_value.val();
            }
        }
        if self.read_answer.q.val() & self.s_axil.rready.val() {
            self.read_answer.d.next = false;
            self.read_asked.d.next = false;
            self.read_held.d.next = false;
        }

        if self.offline.val() {
            self.write_turn.d.next = false;
            self.read_turn.d.next = false;
        }
        if !self.port_reset_n.val() {
            self.address_held.d.next = false;
            self.data_held.d.next = false;
            self.write_asked.d.next = false;
            self.write_answer.d.next = false;
            self.read_held.d.next = false;
            self.read_asked.d.next = false;
            self.read_answer.d.next = false;
        }
    }
}
