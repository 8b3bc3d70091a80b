//! Packets out of the engine at the ports of their sender.

use crate::block::Module;
use crate::numbers;
use contract::field::Field;
use contract::packet::{result_crc, sums, HeaderOut, OutKind, Trailer, HEADER_OUT_BEATS, OUT_RESULT, OUT_TRACE, TRACE_ROWS};
use hdl::rtl::sender::Sender;

/// What the sender is asked to send.
#[derive(Clone, Copy, Debug)]
struct Asked {
    kind: OutKind,
    sequence: u64,
    cycles: u64,
    hash: u64,
    classes: u64,
    layer: u64,
    rows: u64,
    beats: u64,
}

const RESULT: Asked = Asked { kind: OutKind::Result, sequence: 0, cycles: 0, hash: 0, classes: 0, layer: 0, rows: 1, beats: 1 };
const TRACE: Asked = Asked { kind: OutKind::Trace, ..RESULT };

struct Bench(Module);

impl Bench {
    fn new() -> Self {
        let mut bench = Self(Module::new(&Sender::new(4)));
        bench.0.set("m_axis_tready", 1);
        bench.0.set("trace_data", 0);
        bench
    }

    /// The packets, each as its beats.
    fn packets(&mut self, asked: Asked, mut seen: impl FnMut(&[u64])) {
        let (start, busy) = match asked.kind {
            OutKind::Result => ("result_start", "result_busy"),
            OutKind::Trace => ("trace_start", "trace_busy"),
        };
        let inputs = [("frame_sequence", asked.sequence), ("frame_cycles", asked.cycles), ("program_hash", asked.hash)];
        let more = [("classes", asked.classes), ("trace_layer", asked.layer), ("trace_rows", asked.rows), ("trace_beats", asked.beats)];
        inputs.into_iter().chain(more).for_each(|(name, value)| self.0.set(name, value));
        self.0.set(start, 1);
        self.0.clock();
        self.0.set(start, 0);
        self.0.settle();
        let mut beats = vec![];
        while self.0.high(busy) {
            if self.0.high("m_axis_tvalid") {
                beats.push(self.0.get("m_axis_tdata"));
                if self.0.high("m_axis_tlast") {
                    seen(&beats);
                    beats.clear();
                }
            }
            self.0.clock();
        }
    }

    /// The only packet.
    fn packet(&mut self, asked: Asked) -> Vec<u64> {
        let mut found = vec![];
        self.packets(asked, |beats| {
            assert!(found.is_empty(), "one packet");
            found = beats.to_vec();
        });
        found
    }

    fn write_sums(&mut self, sums: &[u64]) {
        self.0.set("sum_write", 1);
        for (class, sum) in (0..).zip(sums) {
            self.0.set("sum_address", class);
            self.0.set("sum_data", *sum);
            self.0.clock();
        }
        self.0.set("sum_write", 0);
    }
}

fn header(beats: &[u64]) -> HeaderOut {
    let (header, _) = beats.split_first_chunk::<HEADER_OUT_BEATS>().expect("a header");
    assert!(HeaderOut::wrong(header).is_none(), "{header:x?}");
    HeaderOut::decode(header)
}

/// Packets in which this field has all its numbers, each with the header that it should have.
fn headers(bench: &mut Bench, field: &Field) {
    let zero = HeaderOut { kind: OUT_RESULT, layer: 0, sequence: 0, payload_bytes: 0, detail: 0, cycles: 0, program_hash: 0 };
    let traced = HeaderOut { kind: OUT_TRACE, payload_bytes: 8, ..zero };
    let mut same = |asked: Asked, expected: HeaderOut| {
        let beats = bench.packet(asked);
        assert_eq!(beats[..HEADER_OUT_BEATS], expected.encode(), "`{}`: {asked:?}", field.name);
    };
    match field.name {
        // every packet has them
        "magic" | "reserved" | "kind" => {
            same(RESULT, zero);
            same(TRACE, traced);
        }
        "layer" => numbers(field).into_iter().for_each(|it| same(Asked { layer: it, ..TRACE }, HeaderOut { layer: it as u8, ..traced })),
        "sequence" => {
            for number in numbers(field) {
                let sequence = number as u32;
                same(Asked { sequence: number, ..RESULT }, HeaderOut { sequence, ..zero });
                same(Asked { sequence: number, ..TRACE }, HeaderOut { sequence, ..traced });
            }
        }
        "cycles" => {
            for number in numbers(field) {
                let cycles = number as u32;
                same(Asked { cycles: number, ..RESULT }, HeaderOut { cycles, ..zero });
                same(Asked { cycles: number, ..TRACE }, HeaderOut { cycles, ..traced });
            }
        }
        "program_hash" => {
            for number in numbers(field) {
                same(Asked { hash: number, ..RESULT }, HeaderOut { program_hash: number, ..zero });
                same(Asked { hash: number, ..TRACE }, HeaderOut { program_hash: number, ..traced });
            }
        }
        "payload_bytes" => {
            for (rows, beats) in (1..=TRACE_ROWS as u64).flat_map(|rows| [1, 2, 4, 8, 16].map(|beats| (rows, beats))) {
                let payload_bytes = 8 * (rows * beats) as u32;
                same(Asked { rows, beats, ..TRACE }, HeaderOut { payload_bytes, ..traced });
            }
        }
        "detail" => {
            for classes in (0..=10).map(|bit| 1 << bit).chain([1023]) {
                let (detail, payload_bytes) = (classes as u32, 24 * (classes as u32).div_ceil(8));
                same(Asked { classes, ..RESULT }, HeaderOut { detail, payload_bytes, ..zero });
            }
            // all rows that a memory can have: every bit of a row's number
            let (mut next, rows) = (0, (1 << 20) - 1);
            bench.packets(Asked { rows, ..TRACE }, |beats| {
                let left = (rows as u32 - next).min(TRACE_ROWS as u32);
                assert_eq!(header(beats), HeaderOut { detail: next, payload_bytes: 8 * left, ..traced });
                next += left;
            });
            assert_eq!(next, rows as u32);
        }
        other => panic!("say here how `Sender` makes the header's `{other}`"),
    }
}

#[test]
fn every_field_of_a_header() {
    let mut bench = Bench::new();
    HeaderOut::FIELDS.iter().for_each(|field| headers(&mut bench, field));
}

#[test]
fn every_field_of_a_trailer() {
    let mut bench = Bench::new();
    let all: Vec<u64> = (0..24).map(|bit| 1 << bit).chain([0xFF_FFFF]).collect();
    bench.write_sums(&all);
    for field in Trailer::FIELDS {
        let asked: Vec<Asked> = match field.name {
            "sequence" => numbers(field).into_iter().map(|sequence| Asked { sequence, ..RESULT }).collect(),
            "crc" => (0..=all.len() as u64).map(|classes| Asked { classes, ..RESULT }).collect(),
            other => panic!("say here how `Sender` makes the trailer's `{other}`"),
        };
        for asked in asked {
            let beats = bench.packet(asked);
            let (payload, trailer) = beats[HEADER_OUT_BEATS..].split_at(beats.len() - HEADER_OUT_BEATS - 1);
            let payload: Vec<u8> = contract::packet::bytes(payload).collect();
            let expected = Trailer { crc: result_crc(&payload), sequence: asked.sequence as u32 };
            assert_eq!(trailer, expected.encode(), "`{}`: {asked:?}", field.name);
            let found: Vec<u64> = sums(&payload, asked.classes as u32).into_iter().map(u64::from).collect();
            assert_eq!(found, all[..asked.classes as usize]);
            assert!(payload[3 * asked.classes as usize..].iter().all(|byte| *byte == 0), "padding");
        }
    }
}
