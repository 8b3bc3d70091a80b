//! The whole design as one graph: every primitive of every instance, and the nets between them across all modules.

use super::netlist::{Cell, Module, Netlist};
use super::primitive::Primitive;
use std::collections::HashMap;

/// A net of the whole design. Net 0 stands for constants.
pub type Net = usize;

/// An instance of a module.
#[derive(Debug)]
struct Instance<'n> {
    parent: usize,
    name: &'n str,
    module: &'n str,
}

/// A primitive with its place.
#[derive(Debug)]
pub struct Node<'n> {
    /// The cell in its module.
    pub cell: &'n Cell,
    /// What it is; `None` for a cell that no part has.
    pub primitive: Option<Primitive>,
    instance: usize,
    /// Number of the module's net 0.
    base: usize,
}

impl<'n> Node<'n> {
    /// A cell by itself.
    pub fn new(cell: &'n Cell) -> Self {
        Self { cell, primitive: Primitive::of(&cell.kind), instance: 0, base: 0 }
    }
}

/// Who drives a net.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Driver {
    /// Index into [`Graph::nodes`].
    pub node: usize,
    /// Index into the cell's pins.
    pub pin: usize,
    /// Bit of the pin.
    pub bit: usize,
}

/// An input pin that a net goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Index into [`Graph::nodes`].
    pub node: u32,
    /// Index into the cell's pins.
    pub pin: u16,
    /// Bit of the pin.
    pub bit: u16,
}

/// The flattened design.
#[derive(Debug)]
pub struct Graph<'n> {
    /// Primitives.
    pub nodes: Vec<Node<'n>>,
    /// Driving primitive of each net, by its representative ([`Graph::net`]).
    pub drivers: Vec<Option<Driver>>,
    /// Nets with a second driver: the first and the second one (`None`: an input of the design).
    pub conflicts: Vec<(Option<Driver>, Option<Driver>)>,
    /// Nets of the design's outputs, with their names.
    pub outputs: Vec<(Net, String)>,
    /// Names of the design's inputs by their nets.
    pub inputs: HashMap<Net, String>,
    /// Loads of net n: those from `first_load[n]` to `first_load[n + 1]`.
    loads: Vec<Load>,
    first_load: Vec<u32>,
    netlist: &'n Netlist,
    instances: Vec<Instance<'n>>,
    joined: Vec<u32>,
}

impl<'n> Graph<'n> {
    /// Flattens `netlist`.
    pub fn new(netlist: &'n Netlist) -> Self {
        let mut graph = Self {
            nodes: vec![],
            drivers: vec![],
            conflicts: vec![],
            outputs: vec![],
            inputs: HashMap::new(),
            loads: vec![],
            first_load: vec![],
            netlist,
            instances: vec![Instance { parent: 0, name: &netlist.top, module: &netlist.top }],
            joined: vec![0],
        };
        let base = graph.reserve(&netlist.modules[&netlist.top]);
        // (instance, base)
        let mut open = vec![(0, base)];
        while let Some((instance, base)) = open.pop() {
            let module = &netlist.modules[graph.instances[instance].module];
            for cell in &module.cells {
                let Some(inner) = netlist.modules.get(&*cell.kind) else {
                    graph.nodes.push(Node { cell, primitive: Primitive::of(&cell.kind), instance, base });
                    continue;
                };
                let inner_base = graph.reserve(inner);
                for pin in &cell.pins {
                    let Some(port) = inner.ports.iter().find(|port| port.name == pin.name) else { continue };
                    for (outer, inner) in pin.bits.iter().zip(&port.bits) {
                        let (outer, inner) = (outer.map_or(0, |b| base + b as usize), inner.map_or(0, |b| inner_base + b as usize));
                        // an unconnected or constant side joins nothing: it only drives
                        if outer != 0 && inner != 0 {
                            graph.join(outer, inner);
                        }
                    }
                }
                graph.instances.push(Instance { parent: instance, name: &cell.name, module: &cell.kind });
                open.push((graph.instances.len() - 1, inner_base));
            }
        }
        graph.connect(base);
        graph.load();
        graph
    }

    fn reserve(&mut self, module: &Module) -> usize {
        let base = self.joined.len();
        self.joined.extend(base as u32..base as u32 + module.nets);
        base
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.joined[a.max(b)] = a.min(b) as u32;
    }

    fn find(&mut self, mut net: usize) -> usize {
        while self.joined[net] as usize != net {
            // halve the path
            self.joined[net] = self.joined[self.joined[net] as usize];
            net = self.joined[net] as usize;
        }
        net
    }

    /// Finds the drivers once all nets are joined.
    fn connect(&mut self, base: usize) {
        for net in 0..self.joined.len() {
            let root = self.find(net);
            self.joined[net] = root as u32;
        }
        self.drivers = vec![None; self.joined.len()];
        let mut driven = vec![false; self.joined.len()];
        let top = &self.netlist.modules[&self.netlist.top];
        for port in &top.ports {
            for (i, bit) in port.bits.iter().enumerate().filter_map(|(i, bit)| Some((i, (*bit)?))) {
                let net = self.joined[base + bit as usize] as usize;
                let name = if port.bits.len() == 1 { port.name.to_string() } else { format!("{}[{i}]", port.name) };
                if port.output {
                    driven[net] = true;
                    self.inputs.insert(net, name);
                } else {
                    self.outputs.push((net, name));
                }
            }
        }
        for (node, Node { cell, base, .. }) in self.nodes.iter().enumerate() {
            for (pin, p) in cell.pins.iter().enumerate().filter(|(_, p)| p.output) {
                for (bit, local) in p.bits.iter().enumerate().filter_map(|(i, bit)| Some((i, (*bit)?))) {
                    let net = self.joined[base + local as usize] as usize;
                    let driver = Driver { node, pin, bit };
                    if driven[net] {
                        self.conflicts.push((self.drivers[net], Some(driver)));
                    } else {
                        self.drivers[net] = Some(driver);
                        driven[net] = true;
                    }
                }
            }
        }
    }

    /// Sorts the input pins by their nets.
    fn load(&mut self) {
        let mut found = vec![];
        for (node, Node { cell, base, .. }) in self.nodes.iter().enumerate() {
            for (pin, p) in cell.pins.iter().enumerate().filter(|(_, p)| !p.output) {
                for (bit, local) in p.bits.iter().enumerate().filter_map(|(i, bit)| Some((i, (*bit)?))) {
                    let load = Load { node: node as u32, pin: pin as u16, bit: bit as u16 };
                    found.push((self.joined[base + local as usize], load));
                }
            }
        }
        found.sort_by_key(|(net, _)| *net);
        self.first_load = vec![0; self.joined.len() + 1];
        found.iter().for_each(|(net, _)| self.first_load[*net as usize + 1] += 1);
        for net in 0..self.joined.len() {
            self.first_load[net + 1] += self.first_load[net];
        }
        self.loads = found.into_iter().map(|(_, load)| load).collect();
    }

    /// The input pins that `net` goes to.
    pub fn loads(&self, net: Net) -> &[Load] {
        &self.loads[self.first_load[net] as usize..self.first_load[net + 1] as usize]
    }

    /// Name and node of the pin of a load.
    pub fn pin(&self, load: &Load) -> (&'n str, &Node<'n>) {
        let node = &self.nodes[load.node as usize];
        (&node.cell.pins[load.pin as usize].name, node)
    }

    /// Nets at the pin `name` of `node`, 0 for constants; none without the pin.
    pub fn nets_at(&self, node: usize, name: &str) -> Vec<Net> {
        let Some((pin, p)) = self.nodes[node].cell.pin(name) else { return vec![] };
        (0..p.bits.len()).map(|bit| self.net(node, pin, bit)).collect()
    }

    /// The net at bit `bit` of pin `pin` of `node`; 0 for a constant.
    pub fn net(&self, node: usize, pin: usize, bit: usize) -> Net {
        let Node { cell, base, .. } = &self.nodes[node];
        cell.pins[pin].bits[bit].map_or(0, |b| self.joined[base + b as usize] as usize)
    }

    /// Nets, joined ones counted once for every module that they pass.
    pub fn nets(&self) -> usize {
        self.joined.len()
    }

    /// Name of the module that `node` is in.
    pub fn module(&self, node: usize) -> &'n str {
        self.instances[self.nodes[node].instance].module
    }

    /// The instances around `node` and what it drives, `u_array.u_tail_0.low[3]`, without the top.
    pub fn path(&self, node: usize) -> String {
        let Node { cell, instance, .. } = &self.nodes[node];
        self.within(*instance, self.netlist.modules[self.module(node)].cell_name(cell))
    }

    /// The cell's own name with the instances around it.
    pub fn cell_path(&self, node: usize) -> String {
        let Node { cell, instance, .. } = &self.nodes[node];
        self.within(*instance, cell.name.clone())
    }

    fn within(&self, mut instance: usize, name: String) -> String {
        if instance == 0 {
            return name;
        }
        let mut parts = vec![name.as_str()];
        while instance != 0 {
            parts.push(self.instances[instance].name);
            instance = self.instances[instance].parent;
        }
        parts.reverse();
        parts.join(".")
    }

    /// The name of `net` in the Verilog, as its driver's module has it, with the instances around it.
    pub fn name(&self, net: Net) -> Option<String> {
        let Some(driver) = self.drivers[net] else { return self.inputs.get(&net).cloned() };
        let Node { cell, instance, .. } = &self.nodes[driver.node];
        let local = cell.pins[driver.pin].bits[driver.bit]?;
        Some(self.within(*instance, self.netlist.modules[self.module(driver.node)].given_name(local)?))
    }

    /// The net at a driver, by its name in the module of the driver.
    pub fn driven_name(&self, driver: Driver) -> String {
        let module = &self.netlist.modules[self.module(driver.node)];
        self.nodes[driver.node].cell.pins[driver.pin].bits[driver.bit].map_or_else(|| "a constant".into(), |bit| module.name(bit))
    }
}
