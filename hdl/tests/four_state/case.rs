//! A network, what is sent for it, and what has to come back.

use super::script::{Life, Script};
use contract::engine::EngineConfig;
use contract::interface::{register, CONTROL_TRACE, MAGIC};
use contract::packet::{self, OutKind, PacketOut};
use net::compiler::{compile, Program};
use net::model::Network;
use net::reference::{self, Trace};
use std::collections::BTreeMap;
use test_support::random::{self, Limits};

/// Rows of a trace packet (docs/interface.md).
const TRACE_ROWS: usize = 16;

pub struct Case {
    network: Network,
    program: Program,
    seed: u64,
}

impl Case {
    /// The random network of `seed`, small enough for `config`.
    pub fn new(config: &EngineConfig, seed: u64) -> Self {
        let layout = random::layout(seed, Limits { side: 9, fires: 1, channels: 20, classes: 10 });
        println!("seed {seed}: {layout:?}");
        let network = random::network(&layout, seed);
        let program = compile(&network, config).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        Self { network, program, seed }
    }

    fn run(&self, frame: u32) -> (Trace, Vec<u8>) {
        let image = random::image(&self.network.layout, self.seed + u64::from(frame));
        let output = reference::run(&self.network, image.view()).expect("a random network is sound");
        (output, self.program.frame(image.view(), frame))
    }

    /// Reads the identity and sends the program.
    pub fn load(&self, script: &mut Script) {
        script.read(register::MAGIC).send(&self.program.stream()).until_sent();
    }

    /// Queues frames 1 to `count`.
    pub fn send(&self, script: &mut Script, count: u32) {
        for frame in 1..=count {
            script.send(&self.run(frame).1);
        }
    }

    /// Loads, sends `count` frames back to back, and then one with every layer's output and statistics.
    pub fn whole(&self, script: &mut Script, count: u32) {
        self.load(script);
        self.send(script, count);
        script.until_packets(count).write(register::CONTROL, CONTROL_TRACE).send(&self.run(count + 1).1);
        let traces: usize = self.program.layers.iter().filter(|l| l.written).map(|l| l.rows().div_ceil(TRACE_ROWS)).sum();
        script.until_packets(count + 1 + traces as u32).write(register::CONTROL, 0).read(register::ERRORS);
        for layer in 0..self.program.layers.len() as u32 {
            for word in 0..4 {
                script.read(register::LAYER_STATISTICS + 16 * layer + 4 * word);
            }
        }
    }

    /// What [`Case::whole`] asked for has come.
    pub fn check(&self, life: &Life, count: u32) {
        let (last, _) = self.run(count + 1);
        let mut rows: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        let mut results = 0;
        for beats in &life.packets {
            let bytes: Vec<u8> = packet::bytes(beats).collect();
            let packet = PacketOut::parse(&bytes).unwrap_or_else(|e| panic!("seed {}: {e}", self.seed));
            match packet.kind {
                OutKind::Result => {
                    results += 1;
                    assert_eq!(packet.header.sequence, results, "seed {}", self.seed);
                    assert_eq!(packet.sums(), self.run(results).0.sums, "seed {}: sums of frame {results}", self.seed);
                }
                OutKind::Trace => rows.entry(packet.header.layer.into()).or_default().extend(packet.payload),
            }
        }
        assert_eq!(results, count + 1, "seed {}: results", self.seed);
        let mut statistics = life.reads.iter().filter(|read| read.0 >= register::LAYER_STATISTICS).map(|read| read.1);
        for (i, (plan, layer)) in self.program.layers.iter().zip(&last.layers).enumerate() {
            let traced = rows.get(&i).and_then(|rows| self.program.tensor(i, rows));
            assert_eq!(
                traced.as_ref().map(|t| t.view()),
                plan.written.then(|| layer.output().view()),
                "seed {}: {}",
                self.seed,
                layer.name
            );
            let words = [(); 4].map(|()| statistics.next());
            let signature = self.program.signature(i, layer.output().view());
            assert_eq!(words[3], Some(signature), "seed {}: signature of {}", self.seed, layer.name);
            assert!(words[0] >= words[1] && words[1] > Some(0), "seed {}: cycles of {}", self.seed, layer.name);
        }
        let errors = life.reads.iter().find(|read| read.0 == register::ERRORS);
        assert_eq!((life.reads[0], errors), ((register::MAGIC, MAGIC), Some(&(register::ERRORS, 0))), "seed {}", self.seed);
    }
}
