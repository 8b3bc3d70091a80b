//! `ember_dual_clock_ram`: words written at one clock and read at another; the register holds while it is not enabled.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, clocks::TwoClocks};
use hdl::shell::dual_clock_ram::DualClockRam;
use rand::Rng;

dut_clocks!(DualClockRam<65, 3> {
    clocks: write_clock, read_clock;
    in: write_enable, write_address, write_data, read_enable, read_address;
    out: word
});

#[test]
fn words_come_back() {
    for halves in [[2000, 2924], [4000, 1500]] {
        let mut rng = random(halves[1]);
        let mut two = TwoClocks::new(DualClockRam::<65, 3>::default(), halves, [7, 3]);
        let (mut content, mut word) = ([0u128; 4], 0);
        let (mut write, mut read) = (None, None);
        for event in 0..4000 {
            let rising = two.rising();
            two.edge();
            // an address that is written is not read at the same time
            if let (true, Some(address)) = (rising[1], read) {
                word = content[address as usize % 4];
            }
            if let (true, Some((address, data))) = (rising[0], write) {
                content[address as usize % 4] = data;
            }
            assert_eq!(two.get("word"), word, "event {event}");
            let write_address = rng.random_range(0..8u128);
            // the top bit is no part of the address
            let read_address = (write_address + rng.random_range(1..4)) % 8;
            write = rng.random_bool(0.6).then(|| (write_address, number(&mut rng, 65)));
            read = rng.random_bool(0.6).then_some(read_address);
            two.set("write_enable", write.is_some().into());
            two.set("write_address", write_address);
            two.set("write_data", write.map_or(0, |w| w.1));
            two.set("read_enable", read.is_some().into());
            two.set("read_address", read_address);
            two.settle();
        }
    }
}
