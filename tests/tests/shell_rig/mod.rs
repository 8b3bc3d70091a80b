//! `ember_shell` under Verilator with two clocks of any ratio, and an XDMA made of test code round it.

use contract::engine::EngineConfig;
use hdl::shell::{ports, TOP};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{HashMap, VecDeque};
use verilated_shim::{Design, Model, PortId};

/// Half a period of a clock of so many MHz, in picoseconds.
pub fn half_period(mhz: f64) -> u64 {
    (5e5 / mhz).round() as u64
}

/// A clock: `None` stands still.
#[derive(Clone, Copy, Debug)]
struct Clock {
    half: Option<u64>,
    next: u64,
    high: bool,
}

/// One channel of AXI4-Lite: what is offered or awaited.
#[derive(Clone, Copy, Default)]
struct Lite {
    address: bool,
    data: bool,
    response: bool,
}

pub struct Rig {
    model: Model,
    ports: HashMap<String, PortId>,
    bytes: usize,
    stream: Clock,
    engine: Clock,
    time: u64,
    pub stream_edges: u64,
    rng: StdRng,
    /// Pauses on every port, one cycle in so many; 0 for none.
    pub pauses: u32,
    /// Words under way: bytes, kept bytes, last.
    words: VecDeque<(Vec<u8>, usize, bool)>,
    offered: bool,
    partial: Vec<u8>,
    /// Packets received.
    pub packets: VecDeque<Vec<u8>>,
    waiting: Option<(Vec<u32>, u64, u64)>,
    write: Lite,
    read: Lite,
    read_data: u32,
    /// Edges with the interrupt requested.
    pub requested: u64,
}

impl Rig {
    /// The shell of `config`, both clocks running at these half periods; `change` alters the Verilog first.
    pub fn new(config: &EngineConfig, stream_bits: usize, halves: (u64, u64), seed: u64, change: impl Fn(&mut [(String, String)])) -> Self {
        let mut files = hdl::generate_shell(config, &Default::default(), stream_bits).expect("a width of the XDMA");
        change(&mut files);
        let table: Vec<_> = ports(stream_bits);
        let design = Design::new(TOP, files, table.iter().map(|p| (p.name.as_str(), p.width, p.output))).with_quick_build(true);
        let model = Model::build(&design, &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
        let ports = table.iter().map(|p| (p.name.clone(), model.port(&p.name).expect("a port of the table"))).collect();
        let mut rng = StdRng::seed_from_u64(seed);
        let mut clock = |half: u64| Clock { half: Some(half), next: rng.random_range(0..2 * half), high: false };
        let (stream, engine) = (clock(halves.0), clock(halves.1));
        let mut rig = Self {
            model,
            ports,
            bytes: stream_bits / 8,
            stream,
            engine,
            time: 0,
            stream_edges: 0,
            rng,
            pauses: 0,
            words: VecDeque::new(),
            offered: false,
            partial: vec![],
            packets: VecDeque::new(),
            waiting: None,
            write: Lite::default(),
            read: Lite::default(),
            read_data: 0,
            requested: 0,
        };
        rig.reset();
        rig
    }

    pub fn set(&mut self, port: &str, value: u32) {
        self.model.set(self.ports[port], &[value]);
    }

    pub fn get(&self, port: &str) -> u32 {
        self.model.get(self.ports[port])[0]
    }

    fn high(&self, port: &str) -> bool {
        self.get(port) != 0
    }

    /// Both resets low for a while, everything under way forgotten; returns when both sides run.
    pub fn reset(&mut self) {
        self.set("engine_locked", 0);
        self.begin_reset();
        self.advance(20);
        self.set("engine_locked", 1);
        self.end_reset();
        // until then registers read 0
        self.advance(200);
    }

    /// axi_aresetn low: the XDMA's side forgets what was under way.
    pub fn begin_reset(&mut self) {
        self.set("axi_aresetn", 0);
        self.words.clear();
        self.offered = false;
        self.set("s_axis_h2c_tvalid", 0);
        self.partial.clear();
        self.packets.clear();
        self.waiting = None;
        (self.write, self.read) = (Lite::default(), Lite::default());
        for port in ["s_axil_awvalid", "s_axil_wvalid", "s_axil_arvalid", "usr_irq_ack"] {
            self.set(port, 0);
        }
    }

    pub fn end_reset(&mut self) {
        self.set("axi_aresetn", 1);
        self.model.eval().unwrap_or_else(|e| panic!("{e}"));
        self.waiting = None;
        self.partial.clear();
        self.packets.clear();
    }

    /// Lets the streams' clock stand still, or run again.
    pub fn stop_stream(&mut self, half: Option<u64>) {
        self.stream.half = half;
        self.stream.next = self.time + 1;
    }

    pub fn stop_engine(&mut self, half: Option<u64>) {
        self.engine.half = half;
        self.engine.next = self.time + 1;
    }

    /// Queues bytes as the driver does: in chunks of random length, each with `tlast`, some padded with zeros to
    /// 64 bytes.
    pub fn send(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let beats = [1, 2, 9, 64, 513, 100_000][self.rng.random_range(0..6)];
            let (chunk, more) = rest.split_at((8 * self.rng.random_range(1..=beats)).min(rest.len()));
            rest = more;
            let mut chunk = chunk.to_vec();
            // zeros are padding only between packets
            if rest.is_empty() && self.rng.random() {
                chunk.resize(chunk.len().next_multiple_of(64), 0);
            }
            let count = chunk.len().div_ceil(self.bytes);
            for (i, word) in chunk.chunks(self.bytes).enumerate() {
                let mut data = word.to_vec();
                // what tkeep does not cover is garbage
                data.extend((word.len()..self.bytes).map(|_| self.rng.random::<u8>()));
                self.words.push_back((data, word.len(), i + 1 == count));
            }
        }
    }

    /// Everything queued was taken.
    pub fn sent(&self) -> bool {
        self.words.is_empty()
    }

    /// `edges` rising edges of the streams' clock, or of the engine's where that stands still.
    pub fn advance(&mut self, edges: u64) {
        let mut left = edges;
        while left > 0 {
            left -= u64::from(self.event());
        }
    }

    /// Runs until `done`; panics when it takes too long.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        for _ in 0..2_000_000 {
            if done(self) {
                return;
            }
            self.event();
        }
        panic!("{what} does not come; {} words are not sent, {} bytes of a packet came", self.words.len(), self.partial.len());
    }

    pub fn receive(&mut self) -> Vec<u8> {
        self.until("a packet", |rig| !rig.packets.is_empty());
        self.packets.pop_front().expect("a packet")
    }

    pub fn read(&mut self, address: u32) -> u32 {
        self.set("s_axil_araddr", address);
        self.read = Lite { address: true, data: false, response: true };
        self.until("a read's response", |rig| !rig.read.response);
        self.read_data
    }

    pub fn write(&mut self, address: u32, value: u32) {
        self.set("s_axil_awaddr", address);
        self.set("s_axil_wdata", value);
        self.set("s_axil_wstrb", 15);
        self.write = Lite { address: true, data: true, response: true };
        self.until("a write's response", |rig| !rig.write.response);
    }

    /// The next edge of either clock, or of both; whether it was a rising one that counts as time.
    fn event(&mut self) -> bool {
        let due = |clock: Clock| clock.half.map(|_| clock.next);
        self.time = due(self.stream).into_iter().chain(due(self.engine)).min().expect("a clock runs");
        let now = self.time;
        let turns = |clock: &mut Clock| {
            let turns = clock.half.is_some() && clock.next == now;
            if let (true, Some(half)) = (turns, clock.half) {
                clock.next += half;
                clock.high = !clock.high;
            }
            turns && clock.high
        };
        let (stream, engine) = (turns(&mut self.stream), turns(&mut self.engine));
        if stream {
            self.sample();
        }
        self.set("axi_aclk", self.stream.high.into());
        self.set("engine_clk", self.engine.high.into());
        self.model.eval().unwrap_or_else(|e| panic!("{e}"));
        if stream {
            self.drive();
            self.model.eval().unwrap_or_else(|e| panic!("{e}"));
            self.stream_edges += 1;
        }
        if self.stream.half.is_some() {
            stream
        } else {
            engine
        }
    }

    /// What is handed over at the rising edge to come.
    fn sample(&mut self) {
        if !self.high("axi_aresetn") {
            return;
        }
        if self.offered && self.high("s_axis_h2c_tready") {
            self.offered = false;
            self.words.pop_front();
        }
        self.sample_packet();
        let taken = |rig: &Self, valid: &str, ready: &str| rig.high(valid) && rig.high(ready);
        self.write.address &= !taken(self, "s_axil_awvalid", "s_axil_awready");
        self.write.data &= !taken(self, "s_axil_wvalid", "s_axil_wready");
        self.read.address &= !taken(self, "s_axil_arvalid", "s_axil_arready");
        if self.high("s_axil_bvalid") {
            assert!(self.write.response && !self.write.address && !self.write.data, "a write response that is not owed");
            assert_eq!(self.get("s_axil_bresp"), 0);
            self.write.response &= !self.high("s_axil_bready");
        }
        if self.high("s_axil_rvalid") {
            assert!(self.read.response && !self.read.address, "a read response that is not owed");
            assert_eq!(self.get("s_axil_rresp"), 0);
            if self.high("s_axil_rready") {
                self.read.response = false;
                self.read_data = self.get("s_axil_rdata");
            }
        }
        self.requested += u64::from(self.high("usr_irq_req"));
    }

    fn sample_packet(&mut self) {
        let valid = self.high("m_axis_c2h_tvalid");
        let words = self.model.get(self.ports["m_axis_c2h_tdata"]).to_vec();
        let keep = self.model.get(self.ports["m_axis_c2h_tkeep"]).iter().rev().fold(0, |k, &w| k << 32 | u64::from(w));
        let last = u64::from(self.get("m_axis_c2h_tlast"));
        let now = (words, keep, last);
        if let Some(before) = &self.waiting {
            assert!(valid && *before == now, "a word changed or fell while it waited");
        }
        self.waiting = None;
        if !valid {
            return;
        }
        if !self.high("m_axis_c2h_tready") {
            self.waiting = Some(now);
            return;
        }
        let kept = now.1.count_ones() as usize;
        assert_eq!(now.1, u64::MAX >> (64 - kept), "the kept bytes are the lowest");
        assert!(kept.is_multiple_of(8) && (last == 1 || kept == self.bytes), "{kept} bytes with tlast {last}");
        let bytes: Vec<u8> = now.0.iter().flat_map(|w| w.to_le_bytes()).take(self.bytes).collect();
        assert!(bytes[kept..].iter().all(|&b| b == 0), "bytes without tkeep are 0");
        self.partial.extend(&bytes[..kept]);
        if last == 1 {
            self.packets.push_back(std::mem::take(&mut self.partial));
        }
    }

    fn pause(&mut self) -> bool {
        self.pauses > 0 && self.rng.random_ratio(self.pauses.min(9), 10)
    }

    /// Inputs after a rising edge.
    fn drive(&mut self) {
        self.offered |= !self.words.is_empty() && !self.pause();
        self.set("s_axis_h2c_tvalid", self.offered.into());
        if self.offered {
            let (data, kept, last) = self.words[0].clone();
            let words: Vec<u32> = data.chunks(4).map(|b| u32::from_le_bytes(b.try_into().expect("four bytes"))).collect();
            let keep = u64::MAX >> (64 - kept);
            self.model.set(self.ports["s_axis_h2c_tdata"], &words);
            self.model.set(self.ports["s_axis_h2c_tkeep"], &[keep as u32, (keep >> 32) as u32]);
            self.set("s_axis_h2c_tlast", last.into());
        }
        let ready = !self.pause();
        self.set("m_axis_c2h_tready", ready.into());
        for (port, wanted) in
            [("s_axil_awvalid", self.write.address), ("s_axil_wvalid", self.write.data), ("s_axil_arvalid", self.read.address)]
        {
            // valid stays until it is taken
            let valid = wanted && (self.high(port) || !self.pause());
            self.set(port, valid.into());
        }
        for port in ["s_axil_bready", "s_axil_rready"] {
            let ready = !self.pause();
            self.set(port, ready.into());
        }
    }
}
