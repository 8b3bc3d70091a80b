//! Verilog (IEEE 1364-2005) from a rust-hdl block tree: one definition per distinct module, flip-flops written as
//! clocked processes, plain wiring connected directly, every width explicit.
//!
//! Module names come from the header comment of each kernel (`"ember_column: sixteen cells ..."`):
//! the text before the first colon. Two different texts under one name get `_2`, `_3`, in the order
//! in which the tree is walked, so output is deterministic. Modules that differ in numbers alone (the depth of a memory
//! inside, a constant) are one module with parameters; see `super::modules`.

use super::comment::comment;
use super::docs::Block as Docs;
use super::kernel::Kernel;
use super::leaf::Leaf;
use super::modules::{Body, Modules, Slot};
use super::names;
use super::ports::port_list;
use super::walk::{tree, Node};
use rust_hdl_core::ast::Verilog;
use rust_hdl_core::prelude::Block;
use std::collections::{BTreeMap, BTreeSet};

/// One Verilog module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name; the file is `name.v`.
    pub name: String,
    /// The whole file.
    pub text: String,
}

/// Every distinct module below `block`, children before parents; the last one is the top.
///
/// # Panics
/// On a kernel whose Rust and Verilog could differ, on an output of a child that nothing reads and that is not named as
/// unused, and on names that a reader mixes up: defects of this crate's RTL, found the first time the block is generated.
pub fn emit<B: Block>(block: &B) -> Vec<Module> {
    emit_with(block, &BTreeMap::new())
}

/// As [`emit`]; `attributes` go before the top's ports of those names, each as it stands between `(*` and `*)`.
///
/// # Panics
/// As [`emit`], and on a name that is no port of the top.
pub fn emit_with<B: Block>(block: &B, attributes: &BTreeMap<String, String>) -> Vec<Module> {
    let mut top = tree("top", block);
    for (port, attribute) in attributes {
        let item = top.items.iter_mut().find(|i| i.is_port() && i.name == *port);
        item.unwrap_or_else(|| panic!("an attribute for `{port}`, which is no port of the top")).attribute = attribute.clone();
    }
    let mut modules = Modules::default();
    module(&top, &mut modules);
    modules.texts()
}

/// Ports of the modules of this crate below `block` of which the Rust says nothing, as `Struct.field`, in order; of an array
/// or a bundle's port once.
pub fn undocumented<B: Block>(block: &B) -> Vec<String> {
    fn visit(node: &Node, found: &mut BTreeSet<String>) {
        if let Some(docs) = Docs::of(node) {
            let silent = |path| docs.signal(path).is_none_or(|f| f.doc.is_empty());
            let ports = node.items.iter().filter(|i| i.is_port() && silent(&i.path));
            found.extend(ports.map(|i| format!("{}.{}", docs.name, i.path.family().join("."))));
        }
        node.children.iter().filter(|c| !c.is_register()).for_each(|c| visit(c, found));
    }
    let mut found = BTreeSet::new();
    visit(&tree("top", block), &mut found);
    found.into_iter().collect()
}

/// Adds `node` (and what is below it) and returns what an instance of it needs.
fn module(node: &Node, modules: &mut Modules) -> usize {
    names::check(node);
    let docs = Docs::of(node);
    let body = match &node.code {
        Verilog::Custom(text) => leaf(node, docs, text),
        Verilog::Combinatorial(block) => {
            let children: Vec<_> = node.children.iter().filter(|c| !c.is_register()).map(|c| (c, module(c, modules))).collect();
            Kernel::new(node, docs, block).emit(&children)
        }
        _ => panic!("block {} has no kernel", node.instance),
    };
    modules.add(body)
}

fn leaf(node: &Node, docs: Option<&Docs>, text: &str) -> Body {
    let leaf = Leaf::read(text).unwrap_or_else(|| panic!("block {}: its Verilog is no `Leaf`", node.instance));
    let widths = leaf.widths.into_iter().collect();
    let mut out = port_list(&node.items, &BTreeSet::new(), docs, &widths);
    for line in leaf.body.trim_end().lines() {
        out += &if line.is_empty() { "\n".to_string() } else { format!("  {line}\n") };
    }
    let slots = leaf.parameters.into_iter().map(|p| Slot { name: p.name, range: String::new(), value: p.value.to_string(), doc: p.doc });
    Body { comment: header(&leaf.what, docs), name: leaf.name, text: out, own: slots.collect(), always: true, children: vec![] }
}

/// A module's header: its own sentence, and what the struct's documentation says.
pub fn header(sentence: &str, docs: Option<&Docs>) -> String {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let doc = docs.map_or("", |d| d.doc);
    let first = doc.split("\n\n").next().unwrap_or_default();
    if words(first) == words(sentence) || doc.is_empty() {
        return comment(if doc.is_empty() { sentence } else { doc }, 0);
    }
    comment(&format!("{sentence}\n\n{doc}"), 0)
}
