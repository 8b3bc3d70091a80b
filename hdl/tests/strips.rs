//! Scanner, window and weight loader against plain Rust: every token in its order with the word that goes
//! with it, the nine taps of every pixel, and the tiles in the order of their use.
//!
//! Random layers in one strip and in several; no row is read twice.

mod pair;

use hdl::rtl::scanner::Scanner;
use hdl::rtl::weight_loader::WeightLoader;
use hdl::rtl::window::Window;
use hdl::target::MemoryStyle;
use pair::Pair;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

dut!(Scanner {
    in: reset, start, is_stem, is_expand, padded, last_column, last_row, last_strip_row, last_strip, last_pass, last_block, last_part,
        row_step, prefill, pairs, tile_ready, entries_ready;
    out: take_tile, take_entries, rewind, issue, token, address, line, push, phase, idle, stalled
});
dut!(Window { in: is_expand, start, arrive, push, line, token_in, word; out: tap, token });
dut!(WeightLoader {
    in: reset, write, write_address, write_data, program_valid, tiles, take, taken, mark, rewind;
    out: ready, load, word
});

/// A layer's sizes.
#[derive(Clone, Copy, Debug)]
struct Walk {
    expand: bool,
    padded: bool,
    height: usize,
    width: usize,
    strip_rows: usize,
    passes: usize,
    blocks: usize,
    /// Parts of a memory row, and memory rows a pixel.
    parts: usize,
    step: usize,
}

/// A pixel that the array sees, in the order in which it has to see them.
#[derive(Clone, Copy, Debug)]
struct Pixel {
    pass: usize,
    y: usize,
    x: usize,
    token: u64,
}

impl Walk {
    fn random(rng: &mut StdRng, expand: bool) -> Self {
        let padded = !expand && rng.random_bool(0.3);
        let least = if padded { 3 } else { 1 };
        let (height, width) = (rng.random_range(least..8), rng.random_range(least..7));
        let passes = rng.random_range(1..5usize);
        let strip_rows = if passes > 1 { rng.random_range(1..=height) } else { height };
        let parts = [1, 2, 4][rng.random_range(0..if expand { 2 } else { 3 })];
        let step = passes.div_ceil(parts) + rng.random_range(0..2);
        Self { expand, padded, height, width, strip_rows, passes, blocks: rng.random_range(1..4), parts, step }
    }

    fn strips(&self) -> usize {
        self.height.div_ceil(self.strip_rows)
    }

    fn pixels(&self) -> Vec<Pixel> {
        let mut all = vec![];
        for block in 0..self.blocks {
            for strip in 0..self.strips() {
                let (top, end) = (strip * self.strip_rows, self.height.min((strip + 1) * self.strip_rows));
                for pass in 0..self.passes {
                    for y in top..end {
                        for x in 0..self.width {
                            let edges = [x == 0, x + 1 == self.width, y == 0, y + 1 == self.height];
                            let first = y == top && x == 0;
                            let last = block + 1 == self.blocks && pass + 1 == self.passes && edges[1] && edges[3];
                            let new_block = first && pass == 0 && y == 0;
                            let bits = [true, pass == 0, pass + 1 == self.passes, first, new_block, last];
                            let outside = self.padded && edges.contains(&true);
                            let bits = bits.into_iter().chain(edges).chain([outside]);
                            let token = bits.enumerate().fold(0, |token, (i, bit)| token | u64::from(bit) << i);
                            all.push(Pixel { pass, y, x, token });
                        }
                    }
                }
            }
        }
        all
    }

    /// Memory row and part that hold the channels of a pass.
    fn word(&self, pass: usize, y: usize, x: usize) -> (usize, usize) {
        let border = usize::from(self.padded);
        let pixel = (y - border) * (self.width - 2 * border) + x - border;
        (pixel * self.step + pass / self.parts, pass % self.parts)
    }
}

/// Starts `walk` on a scanner.
fn start(pair: &mut Pair<Scanner>, walk: &Walk) {
    let sizes = [
        ("is_expand", walk.expand.into()),
        ("padded", walk.padded.into()),
        ("last_column", walk.width - 1),
        ("last_row", walk.height - 1),
        ("last_strip_row", walk.strip_rows - 1),
        ("last_strip", walk.strips() - 1),
        ("last_pass", walk.passes - 1),
        ("last_block", walk.blocks - 1),
        ("last_part", walk.parts - 1),
        ("row_step", walk.step),
    ];
    for (input, value) in sizes {
        pair.set(input, value as u64);
    }
    // what is static holds from two cycles before
    for start in [0, 0, 1] {
        pair.set("start", start);
        pair.settle();
        assert!(pair.high("idle"), "ready for a layer");
        pair.clock();
    }
    pair.set("start", 0);
}

/// Three cycles after power-up the scanner is ready.
fn rest(pair: &mut Pair<Scanner>) {
    for _ in 0..3 {
        pair.settle();
        pair.clock();
    }
}

/// What memory holds: any function of pass and pixel.
fn content(pass: usize, y: usize, x: usize) -> u128 {
    (1 + pass * 10_000 + y * 100 + x) as u128 * 0x0001_0001_0001_0001
}

#[test]
fn one_by_one_layers_see_every_pixel_in_order() {
    let mut pair = Pair::new(Scanner::default());
    rest(&mut pair);
    for seed in 0..150 {
        let mut rng = StdRng::seed_from_u64(seed);
        let walk = Walk::random(&mut rng, false);
        println!("seed {seed}: {walk:?}");
        start(&mut pair, &walk);
        for (n, pixel) in walk.pixels().iter().enumerate() {
            loop {
                pair.set("tile_ready", rng.random_bool(0.5).into());
                pair.set("entries_ready", rng.random_bool(0.5).into());
                pair.settle();
                if pair.high("issue") {
                    break;
                }
                pair.clock();
            }
            let part = pair.get("token") >> 11;
            assert_eq!(pair.get("token") & 0x7FF, pixel.token, "seed {seed}, token {n}");
            if pixel.token >> 10 & 1 == 0 {
                assert_eq!(
                    (pair.get("address") as usize, part as usize),
                    walk.word(pixel.pass, pixel.y, pixel.x),
                    "seed {seed}, {pixel:?}"
                );
            }
            pair.clock();
        }
        for _ in 0..3 {
            pair.settle();
            assert!(!pair.high("issue"), "seed {seed}: nothing is left");
            pair.clock();
        }
    }
}

#[test]
fn expand_layers_see_every_window_in_order() {
    let (mut scanner, mut window) = (Pair::new(Scanner::default()), Pair::new(Window::new(32, MemoryStyle::Auto)));
    rest(&mut scanner);
    for seed in 1000..1120 {
        let mut rng = StdRng::seed_from_u64(seed);
        let walk = Walk::random(&mut rng, true);
        println!("seed {seed}: {walk:?}");
        start(&mut scanner, &walk);
        window.set("is_expand", 1);
        window.set("start", 1);
        window.settle();
        window.clock();
        window.set("start", 0);
        let (pixels, mut seen, mut reads) = (walk.pixels(), 0, 0);
        let (mut quiet, mut patience) = (0, 60 * walk.pixels().len() + 1000);
        // the loader has the next tile only when the pass before has come out
        let mut owed = 0;
        while quiet < 12 {
            patience -= 1;
            assert!(patience > 0, "seed {seed}: stuck at pixel {seen} of {}", pixels.len());
            let loaded = owed == 0 && rng.random_bool(0.7);
            scanner.set("tile_ready", loaded.into());
            scanner.set("entries_ready", 1);
            scanner.settle();
            owed += usize::from(scanner.high("take_tile"));
            let (issue, token) = (scanner.high("issue"), scanner.get("token"));
            window.set("arrive", issue.into());
            window.set("push", scanner.high("push").into());
            window.set("line", scanner.get("line"));
            window.set("token_in", token);
            if issue {
                reads += 1;
                let (row, part) = (scanner.get("address") as usize, (token >> 11) as usize & 3);
                let (pixel, pass) = (row / walk.step, row % walk.step * walk.parts + part);
                window.set_wide("word", content(pass, pixel / walk.width, pixel % walk.width));
            } else {
                window.set_wide("word", u128::MAX); // never a tap that counts
            }
            window.settle();
            let token = window.get("token");
            if token & 1 == 1 {
                let Pixel { pass, y, x, token: expected } = pixels[seen];
                assert_eq!(token & 0x7FF, expected, "seed {seed}, pixel {seen}");
                owed -= usize::from(token >> 3 & 1 == 1);
                for tap in 0..9 {
                    let (ty, tx) = ((y + tap / 3).checked_sub(1), (x + tap % 3).checked_sub(1));
                    let inside = ty.filter(|&y| y < walk.height).zip(tx.filter(|&x| x < walk.width));
                    let expected = inside.map_or(0, |(y, x)| content(pass, y, x));
                    assert_eq!(window.get_wide(&format!("tap_{tap}")), expected, "seed {seed}, pass {pass} row {y} column {x} tap {tap}");
                }
                seen += 1;
            }
            quiet = if scanner.high("idle") { quiet + 1 } else { 0 };
            scanner.clock();
            window.clock();
        }
        assert_eq!(seen, pixels.len(), "seed {seed}");
        // one row, or with strips one of every pass, is all that is read beyond the pixels
        let fill = if walk.strips() > 1 { walk.passes * walk.width } else { walk.width };
        assert_eq!(reads, pixels.len() + fill, "seed {seed}");
    }
}

#[test]
fn a_block_reads_its_tiles_again_for_every_strip() {
    let mut rng = StdRng::seed_from_u64(2000);
    let mut pair = Pair::new(WeightLoader::new(4, 320, 8, MemoryStyle::Auto));
    for word in 0..320 {
        pair.set("write", 1);
        pair.set("write_address", word);
        pair.set("write_data", word);
        pair.settle();
        pair.clock();
    }
    pair.set("write", 0);
    // layers of (blocks, passes, strips); the frame's tiles come round again
    for layers in [vec![(2, 1, 1), (1, 2, 3)], vec![(1, 2, 2)], vec![(1, 3, 2), (1, 1, 1)]] {
        let tiles: u64 = layers.iter().map(|l| l.0 * l.1).sum();
        pair.set("program_valid", 0);
        // what was being loaded has gone
        for _ in 0..8 {
            pair.settle();
            pair.clock();
        }
        pair.set("tiles", tiles);
        pair.set("program_valid", 1);
        for _frame in 0..2 {
            let mut first = 0;
            for (blocks, passes, strips) in &layers {
                for _block in 0..*blocks {
                    for (strip, pass) in (0..*strips).flat_map(|s| (0..*passes).map(move |p| (s, p))) {
                        // the 80 words that are shifted in while the loader is at work, all of them before `ready`
                        let mut words = vec![];
                        loop {
                            pair.settle();
                            if (0..5).any(|i| pair.high(&format!("load_{i}"))) {
                                words.push(pair.get("word_0"));
                            }
                            if pair.high("ready") && words.len() >= 80 {
                                break;
                            }
                            assert!(!pair.high("ready"), "{layers:?}: ready after {} words", words.len());
                            assert!(words.len() <= 80, "{layers:?}: {words:?}");
                            pair.clock();
                        }
                        let start = 80 * (first + pass);
                        assert_eq!(words, (start..start + 80).collect::<Vec<_>>(), "{layers:?} strip {strip} pass {pass}");
                        pair.set("take", 1);
                        pair.set("mark", (strip == 0 && pass == 0).into());
                        pair.set("rewind", (pass + 1 == *passes && strip + 1 < *strips).into());
                        pair.settle();
                        pair.clock();
                        for input in ["take", "mark", "rewind"] {
                            pair.set(input, 0);
                        }
                        for _ in 0..rng.random_range(1..20) {
                            pair.settle();
                            pair.clock();
                        }
                        pair.set("taken", 1);
                        pair.settle();
                        pair.clock();
                        pair.set("taken", 0);
                    }
                    first += passes;
                }
            }
        }
    }
}
