//! The registers, in Rust and in Verilog, against a plain model; a master with random pauses.
//!
//! All outputs are equal in every cycle. The register map is held against the RTL through AXI: constants, values
//! after a reset, what writes of which bits with which strobes change, reserved bits, and every other address of the
//! 4 KiB.

mod pair;

use contract::engine::EngineConfig;
use contract::interface::{register, CONTROL_RESET, CONTROL_TRACE};
use contract::registers::{self, Access, Reset, REGISTERS};
use hdl::rtl::registers::Registers;
use pair::Pair;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

dut!(Registers {
    in: hard_reset, s_axil.awaddr, s_axil.awvalid, s_axil.wdata, s_axil.wstrb, s_axil.wvalid, s_axil.bready, s_axil.araddr,
        s_axil.arvalid, s_axil.rready, program_valid, busy, frame_valid, program_hash, error_header, error_frame_size,
        error_no_program, error_program_size, frame_dropped, frame_done, count_busy, count_stalled_input,
        count_stalled_output, count_stalled_weights, statistics_write, statistics_layer, statistics_cycles,
        statistics_busy, statistics_stalled, statistics_signature;
    out: s_axil.awready, s_axil.wready, s_axil.bresp, s_axil.bvalid, s_axil.arready, s_axil.rdata, s_axil.rresp,
        s_axil.rvalid, soft_reset, trace, fault
});

/// A size in which no two numbers are equal.
fn config() -> EngineConfig {
    EngineConfig {
        columns: 8,
        activation_rows: 3001,
        squeeze_rows: 3002,
        weight_words: 70_003,
        weight_bits: 7,
        table_entries: 4604,
        layers: 61,
        accumulator_pixels: 1025,
        segment_accumulator_pixels: 256,
        line_pixels: 67,
        pool_pixels: 65,
        ..EngineConfig::standard(8)
    }
}

const ERRORS: [&str; 4] = ["error_header", "error_frame_size", "error_no_program", "error_program_size"];
/// Inputs that count, and the register in which they do.
const COUNTS: [(&str, u32); 6] = [
    ("frame_dropped", register::FRAMES_DROPPED),
    ("frame_done", register::FRAMES_DONE),
    ("count_busy", register::CYCLES_BUSY),
    ("count_stalled_input", register::CYCLES_STALLED_INPUT),
    ("count_stalled_output", register::CYCLES_STALLED_OUTPUT),
    ("count_stalled_weights", register::CYCLES_STALLED_WEIGHTS),
];
const STATES: [&str; 3] = ["program_valid", "busy", "frame_valid"];

/// Everything that software can see.
#[derive(Default)]
struct Model {
    states: u64,
    hash: u64,
    trace: u64,
    errors: u64,
    /// An error was there in the cycle before.
    fault: bool,
    cycles: u64,
    counts: [u64; 6],
    statistics: Vec<[u64; 4]>,
}

impl Model {
    fn read(&self, address: u32) -> u64 {
        let address = address & 0xFFC;
        if let Some(value) = registers::at(address).and_then(|register| register.constant(&config())) {
            return value.into();
        }
        let value = match address {
            register::CONTROL => self.trace << 1,
            register::STATUS => self.states,
            register::ERRORS => self.errors,
            register::PROGRAM_HASH_LOW => self.hash * (self.states & 1),
            register::PROGRAM_HASH_HIGH => (self.hash >> 32) * (self.states & 1),
            register::CYCLES => self.cycles,
            register::LAYER_STATISTICS..=0x7FF => self.statistics[(address as usize - 0x400) / 16][address as usize / 4 % 4],
            _ => COUNTS.iter().position(|c| c.1 == address).map_or(0, |i| self.counts[i]),
        };
        value & 0xFFFF_FFFF
    }
}

/// A write as the master offers it: address and data each wait for their turn.
#[derive(Clone, Copy, Debug)]
struct Write {
    address: u32,
    data: u64,
    strobes: u64,
    address_offered: bool,
    data_offered: bool,
    address_taken: bool,
    data_taken: bool,
    done: bool,
}

impl Write {
    fn new(address: u32, data: u64, strobes: u64) -> Self {
        let no = false;
        Self { address, data, strobes, address_offered: no, data_offered: no, address_taken: no, data_taken: no, done: no }
    }
}

/// A read: its address, whether it was offered, and once taken every value that it may return.
#[derive(Clone, Debug, Default)]
struct Read {
    address: u32,
    offered: bool,
    taken: bool,
    values: Vec<u64>,
}

/// How often things happen.
#[derive(Clone, Copy)]
struct Chances {
    offer: f64,
    ready: f64,
    event: f64,
}

struct Bench {
    pair: Pair<Registers>,
    model: Model,
    write: Option<Write>,
    read: Option<Read>,
    r_waiting: Option<u64>,
    /// Cycles for which `soft_reset` has been high.
    resetting: u32,
    resets: u32,
    rng: StdRng,
}

impl Bench {
    fn new() -> Self {
        let model = Model { statistics: vec![[0; 4]; 64], ..Model::default() };
        let rng = StdRng::seed_from_u64(0);
        Self { pair: Pair::new(Registers::new(&config())), model, write: None, read: None, r_waiting: None, resetting: 0, resets: 0, rng }
    }

    /// One cycle; the value of a read that ended in it.
    fn cycle(&mut self, chances: Chances) -> Option<u64> {
        let Self { pair, model, rng, .. } = self;
        let mut chance = |p: f64| rng.random_bool(p);
        let garbage = u64::from(chance(0.5)) * 0xFFF;

        // the engine's side
        let errors = ERRORS.map(|_| chance(chances.event));
        let counts = COUNTS.map(|_| chance(chances.event));
        if chance(chances.event) {
            model.states = u64::from(chance(0.5)) | u64::from(chance(0.5)) << 1 | u64::from(chance(0.5)) << 2;
        }
        let write_statistics = chance(chances.event);
        let statistics: [u64; 4] = std::array::from_fn(|_| rng.random_range(0..1 << 32));
        let layer = rng.random_range(0..64);
        if rng.random_bool(chances.event) {
            model.hash = rng.random();
        }
        ERRORS.iter().zip(errors).for_each(|(port, value)| pair.set(port, value.into()));
        COUNTS.iter().zip(counts).for_each(|((port, _), value)| pair.set(port, value.into()));
        (0..).zip(STATES).for_each(|(i, port)| pair.set(port, model.states >> i & 1));
        pair.set("program_hash", model.hash);
        pair.set("statistics_write", write_statistics.into());
        pair.set("statistics_layer", layer);
        for (port, value) in ["cycles", "busy", "stalled", "signature"].iter().zip(statistics) {
            pair.set(&format!("statistics_{port}"), value);
        }

        // the master's side
        let mut chance = |p: f64| rng.random_bool(p);
        if let Some(write) = &mut self.write {
            write.address_offered |= !write.address_taken && chance(chances.offer);
            write.data_offered |= !write.data_taken && chance(chances.offer);
        }
        if let Some(read) = &mut self.read {
            read.offered |= !read.taken && chance(chances.offer);
        }
        let aw = self.write.filter(|w| w.address_offered && !w.address_taken);
        let w = self.write.filter(|w| w.data_offered && !w.data_taken);
        let ar = self.read.as_ref().filter(|r| r.offered && !r.taken).map(|r| r.address);
        let (b_ready, r_ready) = (chance(chances.ready), chance(chances.ready));
        pair.set("s_axil_awvalid", aw.is_some().into());
        pair.set("s_axil_awaddr", aw.map_or(garbage, |w| w.address.into()));
        pair.set("s_axil_wvalid", w.is_some().into());
        pair.set("s_axil_wdata", w.map_or(garbage, |w| w.data));
        pair.set("s_axil_wstrb", w.map_or(garbage & 15, |w| w.strobes));
        pair.set("s_axil_bready", b_ready.into());
        pair.set("s_axil_arvalid", ar.is_some().into());
        pair.set("s_axil_araddr", ar.map_or(garbage, u64::from));
        pair.set("s_axil_rready", r_ready.into());
        pair.settle();

        // what the slave did in this cycle
        assert_eq!(pair.get("trace"), model.trace);
        assert_eq!(pair.high("fault"), model.fault, "cycle {}: fault", pair.cycle);
        let in_reset = pair.high("soft_reset");
        let (mut cleared, mut control) = (0, None);
        let mut write_done = false;
        if let Some(write) = &mut self.write {
            if write.address_taken && write.data_taken && !write.done {
                // it takes effect one cycle after its second half was taken
                write.done = true;
                if write.strobes & 1 != 0 && write.address & 0xFFC == register::ERRORS {
                    cleared = write.data & 15;
                }
                if write.strobes & 1 != 0 && write.address & 0xFFC == register::CONTROL {
                    control = Some(write.data as u32);
                }
                assert!(!pair.high("s_axil_bvalid"));
            } else if write.done {
                assert!(pair.high("s_axil_bvalid"), "no response, or it was withdrawn");
                assert_eq!(pair.get("s_axil_bresp"), 0);
                write_done = b_ready;
            } else {
                assert!(!pair.high("s_axil_bvalid"), "a response before the write");
            }
            write.address_taken |= aw.is_some() && pair.high("s_axil_awready");
            write.data_taken |= w.is_some() && pair.high("s_axil_wready");
        } else {
            assert!(!pair.high("s_axil_bvalid"), "a response without a write");
        }
        let mut returned = None;
        if let Some(read) = &mut self.read {
            if pair.high("s_axil_rvalid") {
                let value = pair.get("s_axil_rdata");
                assert!(read.taken, "a response before the address");
                assert!(read.values.contains(&value), "cycle {}: {read:x?} returned {value:#x}", pair.cycle);
                assert_eq!(pair.get("s_axil_rresp"), 0);
                assert!(self.r_waiting.is_none_or(|waiting| waiting == value), "a waiting response changed");
                self.r_waiting = (!r_ready).then_some(value);
                returned = r_ready.then_some(value);
            } else {
                assert!(self.r_waiting.is_none(), "a response was withdrawn");
            }
            read.taken |= ar.is_some() && pair.high("s_axil_arready");
            if read.taken {
                read.values.push(model.read(read.address));
            }
        } else {
            assert!(!pair.high("s_axil_rvalid"), "a response without a read");
        }
        if in_reset {
            self.resetting += 1;
        } else if self.resetting > 0 {
            assert_eq!(self.resetting, Registers::RESET_CYCLES, "length of a reset");
            (self.resetting, self.resets) = (0, self.resets + 1);
        }

        // the model's next state
        model.fault = model.errors != 0;
        model.errors = model.errors & !cleared | (0..).zip(errors).map(|(i, e)| u64::from(e) << i).sum::<u64>();
        model.cycles += 1;
        model.counts.iter_mut().zip(counts).for_each(|(count, event)| *count += u64::from(event));
        if in_reset {
            (model.errors, model.cycles, model.counts) = (0, 0, [0; 6]);
        }
        if write_statistics {
            model.statistics[layer as usize] = statistics;
        }
        if let Some(control) = control {
            model.trace = u64::from(control & CONTROL_TRACE != 0);
        }
        pair.clock();
        if control.is_some_and(|c| c & CONTROL_RESET != 0) {
            pair.settle();
            assert!(pair.high("soft_reset"), "the reset begins with the write's effect");
            if in_reset {
                self.resetting = 0; // it begins anew
            }
        }
        if write_done {
            self.write = None;
        }
        if returned.is_some() {
            self.read = None;
        }
        returned
    }

    fn quiet(&mut self) -> Option<u64> {
        self.cycle(Chances { offer: 1.0, ready: 1.0, event: 0.0 })
    }

    fn read(&mut self, address: u32) -> u64 {
        self.read = Some(Read { address, ..Read::default() });
        (0..10).find_map(|_| self.quiet()).expect("a read ends within ten cycles")
    }

    fn write(&mut self, address: u32, data: u64) {
        self.write = Some(Write::new(address, data, 15));
        while self.write.is_some() {
            self.quiet();
        }
    }
}

fn random_address(rng: &mut StdRng) -> u32 {
    match rng.random_range(0..4) {
        0 => rng.random_range(0..0x1000),
        1 => register::LAYER_STATISTICS + rng.random_range(0..0x400),
        _ => rng.random_range(0..0x78),
    }
}

#[test]
fn random_accesses_match_the_model() {
    let mut bench = Bench::new();
    let (mut reads, mut writes) = (0, 0);
    for seed in 0..40 {
        println!("seed {seed}");
        bench.rng = StdRng::seed_from_u64(seed);
        let rng = &mut bench.rng;
        let chances = if seed % 4 == 0 {
            Chances { offer: 1.0, ready: 1.0, event: 0.1 }
        } else {
            Chances { offer: rng.random_range(0.1..1.0), ready: rng.random_range(0.1..1.0), event: rng.random_range(0.01..0.9) }
        };
        for _ in 0..1500 {
            let rng = &mut bench.rng;
            if bench.read.is_none() && rng.random_bool(0.5) {
                bench.read = Some(Read { address: random_address(rng), ..Read::default() });
            }
            if bench.write.is_none() && rng.random_bool(0.3) {
                let address = [register::ERRORS, register::CONTROL, random_address(rng)][rng.random_range(0..3)];
                let mut data = rng.random_range(0..1 << 32);
                if !rng.random_bool(0.02) {
                    data &= !u64::from(CONTROL_RESET);
                }
                let strobes = if rng.random_bool(0.7) { 15 } else { rng.random_range(0..16) };
                bench.write = Some(Write::new(address, data, strobes));
            }
            let writing = bench.write.is_some();
            reads += u32::from(bench.cycle(chances).is_some());
            writes += u32::from(writing && bench.write.is_none());
        }
    }
    println!("{reads} reads, {writes} writes, {} resets", bench.resets);
    assert!(reads > 3000 && writes > 2000 && bench.resets > 10);
}

/// Where a word of the map is, and its register.
fn words() -> impl Iterator<Item = (u32, &'static registers::Register)> {
    REGISTERS.iter().flat_map(|register| (0..register.words).map(move |word| (register.offset + 4 * word, register)))
}

/// A bench whose registers hold something wherever they can, and then stand still, but for the cycles.
fn stirred() -> Bench {
    let mut bench = Bench::new();
    bench.write(register::CONTROL, u64::from(!CONTROL_RESET));
    for _ in 0..4000 {
        bench.cycle(Chances { offer: 1.0, ready: 1.0, event: 0.5 });
    }
    (bench.model.states, bench.model.hash) = (7, 0x0123_4567_89AB_CDEF);
    bench
}

#[test]
fn every_address_reads_as_the_map_says() {
    let mut bench = stirred();
    for address in (0..0x1000).step_by(4) {
        // held against the model inside, too
        let value = bench.read(address) as u32;
        let Some(register) = registers::at(address) else {
            assert_eq!(value, 0, "{address:#x} has no meaning");
            continue;
        };
        assert_eq!(value & !register.readable(), 0, "reserved bits of {}", register.name);
        match register.constant(&config()) {
            Some(constant) => assert_eq!(value, constant, "{}", register.name),
            // so that what follows sees every register change
            None => assert_ne!(value, 0, "{} at {address:#x} holds nothing", register.name),
        }
        assert_eq!(bench.read(address + 3) as u32 == value, register.name != "CYCLES", "the two low bits are ignored");
    }
}

#[test]
fn a_soft_reset_leaves_what_the_map_says() {
    let mut bench = stirred();
    let before: Vec<u64> = words().map(|(address, _)| bench.read(address)).collect();
    // what the parser shows goes with its reset
    (bench.model.states, bench.model.hash) = (0, 0);
    for ((address, register), before) in words().zip(before) {
        // counters stand still as long as the reset lasts
        bench.write(register::CONTROL, u64::from(CONTROL_RESET | CONTROL_TRACE));
        let expected = match register.reset {
            Reset::Value(value) => value.into(),
            Reset::Kept => before,
            Reset::Fixed(_) | Reset::Size(_) => register.constant(&config()).expect("a constant").into(),
        };
        assert_eq!(bench.read(address), expected, "{} at {address:#x}", register.name);
    }
}

#[test]
fn writes_change_what_the_map_lets_them() {
    let mut bench = stirred();
    let triggers = |register: &registers::Register| u64::from(register.bits(Access::Trigger));
    let at = |bench: &mut Bench, address: u32, register: Option<&registers::Register>, data: u64, strobes: u64| {
        let before = bench.read(address);
        let trigger = register.map_or(0, triggers);
        bench.write = Some(Write::new(address, data & !trigger, strobes));
        while bench.write.is_some() {
            bench.quiet();
        }
        // every bit that can be written is in byte 0
        let (writable, cleared) = match register {
            Some(register) if strobes & 1 == 1 => {
                (u64::from(register.bits(Access::ReadWrite)), u64::from(register.bits(Access::ClearByOne)))
            }
            _ => (0, 0),
        };
        let writable = register.map_or(0, |register| writable & u64::from(register.readable()));
        assert_eq!((writable | cleared) & !0xFF, 0, "{address:#x}: beyond byte 0");
        let after = bench.read(address);
        if address == register::CYCLES {
            assert!((1..60).contains(&(after - before)), "CYCLES goes on, whatever is written");
        } else {
            assert_eq!(after, before & !writable & !(data & cleared) | data & writable, "{address:#x}, {data:#x}, strobes {strobes:#x}");
        }
    };
    for address in (0..0x1000).step_by(4) {
        let register = registers::at(address);
        let changes = register.is_some_and(|register| register.access != Access::Read);
        let (strobes, data): (_, &[u64]) =
            if changes { (0..16, &[0, 0xFFFF_FFFF, 0x5555_5555, 0xAAAA_AAAA, 1, 2, 4, 8]) } else { (15..16, &[0xFFFF_FFFF, 0x5555_5555]) };
        for strobes in strobes {
            for data in data {
                if register.is_some_and(|register| register.access == Access::ClearByOne) {
                    // all errors again
                    while bench.model.errors != 15 {
                        bench.cycle(Chances { offer: 1.0, ready: 1.0, event: 0.9 });
                    }
                }
                at(&mut bench, address, register, *data, strobes);
            }
        }
    }
}

#[test]
fn an_error_that_is_raised_while_it_is_cleared_stays() {
    let mut bench = stirred();
    while bench.model.errors != 15 {
        bench.cycle(Chances { offer: 1.0, ready: 1.0, event: 0.9 });
    }
    bench.write = Some(Write::new(register::ERRORS, 0xFFFF_FFFF, 15));
    while bench.write.is_some() {
        // all of them in every cycle
        bench.cycle(Chances { offer: 1.0, ready: 1.0, event: 1.0 });
    }
    assert_eq!(bench.read(register::ERRORS), 15);
    bench.write(register::ERRORS, 0xFFFF_FFFF);
    assert_eq!(bench.read(register::ERRORS), 0);
}

#[test]
fn soft_reset_keeps_the_port_and_clears_counters() {
    let mut bench = Bench::new();
    for _ in 0..100 {
        bench.cycle(Chances { offer: 1.0, ready: 1.0, event: 0.5 });
    }
    assert_ne!(bench.read(register::FRAMES_DONE), 0);
    bench.write(register::CONTROL, u64::from(CONTROL_RESET | CONTROL_TRACE));
    assert!(bench.pair.high("soft_reset") && bench.pair.high("trace"));
    assert_eq!(bench.read(register::CONTROL), u64::from(CONTROL_TRACE), "read during the reset");
    assert_eq!([register::FRAMES_DONE, register::ERRORS, register::CYCLES].map(|r| bench.read(r)), [0; 3]);
    for _ in 0..Registers::RESET_CYCLES {
        bench.quiet();
    }
    assert!(!bench.pair.high("soft_reset"));
    assert_eq!(bench.resets, 1);
}

#[test]
fn a_hard_reset_of_one_cycle_withdraws_both_responses() {
    let mut bench = Bench::new();
    let pair = &mut bench.pair;
    ["awvalid", "wvalid", "arvalid"].iter().for_each(|port| pair.set(&format!("s_axil_{port}"), 1));
    ["bready", "rready"].iter().for_each(|port| pair.set(&format!("s_axil_{port}"), 0));
    let responses = ["bvalid", "rvalid"].map(|port| format!("s_axil_{port}"));
    for _ in 0..8 {
        pair.settle();
        pair.clock();
    }
    pair.settle();
    assert!(responses.iter().all(|port| pair.high(port)));
    ["awvalid", "wvalid", "arvalid"].iter().for_each(|port| pair.set(&format!("s_axil_{port}"), 0));
    for reset in [true, false, false] {
        pair.set("hard_reset", reset.into());
        pair.settle();
        assert!(responses.iter().all(|port| !pair.high(port)), "withdrawn at once");
        pair.clock();
    }
}

#[test]
fn hard_reset_holds_soft_reset_as_long() {
    let mut bench = Bench::new();
    bench.write(register::CONTROL, u64::from(CONTROL_TRACE));
    let pair = &mut bench.pair;
    pair.set("hard_reset", 1);
    pair.set("s_axil_awvalid", 1);
    pair.set("s_axil_arvalid", 1);
    for _ in 0..5 {
        pair.settle();
        assert!(["awready", "wready", "arready"].iter().all(|port| !pair.high(&format!("s_axil_{port}"))));
        pair.clock();
    }
    pair.set("s_axil_awvalid", 0);
    pair.set("s_axil_arvalid", 0);
    pair.set("hard_reset", 0);
    pair.settle();
    assert!(!pair.high("trace") && !pair.high("s_axil_bvalid") && !pair.high("s_axil_rvalid"));
    let mut cycles = 0;
    while pair.high("soft_reset") {
        pair.clock();
        pair.settle();
        cycles += 1;
    }
    assert_eq!(cycles, Registers::RESET_CYCLES);
    (bench.model.trace, bench.model.cycles) = (0, 0);
    assert_eq!(bench.read(register::CONTROL), 0);
}
