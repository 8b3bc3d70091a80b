//! `ember_below_limit`: `value < limit`, a cycle later.

use crate::pair::stimuli::random;
use crate::pair::{self, Pair};
use hdl::rtl::below_limit::BelowLimit;
use rand::rngs::StdRng;
use rand::Rng;

dut!(BelowLimit { in: enable, value, limit; out: below });

/// Numbers next to each other, to a power of two and to the ends; else of any length.
fn near(rng: &mut StdRng, other: u32) -> u32 {
    match rng.random_range(0..4) {
        0 => other.wrapping_add_signed(rng.random_range(-1..=1)),
        1 => other ^ 1 << rng.random_range(0..32),
        2 => (1_u32 << rng.random_range(0..32)).wrapping_sub(rng.random_range(0..2)),
        _ => rng.random::<u32>() >> rng.random_range(0..32),
    }
}

#[test]
fn next_to_every_limit() {
    let mut rng = random(3);
    let mut pair = Pair::new(BelowLimit::default());
    let (mut limit, mut expected, mut below) = (0, false, 0);
    for _ in 0..6000 {
        if rng.random_bool(0.1) {
            limit = near(&mut rng, limit);
        }
        let (value, enable) = (near(&mut rng, limit), rng.random_bool(0.7));
        pair.set("limit", limit.into());
        pair.set("value", value.into());
        pair.set("enable", enable.into());
        pair.settle();
        assert_eq!(pair.get("below"), u64::from(expected), "what was looked at last");
        pair.clock();
        if enable {
            expected = value < limit;
            below += u32::from(expected);
        }
    }
    assert!((1000..3500).contains(&below), "{below} were below");
}
