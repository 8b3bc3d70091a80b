//! A flattened netlist from Yosys, as far as clock crossings need it.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::process::Command;

/// Elaborated, flattened, memories whole, nothing optimised that could rename or merge a register.
const SCRIPT: &str =
    "read_verilog *.v; hierarchy -check -top ember_shell; proc; flatten; memory_collect; opt_clean; write_json netlist.json";

/// A flip-flop, a memory or a port of the design.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// `u_instance/u_instance/register`, or the name of a port.
    pub name: String,
    /// Its clock's port; for a port its own name.
    pub clock: String,
    pub is_port: bool,
}

/// Where a value is kept: what its cone was found to begin at.
#[derive(Clone, Debug)]
pub struct Sink {
    pub element: Element,
    /// `true` for an asynchronous reset pin.
    pub reset: bool,
    /// Registers, memories and ports that it is worked out from.
    pub sources: BTreeSet<Element>,
    /// Every bit is the output of a register itself.
    pub direct: bool,
}

pub struct Netlist {
    pub sinks: Vec<Sink>,
    /// Sources of the output ports.
    pub outputs: BTreeMap<String, BTreeSet<Element>>,
    /// Registers with the attribute ASYNC_REG.
    pub async_registers: BTreeSet<String>,
}

/// `None`, with a message, where Yosys is missing.
pub fn read(files: &[(String, String)]) -> Option<Netlist> {
    let yosys = std::env::var("YOSYS").unwrap_or_else(|_| "yosys".into());
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).expect("a temporary file");
    }
    let output = match Command::new(&yosys).args(["-q", "-p", SCRIPT]).current_dir(&dir).output() {
        Ok(output) => output,
        Err(e) => {
            eprintln!("SKIPPED: {yosys} does not run ({e}); install it (Debian: apt-get install yosys) or set YOSYS");
            return None;
        }
    };
    assert!(output.status.success(), "{yosys}: {}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(dir.path().join("netlist.json")).expect("Yosys wrote it");
    let mut json: Value = serde_json::from_str(&text).expect("JSON");
    let Value::Object(module) = json["modules"]["ember_shell"].take() else { panic!("no module ember_shell") };
    Some(Reader::new(&module).netlist())
}

enum Driver {
    /// A register or port.
    Element(usize),
    /// A cell without memory, by its number.
    Logic(usize),
    /// Read port of a memory: the memory, and the address bits.
    Memory(usize, Vec<u64>),
}

struct Cell<'a> {
    name: &'a str,
    kind: &'a str,
    connections: &'a Map<String, Value>,
    directions: &'a Map<String, Value>,
}

struct Reader<'a> {
    module: &'a Map<String, Value>,
    cells: Vec<Cell<'a>>,
    elements: Vec<Element>,
    drivers: HashMap<u64, Driver>,
    /// Names of a bit, with the attributes of each.
    names: HashMap<u64, Vec<(&'a str, &'a Value)>>,
    clocks: HashMap<u64, String>,
}

fn bits(value: &Value) -> Vec<u64> {
    // constants are strings
    value.as_array().expect("an array of bits").iter().filter_map(Value::as_u64).collect()
}

impl<'a> Reader<'a> {
    fn new(module: &'a Map<String, Value>) -> Self {
        let object = |name: &str| module[name].as_object().expect("an object");
        let cells = object("cells")
            .iter()
            .map(|(name, cell)| Cell {
                name,
                kind: cell["type"].as_str().expect("a type"),
                connections: cell["connections"].as_object().expect("connections"),
                directions: cell["port_directions"].as_object().expect("directions"),
            })
            .collect();
        let mut reader = Self { module, cells, elements: vec![], drivers: HashMap::new(), names: HashMap::new(), clocks: HashMap::new() };
        for (name, net) in object("netnames") {
            for bit in bits(&net["bits"]) {
                reader.names.entry(bit).or_default().push((name, &net["attributes"]));
            }
        }
        for (name, port) in object("ports") {
            if port["direction"] == "input" {
                let number = reader.element(Element { name: name.clone(), clock: name.clone(), is_port: true });
                for bit in bits(&port["bits"]) {
                    reader.clocks.insert(bit, name.clone());
                    reader.drivers.insert(bit, Driver::Element(number));
                }
            }
        }
        for number in 0..reader.cells.len() {
            reader.add(number);
        }
        reader
    }

    fn element(&mut self, element: Element) -> usize {
        self.elements.push(element);
        self.elements.len() - 1
    }

    fn port(&self, cell: usize, port: &str) -> Vec<u64> {
        bits(&self.cells[cell].connections[port])
    }

    fn add(&mut self, number: usize) {
        let kind = self.cells[number].kind;
        match kind {
            "$dff" | "$adff" => {
                let element = Element { name: self.register(number), clock: self.clock(number, "CLK"), is_port: false };
                let element = self.element(element);
                for bit in self.port(number, "Q") {
                    self.drivers.insert(bit, Driver::Element(element));
                }
            }
            "$mem_v2" if self.is_memory(number) => {
                let name = self.cells[number].name.replace('.', "/");
                let element = Element { name, clock: self.clock(number, "WR_CLK"), is_port: false };
                let element = self.element(element);
                let address = self.port(number, "RD_ADDR");
                for bit in self.port(number, "RD_DATA") {
                    self.drivers.insert(bit, Driver::Memory(element, address.clone()));
                }
            }
            _ => {
                let table = kind == "$mem_v2";
                assert!(table || !["ff", "latch", "mem"].iter().any(|k| kind.contains(k)), "a cell of the unknown kind {kind}");
                let outputs: Vec<u64> = self.pins(number, "output");
                for bit in outputs {
                    self.drivers.insert(bit, Driver::Logic(number));
                }
            }
        }
    }

    /// Not a table of constants, as which Yosys keeps a large `case`: that is logic.
    fn is_memory(&self, number: usize) -> bool {
        !self.port(number, "WR_EN").is_empty()
    }

    fn pins(&self, number: usize, direction: &str) -> Vec<u64> {
        let cell = &self.cells[number];
        cell.connections.iter().filter(|(port, _)| cell.directions[*port] == direction).flat_map(|(_, b)| bits(b)).collect()
    }

    fn clock(&self, number: usize, pin: &str) -> String {
        let clocks: BTreeSet<_> = self.port(number, pin).iter().map(|bit| self.clocks.get(bit)).collect();
        let clocks: Vec<_> = clocks.into_iter().collect();
        let [Some(clock)] = clocks[..] else { panic!("{} has the clocks {clocks:?}, expected one port", self.cells[number].name) };
        clock.clone()
    }

    /// The name of a flip-flop: of its output's names, the one that its own module declares with an initial value.
    fn register(&self, number: usize) -> String {
        // "$flatten\u_a.\u_b.$procdff$12"
        let cell = self.cells[number].name;
        let path = cell.trim_start_matches("$flatten").rsplit_once(".$").map_or("", |(path, _)| path).replace('\\', "");
        let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
        let bit = self.port(number, "Q")[0];
        let mut own: Vec<_> = self.names[&bit].iter().filter(|(n, _)| n.strip_prefix(&*prefix).is_some_and(|n| !n.contains('.'))).collect();
        own.sort_by_key(|(name, attributes)| (attributes.get("init").is_none(), *name));
        own.first().unwrap_or_else(|| panic!("{cell} has no name in {path}")).0.replace('.', "/")
    }

    /// What the value of `start` is worked out from, and whether it is a register's output itself.
    fn cone(&self, start: &[u64]) -> (BTreeSet<Element>, bool) {
        let (mut sources, mut direct) = (BTreeSet::new(), true);
        let mut seen: BTreeSet<u64> = start.iter().copied().collect();
        let mut open: Vec<u64> = start.to_vec();
        let mut cells = BTreeSet::new();
        while let Some(bit) = open.pop() {
            let more = match self.drivers.get(&bit) {
                None => panic!("bit {bit} ({:?}) has no driver", self.names.get(&bit)),
                Some(Driver::Element(element)) => {
                    sources.insert(self.elements[*element].clone());
                    continue;
                }
                Some(Driver::Memory(element, address)) => {
                    sources.insert(self.elements[*element].clone());
                    address.clone()
                }
                Some(Driver::Logic(number)) if cells.insert(*number) => self.pins(*number, "input"),
                Some(Driver::Logic(_)) => continue,
            };
            direct = false;
            open.extend(more.into_iter().filter(|bit| seen.insert(*bit)));
        }
        (sources, direct)
    }

    fn netlist(&self) -> Netlist {
        let mut sinks = vec![];
        let mut sink = |element: Element, reset: bool, start: &[u64]| {
            let (sources, direct) = self.cone(start);
            sinks.push(Sink { element, reset, sources, direct });
        };
        for number in 0..self.cells.len() {
            match self.cells[number].kind {
                kind @ ("$dff" | "$adff") => {
                    let element = Element { name: self.register(number), clock: self.clock(number, "CLK"), is_port: false };
                    if kind == "$adff" {
                        sink(element.clone(), true, &self.port(number, "ARST"));
                    }
                    sink(element, false, &self.port(number, "D"));
                }
                "$mem_v2" if self.is_memory(number) => {
                    let name = self.cells[number].name.replace('.', "/");
                    let element = Element { name, clock: self.clock(number, "WR_CLK"), is_port: false };
                    let start: Vec<u64> = ["WR_ADDR", "WR_DATA", "WR_EN"].iter().flat_map(|pin| self.port(number, pin)).collect();
                    sink(element, false, &start);
                }
                _ => {}
            }
        }
        let ports = self.module["ports"].as_object().expect("ports");
        let outputs = ports.iter().filter(|(_, port)| port["direction"] == "output");
        let outputs = outputs.map(|(name, port)| (name.clone(), self.cone(&bits(&port["bits"])).0)).collect();
        let nets = self.module["netnames"].as_object().expect("netnames");
        let asynchronous = nets.iter().filter(|(_, net)| net["attributes"].get("ASYNC_REG").is_some());
        let async_registers = asynchronous.map(|(name, _)| name.replace('.', "/")).collect();
        Netlist { sinks, outputs, async_registers }
    }
}
