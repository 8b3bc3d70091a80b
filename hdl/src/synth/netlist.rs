//! Yosys's JSON netlist: modules, their cells and nets. Modules of the cell library are left out.
//!
//! A flattened board is several hundred megabytes of it: cells are made as they are read, texts that repeat (types, pins,
//! nets of many bits) are held once.

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

/// A mapped design.
#[derive(Clone, Debug)]
pub struct Netlist {
    /// Name of the top module.
    pub top: String,
    /// Modules by name.
    pub modules: BTreeMap<String, Module>,
}

/// One module.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// Its name in the Verilog: that of the netlist says the parameters too.
    pub written: String,
    /// Its parameters that are numbers.
    pub parameters: BTreeMap<String, u64>,
    /// Ports.
    pub ports: Vec<Pin>,
    /// Cells: primitives and instances of other modules.
    pub cells: Vec<Cell>,
    /// One more than the largest net number.
    pub nets: u32,
    names: Vec<Option<Name>>,
}

/// A cell of a module.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its name.
    pub name: String,
    /// Its type: a primitive or a module.
    pub kind: Arc<str>,
    /// Its pins.
    pub pins: Vec<Pin>,
    /// Parameters that are numbers or `TRUE` and `FALSE` (1 and 0); others are left out.
    pub parameters: Vec<(Arc<str>, u64)>,
}

/// A port of a module or a pin of a cell.
#[derive(Clone, Debug)]
pub struct Pin {
    /// Name.
    pub name: Arc<str>,
    /// Whether it drives its nets: of a cell an output, of a module an input.
    pub output: bool,
    /// Nets from bit 0 on; `None` for constants.
    pub bits: Vec<Option<u32>>,
}

/// A net's name in the Verilog, with the bit if the net is wider than one.
#[derive(Clone, Debug)]
struct Name {
    net: Arc<str>,
    bit: Option<u32>,
}

impl Name {
    /// Of several names the one that was written: highest in the hierarchy, then shortest.
    fn rank(&self) -> (usize, usize) {
        (self.net.matches('.').count(), self.net.len())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bit {
            Some(bit) => write!(f, "{}[{bit}]", self.net),
            None => f.write_str(&self.net),
        }
    }
}

impl Cell {
    /// A parameter, 0 if it has none.
    pub fn parameter(&self, name: &str) -> u64 {
        self.given(name).unwrap_or(0)
    }

    /// A parameter, if the cell has it.
    pub fn given(&self, name: &str) -> Option<u64> {
        self.parameters.iter().find(|(n, _)| &**n == name).map(|(_, value)| *value)
    }

    /// A pin.
    pub fn pin(&self, name: &str) -> Option<(usize, &Pin)> {
        self.pins.iter().enumerate().find(|(_, p)| &*p.name == name)
    }
}

impl Module {
    /// The name of net `bit`, or one made of its number.
    pub fn name(&self, bit: u32) -> String {
        self.known(bit).map_or_else(|| format!("net {bit}"), ToString::to_string)
    }

    /// The name of net `bit` in the Verilog, if it has one.
    pub fn given_name(&self, bit: u32) -> Option<String> {
        self.known(bit).map(ToString::to_string)
    }

    fn known(&self, bit: u32) -> Option<&Name> {
        self.names.get(bit as usize)?.as_ref()
    }

    /// What a reader can find of `cell`: the named net that it drives, else its own name.
    pub fn cell_name(&self, cell: &Cell) -> String {
        let driven = cell.pins.iter().filter(|p| p.output).flat_map(|p| p.bits.iter().flatten());
        let named = driven.filter_map(|bit| self.known(*bit)).min_by_key(|name| name.rank());
        named.map_or_else(|| cell.name.clone(), ToString::to_string)
    }
}

impl Netlist {
    /// Reads `write_json`'s output.
    ///
    /// # Errors
    /// A sentence on what is not as expected.
    pub fn parse(text: &str, top: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let library = |m: &RawModule| ["blackbox", "whitebox"].iter().any(|a| m.attributes.0.iter().any(|(name, _)| name == a));
        let own: Vec<(String, RawModule)> = file.modules.into_iter().filter(|(_, m)| !library(m)).collect();
        let names: HashMap<String, Arc<str>> = own.iter().map(|(name, m)| (name.clone(), m.name(name).into())).collect();
        let mut modules = BTreeMap::new();
        for (name, raw) in own {
            let (written, parameters) = (written_name(&name).to_string(), raw.parameters());
            let mut module = Module { written, parameters, ..raw.read()? };
            for cell in &mut module.cells {
                if let Some(name) = names.get(&*cell.kind) {
                    cell.kind = name.clone();
                }
            }
            modules.insert(names[&name].to_string(), module);
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
            open.extend(self.modules[name].cells.iter().map(|c| &*c.kind).filter(|kind| self.modules.contains_key(*kind)));
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

/// `write_json`'s output without the ports of `top`: place and route then has the block alone, with no pads round it.
///
/// # Errors
/// As [`Netlist::parse`].
pub(super) fn without_ports(text: &str, top: &str) -> Result<String, String> {
    let mut at = 0..text.len();
    for name in ["modules", top, "ports"] {
        at = member(text, at.start, name).ok_or_else(|| format!("it has no {name:?} where it should"))?;
    }
    Ok([&text[..at.start], "{}", &text[at.end..]].concat())
}

/// Where the member `name` lies of the object that begins at `at`.
fn member(text: &str, at: usize, name: &str) -> Option<Range<usize>> {
    let skip = |at: usize, byte: char| {
        let rest = text[at..].trim_start();
        rest.starts_with(byte).then(|| text.len() - rest.len() + 1)
    };
    let mut at = skip(at, '{')?;
    loop {
        let mut key = serde_json::Deserializer::from_str(&text[at..]).into_iter::<String>();
        let found = key.next()?.ok()? == name;
        let start = skip(at + key.byte_offset(), ':')?;
        let start = text.len() - text[start..].trim_start().len();
        let mut value = serde_json::Deserializer::from_str(&text[start..]).into_iter::<IgnoredAny>();
        value.next()?.ok()?;
        let end = start + value.byte_offset();
        if found {
            return Some(start..end);
        }
        at = skip(end, ',')?;
    }
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    modules: BTreeMap<String, RawModule<'a>>,
}

#[derive(Deserialize)]
struct RawModule<'a> {
    #[serde(default, borrow)]
    attributes: Pairs<'a, IgnoredAny>,
    #[serde(default, borrow)]
    parameter_default_values: Pairs<'a, RawParameter>,
    #[serde(default, borrow)]
    ports: Pairs<'a, RawPort<'a>>,
    #[serde(default)]
    cells: Cells,
    #[serde(default)]
    netnames: NetNames,
}

#[derive(Deserialize)]
struct RawPort<'a> {
    #[serde(borrow)]
    direction: Cow<'a, str>,
    bits: Bits,
}

#[derive(Deserialize)]
struct RawCell<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default, borrow)]
    parameters: Pairs<'a, RawParameter>,
    #[serde(default, borrow)]
    port_directions: Pairs<'a, Cow<'a, str>>,
    #[serde(borrow)]
    connections: Pairs<'a, Bits>,
}

#[derive(Deserialize)]
struct RawNet {
    hide_name: u8,
    bits: Bits,
}

/// An object's members in their order.
struct Pairs<'a, T>(Vec<(Cow<'a, str>, T)>);

impl<T> Default for Pairs<'_, T> {
    fn default() -> Self {
        Self(vec![])
    }
}

/// A member's name, not copied where it has no escapes.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Pairs<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<'a, T>(PhantomData<(&'a (), T)>);
        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Members<'a, T> {
            type Value = Pairs<'a, T>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = vec![];
                while let Some((Key(name), value)) = map.next_entry::<Key<'a>, T>()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// Nets from bit 0 on; constants are texts.
struct Bits(Vec<Option<u32>>);

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Bits;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("nets and constants")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bits, A::Error> {
                let mut bits = Vec::with_capacity(seq.size_hint().unwrap_or(0));
                while let Some(Bit(bit)) = seq.next_element()? {
                    bits.push(bit);
                }
                Ok(Bits(bits))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

struct Bit(Option<u32>);

impl<'de> Deserialize<'de> for Bit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl Visitor<'_> for One {
            type Value = Bit;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the number of a net, or a constant")
            }
            fn visit_u64<E: serde::de::Error>(self, net: u64) -> Result<Bit, E> {
                u32::try_from(net).map(|net| Bit(Some(net))).map_err(|_| E::custom(format!("a net has the number {net}")))
            }
            fn visit_str<E>(self, _: &str) -> Result<Bit, E> {
                Ok(Bit(None))
            }
        }
        deserializer.deserialize_any(One)
    }
}

/// A number, `TRUE`, `FALSE`, or a text of at most 64 binary digits; `None` for others.
struct RawParameter(Option<u64>);

impl<'de> Deserialize<'de> for RawParameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl Visitor<'_> for Value {
            type Value = RawParameter;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number or a text")
            }
            fn visit_u64<E>(self, number: u64) -> Result<RawParameter, E> {
                Ok(RawParameter(Some(number)))
            }
            fn visit_str<E>(self, text: &str) -> Result<RawParameter, E> {
                Ok(RawParameter(number(text)))
            }
        }
        deserializer.deserialize_any(Value)
    }
}

fn number(text: &str) -> Option<u64> {
    match text.trim_start_matches('0') {
        "" => Some(0),
        "TRUE" => Some(1),
        "FALSE" => Some(0),
        digits => u64::from_str_radix(digits, 2).ok(),
    }
}

#[derive(Default)]
struct Cells(Vec<Cell>);

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Cells;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("cells by name")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cells, A::Error> {
                let (mut cells, mut texts) = (vec![], Texts::default());
                while let Some((name, raw)) = map.next_entry::<String, RawCell<'de>>()? {
                    // notes on the hierarchy before it was flattened
                    if raw.kind != "$scopeinfo" {
                        cells.push(raw.read(name, &mut texts));
                    }
                }
                Ok(Cells(cells))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// Texts that occur again and again.
#[derive(Default)]
struct Texts(HashMap<String, Arc<str>>);

impl Texts {
    fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(have) = self.0.get(text) {
            return have.clone();
        }
        let new: Arc<str> = text.into();
        self.0.insert(text.into(), new.clone());
        new
    }
}

impl RawCell<'_> {
    fn read(self, name: String, texts: &mut Texts) -> Cell {
        let directions = self.port_directions.0;
        let pins = self.connections.0.into_iter().map(|(pin, Bits(bits))| {
            // a type that Yosys does not know has no directions: the checks name it
            let direction = directions.iter().find(|(name, _)| *name == pin).map(|(_, direction)| &**direction);
            Pin { output: matches!(direction, Some("output" | "inout")), name: texts.get(&pin), bits }
        });
        let pins = pins.collect();
        let parameters = self.parameters.0.into_iter().filter_map(|(n, p)| Some((texts.get(&n), p.0?))).collect();
        Cell { name, kind: texts.get(&self.kind), pins, parameters }
    }
}

/// The names of nets by their numbers, and how many bits all nets have together.
#[derive(Default)]
struct NetNames {
    names: Vec<(u32, Name)>,
    bits: usize,
}

impl<'de> Deserialize<'de> for NetNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = NetNames;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("nets by name")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NetNames, A::Error> {
                let mut all = NetNames::default();
                while let Some((Key(name), RawNet { hide_name, bits: Bits(bits) })) = map.next_entry::<Key, RawNet>()? {
                    all.bits += bits.len();
                    if hide_name != 0 {
                        continue;
                    }
                    let (net, wide): (Arc<str>, bool) = (name.as_ref().into(), bits.len() > 1);
                    let named = bits.iter().enumerate().filter_map(|(i, bit)| Some((i as u32, (*bit)?)));
                    all.names.extend(named.map(|(i, bit)| (bit, Name { net: net.clone(), bit: wide.then_some(i) })));
                }
                Ok(all)
            }
        }
        deserializer.deserialize_map(All)
    }
}

impl RawModule<'_> {
    /// Its name with the parameters that make it: `ember_ram_32_DEPTH_1024`.
    fn name(&self, name: &str) -> String {
        let written = written_name(name);
        let parameters = if written == name { BTreeMap::new() } else { self.parameters() };
        parameters.iter().fold(written.into(), |name, (parameter, value)| format!("{name}_{parameter}_{value}"))
    }

    /// Its parameters that are numbers.
    fn parameters(&self) -> BTreeMap<String, u64> {
        self.parameter_default_values.0.iter().filter_map(|(name, p)| Some((name.to_string(), p.0?))).collect()
    }

    fn read(self) -> Result<Module, String> {
        let port = |(name, p): (Cow<str>, RawPort)| Pin { name: name.as_ref().into(), output: p.direction == "input", bits: p.bits.0 };
        let ports: Vec<_> = self.ports.0.into_iter().map(port).collect();
        let cells = self.cells.0;
        let all = ports.iter().chain(cells.iter().flat_map(|c| &c.pins)).flat_map(|p| p.bits.iter().flatten());
        let nets = all.copied().max().map_or(0, |max| max.saturating_add(1));
        // Yosys numbers them without gaps; a file that does not would make us allocate by its numbers
        if nets as usize > 16 + self.netnames.bits * 2 {
            return Err(format!("a net has the number {nets}, though there are {}", self.netnames.bits));
        }
        let mut names: Vec<Option<Name>> = vec![None; nets as usize];
        for (bit, name) in self.netnames.names {
            // nets that nothing is connected to may lie beyond
            let Some(place) = names.get_mut(bit as usize) else { continue };
            if place.as_ref().is_none_or(|have| name.rank() < have.rank()) {
                *place = Some(name);
            }
        }
        Ok(Module { ports, cells, nets, names, ..Module::default() })
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
        assert_eq!(&*netlist.modules["top"].cells[0].kind, "ram_DEPTH_4");
        assert_eq!((netlist.modules["ram_DEPTH_4"].written.as_str(), netlist.modules["ram_DEPTH_4"].parameters["DEPTH"]), ("ram", 4));
        assert_eq!(with_readable_names(&text).expect("a netlist").matches("\"ram_DEPTH_4\"").count(), 2);
        assert_eq!(["$paramod$0a1b\\ram", "ram"].map(written_name), ["ram", "ram"]);
    }

    #[test]
    fn ports_are_taken_away_and_nothing_else() {
        let bare = without_ports(TEXT, "top").expect("a netlist");
        let (before, after) = (Netlist::parse(TEXT, "top").expect("a netlist"), Netlist::parse(&bare, "top").expect("a netlist"));
        assert_eq!((before.modules["top"].ports.len(), after.modules["top"].ports.len()), (2, 0));
        assert_eq!(after.modules["top"].cells.len(), 1);
        assert!(without_ports(TEXT, "other").expect_err("no such module").contains("other"));
    }

    #[test]
    fn a_netlist_without_the_top_or_with_absurd_numbers_is_refused() {
        assert!(Netlist::parse(TEXT, "other").expect_err("no top").contains("other"));
        assert!(Netlist::parse(&TEXT.replace("[2]", "[4000000000]"), "top").expect_err("a number").contains("4000000001"));
    }
}
