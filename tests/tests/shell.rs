//! The whole engine behind the board's shell, with two clocks: the bytes are those of the engine alone.
//!
//! 4 columns, streams of 64 to 512 bits at 250:250, 125:250, 250:171 and 62.5:250 MHz, with `tlast` and padding as
//! the driver makes them, without and with pauses; synchronisers that take a cycle more at random; resets of either
//! side in mid frame, with a clock that stands still; registers; the interrupt.

mod shell_rig;

use contract::engine::EngineConfig;
use contract::interface::{register, ERROR_HEADER, MAGIC};
use ember_tests::small_engine;
use net::layout::{Classifier, Fire, Layout, Stem};
use net::model::Network;
use net::{compiler, reference};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use shell_rig::{half_period, Rig};
use sim::engine::{Options, Packet, SimulatedEngine};
use test_support::random;

/// Clocks of streams and engine in MHz: equal, slow streams, an odd ratio, very slow streams.
const CLOCKS: [(f64, f64); 4] = [(250.0, 250.0), (125.0, 250.0), (250.0, 171.0), (62.5, 250.0)];

fn config() -> EngineConfig {
    small_engine(4)
}

fn network() -> Network {
    let fires = vec![Fire { squeeze: 12, expand: 20, pool: true }];
    let stem = Stem { kernel: 3, channels: 21, pool: true };
    let layout = Layout {
        name: "shell".into(),
        height: 19,
        width: 22,
        stem,
        fires,
        classifier: Classifier { classes: 13, padding: 0 },
        floor_pools: false,
    };
    random::ordinary_network(&layout, 7)
}

/// The network compiled, and what the engine alone answers to frames 1, 2, 3...
struct Expected {
    network: Network,
    program: compiler::Program,
    packets: Vec<Packet>,
}

impl Expected {
    fn new() -> Self {
        let network = network();
        let program = compiler::compile(&network, &config()).unwrap_or_else(|e| panic!("{e}"));
        let mut engine =
            SimulatedEngine::build(&hdl::generate(&config()), Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
        engine.queue_bytes(&program.stream());
        let mut expected = Self { network, program, packets: vec![] };
        for sequence in 1..=3 {
            engine.queue_bytes(&expected.frame(sequence));
            let packet = engine.receive().unwrap_or_else(|e| panic!("{e}"));
            let image = random::image(&expected.network.layout, u64::from(sequence));
            let sums = reference::run(&expected.network, image.view()).expect("a sound network").sums;
            assert_eq!(packet.sums(), Some(sums));
            expected.packets.push(packet);
        }
        expected
    }

    fn frame(&self, sequence: u32) -> Vec<u8> {
        self.program.frame(random::image(&self.network.layout, u64::from(sequence)).view(), sequence)
    }

    fn load(&self, rig: &mut Rig) {
        rig.send(&self.program.stream());
        rig.until("the program", Rig::sent);
    }

    /// Frames 1 to `count` back to back, each with its result.
    fn run(&self, rig: &mut Rig, count: u32) {
        (1..=count).for_each(|sequence| rig.send(&self.frame(sequence)));
        for packet in &self.packets[..count as usize] {
            let bytes = rig.receive();
            let beats: Vec<u64> = bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("eight bytes"))).collect();
            let got = Packet::parse(&beats, packet.received_in).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(got.payload, packet.payload);
            assert_eq!((got.sequence, got.program_hash, got.kind), (packet.sequence, packet.program_hash, packet.kind));
        }
        assert_eq!(rig.read(register::ERRORS), 0);
    }
}

fn frames(stream_bits: usize) {
    let expected = Expected::new();
    for (i, (stream, engine)) in CLOCKS.into_iter().enumerate() {
        for pauses in [0, 1, 6] {
            let seed = 100 * stream_bits as u64 + 10 * i as u64 + u64::from(pauses);
            println!("{stream_bits} bits, {stream} and {engine} MHz, pauses {pauses}/10, seed {seed}");
            let mut rig = Rig::new(&config(), stream_bits, (half_period(stream), half_period(engine)), seed, |_| {});
            rig.pauses = pauses;
            assert_eq!(rig.read(register::MAGIC), MAGIC);
            expected.load(&mut rig);
            expected.run(&mut rig, 3);
        }
    }
}

#[test]
fn frames_through_64_bits() {
    frames(64);
}

#[test]
fn frames_through_128_bits() {
    frames(128);
}

#[test]
fn frames_through_256_bits() {
    frames(256);
}

#[test]
fn frames_through_512_bits() {
    frames(512);
}

/// Each synchroniser takes a changed bit now or a cycle later, at random: what metastability comes to.
fn late_synchronisers(files: &mut [(String, String)]) {
    let mut changed = 0;
    for (name, text) in files.iter_mut().filter(|(name, _)| name.starts_with("ember_synchroniser_")) {
        let width: usize = name.trim_start_matches("ember_synchroniser_").trim_end_matches(".v").parse().expect("a width");
        let top = width - 1;
        let replaced = text.replace("first <= source;", "first <= (source & ~noise) | (earlier & noise);\n  earlier <= source;");
        // a shift register with feedback, stirred by the signal itself
        let declared = format!(
            "reg [{top}:0] earlier = {width}'d0;\nreg [31:0] state = 32'h1;\nwire [{top}:0] noise = state[{top}:0];\n\
             always @(posedge clock) state <= {{state[30:0], state[31] ^ state[21] ^ state[1] ^ state[0] ^ source[0]}};\n"
        );
        let replaced = replaced.replacen("\n);\n", &format!("\n);\n{declared}"), 1);
        let replaced = if width == 1 { replaced.replace("source[0]", "source") } else { replaced };
        changed += usize::from(replaced.contains("noise)") && replaced.contains("reg [31:0] state"));
        *text = replaced;
    }
    assert_eq!(changed, 2, "single bits and Gray codes");
}

#[test]
fn synchronisers_may_take_a_cycle_more() {
    let expected = Expected::new();
    for (i, (stream, engine)) in CLOCKS.into_iter().enumerate() {
        let seed = 7000 + i as u64;
        println!("{stream} and {engine} MHz, seed {seed}");
        let mut rig = Rig::new(&config(), 128, (half_period(stream), half_period(engine)), seed, late_synchronisers);
        rig.pauses = 2;
        for round in 0..3 {
            expected.load(&mut rig);
            expected.run(&mut rig, 3);
            rig.advance(round * 7);
            rig.reset();
        }
    }
}

#[test]
fn a_reset_of_either_side_in_mid_frame_brings_all_back() {
    let expected = Expected::new();
    let halves = (half_period(125.0), half_period(171.0));
    let seed = 8000;
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut rig = Rig::new(&config(), 128, halves, seed, |_| {});
    for round in 0..30 {
        rig.pauses = rng.random_range(0..4);
        expected.load(&mut rig);
        rig.send(&expected.frame(1));
        rig.send(&expected.frame(2));
        rig.advance(rng.random_range(0..9000));
        match round % 3 {
            // a hot reset: the streams' clock stands still for a part of it
            0 => {
                rig.begin_reset();
                rig.advance(rng.random_range(0..4));
                rig.stop_stream(None);
                rig.set("engine_locked", u32::from(rng.random::<bool>()));
                rig.advance(rng.random_range(1..60));
                rig.stop_stream(Some(halves.0));
                rig.set("engine_locked", 1);
                rig.advance(rng.random_range(0..4));
                rig.end_reset();
            }
            // as short as a reset can be
            1 => {
                rig.begin_reset();
                rig.advance(1);
                rig.end_reset();
            }
            // the engine's clock is lost, and every register access is answered all the same
            _ => {
                rig.begin_reset();
                rig.end_reset();
                rig.set("engine_locked", 0);
                rig.stop_engine(None);
                rig.advance(5);
                assert_eq!(rig.read(register::MAGIC), 0, "the engine is away");
                rig.write(register::CONTROL, 1);
                rig.stop_engine(Some(halves.1));
                rig.set("engine_locked", 1);
            }
        }
        rig.advance(200);
        assert_eq!(rig.read(register::MAGIC), MAGIC, "round {round}");
        assert_eq!(rig.read(register::PROGRAM_HASH_LOW), 0, "round {round}: a reset forgets the program");
        assert_eq!(rig.read(register::ERRORS), 0, "round {round}: nothing of the broken frame is left");
        expected.load(&mut rig);
        expected.run(&mut rig, 2);
    }
}

#[test]
fn addresses_past_the_registers_read_0_and_write_nothing() {
    let mut rig = Rig::new(&config(), 64, (half_period(250.0), half_period(171.0)), 1, |_| {});
    for pauses in [0, 3] {
        rig.pauses = pauses;
        for shift in 12..32 {
            assert_eq!(rig.read(1 << shift | register::MAGIC), 0);
            // would turn traces on
            rig.write(1 << shift | register::CONTROL, 2);
            assert_eq!(rig.read(register::CONTROL), 0, "bit {shift}");
        }
        rig.write(register::CONTROL, 2);
        assert_eq!(rig.read(register::CONTROL), 2);
        rig.write(register::CONTROL, 0);
    }
}

#[test]
fn a_fault_interrupts_once_until_the_host_has_cleared_it() {
    let mut rig = Rig::new(&config(), 256, (half_period(250.0), half_period(125.0)), 2, |_| {});
    for _ in 0..3 {
        rig.advance(100);
        assert_eq!(rig.get("usr_irq_req"), 0);
        rig.send(&0xDEAD_BEEF_u64.to_le_bytes());
        rig.until("the request", |rig| rig.get("usr_irq_req") == 1);
        rig.advance(50);
        assert_eq!(rig.get("usr_irq_req"), 1, "held until it was sent");
        rig.set("usr_irq_ack", 1);
        rig.advance(1);
        rig.set("usr_irq_ack", 0);
        rig.advance(50);
        assert_eq!(rig.get("usr_irq_req"), 1, "held until the host has seen to it");
        assert_eq!(rig.read(register::ERRORS), ERROR_HEADER);
        rig.write(register::ERRORS, ERROR_HEADER);
        rig.advance(50);
        assert_eq!(rig.get("usr_irq_req"), 0);
    }
    // cleared before it was sent: it is sent nevertheless
    rig.send(&1u64.to_le_bytes());
    rig.until("the request", |rig| rig.get("usr_irq_req") == 1);
    rig.write(register::ERRORS, u32::MAX);
    rig.advance(50);
    assert_eq!(rig.get("usr_irq_req"), 1);
    rig.set("usr_irq_ack", 1);
    rig.advance(2);
    rig.set("usr_irq_ack", 0);
    rig.advance(2);
    assert_eq!(rig.get("usr_irq_req"), 0);
}
