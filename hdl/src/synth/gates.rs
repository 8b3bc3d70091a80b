//! The netlist as Verilog that simulates: cells replaced by the models of Yosys's own library.

use super::design::Design;
use super::error::{file, Error};
use super::netlist::{with_readable_names, Netlist};
use super::primitive::Primitive;
use super::run::{Stage, Synthesis, Synthesiser};
use std::fs;

/// A module of which there are so many that a simulation should hold its code once, with its inputs but the clock.
pub type Shared = (String, Vec<String>);

/// Instances, and cells in each with what is in them, from which a module counts as [`Shared`]: below, a call costs more than the copy.
const MANY: u64 = 4;
const LARGE: usize = 200;

/// Modules that lie in block or UltraRAM. There is no open model of those cells, so these modules stay as they were
/// written; everything around them is gates.
pub fn memories(netlist: &Netlist) -> Vec<&str> {
    let in_ram = |kind: &str| matches!(Primitive::of(kind), Some(Primitive::BlockRam { .. } | Primitive::UltraRam));
    netlist.modules.iter().filter(|(_, m)| m.cells.iter().any(|c| in_ram(&c.kind))).map(|(name, _)| name.as_str()).collect()
}

/// A look-up table is its table, read at its inputs. The library's model says the same in a tree of multiplexers,
/// which makes a simulator's code several times as long.
fn look_up_tables() -> String {
    let table = |size: usize| {
        let list = |inputs: Vec<usize>| inputs.iter().map(|i| format!("I{i}")).collect::<Vec<_>>().join(", ");
        let (ports, address) = (list((0..size).collect()), list((0..size).rev().collect()));
        format!(
            "module LUT{size} (output O, input {ports});\n  parameter INIT = 0;\n  \\$lut #(.WIDTH({size}), .LUT(INIT)) _TECHMAP_REPLACE_ (.A({{{address}}}), .Y(O));\nendmodule\n"
        )
    };
    (1..=6).map(table).collect()
}

/// The script that reads `netlist.json` and writes `gates.v`.
fn script(netlist: &Netlist, memories: &[&str]) -> String {
    let all: Vec<String> = netlist.modules.keys().map(|m| format!("={m}")).collect();
    let mut script = String::from("read_json netlist.json\n");
    for memory in memories {
        script += &format!("delete ={memory}\n");
    }
    script += "techmap -map luts.v\n";
    // the models of the other cells, in place of their outlines
    script += "read_verilog -overwrite +/xilinx/cells_sim.v\n";
    for memory in memories {
        let module = &netlist.modules[*memory];
        let written = &module.written;
        script += &format!("read_verilog {written}.v\n");
        if written != memory {
            let set: String = module.parameters.iter().map(|(name, value)| format!(" -set {name} {value}")).collect();
            script += &format!("chparam{set} {written}\nrename {written} {memory}\n");
        }
    }
    // the models are drawn into the modules around them, the modules stay
    script += &format!("setattr -mod -set keep_hierarchy 1 {}\n", all.join(" "));
    // what a cell's parameters rule out of its model goes: most of a DSP48E1's
    script += &format!("hierarchy -check -top {}\nproc\nflatten\nopt -full\nclean\nwrite_verilog -noattr gates.v\n", netlist.top);
    script
}

/// Cells of a module and of the modules in it.
fn cells(netlist: &Netlist, module: &str) -> usize {
    netlist.modules.get(module).map_or(1, |m| m.cells.iter().map(|c| cells(netlist, &c.kind)).sum())
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
    let text = fs::read_to_string(&synthesis.file).map_err(file("reading", &synthesis.file))?;
    let text = with_readable_names(&text).map_err(|message| Error::Netlist {
        top: design.top.clone(),
        version: synthesiser.yosys().version().into(),
        message,
    })?;
    fs::write(&copy, text).map_err(file("writing", &copy))?;
    let tables = folder.path().join("luts.v");
    fs::write(&tables, look_up_tables()).map_err(file("writing", &tables))?;
    synthesiser.script(folder.path(), design, &script(netlist, &memories), progress)?;
    let path = folder.path().join("gates.v");
    let text = fs::read_to_string(&path).map_err(file("reading", &path))?;
    let large = |name: &str| cells(netlist, name) >= LARGE;
    let shared = netlist.instances().into_iter().filter(|(name, count)| *count >= MANY && large(name) && !memories.contains(name));
    let inputs =
        |name: &str| netlist.modules[name].ports.iter().filter(|p| p.output && &*p.name != "clock").map(|p| p.name.to_string()).collect();
    Ok((text, shared.map(|(name, _)| (name.to_string(), inputs(name))).collect()))
}
