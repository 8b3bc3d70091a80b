//! Two products in a DSP48: the packed group against the single group and against plain integers, cycle
//! by cycle, on every combination of extreme operands and at the tightest spacing of weight tiles; its
//! blocks in Rust and in Verilog in step.
//!
//! Both forms: two rows on every combination of extreme weights and pixels with the others at the fields' bounds, every pattern of
//! -128 and 127 against 0 and 255, and sums that just reach or just miss a carry.

mod pair;

use hdl::rtl::dsp48::Row;
use hdl::rtl::dsp48e1::Dsp48e1;
use hdl::rtl::dsp48e2::Dsp48e2;
use hdl::rtl::dsp48e2_last::Dsp48e2Last;
use hdl::rtl::group::Group;
use hdl::rtl::high_register::HighRegister;
use hdl::rtl::packed_group::PackedGroup;
use hdl::rtl::pair_carry::PairCarry;
use hdl::rtl::pair_cell::PairCell;
use hdl::rtl::pair_column_e1::PairColumnE1;
use hdl::rtl::pair_column_e2::PairColumnE2;
use hdl::rtl::pair_foot_e1::PairFootE1;
use hdl::rtl::pair_foot_e2::PairFootE2;
use hdl::rtl::pair_operand::PairOperand;
use hdl::rtl::pixel_complement::PixelComplement;
use hdl::rtl::pixel_sum::PixelSum;
use pair::stimuli::{driven, lockstep, number, random, Drive};
use pair::Pair;
use rand::Rng;
use std::collections::VecDeque;
use verilated_shim::cosim::Cosim;

dut!(Dsp48e1 { in: load, swap, operand, operand_in, pixel, total_in; out: operand_out, total_out, low, upper });
dut!(Dsp48e2 { in: load, swap, operand, operand_in, pixel, total_in; out: operand_out, total_out, low, upper });
dut!(Dsp48e2Last { in: load, swap, operand_in, pixel, complement, total_in; out: operand_out, total_out, low, upper });
dut!(PairOperand<25> { in: even, odd; out: operand, odd_bit });
dut!(PairOperand<27> { in: even, odd; out: operand, odd_bit });
dut!(PairCell { in: load, bit_in, swap_in, pixel_in, parity_in; out: bit_out, swap_out, pixel_out, parity_out });
dut!(HighRegister { in: value; out: held });
dut!(PairCarry { in: carries_in, upper, parity; out: carries });
dut!(PairFootE1 { in: low, upper, carries, complement; out: complement_out, even, odd });
dut!(PairFootE2 { in: low, upper, parity; out: even, odd });
dut!(PixelSum { in: word; out: sum });
dut!(PixelComplement { in: sum; out: complement });
dut!(PairColumnE1 {
    clock: ports.clock;
    in: ports.load, ports.load_late, ports.even_weight, ports.odd_weight, ports.swap_in, ports.pixel_in, ports.complement;
    out: ports.swap_out, ports.pixel_out, ports.complement_out, ports.even, ports.odd
});
dut!(PairColumnE2 {
    clock: ports.clock;
    in: ports.load, ports.load_late, ports.even_weight, ports.odd_weight, ports.swap_in, ports.pixel_in, ports.complement;
    out: ports.swap_out, ports.pixel_out, ports.complement_out, ports.even, ports.odd
});
dut!(Group { in: load, weight, swap, word; out: sum });
dut!(PackedGroup { in: load, weight, swap, word; out: sum });

/// Weights and swaps in any order and at any spacing: every other cycle on average, then seldom.
fn spaced<B: pair::Dut>(mut pair: Pair<B>, seed: u64) {
    lockstep(&mut pair, &[], 4000, seed);
    driven(&mut pair, &[("load", Drive::Seldom(16)), ("swap", Drive::Seldom(12))], 4000, seed + 1);
}

#[test]
fn dsps_in_step() {
    spaced(Pair::new(Dsp48e1::new(Row::First)), 20);
    spaced(Pair::new(Dsp48e1::new(Row::Next)), 22);
    spaced(Pair::new(Dsp48e2::new(Row::First)), 24);
    spaced(Pair::new(Dsp48e2::new(Row::Next)), 26);
    spaced(Pair::new(Dsp48e2Last::default()), 28);
}

#[test]
fn cells_in_step() {
    lockstep(&mut Pair::new(PairCell::default()), &[], 8000, 1);
    lockstep(&mut Pair::new(HighRegister::default()), &[], 500, 30);
}

/// Every two weights: the fields of the operand, and the odd one's lowest bit a cycle later.
fn operands<const OPERAND: usize>()
where
    PairOperand<OPERAND>: pair::Dut,
{
    let mut pair = Pair::new(PairOperand::<OPERAND>::default());
    let weights = || (i8::MIN..=i8::MAX).flat_map(|odd| WEIGHTS.map(|even| (even, odd)));
    let mut last = None;
    for (even, odd) in weights() {
        pair.set("even", u64::from(even as u8));
        pair.set("odd", u64::from(odd as u8));
        pair.clock();
        pair.settle();
        let operand = (i64::from(odd) << (OPERAND - 8)) + i64::from(even) + 128;
        assert_eq!((pair.get("operand") << (64 - OPERAND)) as i64 >> (64 - OPERAND), operand, "{even}, {odd}");
        assert_eq!(pair.get("odd_bit"), last.map_or(0, |odd: i8| odd as u64 & 1), "{even}, {odd}");
        last = Some(odd);
    }
}

#[test]
fn operands_hold_both_weights() {
    operands::<25>();
    operands::<27>();
}

/// From every number of carries to the same and to the next one, under any odd sum.
#[test]
fn carries_are_counted() {
    let mut rng = random(3);
    let mut pair = Pair::new(PairCarry::default());
    for before in 0..8u64 {
        for now in before..8.min(before + 2) {
            for _ in 0..200 {
                let sum = number(&mut rng, 20) as u64;
                pair.set("carries_in", before);
                pair.settle();
                pair.clock();
                pair.set("carries_in", rng.random_range(0..8));
                pair.set("parity", sum & 1);
                pair.set("upper", (sum + now) & 0xF_FFFF);
                pair.settle();
                pair.clock();
                pair.settle();
                assert_eq!(pair.get("carries"), now, "{before} before, odd sum {sum}");
            }
        }
    }
    lockstep(&mut Pair::new(PairCarry::default()), &[], 4000, 4);
}

#[test]
fn feet_in_step() {
    lockstep(&mut Pair::new(PairFootE1::default()), &[], 4000, 5);
    lockstep(&mut Pair::new(PairFootE2::default()), &[], 4000, 6);
}

#[test]
fn pixels_in_step() {
    lockstep(&mut Pair::new(PixelSum::default()), &[], 4000, 7);
    lockstep(&mut Pair::new(PixelComplement::default()), &[], 4000, 15);
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
/// From the swap to the first cycle in which a row of the next weights may be loaded, in every form: the DSP48E2's wave leaves the
/// last cell at 15 + N, where weights are two cycles after they came; `Group`'s may follow its swap by 16 cycles.
const WAVE: usize = 14 + COLUMNS;
/// From a tile's last row to its swap, at least.
const SETTLED: usize = 2;
/// Cycles of a pass, at least: its wave, the next tile.
const SHORTEST: usize = WAVE + 16 + SETTLED - 1;
/// From a word to column 0's sum.
const LATENCY: usize = 20;

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
        let expected = (0..LATENCY + COLUMNS).map(|_| None).collect();
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
            // column c shows the word of 20 + c cycles ago
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

    /// Pass after pass. The next tile is loaded as late as it can be, so that a pass of `WAVE` + 16 + `SETTLED` - 1 words or
    /// fewer has the tightest spacing: loading begins when the wave has left, the swap follows as soon as the weights are there.
    fn run(&mut self, passes: impl IntoIterator<Item = Pass>) {
        let mut passes = passes.into_iter().peekable();
        if let Some(first) = passes.peek() {
            for row in first.weights.iter().rev() {
                self.step(Some(*row), false, &[0xFF; 16], None);
            }
            (1..SETTLED).for_each(|_| self.step(None, false, &[0xFF; 16], None));
        }
        while let Some(pass) = passes.next() {
            let cycles = pass.words.len().max(SHORTEST);
            for cycle in 0..cycles {
                // words beyond the pass's own are pauses: the array works on them all the same
                let word = pass.words[cycle % pass.words.len()];
                let row = (cycle + 16 + SETTLED - 1).checked_sub(cycles).filter(|row| *row < 16);
                let load = passes.peek().zip(row).map(|(next, row)| next.weights[15 - row]);
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

/// Two neighbouring rows of every `chain` meet every combination of four weights of [`WEIGHTS`] with two pixels of [`PIXELS`]; the
/// other rows hold `fill`: weights of the even and of the odd column, and a pixel. Every chain of every pair meets all
/// combinations, not the same at one time, and the two rows are others in every pass.
fn corners(chain: usize, fill: (i8, i8, u8)) -> impl Iterator<Item = Pass> {
    let combinations = WEIGHTS.len().pow(4);
    (0..combinations).map(move |i| {
        // a row's place behind the first of the two
        let place = |r: usize| (r + chain - i % (chain - 1)) % chain;
        let mut weights = [[0; COLUMNS]; 16];
        for (r, row) in weights.iter_mut().enumerate() {
            for (c, weight) in row.iter_mut().enumerate() {
                let number = (i + 162 * (r / chain) + 81 * (c / 2)) % combinations;
                let digit = 2 * place(r) + c % 2;
                *weight = match digit {
                    0..4 => WEIGHTS[number / WEIGHTS.len().pow(digit as u32) % WEIGHTS.len()],
                    _ => [fill.0, fill.1][c % 2],
                };
            }
        }
        let word = |j: usize| {
            std::array::from_fn(|r| match place(r) {
                0 => PIXELS[(j + 5 * (r / chain)) % 36 % 6],
                1 => PIXELS[(j + 5 * (r / chain)) % 36 / 6],
                _ => fill.2,
            })
        };
        Pass { weights, words: (0..36).map(word).collect() }
    })
}

/// Each row's weights are -128 or 127 and its pixel 0 or 255: all patterns of both in eight rows and the same in the others, the
/// odd columns with the opposite pattern.
fn patterns() -> impl Iterator<Item = Pass> {
    (0..256usize).map(|bits| {
        let weight = |r: usize, c: usize| if (bits >> (r % 8) ^ c) & 1 == 0 { -128 } else { 127 };
        let word = |pixels: usize| std::array::from_fn(|r| if pixels >> (r % 8) & 1 == 0 { 0 } else { 255 });
        Pass { weights: std::array::from_fn(|r| std::array::from_fn(|c| weight(r, c))), words: (0..256).map(word).collect() }
    })
}

/// Corner values in two rows, nothing in the others: an error cannot be made up for elsewhere.
fn alone(at: usize) -> impl Iterator<Item = Pass> {
    corners(2, (0, 0, 0)).map(move |mut pass| {
        for r in (0..16).filter(|r| r / 2 != at) {
            pass.weights[r] = [0; COLUMNS];
        }
        pass
    })
}

/// Two factors of `product`, each below 256.
fn factors(product: i64) -> Option<(i64, i64)> {
    (1..256).find(|a| product >= 0 && product % a == 0 && product / a < 256).map(|a| (a, product / a))
}

/// Even sums at the brink: with the offset, down to some row, a multiple of 2^17 or 2^19 or one less; without it, of all rows, 0 or
/// -1. The row in which it happens has the weight and the pixel that make it so. The first word of each pass is the one.
fn brinks(seed: u64, count: usize) -> Vec<Pass> {
    let mut rng = random(seed);
    let mut passes = vec![];
    while passes.len() < count {
        let mut weights: Weights = std::array::from_fn(|_| std::array::from_fn(|_| rng.random()));
        let mut word: Word = rng.random();
        let (row, column) = (rng.random_range(1..16), 2 * rng.random_range(0..COLUMNS / 2));
        let less = rng.random_range(0..2);
        let sum = |rows: &mut dyn Iterator<Item = usize>, offset: i64| -> i64 {
            rows.map(|r| (i64::from(weights[r][column]) + offset) * i64::from(word[r])).sum()
        };
        let found = if rng.random() {
            let field = 1 << if rng.random() { 17 } else { 19 };
            let above = sum(&mut (0..row), 128);
            factors((above / field + 1) * field - less - above).map(|(w, x)| (w - 128, x))
        } else {
            let others = sum(&mut (0..16).filter(|r| *r != row), 0);
            let product = -less - others;
            factors(product.abs()).map(|(w, x)| (w * product.signum(), x)).filter(|(w, _)| (-128..128).contains(w))
        };
        let Some((w, x)) = found else { continue };
        (weights[row][column], word[row]) = (w as i8, x as u8);
        let words = std::iter::once(word).chain((0..20).map(|_| rng.random())).collect();
        passes.push(Pass { weights, words });
    }
    passes
}

fn extremes(packed: &PackedGroup) {
    let mut twins = Twins::new(packed);
    // at the bounds of the fields: both least, both most, one each, and at rest
    let fills = [(-128, -128, 255), (127, 127, 255), (-128, 127, 255), (127, -128, 255), (0, 0, 0)];
    for fill in fills {
        twins.run(corners(16, fill));
    }
    twins.run(corners(4, (127, -128, 255)));
    twins.run(corners(2, (0, 0, 0)));
    twins.run(alone(7));
    twins.run(patterns());
    twins.run(brinks(16, 600));
    println!("{} cycles", twins.cycle);
}

#[test]
fn extremes_on_dsp48e1() {
    extremes(&PackedGroup::dsp48e1(COLUMNS));
}

#[test]
fn extremes_on_dsp48e2() {
    extremes(&PackedGroup::dsp48e2(COLUMNS));
}

/// Random weights and pixels, every third pass of extremes only; many passes as short as they can be.
fn at_random(packed: &PackedGroup, seed: u64) {
    let mut rng = random(seed);
    let passes: Vec<Pass> = (0..1500)
        .map(|turn| {
            let extreme = turn % 3 == 0;
            let mut weight = || if extreme { WEIGHTS[rng.random_range(0..6)] } else { rng.random() };
            let weights = std::array::from_fn(|_| std::array::from_fn(|_| weight()));
            let length = if rng.random_bool(0.7) { SHORTEST } else { rng.random_range(1..90) };
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
