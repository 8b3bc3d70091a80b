//! A report on a terminal.

use super::{Report, CAVEAT, CLOCK_CAVEAT};
use crate::synth::clock::{Clock, DspUse, Family, RamOutputs};
use crate::synth::packing::OutputRegister;
use crate::synth::route::Routed;
use crate::synth::usage::{Tree, Usage, RESOURCES};
use std::fmt::Write;

/// Cells of a bar.
const BAR: u64 = 30;

/// Levels of the hierarchy that are shown: board, engine, its blocks, theirs.
const DEPTH: usize = 5;

/// Nets and resets that are shown.
const NETS: usize = 15;

/// The report as text, 120 columns wide but for names; `families` of the paths.
pub fn table(report: &Report, families: usize) -> String {
    let mut out = String::new();
    let head = match (&report.title, &report.part) {
        (Some(title), Some(part)) => format!("{}: {title}, {part}", report.name),
        _ => report.name.clone(),
    };
    line(&mut out, format!("{head}; {} columns, multipliers {}", report.config.columns, form(report)));
    line(&mut out, speed(report));
    line(&mut out, String::new());
    let total = report.usage();
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
    if let Some(modules) = &report.tree {
        line(&mut out, format!("\n  {:<46}{:>6}{:>9}{:>9}{:>9}{:>9}{:>6}", "module", "DSP", "LUT", "memory", "FF", "BRAM36", "URAM"));
        if let Some(reserve) = &report.reserve {
            row(&mut out, "XDMA (board.toml)", reserve);
        }
        tree(&mut out, modules, 0);
        if let Some(flat) = &report.flat {
            row(&mut out, "the same flattened", &flat.usage);
        }
    }
    if let Some(flat) = &report.flat {
        clock(&mut out, &flat.clock, families);
        list(&mut out, "over the budget", &flat.over_budget);
        if let Some(routed) = &flat.routed {
            placed(&mut out, routed);
        }
    }
    match report.findings.len() {
        0 => {
            let fits = if report.capacity.is_some() { "; it fits" } else { "" };
            let counts = if report.tree.is_some() { "; counts as expected" } else { "" };
            line(&mut out, format!("\n  Every check holds: no latch, loop, second driver or black box{counts}{fits}."));
        }
        _ => list(&mut out, "findings", &report.findings),
    }
    if let Some(yosys) = &report.yosys {
        line(&mut out, format!("\n  Modules: {yosys}. {CAVEAT}"));
    }
    if let Some(flat) = &report.flat {
        line(&mut out, format!("\n  Clock: {}. {CLOCK_CAVEAT}", flat.yosys));
    }
    out
}

fn list(out: &mut String, what: &str, sentences: &[String]) {
    if !sentences.is_empty() {
        line(out, format!("\n  {} {what}:", sentences.len()));
        sentences.iter().for_each(|sentence| line(out, format!("  - {sentence}")));
    }
}

fn clock(out: &mut String, clock: &Clock, shown: usize) {
    line(out, format!("\n  Paths: {} endpoints; by levels {}", clock.endpoints, levels(clock)));
    let [block, ultra, dsp] = clock.packed;
    line(out, format!("  Packed by place and route: {block} flip-flops into block RAMs, {ultra} into UltraRAMs, {dsp} into DSP48E2s"));
    let estimate = format!("+{:.2}", ns(clock.net));
    line(
        out,
        format!(
            "\n  {:>6}{:>7}{:>7} {:>6}{:>5}{:>6}{:>5}{:>8}  family of paths",
            "logic", estimate, "+0.50", "levels", "LUT", "carry", "mux", "ends"
        ),
    );
    let family = |f: &Family| {
        format!(
            "  {:>6.2}{:>7.2}{:>7.2} {:>6}{:>5}{:>6}{:>5}{:>8}  {} -> {}",
            ns(f.logic),
            ns(f.estimate),
            ns(f.estimate_500),
            f.levels,
            f.luts,
            f.carries,
            f.muxes,
            f.endpoints,
            f.start,
            f.end
        )
    };
    clock.families.iter().take(shown).for_each(|f| line(out, family(f)));
    more(out, clock.families.len(), shown);
    if !clock.fixed.is_empty() {
        line(out, "\n  From registers that change between layers only (not judged):".into());
        clock.fixed.iter().take(shown.div_ceil(3)).for_each(|f| line(out, family(f)));
        more(out, clock.fixed.len(), shown.div_ceil(3));
    }
    if !clock.loaded.is_empty() {
        line(out, format!("\n  Nets of more than {} loads, clocks apart:", crate::synth::clock::LOADS_SHOWN));
        for net in clock.loaded.iter().take(NETS) {
            let pins: Vec<String> = net.pins.iter().take(3).map(|(pin, count)| format!("{count} {pin}")).collect();
            let fixed = if net.fixed { "; between layers only" } else { "" };
            line(out, format!("  {:>7}  {} ({}) -> {}{fixed}", net.loads, net.net, net.driver, pins.join(", ")));
        }
        more(out, clock.loaded.len(), NETS);
    }
    if !clock.resets.is_empty() {
        line(out, "\n  Sets and resets by their flip-flops:".into());
        for reset in clock.resets.iter().take(NETS) {
            line(out, format!("  {:>7}  {} ({})", reset.flip_flops, reset.net, reset.driver));
        }
        more(out, clock.resets.len(), NETS);
    }
    let rams: Vec<&RamOutputs> = clock.rams.iter().filter(|ram| ram.register == OutputRegister::Missing).collect();
    if !rams.is_empty() {
        line(out, "\n  RAM ports without an output register, and the most levels behind one:".into());
        rams.iter()
            .take(shown)
            .for_each(|ram| line(out, format!("  {:>7}  {} port {}: {} levels", ram.count, ram.ram, ram.port, ram.levels)));
        more(out, rams.len(), shown);
    }
    if !clock.dsps.is_empty() {
        line(out, "\n  Registers of the DSPs:".into());
        clock.dsps.iter().take(shown).for_each(|dsp| line(out, format!("  {:>7}  {}: {}", dsp.count, dsp.dsp, registers(dsp))));
    }
}

/// `0: 210220, 1: 69466`.
pub(super) fn levels(clock: &Clock) -> String {
    clock.by_levels.iter().map(|(levels, count)| format!("{levels}: {count}")).collect::<Vec<_>>().join(", ")
}

/// `A B M, not P`.
pub(super) fn registers(dsp: &DspUse) -> String {
    let all = [("A", dsp.registers.a), ("B", dsp.registers.b), ("M", dsp.registers.m), ("P", dsp.registers.p)];
    let names = |used: bool| all.iter().filter(|(_, has)| *has == used).map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
    match (names(true), names(false)) {
        (used, unused) if unused.is_empty() => used,
        (used, unused) if used.is_empty() => format!("none of {unused}"),
        (used, unused) => format!("{used}, not {unused}"),
    }
}

fn more(out: &mut String, all: usize, shown: usize) {
    if all > shown {
        line(out, format!("  ... {} more (--format json has all)", all - shown));
    }
}

fn placed(out: &mut String, routed: &Routed) {
    line(out, format!("\n  Placed and routed for {} with nextpnr, alone on the chip, its ports unplaced:", routed.device));
    for clock in &routed.clocks {
        line(out, format!("  {:>7.1} MHz of {} asked for: {}", clock.achieved, clock.asked, clock.net));
    }
    let Some(path) = &routed.path else { return };
    line(out, format!("  Critical path, {}: {:.2} ns in cells, {:.2} ns in wires", path.from, path.logic, path.wires));
    path.modules.iter().for_each(|(module, delay)| line(out, format!("  {delay:>7.2} ns in {module}")));
    for part in &path.segments {
        let net = part.net.as_ref().map_or_else(String::new, |net| format!(" along {net}"));
        line(out, format!("    {:>5.2}  {:<9} {} -> {}{net}", part.delay, part.kind, part.from, part.to));
    }
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
