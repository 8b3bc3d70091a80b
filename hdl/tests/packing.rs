//! Two products in a DSP48: the packed group against the single group and against plain integers, cycle
//! by cycle, on every combination of extreme operands and at the tightest spacing of weight tiles; its
//! blocks in Rust and in Verilog in step.
//!
//! Both forms: two rows of a cascade on every combination of extreme weights and pixels with the others at the
//! fields' bounds, and every pattern of -128 and 127 against 0 and 255.

mod pair;

use hdl::rtl::group::Group;
use hdl::rtl::packed_group::PackedGroup;
use hdl::rtl::packed_skew::PackedSkew;
use hdl::rtl::pair_add::PairAdd;
use hdl::rtl::pair_cell::PairCell;
use hdl::rtl::pair_column_e1::PairColumnE1;
use hdl::rtl::pair_column_e2::PairColumnE2;
use hdl::rtl::pair_foot::PairFoot;
use hdl::rtl::pixel_sum::PixelSum;
use pair::stimuli::{lockstep, random};
use pair::Pair;
use rand::Rng;
use std::collections::VecDeque;
use verilated_shim::cosim::Cosim;

dut!(PairCell<25, 34, 34> { in: load, even_in, odd_in, swap_in, pixel_in, total_in; out: even_out, odd_out, swap_out, pixel_out, total_out });
dut!(PairCell<27, 36, 38> { in: load, even_in, odd_in, swap_in, pixel_in, total_in; out: even_out, odd_out, swap_out, pixel_out, total_out });
dut!(PairAdd<17, 18> { in: low, high; out: low_sum, high_sum });
dut!(PairFoot { in: low, high, pixel_sum; out: pixel_sum_out, even, odd });
dut!(PixelSum { in: word; out: sum });
dut!(PackedSkew { in: word, swap; out: pixel, swap_out });
dut!(PairColumnE1 {
    clock: ports.clock;
    in: ports.load, ports.even_weight, ports.odd_weight, ports.swap_in, ports.pixel_in, ports.pixel_sum;
    out: ports.swap_out, ports.pixel_out, ports.pixel_sum_out, ports.even, ports.odd
});
dut!(PairColumnE2 {
    clock: ports.clock;
    in: ports.load, ports.even_weight, ports.odd_weight, ports.swap_in, ports.pixel_in, ports.pixel_sum;
    out: ports.swap_out, ports.pixel_out, ports.pixel_sum_out, ports.even, ports.odd
});
dut!(Group { in: load, weight, swap, word; out: sum });
dut!(PackedGroup { in: load, weight, swap, word; out: sum });

#[test]
fn cells_in_step() {
    lockstep(&mut Pair::new(PairCell::<25, 34, 34>::default()), &[], 8000, 1);
    lockstep(&mut Pair::new(PairCell::<27, 36, 38>::default()), &[], 8000, 2);
}

#[test]
fn sums_in_step() {
    lockstep(&mut Pair::new(PairAdd::<17, 18>::default()), &[], 4000, 3);
    lockstep(&mut Pair::new(PairFoot::default()), &[], 4000, 4);
    lockstep(&mut Pair::new(PixelSum::default()), &[], 4000, 5);
}

#[test]
fn skews_in_step() {
    lockstep(&mut Pair::new(PackedSkew::new(2, 11)), &[], 1000, 6);
    lockstep(&mut Pair::new(PackedSkew::new(8, 7)), &[], 1000, 7);
}

#[test]
fn pair_columns_in_step() {
    lockstep(&mut Pair::new(PairColumnE1::default()), &[], 1500, 8);
    lockstep(&mut Pair::new(PairColumnE2::default()), &[], 1500, 9);
}

#[test]
fn group_in_step() {
    lockstep(&mut Pair::new(Group::new(COLUMNS)), &[], 300, 14);
}

#[test]
fn packed_groups_in_step() {
    lockstep(&mut Pair::new(PackedGroup::dsp48e1(COLUMNS)), &[], 300, 10);
    lockstep(&mut Pair::new(PackedGroup::dsp48e2(COLUMNS)), &[], 300, 11);
}

const COLUMNS: usize = 4;
/// From the swap to the first cycle in which `Group`'s last cell lets its shadow weight be overwritten.
const WAVE: usize = 14 + COLUMNS;

type Weights = [[i8; COLUMNS]; 16];
type Word = [u8; 16];

/// A tile of weights (row, column) and the words that meet it.
struct Pass {
    weights: Weights,
    words: Vec<Word>,
}

/// `Group` and `PackedGroup` as Verilog, on the same inputs.
struct Twins {
    single: Cosim,
    packed: Cosim,
    /// Sums of the words under way: the front one leaves column 0 next.
    expected: VecDeque<Option<[i32; COLUMNS]>>,
    cycle: u64,
}

impl Twins {
    fn new(packed: &PackedGroup) -> Self {
        let expected = (0..18 + COLUMNS).map(|_| None).collect();
        Self { single: pair::verilog(&Group::new(COLUMNS)), packed: pair::verilog(packed), expected, cycle: 0 }
    }

    /// One cycle; `sums` are those of `word`, unknown before the first tile.
    fn step(&mut self, load: Option<[i8; COLUMNS]>, swap: bool, word: &Word, sums: Option<[i32; COLUMNS]>) {
        self.expected.push_back(sums);
        let words: Vec<u32> = word.chunks(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
        for group in [&mut self.single, &mut self.packed] {
            group.poke("load", load.is_some().into());
            group.poke("swap", swap.into());
            group.poke_words("word", &words);
            for (c, weight) in load.unwrap_or([0x55; COLUMNS]).iter().enumerate() {
                group.poke(["weight_0", "weight_1", "weight_2", "weight_3"][c], u64::from(*weight as u8));
            }
            group.eval();
        }
        for c in 0..COLUMNS {
            // column c shows the word of 18 + c cycles ago
            let Some(expected) = self.expected[COLUMNS - c] else { continue };
            let sum = ["sum_0", "sum_1", "sum_2", "sum_3"][c];
            let (single, packed) = (self.single.peek_signed(sum), self.packed.peek_signed(sum));
            assert_eq!((single, packed), (expected[c].into(), expected[c].into()), "cycle {}, {sum}: single and packed", self.cycle);
        }
        for group in [&mut self.single, &mut self.packed] {
            group.clock(1);
        }
        self.expected.pop_front();
        self.cycle += 1;
    }

    /// Pass after pass. The next tile is loaded as late as it can be, so that a pass of `WAVE` + 16 words or
    /// fewer has the tightest spacing: loading begins when the wave has left `Group`, the swap follows at once.
    fn run(&mut self, passes: impl IntoIterator<Item = Pass>) {
        let mut passes = passes.into_iter().peekable();
        if let Some(first) = passes.peek() {
            for row in first.weights.iter().rev() {
                self.step(Some(*row), false, &[0xFF; 16], None);
            }
        }
        while let Some(pass) = passes.next() {
            let cycles = pass.words.len().max(WAVE + 16);
            for cycle in 0..cycles {
                // words beyond the pass's own are pauses: the array works on them all the same
                let word = pass.words[cycle % pass.words.len()];
                let load = passes.peek().and_then(|next| (cycle + 16).checked_sub(cycles).map(|row| next.weights[15 - row]));
                self.step(load, cycle == 0, &word, Some(sums(&pass.weights, &word)));
            }
        }
        for _ in 0..18 + COLUMNS {
            self.step(None, false, &[0; 16], None);
        }
    }
}

fn sums(weights: &Weights, word: &Word) -> [i32; COLUMNS] {
    std::array::from_fn(|c| weights.iter().zip(word).map(|(w, x)| i32::from(w[c]) * i32::from(*x)).sum())
}

const WEIGHTS: [i8; 6] = [-128, -127, -1, 0, 1, 127];
const PIXELS: [u8; 6] = [0, 1, 127, 128, 254, 255];

/// Two neighbouring rows of a cascade of `chain` rows meet every combination of four weights of [`WEIGHTS`]
/// with two pixels of [`PIXELS`]; the cascade's other rows hold `fill`: weights of the even and of the odd
/// column, and a pixel. Every cascade of every pair meets all combinations, not the same at one time.
fn corners(chain: usize, fill: (i8, i8, u8)) -> impl Iterator<Item = Pass> {
    let combinations = WEIGHTS.len().pow(4);
    (0..combinations).map(move |i| {
        let mut weights = [[0; COLUMNS]; 16];
        for (r, row) in weights.iter_mut().enumerate() {
            for (c, weight) in row.iter_mut().enumerate() {
                let number = (i + 162 * (r / chain) + 81 * (c / 2)) % combinations;
                let digit = 2 * (r % chain) + c % 2;
                *weight = match digit {
                    0..4 => WEIGHTS[number / WEIGHTS.len().pow(digit as u32) % WEIGHTS.len()],
                    _ => [fill.0, fill.1][c % 2],
                };
            }
        }
        let word = |j: usize| {
            std::array::from_fn(|r| match r % chain {
                0 => PIXELS[(j + 5 * (r / chain)) % 36 % 6],
                1 => PIXELS[(j + 5 * (r / chain)) % 36 / 6],
                _ => fill.2,
            })
        };
        Pass { weights, words: (0..36).map(word).collect() }
    })
}

/// Each row's weights are -128 or 127 and its pixel 0 or 255: all patterns of both in every cascade of eight,
/// the odd columns with the opposite pattern.
fn patterns() -> impl Iterator<Item = Pass> {
    (0..256usize).map(|bits| {
        let weight = |r: usize, c: usize| if (bits >> (r % 8) ^ c) & 1 == 0 { -128 } else { 127 };
        let word = |pixels: usize| std::array::from_fn(|r| if pixels >> (r % 8) & 1 == 0 { 0 } else { 255 });
        Pass { weights: std::array::from_fn(|r| std::array::from_fn(|c| weight(r, c))), words: (0..256).map(word).collect() }
    })
}

/// Corner values in one cascade, nothing in the others: an error cannot be made up for elsewhere.
fn alone(chain: usize, cascade: usize) -> impl Iterator<Item = Pass> {
    corners(chain, (-128, 127, 255)).map(move |mut pass| {
        for r in (0..16).filter(|r| r / chain != cascade) {
            pass.weights[r] = [0; COLUMNS];
        }
        pass
    })
}

fn extremes(packed: &PackedGroup, chain: usize) {
    let mut twins = Twins::new(packed);
    // at the bounds of the fields: both least, both most, one each, and at rest
    let fills = [(-128, -128, 255), (127, 127, 255), (-128, 127, 255), (127, -128, 255), (0, 0, 0)];
    for fill in fills.into_iter().take(if chain > 2 { 5 } else { 1 }) {
        twins.run(corners(chain, fill));
    }
    twins.run(alone(chain, 16 / chain - 1));
    twins.run(patterns());
    println!("{} cycles", twins.cycle);
}

#[test]
fn extremes_on_dsp48e1() {
    extremes(&PackedGroup::dsp48e1(COLUMNS), 2);
}

#[test]
fn extremes_on_dsp48e2() {
    extremes(&PackedGroup::dsp48e2(COLUMNS), 8);
}

/// Random weights and pixels, every third pass of extremes only; many passes as short as they can be.
fn at_random(packed: &PackedGroup, seed: u64) {
    let mut rng = random(seed);
    let passes: Vec<Pass> = (0..1500)
        .map(|turn| {
            let extreme = turn % 3 == 0;
            let mut weight = || if extreme { WEIGHTS[rng.random_range(0..6)] } else { rng.random() };
            let weights = std::array::from_fn(|_| std::array::from_fn(|_| weight()));
            let length = if rng.random_bool(0.7) { WAVE + 16 } else { rng.random_range(1..90) };
            let mut pixel = || if extreme { PIXELS[rng.random_range(0..6)] } else { rng.random() };
            Pass { weights, words: (0..length).map(|_| std::array::from_fn(|_| pixel())).collect() }
        })
        .collect();
    Twins::new(packed).run(passes);
}

#[test]
fn random_passes_on_dsp48e1() {
    at_random(&PackedGroup::dsp48e1(COLUMNS), 12);
}

#[test]
fn random_passes_on_dsp48e2() {
    at_random(&PackedGroup::dsp48e2(COLUMNS), 13);
}
