//! `ember_short_fifo` against a queue: never empty by mistake, full to its eighth word, emptied by a reset.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::rtl::short_fifo::ShortFifo;
use rand::Rng;
use std::collections::VecDeque;

dut!(ShortFifo { in: reset, push, push_data, pop; out: head, available });

#[test]
fn words_leave_in_their_order() {
    let mut rng = random(1);
    let mut pair = Pair::new(ShortFifo::default());
    let mut queue = VecDeque::new();
    let (mut fullest, mut through) = (0, 0);
    let mut willing = (0.5, 0.5);
    for cycle in 0..12_000 {
        if cycle % 100 == 0 {
            willing = [(0.9, 0.1), (0.1, 0.9), (1.0, 1.0), (0.5, 0.5)][rng.random_range(0..4)];
        }
        let pop = !queue.is_empty() && rng.random_bool(willing.1);
        let push = (queue.len() < 8 || pop) && rng.random_bool(willing.0);
        let reset = rng.random_ratio(1, 500);
        let word = number(&mut rng, 64) as u64;
        pair.set("push", push.into());
        pair.set("push_data", word);
        pair.set("pop", pop.into());
        pair.set("reset", reset.into());
        pair.settle();
        assert_eq!(pair.high("available"), !queue.is_empty(), "cycle {cycle}");
        if let Some(head) = queue.front() {
            assert_eq!(pair.get("head"), *head, "cycle {cycle}, {} words inside", queue.len());
        }
        pair.clock();
        through += u64::from(push && pop && queue.len() == 8);
        if pop {
            queue.pop_front();
        }
        if push {
            queue.push_back(word);
        }
        if reset {
            queue.clear();
        }
        fullest = fullest.max(queue.len());
    }
    assert!(fullest == 8 && through > 0, "{fullest} words at most, {through} passed while it was full");
}
