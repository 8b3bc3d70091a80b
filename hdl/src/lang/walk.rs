//! Reads a block's tree of signals, children and kernels through rust-hdl's `Probe`.

use rust_hdl_core::ast::Verilog;
use rust_hdl_core::atom::{Atom, AtomKind};
use rust_hdl_core::prelude::{Block, Clock, Probe, Synth, TypeKind};

/// Where a signal or a child stands in its block's struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The names of the fields from the struct's own down, each with its indices: `word$3`.
    parts: Vec<String>,
}

impl Path {
    /// The struct's field.
    pub fn field(&self) -> &str {
        self.bare(0)
    }

    /// The fields inside it, in a bundle of ports.
    pub fn inner(&self) -> impl Iterator<Item = &str> {
        (1..self.parts.len()).map(|i| self.bare(i))
    }

    fn bare(&self, i: usize) -> &str {
        self.parts[i].split('$').next().unwrap_or_default()
    }

    /// The same path without indices: elements of one array have one.
    pub fn family(&self) -> Vec<&str> {
        (0..self.parts.len()).map(|i| self.bare(i)).collect()
    }

    /// It is an element of an array.
    pub fn is_element(&self) -> bool {
        self.parts.iter().any(|part| part.contains('$'))
    }
}

/// One signal or constant of a block.
#[derive(Clone, Debug)]
pub struct Item {
    pub name: String,
    pub path: Path,
    /// Of the signal's type, as Rust knows it.
    pub type_name: String,
    pub kind: AtomKind,
    pub width: usize,
    pub signed: bool,
    /// A clock.
    pub clock: bool,
    /// Present value as a number (the reset value of a register, the value of a constant).
    pub value: u128,
    /// Variant names of a state type, in order of their codes.
    pub labels: Vec<String>,
    /// Verilog attribute of a port of the top; empty for none.
    pub attribute: String,
}

impl Item {
    pub fn is_port(&self) -> bool {
        self.kind.is_parameter()
    }
    pub fn is_output(&self) -> bool {
        self.kind == AtomKind::OutputParameter
    }
}

/// One block: its own signals, its children and its kernel.
#[derive(Clone, Debug)]
pub struct Node {
    pub instance: String,
    pub path: Path,
    pub items: Vec<Item>,
    pub children: Vec<Node>,
    pub code: Verilog,
}

impl Node {
    /// A stock flip-flop: ports `d`, `q`, `clock` and nothing else.
    pub fn is_register(&self) -> bool {
        self.children.is_empty()
            && self.items.len() == 3
            && matches!(self.code, Verilog::Custom(_))
            && ["d", "q", "clock"].iter().all(|port| self.items.iter().any(|i| i.name == *port))
    }
}

#[derive(Default)]
struct Walk {
    open: Vec<Node>,
    namespaces: Vec<String>,
    root: Option<Node>,
}

/// The tree of `block`, whose own name is `name`.
pub fn tree<B: Block>(name: &str, block: &B) -> Node {
    let mut walk = Walk::default();
    block.accept(name, &mut walk);
    walk.root.expect("a block opens and closes its own scope")
}

/// Verilog spelling of a rust-hdl path. A field `ports` is a list of ports that blocks share: its name is no part of theirs.
pub fn identifier(path: &str) -> String {
    path.replace("::", "_").split('$').filter(|part| *part != "ports").collect::<Vec<_>>().join("_")
}

fn number(literal: &str) -> u128 {
    let (_, digits) = literal.split_once('\'').expect("rust-hdl writes literals as width'base digits");
    let radix = if digits.starts_with('h') { 16 } else { 2 };
    u128::from_str_radix(&digits[1..], radix).unwrap_or(0)
}

impl Probe for Walk {
    fn visit_start_scope(&mut self, name: &str, block: &dyn Block) {
        let path = Path { parts: vec![name.into()] };
        self.open.push(Node { instance: identifier(name), path, items: vec![], children: vec![], code: block.hdl() });
    }
    fn visit_start_namespace(&mut self, name: &str, _: &dyn Block) {
        self.namespaces.push(name.into());
    }
    fn visit_end_namespace(&mut self, _: &str, _: &dyn Block) {
        self.namespaces.pop();
    }
    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        let mut parts = self.namespaces.clone();
        parts.push(name.into());
        let kind = atom.descriptor().kind;
        let item = Item {
            name: identifier(&parts.join("_")),
            path: Path { parts },
            type_name: atom.descriptor().name,
            kind: atom.kind(),
            width: atom.bits(),
            signed: matches!(kind, TypeKind::Signed(_)),
            clock: atom.descriptor().name == Clock::descriptor().name,
            value: number(&atom.verilog().to_string()),
            labels: if let TypeKind::Enum(labels) = kind { labels } else { vec![] },
            attribute: String::new(),
        };
        self.open.last_mut().expect("an atom lies inside a block").items.push(item);
    }
    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        let node = self.open.pop().expect("scopes are balanced");
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
    }
}

/// The value of a rust-hdl literal, whose field is private.
pub fn literal(l: &rust_hdl_core::ast::VerilogLiteral) -> u128 {
    number(&l.to_string())
}
