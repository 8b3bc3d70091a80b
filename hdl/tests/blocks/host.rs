//! A host for whole engines in both worlds: beats in and packets out with random pauses, registers, and frames of a small
//! network whose results are known.

use crate::pair::clocks::TwoClocks;
use crate::pair::{Dut, Pair};
use contract::engine::EngineConfig;
use contract::interface::{register, CONTROL_TRACE, HEADER_OUT_BEATS, OUT_RESULT, OUT_TRACE};
use net::compiler::{self, Program};
use net::layout::{Classifier, Fire, Layout, Stem};
use net::model::Network;
use net::reference;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::VecDeque;
use test_support::random;

/// A block in both worlds, cycle by cycle of the clock at which the host works.
pub trait World {
    fn set(&mut self, pin: &str, value: u128);
    fn get(&self, pin: &str) -> u128;
    /// Up to the moment before the rising edge.
    fn wait(&mut self);
    /// The rising edge.
    fn edge(&mut self);
}

impl<B: Dut> World for Pair<B> {
    fn set(&mut self, pin: &str, value: u128) {
        self.set_wide(pin, value);
    }
    fn get(&self, pin: &str) -> u128 {
        self.get_wide(pin)
    }
    fn wait(&mut self) {
        self.settle();
    }
    fn edge(&mut self) {
        self.clock();
    }
}

/// The host is at the first clock.
impl<B: crate::pair::clocks::Clocked> World for TwoClocks<B> {
    fn set(&mut self, pin: &str, value: u128) {
        TwoClocks::set(self, pin, value);
    }
    fn get(&self, pin: &str) -> u128 {
        TwoClocks::get(self, pin)
    }
    fn wait(&mut self) {
        self.settle();
        while !self.rising()[0] {
            TwoClocks::edge(self);
        }
    }
    fn edge(&mut self) {
        TwoClocks::edge(self);
    }
}

/// A register access that is under way.
#[derive(Clone, Copy, Debug)]
struct Access {
    address: u32,
    /// What is written; `None` reads.
    data: Option<u32>,
    address_taken: bool,
    data_taken: bool,
}

pub struct Host<W> {
    pub world: W,
    pub rng: StdRng,
    /// First parts of the names of the streams' pins.
    streams: [&'static str; 2],
    input: VecDeque<u64>,
    offered: bool,
    ready: bool,
    packet: Vec<u64>,
    packets: VecDeque<Vec<u64>>,
    access: Option<Access>,
    /// An answer is taken.
    answer: bool,
    pub cycles: u64,
}

impl<W: World> Host<W> {
    pub fn new(world: W, streams: [&'static str; 2], seed: u64) -> Self {
        println!("seed {seed}");
        let (input, packet, packets) = Default::default();
        let rng = StdRng::seed_from_u64(seed);
        Self { world, rng, streams, input, offered: false, ready: false, packet, packets, access: None, answer: false, cycles: 0 }
    }

    fn high(&self, pin: &str) -> bool {
        self.world.get(pin) != 0
    }

    /// Bytes of whole packets, to go in as the engine takes them.
    pub fn queue(&mut self, bytes: &[u8]) {
        self.input.extend(bytes.chunks(8).map(|c| c.iter().rev().fold(0, |beat, byte| beat << 8 | u64::from(*byte))));
    }

    /// One cycle; the value of a register access that ended in it (0 of a write).
    pub fn cycle(&mut self) -> Option<u32> {
        self.world.wait();
        self.cycles += 1;
        let [input, output] = self.streams;
        if self.offered && self.high(&format!("{input}_tready")) {
            self.input.pop_front();
            self.offered = false;
        }
        if self.ready && self.high(&format!("{output}_tvalid")) {
            self.packet.push(self.world.get(&format!("{output}_tdata")) as u64);
            if self.high(&format!("{output}_tlast")) {
                self.packets.push_back(std::mem::take(&mut self.packet));
            }
        }
        let mut ended = None;
        if let Some(mut access) = self.access {
            let write = access.data.is_some();
            let taken = if write { "s_axil_awready" } else { "s_axil_arready" };
            access.address_taken |= self.high(taken);
            access.data_taken |= write && self.high("s_axil_wready");
            let (valid, response) = if write { ("s_axil_bvalid", "s_axil_bresp") } else { ("s_axil_rvalid", "s_axil_rresp") };
            self.access = Some(access);
            if self.answer && self.high(valid) {
                assert!(access.address_taken && (access.data_taken || !write), "an answer before the question");
                assert_eq!(self.world.get(response), 0);
                self.access = None;
                ended = Some(if write { 0 } else { self.world.get("s_axil_rdata") as u32 });
            }
        }
        self.world.edge();
        self.drive();
        ended
    }

    /// Inputs after an edge: what is on offer stays, the rest has pauses and, where nothing is valid, anything.
    fn drive(&mut self) {
        let Self { world, rng, .. } = self;
        let [input, output] = self.streams;
        self.offered = self.offered || (!self.input.is_empty() && rng.random_bool(0.9));
        let noise = rng.random::<u64>();
        world.set(&format!("{input}_tvalid"), self.offered.into());
        world.set(&format!("{input}_tdata"), self.input.front().filter(|_| self.offered).map_or(noise, |beat| *beat).into());
        self.ready = rng.random_bool(0.8);
        world.set(&format!("{output}_tready"), self.ready.into());
        let access = self.access;
        let address = access.map_or(noise as u32 & 0xFFF, |a| a.address);
        let write = access.filter(|a| a.data.is_some());
        world.set("s_axil_awvalid", write.is_some_and(|a| !a.address_taken).into());
        world.set("s_axil_awaddr", address.into());
        world.set("s_axil_wvalid", write.is_some_and(|a| !a.data_taken).into());
        world.set("s_axil_wdata", write.and_then(|a| a.data).unwrap_or(noise as u32).into());
        world.set("s_axil_wstrb", if write.is_some() { 15 } else { (noise & 15).into() });
        self.answer = rng.random_bool(0.7);
        world.set("s_axil_bready", self.answer.into());
        world.set("s_axil_arvalid", access.is_some_and(|a| a.data.is_none() && !a.address_taken).into());
        world.set("s_axil_araddr", address.into());
        world.set("s_axil_rready", self.answer.into());
    }

    fn access(&mut self, address: u32, data: Option<u32>) -> u32 {
        self.access = Some(Access { address, data, address_taken: false, data_taken: false });
        self.drive();
        (0..300).find_map(|_| self.cycle()).expect("a register access ends")
    }

    pub fn read(&mut self, address: u32) -> u32 {
        self.access(address, None)
    }

    pub fn write(&mut self, address: u32, data: u32) {
        self.access(address, Some(data));
    }

    /// After a reset: what was under way will not come.
    pub fn forget(&mut self) {
        assert!(self.input.is_empty(), "the engine takes everything before a reset");
        self.packet.clear();
        self.packets.clear();
    }

    /// The next packet.
    pub fn receive(&mut self) -> Vec<u64> {
        for _ in 0..20_000 {
            if let Some(packet) = self.packets.pop_front() {
                return packet;
            }
            self.cycle();
        }
        panic!("no packet in 20000 cycles")
    }
}

/// A network of one Fire module, the smallest engine of four columns that takes it, and its program.
pub fn small(seed: u64) -> (Network, EngineConfig, Program) {
    let layout = Layout {
        name: "small".into(),
        height: 9,
        width: 8,
        stem: Stem { kernel: 3, channels: 5, pool: true },
        fires: vec![Fire { squeeze: 3, expand: 4, pool: false }],
        classifier: Classifier { classes: 3, padding: 1 },
        floor_pools: false,
    };
    let network = random::typical_network(&layout, seed);
    let config = compiler::smallest_engine(&network, 4).expect("a network that can be built");
    let program = compiler::compile(&network, &config).expect("it fits its engine");
    (network, config, program)
}

/// Sends a frame with its layers' traces, and compares everything that comes back with the integer reference.
pub fn frame<W: World>(host: &mut Host<W>, network: &Network, program: &Program, sequence: u32) {
    host.write(register::CONTROL, CONTROL_TRACE);
    let image = random::image(&network.layout, sequence.into());
    let expected = reference::run(network, image.view()).expect("a sound network");
    host.queue(&program.frame(image.view(), sequence));
    let mut rows = vec![vec![]; program.layers.len()];
    let result = loop {
        let packet = host.receive();
        assert_eq!(packet[0] >> 32, u64::from(sequence), "sequence number");
        assert_eq!(packet[3], program.hash, "program's hash");
        let bytes: Vec<u8> = packet[HEADER_OUT_BEATS..].iter().flat_map(|beat| beat.to_le_bytes()).collect();
        match (packet[0] >> 16) as u8 {
            OUT_TRACE => rows[(packet[0] >> 24) as usize & 0xFF].extend(bytes),
            OUT_RESULT => break bytes,
            kind => panic!("a packet of kind {kind}"),
        }
    };
    for (i, (layer, rows)) in expected.layers.iter().zip(&rows).enumerate() {
        if program.layers[i].written {
            let tensor = program.tensor(i, rows).unwrap_or_else(|| panic!("{}: {} bytes of rows", layer.name, rows.len()));
            assert!(tensor == layer.output(), "{}", layer.name);
        }
        let signature = host.read(register::LAYER_STATISTICS + 16 * i as u32 + 12);
        assert_eq!(signature, program.signature(i, layer.output().view()), "signature of {}", layer.name);
    }
    let sums: Vec<u32> = result.chunks(3).take(program.classes).map(|c| u32::from_le_bytes([c[0], c[1], c[2], 0])).collect();
    assert_eq!(sums, expected.sums);
}
