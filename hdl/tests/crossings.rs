//! The list of clock crossings against the Verilog: Yosys flattens it, and every register whose value depends on a
//! register of the other clock must be in the list, with a constraint; and the other way round.
//!
//! Planted crossings, logic before a synchroniser, missing constraints and attributes are found. Skipped, with a
//! message, where there is no Yosys.

mod netlist;

use contract::engine::EngineConfig;
use hdl::shell::{constraints, crossings, Crossing, Domain, Kind};
use netlist::{Element, Netlist};
use std::collections::BTreeSet;

/// Small enough to be flattened quickly; the crossings do not depend on it.
fn engine() -> EngineConfig {
    EngineConfig {
        columns: 4,
        activation_rows: 64,
        squeeze_rows: 64,
        weight_words: 64,
        table_entries: 64,
        layers: 4,
        frame_words: 64,
        accumulator_pixels: 16,
        segment_accumulator_pixels: 16,
        line_pixels: 16,
        pool_pixels: 16,
        ..EngineConfig::standard(4)
    }
}

fn generate(stream_bits: usize) -> Vec<(String, String)> {
    hdl::generate_shell(&engine(), &Default::default(), stream_bits).expect("a width of the XDMA")
}

/// The domain of a port: all but the two asynchronous ones and the engine's belong to the streams.
fn domain(clock: &str) -> Domain {
    match clock {
        "engine_clk" | "busy" => Domain::Engine,
        "engine_locked" => Domain::Pin,
        _ => Domain::Stream,
    }
}

type Found = (Domain, Domain, String, String);

/// Every pair of a source and a sink of different domains.
fn found(netlist: &Netlist) -> BTreeSet<Found> {
    let mut found = BTreeSet::new();
    for sink in &netlist.sinks {
        let to = domain(&sink.element.clock);
        for source in &sink.sources {
            // a pin at an asynchronous reset has no phase, whatever clock it is said to belong to
            let from = if sink.reset && source.is_port { Domain::Pin } else { domain(&source.clock) };
            if from != to {
                found.insert((from, to, source.name.clone(), sink.element.name.clone()));
            }
        }
    }
    found
}

fn listed(list: &[Crossing]) -> BTreeSet<Found> {
    list.iter().map(|c| (c.from, c.to, c.source.clone(), c.destination.clone())).collect()
}

/// What does not agree, one sentence each.
fn problems(netlist: &Netlist, list: &[Crossing], xdc: &str) -> Vec<String> {
    let mut problems = vec![];
    let (found, listed) = (found(netlist), listed(list));
    for (from, to, source, destination) in found.difference(&listed) {
        problems.push(format!("{source} ({from:?}) reaches {destination} ({to:?}) and is not in the list"));
    }
    for (.., source, destination) in listed.difference(&found) {
        problems.push(format!("{source} to {destination} is in the list and not in the Verilog"));
    }
    for crossing in list {
        if !constrained(crossing, xdc) {
            problems.push(format!("{} to {} has no constraint", crossing.source, crossing.destination));
        }
        let synchronised = !matches!(crossing.kind, Kind::Held | Kind::Memory);
        if synchronised && !netlist.async_registers.contains(&crossing.destination) {
            problems.push(format!("{} has no ASYNC_REG", crossing.destination));
        }
        // logic in front of a synchroniser can show it a value that no register ever had
        if matches!(crossing.kind, Kind::Gray | Kind::Level) {
            let sink = netlist.sinks.iter().find(|s| s.element.name == crossing.destination && !s.reset);
            if !sink.is_some_and(|s| s.direct) {
                problems.push(format!("logic stands between {} and {}", crossing.source, crossing.destination));
            }
        }
    }
    for (port, sources) in &netlist.outputs {
        let wrong: Vec<&Element> = sources.iter().filter(|s| domain(&s.clock) != domain(port)).collect();
        if !wrong.is_empty() {
            problems.push(format!("port {port} depends on {wrong:?}"));
        }
    }
    problems
}

/// Whether a line of `xdc` bounds (or, for a reset, frees) exactly this crossing.
fn constrained(crossing: &Crossing, xdc: &str) -> bool {
    let cells = format!("{{{}_reg*", crossing.destination);
    let lines: Vec<&str> = xdc.lines().filter(|line| line.contains(&cells)).collect();
    match (crossing.from.clock(), crossing.to.clock()) {
        (Some(from), Some(to)) => {
            let period = if crossing.kind == Kind::Gray { from } else { to };
            let start = format!("set_max_delay -datapath_only -from ${from}_clock -to [get_cells {cells}}}] ${period}_period");
            lines.iter().any(|line| **line == start)
        }
        _ => lines.iter().any(|line| **line == format!("set_false_path -to [get_pins {cells}/CLR}}]")),
    }
}

/// Swaps the only occurrence of `before` in a file.
fn swap(files: &mut [(String, String)], file: &str, before: &str, after: &str) {
    let (_, text) = files.iter_mut().find(|f| f.0 == file).expect("the file exists");
    assert_eq!(text.matches(before).count(), 1, "{before} in {file}");
    *text = text.replace(before, after);
}

#[test]
fn the_list_is_what_the_verilog_has() {
    let list = crossings();
    // the widths differ in the converters alone, which have one clock
    for stream_bits in [64, 512] {
        let Some(netlist) = netlist::read(&generate(stream_bits)) else { return };
        assert!(netlist.sinks.len() > 1000, "the engine is in it");
        assert_eq!(problems(&netlist, &list, &constraints(&list)), Vec::<String>::new(), "{stream_bits} bits");
    }
}

#[test]
fn a_planted_crossing_is_found() {
    let list = crossings();
    let mut files = generate(64);
    // the interrupt looks at the engine's register without a synchroniser
    swap(&mut files, "ember_shell.v", ".fault(fault_value)", ".fault(engine_fault)");
    let Some(netlist) = netlist::read(&files) else { return };
    let problems = problems(&netlist, &list, &constraints(&list));
    let planted = "u_engine/u_registers/any_error (Engine) reaches u_interrupt/request (Stream) and is not in the list";
    assert!(problems.iter().any(|p| p == planted), "{problems:#?}");
}

#[test]
fn logic_before_a_synchroniser_is_found() {
    let list = crossings();
    let mut files = generate(64);
    swap(&mut files, "ember_shell.v", ".source(engine_fault)", ".source(engine_fault & engine_busy)");
    let Some(netlist) = netlist::read(&files) else { return };
    let problems = problems(&netlist, &list, &constraints(&list));
    assert!(problems.contains(&"logic stands between u_engine/u_registers/any_error and u_fault/first".into()), "{problems:#?}");
    assert!(problems.iter().any(|p| p.contains("reaches u_fault/first (Stream) and is not in the list")), "{problems:#?}");
}

#[test]
fn a_missing_constraint_and_a_missing_attribute_are_found() {
    let list = crossings();
    let mut files = generate(64);
    swap(&mut files, "ember_synchroniser_6.v", "(* ASYNC_REG = \"TRUE\" *) reg [5:0] first", "reg [5:0] first");
    let Some(netlist) = netlist::read(&files) else { return };
    for dropped in &list {
        let others: Vec<Crossing> = list.iter().filter(|c| c.destination != dropped.destination).cloned().collect();
        let problems = problems(&netlist, &list, &constraints(&others));
        let sentence = format!("{} to {} has no constraint", dropped.source, dropped.destination);
        assert!(problems.contains(&sentence), "{problems:#?}");
        assert!(problems.contains(&"u_h2c_fifo/u_read_code/first has no ASYNC_REG".into()), "{problems:#?}");
    }
}
