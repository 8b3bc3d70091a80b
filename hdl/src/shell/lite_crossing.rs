//! AXI4-Lite from the XDMA's clock to the engine's.

use super::lite_master::LiteMaster;
use super::lite_slave::LiteSlave;
use super::synchroniser::Synchroniser;
use crate::lang::prelude::*;

/// One read and one write at a time, each handed over by a level that turns and back by another.
///
/// ```text
///   s_axil --> slave --request--> synchroniser --> master --> m_axil
///               |  +--- address, data, strobes ------^  |
///               +<-- synchroniser <--done---------------+
///               ^------------------ read value ---------+
///            axi_aclk                              engine_clk
/// ```
///
/// What goes beside a level is still when the level arrives, two edges later, so it needs no synchroniser.
#[derive(LogicBlock, Default)]
pub struct LiteCrossing {
    pub axi_aclk: Signal<In, Clock>,
    pub engine_clk: Signal<In, Clock>,
    /// Synchronous to `axi_aclk`: resets the slave's port.
    pub axi_aresetn: Signal<In, Bit>,
    /// Synchronous to `axi_aclk`.
    pub stream_reset: Signal<In, Bit>,
    /// Synchronous to `engine_clk`.
    pub engine_reset: Signal<In, Bit>,
    pub s_axil_awaddr: Signal<In, Bits<32>>,
    pub s_axil_awprot: Signal<In, Bits<3>>,
    pub s_axil_awvalid: Signal<In, Bit>,
    pub s_axil_awready: Signal<Out, Bit>,
    pub s_axil_wdata: Signal<In, Bits<32>>,
    pub s_axil_wstrb: Signal<In, Bits<4>>,
    pub s_axil_wvalid: Signal<In, Bit>,
    pub s_axil_wready: Signal<Out, Bit>,
    pub s_axil_bresp: Signal<Out, Bits<2>>,
    pub s_axil_bvalid: Signal<Out, Bit>,
    pub s_axil_bready: Signal<In, Bit>,
    pub s_axil_araddr: Signal<In, Bits<32>>,
    pub s_axil_arprot: Signal<In, Bits<3>>,
    pub s_axil_arvalid: Signal<In, Bit>,
    pub s_axil_arready: Signal<Out, Bit>,
    pub s_axil_rdata: Signal<Out, Bits<32>>,
    pub s_axil_rresp: Signal<Out, Bits<2>>,
    pub s_axil_rvalid: Signal<Out, Bit>,
    pub s_axil_rready: Signal<In, Bit>,
    pub m_axil_awaddr: Signal<Out, Bits<12>>,
    pub m_axil_awvalid: Signal<Out, Bit>,
    pub m_axil_awready: Signal<In, Bit>,
    pub m_axil_wdata: Signal<Out, Bits<32>>,
    pub m_axil_wstrb: Signal<Out, Bits<4>>,
    pub m_axil_wvalid: Signal<Out, Bit>,
    pub m_axil_wready: Signal<In, Bit>,
    pub m_axil_bvalid: Signal<In, Bit>,
    pub m_axil_bready: Signal<Out, Bit>,
    pub m_axil_araddr: Signal<Out, Bits<12>>,
    pub m_axil_arvalid: Signal<Out, Bit>,
    pub m_axil_arready: Signal<In, Bit>,
    pub m_axil_rdata: Signal<In, Bits<32>>,
    pub m_axil_rvalid: Signal<In, Bit>,
    pub m_axil_rready: Signal<Out, Bit>,
    slave: LiteSlave,
    master: LiteMaster,
    write_request: Synchroniser<Bit>,
    write_done: Synchroniser<Bit>,
    read_request: Synchroniser<Bit>,
    read_done: Synchroniser<Bit>,
}

impl Logic for LiteCrossing {
    wiring! { "ember_lite_crossing: AXI4-Lite from the XDMA's clock to the engine's, one read and one write at a time." self => {
        w!(slave.clock <= axi_aclk);
        w!(slave.port_reset_n <= axi_aresetn);
        w!(slave.offline <= stream_reset);
        w!(slave.s_axil_awaddr <= s_axil_awaddr);
        w!(slave.s_axil_awprot <= s_axil_awprot);
        w!(slave.s_axil_awvalid <= s_axil_awvalid);
        w!(s_axil_awready <= slave.s_axil_awready);
        w!(slave.s_axil_wdata <= s_axil_wdata);
        w!(slave.s_axil_wstrb <= s_axil_wstrb);
        w!(slave.s_axil_wvalid <= s_axil_wvalid);
        w!(s_axil_wready <= slave.s_axil_wready);
        w!(s_axil_bresp <= slave.s_axil_bresp);
        w!(s_axil_bvalid <= slave.s_axil_bvalid);
        w!(slave.s_axil_bready <= s_axil_bready);
        w!(slave.s_axil_araddr <= s_axil_araddr);
        w!(slave.s_axil_arprot <= s_axil_arprot);
        w!(slave.s_axil_arvalid <= s_axil_arvalid);
        w!(s_axil_arready <= slave.s_axil_arready);
        w!(s_axil_rdata <= slave.s_axil_rdata);
        w!(s_axil_rresp <= slave.s_axil_rresp);
        w!(s_axil_rvalid <= slave.s_axil_rvalid);
        w!(slave.s_axil_rready <= s_axil_rready);

        w!(master.clock <= engine_clk);
        w!(master.reset <= engine_reset);
        w!(m_axil_awaddr <= master.m_axil_awaddr);
        w!(m_axil_awvalid <= master.m_axil_awvalid);
        w!(master.m_axil_awready <= m_axil_awready);
        w!(m_axil_wdata <= master.m_axil_wdata);
        w!(m_axil_wstrb <= master.m_axil_wstrb);
        w!(m_axil_wvalid <= master.m_axil_wvalid);
        w!(master.m_axil_wready <= m_axil_wready);
        w!(master.m_axil_bvalid <= m_axil_bvalid);
        w!(m_axil_bready <= master.m_axil_bready);
        w!(m_axil_araddr <= master.m_axil_araddr);
        w!(m_axil_arvalid <= master.m_axil_arvalid);
        w!(master.m_axil_arready <= m_axil_arready);
        w!(master.m_axil_rdata <= m_axil_rdata);
        w!(master.m_axil_rvalid <= m_axil_rvalid);
        w!(m_axil_rready <= master.m_axil_rready);

        w!(write_request.clock <= engine_clk);
        w!(write_request.source <= slave.write_request);
        w!(master.write_request <= write_request.value);
        w!(master.write_address <= slave.write_address);
        w!(master.write_data <= slave.write_data);
        w!(master.write_strobe <= slave.write_strobe);
        w!(write_done.clock <= axi_aclk);
        w!(write_done.source <= master.write_done);
        w!(slave.write_done <= write_done.value);

        w!(read_request.clock <= engine_clk);
        w!(read_request.source <= slave.read_request);
        w!(master.read_request <= read_request.value);
        w!(master.read_address <= slave.read_address);
        w!(read_done.clock <= axi_aclk);
        w!(read_done.source <= master.read_done);
        w!(slave.read_done <= read_done.value);
        w!(slave.read_value <= master.read_value);
    }}
}
