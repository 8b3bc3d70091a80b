//! How many cycles a frame takes: what the scanner, the loaders of weights and entries and the sequencer do, row by row.
//!
//! Every number below is a count of registers in the RTL; the test `cycle_contract` holds the engine's own counters to it, to the cycle.

use super::plan::LayerPlan;
use super::Program;
use crate::layout::LayerKind;
use contract::packet::SUM_GROUP;

/// Cycles from a row's beginning until the next one is planned (`ember_row_plan`).
const PLANNED: u64 = 5;
/// Cycles from a layer's last one that is counted to the next layer's start: the sequencer's Wait, and the start itself.
const BETWEEN_LAYERS: u64 = 2;
/// Cycles from the classifier's end to the stem's start, less those in which the last block's sums are sent.
const BETWEEN_FRAMES: u64 = 6;
/// Cycles that a result takes to be sent, besides one for each class: header, memory, trailer.
const RESULT: u64 = 28;
/// Cycles in which the first frame after a commit waits for the first descriptor, and later ones do not.
const FIRST_DESCRIPTOR: u64 = 5;
/// Words of a tile, one a cycle.
const TILE: u64 = super::pack::TILE_WORDS as u64;

/// Cycles of a layer, as the engine's statistics registers count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerCycles {
    /// All of them.
    pub cycles: u64,
    /// Those in which a pixel enters the array.
    pub busy: u64,
    /// Those in which the scanner waits for weights or requantisation entries.
    pub stalled: u64,
}

/// Cycles of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameCycles {
    /// In the order in which they run.
    pub layers: Vec<LayerCycles>,
    /// From the stem's start to the result, as the result's header says.
    pub cycles: u64,
    /// From the stem's start to that of the next frame, if its beats and the room for results wait for the engine and never the
    /// engine for them.
    pub period: u64,
    /// Of the period, the next frame's stem waits for its last beats: it may begin as soon as the frame before has left the frame memory.
    pub waits_for_frame: u64,
    /// Of the period, the classifier waits until the result before has been sent.
    pub waits_for_result: u64,
}

/// The frames after a commit, one after the other: the first one finds weights in the shadow registers that later ones may have to wait for.
#[derive(Clone, Debug)]
pub struct Frames<'p> {
    program: &'p Program,
    weight_cycles: u64,
    /// Cycles of the first descriptor that the next frame's stem still has.
    fetch: u64,
    /// When the stem may start, for the sequencer; for the frame, which is in the frame memory from then on.
    start: u64,
    frame_there: u64,
    /// When the classifier may start: the result before has left its memory.
    result_sent: u64,
    supply: Supply,
}

/// From when on what the next pass and block take is in the shadow registers.
#[derive(Clone, Copy, Debug, Default)]
struct Supply {
    tile: u64,
    entries: u64,
}

/// Cycles of a layer's data path, less the columns.
struct Path {
    /// From the cycle in which a pass may begin until its swap wave has left the array.
    swap: u64,
    /// The same of a block's entries, and one until the first entry is in the lanes.
    take: u64,
    /// From a layer's last pixel to its end: the last cycle that is counted.
    drain: u64,
}

impl Path {
    fn of(kind: LayerKind) -> Self {
        // the window of a stem is three cycles long, that of an expand four
        let window = match kind {
            LayerKind::Stem => 3,
            LayerKind::Expand => 4,
            LayerKind::Squeeze | LayerKind::Classifier => 0,
        };
        Self { swap: 39 + window, take: 42 + window, drain: 42 + window }
    }
}

impl Program {
    /// The frames after a commit. `weight_cycles` is how many cycles the weight memory takes from an address to its word, which
    /// depends on the arrays it is made of (`hdl::weight_cycles`).
    pub fn frames(&self, weight_cycles: usize) -> Frames<'_> {
        let supply = Supply::default();
        Frames {
            program: self,
            weight_cycles: weight_cycles as u64,
            fetch: FIRST_DESCRIPTOR,
            start: 0,
            frame_there: 0,
            result_sent: 0,
            supply,
        }
    }

    /// The cycles of a frame among many: the first one that is like the one before. What a frame hands on to the next follows from its own
    /// cycles, so those that follow two alike are alike too.
    pub fn cycles(&self, weight_cycles: usize) -> FrameCycles {
        let mut frames = self.frames(weight_cycles);
        let mut before = None;
        loop {
            let frame = frames.walk();
            if before.as_ref() == Some(&frame) {
                return frame;
            }
            before = Some(frame);
        }
    }
}

impl Iterator for Frames<'_> {
    type Item = FrameCycles;

    /// Always another one.
    fn next(&mut self) -> Option<FrameCycles> {
        Some(self.walk())
    }
}

impl Frames<'_> {
    fn walk(&mut self) -> FrameCycles {
        let (plans, columns) = (&self.program.layers, self.program.config.columns);
        let began = self.start.max(self.frame_there);
        let (mut now, mut layers, mut waits_for_result) = (began, vec![], 0);
        for (i, plan) in plans.iter().enumerate() {
            if plan.layer.kind == LayerKind::Classifier {
                waits_for_result = self.result_sent.saturating_sub(now);
                now += waits_for_result;
            }
            let (end, stalled) = self.layer(plan, &plans[(i + 1) % plans.len()], now);
            layers.push(LayerCycles { cycles: end - now, busy: plan.ideal_cycles(), stalled });
            now = end + BETWEEN_LAYERS;
            if i == 0 {
                let beats = self.program.height * self.program.pairs();
                self.frame_there = now + beats as u64;
            }
        }
        let slots = plans.last().map_or(0, |classifier| classifier.slots);
        self.start = now + BETWEEN_FRAMES + (slots * columns) as u64;
        self.result_sent = self.start + RESULT + self.program.classes.next_multiple_of(SUM_GROUP) as u64;
        let between = (layers.len() as u64).saturating_sub(1);
        let cycles = layers.iter().map(|layer| layer.cycles).sum::<u64>() + between;
        if let Some(stem) = layers.first_mut() {
            // counted by the layer's register, and not by the result's
            stem.cycles += std::mem::take(&mut self.fetch);
        }
        let waits_for_frame = self.frame_there.saturating_sub(self.start);
        FrameCycles { layers, cycles, period: self.start + waits_for_frame - began, waits_for_frame, waits_for_result }
    }

    /// The layer's end, and the cycles that it waited. `next` is the layer whose entries are read during its last block.
    fn layer(&mut self, plan: &LayerPlan, next: &LayerPlan, start: u64) -> (u64, u64) {
        let columns = self.program.config.columns as u64;
        let path = Path::of(plan.layer.kind);
        let entries = |plan: &LayerPlan| plan.slots as u64 * columns;
        let tokens = (plan.layer.conv_width + plan.prefill()) as u64;
        // the row before has given its last token in `open`; the row that comes is known in `planned`, the first one beforehand
        let (mut open, mut planned, mut stalled, mut blocks) = (start, start, 0, 0);
        for (begins_pass, begins_block) in rows(plan) {
            let mut supplied = 0;
            if begins_pass {
                supplied = self.supply.tile;
            }
            if begins_block {
                supplied = supplied.max(self.supply.entries);
            }
            stalled += supplied.saturating_sub(planned.max(open + 1));
            // `ready` is a register behind both
            let take = open.max(planned.max(supplied) + 1);
            if begins_pass {
                self.supply.tile = take + path.swap + columns + TILE + self.weight_cycles;
            }
            if begins_block {
                blocks += 1;
                let of = if blocks == plan.blocks { next } else { plan };
                self.supply.entries = take + path.take + columns + 2 * entries(of);
            }
            (open, planned) = (take + tokens, take + PLANNED);
        }
        (open + path.drain + columns, stalled)
    }
}

/// The rows of a layer as the scanner takes them: whether a pass and whether a block begins with it. An expand first reads a row
/// of the map (with strips, of every pass) without any pixel for the array.
fn rows(plan: &LayerPlan) -> impl Iterator<Item = (bool, bool)> + '_ {
    let fills = match plan.layer.kind {
        LayerKind::Expand if plan.strips() > 1 => plan.passes,
        LayerKind::Expand => 1,
        _ => 0,
    };
    let height = |strip: usize| plan.strip_rows.min(plan.layer.conv_height - strip * plan.strip_rows);
    let pass = move |strip, pass| (0..height(strip)).map(move |y| (y == 0, y == 0 && pass == 0 && strip == 0));
    let block = move || (0..plan.strips()).flat_map(move |s| (0..plan.passes).flat_map(move |p| pass(s, p)));
    std::iter::repeat_n((false, false), fills).chain((0..plan.blocks).flat_map(move |_| block()))
}
