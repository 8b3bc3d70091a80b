//! `ember_delay`: so many cycles, one at least.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::rtl::delay::Delay;

dut!(Delay<16> { in: value; out: delayed });
dut!(Delay<12> { in: value; out: delayed });

#[test]
fn what_came_so_many_cycles_ago() {
    let mut rng = random(1);
    for depth in [1, 28] {
        let mut pair = Pair::new(Delay::<16>::new(depth));
        let values: Vec<u64> = (0..300).map(|_| number(&mut rng, 16) as u64).collect();
        for (cycle, value) in values.iter().enumerate() {
            pair.set("value", *value);
            pair.settle();
            let expected = cycle.checked_sub(depth).map_or(0, |then| values[then]);
            assert_eq!(pair.get("delayed"), expected, "{depth} cycles");
            pair.clock();
        }
    }
    // of none, it would be a wire
    let mut pair = Pair::new(Delay::<12>::new(0));
    pair.set("value", 0xABC);
    pair.settle();
    assert_eq!(pair.get("delayed"), 0);
    pair.clock();
    pair.settle();
    assert_eq!(pair.get("delayed"), 0xABC);
}
