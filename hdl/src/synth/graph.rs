//! The whole design as one graph: every primitive of every instance, and the nets between them across all modules.

use super::netlist::{Cell, Module, Netlist};

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
    instance: usize,
    /// Number of the module's net 0.
    base: usize,
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
                let Some(inner) = netlist.modules.get(&cell.kind) else {
                    graph.nodes.push(Node { cell, instance, base });
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
                if port.output {
                    driven[net] = true;
                } else {
                    let name = if port.bits.len() == 1 { port.name.clone() } else { format!("{}[{i}]", port.name) };
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
        let mut parts = vec![self.netlist.modules[self.module(node)].cell_name(cell)];
        let mut instance = *instance;
        while instance != 0 {
            parts.push(self.instances[instance].name.to_string());
            instance = self.instances[instance].parent;
        }
        parts.reverse();
        parts.join(".")
    }

    /// The net at a driver, by its name in the module of the driver.
    pub fn driven_name(&self, driver: Driver) -> String {
        let module = &self.netlist.modules[self.module(driver.node)];
        self.nodes[driver.node].cell.pins[driver.pin].bits[driver.bit].map_or_else(|| "a constant".into(), |bit| module.name(bit))
    }
}
