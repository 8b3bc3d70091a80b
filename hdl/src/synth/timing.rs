//! When every net has its value: paths through the whole graph, worst by delay or by levels, and combinational loops.
//!
//! Worst paths are found for one objective at a time, from those starts that a filter lets through: paths from static
//! registers must not hide others behind them.

use super::arcs::{end, start, way, End, Start, Through, Way};
use super::graph::{Driver, Graph, Net};
use super::primitive::Primitive;

/// What a wire takes, in picoseconds: the mean that a core with a public figure of Vivado's was calibrated on
/// (docs/clock.md).
pub const CALIBRATED_NET: u32 = 330;

/// How levels are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct LevelRule {
    /// What a carry chain counts as.
    pub carry_levels: u16,
    /// As long as it has at most so many `CARRY4`; then it begins to count again.
    pub carry4: u16,
    /// The same in halves of `CARRY8`.
    pub carry8_halves: u16,
}

/// What makes a path the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// Delay, with so many picoseconds a wire.
    Delay(u32),
    /// Levels, then delay of the cells.
    Levels,
}

/// The worst path to a net.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The net before; itself at the start. [`Arrival::NONE`] has none.
    before: u32,
    /// Delay of the cells in picoseconds.
    pub picoseconds: u32,
    /// Wires.
    pub nets: u16,
    /// Look-up tables (three for a DSP without registers).
    pub luts: u16,
    /// Levels by the rule: look-up tables, and carry chains.
    pub levels: u16,
    /// Groups of four bits of the carry chain that the path is in.
    chain: u16,
    /// Carry cells.
    pub carries: u16,
    /// Wide multiplexers.
    pub muxes: u16,
}

impl Arrival {
    const NONE: Self = Self { before: u32::MAX, picoseconds: 0, nets: 0, luts: 0, levels: 0, chain: 0, carries: 0, muxes: 0 };

    /// Whether a path leads here at all.
    pub fn is_path(&self) -> bool {
        self.before != u32::MAX
    }

    /// Delay with `net` picoseconds a wire.
    pub fn delay(&self, net: u32) -> u32 {
        self.picoseconds + net * u32::from(self.nets)
    }

    fn rank(&self, objective: Objective) -> (u32, u32) {
        match objective {
            Objective::Delay(net) => (self.delay(net), 0),
            Objective::Levels => (u32::from(self.levels) << 16 | u32::from(self.chain), self.picoseconds),
        }
    }

    /// After a cell.
    fn pass(mut self, from: Net, way: &Way, rule: &LevelRule) -> Self {
        self.before = from as u32;
        self.picoseconds += u32::from(way.picoseconds);
        self.nets += u16::from(way.net);
        let mut chain = 0;
        match way.through {
            Through::Free => {}
            Through::Lut => (self.luts, self.levels) = (self.luts + 1, self.levels + 1),
            Through::Dsp => (self.luts, self.levels) = (self.luts + 3, self.levels + 3),
            Through::Mux => self.muxes += 1,
            Through::Carry { quads, enters, eight } => {
                self.carries += 1;
                let before = if enters { 0 } else { self.chain };
                chain = before + u16::from(quads);
                let limit = if eight { rule.carry8_halves } else { rule.carry4 }.max(1);
                self.levels += rule.carry_levels * (chain.div_ceil(limit) - before.div_ceil(limit));
            }
        }
        self.chain = chain;
        self
    }
}

/// A pin or output at which paths end.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// The net there.
    pub net: u32,
    /// Index into [`Graph::nodes`], or into [`Graph::outputs`] where `is_output`.
    pub node: u32,
    /// The pin of the node.
    pub pin: u16,
    /// An output of the design.
    pub is_output: bool,
    /// When the value must be there.
    pub end: End,
}

/// Everything that paths are worked out from.
pub struct Timing<'g, 'n> {
    /// The design.
    pub graph: &'g Graph<'n>,
    /// Combinational loops: the drivers around each.
    pub loops: Vec<Vec<Driver>>,
    /// Where paths end.
    pub ends: Vec<Endpoint>,
    /// Registers by the nets that they drive.
    starts: Vec<Option<Start>>,
    /// Nets in an order in which each comes after those that it is worked out from.
    order: Vec<u32>,
    /// Ways to net n: those from `first[n]` to `first[n + 1]`.
    ways: Vec<(u32, Way)>,
    first: Vec<u32>,
}

impl<'g, 'n> Timing<'g, 'n> {
    /// Finds where paths start, pass and end.
    pub fn new(graph: &'g Graph<'n>) -> Self {
        let (mut starts, mut ways, mut first) = (vec![None; graph.nets()], vec![], vec![0; graph.nets() + 1]);
        for net in 0..graph.nets() {
            if let Some(driver) = graph.drivers[net] {
                starts[net] = start(&graph.nodes[driver.node], &graph.nodes[driver.node].cell.pins[driver.pin]);
                ways_to(graph, driver, &mut ways);
            } else if graph.inputs.contains_key(&net) {
                starts[net] = Some(Start { picoseconds: 0, unregistered: false });
            }
            first[net + 1] = ways.len() as u32;
        }
        let mut timing = Self { graph, loops: vec![], ends: ends(graph), starts, order: vec![], ways, first };
        timing.sort();
        timing
    }

    /// The register or input at `net`.
    pub fn start(&self, net: Net) -> Option<Start> {
        self.starts[net]
    }

    /// Lets paths start at `net` as they do at `start`, or no longer.
    pub fn set_start(&mut self, net: Net, start: Option<Start>) {
        self.starts[net] = start;
    }

    fn ways(&self, net: Net) -> &[(u32, Way)] {
        &self.ways[self.first[net] as usize..self.first[net + 1] as usize]
    }

    /// Depth first with a stack of its own: paths of a broken design have no bound.
    fn sort(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut state = vec![State::New; self.graph.nets()];
        for root in 0..self.graph.nets() {
            if state[root] != State::New {
                continue;
            }
            // net, and how many of its ways have been followed
            let mut stack = vec![(root, 0)];
            state[root] = State::Open;
            while let Some((net, next)) = stack.last_mut() {
                let (net, way) = (*net, *next);
                *next += 1;
                match self.ways(net).get(way).map(|(from, _)| *from as usize) {
                    Some(from) => match state[from] {
                        State::Done => {}
                        State::New => {
                            state[from] = State::Open;
                            stack.push((from, 0));
                        }
                        // cut here, and remembered: the rest is still looked at
                        State::Open => {
                            let around = stack.iter().skip_while(|(net, _)| *net != from);
                            self.loops.push(around.filter_map(|(net, _)| self.graph.drivers[*net]).collect());
                        }
                    },
                    None => {
                        state[net] = State::Done;
                        self.order.push(net as u32);
                        stack.pop();
                    }
                }
            }
        }
    }

    /// The worst path to every net, of those that start where `from` holds.
    pub fn arrivals(&self, objective: Objective, rule: &LevelRule, from: impl Fn(Net, Start) -> bool) -> Vec<Arrival> {
        let mut arrivals = vec![Arrival::NONE; self.graph.nets()];
        for net in self.order.iter().map(|net| *net as usize) {
            let start = self.starts[net].filter(|start| from(net, *start));
            let mut worst =
                start.map_or(Arrival::NONE, |start| Arrival { before: net as u32, picoseconds: start.picoseconds.into(), ..Arrival::NONE });
            for (from, way) in self.ways(net) {
                // around a loop nothing is there yet
                let before = arrivals[*from as usize];
                if before.is_path() {
                    let arrival = before.pass(*from as usize, way, rule);
                    if !worst.is_path() || arrival.rank(objective) > worst.rank(objective) {
                        worst = arrival;
                    }
                }
            }
            arrivals[net] = worst;
        }
        arrivals
    }

    /// Where the worst path to `net` starts; `net` must have a path.
    pub fn origin(arrivals: &[Arrival], net: Net) -> Net {
        let mut net = net;
        while arrivals[net].before as usize != net {
            net = arrivals[net].before as usize;
        }
        net
    }
}

fn ways_to(graph: &Graph, driver: Driver, ways: &mut Vec<(u32, Way)>) {
    let node = &graph.nodes[driver.node];
    let output = &node.cell.pins[driver.pin];
    if matches!(node.primitive, None | Some(Primitive::FlipFlop | Primitive::BlockRam { .. } | Primitive::UltraRam)) {
        return;
    }
    for (pin, p) in node.cell.pins.iter().enumerate().filter(|(_, p)| !p.output) {
        for bit in 0..p.bits.len() {
            let net = graph.net(driver.node, pin, bit);
            if net == 0 {
                continue;
            }
            let chained = node.primitive == Some(Primitive::Carry)
                && graph.drivers[net].is_some_and(|from| graph.nodes[from.node].primitive == Some(Primitive::Carry));
            ways.extend(way(node, (p, bit), (output, driver.bit), chained).map(|way| (net as u32, way)));
        }
    }
}

fn ends(graph: &Graph) -> Vec<Endpoint> {
    let mut ends = vec![];
    for (node, n) in graph.nodes.iter().enumerate() {
        for (pin, p) in n.cell.pins.iter().enumerate() {
            let Some(end) = end(n, p) else { continue };
            for net in (0..p.bits.len()).map(|bit| graph.net(node, pin, bit)).filter(|net| *net != 0) {
                ends.push(Endpoint { net: net as u32, node: node as u32, pin: pin as u16, is_output: false, end });
            }
        }
    }
    let end = End { picoseconds: 0, net: true, unregistered: false };
    ends.extend((0u32..).zip(&graph.outputs).filter(|(_, (net, _))| *net != 0).map(|(i, (net, _))| Endpoint {
        net: *net as u32,
        node: i,
        pin: 0,
        is_output: true,
        end,
    }));
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: LevelRule = LevelRule { carry_levels: 2, carry4: 8, carry8_halves: 16 };

    fn start() -> Arrival {
        Arrival { before: 1, picoseconds: 223, ..Arrival::NONE }
    }

    fn carry(arrival: Arrival, enters: bool, cells: usize, eight: bool) -> Arrival {
        let quads = if eight { 2 } else { 1 };
        (0..cells).fold(arrival, |arrival, i| {
            let through = Through::Carry { quads, enters: enters && i == 0, eight };
            arrival.pass(1, &Way { picoseconds: 50, net: false, through }, &RULE)
        })
    }

    #[test]
    fn a_carry_chain_counts_as_two_levels_until_it_is_too_long() {
        let lut = start().pass(1, &Way { picoseconds: 43, net: true, through: Through::Lut }, &RULE);
        assert_eq!((lut.levels, lut.luts, lut.delay(330)), (1, 1, 223 + 43 + 330));
        let levels = |cells, eight| carry(lut, true, cells, eight).levels;
        assert_eq!([levels(1, false), levels(8, false), levels(9, false), levels(17, false)], [3, 3, 5, 7]);
        assert_eq!([levels(8, true), levels(9, true)], [3, 5]);
        // a second chain counts anew
        assert_eq!(carry(carry(lut, true, 8, false), true, 1, false).levels, 5);
        assert_eq!(carry(lut, true, 8, false).carries, 8);
    }
}
