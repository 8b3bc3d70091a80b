//! `ember_reset_side`: a pin resets without a clock, and how many edges it takes to leave; shell_resets.rs has both sides.

use crate::pair::stimuli::{driven, Drive};
use crate::pair::{self, Pair};
use hdl::shell::reset_side::ResetSide;

dut!(ResetSide { in: axi_aresetn, engine_locked, other_cleared; out: cleared, reset, reset_n });

#[test]
fn in_step() {
    let drives = [("axi_aresetn", Drive::Mostly(60)), ("engine_locked", Drive::Mostly(60)), ("other_cleared", Drive::Mostly(4))];
    driven(&mut Pair::new(ResetSide::default()), &drives, 8000, 1);
}

/// Edges until `cleared`, and until `reset` ends, with both pins high.
fn edges(pair: &mut Pair<ResetSide>) -> (Option<u64>, Option<u64>) {
    let (mut cleared, mut running) = (None, None);
    for edge in 1..60 {
        pair.settle();
        pair.clock();
        pair.settle();
        cleared = cleared.or(pair.high("cleared").then_some(edge));
        running = running.or(pair.high("reset_n").then_some(edge));
        assert_eq!(pair.high("reset"), !pair.high("reset_n"));
    }
    (cleared, running)
}

#[test]
fn it_holds_as_long_as_it_says() {
    let hold = u64::from(ResetSide::HOLD);
    for pin in ["axi_aresetn", "engine_locked"] {
        let mut pair = Pair::new(ResetSide::default());
        ["axi_aresetn", "engine_locked", "other_cleared"].iter().for_each(|pin| pair.set(pin, 1));
        // two edges to release, HOLD to count, one to say so, one to run
        assert_eq!(edges(&mut pair), (Some(hold + 3), Some(hold + 4)));
        pair.set(pin, 0);
        pair.settle();
        assert!(!pair.high("cleared"), "{pin} needs no clock");
        assert!(!pair.high("reset"), "`reset` begins at an edge");
        pair.set(pin, 1);
        assert_eq!(edges(&mut pair), (Some(hold + 3), Some(hold + 4)));
        pair.set(pin, 0);
        pair.settle();
        pair.set(pin, 1);
        pair.set("other_cleared", 0);
        assert_eq!(edges(&mut pair).0, Some(hold + 3));
        assert!(pair.high("reset"), "the other side has not been reset");
        pair.set("other_cleared", 1);
        pair.settle();
        pair.clock();
        pair.settle();
        assert!(!pair.high("reset"));
    }
}
