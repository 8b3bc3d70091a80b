//! `ember_synchroniser`: two edges late, at each width that the shell uses.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::lang::prelude::{Bit, Bits};
use hdl::shell::synchroniser::Synchroniser;

dut!(Synchroniser<Bit> { in: source; out: value });
dut!(Synchroniser<Bits<5>> { in: source; out: value });
dut!(Synchroniser<Bits<6>> { in: source; out: value });

fn late<B: pair::Dut>(mut pair: Pair<B>, width: u32) {
    let mut rng = random(width.into());
    let values: Vec<u64> = (0..600).map(|_| number(&mut rng, width) as u64).collect();
    for (cycle, value) in values.iter().enumerate() {
        pair.set("source", *value);
        pair.settle();
        assert_eq!(pair.get("value"), cycle.checked_sub(2).map_or(0, |then| values[then]), "cycle {cycle}, {width} bits");
        pair.clock();
    }
}

#[test]
fn two_edges_late() {
    late(Pair::new(Synchroniser::<Bit>::default()), 1);
    late(Pair::new(Synchroniser::<Bits<5>>::default()), 5);
    late(Pair::new(Synchroniser::<Bits<6>>::default()), 6);
}
