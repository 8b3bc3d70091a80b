//! What must not be in a netlist. Every finding is one sentence that names module and net.

use super::expect::Expectation;
use super::graph::{Driver, Graph};
use super::netlist::Netlist;
use super::primitive::Primitive;
use super::timing::Timing;
use super::usage::{Tree, Usage, RESOURCES};
use std::collections::BTreeMap;

/// Latches, by the net that each holds.
pub fn latches(netlist: &Netlist) -> Vec<String> {
    let mut found = vec![];
    for (name, module) in &netlist.modules {
        let latches = module.cells.iter().filter(|c| Primitive::of(&c.kind) == Some(Primitive::Latch) || c.kind.contains("DLATCH"));
        for cell in latches {
            found.push(format!("{name}: {} is held by a latch ({}); give it a value on every path", module.cell_name(cell), cell.kind));
        }
    }
    found
}

/// Cells that are neither a module of the design nor a primitive of the part.
pub fn black_boxes(netlist: &Netlist) -> Vec<String> {
    let mut found = vec![];
    for (name, module) in &netlist.modules {
        let mut kinds: BTreeMap<&str, (usize, String)> = BTreeMap::new();
        for cell in module.cells.iter().filter(|c| !netlist.modules.contains_key(&*c.kind)) {
            // latches have a check of their own
            if Primitive::of(&cell.kind).is_none() && !cell.kind.contains("DLATCH") {
                kinds.entry(&cell.kind).or_insert_with(|| (0, module.cell_name(cell))).0 += 1;
            }
        }
        for (kind, (count, first)) in kinds {
            found.push(format!("{name}: {count} cells of type {kind}, first at {first}, are neither a module nor a primitive of the part"));
        }
    }
    found
}

/// Nets with more than one driver, across all modules.
pub fn conflicts(graph: &Graph) -> Vec<String> {
    let name = |driver: &Option<Driver>| match driver {
        Some(d) => format!("{} of {}", graph.driven_name(*d), graph.path(d.node)),
        None => "an input of the design".into(),
    };
    let sentence = |(first, second): &(Option<Driver>, Option<Driver>)| {
        let module = second.or(*first).map_or("the design", |d| graph.module(d.node));
        format!("{module}: a net is driven twice, by {} and by {}", name(first), name(second))
    };
    graph.conflicts.iter().map(sentence).collect()
}

/// Combinational loops, across all modules.
pub fn loops(timing: &Timing) -> Vec<String> {
    let graph = timing.graph;
    const SHOWN: usize = 6;
    let sentence = |around: &Vec<Driver>| {
        let mut nets: Vec<String> = around.iter().map(|d| graph.path(d.node)).collect();
        nets.dedup();
        let (length, module) = (nets.len(), around.first().map_or("the design", |d| graph.module(d.node)));
        nets.truncate(SHOWN);
        let more = if length > SHOWN { ", ..." } else { "" };
        format!("{module}: a combinational loop of {length} cells through {}{more}", nets.join(", "))
    };
    timing.loops.iter().map(sentence).collect()
}

/// Warnings of Yosys's `check`: several drivers, loops and undriven nets in the design as it was written.
pub fn said(text: &str) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    let mut open = false;
    for line in text.lines() {
        if let Some(warning) = line.strip_prefix("Warning: ") {
            found.push(warning.trim_end_matches(':').replace('\\', ""));
            open = true;
        } else if open && line.starts_with("    ") {
            let last = found.last_mut().expect("a warning is open");
            *last += &format!(", {}", line.trim().replace('\\', ""));
        } else {
            open = false;
        }
    }
    found
}

/// Counts that are not as the configuration wants them.
pub fn counts(tree: &Tree, netlist: &Netlist, expected: &Expectation) -> Vec<String> {
    let lanes = tree.sum(&|m| m.starts_with("ember_lane")).dsps;
    let array = tree.sum(&|m| m == "ember_array").dsps - lanes;
    let other = tree.usage.dsps - array - lanes;
    let instances = netlist.instances();
    let distributed: u64 = netlist
        .modules
        .iter()
        .flat_map(|(name, m)| m.cells.iter().map(|c| (instances.get(name.as_str()).copied().unwrap_or(0), &*c.kind)))
        .map(|(count, kind)| if let Some(Primitive::LutRam { luts }) = Primitive::of(kind) { count * luts } else { 0 })
        .sum();
    let mut found = vec![];
    let mut expect = |ok: bool, what: &str, is: u64, wanted: String| {
        if !ok {
            found.push(format!("{}: {what}: {is}, expected {wanted}", tree.module));
        }
    };
    expect(array == expected.array_dsps, "DSPs of the array", array, expected.array_dsps.to_string());
    expect(lanes == expected.lane_dsps, "DSPs of the requantising lanes", lanes, expected.lane_dsps.to_string());
    expect(other <= expected.other_dsps, "DSPs outside the array", other, format!("at most {}", expected.other_dsps));
    let blocks = tree.usage.ram18;
    let (least, most) = (expected.ram18.start(), expected.ram18.end());
    expect(expected.ram18.contains(&blocks), "block RAMs of 18 Kibit", blocks, format!("{least} to {most}"));
    let urams = tree.usage.urams;
    let (least, most) = (expected.urams.start(), expected.urams.end());
    let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
    expect(expected.urams.contains(&urams), "UltraRAMs", urams, wanted);
    expect(
        distributed <= expected.lutram_luts,
        "look-up tables of distributed RAM",
        distributed,
        format!("at most {}", expected.lutram_luts),
    );
    found
}

/// Resources of which the design and what else is on the part take more than there is.
pub fn capacity(used: Usage, reserve: Usage, capacity: Usage, part: &str) -> Vec<String> {
    let mut found = vec![];
    for (name, of) in RESOURCES {
        let (needed, there) = (of(&used) + of(&reserve), of(&capacity));
        if needed > there {
            let beside = if of(&reserve) > 0 { format!(" beside {} for XDMA", of(&reserve)) } else { String::new() };
            found.push(format!(
                "{part} has {there} {name}, {} too few: the design takes {}{beside}; choose fewer columns or smaller memories",
                needed - there,
                of(&used)
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_joined_with_their_details() {
        let text = "Checking module \\top...\nWarning: multiple conflicting drivers for top.\\y:\n    port Q[0] of cell $a ($dff)\n    module input a[0]\n\
                    Warning: Wire top.\\z is used but has no driver.\nFound and reported 2 problems.\n";
        let found = said(text);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0], "multiple conflicting drivers for top.y, port Q[0] of cell $a ($dff), module input a[0]");
        assert!(found[1].contains("top.z is used but has no driver"));
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_excess() {
        let usage = |luts, dsps| Usage { luts, dsps, ..Usage::default() };
        assert_eq!(capacity(usage(90, 5), usage(10, 0), usage(100, 5), "p"), Vec::<String>::new());
        let found = capacity(usage(95, 6), usage(10, 0), usage(100, 5), "xc7a200t");
        assert_eq!(found.len(), 2);
        assert!(
            found[0].starts_with("xc7a200t has 5 DSP, 1 too few") && found[1].starts_with("xc7a200t has 100 LUT, 5 too few"),
            "{found:?}"
        );
        assert!(found[1].contains("beside 10 for XDMA"));
    }
}
