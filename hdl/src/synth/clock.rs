//! What limits the clock: families of paths, nets with many loads, resets, registers of RAMs and DSPs that are not used.

use super::arcs::{self, End};
use super::budget::Budget;
use super::classes::{Class, Classes};
use super::graph::{Graph, Net};
use super::packing;
use super::packing::{DspRegisters, OutputRegister, Packing};
use super::primitive::Primitive;
use super::timing::{Arrival, Objective, Timing};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Cells that are passed on the way from a net without a name to a register with one.
const NAMELESS: usize = 30;

/// Nets of more loads are listed.
pub const LOADS_SHOWN: usize = 200;

/// Paths from registers of one class to registers of another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Family {
    /// Class of the registers (RAMs, DSPs, inputs) at the start.
    pub start: String,
    /// Class at the end, with the pin where it is not a flip-flop's D.
    pub end: String,
    /// Endpoints whose worst path, by delay or by levels, is of the family.
    pub endpoints: usize,
    /// Delay of the cells along the slowest, with clock to output and setup, without wires, in picoseconds.
    pub logic: u32,
    /// Look-up tables on that path.
    pub luts: u16,
    /// Carry cells on it.
    pub carries: u16,
    /// Wide multiplexers on it.
    pub muxes: u16,
    /// Most levels of a path: look-up tables, and carry chains as the budget counts them.
    pub levels: u16,
    /// Endpoints with more levels than a family of many may have.
    pub deep: usize,
    /// Most levels behind a RAM or DSP whose output has no register; `None` if no path starts at one.
    pub after_unregistered: Option<u16>,
    /// Most levels before an operand of a DSP that has no register there; `None` if no path ends at one.
    pub before_unregistered: Option<u16>,
    /// Delay with the net model, in picoseconds.
    pub estimate: u32,
    /// Delay with 0.5 ns a wire.
    pub estimate_500: u32,
}

impl Family {
    /// A path of the family, to an end.
    fn add(&mut self, path: &Arrival, end: &End, net: u32) {
        let (setup, wire) = (u32::from(end.picoseconds), u32::from(end.net));
        let logic = path.picoseconds + setup;
        if logic > self.logic {
            (self.logic, self.luts, self.carries, self.muxes) = (logic, path.luts, path.carries, path.muxes);
        }
        self.estimate = self.estimate.max(path.delay(net) + setup + wire * net);
        self.estimate_500 = self.estimate_500.max(path.delay(500) + setup + wire * 500);
        self.levels = self.levels.max(path.levels);
        if end.unregistered {
            self.before_unregistered = self.before_unregistered.max(Some(path.levels));
        }
    }
}

/// The place of the levels among the objectives of [`Measure::families`].
const BY_LEVELS: usize = 3;

/// A net with many loads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// The net's name.
    pub net: String,
    /// Its class.
    pub class: String,
    /// What drives it: a type of cell, or `input`.
    pub driver: String,
    /// Input pins that it goes to.
    pub loads: usize,
    /// Those, by type and pin, the most frequent first.
    pub pins: Vec<(String, usize)>,
    /// It changes between layers only.
    pub fixed: bool,
}

/// A net that sets or resets flip-flops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reset {
    /// The net's name.
    pub net: String,
    /// What drives it.
    pub driver: String,
    /// Flip-flops that it sets or resets.
    pub flip_flops: usize,
    /// All loads.
    pub loads: usize,
}

/// Output registers of the RAMs of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RamOutputs {
    /// Class, with the type.
    pub ram: String,
    /// Port.
    pub port: char,
    /// Whether there is a register.
    pub register: OutputRegister,
    /// Ports.
    pub count: usize,
    /// Most levels behind them.
    pub levels: u16,
}

/// Registers of the DSPs of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DspUse {
    /// Class, with the type.
    pub dsp: String,
    /// Those in use.
    #[serde(flatten)]
    pub registers: DspRegisters,
    /// DSPs.
    pub count: usize,
}

/// Everything about the clock of one flattened design.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Clock {
    /// The net model of [`Family::estimate`], in picoseconds a wire.
    pub net: u32,
    /// Endpoints that are judged.
    pub endpoints: usize,
    /// Endpoints by their levels.
    pub by_levels: BTreeMap<u16, usize>,
    /// Families, the slowest by estimate first.
    pub families: Vec<Family>,
    /// Families whose registers change between layers only: not judged.
    pub fixed: Vec<Family>,
    /// First patterns of the entries of such registers that no register is of.
    pub stale: Vec<String>,
    /// Nets with more than [`LOADS_SHOWN`] loads, clocks apart.
    pub loaded: Vec<Loaded>,
    /// Resets by load.
    pub resets: Vec<Reset>,
    /// Flip-flops that place and route draws into block RAMs, UltraRAMs and DSPs.
    pub packed: [usize; 3],
    /// Output registers of RAMs.
    pub rams: Vec<RamOutputs>,
    /// Registers of DSPs.
    pub dsps: Vec<DspUse>,
}

/// Measures `graph`, with `net` picoseconds a wire. Also gives the [`Timing`] with registers drawn in.
pub fn measure<'g, 'n>(graph: &'g Graph<'n>, budget: &Budget, net: u32) -> (Clock, Timing<'g, 'n>) {
    let mut timing = Timing::new(graph);
    let packing = packing::pack(&mut timing);
    let mut classes = Classes::new(graph);
    let mut measure = Measure::new(&timing, &mut classes, budget, net);
    let families = measure.families(false);
    let fixed = measure.families(true);
    let clock = Clock {
        net,
        endpoints: timing.ends.iter().filter(|end| measure.judged.levels[end.net as usize].is_path()).count(),
        by_levels: measure.by_levels(),
        families,
        fixed,
        stale: measure.stale(),
        loaded: measure.loaded(),
        resets: measure.resets(),
        packed: [packing.block_ram, packing.ultra_ram, packing.dsp],
        rams: measure.rams(&packing),
        dsps: measure.dsps(&packing),
    };
    (clock, timing)
}

/// Worst paths by every objective.
struct Worst {
    logic: Vec<Arrival>,
    estimate: Vec<Arrival>,
    estimate_500: Vec<Arrival>,
    levels: Vec<Arrival>,
}

impl Worst {
    fn new(timing: &Timing, budget: &Budget, net: u32, from: impl Fn(Net) -> bool + Copy) -> Self {
        let arrivals = |objective| timing.arrivals(objective, &budget.levels.rule(), |net, _| from(net));
        Self {
            logic: arrivals(Objective::Delay(0)),
            estimate: arrivals(Objective::Delay(net)),
            estimate_500: arrivals(Objective::Delay(500)),
            levels: arrivals(Objective::Levels),
        }
    }
}

struct Measure<'t, 'g, 'n> {
    timing: &'t Timing<'g, 'n>,
    graph: &'g Graph<'n>,
    classes: &'t mut Classes<'g, 'n>,
    budget: &'t Budget,
    net: u32,
    judged: Worst,
    fixed: Worst,
    /// By levels, from RAMs and DSPs without an output register alone.
    bare: Vec<Arrival>,
    used_entries: HashSet<usize>,
}

impl<'t, 'g, 'n> Measure<'t, 'g, 'n> {
    fn new(timing: &'t Timing<'g, 'n>, classes: &'t mut Classes<'g, 'n>, budget: &'t Budget, net: u32) -> Self {
        let graph = timing.graph;
        let mut used_entries = HashSet::new();
        let mut of_class: HashMap<Class, bool> = HashMap::new();
        let mut fixed = vec![false; graph.nets()];
        for (at, fixed) in fixed.iter_mut().enumerate().filter(|(at, _)| timing.start(*at).is_some()) {
            let class = classes.at(at);
            *fixed = *of_class.entry(class).or_insert_with(|| {
                let found: Vec<usize> = budget.fixed_entries(classes.text(class)).collect();
                used_entries.extend(&found);
                !found.is_empty()
            });
        }
        let from = |net: Net| !fixed[net];
        let bare = timing.arrivals(Objective::Levels, &budget.levels.rule(), |net, start| start.unregistered && !fixed[net]);
        Self {
            judged: Worst::new(timing, budget, net, from),
            fixed: Worst::new(timing, budget, net, |net| fixed[net]),
            bare,
            timing,
            graph,
            classes,
            budget,
            net,
            used_entries,
        }
    }

    fn stale(&self) -> Vec<String> {
        let all = self.budget.fixed.iter().enumerate();
        all.filter(|(i, _)| !self.used_entries.contains(i)).filter_map(|(_, fixed)| fixed.registers.first().cloned()).collect()
    }

    fn by_levels(&self) -> BTreeMap<u16, usize> {
        let mut counts = BTreeMap::new();
        for arrival in self.timing.ends.iter().map(|end| &self.judged.levels[end.net as usize]).filter(|arrival| arrival.is_path()) {
            *counts.entry(arrival.levels).or_default() += 1;
        }
        counts
    }

    fn families(&mut self, fixed: bool) -> Vec<Family> {
        let worst = if fixed { &self.fixed } else { &self.judged };
        let mut found: HashMap<(Class, Class), (Family, [usize; 4])> = HashMap::new();
        let (net, wide) = (self.net, self.budget.levels.wide);
        for end in &self.timing.ends {
            let at = end.net as usize;
            if !worst.logic[at].is_path() {
                continue;
            }
            let to = if end.is_output { self.classes.output(end.node) } else { self.classes.end(end.node, end.pin) };
            // the worst path by each objective may start elsewhere: each counts for its own family
            for (i, arrivals) in [&worst.logic, &worst.estimate, &worst.estimate_500, &worst.levels].into_iter().enumerate() {
                let from = self.classes.at(Timing::origin(arrivals, at));
                let (family, endpoints) = found.entry((from, to)).or_default();
                family.add(&arrivals[at], &end.end, net);
                endpoints[i] += 1;
                if i == BY_LEVELS {
                    family.deep += usize::from(arrivals[at].levels > wide);
                }
            }
            if !fixed && self.bare[at].is_path() {
                let from = self.classes.at(Timing::origin(&self.bare, at));
                let (family, _) = found.entry((from, to)).or_default();
                family.add(&self.bare[at], &end.end, net);
                family.after_unregistered = family.after_unregistered.max(Some(self.bare[at].levels));
            }
        }
        let mut families: Vec<Family> = found
            .into_iter()
            .map(|((from, to), (family, endpoints))| Family {
                start: self.classes.text(from).into(),
                end: self.classes.text(to).into(),
                endpoints: endpoints.into_iter().max().unwrap_or(0).max(1),
                ..family
            })
            .collect();
        let rank = |f: &Family| (f.estimate.max(f.logic), f.levels, f.endpoints);
        families.sort_by(|a, b| rank(b).cmp(&rank(a)).then_with(|| (&a.start, &a.end).cmp(&(&b.start, &b.end))));
        families
    }

    fn driver(&self, net: Net) -> String {
        self.graph.drivers[net].map_or_else(|| "input".into(), |driver| self.graph.nodes[driver.node].cell.kind.to_string())
    }

    /// The net's name; of one that has none in the Verilog, the first register that it comes to.
    fn name(&self, net: Net) -> String {
        let mut at = net;
        for _ in 0..NAMELESS {
            if let Some(name) = self.graph.name(at) {
                return if at == net { name } else { format!("before {name}") };
            }
            let Some(load) = self.graph.loads(at).first() else { break };
            let (pin, node) = self.graph.pin(load);
            let path = self.graph.path(load.node as usize);
            if !path.contains('$') {
                return format!("before {path}.{pin}");
            }
            let output = node.cell.pins.iter().position(|p| p.output && p.bits.iter().any(Option::is_some));
            let Some(output) = output else { break };
            let bits = &node.cell.pins[output].bits;
            at = (0..bits.len()).map(|bit| self.graph.net(load.node as usize, output, bit)).find(|net| *net != 0).unwrap_or(0);
        }
        "a net without a name".into()
    }

    fn loaded(&mut self) -> Vec<Loaded> {
        let mut found = vec![];
        for net in 1..self.graph.nets() {
            let loads = self.graph.loads(net);
            if loads.len() <= LOADS_SHOWN {
                continue;
            }
            let mut pins: BTreeMap<(String, &str), usize> = BTreeMap::new();
            let mut clock = false;
            for load in loads {
                let (pin, node) = self.graph.pin(load);
                clock |= arcs::is_clock(node, pin);
                let kind = if node.primitive == Some(Primitive::Lut) { "LUT" } else { &*node.cell.kind };
                *pins.entry((kind.into(), pin.trim_end_matches(|c: char| c.is_ascii_digit()))).or_default() += 1;
            }
            if clock {
                continue;
            }
            let mut pins: Vec<_> = pins.into_iter().map(|((kind, pin), count)| (format!("{kind}.{pin}"), count)).collect();
            pins.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            let fixed = !self.judged.levels[net].is_path() && self.fixed.levels[net].is_path();
            let name = self.name(net);
            found.push(Loaded {
                class: super::classes::class(&name),
                net: name,
                driver: self.driver(net),
                loads: loads.len(),
                pins,
                fixed,
            });
        }
        found.sort_by(|a, b| b.loads.cmp(&a.loads).then_with(|| a.net.cmp(&b.net)));
        found
    }

    fn resets(&self) -> Vec<Reset> {
        let mut found = vec![];
        for net in 1..self.graph.nets() {
            let is_reset = |load| {
                let (pin, node) = self.graph.pin(load);
                node.primitive == Some(Primitive::FlipFlop) && arcs::is_reset(pin)
            };
            let loads = self.graph.loads(net);
            let flip_flops = loads.iter().filter(|load| is_reset(load)).count();
            if flip_flops > 0 {
                found.push(Reset { net: self.name(net), driver: self.driver(net), flip_flops, loads: loads.len() });
            }
        }
        found.sort_by(|a, b| b.flip_flops.cmp(&a.flip_flops).then_with(|| a.net.cmp(&b.net)));
        found
    }

    fn rams(&self, packing: &Packing) -> Vec<RamOutputs> {
        // levels behind each RAM without a register
        let mut behind: HashMap<usize, u16> = HashMap::new();
        for end in &self.timing.ends {
            let arrival = &self.bare[end.net as usize];
            if arrival.is_path() {
                let origin = Timing::origin(&self.bare, end.net as usize);
                if let Some(driver) = self.graph.drivers[origin] {
                    let most = behind.entry(driver.node).or_default();
                    *most = arrival.levels.max(*most);
                }
            }
        }
        let mut counts: BTreeMap<(String, char, OutputRegister), (usize, u16)> = BTreeMap::new();
        for (node, port, register) in &packing.rams {
            let (count, levels) = counts.entry((self.classes.block(*node), *port, *register)).or_default();
            *count += 1;
            if *register == OutputRegister::Missing {
                *levels = (*levels).max(behind.get(node).copied().unwrap_or(0));
            }
        }
        counts.into_iter().map(|((ram, port, register), (count, levels))| RamOutputs { ram, port, register, count, levels }).collect()
    }

    fn dsps(&self, packing: &Packing) -> Vec<DspUse> {
        let mut counts: BTreeMap<(String, DspRegisters), usize> = BTreeMap::new();
        for (node, registers) in &packing.dsps {
            *counts.entry((self.classes.block(*node), *registers)).or_default() += 1;
        }
        counts.into_iter().map(|((dsp, registers), count)| DspUse { dsp, registers, count }).collect()
    }
}
