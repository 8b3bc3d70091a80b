//! What limits the clock, as `hdl report` measures it: on a netlist whose paths are known, by the budget `hdl/timing.toml`
//! on an engine of 4 columns, and (`-- --ignored`) on whole boards. The engines are skipped, with a message, where there is
//! no Yosys.
//!
//! `netlist.json` is `fixture.v` (`plus.json` `plus.v`, for UltraScale+) after `synth_xilinx -family xc7 -flatten -abc9 -noiopad -noclkbuf` of Yosys 0.70, without what is
//! not read. `families.txt` has its families as another program, written apart from this one in Python, measured
//! them: ns of cells, ns with 0.5 a net, LUTs, carries, multiplexers, endpoints.

use hdl::board::find;
use hdl::synth::budget::Budget;
use hdl::synth::clock::{measure, Clock, Family};
use hdl::synth::graph::Graph;
use hdl::synth::netlist::Netlist;
use hdl::synth::packing::OutputRegister;
use hdl::synth::report::{report, Job, Subject};
use hdl::synth::run::Synthesiser;
use hdl::synth::timing::CALIBRATED_NET;
use hdl::synth::Yosys;
use hdl::target::{DspForm, Target};
use std::collections::BTreeMap;

mod command;
mod router;

fn fixture(budget: &Budget) -> Clock {
    let netlist = Netlist::parse(include_str!("netlist.json"), "fixture").expect("a netlist");
    measure(&Graph::new(&netlist), budget, CALIBRATED_NET).0
}

fn family<'a>(clock: &'a Clock, end: &str) -> &'a Family {
    clock.families.iter().filter(|f| f.end == end).max_by_key(|f| f.levels).unwrap_or_else(|| panic!("nothing ends at {end}"))
}

#[test]
fn families_are_those_that_another_program_finds() {
    let clock = fixture(&Budget::own());
    let found: BTreeMap<String, &Family> = clock.families.iter().map(|f| (format!("{} -> {}", f.start, f.end), f)).collect();
    let mut lines = 0;
    for line in include_str!("families.txt").lines() {
        let mut words = line.splitn(7, ' ');
        let mut next = || words.next().expect("seven words");
        let (logic, estimate, cells, name) = (next(), next(), [next(), next(), next(), next()], next());
        let f = found.get(name).unwrap_or_else(|| panic!("{name} is not among {:?}", found.keys()));
        let ns = |picoseconds: u32| f64::from(picoseconds) / 1000.0;
        let near = |text: &str, picoseconds| (text.parse::<f64>().expect("ns") - ns(picoseconds)).abs() < 0.0051;
        assert!(near(logic, f.logic), "{name}: {} instead of {logic}", ns(f.logic));
        assert!(near(estimate, f.estimate_500), "{name}: {} instead of {estimate} with 0.5 ns a net", ns(f.estimate_500));
        let is = [f.luts.to_string(), f.carries.to_string(), f.muxes.to_string(), f.endpoints.to_string()];
        assert_eq!(is, cells, "{name}");
        lines += 1;
    }
    assert!(lines > 40);
}

#[test]
fn levels_count_carry_chains_and_dsps_without_registers() {
    let clock = fixture(&Budget::own());
    // a look-up table and a chain; the multiplier without registers counts as three, with the XOR behind it
    assert_eq!(["sum", "loose", "deep.R"].map(|end| family(&clock, end).levels), [3, 4, 1]);
    assert_eq!(family(&clock, "wired").muxes, 2);
    assert_eq!(family(&clock, "loose").logic, 223 + 3000 + 43 + 20);
    assert_eq!(clock.by_levels.values().sum::<usize>(), clock.endpoints);
}

#[test]
fn registers_behind_rams_are_packed_if_nothing_stands_between() {
    let clock = fixture(&Budget::own());
    assert_eq!(clock.packed, [18, 0, 0]);
    let state = |ram: &str| clock.rams.iter().find(|r| r.ram.starts_with(ram)).expect("a RAM").register;
    assert_eq!((state("memory"), state("other")), (OutputRegister::Missing, OutputRegister::Packed));
    assert!(clock.families.iter().all(|f| f.end != "other_register"), "the path is inside the RAM");
    let kept = clock.families.iter().find(|f| f.start == "other_register" && f.end == "kept").expect("a family");
    assert_eq!(kept.logic, 622 + 43 + 20, "it starts at the RAM's own register");
    assert_eq!(family(&clock, "word").after_unregistered, Some(1));
    let dsps: Vec<(&str, bool, bool)> = clock.dsps.iter().map(|d| (d.dsp.as_str(), d.registers.m, d.registers.p)).collect();
    assert!(dsps.iter().any(|d| d.0.starts_with("full") && d.1 && d.2) && dsps.iter().any(|d| d.0.contains("product") && d.1 && !d.2));
}

#[test]
fn registers_of_ultra_rams_and_of_products_in_a_dsp48e2_are_packed() {
    let netlist = Netlist::parse(include_str!("plus.json"), "plus").expect("a netlist");
    let graph = Graph::new(&netlist);
    let clock = measure(&graph, &Budget::own(), CALIBRATED_NET).0;
    // `word`; a1, b1, m and product; and c1 of the product with logic round it
    assert_eq!(clock.packed, [0, 72, 18 + 18 + 36 + 36 + 8]);
    let state = |ram: &str| clock.rams.iter().find(|r| r.ram.starts_with(ram)).expect("a RAM");
    assert_eq!((state("memory").register, state("second").register), (OutputRegister::Packed, OutputRegister::Missing));
    assert_eq!((state("second").levels, family(&clock, "bare").after_unregistered), (1, Some(1)));
    let mut dsps: Vec<[bool; 4]> = clock.dsps.iter().map(|d| [d.registers.a, d.registers.b, d.registers.m, d.registers.p]).collect();
    dsps.sort_unstable();
    assert_eq!(dsps, [[true, false, false, false], [true; 4]]);
    let sum = family(&clock, "sum");
    assert_eq!((sum.levels, sum.carries), (3, 8));
    // a1 is doubled: the one that stays outside still drives `other`
    assert!(clock.families.iter().any(|f| f.start == "a#" && f.end == "other"));
    assert!(clock.families.iter().all(|f| f.end != "word" && f.end != "product" && f.end != "m"), "{:?}", clock.families);
}

#[test]
fn static_registers_hide_nothing_and_are_told_apart() {
    let text = include_str!("../../timing.toml");
    let budget = |registers: &str| {
        let head = text.split("[[static]]").next().expect("a head");
        Budget::parse(&format!("{head}[[static]]\nregisters = [\"{registers}\"]\nreason = \"a test\"\n")).expect("a budget")
    };
    let plain = fixture(&Budget::own());
    let starts = |clock: &Clock, start: &str| clock.families.iter().filter(|f| f.start == start).count();
    assert!(starts(&plain, "row") > 0 && plain.fixed.is_empty());
    let fixed = fixture(&budget("ro*"));
    assert!(starts(&fixed, "row") == 0 && fixed.fixed.iter().all(|f| f.start == "row") && !fixed.fixed.is_empty());
    // `picked` and `small` end paths from other registers too, which row's were in front of
    assert!(fixed.families.iter().any(|f| f.end == "picked"));
    assert_eq!((fixed.stale.len(), fixture(&budget("no_such_register")).stale), (0, vec!["no_such_register".to_string()]));
}

/// Engine of 4 columns with small memories, in the packed form of 7 series.
fn small_engine() -> Subject {
    let config = contract::engine::EngineConfig {
        activation_rows: 1024,
        squeeze_rows: 2048,
        weight_words: 8192,
        table_entries: 512,
        layers: 16,
        frame_words: 512,
        accumulator_pixels: 64,
        segment_accumulator_pixels: 64,
        pool_pixels: 16,
        ..contract::engine::EngineConfig::standard(4)
    };
    // kc705's styles, with which its large memories are many arrays
    let memory = find::find("kc705", None).expect("a board of the repository").file.target.memory;
    Subject::engine(&config, &Target { dsp: DspForm::Dsp48e1, memory }, hdl::board::file::Family::Series7)
}

/// Nothing of `subject` exceeds the budget.
fn keeps_within(subject: &Subject) {
    let synthesiser = match Yosys::find_by_delay(None).and_then(Synthesiser::with) {
        Ok(synthesiser) => synthesiser,
        Err(e) => return eprintln!("SKIPPED: {e}"),
    };
    let budget = Budget::own();
    // the engine's look-up tables are told from the shell's by the modules
    let modules = subject.board.as_ref().map(|_| Synthesiser::from_environment().unwrap_or_else(|e| panic!("{e}")));
    let job = Job { modules: modules.as_ref(), flat: Some(&synthesiser), budget: &budget, net: CALIBRATED_NET, router: None };
    let report = report(subject, &job, &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    let flat = report.flat.as_ref().expect("it was asked for");
    assert!(flat.clock.endpoints > 20_000 && flat.usage.dsps > 300, "an engine was measured");
    assert!(flat.over_budget.is_empty(), "{} over the budget:\n{}", subject.name, flat.over_budget.join("\n"));
    assert_eq!(report.findings, Vec::<String>::new());
}

#[test]
fn an_engine_of_four_columns_keeps_within_the_budget() {
    keeps_within(&small_engine());
}

fn board(name: &str) {
    let board = find::find(name, None).expect("a board of the repository");
    let config = board.file.config().expect("a configuration");
    keeps_within(&Subject::board(&board, &config).expect("a board"));
}

#[test]
#[ignore = "tens of minutes"]
fn kc705_keeps_within_the_budget() {
    board("kc705");
}

#[test]
#[ignore = "tens of minutes"]
fn acorn_keeps_within_the_budget() {
    board("acorn-cle215");
}

#[test]
#[ignore = "tens of minutes"]
fn kcu116_keeps_within_the_budget() {
    board("kcu116");
}
