//! The Fire array: ten groups, the tails below their columns, and aligned bytes out.

use super::delay::Delay;
use super::deskew::Deskew;
use super::entry_wave::EntryWave;
use super::group::Group;
use super::packed_group::PackedGroup;
use super::pool_control::TOKEN_LEAD;
use super::tail::Tail;
use super::token_delay::TokenDelay;
use super::weight_bytes::WeightBytes;
use crate::lang::prelude::*;
use crate::target::{DspForm, Target};
use contract::engine::EngineConfig;

/// 10 groups x 16 rows x N columns of multiply-accumulates, and 5 N requantising lanes.
///
/// Bytes of the word at cycle t: at t + 30 + N, its token [`TOKEN_LEAD`] cycles before.
#[derive(LogicBlock, Default)]
pub struct Array {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: five segments of two groups each.
    pub segmented: Signal<In, Bit>,
    /// Static: group 9 is a filter of its own.
    pub expand: Signal<In, Bit>,
    /// Sixteen pixel bytes for each group, input channel 0 in bits 7:0.
    pub word: [Signal<In, Bits<128>>; 10],
    /// Token of the words, see `Scanner`.
    pub token: Signal<In, Bits<16>>,
    /// With a pass's first words: the groups take their shadow weights.
    pub swap: Signal<In, Bit>,
    /// Shift `weight` into the shadow weights, one bit a pair of groups; see `WeightLoader`.
    pub load: [Signal<In, Bit>; 5],
    /// With `load`: a row of weights for the even group, then for the odd one, eight bytes a word.
    pub weight: Vec<Signal<In, Bits<64>>>,
    /// Shift `entry` into the shadow entries, one bit a lane; see `TableLoader`.
    pub load_entry: [Signal<In, Bit>; 5],
    /// With `load_entry`: a table entry's low bits: bias, multiplier, shift.
    pub entry: Signal<In, Bits<54>>,
    /// Requantised bytes of slot s, column c at `byte[s][c]`; slot s is lane s of every column.
    pub byte: Vec<Vec<Signal<Out, Bits<8>>>>,
    /// Token of the bytes, [`TOKEN_LEAD`] cycles before them.
    pub token_out: Signal<Out, Bits<16>>,
    weight_bytes: WeightBytes,
    /// Ten groups in one of two forms; the other is empty.
    group: Vec<Group>,
    packed: Vec<PackedGroup>,
    entry_wave: EntryWave,
    token_delay: TokenDelay,
    tail: Vec<Tail>,
    deskew: Deskew,
    late: Delay<16>,
}

impl Array {
    /// The array of the engine that `config` describes, in the forms of `target`.
    pub fn new(config: &EngineConfig, target: &Target) -> Self {
        let columns = config.columns;
        let ten = |group: fn(usize) -> PackedGroup| (0..10).map(|_| group(columns)).collect();
        let (group, packed) = match target.dsp {
            DspForm::Single => ((0..10).map(|_| Group::new(columns)).collect(), vec![]),
            DspForm::Dsp48e1 => (vec![], ten(PackedGroup::dsp48e1)),
            DspForm::Dsp48e2 => (vec![], ten(PackedGroup::dsp48e2)),
        };
        Self {
            weight: many(columns / 4),
            byte: (0..5).map(|_| many(columns)).collect(),
            weight_bytes: WeightBytes::new(columns),
            group,
            packed,
            tail: (0..columns).map(|_| Tail::new(config.accumulator_pixels, config.segment_accumulator_pixels, &target.memory)).collect(),
            entry_wave: EntryWave::new(columns),
            token_delay: TokenDelay::new(),
            deskew: Deskew::new(columns),
            late: Delay::new(30 + columns - TOKEN_LEAD),
            ..Default::default()
        }
    }
}

impl Logic for Array {
    wiring! { "ember_array: The Fire array: ten groups of sixteen rows, adder trees and requantising lanes below their columns, and the bytes of a pixel lined up again." self => {
        let columns = self.tail.len();
        for i in 0..columns / 4 {
            w!(weight_bytes.word[i] <= weight[i]);
        }
        macro_rules! groups {
            ($group:ident) => {
                for g in 0..self.$group.len() {
                    w!($group[g].clock <= clock);
                    w!($group[g].swap <= swap);
                    w!($group[g].word <= word[g]);
                    w!($group[g].load <= load[g / 2]);
                    for c in 0..columns {
                        w!($group[g].weight[c] <= weight_bytes.byte[g % 2 * columns + c]);
                        w!(tail[c].sum[g] <= $group[g].sum[c]);
                    }
                }
            };
        }
        groups!(group);
        groups!(packed);
        w!(token_delay.clock <= clock);
        w!(token_delay.token <= token);
        w!(entry_wave.clock <= clock);
        w!(entry_wave.entry <= entry);
        for s in 0..5 {
            w!(entry_wave.load[s] <= load_entry[s]);
        }
        for c in 0..columns {
            w!(tail[c].clock <= clock);
            if c == 0 {
                w!(tail[c].segmented <= segmented);
                w!(tail[c].expand <= expand);
                w!(tail[c].valid <= token_delay.valid);
                w!(tail[c].first <= token_delay.first);
                w!(tail[c].last <= token_delay.last);
                w!(tail[c].block <= token_delay.block);
                w!(tail[c].address <= token_delay.address);
            } else {
                w!(tail[c].segmented <= tail[c - 1].segmented_out);
                w!(tail[c].expand <= tail[c - 1].expand_out);
                w!(tail[c].valid <= tail[c - 1].valid_out);
                w!(tail[c].first <= tail[c - 1].first_out);
                w!(tail[c].last <= tail[c - 1].last_out);
                w!(tail[c].block <= tail[c - 1].block_out);
                w!(tail[c].address <= tail[c - 1].address_out);
            }
            for s in 0..5 {
                w!(tail[c].load[s] <= entry_wave.load_out[c / 4][s]);
                if c == 0 {
                    w!(tail[c].entry_in[s] <= entry_wave.entry_out);
                } else {
                    w!(tail[c].entry_in[s] <= tail[c - 1].entry_out[s]);
                }
                w!(deskew.byte[s][c] <= tail[c].byte[s]);
                w!(byte[s][c] <= deskew.aligned[s][c]);
            }
        }
        let last = columns - 1;
        w!(unused("there is no column after the last") <= tail[last].segmented_out);
        w!(unused("there is no column after the last") <= tail[last].expand_out);
        w!(unused("there is no column after the last") <= tail[last].valid_out);
        w!(unused("there is no column after the last") <= tail[last].first_out);
        w!(unused("there is no column after the last") <= tail[last].last_out);
        w!(unused("there is no column after the last") <= tail[last].block_out);
        w!(unused("there is no column after the last") <= tail[last].address_out);
        for s in 0..5 {
            w!(unused("there is no column after the last") <= tail[last].entry_out[s]);
        }
        w!(deskew.clock <= clock);
        w!(late.clock <= clock);
        w!(late.value <= token);
        w!(token_out <= late.delayed);
    }}
}
