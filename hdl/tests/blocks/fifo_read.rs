//! `ember_fifo_read`: what was written is fetched once, and kept until it is taken; with any code of the writer in step.

use crate::pair::stimuli::{driven, random, Drive};
use crate::pair::{self, Pair};
use hdl::shell::fifo_read::FifoRead;
use rand::Rng;

dut!(FifoRead<3> { in: reset, write_gray, ready; out: valid, read_enable, read_address, gray });
dut!(FifoRead<5> { in: reset, write_gray, ready; out: valid, read_enable, read_address, gray });

#[test]
fn in_step() {
    driven(&mut Pair::new(FifoRead::<3>::default()), &[("reset", Drive::Seldom(40))], 5000, 1);
    driven(&mut Pair::new(FifoRead::<5>::default()), &[("reset", Drive::Seldom(400))], 5000, 2);
}

/// Of a count of three bits.
fn gray(count: u64) -> u64 {
    let count = count % 8;
    count ^ count >> 1
}

#[test]
fn it_fetches_what_is_there_and_no_more() {
    let mut rng = random(3);
    let mut pair = Pair::new(FifoRead::<3>::default());
    let (mut written, mut fetched, mut taken) = (0u64, 0u64, 0u64);
    let mut before = 0;
    for cycle in 0..4000 {
        let ready = rng.random_bool(if cycle / 200 % 2 == 0 { 0.3 } else { 1.0 });
        pair.set("ready", ready.into());
        pair.set("write_gray", gray(written));
        pair.settle();
        let code = pair.get("gray");
        assert_eq!((pair.get("read_address"), code), (fetched % 8, gray(fetched)), "cycle {cycle}");
        assert!((code ^ before).count_ones() <= 1, "cycle {cycle}: two bits change at a time");
        before = code;
        // the register holds a word from the cycle after its fetch until it is taken
        assert_eq!(pair.high("valid"), fetched > taken, "cycle {cycle}");
        taken += u64::from(pair.high("valid") && ready);
        fetched += pair.get("read_enable");
        assert!(fetched <= written && fetched <= taken + 1, "cycle {cycle}: {written} written, {fetched} fetched, {taken} taken");
        pair.clock();
        if written - fetched < 4 && rng.random_bool(0.6) {
            written += 1;
        }
    }
    assert!(taken > 1000, "{taken} words");
}
