//! No block is without its co-simulation: every module that the engine and the shell consist of, in every form, and every
//! block in the source, has a test in which Rust and Verilog run in step.

use contract::engine::{EngineConfig, COLUMNS};
use hdl::lang::byte_ram::ByteRam;
use hdl::lang::copies::Copies;
use hdl::lang::emit::emit;
use hdl::lang::prelude::*;
use hdl::lang::sliced_ram::SlicedRam;
use hdl::rtl::{
    array::Array, below_limit::BelowLimit, booth_digit::BoothDigit, column::Column, delay::Delay, deskew::Deskew, dsp48::Row as DspRow,
    dsp48e1::Dsp48e1, dsp48e2::Dsp48e2, dsp48e2_last::Dsp48e2Last, engine::EngineRtl, entry_wave::EntryWave, feed::Feed, group::Group,
    high_register::HighRegister, lane::Lane, larger_byte::LargerByte, layer_counters::LayerCounters, output::Output,
    packed_group::PackedGroup, packet_fifo::PacketFifo, pair_carry::PairCarry, pair_cell::PairCell, pair_column_e1::PairColumnE1,
    pair_column_e2::PairColumnE2, pair_foot_e1::PairFootE1, pair_foot_e2::PairFootE2, pair_operand::PairOperand,
    pixel_complement::PixelComplement, pixel_sum::PixelSum, pool_control::PoolControl, pool_quad::PoolQuad, pool_steer::PoolSteer,
    read_stage::ReadStage, registers::Registers, reset_control::ResetControl, result_crc::ResultCrc, row_plan::RowPlan, scanner::Scanner,
    scatter::Scatter, sender::Sender, sequencer::Sequencer, signature::Signature, signature_fold::SignatureFold, skew::Skew, stem::Stem,
    stream_in::StreamIn, sum_control::SumControl, sum_quad::SumQuad, sum_steer::SumSteer, table_loader::TableLoader, tail::Tail,
    token_delay::TokenDelay, trace_reader::TraceReader, weight_bytes::WeightBytes, weight_loader::WeightLoader, window::Window,
    write_control::WriteControl, write_ports::WritePorts,
};
use hdl::shell::{
    async_fifo::AsyncFifo, beat_join::BeatJoin, dual_clock_ram::DualClockRam, fifo_read::FifoRead, fifo_write::FifoWrite,
    interrupt::Interrupt, lite_crossing::LiteCrossing, lite_master::LiteMaster, lite_slave::LiteSlave, narrower::Narrower,
    port_reset::PortReset, reset_side::ResetSide, resets::Resets, synchroniser::Synchroniser, top::Shell, widener::Widener, STREAM_BITS,
};
use hdl::target::{DspForm, MemoryStyle, MemoryStyles, Target};
use std::collections::BTreeSet;
use std::path::Path;

/// A block and the test in which it runs.
struct Row {
    /// Its Verilog's module, up to the sizes in it.
    module: String,
    /// Its type's name.
    block: &'static str,
    /// Below hdl/tests.
    file: &'static str,
    test: &'static str,
}

fn row<B: Block>(block: B, file: &'static str, test: &'static str) -> Row {
    let top = emit(&block).pop().expect("a block gives a module").name;
    let name = std::any::type_name::<B>();
    let name = name.split('<').next().unwrap_or(name);
    Row { module: family(&top).into(), block: name.rsplit("::").next().unwrap_or(name), file, test }
}

/// The name of a module without the sizes and styles of a memory: all that follows `_` and a digit.
fn family(module: &str) -> &str {
    let size = module.match_indices('_').find(|(at, _)| module[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    size.map_or(module, |(at, _)| &module[..at])
}

fn rows() -> Vec<Row> {
    let (config, target, styles, auto) = (EngineConfig::standard(4), Target::default(), MemoryStyles::default(), MemoryStyle::Auto);
    vec![
        row(Array::new(&config, &target), "blocks/array.rs", "one_product_a_multiplier"),
        row(AsyncFifo::<65, 3>::default(), "shell_fifo.rs", "words_come_out_as_they_went_in"),
        row(BeatJoin::default(), "blocks/beat_join.rs", "the_last_bit_is_above_the_beat"),
        row(BelowLimit::default(), "blocks/below_limit.rs", "next_to_every_limit"),
        row(BoothDigit::default(), "arithmetic.rs", "booth_digit_multiplies"),
        row(ByteRam::new(64, 2, 8, auto), "ram.rs", "weights_of_few_bits_come_back_with_their_sign_in_every_style"),
        row(Column::default(), "arithmetic.rs", "column_in_step"),
        row(Copies::<16>::default(), "blocks/copies.rs", "every_copy_is_as_late"),
        row(Delay::<16>::new(2), "blocks/delay.rs", "what_came_so_many_cycles_ago"),
        row(Deskew::new(4), "blocks/deskew.rs", "columns_leave_together"),
        row(Dsp48e1::new(DspRow::First), "packing.rs", "dsps_in_step"),
        row(Dsp48e1::new(DspRow::Next), "packing.rs", "dsps_in_step"),
        row(Dsp48e2::new(DspRow::First), "packing.rs", "dsps_in_step"),
        row(Dsp48e2::new(DspRow::Next), "packing.rs", "dsps_in_step"),
        row(Dsp48e2Last::default(), "packing.rs", "dsps_in_step"),
        row(DualClockRam::<65, 3>::default(), "blocks/dual_clock_ram.rs", "words_come_back"),
        row(EngineRtl::new(&config, &target), "blocks/engine.rs", "frames_of_a_small_network"),
        row(EntryWave::new(4), "blocks/entry_wave.rs", "as_one_shift"),
        row(Feed::new(), "control.rs", "feed"),
        row(FifoRead::<3>::default(), "blocks/fifo_read.rs", "in_step"),
        row(FifoWrite::<3>::default(), "blocks/fifo_write.rs", "in_step"),
        row(Group::new(4), "packing.rs", "group_in_step"),
        row(Interrupt::default(), "shell_width.rs", "interrupt"),
        row(HighRegister::default(), "packing.rs", "cells_in_step"),
        row(Lane::new(8), "arithmetic.rs", "lane_in_step"),
        row(LargerByte::default(), "blocks/larger_byte.rs", "all_pairs"),
        row(LayerCounters::default(), "control.rs", "layer_counters"),
        row(LiteCrossing::default(), "shell_lite.rs", "every_access_is_done_once_and_answered"),
        row(LiteMaster::default(), "blocks/lite_master.rs", "in_step"),
        row(LiteSlave::default(), "blocks/lite_slave.rs", "in_step"),
        row(Narrower::<64, 8>::default(), "shell_width.rs", "narrower"),
        row(Output::new(&config, &styles), "blocks/output.rs", "in_step"),
        row(PackedGroup::dsp48e1(4), "packing.rs", "packed_groups_in_step"),
        row(PacketFifo::new(), "blocks/packet_fifo.rs", "beats_leave_in_their_order"),
        row(PairCarry::default(), "packing.rs", "carries_are_counted"),
        row(PairCell::default(), "packing.rs", "cells_in_step"),
        row(PairColumnE1::default(), "packing.rs", "pair_columns_in_step"),
        row(PairColumnE2::default(), "packing.rs", "pair_columns_in_step"),
        row(PairFootE1::default(), "packing.rs", "feet_in_step"),
        row(PairFootE2::default(), "packing.rs", "feet_in_step"),
        row(PairOperand::<25>::default(), "packing.rs", "operands_hold_both_weights"),
        row(PixelComplement::default(), "packing.rs", "pixels_in_step"),
        row(PixelSum::default(), "packing.rs", "pixels_in_step"),
        row(PoolControl::new(), "control.rs", "pool_control"),
        row(PoolQuad::new(8, auto), "arithmetic.rs", "pool_quad_in_step"),
        row(PoolSteer::new(5), "control.rs", "pool_steer"),
        row(Ram::<20>::new(8), "ram.rs", "a_memory_gives_the_same_words_in_every_style"),
        row(PortReset::default(), "blocks/port_reset.rs", "in_step"),
        row(ReadStage::new(1, 32), "control.rs", "read_stage"),
        row(Registers::new(&config), "registers.rs", "random_accesses_match_the_model"),
        row(ResetControl::default(), "blocks/reset_control.rs", "in_step"),
        row(ResetSide::default(), "blocks/reset_side.rs", "in_step"),
        row(Resets::default(), "shell_resets.rs", "a_pulse_of_either_pin_resets_both_sides_whatever_the_clocks_do"),
        row(ResultCrc::new(), "blocks/result_crc.rs", "in_step"),
        row(RowPlan::default(), "control.rs", "row_plan"),
        row(Scanner::default(), "control.rs", "scanner"),
        row(Scatter::new(32, 4), "control.rs", "scatter"),
        row(Sender::new(4), "sender.rs", "random_packets_match_the_model"),
        row(Sequencer::new(4, auto), "blocks/sequencer.rs", "in_step"),
        row(Shell::<64, 8>::new(&config, &target), "blocks/shell.rs", "frames_of_a_small_network"),
        row(Signature::new(4), "blocks/signature.rs", "in_step"),
        row(SignatureFold::default(), "blocks/signature_fold.rs", "rotates_and_adds"),
        row(SignatureFold::default(), "blocks/signature_fold.rs", "rotates_and_adds"),
        row(SingleRam::<48>::new(64, auto), "ram.rs", "a_memory_of_one_port_gives_the_same_words_in_every_style"),
        row(Skew::default(), "arithmetic.rs", "skew_in_step"),
        row(SlicedRam::new(8, 2, 2, 1), "ram.rs", "a_sliced_memory_gives_the_same_rows_in_every_style"),
        row(Stem::new(64, auto), "control.rs", "stem"),
        row(StreamIn::new(&config), "stream_in.rs", "random_streams_match_the_model"),
        row(SumControl::new(4), "control.rs", "sum_control"),
        row(SumQuad::default(), "arithmetic.rs", "sum_quad_in_step"),
        row(SumSteer::new(4), "control.rs", "sum_steer"),
        row(Synchroniser::<Bit>::default(), "blocks/synchroniser.rs", "two_edges_late"),
        row(TableLoader::new(32, auto), "control.rs", "table_loader"),
        row(Tail::new(8, 4, &styles), "blocks/tail.rs", "in_step"),
        row(TokenDelay::new(), "control.rs", "token_delay"),
        row(TraceReader::new(1), "control.rs", "trace_reader"),
        row(WeightBytes::new(4), "blocks/weight_bytes.rs", "bytes_keep_their_order"),
        row(WeightLoader::new(4, 256, 8, auto), "control.rs", "weight_loader"),
        row(Widener::<64, 8>::default(), "shell_width.rs", "widener"),
        row(Window::new(16, auto), "arithmetic.rs", "window_in_step"),
        row(WriteControl::default(), "control.rs", "write_control"),
        row(WritePorts::new(4), "control.rs", "write_ports"),
    ]
}

/// Names of the modules of the smallest and the largest engine in every form, and of every shell.
fn generated() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |modules: Vec<(String, String)>| names.extend(modules.into_iter().map(|m| m.0.trim_end_matches(".v").to_string()));
    for dsp in [DspForm::Single, DspForm::Dsp48e1, DspForm::Dsp48e2] {
        for columns in [COLUMNS[0], COLUMNS[COLUMNS.len() - 1]] {
            add(hdl::generate_for(&EngineConfig::standard(columns), &Target { dsp, ..Target::default() }));
        }
    }
    for bits in STREAM_BITS {
        add(hdl::generate_shell(&EngineConfig::standard(4), &Target::default(), bits).expect("a width that there is"));
    }
    names
}

#[test]
fn every_generated_module_runs_in_both_worlds() {
    let (rows, generated) = (rows(), generated());
    let families: BTreeSet<&str> = generated.iter().map(|name| family(name)).collect();
    let tested: BTreeSet<&str> = rows.iter().map(|row| row.module.as_str()).collect();
    let untested: Vec<_> = families.difference(&tested).collect();
    assert!(untested.is_empty(), "{untested:?}: no test runs them in both worlds; write one, and name it here");
    let unknown: Vec<_> = tested.difference(&families).collect();
    assert!(unknown.is_empty(), "{unknown:?}: no engine has them");
}

/// `text` after each `before`, where no name goes on.
fn names<'a>(text: &'a str, before: &str, name: &str) -> Option<&'a str> {
    let mut found = text.match_indices(before).map(|(at, _)| &text[at + before.len()..]);
    let whole = |rest: &&str| rest.strip_prefix(name).is_some_and(|r| !r.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
    found.find(whole)
}

/// What a row says is so: the file lists the block's ports, makes a pair of it, and has the test, which is run.
#[test]
fn every_row_names_a_test_that_there_is() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for Row { block, file, test, .. } in rows() {
        let text = std::fs::read_to_string(tests.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(
            names(&text, "dut!(", block).or(names(&text, "dut_clocks!(", block)).is_some(),
            "{file} does not list the ports of {block}"
        );
        let pair = names(&text, "Pair::new(", block).or(names(&text, "TwoClocks::new(", block));
        assert!(pair.is_some(), "{file} does not run {block} in both worlds");
        assert!(text.contains(&format!("#[test]\nfn {test}() {{")), "{file} has no test `{test}`");
    }
}

/// Types that derive `LogicBlock`, from the source.
fn blocks(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the source is there").map(|e| e.expect("an entry").path()) {
        if entry.is_dir() {
            blocks(&entry, found);
            continue;
        }
        let text = std::fs::read_to_string(&entry).expect("a source file");
        for (at, _) in text.match_indices("#[derive(LogicBlock") {
            let (_, declaration) = text[at..].split_once("pub struct ").expect("a block is a public struct");
            found.insert(declaration.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
}

/// Also what no engine of today uses.
#[test]
fn every_block_of_the_source_runs_in_both_worlds() {
    let mut found = BTreeSet::new();
    blocks(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let tested: BTreeSet<String> = rows().iter().map(|row| row.block.to_string()).collect();
    assert_eq!(found, tested, "blocks of the source, and those with a test");
}
