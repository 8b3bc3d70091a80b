//! Reports as a Markdown page: `docs/boards.md`.

use super::table::{bar, form, levels, ns, percent, registers, speed};
use super::{Flat, Report, CAVEAT, CLOCK_CAVEAT};
use crate::synth::packing::OutputRegister;
use crate::synth::usage::{Tree, Usage, RESOURCES};
use std::fmt::Write;

/// Levels of the hierarchy that the page shows.
const DEPTH: usize = 4;

/// The first line of the page.
pub const MARKER: &str =
    "<!-- Made by `cargo run --release -p hdl -- report --all --hierarchical --format markdown --out docs/boards.md`; do not edit. -->";

const PREFACE: &str = "\
# Boards: what the engine takes of each part

Every board of `constraints/`, synthesised with Yosys as it is generated: the shell with the engine in it. The XDMA IP is not
part of it; what it takes is the reserve of the board's `board.toml` and is counted in the shares. `hdl report --board NAME`
shows a board alone, with any engine, and flattens it too; [clock](clock.md) has what that says of the clock.

Checked for each: no latches, no combinational loops, no net driven twice, no black boxes; DSPs, block RAMs and UltraRAMs as many
as the configuration asks for, distributed RAM within its limit; and the part holds all of it.";

/// One page for all `reports`, with `families` of each one's paths if it was flattened.
pub fn page(reports: &[Report], families: usize) -> String {
    let mut out = format!("{MARKER}\n{PREFACE}\n\n");
    if let Some(yosys) = reports.first().and_then(|report| report.yosys.as_ref()) {
        let _ = writeln!(out, "{yosys}. {CAVEAT}\n"); // the text is a String
    }
    out += "| board | part | columns | MHz | frames/s | DSP | LUT | FF | BRAM36 | URAM | checks |\n|---|---|---|---|---|---|---|---|---|---|---|\n";
    for r in reports {
        let cell = |of: fn(&Usage) -> u64, halves: bool| {
            let (used, there) = (of(&r.usage()) + r.reserve.map_or(0, |u| of(&u)), r.capacity.map_or(0, |u| of(&u)));
            let shown = if halves { format!("{:.1}", used as f64 / 2.0) } else { used.to_string() };
            if there == 0 {
                shown
            } else {
                format!("{shown} ({}%)", percent(used, there))
            }
        };
        let number = |n: Option<f64>| n.map_or_else(|| "-".into(), |n| format!("{n:.0}"));
        let _ = writeln!(
            out,
            "| [{}](#{}) | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            r.name,
            r.name,
            r.part.as_deref().unwrap_or(r.family),
            r.config.columns,
            number(r.engine_mhz),
            number(r.frames_per_second()),
            cell(|u| u.dsps, false),
            cell(|u| u.luts, false),
            cell(|u| u.ffs, false),
            cell(|u| u.ram18, true),
            cell(|u| u.urams, false),
            if r.findings.is_empty() { "all hold".into() } else { format!("{} findings", r.findings.len()) },
        );
    }
    reports.iter().for_each(|report| section(&mut out, report, families));
    out
}

/// What is said of one board, without the page round it.
pub fn board(report: &Report, families: usize) -> String {
    let mut out = String::new();
    section(&mut out, report, families);
    out.trim_start().into()
}

fn section(out: &mut String, r: &Report, families: usize) {
    let _ = writeln!(out, "\n## {}\n\n{}. Multipliers: {}. {}.\n", r.name, r.title.as_deref().unwrap_or(r.family), form(r), speed(r));
    out.push_str("```\n");
    for (name, of) in RESOURCES {
        let (used, reserve, there) = (of(&r.usage()), r.reserve.map_or(0, |u| of(&u)), r.capacity.map_or(0, |u| of(&u)));
        if there > 0 {
            let _ = writeln!(
                out,
                "{name:<14}{} {:>3}%  {used} + XDMA {reserve} of {there}",
                bar(used, reserve, there),
                percent(used + reserve, there)
            );
        } else if used > 0 {
            let _ = writeln!(out, "{name:<14}{used}");
        }
    }
    out.push_str("```\n");
    if let Some(modules) = &r.tree {
        out.push_str("\n| module | DSP | LUT | as memory | FF | BRAM36 | URAM |\n|---|---|---|---|---|---|---|\n");
        if let Some(reserve) = &r.reserve {
            row(out, "XDMA (board.toml)", reserve);
        }
        tree(out, modules, 0);
        if let Some(flat) = &r.flat {
            row(out, "the same flattened", &flat.usage);
        }
    }
    if let Some(flat) = &r.flat {
        clock(out, flat, families);
    }
    if !r.findings.is_empty() {
        out.push_str("\nFindings:\n\n");
        r.findings.iter().for_each(|f| {
            let _ = writeln!(out, "- {f}");
        });
    }
}

fn clock(out: &mut String, flat: &Flat, shown: usize) {
    let clock = &flat.clock;
    let _ = writeln!(out, "\n`{}`, {}. {CLOCK_CAVEAT}\n", flat.top, flat.yosys);
    let _ = writeln!(
        out,
        "{} endpoints; by levels {}. {} of {} families:\n",
        clock.endpoints,
        levels(clock),
        shown.min(clock.families.len()),
        clock.families.len()
    );
    let _ = writeln!(
        out,
        "| start | end | levels | LUT | carry | endpoints | logic ns | + {:.2} a net | + 0.50 |\n|---|---|---|---|---|---|---|---|---|",
        ns(clock.net)
    );
    for f in clock.families.iter().take(shown) {
        let (logic, estimate, estimate_500) = (ns(f.logic), ns(f.estimate), ns(f.estimate_500));
        let _ = writeln!(
            out,
            "| `{}` | `{}` | {} | {} | {} | {} | {logic:.2} | {estimate:.2} | {estimate_500:.2} |",
            f.start, f.end, f.levels, f.luts, f.carries, f.endpoints
        );
    }
    let [block, ultra, dsp] = clock.packed;
    let _ = writeln!(out, "\nPacked by place and route: {block} flip-flops into block RAMs, {ultra} into UltraRAMs, {dsp} into DSP48E2s.");
    let bare: usize = clock.rams.iter().filter(|ram| ram.register == OutputRegister::Missing).map(|ram| ram.count).sum();
    let ports: usize = clock.rams.iter().map(|ram| ram.count).sum();
    let _ = writeln!(out, "Of {ports} RAM ports that are read, {bare} have no output register.\n");
    out.push_str("| DSPs | | registers |\n|---|---|---|\n");
    clock.dsps.iter().for_each(|dsp| {
        let _ = writeln!(out, "| {} | `{}` | {} |", dsp.count, dsp.dsp, registers(dsp));
    });
    if !clock.loaded.is_empty() {
        out.push_str("\n| loads | net | driver | |\n|---|---|---|---|\n");
        for net in clock.loaded.iter().take(shown) {
            let _ = writeln!(
                out,
                "| {} | `{}` | {} | {} |",
                net.loads,
                net.net,
                net.driver,
                if net.fixed { "between layers only" } else { "" }
            );
        }
    }
    if !flat.over_budget.is_empty() {
        let _ = writeln!(out, "\nOver the budget ({}):\n", flat.over_budget.len());
        flat.over_budget.iter().take(shown).for_each(|sentence| {
            let _ = writeln!(out, "- {sentence}");
        });
    }
    if let Some(routed) = &flat.routed {
        let _ = writeln!(out, "\nPlaced and routed alone for {} (nextpnr):\n", routed.device);
        for clock in &routed.clocks {
            let _ = writeln!(out, "- {:.1} MHz of {} asked for: `{}`", clock.achieved, clock.asked, clock.net);
        }
        if let Some(path) = &routed.path {
            let modules: Vec<String> = path.modules.iter().map(|(module, delay)| format!("{delay:.2} ns in `{module}`")).collect();
            let _ = writeln!(out, "- critical path: {:.2} ns in cells, {:.2} ns in wires; {}", path.logic, path.wires, modules.join(", "));
        }
    }
}

fn row(out: &mut String, name: &str, u: &Usage) {
    let _ =
        writeln!(out, "| {name} | {} | {} | {} | {} | {:.1} | {} |", u.dsps, u.luts, u.lutram_luts, u.ffs, u.ram18 as f64 / 2.0, u.urams);
}

fn tree(out: &mut String, node: &Tree, depth: usize) {
    let count = if node.count > 1 { format!("{} x ", node.count) } else { String::new() };
    row(out, &format!("{}{count}`{}`", "&emsp;".repeat(depth), node.module), &node.usage);
    if depth + 1 < DEPTH {
        node.children.iter().filter(|c| c.usage != Usage::default()).for_each(|child| tree(out, child, depth + 1));
    }
}
