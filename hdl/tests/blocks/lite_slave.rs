//! `ember_lite_slave` under any inputs; shell_lite.rs holds it, with its master, against a model.

use crate::pair::stimuli::{driven, lockstep, Drive};
use crate::pair::{self, Pair};
use hdl::shell::lite_slave::LiteSlave;

dut!(LiteSlave {
    in: port_reset_n, offline, s_axil_awaddr, s_axil_awprot, s_axil_awvalid, s_axil_wdata, s_axil_wstrb, s_axil_wvalid,
        s_axil_bready, s_axil_araddr, s_axil_arprot, s_axil_arvalid, s_axil_rready, write_done, read_done, read_value;
    out: s_axil_awready, s_axil_wready, s_axil_bresp, s_axil_bvalid, s_axil_arready, s_axil_rdata, s_axil_rresp,
        s_axil_rvalid, write_request, write_address, write_data, write_strobe, read_request, read_address
});

#[test]
fn in_step() {
    let mut pair = Pair::new(LiteSlave::default());
    lockstep(&mut pair, &[], 4000, 1);
    // addresses of the engine, and nothing in reset for long enough to be answered
    let drives = [
        ("port_reset_n", Drive::Mostly(200)),
        ("offline", Drive::Seldom(100)),
        ("s_axil_awaddr", Drive::Below(8192)),
        ("s_axil_araddr", Drive::Below(8192)),
    ];
    driven(&mut pair, &drives, 8000, 2);
}
