//! `ember_engine` of four columns: a small network's program and frames, pin by pin in both worlds, with pauses and with resets
//! at any time.

use super::host::{frame, small, Host};
use crate::pair::{self, Pair};
use contract::interface::{register, CONTROL_RESET};
use hdl::lang::stack::with_large_stack;
use hdl::rtl::engine::EngineRtl;
use hdl::target::Target;
use rand::Rng;

dut!(EngineRtl {
    in: reset_n, s_axis.tdata, s_axis.tvalid, m_axis.tready, s_axil.awaddr, s_axil.awvalid, s_axil.wdata, s_axil.wstrb, s_axil.wvalid,
        s_axil.bready, s_axil.araddr, s_axil.arvalid, s_axil.rready;
    out: s_axis.tready, m_axis.tdata, m_axis.tvalid, m_axis.tlast, s_axil.awready, s_axil.wready, s_axil.bresp, s_axil.bvalid,
        s_axil.arready, s_axil.rdata, s_axil.rresp, s_axil.rvalid, frame_taken, result_sent, busy, fault
});

#[test]
fn frames_of_a_small_network() {
    with_large_stack(frames);
}

fn frames() {
    let (network, config, program) = small(1);
    let mut host = Host::new(Pair::new(EngineRtl::new(&config, &Target::default())), ["s_axis", "m_axis"], 1);
    for turn in 0..3u32 {
        if turn != 1 {
            // the pin, at first and in the middle of a frame
            host.world.set("reset_n", 0);
            (0..3).for_each(|_| _ = host.cycle());
            host.world.set("reset_n", 1);
        } else {
            host.write(register::CONTROL, CONTROL_RESET);
            (0..40).for_each(|_| _ = host.cycle());
        }
        host.forget();
        host.queue(&program.stream());
        frame(&mut host, &network, &program, 2 * turn);
        assert_eq!(host.world.get("fault"), 0);
        // a beat that is no header
        host.queue(&[0xFF; 8]);
        (0..40).for_each(|_| _ = host.cycle());
        assert_eq!(host.world.get("fault"), 1);
        assert_eq!(host.read(register::ERRORS), 1);
        // a frame that a reset cuts short
        let image = test_support::random::image(&network.layout, 9);
        host.queue(&program.frame(image.view(), 1));
        let cycles = host.rng.random_range(100..400);
        (0..cycles).for_each(|_| _ = host.cycle());
    }
    println!("{} cycles", host.cycles);
}
