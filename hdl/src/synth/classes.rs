//! Names of registers without their numbers: paths between registers of the same two classes are a family.

use super::graph::{Graph, Net};
use super::primitive::Primitive;
use std::collections::HashMap;

/// A class by its number in [`Classes`].
pub type Class = u32;

/// A name without indices, numbers as `#`: `u_tail_3.low[7]` and `u_tail_0.low[2]` are both `u_tail_#.low`.
pub fn class(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let index = rest.find(']').filter(|end| c == '[' && *end > 0 && rest[..*end].bytes().all(|b| b.is_ascii_digit()));
        match (c, index) {
            (_, Some(end)) => rest = &rest[end + 1..],
            ('0'..='9', _) if out.ends_with('#') => {}
            ('0'..='9', _) => out.push('#'),
            _ => out.push(c),
        }
    }
    out
}

/// Whether `name` is as `pattern`, in which `*` stands for anything.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|tail| {
            rest.is_empty() || tail.char_indices().map(|(i, _)| i).chain([tail.len()]).any(|i| matches(rest, &tail[i..]))
        }),
    }
}

/// Classes of all registers of a design, worked out as they are asked for.
pub struct Classes<'g, 'n> {
    graph: &'g Graph<'n>,
    texts: Vec<String>,
    numbers: HashMap<String, Class>,
    of_nets: Vec<Option<Class>>,
    of_pins: HashMap<(u32, u16), Class>,
}

impl<'g, 'n> Classes<'g, 'n> {
    /// Of no registers yet.
    pub fn new(graph: &'g Graph<'n>) -> Self {
        Self { graph, texts: vec![], numbers: HashMap::new(), of_nets: vec![None; graph.nets()], of_pins: HashMap::new() }
    }

    /// A class's name.
    pub fn text(&self, class: Class) -> &str {
        &self.texts[class as usize]
    }

    fn number(&mut self, text: String) -> Class {
        let next = self.texts.len() as Class;
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.texts.push(text.clone());
            next
        })
    }

    /// Of what starts a path at `net`.
    pub fn at(&mut self, net: Net) -> Class {
        if let Some(class) = self.of_nets[net] {
            return class;
        }
        let text = match self.graph.drivers[net] {
            None => format!("input {}", class(&self.graph.name(net).unwrap_or_default())),
            Some(driver) => match self.graph.nodes[driver.node].primitive {
                Some(Primitive::FlipFlop) => class(&self.graph.name(net).unwrap_or_else(|| self.graph.cell_path(driver.node))),
                _ => self.block(driver.node),
            },
        };
        let number = self.number(text);
        self.of_nets[net] = Some(number);
        number
    }

    /// Of what ends a path at a pin.
    pub fn end(&mut self, node: u32, pin: u16) -> Class {
        if let Some(class) = self.of_pins.get(&(node, pin)) {
            return *class;
        }
        let n = &self.graph.nodes[node as usize];
        let name = &*n.cell.pins[pin as usize].name;
        let text = match n.primitive {
            Some(Primitive::FlipFlop) => {
                let register = class(&self.graph.path(node as usize));
                if name == "D" {
                    register
                } else {
                    format!("{register}.{name}")
                }
            }
            _ => format!("{}.{name}", self.block(node as usize)),
        };
        let number = self.number(text);
        self.of_pins.insert((node, pin), number);
        number
    }

    /// Of an output of the design.
    pub fn output(&mut self, i: u32) -> Class {
        self.number(format!("output {}", class(&self.graph.outputs[i as usize].1)))
    }

    /// A RAM by its own name, anything else by what it drives; with its type, since neither says it.
    pub fn block(&self, node: usize) -> String {
        let (own, kind) = (self.graph.cell_path(node), &self.graph.nodes[node].cell.kind);
        let name = if own.contains('$') { self.graph.path(node) } else { own };
        format!("{} ({kind})", class(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_numbers() {
        assert_eq!(class("u_tail_13.low[7]"), "u_tail_#.low");
        assert_eq!(class("u_tail_0.low[31]"), class("u_tail_13.low[7]"));
        assert_eq!(class("token_2[0].x[y]"), "token_#.x[y]");
    }

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("u_*.kind", "u_a.u_b.kind") && matches("*", "") && matches("a*b*c", "a1b2c") && matches("ab", "ab"));
        assert!(!matches("u_*.kind", "u_a.kinds") && !matches("ab", "abc") && !matches("a*b", "a"));
    }
}
