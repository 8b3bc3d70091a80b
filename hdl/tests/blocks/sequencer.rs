//! `ember_sequencer` against the story that docs/interface.md tells: descriptors of every kind field by field, the pulses of a
//! frame in their order and cycle, counters, traces, waits, and resets at any time.

use crate::pair::stimuli::{driven, number, random, Drive};
use crate::pair::{self, Pair};
use hdl::rtl::sequencer::Sequencer;
use hdl::target::MemoryStyle;
use rand::rngs::StdRng;
use rand::Rng;
use std::collections::VecDeque;

dut!(Sequencer {
    in: reset, write, write_address, write_data, program_valid, frame_valid, frame_sequence, trace, scan_idle, layer_done, working,
        stalled, sums_busy, result_busy, trace_busy;
    out: frame_release, is_stem, is_expand, to_squeeze, is_classifier, pool, floor, write_output, kernel_7, segmented, padded, slots,
        last_part, last_pass, last_block, prefill, last_column, last_row, map_last_column, last_strip_row, last_strip, source_step,
        destination_step, slices, destination, start, result_start, result_sequence, frame_cycles, trace_start, layer, trace_rows,
        trace_beats, statistics_write, statistics_layer, statistics_cycles, statistics_busy, statistics_stalled, stalled_input,
        stalled_output, busy
});

/// Output, beat, lowest bit, bits: the table of descriptors in docs/interface.md.
const FIELDS: [(&str, usize, u32, u32); 22] = [
    ("pool", 0, 2, 1),
    ("floor", 3, 45, 1),
    ("write_output", 0, 3, 1),
    ("kernel_7", 0, 4, 1),
    ("segmented", 0, 5, 1),
    ("padded", 0, 6, 1),
    ("slots", 0, 8, 3),
    ("last_part", 0, 11, 2),
    ("last_pass", 0, 16, 16),
    ("last_block", 0, 32, 16),
    ("prefill", 0, 48, 16),
    ("last_column", 1, 0, 16),
    ("last_row", 1, 16, 16),
    ("map_last_column", 1, 32, 16),
    ("last_strip_row", 1, 48, 16),
    ("source_step", 2, 0, 20),
    ("destination_step", 2, 20, 20),
    ("slices", 2, 40, 6),
    ("last_strip", 2, 46, 16),
    ("destination", 3, 0, 20),
    ("trace_rows", 3, 20, 20),
    ("trace_beats", 3, 40, 5),
];
/// Kinds 0 to 3, in the order of their numbers.
const KINDS: [&str; 4] = ["is_stem", "to_squeeze", "is_expand", "is_classifier"];
const LAST: u64 = 1 << 7;

/// Any descriptor memory, also one that no program has: 256 layers, so that the layer's number wraps inside it.
#[test]
fn in_step() {
    let drives = [
        ("reset", Drive::Seldom(400)),
        ("write_address", Drive::Below(1024)),
        ("program_valid", Drive::Mostly(300)),
        ("scan_idle", Drive::Mostly(2)),
    ];
    driven(&mut Pair::new(Sequencer::new(256, MemoryStyle::Auto)), &drives, 20_000, 1);
}

/// Nothing but what a layer is, and whether it is the last.
#[derive(Clone, Debug)]
struct Layer {
    kind: usize,
    last: bool,
    fields: Vec<u64>,
    beats: [u64; 4],
}

impl Layer {
    fn random(rng: &mut StdRng, kind: usize, last: bool) -> Self {
        // what no field covers may be anything
        let mut beats: [u64; 4] = std::array::from_fn(|_| rng.random());
        beats[0] = beats[0] & !(3 | LAST) | kind as u64 | if last { LAST } else { 0 };
        let mut fields = vec![];
        for (_, beat, low, bits) in FIELDS {
            let value = number(rng, bits) as u64;
            beats[beat] = beats[beat] & !(((1 << bits) - 1) << low) | value << low;
            fields.push(value);
        }
        Self { kind, last, fields, beats }
    }

    fn field(&self, name: &str) -> u64 {
        self.fields[FIELDS.iter().position(|f| f.0 == name).expect("a field")]
    }
}

/// The engine's answers to the sequencer in a cycle.
#[derive(Clone, Copy)]
struct Answers {
    frame_valid: bool,
    scan_idle: bool,
    layer_done: bool,
    sums_busy: bool,
    result_busy: bool,
    trace_busy: bool,
}

/// What the sequencer shows a cycle after a state; a layer's counters are cycles, busy, stalled.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shows {
    busy: bool,
    start: bool,
    frame_release: bool,
    statistics: Option<(u64, [u64; 3])>,
    trace_start: bool,
    result: Option<(u64, u64)>,
    stalled_input: bool,
    stalled_output: bool,
}

/// A reset, or a program that is no longer valid, in the last cycle.
struct Aborted;

/// From a layer's end to the cycle in which its counters are shown; a reset drops those that are further off than this.
const ACCOUNT: u64 = 5;
const DROPPED: u64 = 2;
/// Cycles in which the first descriptor is read; the others are read while the layer before runs.
const FETCH: u64 = 6;

struct Bench {
    pair: Pair<Sequencer>,
    rng: StdRng,
    program: Vec<Layer>,
    /// The layer whose fields are at the outputs.
    shown: Option<Layer>,
    /// Cycles until the next reset.
    abort: u64,
    sequence: u64,
    /// Counted here: cycles of the frame; busy and stalled cycles since the layer's start, and a cycle before.
    frame: u64,
    worked: [u64; 2],
    worked_before: [u64; 2],
    /// What the last cycle's state shows now.
    late: Shows,
    /// Counters still to be shown: the cycle, and what.
    accounts: VecDeque<(u64, (u64, [u64; 3]))>,
}

impl Bench {
    /// Anything: most answers are not looked at most of the time.
    fn noise(&mut self) -> Answers {
        let mut bit = || self.rng.random_bool(0.5);
        Answers { frame_valid: bit(), scan_idle: bit(), layer_done: bit(), sums_busy: bit(), result_busy: bit(), trace_busy: bit() }
    }

    fn cycle(&mut self, answers: Answers, mut shows: Shows) -> Result<(), Aborted> {
        let Self { pair, rng, .. } = self;
        let (working, stalled) = (rng.random_bool(0.6), rng.random_bool(0.3));
        let sequence: u32 = rng.random();
        let abort = self.abort == 0;
        let by_reset = rng.random_bool(0.5);
        self.abort = self.abort.saturating_sub(1);
        pair.set("reset", (abort && by_reset).into());
        pair.set("program_valid", (!abort || by_reset).into());
        for (pin, value) in [
            ("frame_valid", answers.frame_valid),
            ("scan_idle", answers.scan_idle),
            ("layer_done", answers.layer_done),
            ("sums_busy", answers.sums_busy),
            ("result_busy", answers.result_busy),
            ("trace_busy", answers.trace_busy),
            ("working", working),
            ("stalled", stalled),
        ] {
            pair.set(pin, value.into());
        }
        pair.set("frame_sequence", sequence.into());
        pair.settle();
        let found = Shows {
            busy: pair.high("busy"),
            start: pair.high("start"),
            frame_release: pair.high("frame_release"),
            statistics: pair
                .high("statistics_write")
                .then(|| (pair.get("statistics_layer"), ["cycles", "busy", "stalled"].map(|name| pair.get(&format!("statistics_{name}"))))),
            trace_start: pair.high("trace_start"),
            result: pair.high("result_start").then(|| (pair.get("result_sequence"), pair.get("frame_cycles"))),
            stalled_input: pair.high("stalled_input"),
            stalled_output: pair.high("stalled_output"),
        };
        if let Some(account) = shows.statistics.take() {
            self.accounts.push_back((pair.cycle + ACCOUNT, account));
        }
        let mut expected = std::mem::replace(&mut self.late, shows);
        if self.accounts.front().is_some_and(|account| account.0 == pair.cycle) {
            expected.statistics =
                self.accounts.pop_front().map(|(_, (layer, [cycles, ..]))| (layer, [cycles, self.worked_before[0], self.worked_before[1]]));
        }
        assert_eq!(found, expected, "cycle {}: found, and expected", pair.cycle);
        if let Some(layer) = &self.shown {
            for ((name, ..), value) in FIELDS.iter().zip(&layer.fields) {
                assert_eq!(pair.get(name), *value, "cycle {}: {name}", pair.cycle);
            }
            for (kind, name) in KINDS.iter().enumerate() {
                assert_eq!(pair.high(name), kind == layer.kind, "cycle {}: {name} of kind {}", pair.cycle, layer.kind);
            }
        }
        pair.clock();
        self.sequence = sequence.into();
        self.worked_before = self.worked;
        self.worked[0] += u64::from(working);
        self.worked[1] += u64::from(stalled);
        if expected.start {
            self.worked = [0; 2];
        }
        if abort {
            // no pulse leaves; counters that are nearly there do
            let Shows { busy, stalled_input, stalled_output, .. } = self.late;
            self.late = Shows { busy, stalled_input, stalled_output, ..Shows::default() };
            let now = self.pair.cycle - 1;
            self.accounts.retain(|account| account.0 <= now + DROPPED);
            Err(Aborted)
        } else {
            Ok(())
        }
    }

    fn noisy(&mut self, shows: Shows) -> Result<(), Aborted> {
        let answers = self.noise();
        self.cycle(answers, shows)
    }

    /// One frame; what it shows, cycle by cycle.
    fn frame(&mut self) -> Result<(), Aborted> {
        let quiet = || Shows { busy: true, ..Shows::default() };
        let mut sequence = self.sequence;
        for (number, layer) in self.program.clone().into_iter().enumerate() {
            let (stem, classifier) = (layer.kind == 0, layer.kind == 3);
            let fetch = if self.shown.is_none() { FETCH } else { 1 };
            for _ in 0..fetch {
                self.noisy(quiet())?;
                self.frame += 1;
            }
            self.shown = Some(layer.clone());
            loop {
                let mut answers = self.noise();
                answers.frame_valid = self.rng.random_bool(0.3);
                answers.result_busy = self.rng.random_bool(0.7);
                let stalled_input = stem && !answers.frame_valid;
                let stalled_output = classifier && answers.result_busy;
                self.cycle(answers, Shows { busy: !stalled_input, stalled_input, stalled_output, ..Shows::default() })?;
                if stem {
                    (sequence, self.frame) = (self.sequence, 0);
                }
                if !stalled_input && !stalled_output {
                    break;
                }
            }
            self.noisy(Shows { start: true, ..quiet() })?;
            let mut cycles = fetch + 1;
            let mut done = false;
            loop {
                let mut answers = self.noise();
                answers.layer_done = self.rng.random_bool(0.1);
                let ends = done && answers.scan_idle;
                done |= answers.layer_done;
                self.cycle(answers, Shows { frame_release: stem && ends, ..quiet() })?;
                cycles += 1;
                if ends {
                    break;
                }
            }
            let trace = self.rng.random_bool(0.5);
            self.pair.set("trace", trace.into());
            let traced = trace && layer.field("write_output") == 1;
            self.noisy(Shows { statistics: Some((number as u64, [cycles, 0, 0])), trace_start: traced, ..quiet() })?;
            // the start, what ran, and this
            self.frame += cycles - fetch + 1;
            let mut waits = vec![];
            waits.extend(traced.then_some("trace"));
            waits.extend(layer.last.then_some("sums"));
            for wait in waits {
                // a trace is busy from the cycle after its start on
                for waited in 0.. {
                    let mut answers = self.noise();
                    let busy = self.rng.random_bool(0.6);
                    *(if wait == "trace" { &mut answers.trace_busy } else { &mut answers.sums_busy }) = busy;
                    self.cycle(answers, quiet())?;
                    assert_eq!(self.pair.get("layer"), number as u64);
                    if !busy && (waited > 0 || wait != "trace") {
                        break;
                    }
                }
            }
            if layer.last {
                self.noisy(Shows { result: Some((sequence, self.frame)), ..quiet() })?;
            }
        }
        Ok(())
    }
}

fn write(pair: &mut Pair<Sequencer>, program: &[Layer]) {
    pair.set("program_valid", 0);
    pair.set("write", 1);
    for (address, beat) in program.iter().flat_map(|layer| layer.beats).enumerate() {
        pair.set("write_address", address as u64);
        pair.set("write_data", beat);
        pair.settle();
        pair.clock();
    }
    pair.set("write", 0);
}

/// Programs of 1 to 4 layers in a memory of four; the first is a stem, or there is no new sequence number.
fn programs(rng: &mut StdRng, turn: usize) -> Vec<Layer> {
    let layers = 1 + turn % 4;
    let kind = |rng: &mut StdRng, i: usize| if i == 0 { 0 } else { [1, 2, 3, 0][(turn / 4 + i + rng.random_range(0..2)) % 4] };
    (0..layers)
        .map(|i| {
            let kind = kind(rng, i);
            Layer::random(rng, kind, i + 1 == layers)
        })
        .collect()
}

#[test]
fn frames_run_as_their_descriptors_say() {
    let mut rng = random(2);
    let mut pair = Pair::new(Sequencer::new(4, MemoryStyle::Auto));
    let (mut results, mut aborted) = (0, 0);
    for turn in 0..60 {
        let program = programs(&mut rng, turn);
        println!("program {turn}: kinds {:?}", program.iter().map(|layer| layer.kind).collect::<Vec<_>>());
        write(&mut pair, &program);
        let mut bench = Bench {
            pair,
            rng,
            program,
            shown: None,
            abort: u64::MAX,
            sequence: 0,
            frame: 0,
            worked: [0; 2],
            worked_before: [0; 2],
            late: Shows::default(),
            accounts: VecDeque::new(),
        };
        for frames in 0..4 {
            // a reset in the middle of a layer, or none for a while
            bench.abort = if frames % 2 == 0 { bench.rng.random_range(0..120) } else { u64::MAX };
            bench.shown = None;
            // nothing runs; from the next cycle on the first descriptor is read
            let abort = std::mem::replace(&mut bench.abort, u64::MAX);
            assert!(bench.noisy(Shows::default()).is_ok());
            bench.abort = abort;
            while bench.frame().is_ok() {
                results += 1;
                if bench.abort > 1000 && results % 3 == 0 {
                    // ends it for the next round
                    bench.abort = 0;
                }
            }
            aborted += 1;
        }
        (pair, rng) = (bench.pair, bench.rng);
    }
    assert!(results > 100 && aborted > 50, "{results} frames, {aborted} resets");
}
