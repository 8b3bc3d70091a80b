//! `ember_lite_slave` under any inputs; shell_lite.rs holds it, with its master, against a model.

use crate::pair::stimuli::{driven, lockstep, Drive};
use crate::pair::{self, Pair};
use hdl::shell::lite_slave::LiteSlave;

dut!(LiteSlave {
    in: port_reset_n, offline, s_axil.awaddr, s_axil.awprot, s_axil.awvalid, s_axil.wdata, s_axil.wstrb, s_axil.wvalid,
        s_axil.bready, s_axil.araddr, s_axil.arprot, s_axil.arvalid, s_axil.rready, write_done, read_done, read_value;
    out: s_axil.awready, s_axil.wready, s_axil.bresp, s_axil.bvalid, s_axil.arready, s_axil.rdata, s_axil.rresp,
        s_axil.rvalid, write_request, write_address, write_data, write_strobe, read_request, read_address
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
