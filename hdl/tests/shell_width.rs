//! The width converters and the interrupt in Rust and in Verilog in step, against plain Rust.
//!
//! Words with holes, short packets and packets of one beat.

mod pair;

use hdl::shell::beat_join::BeatJoin;
use hdl::shell::interrupt::Interrupt;
use hdl::shell::narrower::Narrower;
use hdl::shell::widener::Widener;
use pair::{Dut, Pair};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::VecDeque;

dut!(Narrower<64, 8> { in: reset, s.tdata, s.tkeep, s.tlast, s.tvalid, ready; out: s.tready, beat, valid });
dut!(Narrower<128, 16> { in: reset, s.tdata, s.tkeep, s.tlast, s.tvalid, ready; out: s.tready, beat, valid });
dut!(Widener<64, 8> { in: reset, beat, valid, m.tready; out: ready, m.tdata, m.tkeep, m.tlast, m.tvalid });
dut!(Widener<128, 16> { in: reset, beat, valid, m.tready; out: ready, m.tdata, m.tkeep, m.tlast, m.tvalid });
dut!(Interrupt { in: reset, fault, usr_irq_ack; out: usr_irq_req });

/// A probability in tenths that lasts for a while.
fn willingness(rng: &mut StdRng) -> u32 {
    [2, 5, 10, 10][rng.random_range(0..4)]
}

fn narrow<B: Dut>(mut pair: Pair<B>, lanes: usize, seed: u64) {
    println!("{lanes} lanes, seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut owed: VecDeque<u64> = VecDeque::new();
    let (mut offered, mut willing, mut beats) = (None, [10; 2], 0u64);
    for cycle in 0..3000 {
        if cycle % 200 == 0 {
            willing = [0, 1].map(|_| willingness(&mut rng));
        }
        let reset = rng.random_ratio(1, 700);
        if offered.is_none() && rng.random_ratio(willing[0], 10) {
            // whole words, last words, words with holes, words without a beat
            let kept = match rng.random_range(0..8) {
                0..=3 => (1u32 << lanes) - 1,
                4..=5 => (1u32 << rng.random_range(0..=lanes)) - 1,
                _ => rng.random_range(0..1 << lanes),
            };
            let data = rng.random::<u128>() >> (128 - 64 * lanes);
            offered = Some((data, kept));
        }
        let (data, kept) = offered.unwrap_or((rng.random::<u128>() >> (128 - 64 * lanes), 0));
        let keep = (0..lanes).filter(|lane| kept >> lane & 1 != 0).fold(0u128, |keep, lane| keep | 0xFF << (8 * lane));
        let ready = rng.random_ratio(willing[1], 10);
        pair.set("reset", reset.into());
        pair.set_wide("s_tdata", data);
        pair.set_wide("s_tkeep", keep);
        pair.set("s_tlast", rng.random::<bool>().into());
        pair.set("s_tvalid", offered.is_some().into());
        pair.set("ready", ready.into());
        pair.settle();
        if pair.high("valid") && ready && !reset {
            assert_eq!(Some(pair.get("beat")), owed.pop_front(), "cycle {cycle}");
            beats += 1;
        }
        if offered.is_some() && pair.high("s_tready") {
            assert!(!reset, "a word was taken in reset");
            owed.extend((0..lanes).filter(|lane| kept >> lane & 1 != 0).map(|lane| (data >> (64 * lane)) as u64));
            offered = None;
        }
        if reset {
            owed.clear();
        }
        pair.clock();
    }
    assert!(beats > 500, "{beats} beats");
}

fn widen<B: Dut>(mut pair: Pair<B>, lanes: usize, seed: u64) {
    println!("{lanes} lanes, seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    // beats not yet seen at the other end, and of these the packets' last ones
    let mut owed: VecDeque<(u64, bool)> = VecDeque::new();
    let (mut offered, mut willing, mut packets) = (None, [10; 2], 0u64);
    for cycle in 0..3000 {
        if cycle % 200 == 0 {
            willing = [0, 1].map(|_| willingness(&mut rng));
        }
        let reset = rng.random_ratio(1, 700);
        if offered.is_none() && rng.random_ratio(willing[0], 10) {
            offered = Some((rng.random::<u64>(), rng.random_ratio(1, 4)));
        }
        let (data, last) = offered.unwrap_or((rng.random(), rng.random()));
        let ready = rng.random_ratio(willing[1], 10);
        pair.set("reset", reset.into());
        pair.set_wide("beat", u128::from(last) << 64 | u128::from(data));
        pair.set("valid", offered.is_some().into());
        pair.set("m_tready", ready.into());
        pair.settle();
        if pair.high("m_tvalid") && ready && !reset {
            let keep = pair.get("m_tkeep");
            let count = keep.count_ones() as usize / 8;
            assert_eq!(keep, u64::MAX >> (64 - 8 * count), "cycle {cycle}");
            let beats: Vec<_> = owed.drain(..count).collect();
            let data = beats.iter().rev().fold(0u128, |data, (beat, _)| data << 64 | u128::from(*beat));
            assert_eq!(pair.get_wide("m_tdata"), data, "cycle {cycle}");
            let (end, inner) = beats.split_last().expect("a word has a beat");
            assert!(inner.iter().all(|(_, last)| !last) && pair.high("m_tlast") == end.1, "cycle {cycle}");
            assert!(end.1 || count == lanes, "cycle {cycle}: a word in mid packet is full");
            packets += u64::from(end.1);
        }
        if offered.is_some() && pair.high("ready") {
            assert!(!reset, "a beat was taken in reset");
            owed.extend(offered.take());
        }
        if reset {
            owed.clear();
        }
        pair.clock();
    }
    assert!(packets > 100, "{packets} packets");
}

#[test]
fn narrower() {
    narrow(Pair::new(Narrower::<64, 8>::default()), 1, 1);
    narrow(Pair::new(Narrower::<128, 16>::default()), 2, 2);
}

#[test]
fn widener() {
    widen(Pair::new(Widener::<64, 8>::default()), 1, 3);
    widen(Pair::new(Widener::<128, 16>::default()), 2, 4);
}

#[test]
fn interrupt() {
    let mut pair = Pair::new(Interrupt::default());
    let mut rng = StdRng::seed_from_u64(5);
    let (mut requested, mut sent, mut requests) = (false, false, 0);
    for cycle in 0..5000 {
        let [reset, fault, ack] = [rng.random_ratio(1, 300), rng.random_ratio(1, 2), rng.random_ratio(1, 5)];
        pair.set("reset", reset.into());
        pair.set("fault", fault.into());
        pair.set("usr_irq_ack", ack.into());
        pair.settle();
        assert_eq!(pair.high("usr_irq_req"), requested, "cycle {cycle}");
        let begins = !requested && fault;
        let ends = requested && sent && !fault;
        (requested, sent) = ((requested || begins) && !ends && !reset, requested && (sent || ack) && !reset);
        requests += u32::from(begins);
        pair.clock();
    }
    assert!(requests > 100);
}

#[test]
fn a_joined_beat_has_its_last_bit_on_top() {
    use hdl::lang::prelude::*;
    let mut join = BeatJoin::default();
    join.connect_all();
    for (data, last) in [(0u64, true), (u64::MAX, false), (0x8000_0000_0000_0001, true)] {
        join.data.next = data.into();
        join.last.next = last;
        assert!(simulate(&mut join, 10));
        assert_eq!(join.word.val().get_bits::<64>(0).to_u64(), data);
        assert_eq!(join.word.val().get_bit(64), last);
    }
}
