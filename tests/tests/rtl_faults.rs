//! Frames that are wrong, and resets at the worst moment: the next frame is right.
//!
//! Frames of a wrong size, beats outside packets, frames without a program, hard and soft resets at any time of a
//! frame.

use contract::engine::EngineConfig;
use contract::interface::{self, register, StreamKind, STREAM_IN_MAGIC};
use ember_tests::small_engine;
use net::layout::{Classifier, Fire, Layout, Stem};
use net::model::Network;
use net::{compiler, reference};
use sim::engine::{Options, SimulatedEngine};
use test_support::random;

fn network() -> Network {
    let fires = vec![Fire { squeeze: 12, expand: 20, pool: true }, Fire { squeeze: 17, expand: 9, pool: false }];
    let stem = Stem { kernel: 3, channels: 21, pool: true };
    let layout = Layout {
        name: "faults".into(),
        height: 23,
        width: 30,
        stem,
        fires,
        classifier: Classifier { classes: 13, padding: 0 },
        floor_pools: false,
    };
    random::ordinary_network(&layout, 7)
}

struct Rig {
    engine: SimulatedEngine,
    program: compiler::Program,
    network: Network,
}

impl Rig {
    fn new() -> Self {
        let config = small_engine(4);
        let network = network();
        // planned for few accumulators, so that faults meet strips too
        let fewer = EngineConfig { accumulator_pixels: 3, segment_accumulator_pixels: 3, ..config };
        let mut program = compiler::compile(&network, &fewer).unwrap_or_else(|e| panic!("{e}"));
        assert!(program.layers.iter().any(|l| l.strips() > 1), "a layer runs in strips");
        program.config = config;
        let engine = SimulatedEngine::build(&hdl::generate(&config), Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
        let mut rig = Self { engine, program, network };
        rig.load();
        rig
    }

    fn load(&mut self) {
        self.engine.queue_bytes(&self.program.stream());
        self.engine.flush().unwrap_or_else(|e| panic!("{e}"));
    }

    /// Sends a frame and holds its result against the reference.
    fn check(&mut self, sequence: u32) {
        let image = random::image(&self.network.layout, u64::from(sequence));
        self.engine.queue_bytes(&self.program.frame(image.view(), sequence));
        let packet = self.engine.receive().unwrap_or_else(|e| panic!("frame {sequence}: {e}"));
        let expected = reference::run(&self.network, image.view()).expect("a sound network");
        assert_eq!(packet.sequence, sequence);
        assert_eq!(packet.sums(), Some(expected.sums), "frame {sequence}");
    }

    fn read(&mut self, address: u32) -> u32 {
        self.engine.read(address).unwrap_or_else(|e| panic!("{e}"))
    }

    fn clear_errors(&mut self) {
        self.engine.write(register::ERRORS, u32::MAX).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(self.read(register::ERRORS), 0);
    }
}

fn header(kind: StreamKind, sequence: u32, bytes: u64) -> [u64; 2] {
    [u64::from(STREAM_IN_MAGIC) | (kind as u64) << 16 | u64::from(sequence) << 32, bytes]
}

#[test]
fn frames_of_a_wrong_size_are_dropped_and_counted() {
    let mut rig = Rig::new();
    rig.check(1);
    let beats = rig.program.frame(random::image(&rig.network.layout, 1).view(), 2).len() as u64 / 8 - 2;
    for (n, wrong) in [beats - 1, beats + 1, 0, 1].into_iter().enumerate() {
        let mut packet = header(StreamKind::Frame, 2, wrong * 8).to_vec();
        packet.extend((0..wrong).map(|i| i * 0x0123_4567));
        rig.engine.queue(&packet);
        rig.check(10 + n as u32);
        assert_eq!(rig.read(register::FRAMES_DROPPED), n as u32 + 1, "{wrong} beats instead of {beats}");
        assert_eq!(rig.read(register::ERRORS), interface::ERROR_FRAME_SIZE);
        rig.clear_errors();
    }
}

#[test]
fn beats_outside_packets_are_skipped() {
    let mut rig = Rig::new();
    rig.engine.queue(&[0, 0, 0]);
    rig.check(1);
    assert_eq!(rig.read(register::ERRORS), 0, "zeros are padding");
    rig.engine.queue(&[0xDEAD_BEEF, u64::MAX]);
    rig.check(2);
    assert_eq!(rig.read(register::ERRORS), interface::ERROR_HEADER);
}

#[test]
fn a_reset_at_any_time_brings_the_engine_back() {
    let mut rig = Rig::new();
    let image = random::image(&rig.network.layout, 3);
    let start = rig.engine.cycle();
    rig.check(1);
    let frame_cycles = rig.engine.cycle() - start;
    for step in 0..24 {
        rig.engine.queue_bytes(&rig.program.frame(image.view(), 77));
        rig.engine.advance(frame_cycles * step / 20 + step).unwrap_or_else(|e| panic!("{e}"));
        rig.engine.soft_reset().unwrap_or_else(|e| panic!("step {step}: {e}"));
        assert_eq!(rig.read(register::STATUS) & interface::STATUS_PROGRAM, 0, "a reset forgets the program");
        rig.engine.reset().unwrap_or_else(|e| panic!("step {step}: {e}"));
        rig.load();
        rig.check(100 + step as u32);
    }
}

#[test]
fn a_soft_reset_in_mid_frame_needs_no_other() {
    let mut rig = Rig::new();
    let image = random::image(&rig.network.layout, 4);
    for step in 0..20 {
        rig.engine.queue_bytes(&rig.program.frame(image.view(), 5));
        rig.engine.flush().unwrap_or_else(|e| panic!("{e}"));
        rig.engine.advance(97 * step).unwrap_or_else(|e| panic!("{e}"));
        // whatever result is under way is taken before the reset, so that none is owed after it
        while rig.engine.try_receive().unwrap_or_else(|e| panic!("{e}")).is_some() {}
        rig.engine.soft_reset().unwrap_or_else(|e| panic!("step {step}: {e}"));
        rig.engine.advance(64).unwrap_or_else(|e| panic!("{e}"));
        rig.load();
        rig.check(200 + step as u32);
    }
}

#[test]
fn a_frame_without_a_program_is_dropped() {
    let mut rig = Rig::new();
    rig.engine.reset().unwrap_or_else(|e| panic!("{e}"));
    rig.engine.queue(&header(StreamKind::Frame, 1, 16));
    rig.engine.queue(&[1, 2]);
    rig.engine.flush().unwrap_or_else(|e| panic!("{e}"));
    rig.engine.advance(50).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(rig.read(register::ERRORS), interface::ERROR_NO_PROGRAM);
    rig.load();
    rig.check(2);
}
