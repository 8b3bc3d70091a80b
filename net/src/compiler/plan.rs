//! How each layer runs on an engine: passes, blocks, memory rows, and the memories that it needs.

use super::error::CompileError;
use crate::layout::{Layer, LayerKind};
use contract::engine::{EngineConfig, LANES, ROW_CHANNELS, SEGMENTS};
use contract::parameters::Parameter;

/// Cycles, less the columns, from a pass's first pixel to the next tile in the shadow registers: its
/// swap wave leaves the array, and 80 words are loaded.
const TILE_CYCLES: usize = 109;

/// One layer's way through the engine. Terms as in docs/array.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerPlan {
    /// The layer.
    pub layer: Layer,
    /// Five segments of two groups instead of the whole array.
    pub segmented: bool,
    /// A border of one zero pixel (classifier).
    pub padded: bool,
    /// Whether the output goes to a memory (always, but for a classifier without room for its trace).
    pub written: bool,
    /// Column sets that a block writes.
    pub slots: usize,
    /// Parts into which a source row is divided between passes: 1, 2 or 4.
    pub parts: usize,
    /// Passes of the reduction.
    pub passes: usize,
    /// Blocks of output channels.
    pub blocks: usize,
    /// Rows of a strip: as many as the accumulators hold between passes, all rows where that is possible
    /// or there is one pass. The last strip may have fewer.
    pub strip_rows: usize,
    /// Memory rows from one pixel to the next, source and destination.
    pub source_step: usize,
    /// See `source_step`.
    pub destination_step: usize,
    /// First destination row.
    pub destination: usize,
    /// Bytes of a destination row.
    pub row_bytes: usize,
    /// Output channel at each position of a pixel's destination rows; `None` for padding.
    pub positions: Vec<Option<usize>>,
}

impl LayerPlan {
    /// Pixels (tokens with a pixel) of one pass.
    pub fn pixels(&self) -> usize {
        self.layer.conv_height * self.layer.conv_width
    }

    /// Strips of a block: all passes run over one strip before the next.
    pub fn strips(&self) -> usize {
        self.layer.conv_height.div_ceil(self.strip_rows)
    }

    /// Accumulators that each lane needs: pixels of a strip, none where there is one pass.
    pub fn accumulators(&self) -> usize {
        if self.passes > 1 {
            self.strip_rows * self.layer.conv_width
        } else {
            0
        }
    }

    /// Words of the line buffers: a row of an expand layer's map; with strips, a row of every pass.
    pub fn line_pixels(&self) -> usize {
        match self.layer.kind {
            LayerKind::Expand if self.strips() > 1 => self.layer.conv_width * self.passes,
            LayerKind::Expand => self.layer.conv_width,
            _ => 0,
        }
    }

    /// Takes as few strips as the accumulators allow, of even height. A row that they do not hold is
    /// a strip all the same; [`check`] refuses it.
    fn divide(&mut self, config: &EngineConfig) {
        let height = self.layer.conv_height;
        let depth = match self.segmented {
            true => config.accumulator_pixels.min(config.segment_accumulator_pixels),
            false => config.accumulator_pixels,
        };
        let most = if self.passes > 1 { (depth / self.layer.conv_width).max(1) } else { height };
        self.strip_rows = height.div_ceil(height.div_ceil(most));
    }

    /// Cycles that the passes take, with the wait for weights where a strip is shorter than it.
    fn pass_cycles(&self, columns: usize) -> usize {
        let strip = |first: usize| (self.layer.conv_height - first).min(self.strip_rows) * self.layer.conv_width;
        let strips: usize = (0..self.layer.conv_height).step_by(self.strip_rows).map(|y| strip(y).max(TILE_CYCLES + columns)).sum();
        strips * self.passes * self.blocks
    }

    /// Cycles without any bubble: one pixel a cycle in every pass.
    pub fn ideal_cycles(&self) -> u64 {
        (self.pixels() * self.passes * self.blocks) as u64
    }

    /// Destination rows of the whole output.
    pub fn rows(&self) -> usize {
        self.layer.out_height * self.layer.out_width * self.destination_step
    }

    /// Memory words that a row's first window of the stem waits for.
    pub fn prefill(&self) -> usize {
        match (self.layer.kind, self.layer.kernel) {
            (LayerKind::Stem, 7) => 3,
            (LayerKind::Stem, _) => 1,
            _ => 0,
        }
    }
}

/// Plans every layer for an engine of `config.columns` columns. The depth of the accumulators decides
/// the strips and whether the classifier is segmented, that of the activation memory whether its output
/// is written; every other depth is left to [`check`].
pub fn plan(layers: &[Layer], config: &EngineConfig) -> Vec<LayerPlan> {
    let mut plans: Vec<LayerPlan> = Vec::with_capacity(layers.len());
    for layer in layers {
        let mut plan = match layer.kind {
            LayerKind::Stem => stem(layer, config.columns),
            LayerKind::Squeeze => squeeze(layer, plans.last(), config.columns),
            LayerKind::Expand => expand(layer, plans.last(), config.columns),
            LayerKind::Classifier => classifier(layer, plans.last(), config),
        };
        plan.divide(config);
        plans.push(plan);
    }
    plans
}

fn base(layer: &Layer) -> LayerPlan {
    LayerPlan {
        layer: layer.clone(),
        segmented: false,
        padded: false,
        written: true,
        slots: 1,
        parts: 1,
        passes: 1,
        blocks: 1,
        strip_rows: layer.conv_height,
        source_step: 1,
        destination_step: 1,
        destination: 0,
        row_bytes: ROW_CHANNELS,
        positions: vec![],
    }
}

/// Positions of `blocks` blocks of `slots` slots whose channels simply count up.
fn counting(plan: &LayerPlan, columns: usize) -> Vec<Option<usize>> {
    (0..plan.blocks * plan.slots * columns).map(|p| (p < plan.layer.out_channels).then_some(p)).collect()
}

fn finish(mut plan: LayerPlan, positions: Vec<Option<usize>>) -> LayerPlan {
    plan.destination_step = positions.len().div_ceil(plan.row_bytes);
    plan.positions = positions;
    plan
}

fn stem(layer: &Layer, columns: usize) -> LayerPlan {
    let mut plan = base(layer);
    let slots = layer.out_channels.div_ceil(columns);
    plan.segmented = layer.kernel == 3;
    // a block must not write a memory slice twice
    let most = if plan.segmented { SEGMENTS.min(ROW_CHANNELS / columns) } else { 1 };
    plan.blocks = slots.div_ceil(most);
    plan.slots = slots.div_ceil(plan.blocks);
    let positions = counting(&plan, columns);
    finish(plan, positions)
}

/// Channels (positions) and row step of what the layer before left in the activation memory.
fn input(before: Option<&LayerPlan>) -> (usize, usize) {
    before.map_or((0, 1), |b| (b.positions.len(), b.destination_step))
}

fn squeeze(layer: &Layer, before: Option<&LayerPlan>, columns: usize) -> LayerPlan {
    let (channels, source_step) = input(before);
    let mut plan = base(layer);
    plan.passes = channels.div_ceil(ROW_CHANNELS);
    plan.blocks = layer.out_channels.div_ceil(columns);
    plan.source_step = source_step;
    plan.row_bytes = columns.max(LANES);
    let positions = counting(&plan, columns);
    finish(plan, positions)
}

fn expand(layer: &Layer, before: Option<&LayerPlan>, columns: usize) -> LayerPlan {
    let mut plan = base(layer);
    let half = layer.out_channels / 2;
    plan.passes = layer.in_channels.div_ceil(LANES);
    plan.parts = before.map_or(1, |b| b.row_bytes / LANES);
    plan.blocks = half.div_ceil(columns);
    plan.slots = 2;
    plan.source_step = input(before).1;
    // slot 0 holds 3x3 channels (second half of the concatenation), slot 1 the 1x1 channels
    let positions = (0..plan.blocks * 2 * columns)
        .map(|p| {
            let (slot, channel) = (p / columns % 2, p / (2 * columns) * columns + p % columns);
            (channel < half).then_some(if slot == 0 { half + channel } else { channel })
        })
        .collect();
    finish(plan, positions)
}

fn classifier(layer: &Layer, before: Option<&LayerPlan>, config: &EngineConfig) -> LayerPlan {
    let columns = config.columns;
    let (channels, source_step) = input(before);
    let mut plan = base(layer);
    plan.padded = layer.conv_height != layer.in_height;
    plan.source_step = source_step;
    plan.passes = channels.div_ceil(ROW_CHANNELS);
    plan.blocks = layer.out_channels.div_ceil(columns);
    plan.divide(config);
    let mut split = LayerPlan {
        segmented: true,
        slots: SEGMENTS,
        parts: 4,
        passes: channels.div_ceil(2 * LANES),
        blocks: layer.out_channels.div_ceil(SEGMENTS * columns),
        ..plan.clone()
    };
    split.divide(config);
    let split_fits = split.accumulators() <= config.accumulator_pixels.min(config.segment_accumulator_pixels);
    if split_fits && split.pass_cycles(columns) <= plan.pass_cycles(columns) {
        plan = split;
    }
    let positions = counting(&plan, columns);
    let mut plan = finish(plan, positions);
    // the output is written for traces only, behind the input, where there is room
    plan.destination = before.map_or(0, LayerPlan::rows);
    plan.written = plan.slots <= ROW_CHANNELS / columns && plan.destination + plan.rows() <= config.activation_rows;
    plan
}

/// The smallest engine with `config.columns` columns that takes `plans`, strips included: they follow
/// from the accumulators of the engine that was planned for.
pub fn smallest(plans: &[LayerPlan], config: &EngineConfig, height: usize, width: usize) -> EngineConfig {
    let most = |f: &dyn Fn(&LayerPlan) -> usize| plans.iter().map(f).max().unwrap_or(0).max(2);
    let is = |p: &LayerPlan, kind| p.layer.kind == kind;
    let when = |condition: bool, value: usize| if condition { value } else { 0 };
    EngineConfig {
        activation_rows: most(&|p| when(!is(p, LayerKind::Squeeze) && !is(p, LayerKind::Classifier), p.rows())),
        squeeze_rows: most(&|p| when(is(p, LayerKind::Squeeze), p.rows())),
        weight_words: plans.iter().map(|p| p.passes * p.blocks * super::pack::TILE_WORDS).sum::<usize>().max(2),
        table_entries: plans.iter().map(|p| p.blocks * p.slots * config.columns).sum::<usize>().max(2),
        layers: plans.len().max(2),
        frame_words: (height.div_ceil(8) * width.div_ceil(2)).max(2),
        accumulator_pixels: most(&LayerPlan::accumulators),
        segment_accumulator_pixels: most(&|p| when(p.segmented, p.accumulators())),
        line_pixels: most(&LayerPlan::line_pixels).max(4),
        pool_pixels: most(&|p| when(p.layer.pool, p.layer.out_width)),
        // columns, bits of a weight: what plans do not decide
        ..*config
    }
}

/// Compares what the plans need with what the engine has.
///
/// # Errors
/// The first memory that is too small.
pub fn check(needed: &EngineConfig, config: &EngineConfig) -> Result<(), CompileError> {
    let Some(Parameter { memory, unit, get, .. }) = config.short_of(needed) else { return Ok(()) };
    let (depth, needed_depth) = (get(config), get(needed));
    Err(CompileError::TooSmall { memory, depth, needed: needed_depth, missing: needed_depth - depth, unit, smallest: Box::new(*needed) })
}

/// Whether a class's sum over the classifier's map stays within 24 bits.
///
/// # Errors
/// A map that is too large.
pub fn check_sums(plans: &[LayerPlan]) -> Result<(), CompileError> {
    match plans.last().map(LayerPlan::pixels).filter(|&p| p > 65_793) {
        Some(pixels) => Err(CompileError::TooManyPixels { pixels }),
        None => Ok(()),
    }
}
