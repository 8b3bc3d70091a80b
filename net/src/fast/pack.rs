//! Weights and requantisation constants in the order in which the kernels read them.

use super::path::Path;
use crate::model::QuantConv;

/// Output channels of a block: the unit in which channels are computed.
pub(super) const LANES: usize = 16;

/// Input bytes of a step: what one dot-product instruction adds up.
pub(super) const STEP: usize = 4;

/// 64 bytes on a cache line of their own.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Line(pub [i8; 64]);

/// How a filter moves over its input map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Pixels from one window to the next, in both directions.
    pub stride: usize,
    /// Rows and columns of the input's border that the filter never reads.
    pub inset: usize,
}

/// How a group is requantised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// `multiplier * 2^(33 - shift)` is an integer below 2^31 for all channels: then twice the
    /// result, rounded down, is the high half of one 32 by 32 bit product ([`Block::doubled`]).
    HighHalf,
    /// Any multiplier and shift: 64-bit sum and a shift that differs from lane to lane.
    Wide,
}

/// Constants of 16 output channels, in vector order. `[[_; 8]; 2]` holds the even channels, then
/// the odd ones: vector units multiply 32 by 32 bits in every other lane. Lanes past the last
/// channel hold zeros.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Block {
    /// What the accumulators start from.
    pub bias: [i32; LANES],
    /// `multiplier * 2^(33 - shift)` where that is an integer below 2^31, otherwise 0.
    pub doubled: [[i64; LANES / 2]; 2],
    /// The multiplier itself.
    pub multiplier: [[i64; LANES / 2]; 2],
    /// `2^(shift - 1)`.
    pub round: [[i64; LANES / 2]; 2],
    /// The right shift.
    pub shift: [[i64; LANES / 2]; 2],
}

/// Up to [`Path::blocks`] blocks that one register tile computes together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// First output channel, counted in the output map.
    pub channel: usize,
    /// Output channels, at most `16 * blocks.len()`.
    pub channels: usize,
    /// Constants of each block.
    pub blocks: Vec<Block>,
    /// How all blocks are requantised.
    pub rounding: Rounding,
    /// For each step the weights of each block: `[step][block][line]`.
    pub weights: Vec<Line>,
}

/// A convolution ready to run: for each output pixel `rows` runs of `run` consecutive input bytes.
///
/// In an HWC map the pixels of a filter row are neighbours, so a run is a whole filter row
/// (`kernel * channels` bytes, rounded up to whole steps; the weights of the excess are zero).
#[derive(Clone, Debug)]
pub(super) struct PackedConv {
    /// Where the filter goes.
    pub window: Window,
    /// Filter rows.
    pub rows: usize,
    /// Bytes of a run, a multiple of [`STEP`].
    pub run: usize,
    /// The output channels.
    pub groups: Vec<Group>,
}

impl PackedConv {
    /// Packs `conv`, whose first output channel is `first_channel` of the output map.
    pub fn new(conv: &QuantConv, window: Window, first_channel: usize, path: Path) -> Self {
        let (outputs, inputs, rows, columns) = conv.weights.dim();
        let run = (columns * inputs).next_multiple_of(STEP);
        let width = path.blocks() * LANES;
        let groups = (0..outputs).step_by(width).map(|first| {
            let channels = width.min(outputs - first);
            let blocks = (first..first + channels).step_by(LANES).map(|c| Block::new(conv, c)).collect();
            let fits = (first..first + channels).all(|c| doubled(conv, c).is_some());
            let rounding = if fits { Rounding::HighHalf } else { Rounding::Wide };
            Group { channel: first_channel + first, channels, blocks, rounding, weights: pack_weights(conv, first, channels, run, path) }
        });
        Self { window, rows, run, groups: groups.collect() }
    }
}

impl Block {
    fn new(conv: &QuantConv, first: usize) -> Self {
        let zero = [[0; LANES / 2]; 2];
        let mut block = Self { bias: [0; LANES], doubled: zero, multiplier: zero, round: zero, shift: zero };
        for lane in 0..LANES.min(conv.bias.len() - first) {
            let (channel, half, i) = (first + lane, lane % 2, lane / 2);
            block.bias[lane] = conv.bias[channel];
            block.doubled[half][i] = doubled(conv, channel).unwrap_or(0);
            block.multiplier[half][i] = i64::from(conv.multiplier[channel]);
            block.round[half][i] = 1 << (conv.shift[channel] - 1);
            block.shift[half][i] = i64::from(conv.shift[channel]);
        }
        block
    }
}

/// `multiplier * 2^(33 - shift)`, if it is an integer below 2^31.
fn doubled(conv: &QuantConv, channel: usize) -> Option<i64> {
    let scaled = i64::from(conv.multiplier[channel]) << 33;
    let shift = conv.shift[channel];
    let value = scaled >> shift;
    (value << shift == scaled && i32::try_from(value).is_ok()).then_some(value)
}

/// The weights of `channels` output channels from `first` on: `[step][block][line]`.
fn pack_weights(conv: &QuantConv, first: usize, channels: usize, run: usize, path: Path) -> Vec<Line> {
    let (_, inputs, rows, columns) = conv.weights.dim();
    let mut lines = Vec::new();
    for row in 0..rows {
        for byte in (0..run).step_by(STEP) {
            for block in (first..first + channels).step_by(LANES) {
                let weight = |lane: usize, k: usize| {
                    let (channel, at) = (block + lane, byte + k);
                    let inside = channel < first + channels && at < columns * inputs;
                    if inside {
                        conv.weights[[channel, at % inputs, row, at / inputs]]
                    } else {
                        0
                    }
                };
                path.pack_step(weight, &mut lines);
            }
        }
    }
    lines
}

/// The weights of one step of one block for kernels that multiply bytes, as `[lane][byte]`.
#[cfg(target_arch = "x86_64")]
pub(super) fn pack_bytes(weight: impl Fn(usize, usize) -> i8, lines: &mut Vec<Line>) {
    lines.push(Line(std::array::from_fn(|i| weight(i / STEP, i % STEP))));
}

/// The weights of one step of one block for kernels that multiply 16-bit pairs: two lines of 8
/// lanes, in each first the pairs for bytes 0 and 2, then those for bytes 1 and 3, because a mask and
/// a shift take four bytes apart in this way. A pair is one 32-bit integer, in the CPU's byte order.
pub(super) fn pack_pairs(weight: impl Fn(usize, usize) -> i8, lines: &mut Vec<Line>) {
    for first in [0, LANES / 2] {
        let mut line = Line([0; 64]);
        for (i, pair) in line.0.chunks_exact_mut(4).enumerate() {
            let (odd, lane) = (i / 8, first + i % 8);
            let [low, high] = [odd, odd + 2].map(|k| i32::from(weight(lane, k)));
            let bytes = (low & 0xffff | high << 16).to_ne_bytes();
            pair.copy_from_slice(&bytes.map(|b| b as i8));
        }
        lines.push(line);
    }
}
