//! Yosys's JSON netlist: modules, their cells and nets. Modules of the cell library are left out.

use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// A mapped design.
#[derive(Clone, Debug)]
pub struct Netlist {
    /// Name of the top module.
    pub top: String,
    /// Modules by name.
    pub modules: BTreeMap<String, Module>,
}

/// One module.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its name in the Verilog: that of the netlist says the parameters too.
    pub written: String,
    /// Its parameters that are numbers.
    pub parameters: BTreeMap<String, u64>,
    /// Ports.
    pub ports: Vec<Pin>,
    /// Cells: primitives and instances of other modules.
    pub cells: Vec<Cell>,
    /// A net's name in the Verilog, with its index if the net is wider than a bit.
    pub names: HashMap<u32, String>,
    /// One more than the largest net number.
    pub nets: u32,
}

/// A cell of a module.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its name.
    pub name: String,
    /// Its type: a primitive or a module.
    pub kind: String,
    /// Its pins.
    pub pins: Vec<Pin>,
    /// Parameters that are numbers; others are left out.
    pub parameters: BTreeMap<String, u64>,
}

/// A port of a module or a pin of a cell.
#[derive(Clone, Debug)]
pub struct Pin {
    /// Name.
    pub name: String,
    /// Whether it drives its nets: of a cell an output, of a module an input.
    pub output: bool,
    /// Nets from bit 0 on; `None` for constants.
    pub bits: Vec<Option<u32>>,
}

impl Cell {
    /// A parameter, 0 if it has none.
    pub fn parameter(&self, name: &str) -> u64 {
        self.parameters.get(name).copied().unwrap_or(0)
    }
}

impl Module {
    /// The name of net `bit`, or one made of its number.
    pub fn name(&self, bit: u32) -> String {
        self.names.get(&bit).cloned().unwrap_or_else(|| format!("net {bit}"))
    }

    /// What a reader can find of `cell`: the named net that it drives, else its own name.
    pub fn cell_name(&self, cell: &Cell) -> String {
        let driven = cell.pins.iter().filter(|p| p.output).flat_map(|p| &p.bits).flatten();
        driven.filter_map(|bit| self.names.get(bit)).min_by_key(|name| name.len()).unwrap_or(&cell.name).clone()
    }
}

impl Netlist {
    /// Reads `write_json`'s output.
    ///
    /// # Errors
    /// A sentence on what is not as expected.
    pub fn parse(text: &str, top: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let library = |m: &RawModule| ["blackbox", "whitebox"].iter().any(|a| m.attributes.contains_key(*a));
        let own: Vec<(String, RawModule)> = file.modules.into_iter().filter(|(_, m)| !library(m)).collect();
        let names: HashMap<String, String> = own.iter().map(|(name, m)| (name.clone(), m.name(name))).collect();
        let mut modules = BTreeMap::new();
        for (name, raw) in own {
            let (written, parameters) = (written_name(&name).to_string(), raw.parameters());
            let mut module = Module { written, parameters, ..raw.read()? };
            for cell in &mut module.cells {
                if let Some(name) = names.get(&cell.kind) {
                    cell.kind.clone_from(name);
                }
            }
            modules.insert(names[&name].clone(), module);
        }
        if !modules.contains_key(top) {
            return Err(format!("it has no module {top}"));
        }
        Ok(Self { top: top.into(), modules })
    }

    /// How often every module is instantiated in the whole design.
    pub fn instances(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        let mut open = vec![self.top.as_str()];
        while let Some(name) = open.pop() {
            *counts.entry(name).or_default() += 1;
            open.extend(self.modules[name].cells.iter().map(|c| c.kind.as_str()).filter(|kind| self.modules.contains_key(*kind)));
        }
        counts
    }
}

/// The module's name in the Verilog: Yosys calls one whose parameters an instance chose `$paramod\name\DEPTH=...`, or
/// `$paramod$hash\name`.
pub(super) fn written_name(name: &str) -> &str {
    name.strip_prefix("$paramod").and_then(|rest| rest.split('\\').nth(1)).unwrap_or(name)
}

/// `write_json`'s output with the names of the modules that [`Netlist`] has: each is an identifier.
///
/// # Errors
/// As [`Netlist::parse`].
pub(super) fn with_readable_names(text: &str) -> Result<String, String> {
    let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let mut out = text.to_string();
    for (name, module) in file.modules.iter().filter(|(name, _)| written_name(name) != name.as_str()) {
        let raw = serde_json::to_string(name).map_err(|e| e.to_string())?;
        out = out.replace(&raw, &format!("\"{}\"", module.name(name)));
    }
    Ok(out)
}

#[derive(Deserialize)]
struct File {
    modules: BTreeMap<String, RawModule>,
}

#[derive(Deserialize)]
struct RawModule {
    #[serde(default)]
    attributes: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default)]
    parameter_default_values: BTreeMap<String, RawParameter>,
    #[serde(default)]
    ports: BTreeMap<String, RawPort>,
    #[serde(default)]
    cells: BTreeMap<String, RawCell>,
    #[serde(default)]
    netnames: BTreeMap<String, RawNet>,
}

#[derive(Deserialize)]
struct RawPort {
    direction: String,
    bits: Vec<RawBit>,
}

#[derive(Deserialize)]
struct RawCell {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    parameters: BTreeMap<String, RawParameter>,
    #[serde(default)]
    port_directions: BTreeMap<String, String>,
    connections: BTreeMap<String, Vec<RawBit>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawParameter {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
struct RawNet {
    hide_name: u8,
    bits: Vec<RawBit>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawBit {
    Net(u32),
    Constant(#[allow(dead_code)] String),
}

fn bits(raw: &[RawBit]) -> Vec<Option<u32>> {
    let net = |bit: &RawBit| match bit {
        RawBit::Net(net) => Some(*net),
        RawBit::Constant(_) => None,
    };
    raw.iter().map(net).collect()
}

impl RawParameter {
    /// A number, or a text of at most 64 binary digits.
    fn number(&self) -> Option<u64> {
        match self {
            Self::Number(n) => Some(*n),
            Self::Text(text) => {
                u64::from_str_radix(text.trim_start_matches('0'), 2).ok().or((text.trim_matches('0').is_empty()).then_some(0))
            }
        }
    }
}

impl RawModule {
    /// Its name with the parameters that make it: `ember_ram_32_DEPTH_1024`.
    fn name(&self, name: &str) -> String {
        let written = written_name(name);
        let parameters = if written == name { BTreeMap::new() } else { self.parameters() };
        parameters.iter().fold(written.into(), |name, (parameter, value)| format!("{name}_{parameter}_{value}"))
    }

    /// Its parameters that are numbers.
    fn parameters(&self) -> BTreeMap<String, u64> {
        self.parameter_default_values.iter().filter_map(|(name, p)| Some((name.clone(), p.number()?))).collect()
    }

    fn read(self) -> Result<Module, String> {
        let port = |(name, p): (String, RawPort)| Pin { name, output: p.direction == "input", bits: bits(&p.bits) };
        let ports: Vec<_> = self.ports.into_iter().map(port).collect();
        let mut cells = Vec::with_capacity(self.cells.len());
        for (name, raw) in self.cells {
            let mut pins = Vec::with_capacity(raw.connections.len());
            for (pin, connected) in &raw.connections {
                let direction = raw.port_directions.get(pin).map(String::as_str);
                // a type that Yosys does not know has no directions: the checks name it
                pins.push(Pin { name: pin.clone(), output: matches!(direction, Some("output" | "inout")), bits: bits(connected) });
            }
            let parameters = raw.parameters.iter().filter_map(|(n, p)| Some((n.clone(), p.number()?))).collect();
            cells.push(Cell { name, kind: raw.kind, pins, parameters });
        }
        let mut names: HashMap<u32, String> = HashMap::new();
        for (name, net) in self.netnames.iter().filter(|(_, net)| net.hide_name == 0) {
            for (i, bit) in bits(&net.bits).into_iter().enumerate().filter_map(|(i, bit)| Some((i, bit?))) {
                let full = if net.bits.len() == 1 { name.clone() } else { format!("{name}[{i}]") };
                // of several names the shortest: it is the one that was written
                match names.entry(bit) {
                    std::collections::hash_map::Entry::Occupied(mut have) if full.len() < have.get().len() => drop(have.insert(full)),
                    std::collections::hash_map::Entry::Occupied(_) => {}
                    std::collections::hash_map::Entry::Vacant(free) => drop(free.insert(full)),
                }
            }
        }
        let all = ports.iter().chain(cells.iter().flat_map(|c| &c.pins)).flat_map(|p| p.bits.iter().flatten());
        let nets = all.copied().max().map_or(0, |max| max.saturating_add(1));
        // Yosys numbers them without gaps; a file that does not would make us allocate by its numbers
        let named: usize = self.netnames.values().map(|n| n.bits.len()).sum();
        if nets as usize > 16 + named * 2 {
            return Err(format!("a net has the number {nets}, though there are {named}"));
        }
        Ok(Module { written: String::new(), parameters: BTreeMap::new(), ports, cells, names, nets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"modules": {
        "LUT1": {"attributes": {"blackbox": "1"}},
        "top": {"attributes": {}, "ports": {"a": {"direction": "input", "bits": [2]}, "y": {"direction": "output", "bits": [3, "0"]}},
            "cells": {"c": {"hide_name": 1, "type": "LUT1", "parameters": {"INIT": "01"}, "attributes": {},
                "port_directions": {"I0": "input", "O": "output"}, "connections": {"I0": [2], "O": [3]}}},
            "netnames": {"a": {"hide_name": 0, "bits": [2]}, "y": {"hide_name": 0, "bits": [3, "0"]}, "x": {"hide_name": 1, "bits": [3]}}}}}"#;

    #[test]
    fn modules_cells_and_names_are_read_and_the_library_is_left_out() {
        let netlist = Netlist::parse(TEXT, "top").expect("a netlist");
        assert_eq!(netlist.modules.keys().collect::<Vec<_>>(), ["top"]);
        let top = &netlist.modules["top"];
        assert_eq!((top.cells[0].parameter("INIT"), top.cells[0].pins.len(), top.nets), (1, 2, 4));
        assert_eq!((top.name(3), top.cell_name(&top.cells[0])), ("y[0]".into(), "y[0]".into()));
        assert_eq!(netlist.instances()["top"], 1);
    }

    #[test]
    fn modules_with_parameters_have_readable_names() {
        let text = TEXT.replace("\"LUT1\", \"parameters\"", "\"$paramod\\\\ram\\\\DEPTH=s32'0100\", \"parameters\"").replace(
            "\"LUT1\": {\"attributes\": {\"blackbox\": \"1\"}}",
            "\"$paramod\\\\ram\\\\DEPTH=s32'0100\": {\"parameter_default_values\": {\"DEPTH\": \"0100\"}}",
        );
        let netlist = Netlist::parse(&text, "top").expect("a netlist");
        assert_eq!(netlist.modules.keys().collect::<Vec<_>>(), ["ram_DEPTH_4", "top"]);
        assert_eq!(netlist.modules["top"].cells[0].kind, "ram_DEPTH_4");
        assert_eq!((netlist.modules["ram_DEPTH_4"].written.as_str(), netlist.modules["ram_DEPTH_4"].parameters["DEPTH"]), ("ram", 4));
        assert_eq!(with_readable_names(&text).expect("a netlist").matches("\"ram_DEPTH_4\"").count(), 2);
        assert_eq!(["$paramod$0a1b\\ram", "ram"].map(written_name), ["ram", "ram"]);
    }

    #[test]
    fn a_netlist_without_the_top_or_with_absurd_numbers_is_refused() {
        assert!(Netlist::parse(TEXT, "other").expect_err("no top").contains("other"));
        assert!(Netlist::parse(&TEXT.replace("[2]", "[4000000000]"), "top").expect_err("a number").contains("4000000001"));
    }
}
