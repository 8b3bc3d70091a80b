//! `ember_tail`: the three ways in which the groups' sums are added, and five lanes behind them, against plain integers.

use crate::pair::stimuli::{lockstep, number, random};
use crate::pair::{self, Pair};
use hdl::rtl::tail::Tail;
use hdl::target::MemoryStyles;
use net::reference::requantise;
use rand::rngs::StdRng;
use rand::Rng;

dut!(Tail {
    in: segmented, expand, sum, valid, first, last, block, address, load, entry_in;
    out: segmented_out, expand_out, valid_out, first_out, last_out, block_out, address_out, entry_out, byte
});

/// For passes of up to `pixels` pixels in lanes 0 and 1, and of `segment_pixels` in the others.
fn tail(pixels: usize, segment_pixels: usize) -> Pair<Tail> {
    Pair::new(Tail::new(pixels, segment_pixels, &MemoryStyles::default()))
}

#[test]
fn in_step() {
    lockstep(&mut tail(8, 4), &[("address", 4)], 6000, 1);
}

/// Which groups make a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    Whole,
    Expand,
    Segmented,
}

impl Mode {
    /// What lane `lane` adds up; nothing where the mode has no such channel.
    pub fn total(self, sums: &[i32; 10], lane: usize) -> Option<i32> {
        let add = |sums: &[i32]| sums.iter().fold(0i32, |a, b| a.wrapping_add(*b));
        match (self, lane) {
            (Mode::Whole, 0) => Some(add(sums)),
            (Mode::Expand, 0) => Some(add(&sums[..9])),
            (Mode::Expand, 1) => Some(sums[9]),
            (Mode::Segmented, _) => Some(add(&sums[2 * lane..2 * lane + 2])),
            _ => None,
        }
    }
}

/// A requantisation entry.
#[derive(Clone, Copy)]
pub struct Entry {
    pub bias: i32,
    pub multiplier: u16,
    pub shift: u8,
}

impl Entry {
    pub fn random(rng: &mut StdRng) -> Self {
        let bias = if rng.random_bool(0.2) { [i32::MIN, i32::MAX, 0][rng.random_range(0..3)] } else { rng.random_range(-60_000..60_000) };
        let multiplier = if rng.random_bool(0.2) { [0, 1, u16::MAX][rng.random_range(0..3)] } else { rng.random_range(1..=u16::MAX) };
        let shift = if rng.random_bool(0.2) { [1, 48][rng.random_range(0..2)] } else { rng.random_range(14..30) };
        Self { bias, multiplier, shift }
    }

    pub fn bits(self) -> u64 {
        u64::from(self.bias as u32) | u64::from(self.multiplier) << 32 | u64::from(self.shift - 1) << 48
    }
}

/// Cycles from a token to its sums, to its bytes, and to the first cycle in which its pixel may come again.
const SUMS: usize = 1;
const BYTES: usize = 12;
const AGAIN: usize = 5;

/// Sums of a group: mostly what sixteen products make, -128 x 255 and 127 x 255 among them; sometimes any number of 20 bits.
fn sums(rng: &mut StdRng) -> [i32; 10] {
    let extremes = [-16 * 128 * 255, 16 * 127 * 255, -128 * 255, -128, 0, -1 << 19, (1 << 19) - 1];
    let wild = rng.random_bool(0.05);
    std::array::from_fn(|_| match rng.random_range(0..4) {
        0 => extremes[rng.random_range(0..if wild { 7 } else { 5 })],
        _ if wild => (number(rng, 20) as i32) << 12 >> 12,
        _ => rng.random_range(-9000..9000),
    })
}

/// A block of channels: `passes` times `pixels` tokens with pauses between them; tokens a cycle before their sums.
/// The other lanes work on whatever is there, so `most` pixels must fit them too.
fn block(pair: &mut Pair<Tail>, rng: &mut StdRng, mode: Mode, most: usize) {
    let (passes, pixels) = (rng.random_range(1..4), rng.random_range(1..=most));
    let entries: [Entry; 5] = std::array::from_fn(|_| Entry::random(rng));
    pair.set("segmented", (mode == Mode::Segmented).into());
    pair.set("expand", (mode == Mode::Expand).into());
    // each lane has a shift enable of its own: one after the other, as the loader does
    for (lane, entry) in entries.iter().enumerate() {
        for other in 0..5 {
            pair.set(&format!("load_{other}"), (other == lane).into());
            pair.set(&format!("entry_in_{other}"), entry.bits());
        }
        pair.settle();
        pair.clock();
    }
    (0..5).for_each(|lane| pair.set(&format!("load_{lane}"), 0));
    pair.settle();
    for (lane, entry) in entries.iter().enumerate() {
        assert_eq!(pair.get(&format!("entry_out_{lane}")), entry.bits(), "entry of lane {lane}");
    }

    // the pixel of the next pass follows when the sum of this one is in memory, not earlier and often in that very cycle
    let mut schedule: Vec<Option<(usize, usize)>> = vec![];
    let mut again = vec![0; pixels];
    for pass in 0..passes {
        for (pixel, again) in again.iter_mut().enumerate() {
            while schedule.len() < *again || rng.random_bool(0.2) {
                schedule.push(None);
            }
            *again = schedule.len() + AGAIN;
            schedule.push(Some((pass, pixel)));
        }
    }
    let data: Vec<[i32; 10]> = (0..schedule.len()).map(|_| sums(rng)).collect();
    let mut accumulators = vec![[0i32; 5]; pixels];
    let mut expected: Vec<Option<[Option<u8>; 5]>> = vec![None; schedule.len()];
    for (cycle, token) in schedule.iter().enumerate() {
        let Some((pass, pixel)) = *token else { continue };
        let mut bytes = [None; 5];
        for lane in 0..5 {
            let Some(total) = mode.total(&data[cycle], lane) else { continue };
            let old = if pass == 0 { entries[lane].bias } else { accumulators[pixel][lane] };
            accumulators[pixel][lane] = old.wrapping_add(total);
            bytes[lane] = Some(requantise(accumulators[pixel][lane], entries[lane].multiplier, entries[lane].shift));
        }
        if pass + 1 == passes {
            expected[cycle] = Some(bytes);
        }
    }
    let mut before = None;
    let first = schedule.iter().position(Option::is_some);
    for cycle in 0..schedule.len() + BYTES {
        let now = cycle.checked_sub(SUMS).and_then(|at| data.get(at)).copied().unwrap_or_else(|| sums(rng));
        for (g, sum) in now.iter().enumerate() {
            pair.set(&format!("sum_{g}"), *sum as u64 & 0xF_FFFF);
        }
        let token = schedule.get(cycle).copied().flatten();
        let pins = [
            token.is_some().into(),
            token.is_some_and(|t| t.0 == 0).into(),
            token.is_some_and(|t| t.0 + 1 == passes).into(),
            (Some(cycle) == first).into(),
            token.map_or(rng.random_range(0..most as u64), |t| t.1 as u64),
        ];
        let names = ["valid", "first", "last", "block", "address"];
        names.iter().zip(pins).for_each(|(name, value)| pair.set(name, value));
        pair.settle();
        if let Some(before) = before {
            assert_eq!(names.map(|name| pair.get(&format!("{name}_out"))), before, "the next column's token, a cycle later");
            let modes = [("segmented_out", Mode::Segmented), ("expand_out", Mode::Expand)];
            modes.iter().for_each(|(name, its)| assert_eq!(pair.get(name), u64::from(mode == *its), "{name}"));
        }
        before = Some(pins);
        if let Some(bytes) = cycle.checked_sub(BYTES).and_then(|at| expected[at]) {
            for (lane, byte) in bytes.iter().enumerate().filter_map(|(lane, byte)| Some((lane, (*byte)?))) {
                assert_eq!(pair.get(&format!("byte_{lane}")), u64::from(byte), "{mode:?}, {passes} passes, lane {lane}");
            }
        }
        pair.clock();
    }
}

#[test]
fn three_adders_and_their_lanes() {
    let mut rng = random(2);
    for (pixels, segment_pixels) in [(8, 4), (8, 8)] {
        let mut pair = tail(pixels, segment_pixels);
        for turn in 0..150 {
            println!("block {turn}");
            block(&mut pair, &mut rng, [Mode::Whole, Mode::Expand, Mode::Segmented][turn % 3], segment_pixels);
        }
    }
}

/// One pixel through one lane; the others' channels do not exist.
#[test]
fn bytes_saturate() {
    let mut pair = tail(8, 4);
    let cases = [(i32::MIN, 0), (-1, 0), (0, 0), (1, 1), (254, 254), (255, 255), (256, 255), (i32::MAX, 255)];
    for (at, (sum, byte)) in cases.into_iter().enumerate() {
        // a multiplier of 2 and a shift of 1 are one; a group's sum has 20 bits, the rest is bias
        let part = [-1 << 19, 0, (1 << 19) - 1][at % 3];
        let entry = Entry { bias: i32::wrapping_sub(sum, part), multiplier: 2, shift: 1 };
        for cycle in 0..=BYTES + 1 {
            pair.set("load_0", (cycle == 0).into());
            pair.set("entry_in_0", entry.bits());
            pair.set("sum_3", if cycle == 1 + SUMS { part as u64 & 0xF_FFFF } else { 0 });
            ["valid", "first", "last", "block"].iter().for_each(|pin| pair.set(pin, (cycle == 1).into()));
            pair.settle();
            if cycle <= BYTES {
                pair.clock();
            }
        }
        assert_eq!(pair.get("byte_0"), byte, "{sum}");
        pair.clock();
    }
}
