//! Flip-flops that place and route draws into the block behind which they stand: output registers of block and UltraRAM
//! (Yosys uses none), and all registers of a DSP48E2 that was not written as one (Yosys puts a multiplier into it and no register).

use super::arcs::{output_register, ram_side, register, Start, CLOCK_TO_P, CLOCK_TO_RAM_REGISTER, SETUP_DSP};
use super::graph::{Graph, Net};
use super::primitive::Primitive;
use super::timing::Timing;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Registers of a DSP with those that are drawn in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DspRegisters {
    /// An input register of A.
    pub a: bool,
    /// An input register of B.
    pub b: bool,
    /// The register behind the multiplier.
    pub m: bool,
    /// The output register.
    pub p: bool,
    /// Some of them are drawn in, of a DSP48E2 that was not written as one. Whether an adder and a register behind M become its
    /// adder and P then is not known.
    pub drawn_in: bool,
}

/// A RAM port's output register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputRegister {
    /// In use in the netlist.
    Used,
    /// Place and route draws the flip-flops behind it in.
    Packed,
    /// There is none.
    Missing,
}

/// What is drawn in.
#[derive(Clone, Debug, Default)]
pub struct Packing {
    /// Flip-flops drawn into block RAMs.
    pub block_ram: usize,
    /// Flip-flops drawn into UltraRAMs.
    pub ultra_ram: usize,
    /// Flip-flops drawn into DSPs.
    pub dsp: usize,
    /// Output registers of RAMs, by node and port, as far as the port is read.
    pub rams: Vec<(usize, char, OutputRegister)>,
    /// Registers of DSPs by node.
    pub dsps: Vec<(usize, DspRegisters)>,
}

/// Draws registers in: paths then start and end at the blocks.
pub fn pack(timing: &mut Timing) -> Packing {
    let graph = timing.graph;
    let outputs: HashSet<Net> = graph.outputs.iter().map(|(net, _)| *net).collect();
    let finder = Finder { graph, outputs };
    let mut packing = Packing::default();
    let mut change = Change::default();
    for (node, n) in graph.nodes.iter().enumerate() {
        match n.primitive {
            Some(primitive @ (Primitive::BlockRam { .. } | Primitive::UltraRam)) => finder.ram(node, primitive, &mut packing, &mut change),
            Some(Primitive::Dsp) => finder.dsp(node, &mut packing, &mut change),
            _ => {}
        }
    }
    for (net, start) in change.starts {
        timing.set_start(net, Some(start));
    }
    timing.ends.retain(|end| {
        let pin = || &*graph.nodes[end.node as usize].cell.pins[end.pin as usize].name;
        end.is_output || !(change.inside.contains(&(end.node, u16::MAX)) && pin() == "D" || change.inside.contains(&(end.node, end.pin)))
    });
    for end in timing.ends.iter_mut().filter(|end| !end.is_output && change.inputs.contains(&end.node)) {
        if &*graph.nodes[end.node as usize].cell.pins[end.pin as usize].name == "D" {
            end.end.picoseconds = SETUP_DSP;
        }
    }
    packing
}

/// What drawing in changes for the paths.
#[derive(Default)]
struct Change {
    starts: HashMap<Net, Start>,
    /// Pins whose paths are inside the block: a node and a pin, or all bits of D (`u16::MAX`).
    inside: HashSet<(u32, u16)>,
    /// Flip-flops that are now an input register of a DSP.
    inputs: HashSet<u32>,
}

struct Finder<'g, 'n> {
    graph: &'g Graph<'n>,
    outputs: HashSet<Net>,
}

/// Pins that must be the same in all flip-flops of a register.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Control {
    clock: Vec<Net>,
    enable: Vec<Net>,
    reset: Vec<Net>,
}

impl Finder<'_, '_> {
    fn used(&self, net: Net) -> bool {
        net != 0 && (!self.graph.loads(net).is_empty() || self.outputs.contains(&net))
    }

    fn control(&self, node: usize) -> Option<Control> {
        let kind = &*self.graph.nodes[node].cell.kind;
        let at = |pin| self.graph.nets_at(node, pin);
        (kind == "FDRE").then(|| Control { clock: at("C"), enable: at("CE"), reset: at("R") })
    }

    /// The flip-flops behind `nets`, if each net that is used goes to the D of one and nowhere else, and all are one
    /// register on one of `clocks`.
    fn behind(&self, nets: &[Net], clocks: &[Net], may_reset: bool) -> Option<Vec<usize>> {
        let mut found = vec![];
        for net in nets.iter().filter(|net| self.used(**net)) {
            let [load] = self.graph.loads(*net) else { return None };
            if self.outputs.contains(net) || self.graph.pin(load).0 != "D" {
                return None;
            }
            found.push(load.node as usize);
        }
        let controls: Option<BTreeSet<Control>> = found.iter().map(|node| self.control(*node)).collect();
        self.one_register(&controls?, clocks, may_reset).then_some(found)
    }

    fn one_register(&self, controls: &BTreeSet<Control>, clocks: &[Net], may_reset: bool) -> bool {
        controls.len() == 1
            && controls.iter().all(|c| c.clock.iter().all(|net| clocks.contains(net)) && (may_reset || c.reset.iter().all(|net| *net == 0)))
    }

    fn ram(&self, node: usize, primitive: Primitive, packing: &mut Packing, change: &mut Change) {
        let cell = self.graph.nodes[node].cell;
        for side in ['A', 'B'] {
            let pins = cell.pins.iter().enumerate().filter(|(_, p)| p.output && ram_side(&p.name) == Some(side));
            let nets: Vec<Net> = pins.flat_map(|(pin, p)| (0..p.bits.len()).map(move |bit| self.graph.net(node, pin, bit))).collect();
            if !nets.iter().any(|net| self.used(*net)) {
                continue;
            }
            let state = if register(cell, output_register(primitive, side)) {
                OutputRegister::Used
            } else {
                let clocks: Vec<Net> = ["CLK", "CLKARDCLK", "CLKBWRCLK"]
                    .iter()
                    .flat_map(|pin| self.graph.nets_at(node, pin))
                    .filter(|net| *net != 0)
                    .collect();
                match self.behind(&nets, &clocks, false) {
                    Some(found) => {
                        self.draw_in(&found, CLOCK_TO_RAM_REGISTER, change);
                        *(if primitive == Primitive::UltraRam { &mut packing.ultra_ram } else { &mut packing.block_ram }) += found.len();
                        OutputRegister::Packed
                    }
                    None => OutputRegister::Missing,
                }
            };
            packing.rams.push((node, side, state));
        }
    }

    /// The registers `found` are in the block: their values are there so long after the clock, and nothing goes to them.
    fn draw_in(&self, found: &[usize], picoseconds: u16, change: &mut Change) {
        for node in found {
            change.inside.insert((*node as u32, u16::MAX));
            for net in self.graph.nets_at(*node, "Q") {
                change.starts.insert(net, Start { picoseconds, unregistered: false });
            }
        }
    }

    fn dsp(&self, node: usize, packing: &mut Packing, change: &mut Change) {
        let cell = self.graph.nodes[node].cell;
        let has = |parameter| register(cell, parameter);
        let mut registers = DspRegisters { a: has("AREG"), b: has("BREG"), m: has("MREG"), p: has("PREG"), drawn_in: false };
        // Yosys does its best for a DSP48E1
        if &*cell.kind == "DSP48E2" && !self.cascades(node) {
            let clock = self.clock(node, &registers);
            registers.drawn_in = true;
            if !registers.p {
                let first = self.behind(&self.graph.nets_at(node, "P"), &clock, true);
                if let Some(first) = first {
                    let nets: Vec<Net> = first.iter().flat_map(|ff| self.graph.nets_at(*ff, "Q")).collect();
                    let second = if registers.m { None } else { self.behind(&nets, &clock, true) };
                    change.inside.extend(first.iter().map(|ff| (*ff as u32, u16::MAX)));
                    self.draw_in(second.as_ref().unwrap_or(&first), CLOCK_TO_P, change);
                    packing.dsp += first.len() + second.as_ref().map_or(0, Vec::len);
                    (registers.m, registers.p) = (true, registers.m || second.is_some());
                }
            }
            for (pin, has) in [("A", &mut registers.a), ("B", &mut registers.b)] {
                if let Some(found) = (!*has).then(|| self.before(node, pin, &clock)).flatten() {
                    let Some((pin, _)) = cell.pin(pin) else { continue };
                    change.inside.insert((node as u32, pin as u16));
                    change.inputs.extend(found.iter().map(|ff| *ff as u32));
                    packing.dsp += found.len();
                    *has = true;
                }
            }
        }
        packing.dsps.push((node, registers));
    }

    /// Whether the DSP was written as one, with neighbours.
    fn cascades(&self, node: usize) -> bool {
        ["PCIN", "ACIN", "BCIN", "PCOUT", "ACOUT", "BCOUT"]
            .iter()
            .any(|pin| self.graph.nets_at(node, pin).iter().any(|net| self.used(*net)))
    }

    /// The DSP's clock; where it uses none, that of any flip-flop next to it.
    fn clock(&self, node: usize, registers: &DspRegisters) -> Vec<Net> {
        if registers.a || registers.b || registers.m || registers.p {
            return self.graph.nets_at(node, "CLK");
        }
        let loads = self.graph.nets_at(node, "P").into_iter().filter(|net| *net != 0).flat_map(|net| self.graph.loads(net));
        let behind = loads.map(|load| load.node as usize);
        let before = ["A", "B"].into_iter().flat_map(|pin| self.graph.nets_at(node, pin)).filter_map(|net| self.graph.drivers[net]);
        let flip_flop = behind.chain(before.map(|driver| driver.node)).find_map(|node| self.control(node));
        flip_flop.map_or_else(Vec::new, |control| control.clock)
    }

    /// The flip-flops before an operand, if all of it comes from one register. One that goes elsewhere too is doubled.
    fn before(&self, node: usize, pin: &str, clock: &[Net]) -> Option<BTreeSet<usize>> {
        let nets = self.graph.nets_at(node, pin).into_iter().filter(|net| *net != 0);
        let found: Option<BTreeSet<usize>> = nets.map(|net| self.graph.drivers[net].map(|driver| driver.node)).collect();
        let found = found?;
        let controls: Option<BTreeSet<Control>> = found.iter().map(|node| self.control(*node)).collect();
        self.one_register(&controls?, clock, true).then_some(found)
    }
}
