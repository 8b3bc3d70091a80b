//! What an engine takes of a board's part, and how fast it would be, before any synthesis.

use crate::board::file::BoardFile;
use crate::lang::placement::Cost;
use crate::target::Target;
use crate::{memories, weight_cycles};
use contract::engine::EngineConfig;
use net::compiler::{compile, smallest_engine, CompileError};
use net::model::Network;
use net::model_file::Model;
use serde::Serialize;
use std::sync::OnceLock;

/// One resource of the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// Its name in tables.
    pub name: &'static str,
    /// What the engine takes.
    pub engine: u64,
    /// What the XDMA takes (`xdma.reserve`).
    pub reserve: u64,
    /// What the part has.
    pub capacity: u64,
}

/// What is known of an engine in a board without a synthesis tool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// DSPs, RAM blocks, UltraRAMs and LUTs as memory. LUTs as logic and flip-flops need a synthesis (`hdl report`).
    pub resources: Vec<Resource>,
    /// Cycles of a frame of SqueezeNet v1.1 at 227x227 among many ([`net::compiler::FrameCycles::period`]): those of the engine.
    pub cycles: u64,
    /// Frames a second: `clock.engine_mhz` over [`Estimate::cycles`], if the clock is reached.
    pub frames_per_second: f64,
    /// Why v1.1 does not run on an engine with these depths; `None` if it does.
    pub model: Option<String>,
    /// Bits of a weight; with fewer than 8 the model has to be quantised for them.
    pub weight_bits: usize,
}

impl Resource {
    /// How many are missing; 0 if they suffice.
    pub fn missing(&self) -> u64 {
        (self.engine + self.reserve).saturating_sub(self.capacity)
    }
}

impl Estimate {
    /// The engine fits the part, and the model the engine.
    pub fn fits(&self) -> bool {
        self.model.is_none() && self.short().is_none()
    }

    /// The resources that are short, as part of a sentence: `DSP48: the engine takes 1360 of 740, 620 too many`.
    pub fn short(&self) -> Option<String> {
        let short: Vec<String> = self.resources.iter().filter(|r| r.missing() > 0).map(describe).collect();
        (!short.is_empty()).then(|| short.join("; "))
    }

    /// What the model has to be like, if the shipped one is not.
    pub fn wants(&self) -> Option<String> {
        let bits = self.weight_bits;
        (bits < 8).then(|| format!("the engine keeps {bits} bits of a weight: make the model with `ember quantize --weight-bits {bits}`"))
    }

    /// The resource of that name.
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.name == name)
    }
}

fn describe(r: &Resource) -> String {
    let reserve = if r.reserve > 0 { format!(" and the XDMA {}", r.reserve) } else { String::new() };
    format!("{}: the engine takes {}{reserve} of {}, {} too many", r.name, r.engine, r.capacity, r.missing())
}

/// The shipped model's network; unpacked once.
fn v1_1() -> &'static Network {
    static NETWORK: OnceLock<Network> = OnceLock::new();
    NETWORK.get_or_init(|| Model::default_model().network)
}

/// Cycles of a frame of SqueezeNet v1.1 at 227x227 on an engine in the forms of `target`, frames back to back. Depths are what is asked here: an
/// engine of fewer bits a weight runs the same model quantised to them, in the same cycles.
///
/// # Errors
/// The engine does not hold the model.
pub fn v1_1_cycles(config: &EngineConfig, target: &Target) -> Result<u64, CompileError> {
    cycles(v1_1(), config, target)
}

/// As [`v1_1_cycles`], of any network.
///
/// # Errors
/// The engine does not hold the network.
pub fn cycles(network: &Network, config: &EngineConfig, target: &Target) -> Result<u64, CompileError> {
    let program = compile(network, &EngineConfig { weight_bits: 8, ..*config })?;
    Ok(program.cycles(weight_cycles(config, target)).period)
}

/// The smallest engine of `columns` columns that SqueezeNet v1.1 at 227x227 runs on; `None` if no engine has as many.
pub fn smallest_for_v1_1(columns: usize) -> Option<EngineConfig> {
    smallest_engine(v1_1(), columns).ok()
}

/// What the engine `config`, in the forms of `target`, takes of the board's part.
pub fn resources(board: &BoardFile, config: &EngineConfig, target: &Target) -> Vec<Resource> {
    let cost = memories(config, target).iter().map(crate::Memory::cost).fold(Cost::default(), |a, b| a + b);
    let (part, reserve) = (&board.part, &board.xdma.reserve);
    let resource = |name, engine, reserve, capacity| Resource { name, engine, reserve, capacity };
    vec![
        resource("DSP48", target.dsp.dsps(config.columns) as u64, 0, part.dsps),
        resource("BRAM36", (cost.ram18 as u64).div_ceil(2), reserve.bram36, part.bram36),
        resource("URAM", cost.ultra as u64, 0, part.uram),
        resource("LUTRAM", cost.luts as u64, reserve.lutram_luts, part.lutram_luts),
    ]
}

/// The engine `config`, in the forms of `target`, in the board's part.
pub fn estimate(board: &BoardFile, config: &EngineConfig, target: &Target) -> Estimate {
    let resources = resources(board, config, target);
    let cycles = v1_1_cycles(config, target);
    let model = cycles.as_ref().err().map(ToString::to_string);
    // every standard engine holds the shipped model (a test of the compiler)
    let cycles = cycles.or_else(|_| v1_1_cycles(&EngineConfig::standard(config.columns), target)).unwrap_or(0);
    Estimate {
        resources,
        cycles,
        frames_per_second: board.clock.engine_mhz * 1e6 / cycles.max(1) as f64,
        model,
        weight_bits: config.weight_bits,
    }
}

#[cfg(test)]
#[path = "estimate_tests.rs"]
mod tests;
