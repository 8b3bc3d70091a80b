//! What a design is held to: `hdl/timing.toml`. Every excess is one sentence that names the family.

use super::classes;
use super::clock::{Clock, Family};
use super::timing::LevelRule;
use super::usage::Usage;
use crate::board::file::Family as PartFamily;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The budget that the repository has.
const OWN: &str = include_str!("../../timing.toml");

/// The contents of a budget file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Levels of logic.
    pub levels: Levels,
    /// Most delay of the cells of a path in nanoseconds, by family of parts.
    pub logic: BTreeMap<String, f64>,
    /// Loads of nets.
    pub loads: Loads,
    /// DSPs and what stands round them.
    pub dsp: Dsp,
    /// What boards may take of their parts.
    #[serde(default)]
    pub board: BTreeMap<String, Board>,
    /// Registers that change between layers only.
    #[serde(default, rename = "static")]
    pub fixed: Vec<Fixed>,
}

/// Levels of logic.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// Most between two registers.
    pub most: u16,
    /// Most where more than `endpoints` are concerned.
    pub wide: u16,
    /// See `wide`.
    pub endpoints: usize,
    /// Levels of a carry chain.
    pub carry_levels: u16,
    /// `CARRY4` in one.
    pub carry4: u16,
    /// Halves of `CARRY8` in one.
    pub carry8_halves: u16,
    /// Most behind a RAM or DSP without an output register.
    pub after_unregistered: u16,
    /// Most before an operand of a DSP without a register.
    pub before_unregistered: u16,
}

impl Levels {
    /// How levels are counted.
    pub fn rule(&self) -> LevelRule {
        LevelRule { carry_levels: self.carry_levels, carry4: self.carry4, carry8_halves: self.carry8_halves }
    }
}

/// Loads of nets.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loads {
    /// Most of a net that settles in one cycle.
    pub most: usize,
}

/// DSPs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dsp {
    /// Registers that each uses: `a`, `b`, `m`, `p`.
    pub registers: Vec<DspRegister>,
    /// Most flip-flops a DSP.
    pub flip_flops: u64,
}

/// A register of a DSP48.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "their names in the data sheets")]
pub enum DspRegister {
    A,
    B,
    M,
    P,
}

/// What a board may take.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Look-up tables of the engine.
    pub luts: Option<u64>,
    /// Look-up tables with the XDMA's, in percent of the part's.
    pub share: Option<u64>,
    /// DSPs.
    pub dsps: Option<u64>,
}

/// Registers that change between layers only.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// Their classes; `*` stands for anything.
    pub registers: Vec<String>,
    /// Why they are.
    pub reason: String,
}

/// What a design takes, as far as the budget asks.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'a> {
    /// The board's name, if it is one.
    pub board: Option<&'a str>,
    /// The part's family.
    pub family: PartFamily,
    /// The flattened netlist.
    pub usage: Usage,
    /// Look-up tables in it that are not the engine's.
    pub outside: u64,
    /// What the XDMA takes.
    pub reserve: Usage,
    /// What the part has.
    pub capacity: Usage,
    /// It holds an engine, not only a block.
    pub is_engine: bool,
}

impl Budget {
    /// The repository's.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn own() -> Self {
        Self::parse(OWN).expect("timing.toml is held by a test")
    }

    /// Reads a budget file.
    ///
    /// # Errors
    /// One sentence with the place.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }

    /// The entries of [`Budget::fixed`] that a class is of, with or without the type behind its name.
    pub fn fixed_entries<'a>(&'a self, class: &'a str) -> impl Iterator<Item = usize> + 'a {
        let name = class.split(" (").next().unwrap_or(class);
        let is = move |fixed: &Fixed| fixed.registers.iter().any(|pattern| classes::matches(pattern, name));
        self.fixed.iter().enumerate().filter(move |(_, fixed)| is(fixed)).map(|(i, _)| i)
    }

    /// What exceeds the budget, a sentence each.
    pub fn check(&self, clock: &Clock, taken: &Taken) -> Vec<String> {
        let mut found: Vec<String> = clock.families.iter().flat_map(|family| self.family(family, taken.family)).collect();
        for net in clock.loaded.iter().filter(|net| !net.fixed && net.loads > self.loads.most) {
            found.push(format!("{} has {} loads, at most {} are allowed (driven by {})", net.net, net.loads, self.loads.most, net.driver));
        }
        for dsp in &clock.dsps {
            let has = |register| match register {
                DspRegister::P if dsp.registers.drawn_in => true,
                DspRegister::A => dsp.registers.a,
                DspRegister::B => dsp.registers.b,
                DspRegister::M => dsp.registers.m,
                DspRegister::P => dsp.registers.p,
            };
            let missing: Vec<String> = self.dsp.registers.iter().filter(|r| !has(**r)).map(|r| format!("{r:?}")).collect();
            if !missing.is_empty() {
                found.push(format!("{}: {} DSPs do not use the registers {}", dsp.dsp, dsp.count, missing.join(", ")));
            }
        }
        if taken.is_engine {
            found.extend(
                clock
                    .stale
                    .iter()
                    .map(|first| format!("no register is of the entry of [[static]] in the budget that begins with {first:?}")),
            );
            found.extend(self.resources(taken));
        }
        found
    }

    fn family(&self, family: &Family, part: PartFamily) -> Vec<String> {
        let (levels, mut found) = (&self.levels, vec![]);
        let name = format!("{} -> {}", family.start, family.end);
        if family.levels > levels.most {
            found.push(format!("{name}: {} levels, at most {} are allowed ({} endpoints)", family.levels, levels.most, family.endpoints));
        }
        if family.deep > levels.endpoints {
            found.push(format!(
                "{name}: {} endpoints behind more than {} levels, at most {} are allowed",
                family.deep, levels.wide, levels.endpoints
            ));
        }
        if let Some(after) = family.after_unregistered.filter(|after| *after > levels.after_unregistered) {
            let most = levels.after_unregistered;
            found.push(format!("{name}: {after} levels behind a RAM or DSP without an output register, at most {most} are allowed"));
        }
        if let Some(before) = family.before_unregistered.filter(|before| *before > levels.before_unregistered) {
            let most = levels.before_unregistered;
            found.push(format!("{name}: {before} levels before a DSP's operand without a register, at most {most} are allowed"));
        }
        if let Some(most) = self.logic.get(part.name()).filter(|most| f64::from(family.logic) > *most * 1000.0) {
            found.push(format!(
                "{name}: {:.2} ns of cells, at most {most} are allowed ({} LUT, {} carry, {} endpoints)",
                f64::from(family.logic) / 1000.0,
                family.luts,
                family.carries,
                family.endpoints
            ));
        }
        found
    }

    fn resources(&self, taken: &Taken) -> Vec<String> {
        let mut found = vec![];
        let usage = &taken.usage;
        let per_dsp = usage.ffs.div_ceil(usage.dsps.max(1));
        if per_dsp > self.dsp.flip_flops {
            found.push(format!(
                "{} flip-flops for {} DSPs are {per_dsp} each, at most {} are allowed",
                usage.ffs, usage.dsps, self.dsp.flip_flops
            ));
        }
        let Some(board) = taken.board.and_then(|name| self.board.get(name)) else { return found };
        let luts = usage.luts.saturating_sub(taken.outside);
        if let Some(most) = board.luts.filter(|most| luts > *most) {
            found.push(format!("the engine takes {luts} LUTs, at most {most} are allowed"));
        }
        let all = usage.luts + taken.reserve.luts;
        if let Some(share) = board.share.filter(|share| all * 100 > share * taken.capacity.luts) {
            found.push(format!("the design takes {all} LUTs with the XDMA's, more than {share} % of the part's {}", taken.capacity.luts));
        }
        if let Some(most) = board.dsps.filter(|most| usage.dsps > *most) {
            found.push(format!("the design takes {} DSPs, at most {most} are allowed", usage.dsps));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::clock::{DspUse, Loaded};
    use crate::synth::packing::DspRegisters;

    fn family(change: impl FnOnce(&mut Family)) -> Family {
        let mut family = Family {
            start: "a".into(),
            end: "b".into(),
            endpoints: 64,
            logic: 1500,
            luts: 4,
            carries: 0,
            muxes: 0,
            levels: 4,
            deep: 64,
            after_unregistered: Some(1),
            before_unregistered: Some(0),
            estimate: 0,
            estimate_500: 0,
        };
        change(&mut family);
        family
    }

    fn taken(usage: Usage) -> Taken<'static> {
        let capacity = Usage { luts: 134_600, ..Usage::default() };
        let reserve = Usage { luts: 16_000, ..Usage::default() };
        Taken { board: None, family: PartFamily::Series7, usage, outside: 0, reserve, capacity, is_engine: true }
    }

    #[track_caller]
    fn said(clock: &Clock, taken: &Taken, parts: &[&str]) {
        let found = Budget::own().check(clock, taken);
        assert_eq!(found.len(), parts.len(), "{found:?}");
        for (found, part) in found.iter().zip(parts) {
            assert!(found.contains(part), "{found} does not say {part}");
        }
    }

    #[test]
    fn a_family_at_the_limits_passes_and_each_excess_is_named() {
        let clock = |family| Clock { families: vec![family], ..Clock::default() };
        let taken = taken(Usage { dsps: 10, ffs: 1200, ..Usage::default() });
        let on = |change: fn(&mut Family)| clock(family(change));
        said(&on(|_| ()), &taken, &[]);
        said(&on(|f| f.levels = 5), &taken, &["a -> b: 5 levels, at most 4"]);
        said(&on(|f| f.deep = 65), &taken, &["65 endpoints behind more than 3 levels, at most 64"]);
        said(&on(|f| f.after_unregistered = Some(2)), &taken, &["2 levels behind a RAM or DSP without"]);
        said(&on(|f| f.before_unregistered = Some(1)), &taken, &["1 levels before a DSP's operand"]);
        said(&on(|f| f.logic = 1501), &taken, &["1.50 ns of cells, at most 1.5"]);
        // no figure for parts whose cells are not known
        said(&on(|f| f.logic = 9000), &Taken { family: PartFamily::UltraScalePlus, ..taken }, &[]);
    }

    #[test]
    fn loads_registers_and_resources_are_judged() {
        let net = |loads, fixed| Loaded { net: "n".into(), class: "n".into(), driver: "FDRE".into(), loads, pins: vec![], fixed };
        let registers = DspRegisters { a: true, b: true, m: false, p: true, drawn_in: false };
        let small = taken(Usage { dsps: 10, ffs: 1200, ..Usage::default() });
        said(&Clock { loaded: vec![net(301, true), net(301, false), net(300, false)], ..Clock::default() }, &small, &["n has 301 loads"]);
        let dsps = vec![DspUse { dsp: "d".into(), registers, count: 3 }];
        said(&Clock { dsps, ..Clock::default() }, &small, &["d: 3 DSPs do not use the registers M"]);
        said(&Clock { stale: vec!["old".into()], ..Clock::default() }, &small, &["begins with \"old\""]);
        let empty = Clock::default();
        said(&empty, &taken(Usage { dsps: 10, ffs: 1201, ..Usage::default() }), &["are 121 each"]);
        let large = Usage { luts: 75_101, dsps: 682, ffs: 0, ..Usage::default() };
        let kc705 = Taken { board: Some("kc705"), outside: 100, ..taken(large) };
        said(&empty, &kc705, &["75001 LUTs", "682 DSPs"]);
        said(&empty, &Taken { outside: 101, usage: Usage { dsps: 681, ..large }, ..kc705 }, &[]);
        let acorn = Taken { board: Some("acorn-cle215"), ..taken(Usage { luts: 71_491, ..Usage::default() }) };
        said(&empty, &acorn, &["87491 LUTs with the XDMA's, more than 65 %"]);
        // a block alone is not an engine
        said(&empty, &Taken { is_engine: false, ..acorn }, &[]);
    }

    #[test]
    fn every_static_register_has_a_reason() {
        assert!(Budget::own().fixed.iter().all(|fixed| fixed.reason.len() > 20));
        assert!(Budget::parse("[levels]\nmost = 4").expect_err("half a budget").contains("missing field"));
    }
}
