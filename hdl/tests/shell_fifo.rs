//! The asynchronous FIFO in Rust and in Verilog in step, at clocks of any ratio, against a queue.
//!
//! Equal, near, far and odd ratios, random pauses, resets in mid transfer; a word a cycle with 16 places.

mod pair;

use hdl::shell::async_fifo::AsyncFifo;
use pair::clocks::{Clocked, TwoClocks};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::VecDeque;

dut_clocks!(AsyncFifo<65, 3> {
    clocks: write_clock, read_clock;
    in: write_reset, write.valid, write.data, read_reset, read.ready;
    out: write.ready, read.valid, read.data
});
dut_clocks!(AsyncFifo<64, 5> {
    clocks: write_clock, read_clock;
    in: write_reset, write.valid, write.data, read_reset, read.ready;
    out: write.ready, read.valid, read.data
});

/// Half periods in picoseconds: equal, near, far, odd.
const HALVES: [[u64; 2]; 8] =
    [[2000, 2000], [2000, 2001], [4000, 2000], [2000, 4000], [2000, 2924], [8000, 2000], [2000, 8000], [1999, 17_321]];

/// Random traffic in phases of their own willingness, with resets of both sides that overlap by `hold` edges.
fn traffic(halves: [u64; 2], seed: u64, events: usize) {
    println!("half periods {halves:?}, seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let phases = halves.map(|half| rng.random_range(0..2 * half));
    let mut two = TwoClocks::new(AsyncFifo::<65, 3>::default(), halves, phases);
    let mut queue: VecDeque<u128> = VecDeque::new();
    let mut willing = [0u32; 2];
    let (mut written, mut read, mut fullest, mut resets) = (0u64, 0u64, 0, 0);
    // edges of each side that its reset lasts
    let mut reset = [4u32; 2];
    let (mut offered, mut word, mut ready, mut waiting) = (false, 0u128, false, None);
    for event in 0..events {
        if event % 300 == 0 {
            willing = [0, 1].map(|_| [1, 3, 10, 10][rng.random_range(0..4)]);
        }
        let rising = two.rising();
        if rising[1] && reset[1] == 0 {
            let valid = two.high("read_valid");
            if let Some(before) = waiting {
                assert!(valid && two.get("read_data") == before, "a word changed or fell while it waited");
            }
            waiting = (valid && !ready).then(|| two.get("read_data"));
            if valid && ready {
                assert_eq!(Some(two.get("read_data")), queue.pop_front(), "event {event}");
                read += 1;
            }
        }
        if rising[0] && offered && two.high("write_ready") {
            assert_eq!(reset[0], 0, "a word was taken in reset");
            queue.push_back(word);
            fullest = fullest.max(queue.len());
            written += 1;
            offered = false;
        }
        two.edge();
        if reset == [0; 2] && rng.random_ratio(1, 900) {
            // both begin before either ends, as the shell's resets do
            reset = [0, 1].map(|_| rng.random_range(6..20));
            queue.clear();
            waiting = None;
            resets += 1;
            two.set("write_reset", 1);
            two.set("read_reset", 1);
        }
        for side in [0, 1] {
            if rising[side] && reset[side] > 0 {
                // the last edge waits for the other side to have had its own
                if reset[side] > 1 || reset[1 - side] <= 1 {
                    reset[side] -= 1;
                }
            }
        }
        if rising[0] {
            two.set("write_reset", (reset[0] > 0).into());
            offered = (offered || rng.random_ratio(willing[0], 10)) && reset[0] == 0;
            if offered && !two.high("write_ready") {
                // a word on offer stays
            } else if offered {
                word = rng.random::<u128>() >> 63;
            }
            two.set("write_valid", offered.into());
            two.set("write_data", word);
        }
        if rising[1] {
            two.set("read_reset", (reset[1] > 0).into());
            ready = rng.random_ratio(willing[1], 10);
            two.set("read_ready", ready.into());
        }
        two.settle();
    }
    assert!(written > events as u64 / 60 && read > written / 2 && resets > 0, "{written} words in, {read} out, {resets} resets");
    // four places, and the register that the reader offers
    assert!((4..=5).contains(&fullest), "{fullest} words at most");
}

#[test]
fn words_come_out_as_they_went_in() {
    for (i, halves) in HALVES.into_iter().enumerate() {
        for repeat in 0..2 {
            traffic(halves, 10 * i as u64 + repeat, 12_000);
        }
    }
}

/// Words that pass while both sides are always willing, and cycles of the slower clock meanwhile.
fn rate<B: Clocked>(fifo: B, halves: [u64; 2]) -> (u64, u64) {
    let mut two = TwoClocks::new(fifo, halves, [7, 3]);
    two.set("write_valid", 1);
    two.set("read_ready", 1);
    two.settle();
    let (mut edges, mut words) = ([0u64; 2], 0u64);
    while edges[0].min(edges[1]) < 1000 {
        let rising = two.rising();
        words += u64::from(rising[1] && two.high("read_valid"));
        two.edge();
        (0..2).for_each(|side| edges[side] += u64::from(rising[side]));
    }
    (words, edges[0].min(edges[1]))
}

#[test]
fn sixteen_places_are_enough_for_a_word_a_cycle() {
    for halves in HALVES {
        let (words, cycles) = rate(AsyncFifo::<64, 5>::default(), halves);
        assert!(words + 12 >= cycles, "half periods {halves:?}: {words} words in {cycles} cycles of the slower clock");
    }
    // four are not: the measure can tell
    let (words, cycles) = rate(AsyncFifo::<65, 3>::default(), [2000, 2000]);
    assert!(words < cycles * 3 / 4, "{words} words in {cycles} cycles");
}
