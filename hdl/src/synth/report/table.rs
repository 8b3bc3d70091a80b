//! A report on a terminal.

use super::{Report, CAVEAT};
use crate::synth::usage::{Tree, Usage, RESOURCES};
use std::fmt::Write;

/// Cells of a bar.
const BAR: u64 = 30;

/// Levels of the hierarchy that are shown: board, engine, its blocks, theirs.
const DEPTH: usize = 5;

/// The report as text, 120 columns wide.
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    let head = match (&report.title, &report.part) {
        (Some(title), Some(part)) => format!("{}: {title}, {part}", report.name),
        _ => report.name.clone(),
    };
    line(&mut out, format!("{head}; {} columns, multipliers {}", report.config.columns, form(report)));
    line(&mut out, speed(report));
    line(&mut out, String::new());
    let total = report.tree.usage;
    for (name, of) in RESOURCES {
        let used = of(&total);
        match (&report.capacity, &report.reserve) {
            (Some(capacity), Some(reserve)) => {
                let (there, xdma) = (of(capacity), of(reserve));
                if there > 0 || used > 0 {
                    line(
                        &mut out,
                        format!(
                            "  {name:<14} {:>8} of {there:>8}  {}  {:>4}%",
                            used + xdma,
                            bar(used, xdma, there),
                            percent(used + xdma, there)
                        ),
                    );
                }
            }
            _ => line(&mut out, format!("  {name:<14} {used:>8}")),
        }
    }
    if report.capacity.is_some() {
        line(&mut out, "  # the design, x the XDMA IP, ! beyond the part".into());
    }
    line(&mut out, format!("\n  {:<46}{:>6}{:>9}{:>9}{:>9}{:>9}{:>6}", "module", "DSP", "LUT", "memory", "FF", "BRAM36", "URAM"));
    if let Some(reserve) = &report.reserve {
        row(&mut out, "XDMA (board.toml)", reserve);
    }
    tree(&mut out, &report.tree, 0);
    line(&mut out, "\n  Longest paths, by rough delay:".into());
    for path in &report.paths {
        line(
            &mut out,
            format!(
                "  {:>2} levels, about {:>4.1} ns: {} -> {} ({})",
                path.levels,
                ns(path.picoseconds),
                path.start,
                path.end,
                path.through
            ),
        );
    }
    match report.findings.len() {
        0 => {
            let fits = if report.capacity.is_some() { "; it fits" } else { "" };
            line(&mut out, format!("\n  Every check holds: no latch, loop, second driver or black box; counts as expected{fits}."));
        }
        n => {
            line(&mut out, format!("\n  {n} findings:"));
            report.findings.iter().for_each(|f| line(&mut out, format!("  - {f}")));
        }
    }
    line(&mut out, format!("\n  {}. {CAVEAT}", report.yosys));
    out
}

/// What the array's multipliers are.
pub(super) fn form(report: &Report) -> &'static str {
    match report.target.dsp {
        crate::target::DspForm::Single => "one product each",
        crate::target::DspForm::Dsp48e1 => "two products in a DSP48E1",
        crate::target::DspForm::Dsp48e2 => "two products in a DSP48E2",
    }
}

/// A sentence on frames a second.
pub(super) fn speed(report: &Report) -> String {
    let bits = match report.config.weight_bits {
        8 => String::new(),
        bits => format!(", quantised to {bits} bits a weight (`ember quantize --weight-bits {bits}`)"),
    };
    match (report.cycles, report.frames_per_second(), report.engine_mhz) {
        (Some(cycles), Some(frames), Some(mhz)) => {
            format!(
                "SqueezeNet v1.1 at 227x227{bits}: {cycles} cycles a frame, {frames:.0} frames a second at {mhz} MHz ({})",
                report.basis.unwrap_or("estimate")
            )
        }
        (Some(cycles), ..) => format!("SqueezeNet v1.1 at 227x227{bits}: {cycles} cycles a frame"),
        (None, ..) => format!("SqueezeNet v1.1 at 227x227 does not run on it: {}", report.model.as_deref().unwrap_or("unknown")),
    }
}

fn line(out: &mut String, text: String) {
    let _ = writeln!(out, "{}", text.trim_end()); // the text is a String
}

pub(super) fn ns(picoseconds: u32) -> f64 {
    f64::from(picoseconds) / 1000.0
}

pub(super) fn percent(used: u64, there: u64) -> String {
    if there == 0 {
        return "-".into();
    }
    format!("{:.0}", 100.0 * used as f64 / there as f64)
}

/// `[#####xx......]`; what is beyond the part ends in `!`.
pub(super) fn bar(used: u64, reserve: u64, there: u64) -> String {
    let cells = |n: u64| (n * BAR).div_ceil(there.max(1)).min(BAR) as usize;
    let (own, all) = (cells(used), cells(used + reserve));
    let mut text: String = "#".repeat(own) + &"x".repeat(all - own) + &".".repeat(BAR as usize - all);
    if used + reserve > there {
        text.replace_range(BAR as usize - 1.., "!");
    }
    format!("[{text}]")
}

fn row(out: &mut String, name: &str, u: &Usage) {
    let blocks = u.ram18 as f64 / 2.0;
    line(out, format!("  {name:<46}{:>6}{:>9}{:>9}{:>9}{:>9.1}{:>6}", u.dsps, u.luts, u.lutram_luts, u.ffs, blocks, u.urams));
}

fn tree(out: &mut String, node: &Tree, depth: usize) {
    let count = if node.count > 1 { format!("{} x ", node.count) } else { String::new() };
    row(out, &format!("{}{count}{}", "  ".repeat(depth), node.module), &node.usage);
    if depth + 1 < DEPTH {
        // wires alone are not worth a line
        node.children.iter().filter(|c| c.usage != Usage::default()).for_each(|child| tree(out, child, depth + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_when_the_part_is() {
        assert_eq!(bar(0, 0, 100), format!("[{}]", ".".repeat(30)));
        assert_eq!(bar(100, 0, 100), format!("[{}]", "#".repeat(30)));
        assert_eq!(bar(50, 10, 100), format!("[{}{}{}]", "#".repeat(15), "x".repeat(3), ".".repeat(12)));
        assert!(bar(90, 11, 100).ends_with("!]"));
        assert_eq!(percent(1, 0), "-");
    }
}
