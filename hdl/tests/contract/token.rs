//! Tokens as they leave the scanner and the stem, and as those take them that act on them.

use crate::block::Module;
use crate::numbers;
use contract::field::Field;
use contract::token::Token;
use hdl::rtl::feed::Feed;
use hdl::rtl::pool_control::{PoolControl, TOKEN_LEAD};
use hdl::rtl::read_stage::ReadStage;
use hdl::rtl::scanner::Scanner;
use hdl::rtl::stem::Stem;
use hdl::rtl::token_delay::TokenDelay;
use hdl::rtl::window::Window;
use hdl::target::MemoryStyle;

/// A layer for the scanner: each number one less than what there is.
#[derive(Clone, Copy, Debug, Default)]
struct Layer {
    stem: bool,
    padded: bool,
    columns: u64,
    rows: u64,
    passes: u64,
    blocks: u64,
    parts: u64,
    prefill: u64,
}

impl Layer {
    /// One token a pixel, in the order of docs/architecture.md.
    fn tokens(&self) -> Vec<u64> {
        let mut tokens = vec![];
        for (block, pass) in (0..=self.blocks).flat_map(|block| (0..=self.passes).map(move |pass| (block, pass))) {
            for (y, x) in (0..=self.rows).flat_map(|y| (0..=self.columns).map(move |x| (y, x))) {
                let (left, right, top, bottom) = (x == 0, x == self.columns, y == 0, y == self.rows);
                let token = Token {
                    valid: !self.stem || x >= self.prefill,
                    first_pass: pass == 0,
                    last_pass: pass == self.passes,
                    swap_weights: left && top,
                    swap_constants: left && top && pass == 0,
                    last: right && bottom && pass == self.passes && block == self.blocks,
                    left,
                    right,
                    top,
                    bottom,
                    padding: self.padded && (left || right || top || bottom),
                    part: (pass % (self.parts + 1)) as u8,
                };
                tokens.extend(token.encode());
            }
        }
        tokens
    }

    fn scanned(&self, scanner: &mut Module) -> Vec<u64> {
        scanner.reset();
        for input in ["is_expand", "last_strip", "row_step", "pairs"] {
            scanner.set(input, 0);
        }
        let flags = [("is_stem", self.stem.into()), ("padded", self.padded.into()), ("tile_ready", 1), ("entries_ready", 1)];
        let sizes = [("last_column", self.columns), ("last_row", self.rows), ("last_strip_row", self.rows), ("last_pass", self.passes)];
        let more = [("last_block", self.blocks), ("last_part", self.parts), ("prefill", self.prefill)];
        flags.into_iter().chain(sizes).chain(more).for_each(|(input, value)| scanner.set(input, value));
        // what is static holds from two cycles before
        for start in [0, 0, 1] {
            scanner.set("start", start);
            scanner.clock();
        }
        scanner.set("start", 0);
        let mut tokens = vec![];
        for _ in 0..500 {
            scanner.settle();
            if scanner.high("issue") {
                tokens.push(scanner.get("token"));
            }
            scanner.clock();
        }
        assert!(scanner.high("idle"));
        tokens
    }
}

#[test]
fn the_scanner_makes_every_field() {
    let mut scanner = Module::new(&Scanner::default());
    assert_eq!(scanner.width("token"), Token::RECORD.bits);
    let layers = [
        Layer { columns: 3, rows: 2, passes: 5, blocks: 1, parts: 3, ..Layer::default() },
        Layer { columns: 4, rows: 4, passes: 1, blocks: 2, parts: 1, padded: true, ..Layer::default() },
        Layer { columns: 6, rows: 3, blocks: 1, stem: true, prefill: 3, ..Layer::default() },
        Layer::default(),
    ];
    let (mut ones, mut zeros) = (0, 0);
    for layer in layers {
        let tokens = layer.scanned(&mut scanner);
        assert_eq!(tokens, layer.tokens(), "{layer:?}");
        tokens.iter().for_each(|token| (ones, zeros) = (ones | token, zeros | !token));
    }
    for field in Token::FIELDS {
        let (fixed, all) = (field.fixed.is_some(), field.mask());
        assert_eq!((ones & all == all, zeros & all == all), (!fixed, true), "`{}` has all of its values", field.name);
    }
}

/// A token with this number in the field alone.
fn alone(field: &Field, number: u64) -> u64 {
    let mut token = [0];
    field.put(number, &mut token);
    token[0]
}

#[test]
fn the_stem_and_the_reading_hand_on_every_field() {
    let mut stem = Module::new(&Stem::new(2, MemoryStyle::Auto));
    let mut reading = Module::new(&ReadStage::new(1, 8));
    for (field, number) in Token::FIELDS.iter().flat_map(|field| numbers(field).into_iter().map(move |number| (field, number))) {
        stem.set("token_in", alone(field, number));
        reading.set("token", alone(field, number));
        reading.set("issue", 1);
        (0..8).for_each(|_| stem.clock());
        (0..4).for_each(|_| reading.clock());
        assert_eq!((stem.get("token"), reading.get("token_4")), (alone(field, number), alone(field, number)), "`{}`", field.name);
    }
}

/// An output, what it is, and what it should be.
type Shown = (&'static str, u64, u64);

/// Gives a block a token and says what it shows of it.
type Show = fn(&mut Module, Token) -> Vec<Shown>;

/// Every block that acts on the field itself.
fn consumers(field: &Field) -> &'static [&'static str] {
    match field.name {
        "valid" => &["token_delay", "feed", "pool_control"],
        "first_pass" => &["token_delay"],
        "last_pass" => &["token_delay", "pool_control"],
        "swap_weights" => &["feed", "pool_control"],
        "swap_constants" => &["token_delay", "pool_control"],
        "last" => &["pool_control"],
        "left" | "right" | "top" | "bottom" => &["window"],
        "padding" => &["feed"],
        // its lower bit chooses between two words in `read_stage`
        "part" => &["feed"],
        "reserved" => &[],
        other => panic!("say here which blocks act on the token's `{other}`, and below how they show it"),
    }
}

#[test]
fn all_that_act_on_a_field_find_it() {
    let mut blocks: [(&str, Module, Show); 5] = [
        ("token_delay", Module::new(&TokenDelay::new()), token_delay),
        ("feed", Module::new(&Feed::new()), feed),
        ("pool_control", Module::new(&PoolControl::new()), pool_control),
        ("window", Module::new(&Window::new(4, MemoryStyle::Auto)), window),
        ("read_stage", Module::new(&ReadStage::new(2, 8)), read_stage),
    ];
    for field in Token::FIELDS {
        for (name, module, show) in &mut blocks {
            let mut found = vec![];
            for number in numbers(field) {
                let shown = show(module, Token::decode(&[alone(field, number)]));
                for (output, is, should) in &shown {
                    assert_eq!(is, should, "{name}: {output} for a token that has {number} in `{}` alone", field.name);
                }
                found.push(shown.into_iter().map(|shown| shown.1).collect::<Vec<_>>());
            }
            // the first is that of zeros
            let acts = found[1..].iter().all(|shown| *shown != found[0]);
            if consumers(field).contains(name) {
                assert!(acts, "{name} does not act on `{}`", field.name);
            }
        }
    }
}

fn token_delay(module: &mut Module, token: Token) -> Vec<Shown> {
    module.set("token", token.encode()[0]);
    (0..19).for_each(|_| module.clock());
    let expected = [("valid", token.valid), ("first", token.first_pass), ("last", token.last_pass), ("block", token.swap_constants)];
    expected.map(|(output, value)| (output, module.get(output), value.into())).to_vec()
}

fn feed(module: &mut Module, token: Token) -> Vec<Shown> {
    module.set("segmented", 1);
    for word in 0..8 {
        module.fill(&format!("row_word_{word}"), 16 + word);
    }
    // from a row's token to the words that it goes with: six cycles, four of them of the memory
    module.set("row_token", token.encode()[0]);
    (0..6).for_each(|_| module.clock());
    let mut found = vec![("swap", module.get("swap"), token.swap_weights.into()), ("working", module.get("working"), token.valid.into())];
    // what padding and part say counts for a pixel
    module.set("row_token", Token { valid: true, ..token }.encode()[0]);
    (0..6).for_each(|_| module.clock());
    for (output, word) in [("word_0", 16), ("word_1", 17)] {
        let expected = if token.padding { 0 } else { word + 2 * token.part };
        found.push((output, module.low_byte(output).into(), expected.into()));
    }
    found
}

fn pool_control(module: &mut Module, token: Token) -> Vec<Shown> {
    module.reset();
    module.set("token", token.encode()[0]);
    module.clock();
    module.set("token", 0);
    let mut found = vec![("step", module.get("step"), 0)];
    (1..TOKEN_LEAD).for_each(|_| module.clock());
    let late = [("tile_taken", token.swap_weights), ("entries_taken", token.swap_constants)];
    found.extend(late.map(|(output, value)| (output, module.get(output), value.into())));
    module.clock();
    found.push(("done", module.get("done"), token.last.into()));
    // a finished pixel is a valid one of the last pass
    for (with, finished) in [(Token { valid: true, ..token }, token.last_pass), (Token { last_pass: true, ..token }, token.valid)] {
        module.set("token", with.encode()[0]);
        module.clock();
        found.push(("step", module.get("step"), finished.into()));
    }
    module.set("token", 0);
    (0..TOKEN_LEAD).for_each(|_| module.clock());
    found
}

fn window(module: &mut Module, token: Token) -> Vec<Shown> {
    module.set("is_expand", 1);
    module.set("start", 1);
    module.clock();
    module.set("start", 0);
    module.fill("word", 7);
    module.set("arrive", 1);
    module.set("line", 0);
    // every tap has been filled with sevens
    module.set("token_in", token.encode()[0]);
    (0..12).for_each(|_| module.clock());
    let masked = |tap: u8| {
        let (x, y) = (tap % 3, tap / 3);
        (token.left && x == 0) || (token.right && x == 2) || (token.top && y == 0) || (token.bottom && y == 2)
    };
    const TAPS: [&str; 9] = ["tap_0", "tap_1", "tap_2", "tap_3", "tap_4", "tap_5", "tap_6", "tap_7", "tap_8"];
    let shown = |(name, tap): (&'static str, u8)| (name, module.low_byte(name).into(), if masked(tap) { 0 } else { 7 });
    TAPS.into_iter().zip(0..).map(shown).collect()
}

fn read_stage(module: &mut Module, token: Token) -> Vec<Shown> {
    module.fill("row_0", 1);
    module.fill("row_1", 2);
    module.set("token", token.encode()[0]);
    module.set("issue", 1);
    (0..4).for_each(|_| module.clock());
    module.settle();
    // a row of two words is read in halves
    vec![("word", module.low_byte("word").into(), (1 + token.part % 2).into())]
}
