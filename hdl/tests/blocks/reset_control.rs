//! `ember_reset_control`: both resets, of any length down to one cycle, a cycle after what asks for them.

use crate::pair::stimuli::{lockstep, random};
use crate::pair::{self, Pair};
use hdl::rtl::reset_control::ResetControl;
use rand::Rng;

dut!(ResetControl { in: reset_n, soft_reset; out: reset, hard });

#[test]
fn in_step() {
    lockstep(&mut Pair::new(ResetControl::default()), &[], 2000, 1);
}

/// The cycles in which `reset` and `hard` are high, of `cycles`, when each pin asks in cycles `from` up to `to`.
fn pulse(pin: &str, from: u64, to: u64, cycles: u64) -> [Vec<u64>; 2] {
    let mut pair = Pair::new(ResetControl::default());
    let mut high = [const { Vec::new() }; 2];
    for cycle in 0..cycles {
        let asks = (from..to).contains(&cycle);
        pair.set("reset_n", (pin != "reset_n" || !asks).into());
        pair.set("soft_reset", (pin == "soft_reset" && asks).into());
        pair.settle();
        for (output, cycles) in ["reset", "hard"].iter().zip(&mut high) {
            if pair.high(output) {
                cycles.push(cycle);
            }
        }
        pair.clock();
    }
    high
}

#[test]
fn a_reset_is_as_long_as_what_asks_for_it() {
    for length in [1, 2, 3, 32, 100] {
        let late: Vec<u64> = (8..8 + length).collect();
        assert_eq!(pulse("reset_n", 7, 7 + length, 150), [late.clone(), late.clone()], "{length} cycles of the pin");
        // the registers must live through their own reset
        assert_eq!(pulse("soft_reset", 7, 7 + length, 150), [late, vec![]], "{length} cycles of the register");
    }
    assert_eq!(pulse("neither", 0, 0, 20), [const { Vec::<u64>::new() }; 2]);
}

#[test]
fn both_at_any_time() {
    let mut rng = random(2);
    let mut pair = Pair::new(ResetControl::default());
    let mut before: Option<(bool, bool)> = None;
    for cycle in 0..3000 {
        let (reset_n, soft) = (rng.random_ratio(9, 10), rng.random_ratio(1, 10));
        pair.set("reset_n", reset_n.into());
        pair.set("soft_reset", soft.into());
        pair.settle();
        if let Some((reset_n, soft)) = before {
            assert_eq!((pair.high("reset"), pair.high("hard")), (!reset_n || soft, !reset_n), "cycle {cycle}");
        }
        before = Some((reset_n, soft));
        pair.clock();
    }
}
