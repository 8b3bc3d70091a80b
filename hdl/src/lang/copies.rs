//! Copies of a register, for more loads than one net can reach in a cycle.

use super::leaf::{Leaf, Parameter};
use super::prelude::*;

/// A binary tree of registers: as many copies of `W` bits as are asked for, all of them as many cycles later as the tree has levels.
///
/// ```text
///             level 1            level 2
///                              .-> [0] copy 0
///           .-> [0] -----------'-> [1] copy 1
///  value ---|
///           '-> [1] -----------.-> [0] copy 2
///                              '-> [1] copy 3
/// ```
///
/// Synthesis makes one of registers that always hold the same, whatever attributes say. Here every two with the same input
/// begin with other values (0 and all ones, the numbers in the drawing), so they are not the same: nothing is to be kept by
/// attributes, and no netlist differs from what was simulated.
///
/// In the first cycles after power-up the copies therefore differ: only what may have any value until the reset may be copied.
#[derive(LogicBlock)]
pub struct Copies<const W: usize> {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// What to copy; any value in any cycle.
    pub value: Signal<In, Bits<W>>,
    /// Each is `value` of as many cycles ago as the tree has levels: 1 for two copies, 2 for four, 3 for eight.
    pub copy: Vec<Signal<Out, Bits<W>>>,
    /// Level by level, the last one is the copies.
    _levels: Vec<Vec<Bits<W>>>,
}

/// What register `index` of a level begins with.
fn begins_with_ones(index: usize) -> bool {
    index % 2 == 1
}

impl<const W: usize> Copies<W> {
    /// `count` copies, at least 1, after [`levels`] cycles.
    pub fn new(count: usize) -> Self {
        let count = count.max(1);
        let depth = levels(count);
        let level = |l: usize| (0..count.min(1 << l)).map(|i| if begins_with_ones(i) { !Bits::default() } else { Bits::default() });
        Self {
            clock: Default::default(),
            value: Default::default(),
            copy: many(count),
            _levels: (1..=depth).map(|l| level(l).collect()).collect(),
        }
    }

    /// The register of the level before that number `i` of level `l` copies. A level is as wide as can be, so that no three registers
    /// stand in a row with one load each: synthesis makes a shift register of such, whose output comes late.
    fn parent(&self, l: usize, i: usize) -> usize {
        i * self._levels[l - 1].len() / self._levels[l].len()
    }
}

/// Cycles from a value to its `count` copies: at least 1.
pub fn levels(count: usize) -> usize {
    (count.max(2).next_power_of_two().trailing_zeros()) as usize
}

impl<const W: usize> Default for Copies<W> {
    fn default() -> Self {
        Self::new(2)
    }
}

impl<const W: usize> Logic for Copies<W> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            for l in (0..self._levels.len()).rev() {
                for i in 0..self._levels[l].len() {
                    self._levels[l][i] = if l == 0 { self.value.val() } else { self._levels[l - 1][self.parent(l, i)] };
                }
            }
        }
        if let Some(last) = self._levels.last() {
            for (port, &value) in self.copy.iter_mut().zip(last) {
                port.next = value;
            }
        }
    }

    fn connect(&mut self) {
        self.copy.iter_mut().for_each(|port| port.connect());
    }

    fn hdl(&self) -> Verilog {
        let (mut registers, mut moves, mut assigns) = (String::new(), String::new(), String::new());
        for (l, level) in self._levels.iter().enumerate() {
            for i in 0..level.len() {
                let name = |l: usize, i: usize| format!("level_{l}_{i}");
                let from = if l == 0 { "value".into() } else { name(l, self.parent(l, i)) };
                let bit = u8::from(begins_with_ones(i));
                registers += &format!("reg [WIDTH-1:0] {} = {{WIDTH{{1'b{bit}}}}};\n", name(l + 1, i));
                moves += &format!("  {} <= {from};\n", name(l + 1, i));
                if l + 1 == self._levels.len() {
                    assigns += &format!("assign copy_{i} = {};\n", name(l + 1, i));
                }
            }
        }
        let count = self.copy.len();
        let leaf = Leaf {
            block: "Copies".into(),
            name: format!("ember_copies_{count}"),
            what: "A tree of registers for more loads than one net can reach in a cycle; they begin with other values, so that synthesis keeps each.".into(),
            parameters: vec![Parameter::new("WIDTH", W, "Bits.")],
            widths: std::iter::once("value".to_string()).chain((0..count).map(|i| format!("copy_{i}"))).map(|port| (port, "WIDTH".into())).collect(),
            body: format!("{registers}\nalways @(posedge clock) begin\n{moves}end\n\n{assigns}"),
        };
        leaf.verilog()
    }
}
