//! The longest paths, by levels of logic and a rough delay (see [`super::arcs`]), and combinational loops.

use super::arcs::{arc, end, source, Source};
use super::graph::{Driver, Graph, Net};
use super::primitive::Primitive;
use serde::Serialize;
use std::collections::HashSet;

/// A path between two registers (or memories, DSPs, ports).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Path {
    /// Register or port at its start, with the instances around it.
    pub start: String,
    /// Register or port at its end.
    pub end: String,
    /// Levels of logic: look-up tables, wide multiplexers, carry cells, distributed RAMs and DSPs passed through.
    pub levels: usize,
    /// Those levels in short, `5 LUT, 3 CARRY4`.
    pub through: String,
    /// Rough delay in picoseconds.
    pub picoseconds: u32,
}

/// Longest paths and loops.
#[derive(Debug, Default)]
pub struct Timing {
    /// The longest paths, the longest first; two that differ only in instance or bit numbers count once.
    pub paths: Vec<Path>,
    /// Combinational loops: the drivers around each.
    pub loops: Vec<Vec<Driver>>,
}

/// What is known of a net.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    picoseconds: u32,
    /// The net before, on the longest way; itself at a start.
    before: Net,
}

/// Finds loops, and the `count` longest paths.
pub fn analyse(graph: &Graph, count: usize) -> Timing {
    let mut walk = Walk { graph, arrivals: vec![None; graph.nets()], state: vec![State::New; graph.nets()], loops: vec![] };
    let mut ends: Vec<(u32, Net, End)> = vec![];
    for (node, n) in graph.nodes.iter().enumerate() {
        let Some(primitive) = Primitive::of(&n.cell.kind) else { continue };
        for (pin, p) in n.cell.pins.iter().enumerate() {
            for bit in 0..p.bits.len() {
                let net = graph.net(node, pin, bit);
                if net == 0 {
                    continue;
                }
                let arrival = walk.arrive(net);
                if let (false, Some(setup)) = (p.output, end(n.cell, primitive, p)) {
                    ends.push((arrival + setup, net, End::Node(node)));
                }
            }
        }
    }
    for (i, (net, _)) in graph.outputs.iter().enumerate() {
        ends.push((walk.arrive(*net), *net, End::Output(i)));
    }
    ends.sort_by_key(|(delay, ..)| std::cmp::Reverse(*delay));
    let mut paths = vec![];
    let mut seen = HashSet::new();
    for (picoseconds, net, end) in ends {
        if paths.len() == count || picoseconds == 0 {
            break;
        }
        let path = walk.path(picoseconds, net, end);
        if seen.insert((pattern(&path.start), pattern(&path.end))) {
            paths.push(path);
        }
    }
    Timing { paths, loops: walk.loops }
}

#[derive(Clone, Copy)]
enum End {
    Node(usize),
    Output(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

struct Walk<'g, 'n> {
    graph: &'g Graph<'n>,
    arrivals: Vec<Option<Arrival>>,
    state: Vec<State>,
    loops: Vec<Vec<Driver>>,
}

impl Walk<'_, '_> {
    /// When the value of `net` is there. Depth first with a stack of its own: paths of a broken design have no bound.
    fn arrive(&mut self, net: Net) -> u32 {
        let mut stack = vec![];
        self.enter(net, &mut stack);
        while let Some(open) = stack.last_mut() {
            if let Some((input, _)) = open.inputs.get(open.next).copied() {
                open.next += 1;
                match self.state[input] {
                    State::Done => {}
                    State::New => self.enter(input, &mut stack),
                    // cut here, and remembered: the rest is still looked at
                    State::Open => self.found_loop(input, &stack),
                }
                continue;
            }
            let (at, start) = (open.net, open.start);
            let mut best = Arrival { picoseconds: start, before: at };
            for (input, delay) in &open.inputs {
                let arrival = self.arrivals[*input].map_or(0, |a| a.picoseconds) + delay;
                if arrival > best.picoseconds {
                    best = Arrival { picoseconds: arrival, before: *input };
                }
            }
            self.arrivals[at] = Some(best);
            self.state[at] = State::Done;
            stack.pop();
        }
        self.arrivals[net].map_or(0, |a| a.picoseconds)
    }

    fn enter(&mut self, net: Net, stack: &mut Vec<Open>) {
        if self.state[net] == State::Done {
            return;
        }
        self.state[net] = State::Open;
        let mut open = Open { net, start: 0, inputs: vec![], next: 0 };
        if let Some(driver) = self.graph.drivers[net] {
            let cell = self.graph.nodes[driver.node].cell;
            let output = &cell.pins[driver.pin];
            match Primitive::of(&cell.kind).map(|p| (p, source(cell, p, output))) {
                Some((_, Source::Register(delay))) => open.start = delay,
                Some((primitive, Source::Logic)) => {
                    for (pin, p) in cell.pins.iter().enumerate().filter(|(_, p)| !p.output) {
                        for bit in 0..p.bits.len() {
                            let input = self.graph.net(driver.node, pin, bit);
                            let delay = (input != 0).then(|| arc(cell, primitive, (p, bit), (output, driver.bit))).flatten();
                            open.inputs.extend(delay.map(|delay| (input, delay)));
                        }
                    }
                }
                None => {}
            }
        }
        stack.push(open);
    }

    fn found_loop(&mut self, back: Net, stack: &[Open]) {
        let around = stack.iter().skip_while(|open| open.net != back);
        self.loops.push(around.filter_map(|open| self.graph.drivers[open.net]).collect());
    }

    fn path(&self, picoseconds: u32, net: Net, end: End) -> Path {
        let (mut net, mut kinds) = (net, vec![]);
        while let Some(Arrival { before, .. }) = self.arrivals[net] {
            if before == net {
                break;
            }
            if let Some(driver) = self.graph.drivers[net] {
                kinds.push(self.graph.nodes[driver.node].cell.kind.as_str());
            }
            net = before;
        }
        let start = self.graph.drivers[net].map_or_else(|| "an input".into(), |driver| self.place(driver.node));
        let end = match end {
            End::Node(node) => self.place(node),
            End::Output(i) => format!("output {}", self.graph.outputs[i].1),
        };
        Path { start, end, levels: kinds.len(), through: through(kinds), picoseconds }
    }

    /// A register by its name; a memory or DSP with its type, since their nets say little.
    fn place(&self, node: usize) -> String {
        let (kind, path) = (&self.graph.nodes[node].cell.kind, self.graph.path(node));
        match Primitive::of(kind) {
            Some(Primitive::FlipFlop) => path,
            _ => format!("{path} ({kind})"),
        }
    }
}

struct Open {
    net: Net,
    start: u32,
    inputs: Vec<(Net, u32)>,
    next: usize,
}

/// `5 LUT, 3 CARRY4`, the most frequent first.
fn through(kinds: Vec<&str>) -> String {
    let mut counts: Vec<(&str, usize)> = vec![];
    for kind in kinds {
        let kind = if Primitive::of(kind) == Some(Primitive::Lut) { "LUT" } else { kind };
        match counts.iter_mut().find(|(k, _)| *k == kind) {
            Some((_, n)) => *n += 1,
            None => counts.push((kind, 1)),
        }
    }
    counts.sort_by_key(|(kind, n)| (std::cmp::Reverse(*n), *kind));
    counts.iter().map(|(kind, n)| format!("{n} {kind}")).collect::<Vec<_>>().join(", ")
}

/// A name with its numbers taken out: `u_tail_3.low[7]` and `u_tail_0.low[2]` are alike.
fn pattern(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_counted_and_names_compared_without_numbers() {
        assert_eq!(through(vec!["LUT6", "CARRY4", "LUT2", "MUXF7"]), "2 LUT, 1 CARRY4, 1 MUXF7");
        assert_eq!(pattern("u_tail_13.low[7]"), pattern("u_tail_0.low[31]"));
    }
}
