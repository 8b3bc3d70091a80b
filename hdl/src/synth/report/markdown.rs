//! Reports as a Markdown page: `docs/boards.md`.

use super::table::{bar, form, ns, percent, speed};
use super::{Report, CAVEAT};
use crate::synth::usage::{Tree, Usage, RESOURCES};
use std::fmt::Write;

/// Levels of the hierarchy that the page shows.
const DEPTH: usize = 4;

/// The first line of the page.
pub const MARKER: &str =
    "<!-- Made by `cargo run --release -p hdl -- report --all --format markdown --out docs/boards.md`; do not edit. -->";

const PREFACE: &str = "\
# Boards: what the engine takes of each part

Every board of `constraints/`, synthesised with Yosys as it is generated: the shell with the engine in it. The XDMA IP is not
part of it; what it takes is the reserve of the board's `board.toml` and is counted in the shares. `hdl report --board NAME`
shows a board alone, with any engine; `hdl report --help` has the rest.

Checked for each: no latches, no combinational loops, no net driven twice, no black boxes; DSPs, block RAMs and UltraRAMs as many
as the configuration asks for, distributed RAM within its limit; and the part holds all of it.";

/// One page for all `reports`.
pub fn page(reports: &[Report]) -> String {
    let mut out = format!("{MARKER}\n{PREFACE}\n\n");
    if let Some(report) = reports.first() {
        let _ = writeln!(out, "{}. {CAVEAT}\n", report.yosys); // the text is a String
    }
    out += "| board | part | columns | MHz | frames/s | DSP | LUT | FF | BRAM36 | URAM | checks |\n|---|---|---|---|---|---|---|---|---|---|---|\n";
    for r in reports {
        let cell = |of: fn(&Usage) -> u64, halves: bool| {
            let (used, there) = (of(&r.tree.usage) + r.reserve.map_or(0, |u| of(&u)), r.capacity.map_or(0, |u| of(&u)));
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
    reports.iter().for_each(|report| section(&mut out, report));
    out
}

fn section(out: &mut String, r: &Report) {
    let _ = writeln!(out, "\n## {}\n\n{}. Multipliers: {}. {}.\n", r.name, r.title.as_deref().unwrap_or(r.family), form(r), speed(r));
    out.push_str("```\n");
    for (name, of) in RESOURCES {
        let (used, reserve, there) = (of(&r.tree.usage), r.reserve.map_or(0, |u| of(&u)), r.capacity.map_or(0, |u| of(&u)));
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
    out.push_str("```\n\n| module | DSP | LUT | as memory | FF | BRAM36 | URAM |\n|---|---|---|---|---|---|---|\n");
    if let Some(reserve) = &r.reserve {
        row(out, "XDMA (board.toml)", reserve);
    }
    tree(out, &r.tree, 0);
    out.push_str("\nLongest paths, by rough delay:\n\n| levels | about | from | to | through |\n|---|---|---|---|---|\n");
    for p in &r.paths {
        let _ = writeln!(out, "| {} | {:.1} ns | `{}` | `{}` | {} |", p.levels, ns(p.picoseconds), p.start, p.end, p.through);
    }
    if !r.findings.is_empty() {
        out.push_str("\nFindings:\n\n");
        r.findings.iter().for_each(|f| {
            let _ = writeln!(out, "- {f}");
        });
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
