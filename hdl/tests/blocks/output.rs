//! `ember_output` against plain integers: max-pool, where each block's channels end in the memories, signatures and class sums,
//! for layers of random shape; under random inputs in step.

use super::signature;
use crate::pair::stimuli::{driven, number, random, Drive};
use crate::pair::{self, Pair};
use contract::engine::{EngineConfig, ROW_CHANNELS, SEGMENTS};
use hdl::rtl::output::{Output, DONE_LEAD, HOLD};
use hdl::rtl::pool_control::TOKEN_LEAD;
use hdl::target::MemoryStyles;
use rand::rngs::StdRng;
use rand::Rng;
use std::collections::VecDeque;

dut!(Output {
    in: reset, start, pool, floor, is_classifier, write_output, to_squeeze, segmented, last_column, last_row, slots, slices, base, row_step,
        classes, byte, token, activation_address, squeeze_address;
    out: tile_taken, entries_taken, layer_done, signature, sum_write, sum_address, sum_data, sums_busy, activation_word, squeeze_word
});

fn output(columns: usize, rows: usize) -> Pair<Output> {
    let config =
        EngineConfig { columns, activation_rows: rows, squeeze_rows: rows / 2, pool_pixels: 10, ..EngineConfig::standard(columns) };
    Pair::new(Output::new(&config, &MemoryStyles::default()))
}

#[test]
fn in_step() {
    // deep enough for whatever is written between two starts
    let rows = 4096;
    let drives = [
        ("reset", Drive::Seldom(400)),
        ("start", Drive::Seldom(60)),
        ("pool", Drive::Held(2)),
        ("floor", Drive::Held(2)),
        ("last_column", Drive::Held(9)),
        ("last_row", Drive::Held(9)),
        ("slots", Drive::Held(6)),
        ("slices", Drive::Held(33)),
        ("base", Drive::Below(400)),
        ("row_step", Drive::Below(3)),
        ("segmented", Drive::Held(2)),
        ("to_squeeze", Drive::Held(2)),
        ("is_classifier", Drive::Held(2)),
        ("classes", Drive::Held(1024)),
    ];
    let mut pair = output(4, rows as usize);
    let copies: Vec<String> = pair
        .inputs()
        .into_iter()
        .map(|i| i.0)
        .filter(|i| i.starts_with("activation_address") || i.starts_with("squeeze_address"))
        .collect();
    let copies = copies.iter().map(|input| (input.as_str(), Drive::Below(rows / 2)));
    driven(&mut pair, &drives.into_iter().chain(copies).collect::<Vec<_>>(), 5000, 1);
}

#[derive(Clone, Copy, Debug)]
struct Layer {
    height: usize,
    width: usize,
    pool: bool,
    /// The pool is in floor mode.
    floor: bool,
    blocks: usize,
    slots: usize,
    /// Slices of a memory row.
    slices: usize,
    to_squeeze: bool,
    write: bool,
    base: usize,
    /// A classifier adds its bytes up.
    classes: Option<usize>,
    passes: usize,
}

const ROWS: usize = 640;

impl Layer {
    fn random(rng: &mut StdRng, columns: usize, turn: usize) -> Self {
        let pool = turn.is_multiple_of(2);
        let floor = pool && rng.random_bool(0.5);
        let least = 1 + usize::from(pool) + usize::from(floor);
        let to_squeeze = rng.random_bool(0.4);
        let slices = if to_squeeze { (16 / columns).max(1) } else { ROW_CHANNELS / columns };
        let classifier = turn % 5 == 4;
        // a block lies in two rows at most
        let slots = if turn.is_multiple_of(3) { SEGMENTS.min(slices) } else { rng.random_range(1..=SEGMENTS.min(slices)) };
        let slots = if classifier { [1, SEGMENTS][rng.random_range(0..2)] } else { slots };
        let blocks = rng.random_range(1..5);
        let channels = blocks * slots * columns;
        Self {
            height: rng.random_range(least..8),
            width: rng.random_range(least..9),
            pool: pool && !classifier,
            floor: floor && !classifier,
            blocks,
            slots,
            slices,
            to_squeeze,
            write: !classifier && rng.random_bool(0.9),
            base: rng.random_range(0..20),
            classes: classifier.then(|| rng.random_range(1..=channels)),
            passes: rng.random_range(1..3),
        }
    }

    fn row_step(&self) -> usize {
        (self.blocks * self.slots).div_ceil(self.slices)
    }

    /// The pixels of `map` (one value a pixel of the convolution) that leave: all, or the maxima of 3x3 windows, two apart; the
    /// last ones may be smaller, or in floor mode are whole or none.
    fn leave(&self, map: &[Vec<u8>]) -> Vec<u8> {
        if !self.pool {
            return map.concat();
        }
        let windows = |size: usize| (0..size - if self.floor { 2 } else { 1 }).step_by(2);
        let window = |y: usize, x: usize| (y..self.height.min(y + 3)).flat_map(move |y| (x..self.width.min(x + 3)).map(move |x| (y, x)));
        let most = |(y, x)| window(y, x).map(|(y, x)| map[y][x]).max().unwrap_or(0);
        windows(self.height).flat_map(|y| windows(self.width).map(move |x| (y, x))).map(most).collect()
    }
}

/// The two memories as bytes.
struct Memories {
    activation: Vec<Vec<u8>>,
    squeeze: Vec<Vec<u8>>,
}

struct Bench {
    pair: Pair<Output>,
    rng: StdRng,
    columns: usize,
    /// Class, sum.
    sums: Vec<(u64, u64)>,
    done: usize,
    /// Tokens whose bytes are still to come, the oldest first, and these.
    leading: VecDeque<(u64, Option<Vec<Vec<u8>>>)>,
}

/// A row takes as long at least: the scanner decides what comes after it.
const ROW_CYCLES: usize = 6;
/// Blocks are further apart than this: the next one's weights are loaded.
const BLOCK_CYCLES: usize = 8;
/// From `layer_done` to the next layer's `start`, at the earliest, and to the sequencer's use of signature and `sums_busy`.
const START: usize = HOLD + 2;
const SIGNED: usize = 7;
const SUMS: usize = 3;

impl Bench {
    /// One cycle with a token, and the bytes (slot, column) of an earlier one; anything where there is none.
    fn cycle(&mut self, token: u64, bytes: Option<&[Vec<u8>]>) {
        self.leading.push_back((token, bytes.map(<[Vec<u8>]>::to_vec)));
        let none = (0, None);
        let (now, bytes) = if self.leading.len() > TOKEN_LEAD { self.leading.pop_front().unwrap_or(none) } else { none };
        let Self { pair, rng, .. } = self;
        for s in 0..SEGMENTS {
            for c in 0..self.columns {
                let byte = bytes.as_ref().map_or_else(|| number(rng, 8) as u8, |b| b[s][c]);
                pair.set(&format!("byte_{s}_{c}"), byte.into());
            }
        }
        pair.set("token", token);
        pair.settle();
        assert_eq!((pair.get("tile_taken"), pair.get("entries_taken")), (now >> 3 & 1, now >> 4 & 1));
        if pair.high("sum_write") {
            self.sums.push((pair.get("sum_address"), pair.get("sum_data")));
        }
        self.done += usize::from(pair.high("layer_done"));
        pair.clock();
    }

    fn idle(&mut self) {
        // edges of a token without a pixel mean nothing
        let edges = self.rng.random_range(0..1 << 10) << 6;
        self.cycle(edges, None);
    }

    fn begin(&mut self, layer: &Layer) {
        let pair = &mut self.pair;
        for (pin, value) in [
            ("pool", layer.pool.into()),
            ("floor", layer.floor.into()),
            ("is_classifier", layer.classes.is_some().into()),
            ("write_output", layer.write.into()),
            ("to_squeeze", layer.to_squeeze.into()),
            ("segmented", (layer.classes.is_some() && layer.slots == SEGMENTS).into()),
            ("last_column", layer.width - 1),
            ("last_row", layer.height - 1),
            ("slots", layer.slots),
            ("slices", layer.slices),
            ("base", layer.base),
            ("row_step", layer.row_step()),
            ("classes", layer.classes.unwrap_or(9)),
        ] {
            pair.set(pin, value as u64);
        }
        self.sums.clear();
        (0..2).for_each(|_| self.idle());
        self.pair.set("start", 1);
        self.idle();
        self.pair.set("start", 0);
    }

    /// The cycles after `layer_done`, with the next layer as early as it can be: its fields, then its start. A classifier's
    /// fields hold while its sums are sent. Gives the signature of the layer.
    fn done(&mut self, layer: &Layer) -> u64 {
        let mut signature = 0;
        for cycle in 1..DONE_LEAD {
            if cycle == HOLD && layer.classes.is_none() {
                for (pin, limit) in [
                    ("pool", 2),
                    ("floor", 2),
                    ("write_output", 2),
                    ("to_squeeze", 2),
                    ("slots", 6),
                    ("slices", 33),
                    ("base", 9),
                    ("row_step", 9),
                ] {
                    self.pair.set(pin, self.rng.random_range(0..limit));
                }
                self.pair.set("last_column", self.rng.random_range(0..9));
                self.pair.set("last_row", self.rng.random_range(0..9));
            }
            self.pair.set("start", (cycle == START && layer.classes.is_none()).into());
            self.pair.settle();
            if cycle == SIGNED {
                signature = self.pair.get("signature");
            }
            if cycle == SUMS {
                assert_eq!(self.pair.high("sums_busy"), layer.classes.is_some(), "sums of {layer:?}");
            }
            self.idle();
        }
        self.pair.set("start", 0);
        signature
    }

    /// Maps of a layer: block, slot, column, row, pixel.
    fn content(&mut self, layer: &Layer) -> Vec<Vec<Vec<Vec<Vec<u8>>>>> {
        let Self { rng, columns, .. } = self;
        let mut row = || (0..layer.width).map(|_| number(rng, 8) as u8).collect::<Vec<_>>();
        let mut map = || (0..layer.height).map(|_| row()).collect::<Vec<_>>();
        let mut slot = || (0..*columns).map(|_| map()).collect::<Vec<_>>();
        (0..layer.blocks).map(|_| (0..SEGMENTS).map(|_| slot()).collect()).collect()
    }

    /// All tokens of the layer, in passes; up to `most` of them.
    fn run(&mut self, layer: &Layer, content: &[Vec<Vec<Vec<Vec<u8>>>>], most: usize) {
        let mut left = most;
        for (b, block) in content.iter().enumerate() {
            (0..BLOCK_CYCLES).for_each(|_| self.idle());
            for pass in 0..layer.passes {
                for y in 0..layer.height {
                    (layer.width..ROW_CYCLES).for_each(|_| self.idle());
                    for x in 0..layer.width {
                        if left == 0 {
                            return;
                        }
                        left -= 1;
                        let first = (y, x) == (0, 0);
                        let end = (y, x) == (layer.height - 1, layer.width - 1) && pass + 1 == layer.passes;
                        let last_pass = pass + 1 == layer.passes;
                        if end && layer.classes.is_some() {
                            // the block before has been sent
                            (0..5 * self.columns + 8).for_each(|_| self.idle());
                        }
                        let bits = [true, pass == 0, last_pass, first, first && pass == 0, end && b + 1 == layer.blocks];
                        let token = bits.iter().enumerate().fold(0, |token, (i, bit)| token | u64::from(*bit) << i);
                        let bytes: Vec<Vec<u8>> = block.iter().map(|slot| slot.iter().map(|map| map[y][x]).collect()).collect::<Vec<_>>();
                        self.cycle(token, last_pass.then_some(&bytes[..]));
                        while self.rng.random_bool(0.2) {
                            self.idle();
                        }
                    }
                }
            }
        }
    }

    fn row(&mut self, address: usize) -> [Vec<u8>; 2] {
        for (input, _) in self.pair.inputs().iter().filter(|input| input.0.contains("_address")) {
            self.pair.set(input, address as u64);
        }
        (0..3).for_each(|_| self.idle());
        self.pair.settle();
        let words = |memory: &str, count: usize| {
            (0..count).flat_map(|i| self.pair.get_wide(&format!("{memory}_word_{i}")).to_le_bytes()).collect::<Vec<u8>>()
        };
        [words("activation", 8), words("squeeze", (self.columns / 16).max(1))]
    }
}

fn layers(columns: usize, turns: usize) {
    let mut rng = random(columns as u64);
    let mut memories = Memories { activation: vec![vec![0; ROW_CHANNELS]; ROWS], squeeze: vec![vec![0; columns.max(16)]; ROWS / 2] };
    let plans: Vec<Layer> = (0..turns).map(|turn| Layer::random(&mut rng, columns, turn)).collect();
    let mut bench = Bench { pair: output(columns, ROWS), rng, columns, sums: vec![], done: 0, leading: VecDeque::new() };
    for (turn, layer) in plans.iter().enumerate() {
        println!("layer {turn}: {layer:?}");
        if turn % 4 == 3 {
            // a layer that a reset ends; what it has written so far goes nowhere near the next one's
            let cut = Layer { write: false, ..*layer };
            bench.begin(&cut);
            let content = bench.content(&cut);
            let most = bench.rng.random_range(1..=layer.height * layer.width);
            bench.run(&cut, &content, most);
            bench.pair.set("reset", 1);
            (0..5).for_each(|_| bench.idle());
            bench.pair.set("reset", 0);
        }
        bench.begin(layer);
        bench.done = 0;
        let content = bench.content(layer);
        bench.run(layer, &content, usize::MAX);
        while bench.done == 0 {
            bench.idle();
        }
        let signature = bench.done(layer);

        // what leaves: block, slot, column, pixel
        let leave = |map: &Vec<Vec<u8>>| layer.leave(map);
        let left: Vec<Vec<Vec<Vec<u8>>>> = content.iter().map(|b| b.iter().map(|s| s.iter().map(leave).collect()).collect()).collect();
        let pixels = left[0][0][0].len();
        let mut expected = 0;
        for block in &left {
            for pixel in 0..pixels {
                let bytes: Vec<u8> = block.iter().flatten().map(|map| map[pixel]).collect();
                let quads: Vec<u32> = bytes.chunks(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
                expected = signature::step(expected, &quads, layer.slots);
            }
        }
        assert_eq!(signature, u64::from(expected), "signature of {layer:?}");
        if layer.write {
            let memory = if layer.to_squeeze { &mut memories.squeeze } else { &mut memories.activation };
            for (b, block) in left.iter().enumerate() {
                for (s, slot) in block.iter().take(layer.slots).enumerate() {
                    let slice = b * layer.slots + s;
                    for (c, map) in slot.iter().enumerate() {
                        for (pixel, byte) in map.iter().enumerate() {
                            let row = layer.base + pixel * layer.row_step() + slice / layer.slices;
                            memory[row][slice % layer.slices * columns + c] = *byte;
                        }
                    }
                }
            }
        }
        let used = layer.base + pixels * layer.row_step() + 2;
        // the last row first: `layer_done` promised it for this cycle
        for row in (0..used.min(ROWS / 2)).rev() {
            let [activation, squeeze] = bench.row(row);
            assert_eq!(activation, memories.activation[row], "activation row {row} of {layer:?}");
            assert_eq!(squeeze, memories.squeeze[row], "squeeze row {row} of {layer:?}");
        }
        if let Some(classes) = layer.classes {
            while bench.pair.high("sums_busy") {
                bench.idle();
            }
            // the classes that leave: all slots in segments, else slot 0 alone
            let slots = if layer.slots == SEGMENTS { SEGMENTS } else { 1 };
            let all = left.iter().flat_map(|b| b[..slots].iter().flatten()).map(|map| map.iter().map(|&b| u64::from(b)).sum::<u64>());
            let expected: Vec<(u64, u64)> = (0..).zip(all).take(classes).collect();
            assert_eq!(bench.sums, expected, "{layer:?}");
        } else {
            assert_eq!(bench.sums, [], "{layer:?}");
        }
        assert_eq!(bench.done, 1, "{layer:?} ends once");
    }
}

#[test]
fn layers_of_four_columns() {
    layers(4, 40);
}

#[test]
fn layers_of_thirty_two_columns() {
    layers(32, 12);
}
