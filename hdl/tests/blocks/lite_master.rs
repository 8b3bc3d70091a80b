//! `ember_lite_master` under any inputs; shell_lite.rs holds it, with its slave, against a model.

use crate::pair::stimuli::{driven, lockstep, Drive};
use crate::pair::{self, Pair};
use hdl::shell::lite_master::LiteMaster;

dut!(LiteMaster {
    in: reset, write_request, write_address, write_data, write_strobe, read_request, read_address, m_axil.awready,
        m_axil.wready, m_axil.bvalid, m_axil.arready, m_axil.rdata, m_axil.rvalid;
    out: write_done, read_done, read_value, m_axil.awaddr, m_axil.awvalid, m_axil.wdata, m_axil.wstrb, m_axil.wvalid,
        m_axil.bready, m_axil.araddr, m_axil.arvalid, m_axil.rready
});

#[test]
fn in_step() {
    let mut pair = Pair::new(LiteMaster::default());
    lockstep(&mut pair, &[], 4000, 1);
    driven(&mut pair, &[("reset", Drive::Seldom(300))], 8000, 2);
}
