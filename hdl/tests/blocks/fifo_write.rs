//! `ember_fifo_write`: Gray codes, and full when a whole memory is between the codes; with any code of the reader in step.

use crate::pair::stimuli::{driven, random, Drive};
use crate::pair::{self, Pair};
use hdl::shell::fifo_write::FifoWrite;
use rand::Rng;

dut!(FifoWrite<3> { in: reset, valid, read_gray; out: ready, write_enable, write_address, gray });
dut!(FifoWrite<5> { in: reset, valid, read_gray; out: ready, write_enable, write_address, gray });

#[test]
fn in_step() {
    driven(&mut Pair::new(FifoWrite::<3>::default()), &[("reset", Drive::Seldom(40))], 5000, 1);
    driven(&mut Pair::new(FifoWrite::<5>::default()), &[("reset", Drive::Seldom(400))], 5000, 2);
}

/// Of a count of three bits.
fn gray(count: u64) -> u64 {
    let count = count % 8;
    count ^ count >> 1
}

#[test]
fn it_fills_the_memory_and_no_more() {
    let mut rng = random(3);
    let mut pair = Pair::new(FifoWrite::<3>::default());
    let (mut written, mut read) = (0u64, 0u64);
    let (mut codes, mut full) = (vec![0], 0);
    for cycle in 0..4000 {
        let valid = rng.random_ratio(2, 3);
        pair.set("valid", valid.into());
        // the code of what has been read is a register of another side: late, never early
        pair.set("read_gray", gray(read));
        pair.settle();
        let code = pair.get("gray");
        assert_eq!((pair.get("write_address"), code), (written % 8, gray(written)), "cycle {cycle}");
        assert!((code ^ codes[codes.len() - 1]).count_ones() <= 1, "cycle {cycle}: two bits change at a time");
        codes.push(code);
        assert_eq!(pair.high("write_enable"), valid && pair.high("ready"));
        written += pair.get("write_enable");
        assert!(written - read <= 4, "cycle {cycle}: a word too many");
        full += u64::from(written - read == 4);
        pair.clock();
        if written > read && rng.random_bool(if cycle / 200 % 2 == 0 { 0.3 } else { 0.9 }) {
            read += 1;
        }
    }
    assert!(full > 100 && written > 1000, "{written} words, full in {full} cycles");
}
