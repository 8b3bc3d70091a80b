//! Requantisation entries at the ports of their loader and of a lane.

use crate::block::Module;
use crate::numbers;
use contract::engine::SEGMENTS;
use contract::table_entry::TableEntry;
use hdl::rtl::lane::Lane;
use hdl::rtl::table_loader::TableLoader;
use hdl::target::MemoryStyle;

/// What the lanes get of an entry: its bits, which lane takes them, whether the block has all of its entries.
fn load(loader: &mut Module, entry: u64) -> (u64, Vec<u64>, bool) {
    loader.reset();
    loader.set("program_valid", 0);
    loader.set("entries", 2);
    loader.set("write", 1);
    for (address, data) in [(0, entry), (1, 0)] {
        loader.set("write_address", address);
        loader.set("write_data", data);
        loader.clock();
    }
    loader.set("write", 0);
    loader.set("program_valid", 1);
    // idle, two cycles for an entry, three of the memory, and out of registers
    (0..6).for_each(|_| loader.clock());
    loader.settle();
    let lanes = (0..SEGMENTS as u64).filter(|lane| loader.high(&format!("load_{lane}"))).collect();
    let bits = loader.get("entry");
    (bits, lanes, loader.high("ready"))
}

#[test]
fn every_field_shows_alone_at_the_loader() {
    let mut loader = Module::new(&TableLoader::new(2, MemoryStyle::Auto));
    let width = loader.width("entry");
    for field in TableEntry::FIELDS {
        for number in numbers(field) {
            // bits without a field change nothing
            let mut beat = [u64::MAX];
            TableEntry::FIELDS.iter().for_each(|field| field.put(0, &mut beat));
            field.put(number, &mut beat);
            let (bits, lanes, ready) = load(&mut loader, beat[0]);
            for other in TableEntry::FIELDS {
                let expected = if other.name == field.name { number } else { 0 };
                let said = format!("`{}`, with {number:#x} in `{}`", other.name, field.name);
                match other.name {
                    "bias" | "multiplier" | "shift" => assert_eq!(other.get(&[bits]), expected, "{said}"),
                    "slot" => assert_eq!(lanes, if expected < SEGMENTS as u64 { vec![expected] } else { vec![] }, "{said}"),
                    "last" => assert_eq!(ready, expected == 1, "{said}"),
                    new => panic!("say here how `TableLoader` shows an entry's `{new}`"),
                }
            }
        }
        // what a lane gets ends below what tells the lanes apart
        assert_eq!(field.low + field.width <= width, !["slot", "last"].contains(&field.name), "`{}`", field.name);
    }
}

/// The byte that a lane makes of `sum` with an entry.
fn requantise(lane: &mut Module, entry: TableEntry, sum: i32) -> u64 {
    for (input, value) in [("load", 1), ("entry_in", entry.encode()[0]), ("valid", 0), ("address", 0)] {
        lane.set(input, value);
    }
    lane.clock();
    lane.set("load", 0);
    for input in ["valid", "first", "last", "block"] {
        lane.set(input, 1);
    }
    lane.clock();
    lane.set("valid", 0);
    lane.set("block", 0);
    lane.set("early", (sum as u32).into());
    lane.set("late", 0);
    for _ in 0..10 {
        lane.clock();
    }
    lane.settle();
    lane.get("quantised")
}

#[test]
fn a_lane_takes_every_bit_where_it_is() {
    let mut lane = Module::new(&Lane::new(2));
    let mut holds = |bias: i32, multiplier: u16, shift: u8, sum: i32| {
        let entry = TableEntry { bias, multiplier, shift, slot: 0, last: false };
        let product = i64::from(bias.wrapping_add(sum)) * i64::from(multiplier);
        let expected = (product + (1 << (shift - 1))) >> shift;
        assert_eq!(requantise(&mut lane, entry, sum), expected.clamp(0, 255) as u64, "{entry:?}, sum {sum}");
    };
    for field in TableEntry::FIELDS {
        match field.name {
            "bias" => {
                // 2^bit shifted by bit + 1 and rounded is 1; times 128 it is 64
                for bit in 0..field.width - 1 {
                    [1, 128].into_iter().for_each(|multiplier| holds(1 << bit, multiplier, bit as u8 + 1, 0));
                }
                // the sign
                [-1, i32::MIN].into_iter().for_each(|bias| holds(bias, 1, 1, 200));
            }
            "multiplier" => (0..field.width).for_each(|bit| holds(100, 1 << bit, bit as u8 + 1, 0)),
            "shift" => (1..=net::model::MAX_SHIFT).for_each(|shift| {
                let (bias, multiplier) = (100 << shift.min(24), 1 << shift.saturating_sub(24).min(15));
                holds(bias, multiplier, shift, 0);
            }),
            // the loader's
            "slot" | "last" => {}
            new => panic!("say here how `Lane` takes an entry's `{new}`"),
        }
    }
}
