//! `ember_beat_join`: the last bit above the beat.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::shell::beat_join::BeatJoin;
use rand::Rng;

dut!(BeatJoin { combinational; in: data, last; out: word });

#[test]
fn the_last_bit_is_above_the_beat() {
    let mut rng = random(1);
    let mut pair = Pair::new(BeatJoin::default());
    for _ in 0..1000 {
        let (data, last) = (number(&mut rng, 64), rng.random_range(0..2));
        pair.set_wide("data", data);
        pair.set("last", last);
        pair.settle();
        assert_eq!(pair.get_wide("word"), u128::from(last) << 64 | data);
    }
}
