//! From a network and an engine configuration to a program: descriptors, packed weights and
//! requantisation entries, as the engine's memories hold them.

mod error;
mod pack;
mod plan;

pub use error::CompileError;
pub use plan::LayerPlan;

use crate::engine::EngineConfig;
use crate::interface::{StreamKind, BEAT_BYTES, DESCRIPTOR_BEATS, STREAM_IN_MAGIC};
use crate::model::Network;
use ndarray::{Array3, ArrayView3};
use sha2::{Digest, Sha256};

/// First bytes of a program file.
const FILE_MAGIC: &[u8; 8] = b"EMBERPRG";
/// Version of the program file.
const FILE_VERSION: u32 = 1;

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
    if let Some(pixels) = plans.last().map(LayerPlan::pixels).filter(|&p| p > 65_793) {
        return Err(CompileError::TooManyPixels { pixels });
    }
    let (mut descriptors, mut weights, mut table) = (vec![], vec![], vec![]);
    let mut sources: &[Option<usize>] = &[];
    for (i, layer) in plans.iter().enumerate() {
        descriptors.extend(pack::descriptor(layer, config.columns, i + 1 == plans.len()));
        pack::weights(network, layer, sources, config.columns, &mut weights);
        pack::table(network, layer, config.columns, &mut table);
        sources = &layer.positions;
    }
    let classes = network.layout.classifier.classes;
    let mut program = Program { config: *config, layers: plans, classes, height, width, hash: 0, descriptors, weights, table };
    program.hash = program.digest();
    Ok(program)
}

/// The smallest engine with `columns` columns that takes `network`.
///
/// # Errors
/// An unsound network or column count.
pub fn smallest_engine(network: &Network, columns: usize) -> Result<EngineConfig, CompileError> {
    let config = EngineConfig { columns, activation_rows: 1 << 16, segment_accumulator_pixels: 1 << 16, ..EngineConfig::standard(columns.max(1)) };
    config.check()?;
    let plans = plan::plan(&network.check()?, &config);
    Ok(plan::smallest(&plans, &config, network.layout.height, network.layout.width))
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
        let beats = |values: &[u64]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        packet(StreamKind::Descriptors, 0, &beats(&self.descriptors), &mut out);
        packet(StreamKind::Weights, 0, &self.weights, &mut out);
        packet(StreamKind::Table, 0, &beats(&self.table), &mut out);
        let sizes = self.layers.len() as u64 | (self.classes as u64) << 16 | (self.pairs() as u64) << 32 | (self.height as u64) << 48;
        let counts = self.tiles() as u64 | (self.table.len() as u64) << 32;
        packet(StreamKind::Commit, 0, &beats(&[self.hash, sizes, counts]), &mut out);
        out
    }

    /// The packet that carries one frame. `image` is HWC, red green blue, of the program's size
    /// (pixels outside it are not read, missing ones are black).
    pub fn frame(&self, image: ArrayView3<u8>, sequence: u32) -> Vec<u8> {
        let mut payload = Vec::with_capacity(self.height * self.pairs() * BEAT_BYTES);
        for y in 0..self.height {
            for pair in 0..self.pairs() {
                for x in [2 * pair, 2 * pair + 1] {
                    payload.extend((0..3).map(|c| if x < self.width { image.get([y, x, c]).copied().unwrap_or(0) } else { 0 }));
                }
                payload.extend([0, 0]);
            }
        }
        let mut out = Vec::with_capacity(payload.len() + 16);
        packet(StreamKind::Frame, sequence, &payload, &mut out);
        out
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

    /// Multiply-accumulates that the array can do in a cycle.
    pub fn macs_per_cycle(&self) -> u64 {
        (crate::engine::GROUPS * crate::engine::LANES * self.config.columns) as u64
    }
}

fn packet(kind: StreamKind, sequence: u32, payload: &[u8], out: &mut Vec<u8>) {
    let header = u64::from(STREAM_IN_MAGIC) | (kind as u64) << 16 | u64::from(sequence) << 32;
    out.extend(header.to_le_bytes());
    out.extend((payload.len() as u64).to_le_bytes());
    out.extend(payload);
}

const _: () = assert!(DESCRIPTOR_BEATS == 4, "pack::descriptor makes four beats");
