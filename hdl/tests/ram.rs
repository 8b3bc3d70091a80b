//! Memories in every style: the same content in Rust and in Verilog, whatever arrays they are cut into;
//! what the arrays take, by the formula and by Yosys; and which engines fit which parts.
//!
//! Words at the seams, and both ports at one address; tiles cover every bit once; the boards' engines fit, and hold
//! v1.1.

mod pair;

use contract::engine::EngineConfig;
use hdl::lang::placement::{cost, place, place_single, Array, Cost, Tile, LUTS_PER_BLOCK};
use hdl::lang::prelude::*;
use hdl::lang::single_ram::LANES;
use hdl::target::{MemoryStyle, MemoryStyles, Target};
use pair::{Dut, Pair};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::process::Command;

dut!(Ram<20> { in: write_enable, write_address, write_data, read_address; out: read_data });
dut!(ByteRam { in: write_enable, write_address, write_data, read_address; out: read_data });
dut!(SlicedRam { in: write_enable, write_address, write_data, read_address; out: read_word });

dut!(SingleRam<20> { in: write, address, write_data; out: read_data });

const STYLES: [MemoryStyle; 6] =
    [MemoryStyle::Auto, MemoryStyle::Block, MemoryStyle::Ultra, MemoryStyle::Distributed, MemoryStyle::Mixed, MemoryStyle::Whole];

/// Random words at random addresses, mostly at the seams, at the ends, and where the other port is.
fn exercise<B: Dut>(mut pair: Pair<B>, depth: usize, seams: &[usize], seed: u64) {
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let near: Vec<usize> = seams.iter().chain([&0, &depth]).flat_map(|&s| s.saturating_sub(2)..(s + 2).min(depth)).collect();
    // everything is written once, so that no read depends on what a memory holds at the start
    let inputs = pair.inputs();
    for cycle in 0..depth + 3000 {
        let read = if rng.random() { near[rng.random_range(0..near.len())] } else { rng.random_range(0..depth) };
        for (input, width) in &inputs {
            if input.starts_with("write_enable") {
                pair.set(input, (cycle < depth || rng.random()).into());
            } else if input.starts_with("write_address") {
                let near = near[rng.random_range(0..near.len())];
                pair.set(input, [near, read, rng.random_range(0..depth)][rng.random_range(0..3)] as u64);
                if cycle < depth {
                    pair.set(input, cycle as u64);
                }
            } else if input.starts_with("read_address") {
                pair.set(input, read as u64);
            } else {
                pair.set_wide(input, rng.random::<u128>() & (u128::MAX >> (128 - width)));
            }
        }
        pair.settle();
        pair.clock();
    }
}

fn seams(width: usize, depth: usize, style: MemoryStyle) -> Vec<usize> {
    place(width, depth, style).iter().map(|t| t.first).collect()
}

#[test]
fn a_memory_gives_the_same_words_in_every_style() {
    for (depth, seed) in [(1100, 1), (2, 2), (1536 + 33, 3)] {
        for style in STYLES {
            exercise(Pair::new(Ram::<20>::new(depth).in_style(style)), depth, &seams(20, depth, style), seed);
        }
    }
    exercise(Pair::new(Ram::<20>::registered(1100).in_style(MemoryStyle::Block)), 1100, &seams(20, 1100, MemoryStyle::Block), 4);
    for (depth, style) in [(1100, MemoryStyle::Auto), (1100, MemoryStyle::Block), (8200, MemoryStyle::Ultra), (2200, MemoryStyle::Mixed)] {
        exercise(Pair::new(Ram::<20>::chosen(depth).in_style(style)), depth, &seams(20, depth, style), 10);
    }
}

#[test]
fn a_memory_of_one_port_gives_the_same_words_in_every_style() {
    let few = [MemoryStyle::Auto, MemoryStyle::Distributed];
    for (depth, seed, styles) in [(2, 12, &few[..]), (100, 13, &few[1..]), (1100, 14, &STYLES), (3400, 15, &STYLES[3..])] {
        for &style in styles {
            println!("seed {seed}, {depth} words, {style:?}");
            let mut pair = Pair::new(SingleRam::<20>::new(depth, style));
            let mut rng = StdRng::seed_from_u64(seed);
            let seams: Vec<usize> = place_single(20, depth, style).iter().map(|t| t.first).chain([depth]).collect();
            for cycle in 0..depth + 3000 {
                let seam = seams[rng.random_range(0..seams.len())];
                let near = rng.random_range(seam.saturating_sub(2)..(seam + 2).min(depth));
                let address = if cycle < depth { cycle } else { [near, rng.random_range(0..depth)][rng.random_range(0..2)] };
                (0..LANES).for_each(|lane| pair.set(&format!("address_{lane}"), address as u64));
                pair.set("write", (cycle < depth || rng.random()).into());
                pair.set("write_data", rng.random_range(0..1 << 20));
                pair.settle();
                pair.clock();
            }
        }
    }
}

/// Long chains: stages of four and of three tiles, in block RAM and in UltraRAM.
#[test]
fn a_chain_of_many_arrays_gives_the_words_in_their_order() {
    for (depth, style, seed) in [(17_000, MemoryStyle::Ultra, 16), (34_000, MemoryStyle::Ultra, 17), (18_500, MemoryStyle::Block, 18)] {
        let memory = ByteRam::new(depth, 1, 3, style);
        let tiles = place(24, depth, style).len();
        assert!(tiles > 4, "{tiles} tiles");
        assert_eq!(memory.cycles(), 5 + (tiles - 4).div_ceil(3), "{tiles} tiles");
        exercise(Pair::new(memory), depth, &seams(24, depth, style), seed);
    }
}

#[test]
fn weights_of_few_bits_come_back_with_their_sign_in_every_style() {
    for (bits, seed) in [(8, 5), (6, 6), (2, 7)] {
        for style in STYLES {
            exercise(Pair::new(ByteRam::new(1090, 2, bits, style)), 1090, &seams(16 * bits, 1090, style), seed);
        }
    }
}

#[test]
fn a_sliced_memory_gives_the_same_rows_in_every_style() {
    for style in STYLES {
        exercise(Pair::new(SlicedRam::new(1090, 2, 2, 2).in_style(style)), 1090, &seams(64, 1090, style), 8);
    }
}

fn total(tiles: &[Tile]) -> Cost {
    tiles.iter().map(Tile::cost).fold(Cost::default(), |a, b| a + b)
}

#[test]
fn tiles_cover_every_bit_once_and_lut_ram_pays() {
    println!("seed 9");
    let mut rng = StdRng::seed_from_u64(9);
    let corners = [(64, 3136), (128, 6144), (126, 78_720), (48, 3306), (1, 2), (300, 5), (9, 4097), (72, 512), (2, 40_000)];
    for (width, depth) in corners.into_iter().chain((0..300).map(|_| (rng.random_range(1..300), rng.random_range(2..50_000)))) {
        let tiles = place(width, depth, MemoryStyle::Block);
        let mut row = 0;
        for tile in &tiles {
            assert_eq!(tile.first, row, "{width}x{depth}: {tiles:?}");
            assert!(tiles.len() == 1 || tile.first % tile.rows.next_power_of_two() == 0, "{width}x{depth}: {tile:?}");
            row += tile.rows;
            let mut bit = 0;
            for array in &tile.arrays {
                assert!(array.low == bit && array.width > 0, "{width}x{depth}: {tile:?}");
                bit += array.width;
            }
            assert_eq!(bit, width, "{width}x{depth}: {tile:?}");
        }
        assert_eq!(row, depth, "{width}x{depth}");
        let (cut, whole) = (total(&tiles), cost(width, depth, MemoryStyle::Block));
        assert!(cut.ram18 > 0 && cut.ram18 <= whole.ram18, "{width}x{depth}: {cut:?} {whole:?}");
        assert!(cut.luts <= LUTS_PER_BLOCK * (whole.ram18 - cut.ram18), "{width}x{depth}: {cut:?} {whole:?}");
        for style in [MemoryStyle::Auto, MemoryStyle::Distributed] {
            assert_eq!(place(width, depth, style).len(), 1);
        }
        for (style, tiles) in [MemoryStyle::Ultra, MemoryStyle::Mixed].map(|style| (style, place(width, depth, style))) {
            let mut row = 0;
            for tile in &tiles {
                assert!(tile.first == row && tile.first % tile.rows.next_power_of_two() == 0, "{style:?} {width}x{depth}: {tile:?}");
                assert!(matches!(tile.arrays[..], [Array { low: 0, .. }]) && tile.arrays[0].width == width, "{style:?}: {tile:?}");
                row += tile.rows;
            }
            assert_eq!(row, depth, "{style:?} {width}x{depth}");
        }
        assert_eq!(total(&place(width, depth, MemoryStyle::Ultra)), cost(width, depth, MemoryStyle::Ultra));
        let single = place_single(width, depth, MemoryStyle::Distributed);
        assert_eq!(single.iter().map(|tile| tile.rows).sum::<usize>(), depth);
        assert!(single.iter().enumerate().all(|(i, tile)| tile.first == 128 * i && tile.rows <= 128));
    }
}

/// Cells of `block` as Yosys maps it: blocks of 18 kbit, UltraRAMs, LUTs used as memory; `None` without Yosys.
fn mapped<B: Block>(block: &B, family: &str) -> Option<Cost> {
    let modules = hdl::lang::emit::emit(block);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let top = &modules.last().expect("a module").name;
    for module in &modules {
        std::fs::write(folder.path().join(format!("{}.v", module.name)), &module.text).expect("a file");
    }
    let script = format!("read_verilog *.v; synth_xilinx -family {family} -uram -noiopad -noclkbuf -top {top}; tee -q -o stat.txt stat");
    let script = if family == "xcup" { script } else { script.replace(" -uram", "") };
    let run = Command::new("yosys").args(["-q", "-p", &script]).current_dir(folder.path()).output();
    let Ok(run) = run else {
        eprintln!("skipped: yosys is not on the PATH");
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let stat = std::fs::read_to_string(folder.path().join("stat.txt")).expect("the cells");
    let mut found = Cost::default();
    for line in stat.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [cell, count] = words[..] else { continue };
        let Ok(count) = count.parse::<usize>() else { continue };
        match cell {
            "RAMB18E1" | "RAMB18E2" => found.ram18 += count,
            "RAMB36E1" | "RAMB36E2" => found.ram18 += 2 * count,
            "URAM288" => found.ultra += count,
            "RAM64M" | "RAM32M" => found.luts += 4 * count,
            "RAM128X1S" => found.luts += 2 * count,
            "RAM64X1S" | "RAM32X1S" => found.luts += count,
            "RAM64M8" | "RAM32M16" => found.luts += 8 * count,
            _ => assert!(!cell.starts_with("RAM"), "{cell} is not counted"),
        }
    }
    Some(found)
}

/// The blocks are as the formula says; LUTs are no more, and not much fewer (a last part of 64 rows may take smaller cells).
fn compare(name: &str, found: Option<Cost>, expected: Cost) {
    let Some(found) = found else { return };
    println!("{name}: {found:?}, by the formula {expected:?}");
    assert_eq!((found.ram18, found.ultra), (expected.ram18, expected.ultra), "{name}: {found:?}, expected {expected:?}");
    assert!(found.luts <= expected.luts && found.luts >= expected.luts * 3 / 4, "{name}: {found:?}, expected {expected:?}");
}

#[test]
fn yosys_maps_what_the_formula_says() {
    let block = MemoryStyle::Block;
    compare("slices", mapped(&SlicedRam::new(1088, 2, 2, 1).in_style(block), "xc7"), total(&place(64, 1088, block)) * 2);
    compare("bytes", mapped(&ByteRam::new(2048 + 300, 1, 6, block), "xc7"), total(&place(48, 2348, block)));
    compare("words", mapped(&Ram::<20>::new(1100).in_style(block), "xc7"), total(&place(20, 1100, block)));
    compare("LUT RAM", mapped(&Ram::<20>::new(130).in_style(MemoryStyle::Distributed), "xc7"), cost(20, 130, MemoryStyle::Distributed));
    for (style, depth) in [(MemoryStyle::Distributed, 300), (MemoryStyle::Mixed, 1400)] {
        let expected = place_single(20, depth, style).iter().map(Tile::single_cost).fold(Cost::default(), |a, b| a + b);
        compare("one port", mapped(&SingleRam::<20>::new(depth, style), "xc7"), expected);
    }
    compare("UltraRAM", mapped(&ByteRam::new(5000, 2, 8, MemoryStyle::Ultra), "xcup"), cost(128, 5000, MemoryStyle::Ultra));
}

/// Every memory of the boards' engines; takes an hour. `cargo test --release --workspace --test ram -- --ignored --nocapture`
#[test]
#[ignore = "an hour of synthesis"]
fn yosys_maps_the_boards_memories_as_the_formula_says() {
    let mut seen = vec![];
    for (board, family, config, memory) in boards() {
        for m in hdl::memories(&config, &Target { memory, ..Target::default() }) {
            let key = (family, m.width, m.depth, m.style);
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let (name, style, one) = (format!("{board} {}", m.name), m.style, total(&m.tiles()));
            let (found, expected) = match (m.name, m.width) {
                ("weights", _) => {
                    let beats = config.columns / 4;
                    (mapped(&ByteRam::new(m.depth, beats, config.weight_bits, style), family), one)
                }
                ("activations" | "squeeze", width) => {
                    let slices = (128 / width).min(2);
                    (mapped(&SlicedRam::new(m.depth, slices, width / 32, slices).in_style(style), family), one * slices)
                }
                (_, 24) => (mapped(&Ram::<24>::new(m.depth).in_style(style), family), one),
                (_, 32) => (mapped(&Ram::<32>::new(m.depth).in_style(style), family), one),
                ("frame", _) => {
                    let one = m.tiles().iter().map(Tile::single_cost).fold(Cost::default(), |a, b| a + b);
                    (mapped(&SingleRam::<48>::new(m.depth, style), family), one)
                }
                (_, 58) => (mapped(&Ram::<58>::new(m.depth).in_style(style), family), one),
                (_, 64) => (mapped(&Ram::<64>::new(m.depth).in_style(style), family), one),
                (_, 128) => (mapped(&Ram::<128>::new(m.depth).in_style(style), family), one),
                (_, width) => panic!("{name}: no memory of {width} bits"),
            };
            compare(&name, found, expected);
        }
    }
}

/// v1.1 at 227x227 with 1000 classes in eight columns, accumulators of 512.
fn v1_1(columns: usize) -> EngineConfig {
    EngineConfig {
        weight_words: 78_720,
        squeeze_rows: 3136,
        table_entries: 3984,
        frame_words: 3306,
        accumulator_pixels: 512,
        line_pixels: 64,
        ..EngineConfig::standard(columns)
    }
}

fn all(config: &EngineConfig, memory: MemoryStyles) -> Cost {
    let memories = hdl::memories(config, &Target { memory, ..Target::default() });
    for m in &memories {
        let cost = m.cost();
        println!(
            "{:22} {:4} x {:4} x {:6} {:?} RAM18 {} ultra {} LUTs {}",
            m.name, m.copies, m.width, m.depth, m.style, cost.ram18, cost.ultra, cost.luts
        );
    }
    let sum = memories.iter().map(|m| m.cost()).fold(Cost::default(), |a, b| a + b);
    println!("block RAMs of 36 kbit {}, UltraRAMs {}, LUTs {}\n", sum.ram18 as f64 / 2.0, sum.ultra, sum.luts);
    sum
}

/// Name, Yosys family, engine and styles of each board; docs/memory.md says why.
fn boards() -> Vec<(&'static str, &'static str, EngineConfig, MemoryStyles)> {
    use MemoryStyle::{Block, Distributed, Mixed, Ultra, Whole};
    let blocks = MemoryStyles {
        weights: Block,
        activations: Block,
        squeeze: Block,
        frame: Block,
        accumulators: Block,
        segment_accumulators: Distributed,
        table: Block,
        descriptors: Distributed,
        lines: Distributed,
        pool: Distributed,
        sums: Block,
    };
    let seven = MemoryStyles { frame: Mixed, ..blocks };
    vec![
        ("kc705", "xc7", v1_1(8), seven),
        ("xc7a200t", "xc7", EngineConfig { weight_bits: 6, ..v1_1(8) }, seven),
        ("kcu105", "xcu", EngineConfig::standard(16), blocks),
        ("kcu116", "xcup", EngineConfig::standard(16), MemoryStyles { weights: Ultra, activations: Whole, squeeze: Whole, ..blocks }),
    ]
}

#[test]
fn the_boards_engines_fit() {
    // block RAMs of 36 kbit less what the XDMA takes, UltraRAMs, LUTs that can be memory
    let parts = [(445 - 40, 0, 64_000), (365 - 20, 0, 46_200), (600 - 40, 0, 112_800), (480 - 40, 64, 99_840)];
    let needed: Vec<Cost> = boards().iter().map(|(_, _, config, styles)| all(config, *styles)).collect();
    for (cost, (ram36, ultra, luts)) in needed.iter().zip(parts) {
        assert!(cost.ram18 <= 2 * ram36 && cost.ultra <= ultra && cost.luts <= luts, "{cost:?}");
    }
    // what docs/memory.md says of them
    let figures: Vec<(usize, usize, usize)> = needed.iter().map(|c| (c.ram18, c.ultra, c.luts)).collect();
    assert_eq!(figures, [(810, 0, 23_432), (675, 0, 23_488), (933, 0, 15_248), (380, 40, 13_584)]);
}

#[test]
fn v1_1_needs_what_the_boards_have() {
    let network = net::model_file::Model::default_model().network;
    for (board, _, config, _) in boards() {
        let wide = EngineConfig { weight_bits: 8, ..config };
        net::compiler::compile(&network, &wide).unwrap_or_else(|e| panic!("{board}: {e}"));
    }
}
