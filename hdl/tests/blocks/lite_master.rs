//! `ember_lite_master` under any inputs; shell_lite.rs holds it, with its slave, against a model.

use crate::pair::stimuli::{driven, lockstep, Drive};
use crate::pair::{self, Pair};
use hdl::shell::lite_master::LiteMaster;

dut!(LiteMaster {
    in: reset, write_request, write_address, write_data, write_strobe, read_request, read_address, m_axil_awready,
        m_axil_wready, m_axil_bvalid, m_axil_arready, m_axil_rdata, m_axil_rvalid;
    out: write_done, read_done, read_value, m_axil_awaddr, m_axil_awvalid, m_axil_wdata, m_axil_wstrb, m_axil_wvalid,
        m_axil_bready, m_axil_araddr, m_axil_arvalid, m_axil_rready
});

#[test]
fn in_step() {
    let mut pair = Pair::new(LiteMaster::default());
    lockstep(&mut pair, &[], 4000, 1);
    driven(&mut pair, &[("reset", Drive::Seldom(300))], 8000, 2);
}
