//! The modules that steer and route, in Rust and in Verilog in step, under random and extreme stimuli.

mod pair;

use hdl::rtl::feed::Feed;
use hdl::rtl::layer_counters::LayerCounters;
use hdl::rtl::pool_control::PoolControl;
use hdl::rtl::pool_steer::PoolSteer;
use hdl::rtl::read_stage::ReadStage;
use hdl::rtl::row_plan::RowPlan;
use hdl::rtl::scanner::Scanner;
use hdl::rtl::scatter::Scatter;
use hdl::rtl::stem::Stem;
use hdl::rtl::sum_control::SumControl;
use hdl::rtl::sum_steer::SumSteer;
use hdl::rtl::table_loader::TableLoader;
use hdl::rtl::token_delay::TokenDelay;
use hdl::rtl::trace_reader::TraceReader;
use hdl::rtl::weight_loader::WeightLoader;
use hdl::rtl::write_control::WriteControl;
use hdl::rtl::write_ports::WritePorts;
use hdl::target::MemoryStyle;
use pair::stimuli::{
    driven,
    Drive::{self, Below, Held, Seldom},
};
use pair::{Dut, Pair};

dut!(PoolControl {
    in: reset, start, pool, floor, last_column, last_row, token;
    out: tile_taken, entries_taken, step, three, column, store, fresh, late_column, close, early_close, early_end, valid, map_end, done
});
dut!(PoolSteer {
    in: pool, step, three, column, store, fresh, late_column, close;
    out: pools, steps, threes, columns, stores, freshes, late_columns, closes
});
dut!(SumSteer { in: is_classifier, start, close, close_end; out: add, map_end, clear });
dut!(RowPlan {
    in: rest, take, is_stem, is_expand, last_column, last_row, last_strip_row, last_strip, last_pass, last_block, last_part, pairs,
        strip_next;
    out: planned, fill, pass_start, block_start, last, top, bottom, first_pass, final_pass, rewind, first_pass_end, jump, base, part,
        line, bank
});
dut!(LayerCounters {
    in: clear, start, count, account, layer, working, stalled;
    out: write, written_layer, cycles, busy_cycles, stalled_cycles
});
dut!(Scanner {
    in: reset, start, is_stem, is_expand, padded, last_column, last_row, last_strip_row, last_strip, last_pass, last_block, last_part,
        row_step, prefill, pairs, tile_ready, entries_ready;
    out: take_tile, take_entries, rewind, issue, token, address, line, push, phase, idle, stalled
});
dut!(WriteControl {
    in: start, enable, to_squeeze, slots, slices, base, row_step, valid, early_end;
    out: write_activation, write_squeeze, row, next_row, slice, place
});
dut!(WritePorts { in: write, row, next_row, slice, slots; out: write_enable, write_address });
dut!(TokenDelay { in: token; out: valid, first, last, block, address });
dut!(SumControl {
    in: clear, is_classifier, map_end, last, segmented, classes, head;
    out: none, send, sum_write, sum_address, sum_data, busy
});
dut!(Feed {
    in: is_stem, is_expand, segmented, stem_word, stem_token, tap, window_token, row_word, row_token;
    out: word, token, swap, working
});
dut!(ReadStage {
    in: issue, token, push, line, scan_address, trace_busy, trace_row, row;
    out: address, squeeze_address, issue_4, token_4, push_4, line_4, word
});
dut!(TraceReader { in: from_squeeze, beat, activation, squeeze; out: data });
dut!(Scatter { in: slice, slot; out: activation, squeeze });
dut!(TableLoader { in: reset, write, write_address, write_data, program_valid, entries, take, taken; out: ready, load, entry });
dut!(WeightLoader {
    in: reset, write, write_address, write_data, program_valid, tiles, take, taken, mark, rewind;
    out: ready, load, word
});
dut!(Stem {
    in: write, write_bank, write_address, write_data, is_stem, kernel_7, pairs, issue, token_in, address, phase;
    out: word, token
});

fn lockstep<B: Dut>(mut pair: Pair<B>, drives: &[(&str, Drive)], cycles: usize, seed: u64) {
    driven(&mut pair, drives, cycles, seed);
}

#[test]
fn pool_control() {
    let drives = [
        ("reset", Seldom(400)),
        ("start", Seldom(300)),
        ("pool", Held(2)),
        ("floor", Held(2)),
        ("last_column", Held(9)),
        ("last_row", Held(9)),
    ];
    lockstep(Pair::new(PoolControl::new()), &drives, 10_000, 1);
}

#[test]
fn scanner() {
    let mut drives =
        vec![("reset", Seldom(2000)), ("start", Seldom(200)), ("is_stem", Held(2)), ("is_expand", Held(2)), ("padded", Held(2))];
    drives.extend([("last_column", Held(8)), ("last_row", Held(6)), ("last_pass", Held(4)), ("last_block", Held(3))]);
    drives.extend([
        ("last_strip_row", Held(4)),
        ("last_strip", Held(3)),
        ("last_part", Held(3)),
        ("row_step", Held(9)),
        ("prefill", Held(12)),
        ("pairs", Held(9)),
    ]);
    lockstep(Pair::new(Scanner::default()), &drives, 20_000, 2);
    // settings that no layer has
    lockstep(Pair::new(Scanner::default()), &[], 5000, 3);
}

#[test]
fn write_control() {
    let drives = [("start", Seldom(100)), ("slots", Held(6)), ("slices", Held(33)), ("early_end", Seldom(30)), ("to_squeeze", Held(2))];
    for lead in 1..=3 {
        lockstep(Pair::new(WriteControl::new(lead)), &drives, 10_000, 4);
    }
}

#[test]
fn token_delay() {
    lockstep(Pair::new(TokenDelay::new()), &[], 5000, 5);
}

#[test]
fn sum_control() {
    for columns in [4, 16] {
        let drives =
            [("clear", Seldom(400)), ("map_end", Seldom(60)), ("segmented", Held(2)), ("classes", Held(1024)), ("is_classifier", Held(2))];
        lockstep(Pair::new(SumControl::new(columns)), &drives, 8000, 6);
    }
}

#[test]
fn feed() {
    lockstep(Pair::new(Feed::new()), &[], 2000, 7);
}

#[test]
fn read_stage() {
    for (words, slices) in [(1, 32), (2, 4), (8, 16)] {
        lockstep(Pair::new(ReadStage::new(words, slices)), &[], 2000, 8);
    }
}

#[test]
fn trace_reader() {
    for words in [1, 2] {
        lockstep(Pair::new(TraceReader::new(words)), &[], 2000, 9);
    }
}

#[test]
fn scatter() {
    for columns in [4, 8, 16, 32] {
        lockstep(Pair::new(Scatter::new(128 / columns, (16 / columns).max(1))), &[], 2000, 10);
    }
}

#[test]
fn write_ports() {
    for slices in [1, 2, 4, 8, 16, 32] {
        lockstep(Pair::new(WritePorts::new(slices)), &[("slots", Below(6))], 2000, 14);
    }
}

#[test]
fn pool_steer() {
    for copies in [5, 8] {
        lockstep(Pair::new(PoolSteer::new(copies)), &[], 1000, 15);
    }
}

#[test]
fn sum_steer() {
    for copies in [2, 4, 7, 14] {
        lockstep(Pair::new(SumSteer::new(copies)), &[], 1000, 16);
    }
}

#[test]
fn layer_counters() {
    let drives = [("clear", Seldom(200)), ("start", Seldom(60)), ("account", Seldom(40))];
    lockstep(Pair::new(LayerCounters::default()), &drives, 4000, 17);
}

#[test]
fn row_plan() {
    let mut drives = vec![("rest", Seldom(400)), ("take", Seldom(6)), ("is_stem", Held(2)), ("is_expand", Held(2))];
    drives.extend([("last_row", Held(6)), ("last_pass", Held(4)), ("last_block", Held(3)), ("last_strip_row", Held(4))]);
    drives.extend([("last_strip", Held(3)), ("last_part", Held(3)), ("pairs", Held(9))]);
    lockstep(Pair::new(RowPlan::default()), &drives, 20_000, 18);
}

#[test]
fn table_loader() {
    let mut drives = vec![("reset", Seldom(3000)), ("write_address", Below(32)), ("program_valid", Held(2)), ("entries", Held(32))];
    drives.extend([("take", Seldom(40)), ("taken", Seldom(40))]);
    lockstep(Pair::new(TableLoader::new(32, MemoryStyle::Auto)), &drives, 20_000, 11);
}

#[test]
fn weight_loader() {
    // three tiles of 80 words
    for (columns, bits) in [(4, 8), (16, 8), (8, 6), (4, 2)] {
        let mut drives = vec![("reset", Seldom(3000)), ("write_address", Below(256 * columns as u64 / 4)), ("program_valid", Held(2))];
        drives.extend([("tiles", Held(4)), ("take", Seldom(60)), ("taken", Seldom(60)), ("mark", Below(2)), ("rewind", Seldom(2))]);
        lockstep(Pair::new(WeightLoader::new(columns, 256, bits, MemoryStyle::Auto)), &drives, 10_000, 12);
    }
}

#[test]
fn stem() {
    let mut drives = vec![("write_bank", Below(8)), ("write_address", Below(64)), ("address", Below(56)), ("pairs", Held(2))];
    drives.extend([("kernel_7", Held(2)), ("is_stem", Held(2)), ("phase", Below(8))]);
    for style in [MemoryStyle::Auto, MemoryStyle::Distributed, MemoryStyle::Mixed] {
        lockstep(Pair::new(Stem::new(64, style)), &drives, 8000, 13);
    }
}
