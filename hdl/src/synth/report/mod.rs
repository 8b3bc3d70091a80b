//! Everything that synthesis says of one engine, for readers ([`table`], [`markdown`]) and programs (JSON).
//!
//! Two passes stand behind it. What each module takes, and the checks, come from the modules apart, each synthesised once;
//! the clock (families of paths, loads, registers) and the total beside it come from the flattened netlist.

pub mod markdown;
pub mod table;

use super::budget::{Budget, Taken};
use super::check;
use super::clock::{self, Clock};
use super::design::{Design, Form};
use super::error::Error;
use super::expect::Expectation;
use super::graph::Graph;
use super::route::{Routed, Router};
use super::run::{Stage, Synthesis, Synthesiser};
use super::timing::Timing;
use super::usage::{Tree, Usage};
use crate::board::estimate::v1_1_cycles;
use crate::board::file::{BoardFile, Family};
use crate::board::find::BoardDescription;
use crate::target::Target;
use contract::engine::EngineConfig;
use serde::Serialize;

/// Said wherever resources are shown.
pub const CAVEAT: &str =
    "Yosys's figures, not Vivado's: nothing is placed or routed, for this table each module is synthesised once and apart from \
the others, two small functions are not put into one LUT, and on UltraScale and UltraScale+ some registers and cascades that Vivado draws \
into DSPs and RAMs stay in fabric.";

/// Said wherever paths are shown.
pub const CLOCK_CAVEAT: &str =
    "Flattened and mapped by delay, neither placed nor routed. Logic: cells of a Kintex-7 -2 alone, with clock to output and setup; \
on UltraScale and UltraScale+, whose cells have no open table, the same figures only rank paths. Levels: look-up tables, and two for a \
carry chain of up to 8 CARRY4.";

/// What is to be reported on.
#[derive(Clone, Debug)]
pub struct Subject {
    /// A board's name, or a few words on the engine.
    pub name: String,
    /// What is synthesised.
    pub design: Design,
    /// Size.
    pub config: EngineConfig,
    /// Forms.
    pub target: Target,
    /// The board, if it is for one.
    pub board: Option<BoardFile>,
    /// The counts that are asserted; `None` for a block of an engine.
    pub expected: Option<Expectation>,
}

impl Subject {
    /// An engine by itself.
    pub fn engine(config: &EngineConfig, target: &Target, family: Family) -> Self {
        let design =
            Design { files: crate::generate_for(config, target), top: ENGINE.into(), family, ultra_ram: uses_ultra(config, target) };
        let name = format!("engine of {} columns for {}", config.columns, family.name());
        Self { name, design, config: *config, target: *target, board: None, expected: Some(Expectation::new(config, target)) }
    }

    /// What a board's part holds beside the XDMA: the shell with the engine `config` in it.
    ///
    /// # Errors
    /// Streams that the shell does not have.
    pub fn board(board: &BoardDescription, config: &EngineConfig) -> Result<Self, crate::shell::StreamBits> {
        let (file, target) = (&board.file, board.file.target);
        let files = crate::shell::generate(config, &target, file.pcie.stream_bits)?;
        let family = file.part.family;
        let design = Design { files, top: crate::shell::TOP.into(), family, ultra_ram: uses_ultra(config, &target) };
        let expected = Some(Expectation::new(config, &target).with_shell());
        Ok(Self { name: board.name.clone(), design, config: *config, target, board: Some(file.clone()), expected })
    }

    /// One of its modules alone.
    ///
    /// # Errors
    /// There is none of that name: the names that there are.
    pub fn module(mut self, module: &str) -> Result<Self, String> {
        let names = || self.design.files.iter().filter_map(|(file, _)| file.strip_suffix(".v"));
        if !names().any(|name| name == module) {
            return Err(format!("there is no module {module:?}; there are {}", names().collect::<Vec<_>>().join(", ")));
        }
        if module != self.design.top {
            self.name = format!("{module} of {}", self.name);
            self.expected = None;
        }
        self.design.top = module.into();
        Ok(self)
    }

    fn is_engine(&self) -> bool {
        [crate::shell::TOP, ENGINE].contains(&self.design.top.as_str())
    }
}

/// The engine's module.
const ENGINE: &str = "ember_engine";

fn uses_ultra(config: &EngineConfig, target: &Target) -> bool {
    crate::memories(config, target).iter().any(|m| m.cost().ultra > 0)
}

/// A report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`Subject::name`].
    pub name: String,
    /// The board's name in full.
    pub title: Option<String>,
    /// Vivado's name of the part.
    pub part: Option<String>,
    /// What the board's clock stands on: `estimate` until somebody has built it, then `measured`.
    pub basis: Option<&'static str>,
    /// Family, as in board files.
    pub family: &'static str,
    /// Size.
    pub config: EngineConfig,
    /// Forms.
    pub target: Target,
    /// What the part has.
    pub capacity: Option<Usage>,
    /// What the XDMA takes of it.
    pub reserve: Option<Usage>,
    /// What every module takes; not of a module alone.
    pub tree: Option<Tree>,
    /// Cycles of a frame of SqueezeNet v1.1 at 227x227, without a bubble; `None` if it does not run on this engine.
    pub cycles: Option<u64>,
    /// Why it does not.
    pub model: Option<String>,
    /// The engine clock that the board asks for, in MHz.
    pub engine_mhz: Option<f64>,
    /// The flattened design, if it was asked for.
    pub flat: Option<Flat>,
    /// What is wrong, a sentence each; empty if every check holds.
    pub findings: Vec<String>,
    /// The Yosys that synthesised the modules.
    pub yosys: Option<String>,
}

/// The flattened design.
#[derive(Clone, Debug, Serialize)]
pub struct Flat {
    /// The module that was flattened.
    pub top: String,
    /// What it takes.
    pub usage: Usage,
    /// Look-up tables in it that are the shell's, not the engine's: by the modules apart.
    pub luts_outside: u64,
    /// What limits the clock.
    pub clock: Clock,
    /// What exceeds the budget, a sentence each.
    pub over_budget: Vec<String>,
    /// Place and route, if it was asked for.
    pub routed: Option<Routed>,
    /// The Yosys that flattened and mapped it.
    pub yosys: String,
}

impl Report {
    /// Frames a second at the board's clock.
    pub fn frames_per_second(&self) -> Option<f64> {
        Some(self.engine_mhz? * 1e6 / self.cycles? as f64)
    }

    /// What it takes: the sum over the modules, else the flattened total.
    pub fn usage(&self) -> Usage {
        let flat = || self.flat.as_ref().map(|flat| flat.usage);
        self.tree.as_ref().map(|tree| tree.usage).or_else(flat).unwrap_or_default()
    }

    /// What exceeds the budget.
    pub fn over_budget(&self) -> &[String] {
        self.flat.as_ref().map_or(&[], |flat| &flat.over_budget)
    }
}

/// What is to be done for a report.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// For the modules apart; without it there is no resource by module.
    pub modules: Option<&'a Synthesiser<'a>>,
    /// For the flattened design; without it there is no clock.
    pub flat: Option<&'a Synthesiser<'a>>,
    /// What the flattened design is held to.
    pub budget: &'a Budget,
    /// Net model, in picoseconds a wire.
    pub net: u32,
    /// For place and route.
    pub router: Option<&'a Router>,
}

/// Synthesises `subject`, checks and measures it.
///
/// # Errors
/// No synthesis; what the checks find is in the report.
pub fn report(subject: &Subject, job: &Job, progress: &mut dyn FnMut(Stage)) -> Result<Report, Error> {
    let board = subject.board.as_ref();
    let (capacity, reserve) = (board.map(|b| Usage::capacity(&b.part)), board.map(|b| Usage::reserve(&b.xdma.reserve)));
    let cycles = v1_1_cycles(&subject.config, &subject.target);
    let mut report = Report {
        name: subject.name.clone(),
        title: board.map(|b| b.title.clone()),
        part: board.map(|b| b.part.name.clone()),
        basis: board.map(|b| b.clock.word()),
        family: subject.design.family.name(),
        config: subject.config,
        target: subject.target,
        capacity,
        reserve,
        tree: None,
        model: cycles.as_ref().err().map(ToString::to_string),
        cycles: cycles.ok(),
        engine_mhz: board.map(|b| b.clock.engine_mhz),
        flat: None,
        findings: vec![],
        yosys: job.modules.map(|modules| modules.yosys().version().into()),
    };
    if let Some(synthesiser) = job.modules {
        let synthesis = synthesiser.run(&subject.design, Form::Modules, progress)?;
        let tree = Tree::new(&synthesis.netlist);
        report.findings = findings(&synthesis);
        if let Some(expected) = &subject.expected {
            report.findings.extend(check::counts(&tree, &synthesis.netlist, expected));
        }
        report.tree = Some(tree);
    }
    if let Some(synthesiser) = job.flat {
        let synthesis = synthesiser.run(&subject.design, Form::Flat, progress)?;
        progress(Stage::Measuring);
        if report.tree.is_none() {
            report.findings = findings(&synthesis);
        }
        let mut flat = measure(subject, &synthesis, job, &report);
        if let (Some(router), Some(part)) = (job.router, &report.part) {
            let mhz = report.engine_mhz.unwrap_or(DEFAULT_MHZ);
            flat.routed = Some(router.run(synthesiser, &synthesis, part, mhz, progress)?);
        }
        report.flat = Some(flat);
    }
    if let (Some(board), Some(capacity), Some(reserve)) = (board, capacity, reserve) {
        report.findings.extend(check::capacity(report.usage(), reserve, capacity, &board.part.name));
    }
    Ok(report)
}

/// Clock that place and route aims at without a board's.
const DEFAULT_MHZ: f64 = 200.0;

fn measure(subject: &Subject, synthesis: &Synthesis, job: &Job, report: &Report) -> Flat {
    let usage = Tree::new(&synthesis.netlist).usage;
    let graph = Graph::new(&synthesis.netlist);
    let (clock, _) = clock::measure(&graph, job.budget, job.net);
    let is_engine = |module: &str| module == ENGINE;
    let outside = report.tree.as_ref().map_or(0, |tree| tree.usage.luts - tree.sum(&is_engine).luts);
    let taken = Taken {
        board: subject.board.as_ref().map(|_| subject.name.as_str()).filter(|_| subject.is_engine()),
        family: subject.design.family,
        usage,
        outside,
        reserve: report.reserve.unwrap_or_default(),
        capacity: report.capacity.unwrap_or_default(),
        is_engine: subject.is_engine(),
    };
    let over_budget = job.budget.check(&clock, &taken);
    Flat {
        top: synthesis.netlist.top.clone(),
        usage,
        luts_outside: outside,
        clock,
        over_budget,
        routed: None,
        yosys: synthesis.version.clone(),
    }
}

/// What is wrong with any design whatever it is.
pub fn findings(synthesis: &Synthesis) -> Vec<String> {
    let netlist = &synthesis.netlist;
    let graph = Graph::new(netlist);
    let timing = Timing::new(&graph);
    let mut found = check::said(&synthesis.elaborated);
    found.extend(check::said(&synthesis.mapped));
    found.extend(check::latches(netlist));
    found.extend(check::black_boxes(netlist));
    found.extend(check::conflicts(&graph));
    found.extend(check::loops(&timing));
    found
}
