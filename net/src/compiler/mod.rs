//! From a network and an engine configuration to a program: descriptors, packed weights and
//! requantisation entries, as the engine's memories hold them.

mod cycles;
mod engine;
mod error;
mod pack;
mod plan;
#[cfg(test)]
mod tests;

pub use cycles::{FrameCycles, Frames, LayerCycles};
pub use engine::{options, smallest_engine, sufficient_engine};
pub use error::CompileError;
pub use plan::LayerPlan;

use crate::model::Network;
use contract::engine::{EngineConfig, SEGMENTS};
use contract::interface::{StreamKind, BEAT_BYTES, HEADER_IN_BEATS};
use contract::packet::{self, Commit, HeaderIn};
use ndarray::{Array3, ArrayView3};
use sha2::{Digest, Sha256};

/// Feedback of the engine's signature register: CRC-32's polynomial.
const SIGNATURE_POLYNOMIAL: u32 = 0x04C1_1DB7;
/// First bytes of a program file.
const FILE_MAGIC: &[u8; 8] = b"EMBERPRG";
/// Version of the program file: that of the interface whose descriptors it holds.
const FILE_VERSION: u32 = contract::interface::VERSION;

/// A network made ready for one engine configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The engine that it runs on.
    pub config: EngineConfig,
    /// The layers in the order in which they run.
    pub layers: Vec<LayerPlan>,
    /// Classes of a result.
    pub classes: usize,
    /// Rows of a frame, pixels.
    pub height: usize,
    /// Columns of a frame, pixels.
    pub width: usize,
    /// Identifies the program; the engine shows it in its registers.
    pub hash: u64,
    descriptors: Vec<u64>,
    weights: Vec<u8>,
    table: Vec<u64>,
}

/// Compiles `network` for the engine `config`.
///
/// # Errors
/// An unsound network or configuration, or a memory that is too small (the error names it, by how much, and
/// the smallest configuration that would do).
pub fn compile(network: &Network, config: &EngineConfig) -> Result<Program, CompileError> {
    config.check()?;
    let layers = network.check()?;
    let plans = plan::plan(&layers, config);
    let (height, width) = (network.layout.height, network.layout.width);
    plan::check(&plan::smallest(&plans, config, height, width), config)?;
    plan::check_sums(&plans)?;
    check_weights(network, config.weight_bits)?;
    let (mut descriptors, mut weights, mut table) = (vec![], vec![], vec![]);
    let mut sources: &[Option<usize>] = &[];
    for (i, layer) in plans.iter().enumerate() {
        descriptors.extend(pack::descriptor(layer, config.columns, i + 1 == plans.len())?);
        pack::weights(network, layer, sources, config.columns, &mut weights);
        pack::table(network, layer, config.columns, &mut table);
        sources = &layer.positions;
    }
    let classes = network.layout.classifier.classes;
    let mut program = Program { config: *config, layers: plans, classes, height, width, hash: 0, descriptors, weights, table };
    program.hash = program.digest();
    Ok(program)
}

/// Whether `bits` bits hold every weight.
fn check_weights(network: &Network, bits: usize) -> Result<(), CompileError> {
    let high = i8::MAX >> (8 - bits);
    let low = -high - 1;
    for (conv, weights) in network.convolutions().into_iter().map(|(name, conv)| (name, &conv.weights)) {
        if let Some(&value) = weights.iter().find(|w| !(low..=high).contains(*w)) {
            return Err(CompileError::WeightRange { conv, value, bits, low, high });
        }
    }
    Ok(())
}

impl Program {
    fn digest(&self) -> u64 {
        let mut hash = Sha256::new();
        self.descriptors.iter().for_each(|d| hash.update(d.to_le_bytes()));
        hash.update(&self.weights);
        self.table.iter().for_each(|t| hash.update(t.to_le_bytes()));
        for value in [self.config.columns, self.classes, self.height, self.width] {
            hash.update((value as u64).to_le_bytes());
        }
        let digest = hash.finalize();
        // 0 in the engine's registers means "no program"
        digest.iter().take(8).fold(0, |h, &b| h << 8 | u64::from(b)).max(1)
    }

    /// Words of a frame row: two pixels each.
    fn pairs(&self) -> usize {
        self.width.div_ceil(2)
    }

    /// Weight tiles of one frame.
    pub fn tiles(&self) -> usize {
        self.layers.iter().map(|l| l.blocks * l.passes).sum()
    }

    /// The packets that load the program, as the bytes of 64-bit little-endian beats.
    pub fn stream(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.weights.len() + 8 * (self.table.len() + self.descriptors.len()) + 128);
        section(StreamKind::Descriptors, BEAT_BYTES * self.descriptors.len(), packet::bytes(&self.descriptors), &mut out);
        section(StreamKind::Weights, self.weights.len(), self.weights.iter().copied(), &mut out);
        section(StreamKind::Table, BEAT_BYTES * self.table.len(), packet::bytes(&self.table), &mut out);
        let commit = self.commit().encode();
        section(StreamKind::Commit, BEAT_BYTES * commit.len(), packet::bytes(&commit), &mut out);
        out
    }

    /// What ends the program.
    fn commit(&self) -> Commit {
        // a checked layout has at most 4096 pixels a side and 1024 classes, a checked engine 64 layers and memories of 2^20 words
        Commit {
            program_hash: self.hash,
            layers: self.layers.len() as u8,
            classes: self.classes as u16,
            pairs: self.pairs() as u16,
            rows: self.height as u16,
            tiles: self.tiles() as u32,
            entries: self.table.len() as u32,
        }
    }

    /// Bytes of a frame packet.
    pub fn frame_bytes(&self) -> usize {
        BEAT_BYTES * (HEADER_IN_BEATS + self.height * self.pairs())
    }

    /// The packet that carries one frame. `image` is HWC, red green blue, of the program's size
    /// (pixels outside it are not read, missing ones are black).
    pub fn frame(&self, image: ArrayView3<u8>, sequence: u32) -> Vec<u8> {
        let mut out = vec![0; self.frame_bytes()];
        self.frame_into(image, sequence, &mut out);
        out
    }

    /// [`Program::frame`] into memory that the caller has.
    ///
    /// # Panics
    /// If `out` is not of [`Program::frame_bytes`].
    pub fn frame_into(&self, image: ArrayView3<u8>, sequence: u32, out: &mut [u8]) {
        assert_eq!(out.len(), self.frame_bytes(), "bytes of a frame packet");
        let (header, payload) = out.split_at_mut(HEADER_IN_BEATS * BEAT_BYTES);
        // a checked frame has fewer than 2^32
        let bytes = payload.len() as u32;
        let beats = HeaderIn::new(StreamKind::Frame, sequence, bytes).encode();
        header.iter_mut().zip(packet::bytes(&beats)).for_each(|(to, byte)| *to = byte);
        let rows = payload.chunks_exact_mut(self.pairs().max(1) * BEAT_BYTES);
        match image.as_slice().filter(|_| image.shape() == [self.height, self.width, 3]) {
            Some(pixels) => rows.zip(pixels.chunks_exact(3 * self.width)).for_each(|(row, pixels)| pack_row(pixels, row)),
            None => {
                let pixel = |y, x, c| if x < self.width { image.get([y, x, c]).copied().unwrap_or(0) } else { 0 };
                for (y, row) in rows.enumerate() {
                    let pixels: Vec<u8> = (0..3 * self.width).map(|i| pixel(y, i / 3, i % 3)).collect();
                    pack_row(&pixels, row);
                }
            }
        }
    }

    /// The output of layer `layer` as CHW bytes, from the memory rows that it wrote (its trace);
    /// `None` if the layer is not traced or `rows` has another length.
    pub fn tensor(&self, layer: usize, rows: &[u8]) -> Option<Array3<u8>> {
        let plan = self.layers.get(layer)?;
        if !plan.written || rows.len() != plan.rows() * plan.row_bytes {
            return None;
        }
        let (height, width) = (plan.layer.out_height, plan.layer.out_width);
        let mut tensor = Array3::zeros((plan.layer.out_channels, height, width));
        for (position, channel) in plan.positions.iter().enumerate() {
            let Some(channel) = *channel else { continue };
            for y in 0..height {
                for x in 0..width {
                    let row = (y * width + x) * plan.destination_step + position / plan.row_bytes;
                    tensor[[channel, y, x]] = rows[row * plan.row_bytes + position % plan.row_bytes];
                }
            }
        }
        Some(tensor)
    }

    /// The signature that the engine computes over the output of layer `layer`; `output` is the
    /// layer's CHW tensor, after its pool. One step of a signature register (CRC-32's polynomial)
    /// an output pixel, block after block; see `hdl::rtl::signature`.
    pub fn signature(&self, layer: usize, output: ArrayView3<u8>) -> u32 {
        let Some(plan) = self.layers.get(layer) else { return 0 };
        let block_bytes = plan.slots * self.config.columns;
        // the chain of folds rotates by one bit a quad, over the quads of all five slots
        let quads = SEGMENTS * self.config.columns / 4;
        let mut signature = 0u32;
        for block in plan.positions.chunks(block_bytes) {
            for y in 0..plan.layer.out_height {
                for x in 0..plan.layer.out_width {
                    let mut fold = 0u32;
                    for (i, quad) in block.chunks(4).enumerate() {
                        let byte = |c: &Option<usize>| c.map_or(0, |c| output[[c, y, x]]);
                        let word = quad.iter().rev().fold(0, |word, c| word << 8 | u32::from(byte(c)));
                        fold ^= word.rotate_left((quads - 1 - i) as u32 % 32);
                    }
                    let feedback = if signature >> 31 == 1 { SIGNATURE_POLYNOMIAL } else { 0 };
                    signature = signature << 1 ^ feedback ^ fold;
                }
            }
        }
        signature
    }

    /// The program as a file: `EMBERPRG`, version, engine configuration, sizes, sections, CRC-32.
    ///
    /// Little-endian: magic (8 bytes), version u32, length of the JSON header u32, the header (engine
    /// configuration, sizes, hash), the packets of [`Program::stream`], and the CRC-32 of everything before it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = serde_json::json!({ "engine": self.config, "classes": self.classes, "height": self.height,
            "width": self.width, "hash": format!("{:016x}", self.hash) })
        .to_string();
        let mut out = FILE_MAGIC.to_vec();
        out.extend(FILE_VERSION.to_le_bytes());
        out.extend((header.len() as u32).to_le_bytes());
        out.extend(header.as_bytes());
        out.extend(self.stream());
        out.extend(crc32fast::hash(&out).to_le_bytes());
        out
    }

    /// Multiply-accumulates that the array can do in a cycle.
    pub fn macs_per_cycle(&self) -> u64 {
        (contract::engine::GROUPS * contract::engine::LANES * self.config.columns) as u64
    }
}

/// A program file's content: what a host needs to load it into an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramImage {
    /// The engine that it runs on.
    pub config: EngineConfig,
    /// Identifies the program.
    pub hash: u64,
    /// The packets that load it, see [`Program::stream`].
    pub stream: Vec<u8>,
}

impl ProgramImage {
    /// Reads what [`Program::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`CompileError::File`] for anything else: cut short, damaged, another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CompileError> {
        let bad = |why: &str| CompileError::File { why: why.into() };
        let word = |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
        if bytes.get(..8) != Some(FILE_MAGIC) {
            return Err(bad("does not begin with EMBERPRG"));
        }
        let version = word(8).ok_or_else(|| bad("is cut short"))?;
        if version != FILE_VERSION {
            return Err(bad(&format!("has version {version}, this program reads version {FILE_VERSION}")));
        }
        let body = bytes.len().checked_sub(4).ok_or_else(|| bad("is cut short"))?;
        if word(body) != Some(crc32fast::hash(&bytes[..body])) {
            return Err(bad("is cut short or damaged: its checksum does not agree"));
        }
        let length = word(12).ok_or_else(|| bad("is cut short"))? as usize;
        let header = bytes.get(16..16 + length).filter(|_| 16 + length <= body).ok_or_else(|| bad("is cut short"))?;
        let header: Header = serde_json::from_slice(header).map_err(|e| bad(&format!("has a header that cannot be read ({e})")))?;
        let hash = u64::from_str_radix(&header.hash, 16).map_err(|_| bad("has a hash that is not a number"))?;
        Ok(Self { config: header.engine, hash, stream: bytes[16 + length..body].to_vec() })
    }
}

/// The part of a program file's header that loading needs.
#[derive(serde::Deserialize)]
struct Header {
    engine: EngineConfig,
    hash: String,
}

/// One row of RGB pixels as beats of two pixels each.
fn pack_row(pixels: &[u8], row: &mut [u8]) {
    for (pair, beat) in pixels.chunks(6).zip(row.chunks_exact_mut(BEAT_BYTES)) {
        let mut bytes = [0; BEAT_BYTES];
        match pair {
            &[a, b, c, d, e, f] => bytes[..6].copy_from_slice(&[a, b, c, d, e, f]),
            last => bytes[..last.len()].copy_from_slice(last),
        }
        beat.copy_from_slice(&bytes);
    }
}

/// A packet for the first words of a memory.
fn section(kind: StreamKind, bytes: usize, payload: impl Iterator<Item = u8>, out: &mut Vec<u8>) {
    // memories have fewer than 2^32 bytes, see `EngineConfig::check`
    out.extend(packet::bytes(&HeaderIn::new(kind, 0, bytes as u32).encode()));
    out.extend(payload);
}
