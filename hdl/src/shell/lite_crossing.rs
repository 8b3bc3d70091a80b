//! AXI4-Lite from the XDMA's clock to the engine's.

use super::lite_master::LiteMaster;
use super::lite_slave::LiteSlave;
use super::port_reset::PortReset;
use super::synchroniser::Synchroniser;
use crate::lang::axi::{AskingLite, BoardLite};
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
    /// Clock of `s_axil`.
    pub axi_aclk: Signal<In, Clock>,
    /// Clock of `m_axil`.
    pub engine_clk: Signal<In, Clock>,
    /// Active low, any phase: resets the slave's port.
    pub axi_aresetn: Signal<In, Bit>,
    /// Synchronous to `axi_aclk`: the crossing is in reset, and answers by itself.
    pub stream_reset: Signal<In, Bit>,
    /// Synchronous to `engine_clk`: resets the master.
    pub engine_reset: Signal<In, Bit>,
    /// From the XDMA, at `axi_aclk`.
    pub s_axil: BoardLite<Slave>,
    /// To the engine, at `engine_clk`.
    pub m_axil: AskingLite<Master>,
    port_reset: PortReset,
    slave: LiteSlave,
    master: LiteMaster,
    write_request: Synchroniser<Bit>,
    write_done: Synchroniser<Bit>,
    read_request: Synchroniser<Bit>,
    read_done: Synchroniser<Bit>,
}

impl Logic for LiteCrossing {
    wiring! { "ember_lite_crossing: AXI4-Lite from the XDMA's clock to the engine's, one read and one write at a time." self => {
        w!(port_reset.clock <= axi_aclk);
        w!(port_reset.axi_aresetn <= axi_aresetn);

        w!(slave.clock <= axi_aclk);
        w!(slave.port_reset_n <= port_reset.reset_n);
        w!(slave.offline <= stream_reset);
        w!(slave.s_axil <=> s_axil);

        w!(master.clock <= engine_clk);
        w!(master.reset <= engine_reset);
        w!(m_axil <=> master.m_axil);

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
