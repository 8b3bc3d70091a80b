//! The arithmetic modules, in Rust and in Verilog in step, under random and extreme stimuli; the
//! column and the lane also against plain integers.

mod pair;

use hdl::rtl::booth_digit::BoothDigit;
use hdl::rtl::column::Column;
use hdl::rtl::lane::Lane;
use hdl::rtl::pool_quad::PoolQuad;
use hdl::rtl::skew::Skew;
use hdl::rtl::sum_quad::SumQuad;
use hdl::rtl::window::Window;
use hdl::target::MemoryStyle;
use net::reference::requantise;
use pair::stimuli::{lockstep, number, random};
use pair::Pair;
use rand::Rng;

dut!(Column { in: load, weight_in, swap_in, pixel_in; out: swap_out, pixel_out, sum });
dut!(Skew { in: word; out: pixel });
dut!(BoothDigit { combinational; in: digit, factor; out: multiple });
dut!(Lane { in: valid, first, last, block, address, early, late, load, entry_in; out: entry_out, quantised });
dut!(PoolQuad { in: pool, byte, step, three, column, store, fresh, late_column, close; out: quad });
dut!(SumQuad { in: clear, add, map_end, quad, send, others; out: head });
dut!(Window { in: is_expand, start, arrive, push, line, token_in, word; out: tap, token });

#[test]
fn column_in_step() {
    lockstep(&mut Pair::new(Column::default()), &[], 4000, 1);
}

#[test]
fn skew_in_step() {
    lockstep(&mut Pair::new(Skew::default()), &[], 2000, 2);
}

/// All digits of extreme and random factors, in 18 bits.
#[test]
fn booth_digit_multiplies() {
    let mut rng = random(10);
    let mut pair = Pair::new(BoothDigit::default());
    let mut factors = vec![0, 1, 2, 0x7FFF, 0x8000, 0xFFFF];
    factors.extend((0..60).map(|_| rng.random_range(0..1i64 << 16)));
    for factor in factors {
        for digit in 0..8 {
            pair.set("digit", digit);
            pair.set("factor", factor as u64);
            pair.settle();
            let times = (digit & 1) as i64 + (digit >> 1 & 1) as i64 - 2 * (digit >> 2) as i64;
            let lacks = digit as i64 >> 2;
            assert_eq!(pair.get("multiple"), (times * factor - lacks) as u64 & 0x3_FFFF, "{times} times {factor}");
        }
    }
}

#[test]
fn lane_in_step() {
    lockstep(&mut Pair::new(Lane::new(8)), &[("address", 8)], 20_000, 3);
}

#[test]
fn pool_quad_in_step() {
    lockstep(&mut Pair::new(PoolQuad::new(8, MemoryStyle::Auto)), &[("column", 8), ("late_column", 8)], 8000, 4);
}

#[test]
fn sum_quad_in_step() {
    lockstep(&mut Pair::new(SumQuad::default()), &[], 8000, 5);
}

#[test]
fn window_in_step() {
    let mut pair = Pair::new(Window::new(16, MemoryStyle::Auto));
    for turn in 0..5 {
        let mut rng = random(60 + turn);
        for cycle in 0..400 {
            pair.set("start", (cycle == 0).into());
            pair.set("is_expand", (cycle < 300).into());
            pair.set("arrive", rng.random_bool(0.8).into());
            pair.set("push", rng.random_bool(0.1).into());
            pair.set("line", rng.random_range(0..16));
            pair.set("token_in", number(&mut rng, 16) as u64);
            let word = number(&mut rng, 128);
            pair.set_wide("word", word);
            pair.settle();
            pair.clock();
        }
    }
}

/// Sixteen weights against sixteen pixels, in plain integers; -128 and 255 among them.
#[test]
fn column_multiplies_and_adds() {
    let mut rng = random(7);
    let mut pair = Pair::new(Column::default());
    let mut extremes = vec![(-128i32, 255i32), (127, 255), (-128, 0), (0, 255), (-1, 1), (-128, 1)];
    for turn in 0..60 {
        let fixed = extremes.pop();
        let weights: Vec<i32> = (0..16).map(|_| fixed.map_or_else(|| rng.random_range(-128..128), |f| f.0)).collect();
        pair.set("load", 1);
        for weight in weights.iter().rev() {
            pair.set("weight_in", (*weight as u8).into());
            pair.settle();
            pair.clock();
        }
        pair.set("load", 0);
        let pixels: Vec<Vec<i32>> =
            (0..20).map(|_| (0..16).map(|_| fixed.map_or_else(|| rng.random_range(0..256), |f| f.1)).collect()).collect();
        // row r is r cycles behind, as the skew has it; the sum comes after 18 cycles
        for cycle in 0..pixels.len() + 18 {
            pair.set("swap_in", (cycle == 0).into());
            for row in 0..16 {
                let pixel = cycle.checked_sub(row).and_then(|i| pixels.get(i)).map_or(0, |p| p[row]);
                pair.set(&format!("pixel_in_{row}"), pixel as u64);
            }
            pair.settle();
            if cycle >= 18 {
                let expected: i64 = weights.iter().zip(&pixels[cycle - 18]).map(|(w, p)| i64::from(w * p)).sum();
                assert_eq!((pair.get("sum") << 44) as i64 >> 44, expected, "turn {turn}, pixel {}", cycle - 18);
            }
            pair.clock();
        }
    }
}

/// Cycles from a lane's token to its byte.
const LANE: usize = 11;

/// What a lane adds to the bias, as it comes in: a part in cycle 2, the rest in cycle 3.
fn parts(rng: &mut rand::rngs::StdRng, sum: i32) -> (u64, u64) {
    let early = sum.clamp(-1 << 20, (1 << 20) - 1);
    // any early part that leaves a late one of 23 bits
    let early = if sum.abs() < 1 << 20 { rng.random_range(-1 << 20..1 << 20) } else { early };
    let late = sum.wrapping_sub(early);
    assert!((-1 << 22..1 << 22).contains(&late), "{sum} is more than a lane gets in one cycle");
    (early as u64 & ((1 << 21) - 1), late as u64 & ((1 << 23) - 1))
}

/// Feeds a block of one pixel whose accumulator is `bias + sum`, and returns its byte.
fn quantised(pair: &mut Pair<Lane>, rng: &mut rand::rngs::StdRng, bias: i32, sum: i32, multiplier: u16, shift: u8) -> u8 {
    let entry = u64::from(bias as u32) | u64::from(multiplier) << 32 | u64::from(shift - 1) << 48;
    pair.set("entry_in", entry);
    let (early, late) = parts(rng, sum);
    for cycle in 0..LANE + 2 {
        pair.set("load", (cycle == 0).into());
        for input in ["valid", "first", "last", "block"] {
            pair.set(input, (cycle == 1).into());
        }
        pair.set("early", if cycle == 3 { early } else { 0x5_A5A5 });
        pair.set("late", if cycle == 4 { late } else { 0x25_A5A5 });
        pair.settle();
        if cycle < LANE + 1 {
            pair.clock();
        }
    }
    pair.get("quantised") as u8
}

#[test]
fn lane_requantises_as_the_reference() {
    let mut rng = random(8);
    let mut pair = Pair::new(Lane::new(8));
    let mut accumulators = vec![i32::MIN, i32::MIN + 1, -1 << 24, -1, 0, 1, 127, 128, 255, 256, 65_535, 1 << 20, i32::MAX - 1, i32::MAX];
    // the low 24 bits go through the multiplier, each bit above them has an adder of its own
    accumulators.extend((24..31).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1, i32::MAX - (1 << bit)]));
    let mut cases = vec![];
    for shift in 1..=48u8 {
        for multiplier in [0, 1, 2, 32_767, 32_768, 65_535] {
            cases.extend(accumulators.iter().map(|&acc| (acc, multiplier, shift)));
        }
        for _ in 0..40 {
            // values whose result is a byte, and those beside a rounding boundary
            let multiplier = rng.random_range(1..=u16::MAX);
            let middle = (rng.random_range(0..512i64) << shift >> 1) / i64::from(multiplier);
            let acc = (middle + rng.random_range(-2..3)).clamp(i32::MIN.into(), i32::MAX.into()) as i32;
            cases.push((acc, multiplier, shift));
        }
    }
    for (acc, multiplier, shift) in cases {
        // the array adds at most ten times sixteen products; the rest of the accumulator is bias
        let sum = rng.random_range(-5_222_400..=5_201_280);
        let found = quantised(&mut pair, &mut rng, acc.wrapping_sub(sum), sum, multiplier, shift);
        assert_eq!(found, requantise(acc, multiplier, shift), "accumulator {acc}, multiplier {multiplier}, shift {shift}");
    }
}

/// A reduction of several passes over several pixels: partial sums wait in the memory.
#[test]
fn lane_accumulates_the_passes() {
    let mut rng = random(9);
    let mut pair = Pair::new(Lane::new(64));
    for _ in 0..30 {
        let (pixels, passes) = (rng.random_range(5..40), rng.random_range(2..6));
        let (bias, multiplier, shift) = (rng.random_range(-9999..9999), rng.random_range(1..=u16::MAX), rng.random_range(16..24u8));
        let sums: Vec<Vec<i32>> = (0..passes).map(|_| (0..pixels).map(|_| rng.random_range(-20_000..30_000)).collect()).collect();
        pair.set("load", 1);
        pair.set("entry_in", u64::from(bias as u32) | u64::from(multiplier) << 32 | u64::from(shift - 1) << 48);
        pair.settle();
        pair.clock();
        pair.set("load", 0);
        let total = pixels * passes;
        let split: Vec<(u64, u64)> = sums.iter().flatten().map(|sum| parts(&mut rng, *sum)).collect();
        for cycle in 0..total + LANE {
            let (pass, pixel) = (cycle / pixels, cycle % pixels);
            let valid = cycle < total;
            pair.set("valid", valid.into());
            pair.set("first", (valid && pass == 0).into());
            pair.set("last", (valid && pass == passes - 1).into());
            pair.set("block", (cycle == 0).into());
            pair.set("address", if valid { pixel as u64 } else { 0 });
            // part of each sum comes two cycles after its token, the rest in the third
            let part = |behind: usize| cycle.checked_sub(behind).and_then(|i| split.get(i)).copied().unwrap_or((0, 0));
            pair.set("early", part(2).0);
            pair.set("late", part(3).1);
            pair.settle();
            if cycle >= LANE + total - pixels {
                let pixel = cycle - LANE - (total - pixels);
                let acc = bias + sums.iter().map(|s| s[pixel]).sum::<i32>();
                assert_eq!(pair.get("quantised") as u8, requantise(acc, multiplier, shift), "pixel {pixel} of {pixels}, {passes} passes");
            }
            pair.clock();
        }
    }
}
