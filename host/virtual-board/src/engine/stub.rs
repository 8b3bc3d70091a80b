//! An engine that computes nothing worth the name: it follows the protocol and answers each frame with sums made of
//! the frame's CRC-32. It measures the host, and finds out whether results are those of their frames.

use super::register_file::RegisterFile;
use super::stream::{Found, Parser};
use super::BoardEngine;
use contract::engine::EngineConfig;
use contract::interface::{self, StreamKind, BEAT_BYTES};
use contract::packet::{beats, Commit, ResultPacket};
use ndarray::ArrayView3;
use net::compiler::Program;
use std::collections::VecDeque;

/// Packets that wait in the engine; then it takes no more frames.
const WAITING: usize = 8;

/// What computes the sums of a frame, given its payload bit by bit.
pub trait Compute: Send {
    /// A frame begins.
    fn begin(&mut self);
    /// More of its payload.
    fn payload(&mut self, part: &[u8]);
    /// It is complete: its sums.
    fn sums(&mut self, classes: usize) -> Vec<u32>;
}

/// Parser, registers and packets around a [`Compute`].
pub struct Shell<C> {
    registers: RegisterFile,
    parser: Parser,
    /// The tail of the payload under way, for a commit.
    commit: Vec<u8>,
    classes: usize,
    frame_bytes: u32,
    /// Whether the frame under way will be computed.
    wanted: bool,
    packets: VecDeque<Vec<u8>>,
    compute: C,
}

/// Bytes of a commit's payload.
const COMMIT_BYTES: usize = Commit::RECORD.beats * BEAT_BYTES;

impl<C: Compute> Shell<C> {
    /// An engine that calls itself one of size `config` and has its sums from `compute`.
    pub(super) fn around(config: EngineConfig, compute: C) -> Self {
        let (registers, parser, packets) = (RegisterFile::new(config), Parser::default(), VecDeque::new());
        Self { registers, parser, commit: vec![], classes: 0, frame_bytes: 0, wanted: false, packets, compute }
    }

    fn take(&mut self, bytes: &[u8]) -> usize {
        if self.packets.len() >= WAITING {
            return 0;
        }
        let Self { registers, parser, commit, classes, frame_bytes, wanted, packets, compute } = self;
        parser.take(bytes, |found| {
            match found {
                Found::Garbage => registers.errors |= interface::ERROR_HEADER,
                Found::Begin { kind: StreamKind::Frame, bytes } => {
                    *wanted = registers.program.is_some() && bytes == *frame_bytes;
                    compute.begin();
                    if !*wanted {
                        registers.dropped += 1;
                        registers.errors |=
                            if registers.program.is_none() { interface::ERROR_NO_PROGRAM } else { interface::ERROR_FRAME_SIZE };
                    }
                }
                Found::Begin { .. } => {
                    registers.program = None;
                    *wanted = false;
                    commit.clear();
                }
                Found::Payload(part) if *wanted => compute.payload(part),
                // only the last packet of a program is read; the others are larger
                Found::Payload(part) => {
                    if commit.len() + part.len() <= COMMIT_BYTES {
                        commit.extend(part);
                    }
                }
                Found::End { kind: StreamKind::Frame, sequence } => {
                    if *wanted {
                        let sums = compute.sums(*classes);
                        let program_hash = registers.program.unwrap_or(0);
                        registers.done += 1;
                        packets.push_back(ResultPacket { sequence, program_hash, cycles: 0, sums }.to_bytes());
                    }
                    *wanted = false;
                }
                Found::End { kind: StreamKind::Commit, .. } => {
                    if let Some(commit) = beats(commit) {
                        let Commit { program_hash, classes: many, pairs, rows, .. } = Commit::decode(&commit);
                        registers.program = Some(program_hash);
                        *classes = many.into();
                        *frame_bytes = (u64::from(pairs) * u64::from(rows) * BEAT_BYTES as u64) as u32;
                    } else {
                        registers.errors |= interface::ERROR_HEADER;
                    }
                }
                Found::End { .. } => commit.clear(),
            }
            packets.len() < WAITING
        })
    }
}

impl<C: Compute> BoardEngine for Shell<C> {
    fn write(&mut self, bytes: &[u8]) -> usize {
        self.take(bytes)
    }

    fn packet(&mut self) -> Option<Vec<u8>> {
        self.packets.pop_front()
    }

    fn read(&mut self, offset: u32) -> u32 {
        self.registers.read(offset)
    }

    fn set(&mut self, offset: u32, value: u32) {
        if self.registers.set(offset, value) {
            self.registers.reset();
            self.parser = Parser::default();
            self.wanted = false;
            // a packet that has begun is closed by a zero beat, shorter than it says
            let begun = self.packets.pop_front();
            self.packets.clear();
            self.packets.extend(begun.map(|mut packet| {
                packet.truncate(64);
                packet.extend([0; 8]);
                packet
            }));
        }
    }

    fn swap_program(&mut self) {
        self.registers.program = self.registers.program.map(|hash| !hash);
    }
}

/// The stub engine, see the module.
pub type Stub = Shell<Digest>;

impl Shell<Digest> {
    /// A stub that calls itself an engine of this size.
    pub fn new(config: EngineConfig) -> Self {
        Self::around(config, Digest::default())
    }
}

/// The CRC-32 of a frame's payload.
#[derive(Default)]
pub struct Digest {
    crc: crc32fast::Hasher,
}

impl Compute for Digest {
    fn begin(&mut self) {
        self.crc = crc32fast::Hasher::new();
    }

    fn payload(&mut self, part: &[u8]) {
        self.crc.update(part);
    }

    fn sums(&mut self, classes: usize) -> Vec<u32> {
        digest(std::mem::take(&mut self.crc).finalize(), classes)
    }
}

/// Sums of `classes` classes from a frame's CRC-32.
fn digest(crc: u32, classes: usize) -> Vec<u32> {
    (0..classes as u32).map(|class| (crc.rotate_left(class % 32) ^ class.wrapping_mul(0x9E37_79B9)) & 0xFF_FFFF).collect()
}

/// What the stub answers to `image` (HWC bytes of the program's size).
pub fn stub_sums(program: &Program, image: ArrayView3<u8>) -> Vec<u32> {
    let header = interface::HEADER_IN_BEATS * BEAT_BYTES;
    digest(crc32fast::hash(&program.frame(image, 0)[header..]), program.classes)
}
