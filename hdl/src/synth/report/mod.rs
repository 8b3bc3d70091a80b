//! Everything that synthesis says of one engine, for readers ([`table`], [`markdown`]) and programs (JSON).

pub mod markdown;
pub mod table;

use super::check;
use super::design::Design;
use super::error::Error;
use super::expect::Expectation;
use super::graph::Graph;
use super::run::{Stage, Synthesis, Synthesiser};
use super::timing::{self, Path};
use super::usage::{Tree, Usage};
use crate::board::estimate::v1_1_cycles;
use crate::board::file::{BoardFile, Family};
use crate::board::find::BoardDescription;
use crate::target::Target;
use contract::engine::EngineConfig;
use serde::Serialize;

/// Said wherever figures are shown.
pub const CAVEAT: &str = "Yosys's figures, not Vivado's: nothing is placed or routed, modules are synthesised apart, two small functions are not put into one LUT, \
and on UltraScale and UltraScale+ some registers and cascades that Vivado draws into DSPs and RAMs stay in fabric. \
Paths are ranked by rough delays (Artix-7's cells and 0.5 ns a net): they show where to look, not what clock will close.";

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
    /// The counts that are asserted.
    pub expected: Expectation,
}

impl Subject {
    /// An engine by itself.
    pub fn engine(config: &EngineConfig, target: &Target, family: Family) -> Self {
        let design = Design {
            files: crate::generate_for(config, target),
            top: "ember_engine".into(),
            family,
            ultra_ram: uses_ultra(config, target),
        };
        let name = format!("engine of {} columns for {}", config.columns, family.name());
        Self { name, design, config: *config, target: *target, board: None, expected: Expectation::new(config, target) }
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
        let expected = Expectation::new(config, &target).with_shell();
        Ok(Self { name: board.name.clone(), design, config: *config, target, board: Some(file.clone()), expected })
    }
}

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
    /// What every module takes.
    pub tree: Tree,
    /// Cycles of a frame of SqueezeNet v1.1 at 227x227, without a bubble; `None` if it does not run on this engine.
    pub cycles: Option<u64>,
    /// Why it does not.
    pub model: Option<String>,
    /// The engine clock that the board asks for, in MHz.
    pub engine_mhz: Option<f64>,
    /// The longest paths.
    pub paths: Vec<Path>,
    /// What is wrong, a sentence each; empty if every check holds.
    pub findings: Vec<String>,
    /// The Yosys that synthesised it.
    pub yosys: String,
}

impl Report {
    /// Frames a second at the board's clock.
    pub fn frames_per_second(&self) -> Option<f64> {
        Some(self.engine_mhz? * 1e6 / self.cycles? as f64)
    }
}

/// Synthesises `subject`, checks it and measures its `paths` longest paths.
///
/// # Errors
/// No synthesis; what the checks find is in the report.
pub fn report(subject: &Subject, synthesiser: &Synthesiser, paths: usize, progress: &mut dyn FnMut(Stage)) -> Result<Report, Error> {
    let synthesis = synthesiser.run(&subject.design, progress)?;
    let tree = Tree::new(&synthesis.netlist);
    let (mut findings, paths) = findings(&synthesis, paths);
    findings.extend(check::counts(&tree, &synthesis.netlist, &subject.expected));
    let board = subject.board.as_ref();
    let (capacity, reserve) = (board.map(|b| Usage::capacity(&b.part)), board.map(|b| Usage::reserve(&b.xdma.reserve)));
    if let (Some(board), Some(capacity), Some(reserve)) = (board, capacity, reserve) {
        findings.extend(check::capacity(tree.usage, reserve, capacity, &board.part.name));
    }
    let cycles = v1_1_cycles(&subject.config);
    Ok(Report {
        name: subject.name.clone(),
        title: board.map(|b| b.title.clone()),
        part: board.map(|b| b.part.name.clone()),
        basis: board.map(|b| b.clock.word()),
        family: subject.design.family.name(),
        config: subject.config,
        target: subject.target,
        capacity,
        reserve,
        tree,
        model: cycles.as_ref().err().map(ToString::to_string),
        cycles: cycles.ok(),
        engine_mhz: board.map(|b| b.clock.engine_mhz),
        paths,
        findings,
        yosys: synthesiser.yosys().version().into(),
    })
}

/// What is wrong with any design whatever it is, and its longest paths.
pub fn findings(synthesis: &Synthesis, paths: usize) -> (Vec<String>, Vec<Path>) {
    let netlist = &synthesis.netlist;
    let graph = Graph::new(netlist);
    let timing = timing::analyse(&graph, paths);
    let mut found = check::said(&synthesis.elaborated);
    found.extend(check::said(&synthesis.mapped));
    found.extend(check::latches(netlist));
    found.extend(check::black_boxes(netlist));
    found.extend(check::conflicts(&graph));
    found.extend(check::loops(&graph, &timing));
    (found, timing.paths)
}
