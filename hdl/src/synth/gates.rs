//! The netlist as Verilog that simulates: cells replaced by the models of Yosys's own library.

use super::design::Design;
use super::error::{file, Error};
use super::netlist::Netlist;
use super::primitive::Primitive;
use super::run::{Stage, Synthesis, Synthesiser};
use std::fs;

/// A module of which there are so many that a simulation should hold its code once, with its inputs but the clock.
pub type Shared = (String, Vec<String>);

/// Instances from which a module counts as [`Shared`].
const MANY: u64 = 4;

/// Modules that lie in block or UltraRAM. There is no open model of those cells, so these modules stay as they were
/// written; everything around them is gates.
pub fn memories(netlist: &Netlist) -> Vec<&str> {
    let in_ram = |kind: &str| matches!(Primitive::of(kind), Some(Primitive::BlockRam { .. } | Primitive::UltraRam));
    netlist.modules.iter().filter(|(_, m)| m.cells.iter().any(|c| in_ram(&c.kind))).map(|(name, _)| name.as_str()).collect()
}

/// The script that reads `netlist.json` and writes `gates.v`.
fn script(netlist: &Netlist, memories: &[&str]) -> String {
    let all: Vec<String> = netlist.modules.keys().map(|m| format!("={m}")).collect();
    let mut script = String::from("read_json netlist.json\n");
    for memory in memories {
        script += &format!("delete ={memory}\n");
    }
    // the models of the cells, in place of their outlines
    script += "read_verilog -overwrite +/xilinx/cells_sim.v\n";
    for memory in memories {
        script += &format!("read_verilog -sv {memory}.v\n");
    }
    // the models are drawn into the modules around them, the modules stay
    script += &format!("setattr -mod -set keep_hierarchy 1 {}\n", all.join(" "));
    script += &format!("hierarchy -check -top {}\nproc\nflatten\nopt_expr\nopt_clean\n", netlist.top);
    // bit by bit: a vector of which one bit depends on another looks like a loop to a simulator
    script += "splitnets\nopt_clean\nwrite_verilog -noattr gates.v\n";
    script
}

/// Verilog of the netlist of `design`, and the modules that it shares.
///
/// # Errors
/// As [`Synthesiser::run`]; a cell without a model is named.
pub fn verilog(
    synthesiser: &Synthesiser,
    design: &Design,
    synthesis: &Synthesis,
    progress: &mut dyn FnMut(Stage),
) -> Result<(String, Vec<Shared>), Error> {
    let netlist = &synthesis.netlist;
    let memories = memories(netlist);
    let folder = tempfile::tempdir().map_err(file("creating", std::env::temp_dir()))?;
    let copy = folder.path().join("netlist.json");
    fs::copy(&synthesis.file, &copy).map_err(file("copying", &synthesis.file))?;
    synthesiser.script(folder.path(), design, &script(netlist, &memories), progress)?;
    let path = folder.path().join("gates.v");
    let text = fs::read_to_string(&path).map_err(file("reading", &path))?;
    let shared = netlist.instances().into_iter().filter(|(name, count)| *count >= MANY && !memories.contains(name));
    let inputs =
        |name: &str| netlist.modules[name].ports.iter().filter(|p| p.output && p.name != "clock").map(|p| p.name.clone()).collect();
    Ok((text, shared.map(|(name, _)| (name.to_string(), inputs(name))).collect()))
}
