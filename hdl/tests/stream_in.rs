//! The packet parser, in Rust and in Verilog, against a parser in plain Rust.
//!
//! All outputs are equal in every cycle: random pauses, malformed packets, resets.

mod pair;

use contract::engine::EngineConfig;
use contract::interface::{StreamKind, STREAM_IN_MAGIC};
use hdl::rtl::stream_in::StreamIn;
use pair::Pair;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

dut!(StreamIn {
    in: reset, s_axis.tdata, s_axis.tvalid, frame_release;
    out: s_axis.tready, frame_write, frame_bank, frame_address, frame_data, frame_valid, frame_sequence, memory_address,
        memory_data, write_descriptors, write_weights, write_table, program_valid, program_hash, classes, frame_pairs, tiles, entries, error_header, error_frame_size, error_no_program, error_program_size,
        frame_dropped
});

/// Memories small enough for random packets to run past them.
fn config() -> EngineConfig {
    EngineConfig { layers: 5, weight_words: 24, table_entries: 10, frame_words: 12, ..EngineConfig::standard(8) }
}

const ERRORS: [&str; 5] = ["error_header", "error_frame_size", "error_no_program", "error_program_size", "frame_dropped"];
const WRITES: [&str; 3] = ["write_descriptors", "write_weights", "write_table"];

#[derive(Clone, Copy, Debug, PartialEq, Default)]
struct Program {
    hash: u64,
    classes: u64,
    pairs: u64,
    rows: u64,
    tiles: u64,
    entries: u64,
}

/// Bank, word and data of a write to the frame memory.
type FrameWrite = (u64, u64, u64);

/// Everything that a stream does, each kind of event in its order.
#[derive(Debug, PartialEq, Default)]
struct Log {
    /// Index in [`WRITES`], address, beat.
    writes: Vec<(usize, u64, u64)>,
    /// Index in [`ERRORS`].
    errors: Vec<usize>,
    commits: Vec<Program>,
    /// Sequence number, and the writes.
    frames: Vec<(u64, Vec<FrameWrite>)>,
}

/// What `beats` should do.
fn expected(beats: &[u64]) -> Log {
    let config = config();
    let depth = [config.layers * 4, config.weight_words * config.columns / 4, config.table_entries];
    let mut log = Log::default();
    let mut program: Option<Program> = None;
    let mut rest = beats.iter().copied();
    while let Some(beat) = rest.next() {
        let kind = beat >> 16 & 0xFF;
        if beat == 0 {
            continue;
        }
        if beat & 0xFFFF != u64::from(STREAM_IN_MAGIC) || beat >> 24 & 0xFF != 0 || !(1..=5).contains(&kind) {
            log.errors.push(0);
            continue;
        }
        if kind != StreamKind::Frame as u64 {
            program = None;
        }
        let Some(length) = rest.next() else { break };
        let (bytes, address) = (length & 0xFFFF_FFFF, length >> 32);
        let payload: Vec<u64> = rest.by_ref().take(bytes as usize / 8).collect();
        match kind {
            1 => match program {
                None => log.errors.extend([2, 4]),
                Some(p) if bytes != 8 * p.pairs * p.rows => log.errors.extend([1, 4]),
                Some(p) => {
                    let place = |i: u64| ((i / p.pairs) % 8, i / p.pairs / 8 * p.pairs + i % p.pairs);
                    let writes = (0..).zip(&payload).map(|(i, beat)| (place(i).0, place(i).1, beat & 0xFFFF_FFFF_FFFF)).collect();
                    log.frames.push((beat >> 32, writes));
                }
            },
            5 if bytes != 24 => log.errors.push(0),
            5 => {
                let part = |beat: usize, low: u32, bits: u32| payload[beat] >> low & ((1 << bits) - 1);
                let p = Program {
                    hash: payload[0],
                    classes: part(1, 16, 16),
                    pairs: part(1, 32, 16),
                    rows: part(1, 48, 16),
                    tiles: part(2, 0, 32),
                    entries: part(2, 32, 32),
                };
                let words = p.rows.div_ceil(8) * p.pairs;
                if words == 0 || words > config.frame_words as u64 {
                    log.errors.push(3);
                } else {
                    program = Some(p);
                    // rows leave the block in the sizes of frames alone
                    log.commits.push(Program { rows: 0, ..p });
                }
            }
            _ => {
                let memory = kind as usize - 2;
                // weights are taken in whole words only
                if memory == 1 && (address | (bytes / 8)) % (config.columns as u64 / 4) != 0 {
                    log.errors.push(3);
                    continue;
                }
                for (at, beat) in (address..).zip(payload) {
                    if at >= depth[memory] as u64 {
                        log.errors.push(3);
                        break;
                    }
                    log.writes.push((memory, at, beat));
                }
            }
        }
    }
    log
}

/// Feeds beats and records what happens.
struct Bench {
    pair: Pair<StreamIn>,
    log: Log,
    frame: Vec<FrameWrite>,
    waiting: bool,
    valid: bool,
}

impl Bench {
    fn new() -> Self {
        Self { pair: Pair::new(StreamIn::new(&config())), log: Log::default(), frame: vec![], waiting: false, valid: false }
    }

    /// One cycle; whether the beat, if any, was taken.
    fn cycle(&mut self, beat: Option<u64>, release: bool) -> bool {
        let pair = &mut self.pair;
        pair.set("s_axis_tvalid", beat.is_some().into());
        pair.set("s_axis_tdata", beat.unwrap_or(0xE3B5_E3B5_0001_E3B5));
        let release = release && self.waiting;
        pair.set("frame_release", release.into());
        pair.settle();
        for (i, write) in WRITES.iter().enumerate() {
            if pair.high(write) {
                self.log.writes.push((i, pair.get("memory_address"), pair.get("memory_data")));
            }
        }
        self.log.errors.extend(ERRORS.iter().enumerate().filter(|(_, e)| pair.high(e)).map(|(i, _)| i));
        let valid = pair.high("program_valid");
        if valid && !self.valid {
            self.log.commits.push(Program {
                hash: pair.get("program_hash"),
                classes: pair.get("classes"),
                pairs: pair.get("frame_pairs"),
                rows: 0,
                tiles: pair.get("tiles"),
                entries: pair.get("entries"),
            });
        }
        self.valid = valid;
        if pair.high("frame_write") {
            assert!(!pair.high("frame_valid"), "a waiting frame is overwritten");
            self.frame.push((pair.get("frame_bank"), pair.get("frame_address"), pair.get("frame_data")));
        }
        if pair.high("frame_valid") && !self.waiting {
            self.log.frames.push((pair.get("frame_sequence"), std::mem::take(&mut self.frame)));
        }
        self.waiting = pair.high("frame_valid") && !release;
        let taken = beat.is_some() && pair.high("s_axis_tready");
        pair.clock();
        taken
    }
}

fn header(kind: StreamKind, sequence: u32, bytes: u32, address: u32) -> [u64; 2] {
    [u64::from(STREAM_IN_MAGIC) | (kind as u64) << 16 | u64::from(sequence) << 32, u64::from(bytes) | u64::from(address) << 32]
}

fn packet(kind: StreamKind, sequence: u32, address: u32, payload: &[u64]) -> Vec<u64> {
    let mut beats = header(kind, sequence, 8 * payload.len() as u32, address).to_vec();
    beats.extend(payload);
    beats
}

fn commit(pairs: u64, rows: u64) -> Vec<u64> {
    packet(StreamKind::Commit, 0, 0, &[0x0123_4567_89AB_CDEF, 26 | 1000 << 16 | pairs << 32 | rows << 48, 7 | 9 << 32])
}

/// A stream of good, bad and broken packets.
fn stream(rng: &mut StdRng, packets: usize) -> Vec<u64> {
    let mut beats = vec![];
    let (mut pairs, mut rows) = (2, 9);
    let data = |rng: &mut StdRng, count: u64| -> Vec<u64> { (0..count).map(|_| rng.random()).collect() };
    for _ in 0..packets {
        match rng.random_range(0..20) {
            0..=6 => {
                let payload = data(rng, pairs * rows);
                beats.extend(packet(StreamKind::Frame, rng.random(), rng.random(), &payload));
            }
            7 => {
                let count = rng.random_range(0..40);
                beats.extend(header(StreamKind::Frame, rng.random(), rng.random_range(0..320), 0));
                beats.extend(data(rng, count));
            }
            8..=10 => {
                let kind = [StreamKind::Descriptors, StreamKind::Weights, StreamKind::Table][rng.random_range(0..3)];
                let address = match rng.random_range(0..10) {
                    0 => u32::MAX - rng.random_range(0..3),
                    1..=4 => rng.random_range(0..50),
                    _ => rng.random_range(0..8),
                };
                let count = rng.random_range(0..30);
                beats.extend(packet(kind, rng.random(), address, &data(rng, count)));
            }
            11..=14 => {
                (pairs, rows) = match rng.random_range(0..10) {
                    0 => (rng.random_range(0..2), rng.random_range(0..2)),
                    1 => (65535, 65535),
                    2 => (rng.random_range(1..7), rng.random_range(17..25)),
                    _ => (rng.random_range(1..5), rng.random_range(1..25)),
                };
                beats.extend(commit(pairs, rows));
                if pairs > 6 {
                    (pairs, rows) = (1, 1);
                }
            }
            15 => beats.extend(packet(StreamKind::Commit, 0, 0, &data(rng, 4))),
            16 => beats.extend(data(rng, 3)),
            17 => {
                let (kind, reserved) = [(0, 0), (6, 0), (255, 0), (1, 1), (5, 128)][rng.random_range(0..5)];
                beats.push(u64::from(STREAM_IN_MAGIC) | kind << 16 | reserved << 24);
            }
            _ => beats.extend(std::iter::repeat_n(0, rng.random_range(1..9))),
        }
    }
    beats
}

#[test]
fn random_streams_match_the_model() {
    let mut bench = Bench::new();
    let (mut frames, mut commits, mut writes, mut errors) = (0, 0, [0; 3], [0; 5]);
    for seed in 0..60 {
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let beats = stream(&mut rng, 60);
        let (idle, hold) = if seed % 4 == 0 { (0.0, 0.0) } else { (rng.random_range(0.0..0.8), rng.random_range(0.0..0.99)) };
        bench.pair.set("reset", 1);
        bench.cycle(None, false);
        bench.pair.set("reset", 0);
        (bench.log, bench.frame, bench.waiting) = (Log::default(), vec![], false);
        let mut at = 0;
        while at < beats.len() {
            // a beat that is offered stays
            while rng.random_bool(idle) {
                let release = !rng.random_bool(hold);
                bench.cycle(None, release);
            }
            while !bench.cycle(Some(beats[at]), !rng.random_bool(hold)) {}
            at += 1;
        }
        for _ in 0..80 {
            bench.cycle(None, true);
        }
        let expected = expected(&beats);
        assert_eq!(bench.log, expected, "seed {seed}");
        frames += expected.frames.len();
        commits += expected.commits.len();
        expected.writes.iter().for_each(|w| writes[w.0] += 1);
        expected.errors.iter().for_each(|e| errors[*e] += 1);
    }
    println!("{frames} frames, {commits} commits, {writes:?} writes, {errors:?} errors");
    assert!(frames > 100 && commits > 100 && writes.iter().all(|n| *n > 100) && errors.iter().all(|n| *n > 20));
}

#[test]
fn a_beat_is_taken_every_cycle() {
    let mut bench = Bench::new();
    let beats = packet(StreamKind::Weights, 0, 0, &[3; 48]);
    for _ in 0..3 {
        beats.iter().for_each(|beat| assert!(bench.cycle(Some(*beat), false)));
    }
    commit(3, 20).iter().for_each(|beat| assert!(bench.cycle(Some(*beat), false)));
    // what the way in holds is taken, then nothing until the commit is worked out
    assert_eq!((0..3).filter(|_| bench.cycle(Some(0), false)).count(), 3);
    let mut pause = 0;
    while !bench.cycle(Some(0), false) {
        pause += 1;
    }
    assert!((1..=34).contains(&pause), "a commit holds the stream for {pause} cycles");
    packet(StreamKind::Frame, 5, 0, &[1; 60]).iter().for_each(|beat| assert!(bench.cycle(Some(*beat), false)));
    // the next frame's header is taken, its payload is not until the first one is released
    let next = packet(StreamKind::Frame, 6, 0, &[2; 60]);
    next[..2].iter().for_each(|beat| assert!(bench.cycle(Some(*beat), false)));
    // but for what the way in holds
    let early = (0..50).filter(|_| bench.cycle(Some(2), false)).count();
    assert_eq!(early, 3, "beats of a payload that waits");
    assert_eq!(bench.log.frames.len(), 1);
    assert!(!bench.cycle(Some(2), true));
    // the first of them leaves when the frame does
    assert!(!bench.cycle(Some(2), false));
    next[2 + early..].iter().for_each(|beat| assert!(bench.cycle(Some(*beat), false)));
    (0..6).for_each(|_| assert!(!bench.cycle(None, false)));
    assert_eq!(bench.log.frames.iter().map(|f| f.0).collect::<Vec<_>>(), [5, 6]);
    assert!(bench.log.errors.is_empty());
}

#[test]
fn reset_forgets_packet_frame_and_program() {
    let mut bench = Bench::new();
    let mut beats = commit(2, 2);
    beats.extend(packet(StreamKind::Frame, 1, 0, &[7; 4]));
    beats.extend(&packet(StreamKind::Weights, 1, 0, &[7; 10])[..5]);
    for beat in beats {
        while !bench.cycle(Some(beat), false) {}
    }
    assert!(bench.waiting);
    bench.pair.set("reset", 1);
    (0..3).for_each(|_| assert!(!bench.cycle(Some(9), false), "a beat is taken during reset"));
    bench.pair.set("reset", 0);
    assert!(!bench.waiting);
    bench.log = Log::default();
    // were the packet not forgotten, these beats would be its payload
    for beat in packet(StreamKind::Frame, 2, 0, &[7; 4]) {
        assert!(bench.cycle(Some(beat), false));
    }
    (0..4).for_each(|_| assert!(!bench.cycle(None, false)));
    assert_eq!(bench.log, Log { errors: vec![2, 4], ..Log::default() });
}

#[test]
fn weights_of_a_part_of_a_word_are_refused_whole() {
    let mut bench = Bench::new();
    // a word has two beats
    for (address, count, written) in [(1, 2, false), (0, 3, false), (3, 5, false), (2, 1, false), (4, 6, true)] {
        bench.log = Log::default();
        for beat in packet(StreamKind::Weights, 0, address, &vec![7; count]) {
            assert!(bench.cycle(Some(beat), false));
        }
        (0..6).for_each(|_| assert!(!bench.cycle(None, false)));
        let writes: Vec<_> = (u64::from(address)..).take(if written { count } else { 0 }).map(|at| (1, at, 7)).collect();
        let errors = if written { vec![] } else { vec![3] };
        assert_eq!(bench.log, Log { writes, errors, ..Log::default() }, "{count} beats at {address}");
    }
}
