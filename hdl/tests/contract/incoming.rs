//! Packets into the engine at the ports of their parser.

use crate::block::Module;
use crate::numbers;
use contract::engine::EngineConfig;
use contract::field::Field;
use contract::packet::{Commit, HeaderIn, PixelPair, StreamKind};
use hdl::rtl::stream_in::StreamIn;

/// Weight words of one beat, as many as an address shows; frames of any size.
fn config() -> EngineConfig {
    EngineConfig { weight_words: 1 << 23, frame_words: 1 << 30, ..EngineConfig::standard(4) }
}

const PULSES: [&str; 9] = [
    "frame_write",
    "write_descriptors",
    "write_weights",
    "write_table",
    "error_header",
    "error_frame_size",
    "error_no_program",
    "error_program_size",
    "frame_dropped",
];

/// A frame of 1 x 1 pixels.
const COMMIT: Commit = Commit { program_hash: 0, layers: 0, classes: 0, pairs: 1, rows: 1, tiles: 0, entries: 0 };

struct Parser(Module);

impl Parser {
    fn new() -> Self {
        let mut parser = Self(Module::new(&StreamIn::new(&config())));
        parser.0.reset();
        parser
    }

    /// Sends the beats; the pulses that they made, with address and data of a write to a memory.
    fn send(&mut self, beats: &[u64]) -> Vec<(&'static str, u64, u64)> {
        let mut pulses = vec![];
        let mut beats = beats.iter().copied();
        let mut beat = beats.next();
        // the memories' writes leave later, and a commit is worked out in up to 34 cycles
        let mut after = 80;
        while after > 0 {
            self.0.set("s_axis_tvalid", beat.is_some().into());
            self.0.set("s_axis_tdata", beat.unwrap_or(0));
            self.0.settle();
            for pulse in PULSES {
                if self.0.high(pulse) {
                    let (address, data) =
                        if pulse.starts_with("frame_write") { ("frame_address", "frame_data") } else { ("memory_address", "memory_data") };
                    pulses.push((pulse, self.0.get(address), self.0.get(data)));
                }
            }
            if beat.is_none() {
                after -= 1;
            } else if self.0.high("s_axis_tready") {
                beat = beats.next();
            }
            self.0.clock();
        }
        pulses
    }

    fn names(&mut self, beats: &[u64]) -> Vec<&'static str> {
        self.send(beats).into_iter().map(|pulse| pulse.0).collect()
    }

    fn commit(&mut self, commit: [u64; 3]) -> Vec<&'static str> {
        let header = HeaderIn::new(StreamKind::Commit, 0, 24).encode();
        let mut pulses = self.names(&[&header[..], &commit].concat());
        // its header has made the program of before invalid
        pulses.extend(self.0.high("program_valid").then_some("commit"));
        pulses
    }

    /// A frame packet of one beat for [`COMMIT`]'s program.
    fn frame(&mut self, sequence: u32, beat: u64) -> Vec<(&'static str, u64, u64)> {
        let [first, second] = HeaderIn::new(StreamKind::Frame, sequence, 8).encode();
        self.send(&[first, second, beat])
    }

    fn release(&mut self) {
        self.0.set("frame_release", 1);
        self.0.clock();
        self.0.set("frame_release", 0);
    }
}

/// A header of one beat for each kind goes where the kind says; any other kind, magic or reserved bits make it none.
fn first_beat(parser: &mut Parser, field: &Field) {
    let with = |field: &Field, number| {
        let mut beats = HeaderIn::new(StreamKind::Table, 0, 8).encode();
        field.put(number, &mut beats);
        beats
    };
    match field.fixed {
        Some(fixed) => {
            for bit in 0..field.width {
                let [first, _] = with(field, fixed ^ 1 << bit);
                assert_eq!(parser.names(&[first]), ["error_header"], "`{}`, bit {bit}", field.name);
            }
        }
        None => {
            for number in 0..=field.ones() {
                let [first, second] = with(field, number);
                parser.0.reset();
                let expected = match StreamKind::of(number) {
                    Some(StreamKind::Frame) => vec!["error_no_program", "frame_dropped"],
                    Some(StreamKind::Descriptors) => vec!["write_descriptors"],
                    Some(StreamKind::Weights) => vec!["write_weights"],
                    Some(StreamKind::Table) => vec!["write_table"],
                    // of one beat: refused; a good one is below
                    Some(StreamKind::Commit) => vec!["error_header"],
                    // the second beat and the payload are no headers either
                    None => vec!["error_header", "error_header", "error_header"],
                };
                assert_eq!(parser.names(&[first, second, 1]), expected, "kind {number}");
            }
            for (kind, number) in StreamKind::ALL.iter().zip(1..) {
                assert_eq!(u64::from(kind.value), number, "kinds have numbers without a gap");
            }
        }
    }
}

fn sequence(parser: &mut Parser, field: &Field) {
    parser.commit(COMMIT.encode());
    for number in numbers(field) {
        assert_eq!(parser.frame(number as u32, 0).len(), 1);
        assert!(parser.0.high("frame_valid"));
        assert_eq!((parser.0.get("frame_sequence"), parser.0.width("frame_sequence")), (number, field.width));
        parser.release();
    }
}

/// A frame is taken only with the program's byte count: every bit of it is looked at.
fn payload_bytes(parser: &mut Parser, field: &Field) {
    for (pairs, rows) in [(1, 1), (0x5555, 0x5555), (0xAAAA, 3), (0xFFFF, 0x1FFF)] {
        let bytes = 8 * u64::from(pairs) * u64::from(rows);
        for bit in (0..field.width).map(Some).chain([None]) {
            parser.0.reset();
            assert_eq!(parser.commit(Commit { pairs, rows, ..COMMIT }.encode()), ["commit"], "{pairs} x {rows}");
            let mut header = HeaderIn::new(StreamKind::Frame, 0, 0).encode();
            field.put(bytes ^ bit.map_or(0, |bit| 1 << bit), &mut header);
            let expected = if bit.is_none() { vec![] } else { vec!["error_frame_size", "frame_dropped"] };
            assert_eq!(parser.names(&header), expected, "{pairs} x {rows}, bit {bit:?}");
        }
    }
}

/// Where the beat is written, or that it is past the memory's end.
fn address(parser: &mut Parser, field: &Field) {
    for number in numbers(field) {
        let mut header = HeaderIn::new(StreamKind::Weights, 0, 8).encode();
        field.put(number, &mut header);
        let expected = if number < 1 << 23 { ("write_weights", number) } else { ("error_program_size", number & 0x7F_FFFF) };
        let found: Vec<_> = parser.send(&[header[0], header[1], 7]).into_iter().map(|it| (it.0, it.1)).collect();
        assert_eq!(found, [expected]);
    }
}

#[test]
fn every_field_of_a_header() {
    let mut parser = Parser::new();
    for field in HeaderIn::FIELDS {
        parser.0.reset();
        match field.name {
            "magic" | "reserved" | "kind" => first_beat(&mut parser, field),
            "sequence" => sequence(&mut parser, field),
            "payload_bytes" => payload_bytes(&mut parser, field),
            "address" => address(&mut parser, field),
            other => panic!("say here how `StreamIn` shows the header's `{other}`"),
        }
    }
}

/// Where a field shows; nothing of those that no block reads as they are: the count of layers (a descriptor says which is
/// the last), and the rows, which show in the byte count of a frame (`payload_bytes`).
fn commit_port(field: &Field) -> Option<&'static str> {
    match field.name {
        "program_hash" => Some("program_hash"),
        "layers" | "rows" => None,
        "classes" => Some("classes"),
        "pairs" => Some("frame_pairs"),
        "tiles" => Some("tiles"),
        "entries" => Some("entries"),
        other => panic!("say here at which port of `StreamIn` the commit's `{other}` shows"),
    }
}

#[test]
fn every_field_of_a_commit_shows_alone_at_its_port() {
    let mut parser = Parser::new();
    for field in Commit::FIELDS {
        if let Some(port) = commit_port(field) {
            assert_eq!(parser.0.width(port), field.width, "bits of `{}`", field.name);
        }
        for number in numbers(field) {
            // bits without a field change nothing
            let mut beats = [u64::MAX; 3];
            let none = COMMIT.encode();
            Commit::FIELDS.iter().for_each(|field| field.put(field.get(&none), &mut beats));
            field.put(number, &mut beats);
            let empty = (field.name == "pairs" || field.name == "rows") && number == 0;
            assert_eq!(parser.commit(beats), [if empty { "error_program_size" } else { "commit" }], "`{}` = {number:#x}", field.name);
            for other in Commit::FIELDS {
                let Some(port) = commit_port(other) else { continue };
                assert_eq!(parser.0.get(port), other.get(&beats), "`{}`, with {number:#x} in `{}`", other.name, field.name);
            }
        }
    }
}

#[test]
fn every_field_of_a_frames_beat_shows_alone() {
    let mut parser = Parser::new();
    parser.commit(COMMIT.encode());
    let bits = parser.0.width("frame_data");
    for field in PixelPair::FIELDS {
        for number in numbers(field) {
            let mut beat = [0];
            field.put(number, &mut beat);
            let writes = parser.frame(0, beat[0]);
            parser.release();
            assert_eq!((writes.len(), writes[0].0), (1, "frame_write"));
            for other in PixelPair::FIELDS {
                let expected = if other.name == field.name && field.fixed.is_none() { number } else { 0 };
                assert_eq!(other.get(&[writes[0].2]), expected, "`{}`, with {number:#x} in `{}`", other.name, field.name);
            }
        }
        // what is always zero is not kept
        assert_eq!(field.fixed.is_some(), field.low >= bits, "`{}`", field.name);
    }
}
