//! `ember_shell` with streams of 64 bits around an engine of four columns: a small network's program and frames at two clocks,
//! pin by pin in both worlds.

use super::host::{frame, small, Host};
use crate::pair::{self, clocks::TwoClocks};
use hdl::shell::top::Shell;
use hdl::target::Target;

dut_clocks!(Shell<64, 8> {
    clocks: axi_aclk, engine_clk;
    in: axi_aresetn, s_axis_h2c_tdata, s_axis_h2c_tkeep, s_axis_h2c_tlast, s_axis_h2c_tvalid, m_axis_c2h_tready, s_axil_awaddr,
        s_axil_awprot, s_axil_awvalid, s_axil_wdata, s_axil_wstrb, s_axil_wvalid, s_axil_bready, s_axil_araddr, s_axil_arprot,
        s_axil_arvalid, s_axil_rready, usr_irq_ack, engine_locked;
    out: s_axis_h2c_tready, m_axis_c2h_tdata, m_axis_c2h_tkeep, m_axis_c2h_tlast, m_axis_c2h_tvalid, s_axil_awready, s_axil_wready,
        s_axil_bresp, s_axil_bvalid, s_axil_arready, s_axil_rdata, s_axil_rresp, s_axil_rvalid, usr_irq_req, busy
});

#[test]
fn frames_of_a_small_network() {
    let (network, config, program) = small(2);
    // the engine's clock the slower one
    let two = TwoClocks::new(Shell::<64, 8>::new(&config, &Target::default()), [2000, 2924], [1, 700]);
    let mut host = Host::new(two, ["s_axis_h2c", "m_axis_c2h"], 2);
    host.world.set("s_axis_h2c_tkeep", 0xFF);
    host.world.set("engine_locked", 1);
    // the XDMA resets; later the engine's clock loses its lock
    for (turn, pin) in ["axi_aresetn", "engine_locked"].into_iter().enumerate() {
        host.world.set(pin, 0);
        (0..3).for_each(|_| _ = host.cycle());
        host.world.set(pin, 1);
        (0..80).for_each(|_| _ = host.cycle());
        host.queue(&program.stream());
        frame(&mut host, &network, &program, turn as u32);
        assert_eq!(host.world.get("usr_irq_req"), 0);
        // a beat that is no header asks for the interrupt
        host.queue(&[0xFF; 8]);
        (0..100).for_each(|_| _ = host.cycle());
        assert_eq!(host.world.get("usr_irq_req"), 1);
    }
    println!("{} cycles", host.cycles);
}
