//! `ember_packet_fifo` against a queue: the order of the beats, a full memory, receivers that stop, packets that a reset cuts.

use crate::pair::stimuli::random;
use crate::pair::{self, Pair};
use hdl::rtl::packet_fifo::PacketFifo;
use rand::Rng;
use std::collections::VecDeque;

dut!(PacketFifo {
    in: reset, hard_reset, put, put_data, put_last, put_final, m_axis.tready;
    out: taken, finished, m_axis.tdata, m_axis.tvalid, m_axis.tlast
});

/// A beat, whether it is the packet's last and the job's last.
type Beat = (u64, bool, bool);

#[test]
fn beats_leave_in_their_order() {
    let mut rng = random(1);
    let mut pair = Pair::new(PacketFifo::new());
    // beats that were put and not accepted; how many places of the memory are known to be taken
    let (mut queue, mut used) = (VecDeque::<Beat>::new(), 0);
    let (mut fullest, mut accepted, mut closed, mut cut) = (0, 0, 0, 0);
    // of the packet that leaves: beats were offered; of the reset: a zero is owed
    let (mut offered, mut owed) = (false, false);
    let (mut finished, mut waiting) = (false, None);
    let mut willing = (0.5, 0.5);
    for cycle in 0..30_000 {
        if cycle % 100 == 0 {
            willing = [(0.9, 0.1), (0.1, 0.9), (1.0, 1.0), (0.5, 0.5), (1.0, 0.0)][rng.random_range(0..5)];
        }
        let (reset, hard) = (rng.random_ratio(1, 300), rng.random_ratio(1, 3000));
        let put = used < PacketFifo::DEPTH && rng.random_bool(willing.0) && !reset && !hard;
        let ready = rng.random_bool(willing.1);
        let last = rng.random_ratio(1, 6);
        let beat: Beat = (rng.random::<u64>() | 1, last, last && rng.random());
        pair.set("put", put.into());
        pair.set("put_data", beat.0);
        pair.set("put_last", beat.1.into());
        pair.set("put_final", beat.2.into());
        pair.set("reset", reset.into());
        pair.set("hard_reset", hard.into());
        pair.set("m_axis_tready", ready.into());
        pair.settle();
        assert_eq!(pair.high("finished"), finished, "cycle {cycle}: finished");
        if pair.high("taken") {
            used -= 1;
        }
        let valid = pair.high("m_axis_tvalid");
        let found = valid.then(|| (pair.get("m_axis_tdata"), pair.high("m_axis_tlast")));
        assert!(!hard || !valid, "cycle {cycle}: offered in a hard reset");
        assert!(waiting.is_none() || hard || found == waiting, "cycle {cycle}: a waiting beat changed");
        if let Some(found) = found {
            if waiting.is_none() && owed && found.0 == 0 {
                assert!(found.1, "cycle {cycle}: the zero does not end its packet");
                (owed, offered) = (false, false);
                closed += 1;
            } else if waiting.is_none() {
                assert!(!owed, "cycle {cycle}: a beat before the packet was closed");
                let expected = queue.front().unwrap_or_else(|| panic!("cycle {cycle}: a beat that nobody put"));
                assert_eq!(found, (expected.0, expected.1), "cycle {cycle}");
                offered = !expected.1;
            }
        }
        finished = false;
        if valid && ready {
            accepted += 1;
            // the zero, and a beat that a reset left on offer, are in no queue
            if queue.front().is_some_and(|beat| Some(beat.0) == found.map(|f| f.0)) {
                finished = queue.pop_front().is_some_and(|beat| beat.2) && !reset && !hard;
            }
        }
        waiting = found.filter(|_| !ready);
        pair.clock();
        if put {
            queue.push_back(beat);
            used += 1;
        }
        if reset || hard {
            (used, finished) = (0, false);
            queue.clear();
            owed |= offered;
            cut += usize::from(offered);
        }
        if hard {
            (owed, offered, waiting) = (false, false, None);
        }
        fullest = fullest.max(used);
    }
    println!("{accepted} beats, {cut} packets cut, {closed} closed");
    assert!(fullest == PacketFifo::DEPTH && accepted > 5000 && closed > 20, "{fullest} beats at most");
}

#[test]
fn one_beat_a_cycle() {
    let mut pair = Pair::new(PacketFifo::new());
    pair.set("m_axis_tready", 1);
    pair.set("put", 1);
    for cycle in 0..200 {
        pair.set("put_data", cycle);
        pair.settle();
        assert_eq!(pair.high("m_axis_tvalid"), cycle >= 3, "cycle {cycle}");
        if cycle >= 3 {
            assert_eq!(pair.get("m_axis_tdata"), cycle - 3);
        }
        pair.clock();
    }
}
