//! The packet sender, in Rust and in Verilog, against packets made in plain Rust.
//!
//! All outputs are equal in every cycle: random pauses, resets swept over every cycle of a packet.

mod pair;

use contract::interface::{result_crc, OUT_RESULT, OUT_TRACE, STREAM_OUT_MAGIC, TRACE_ROWS};
use hdl::rtl::sender::Sender;
use pair::Pair;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

dut!(Sender {
    in: reset, hard_reset, m_axis.tready, sum_write, sum_address, sum_data, result_start, frame_sequence, frame_cycles, classes,
        program_hash, trace_start, trace_layer, trace_first, trace_rows, trace_beats, trace_data;
    out: m_axis.tdata, m_axis.tvalid, m_axis.tlast, result_busy, result_sent, trace_busy, trace_row, trace_beat
});

/// Cycles from a trace address to its beat, where a test does not try several.
const LATENCY: usize = 7;
const SEQUENCE: u64 = 0xFEDC_BA98;
const CYCLES: u64 = 0x8765_4321;
const HASH: u64 = 0xF123_4567_89AB_CDEF;

/// What the memory behind the trace port holds.
fn memory(row: u64, beat: u64) -> u64 {
    (row << 8 | beat).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn header(kind: u8, layer: u64, bytes: usize, high: u64) -> Vec<u64> {
    vec![u64::from(STREAM_OUT_MAGIC) | u64::from(kind) << 16 | layer << 24 | SEQUENCE << 32, bytes as u64 | high << 32, CYCLES, HASH]
}

fn result_packet(sums: &[u64]) -> Vec<u64> {
    let mut bytes: Vec<u8> = sums.iter().flat_map(|sum| sum.to_le_bytes()[..3].to_vec()).collect();
    bytes.resize(24 * sums.len().div_ceil(8), 0);
    let mut packet = header(OUT_RESULT, 0, bytes.len(), sums.len() as u64);
    packet.extend(bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("eight bytes"))));
    packet.push(u64::from(result_crc(&bytes)) | SEQUENCE << 32);
    packet
}

#[derive(Clone, Copy, Debug)]
struct Trace {
    layer: u64,
    first: u64,
    rows: usize,
    beats: usize,
}

impl Trace {
    fn packets(self) -> Vec<Vec<u64>> {
        let starts = (0..self.rows).step_by(TRACE_ROWS);
        let packet = |start: usize| {
            let rows = start..self.rows.min(start + TRACE_ROWS);
            let mut packet = header(OUT_TRACE, self.layer, 8 * rows.len() * self.beats, start as u64);
            packet.extend(rows.flat_map(|row| (0..self.beats).map(move |beat| memory(self.first + row as u64, beat as u64))));
            packet
        };
        starts.map(packet).collect()
    }
}

/// The sender with a memory behind it and a receiver that holds it to the protocol.
struct Bench {
    pair: Pair<Sender>,
    addresses: Vec<(u64, u64)>,
    waiting: Option<(u64, bool)>,
    packets: Vec<Vec<u64>>,
    /// Beats of the packet that is under way.
    beats: Vec<u64>,
    sent: usize,
}

impl Bench {
    fn new() -> Self {
        Self::with(LATENCY)
    }

    /// With a memory that answers after `latency` cycles.
    fn with(latency: usize) -> Self {
        let (pair, addresses) = (Pair::new(Sender::new(latency)), vec![(0, 0); latency]);
        Self { pair, addresses, waiting: None, packets: vec![], beats: vec![], sent: 0 }
    }

    fn cycle(&mut self, ready: bool) {
        let pair = &mut self.pair;
        pair.set("m_axis_tready", ready.into());
        let (row, beat) = self.addresses[self.addresses.len() - 1];
        pair.set("trace_data", memory(row, beat));
        pair.settle();
        self.addresses.rotate_right(1);
        self.addresses[0] = (pair.get("trace_row"), pair.get("trace_beat"));
        let offered = pair.high("m_axis_tvalid").then(|| (pair.get("m_axis_tdata"), pair.high("m_axis_tlast")));
        if self.waiting.is_some() {
            assert_eq!(offered, self.waiting, "cycle {}: a waiting beat changed", pair.cycle);
        }
        self.waiting = offered.filter(|_| !ready);
        if let (Some((data, last)), true) = (offered, ready) {
            self.beats.push(data);
            if last {
                self.packets.push(std::mem::take(&mut self.beats));
            }
        }
        self.sent += usize::from(pair.high("result_sent"));
        pair.clock();
        for pulse in ["sum_write", "result_start", "trace_start"] {
            pair.set(pulse, 0);
        }
        // what is taken at a pulse may change after it
        for input in ["frame_sequence", "frame_cycles", "classes", "program_hash", "trace_layer", "trace_rows", "trace_beats"] {
            pair.set(input, 0);
        }
    }

    fn write_sums(&mut self, sums: &[u64], ready: bool) {
        for (class, sum) in (0..).zip(sums) {
            self.pair.set("sum_write", 1);
            self.pair.set("sum_address", class);
            self.pair.set("sum_data", *sum);
            self.cycle(ready);
        }
    }

    fn frame(&mut self) {
        self.pair.set("frame_sequence", SEQUENCE);
        self.pair.set("frame_cycles", CYCLES);
        self.pair.set("program_hash", HASH);
    }

    /// Asks for a result in the next cycle.
    fn start_result(&mut self, classes: usize) {
        self.frame();
        self.pair.set("classes", classes as u64);
        self.pair.set("result_start", 1);
    }

    /// Asks for a trace in the next cycle.
    fn start_trace(&mut self, trace: Trace) {
        self.frame();
        self.pair.set("trace_layer", trace.layer);
        self.pair.set("trace_first", trace.first);
        self.pair.set("trace_rows", trace.rows as u64);
        self.pair.set("trace_beats", trace.beats as u64);
        self.pair.set("trace_start", 1);
    }

    fn busy(&self) -> bool {
        self.pair.high("result_busy") || self.pair.high("trace_busy")
    }

    /// Runs until nothing is under way any more.
    fn finish(&mut self, mut ready: impl FnMut() -> bool) {
        for _ in 0..100_000 {
            self.cycle(ready());
            self.pair.settle();
            if !self.busy() {
                self.cycle(true);
                return;
            }
        }
        panic!("the sender does not finish");
    }
}

fn random_sums(rng: &mut StdRng) -> Vec<u64> {
    let count = match rng.random_range(0..10) {
        0 => 1000,
        1 => 1024,
        2 => 8,
        _ => rng.random_range(1..40),
    };
    (0..count).map(|_| if rng.random_bool(0.2) { 0xFF_FFFF } else { rng.random_range(0..1 << 24) }).collect()
}

fn random_trace(rng: &mut StdRng) -> Trace {
    let beats = [16, 2, 4, 1, rng.random_range(1..=16)][rng.random_range(0..5)];
    let rows = [1, 16, 17, 32, rng.random_range(1..60)][rng.random_range(0..5)];
    Trace { layer: rng.random_range(0..256), first: rng.random_range(0..1 << 19), rows, beats }
}

#[test]
fn random_packets_match_the_model() {
    for latency in [1, 4, LATENCY, 15] {
        random_packets(latency);
    }
}

fn random_packets(latency: usize) {
    println!("latency {latency}");
    let mut bench = Bench::with(latency);
    for seed in 0..60 {
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let chance = if seed % 4 == 0 { 1.0 } else { rng.random_range(0.05..1.0) };
        let sums = random_sums(&mut rng);
        let trace = random_trace(&mut rng);
        bench.write_sums(&sums, rng.random_bool(chance));
        bench.packets.clear();
        bench.sent = 0;
        let mut expected = trace.packets();
        match seed % 5 {
            // a result alone, a trace alone
            0 => {
                bench.start_result(sums.len());
                expected.clear();
            }
            1 => bench.start_trace(trace),
            // both at once, a result asked for during a trace, a trace asked for during a result
            2 => {
                bench.start_trace(trace);
                bench.start_result(sums.len());
            }
            3 => {
                bench.start_trace(trace);
                (0..rng.random_range(1..12)).for_each(|_| bench.cycle(rng.random_bool(chance)));
                bench.start_result(sums.len());
            }
            _ => {
                bench.start_result(sums.len());
                (0..rng.random_range(4..12)).for_each(|_| bench.cycle(rng.random_bool(chance)));
                bench.start_trace(trace);
            }
        }
        match seed % 5 {
            1 => {}
            4 => expected.insert(0, result_packet(&sums)),
            _ => expected.push(result_packet(&sums)),
        }
        bench.finish(|| rng.random_bool(chance));
        assert_eq!(bench.packets.len(), expected.len(), "seed {seed}: packets");
        for (i, (found, expected)) in bench.packets.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "seed {seed}: packet {i}");
        }
        assert_eq!(bench.sent, usize::from(seed % 5 != 1), "seed {seed}: results sent");
        assert!(bench.beats.is_empty());
    }
}

#[test]
fn busy_lasts_from_the_cycle_after_the_start_to_the_last_beat() {
    let mut bench = Bench::new();
    bench.write_sums(&[1, 2, 3], true);
    bench.start_result(3);
    bench.cycle(true);
    for _ in 0..100 {
        bench.pair.settle();
        if bench.pair.high("m_axis_tvalid") && bench.pair.high("m_axis_tlast") {
            break;
        }
        assert!(bench.pair.high("result_busy"));
        bench.cycle(true);
    }
    (0..5).for_each(|_| bench.cycle(false));
    assert!(bench.pair.high("result_busy") && bench.sent == 0);
    (0..3).for_each(|_| bench.cycle(true));
    assert!(!bench.pair.high("result_busy") && bench.sent == 1);
    assert_eq!(bench.packets, [result_packet(&[1, 2, 3])]);
}

#[test]
fn a_trace_flows_a_beat_a_cycle() {
    for latency in [1, 8, 15] {
        let mut bench = Bench::with(latency);
        let trace = Trace { layer: 1, first: 1000, rows: 16, beats: 16 };
        bench.start_trace(trace);
        while bench.beats.len() < 5 {
            bench.cycle(true);
        }
        (0..255).for_each(|_| bench.cycle(true));
        assert_eq!(bench.packets, trace.packets(), "latency {latency}");
    }
}

/// The receiver stops until every place of the FIFO is taken, then takes a beat now and then: none is lost at any latency.
#[test]
fn a_trace_waits_for_a_receiver_that_stops() {
    for latency in [1, 8, 15] {
        let mut bench = Bench::with(latency);
        let trace = Trace { layer: 2, first: 77, rows: 20, beats: 16 };
        bench.start_trace(trace);
        for pause in 0..60 {
            (0..60).for_each(|_| bench.cycle(false));
            (0..1 + pause % 7).for_each(|_| bench.cycle(true));
        }
        bench.finish(|| true);
        assert_eq!(bench.packets, trace.packets(), "latency {latency}");
    }
}

/// Whoever reads the memory for traces has this long to turn its address over to the sender.
#[test]
fn busy_is_there_before_the_first_row_is_asked_for() {
    let mut bench = Bench::new();
    bench.start_trace(Trace { layer: 1, first: 9, rows: 2, beats: 1 });
    bench.cycle(true);
    let mut cycles = 0;
    while bench.pair.get("trace_row") != 10 {
        bench.cycle(true);
        bench.pair.settle();
        assert!(bench.pair.high("trace_busy"));
        cycles += 1;
    }
    // the first row was asked for in the cycle before, busy is high since the first of these
    assert!(cycles > 10, "{cycles} cycles");
}

#[test]
#[should_panic(expected = "1 to 15 can be")]
fn a_latency_that_can_not_be_is_refused() {
    let _ = Sender::new(16);
}

#[test]
fn classes_beyond_the_memory_are_cut_and_none_leaves_header_and_trailer() {
    let mut bench = Bench::new();
    let sums: Vec<u64> = (0..1024).map(|i| i * 16001).collect();
    bench.write_sums(&sums, true);
    bench.start_result(5000);
    bench.finish(|| true);
    bench.start_result(0);
    bench.finish(|| true);
    assert_eq!(bench.packets, [result_packet(&sums), result_packet(&[])]);
    assert_eq!(8 * bench.packets[0].len(), 3112);
}

#[test]
fn reset_closes_an_open_packet() {
    let mut bench = Bench::new();
    bench.write_sums(&[5; 20], true);
    let trace = Trace { layer: 1, first: 7, rows: 40, beats: 3 };
    let good = result_packet(&[5; 20]);
    for seed in 0..400 {
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        // the first hundred sweep the cycle of a short reset, the others are random
        let sweep = seed < 100;
        let chance = if sweep { 1.0 } else { rng.random_range(0.1..1.0) };
        let (before, length) = if sweep { (seed / 2 + 1, 1) } else { (rng.random_range(1..120), rng.random_range(1..20)) };
        let whole = if seed % 2 == 0 {
            bench.start_result(20);
            vec![good.clone()]
        } else {
            bench.start_trace(trace);
            trace.packets()
        };
        (0..before).for_each(|_| bench.cycle(rng.random_bool(chance)));
        bench.pair.set("reset", 1);
        (0..length).for_each(|_| bench.cycle(rng.random_bool(chance)));
        assert!(!bench.busy());
        bench.pair.set("reset", 0);
        bench.start_result(20);
        bench.finish(|| rng.random_bool(chance));
        let packets = std::mem::take(&mut bench.packets);
        let (last, before) = packets.split_last().expect("the second result came");
        assert_eq!(*last, good, "seed {seed}");
        for (i, (found, whole)) in before.iter().zip(&whole).enumerate() {
            let (end, beats) = found.split_last().unwrap();
            let broken = i + 1 == before.len() && *end == 0 && whole.starts_with(beats);
            assert!(found == whole || broken, "seed {seed}: packet {i}");
        }
        assert!(before.len() <= whole.len());
    }
}

#[test]
fn hard_reset_drops_everything() {
    let mut bench = Bench::new();
    bench.write_sums(&[5; 20], true);
    bench.start_result(20);
    (0..20).for_each(|i| bench.cycle(i < 8));
    bench.pair.settle();
    assert!(bench.pair.high("m_axis_tvalid"));
    bench.pair.set("hard_reset", 1);
    bench.pair.settle();
    assert!(!bench.pair.high("m_axis_tvalid"), "withdrawn at once");
    bench.waiting = None;
    bench.cycle(false);
    (bench.waiting, bench.beats) = (None, vec![]);
    bench.pair.settle();
    assert!(!bench.pair.high("m_axis_tvalid") && !bench.busy());
    bench.pair.set("hard_reset", 0);
    bench.start_result(20);
    bench.finish(|| true);
    assert_eq!(bench.packets, [result_packet(&[5; 20])]);
}
