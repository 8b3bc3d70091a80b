//! `ember_array` of four columns, in all forms: words, weights and requantisation entries in, bytes of a pixel out some cycles
//! after their token, against plain integers; under random inputs in step.

use super::tail::{Entry, Mode};
use crate::pair::stimuli::{driven, number, random};
use crate::pair::{self, Pair};
use contract::engine::{EngineConfig, GROUPS, LANES, SEGMENTS};
use hdl::rtl::array::Array;
use hdl::rtl::pool_control::TOKEN_LEAD;
use hdl::target::{DspForm, Target};
use net::reference::requantise;
use rand::rngs::StdRng;
use rand::Rng;

dut!(Array { in: segmented, expand, word, token, swap, load, weight, load_entry, entry; out: byte, token_out });

const COLUMNS: usize = 4;
/// From a word to its bytes.
const LATENCY: usize = 30 + COLUMNS;
/// From the swap to the first cycle in which a shadow weight may be overwritten.
const WAVE: usize = 14 + COLUMNS;
/// From a tile's last row to its swap, at least.
const SETTLED: usize = 2;

fn array(dsp: DspForm) -> Pair<Array> {
    // pixels are numbered from the last swap on: at random they may be many
    let config = EngineConfig { accumulator_pixels: 1024, segment_accumulator_pixels: 1024, ..EngineConfig::standard(COLUMNS) };
    Pair::new(Array::new(&config, &Target { dsp, ..Target::default() }))
}

type Word = [u8; LANES];
/// Group, row, column.
type Weights = [[[i8; COLUMNS]; LANES]; GROUPS];

/// A token and its ten words.
type Pixel = (u64, [Word; GROUPS]);

struct Bench {
    pair: Pair<Array>,
    rng: StdRng,
    /// Tokens of the last cycles, and the bytes that each has to show: slot, column.
    waiting: Vec<(u64, [[Option<u8>; COLUMNS]; SEGMENTS])>,
}

const NONE: [[Option<u8>; COLUMNS]; SEGMENTS] = [[None; COLUMNS]; SEGMENTS];

impl Bench {
    fn word(rng: &mut StdRng) -> Word {
        let all = rng.random_bool(0.1).then(|| [0, 255][rng.random_range(0..2)]);
        std::array::from_fn(|_| all.unwrap_or(number(rng, 8) as u8))
    }

    /// One cycle; the words of no pixel may be anything.
    fn cycle(&mut self, pixel: Option<Pixel>, bytes: [[Option<u8>; COLUMNS]; SEGMENTS]) {
        let Self { pair, rng, .. } = self;
        let (token, words) = pixel.unwrap_or_else(|| (0, std::array::from_fn(|_| Self::word(rng))));
        for (g, word) in words.iter().enumerate() {
            pair.set_wide(&format!("word_{g}"), u128::from_le_bytes(*word));
        }
        pair.set("token", token);
        pair.set("swap", token >> 3 & 1);
        pair.settle();
        self.waiting.push((token, bytes));
        if let Some(then) = self.waiting.len().checked_sub(LATENCY + 1) {
            let (token, bytes) = (self.waiting[then + TOKEN_LEAD].0, self.waiting[then].1);
            assert_eq!(pair.get("token_out"), token, "cycle {}: token", pair.cycle);
            for (s, slot) in bytes.iter().enumerate() {
                for (c, byte) in slot.iter().enumerate().filter_map(|(c, byte)| Some((c, (*byte)?))) {
                    assert_eq!(pair.get(&format!("byte_{s}_{c}")), u64::from(byte), "cycle {}: slot {s}, column {c}", pair.cycle);
                }
            }
        }
        pair.clock();
    }

    fn idle(&mut self, cycles: usize) {
        (0..cycles).for_each(|_| self.cycle(None, NONE));
    }

    /// A tile as the loader brings it: five pairs of groups, row 15 first, the even group's bytes below the odd one's.
    fn tile(&mut self, weights: &Weights) {
        for both in 0..SEGMENTS {
            (0..SEGMENTS).for_each(|i| self.pair.set(&format!("load_{i}"), (i == both).into()));
            for row in (0..LANES).rev() {
                let bytes = [weights[2 * both][row], weights[2 * both + 1][row]].concat();
                let word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte as u8));
                self.pair.set("weight_0", word);
                self.idle(1);
            }
        }
        (0..SEGMENTS).for_each(|i| self.pair.set(&format!("load_{i}"), 0));
        let noise = self.rng.random();
        self.pair.set("weight_0", noise);
    }

    /// Entries as the loader brings them: slot after slot, the last column first.
    fn entries(&mut self, entries: &[[Entry; COLUMNS]; SEGMENTS]) {
        for (slot, columns) in entries.iter().enumerate() {
            (0..SEGMENTS).for_each(|i| self.pair.set(&format!("load_entry_{i}"), (i == slot).into()));
            for entry in columns.iter().rev() {
                self.pair.set("entry", entry.bits());
                self.idle(1);
            }
        }
        (0..SEGMENTS).for_each(|i| self.pair.set(&format!("load_entry_{i}"), 0));
    }

    fn weights(&mut self, turn: usize) -> Weights {
        let rng = &mut self.rng;
        let mut weight = |_| match turn % 3 {
            0 => -128,
            1 => [-128, 127][rng.random_range(0..2)],
            _ => rng.random(),
        };
        std::array::from_fn(|_| std::array::from_fn(|_| std::array::from_fn(&mut weight)))
    }

    /// A block of channels in several passes, each with a tile of its own.
    fn block(&mut self, mode: Mode, turn: usize) {
        let (passes, pixels) = (self.rng.random_range(1..3), self.rng.random_range(1..9usize));
        self.pair.set("segmented", (mode == Mode::Segmented).into());
        self.pair.set("expand", (mode == Mode::Expand).into());
        let rng = &mut self.rng;
        let entries: [[Entry; COLUMNS]; SEGMENTS] = std::array::from_fn(|_| std::array::from_fn(|_| Entry::random(rng)));
        self.entries(&entries);
        let mut accumulators = vec![[[0i32; COLUMNS]; SEGMENTS]; pixels];
        for pass in 0..passes {
            let weights = self.weights(turn + pass);
            self.tile(&weights);
            self.idle(SETTLED - 1);
            let mut cycles = 0;
            for (pixel, accumulator) in accumulators.iter_mut().enumerate() {
                let rng = &mut self.rng;
                let words: [Word; GROUPS] = std::array::from_fn(|_| Self::word(rng));
                let mut bytes = NONE;
                for c in 0..COLUMNS {
                    let product = |g: usize| words[g].iter().zip(&weights[g]).map(|(x, row)| i32::from(*x) * i32::from(row[c])).sum();
                    let sums: [i32; GROUPS] = std::array::from_fn(product);
                    for s in 0..SEGMENTS {
                        let Some(total) = mode.total(&sums, s) else { continue };
                        let old = if pass == 0 { entries[s][c].bias } else { accumulator[s][c] };
                        accumulator[s][c] = old.wrapping_add(total);
                        let byte = requantise(accumulator[s][c], entries[s][c].multiplier, entries[s][c].shift);
                        bytes[s][c] = (pass + 1 == passes).then_some(byte);
                    }
                }
                let (first, last) = (pixel == 0, pixel + 1 == pixels && pass + 1 == passes);
                let bits = [true, pass == 0, pass + 1 == passes, first, first && pass == 0, last];
                let edges = self.rng.random_range(0..1 << 10) << 6;
                let token = bits.iter().enumerate().fold(edges, |token, (i, bit)| token | u64::from(*bit) << i);
                self.cycle(Some((token, words)), bytes);
                cycles += 1;
                while self.rng.random_bool(0.2) {
                    self.idle(1);
                    cycles += 1;
                }
            }
            // the next tile's first row may come when the swap wave has left; a pixel's sum is back in memory long before
            self.idle(WAVE.saturating_sub(cycles));
        }
        // the last column has taken its entries, and the mode holds until the last byte has left
        self.idle(LATENCY);
    }
}

fn form(dsp: DspForm, seed: u64) {
    driven(&mut array(dsp), &[], 250, seed);
    let mut bench = Bench { pair: array(dsp), rng: random(seed), waiting: vec![] };
    for turn in 0..9 {
        println!("block {turn}");
        bench.block([Mode::Whole, Mode::Expand, Mode::Segmented][turn % 3], turn);
    }
    bench.idle(LATENCY);
}

#[test]
fn one_product_a_multiplier() {
    form(DspForm::Single, 1);
}

#[test]
fn two_products_in_a_dsp48e1() {
    form(DspForm::Dsp48e1, 2);
}

#[test]
fn two_products_in_a_dsp48e2() {
    form(DspForm::Dsp48e2, 3);
}
