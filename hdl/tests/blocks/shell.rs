//! `ember_shell` with streams of 64 bits around an engine of four columns: a small network's program and frames at two clocks,
//! pin by pin in both worlds.

use super::host::{frame, small, Host};
use crate::pair::{self, clocks::TwoClocks};
use hdl::lang::stack::with_large_stack;
use hdl::shell::top::Shell;
use hdl::target::Target;

dut_clocks!(Shell<64, 8> {
    clocks: axi_aclk, engine_clk;
    in: axi_aresetn, s_axis_h2c.tdata, s_axis_h2c.tkeep, s_axis_h2c.tlast, s_axis_h2c.tvalid, m_axis_c2h.tready, s_axil.awaddr,
        s_axil.awprot, s_axil.awvalid, s_axil.wdata, s_axil.wstrb, s_axil.wvalid, s_axil.bready, s_axil.araddr, s_axil.arprot,
        s_axil.arvalid, s_axil.rready, usr_irq_ack, engine_locked;
    out: s_axis_h2c.tready, m_axis_c2h.tdata, m_axis_c2h.tkeep, m_axis_c2h.tlast, m_axis_c2h.tvalid, s_axil.awready, s_axil.wready,
        s_axil.bresp, s_axil.bvalid, s_axil.arready, s_axil.rdata, s_axil.rresp, s_axil.rvalid, usr_irq_req, busy
});

#[test]
fn frames_of_a_small_network() {
    with_large_stack(frames);
}

fn frames() {
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
