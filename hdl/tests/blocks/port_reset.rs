//! `ember_port_reset`: begins without a clock, ends two edges after the pin.

use crate::pair::stimuli::{driven, Drive};
use crate::pair::{self, Pair};
use hdl::shell::port_reset::PortReset;

dut!(PortReset { in: axi_aresetn; out: reset_n });

#[test]
fn in_step() {
    driven(&mut Pair::new(PortReset::default()), &[("axi_aresetn", Drive::Mostly(4))], 4000, 1);
}

#[test]
fn a_pulse_without_an_edge_lasts_two_edges() {
    let mut pair = Pair::new(PortReset::default());
    pair.set("axi_aresetn", 1);
    for _ in 0..4 {
        pair.settle();
        pair.clock();
    }
    pair.settle();
    assert!(pair.high("reset_n"));
    pair.set("axi_aresetn", 0);
    pair.settle();
    assert!(!pair.high("reset_n"), "it needs no clock");
    pair.set("axi_aresetn", 1);
    for after in [false, true] {
        pair.settle();
        assert!(!pair.high("reset_n"), "nothing but edges ends it");
        pair.clock();
        pair.settle();
        assert_eq!(pair.high("reset_n"), after);
    }
}
