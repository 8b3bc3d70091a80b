//! Names that a module may not have, and those that it may not have together.

use super::reserved::is_reserved;
use super::walk::{identifier, Node, Path};
use std::collections::{BTreeMap, BTreeSet};

/// Stops at a name that Verilog keeps for itself, and at two that are one or that a reader takes for one. Instances are
/// written `u_name` and children's ports `name_port`; a register's own name stands alone.
///
/// # Panics
/// At such a name: a defect of the RTL.
pub fn check(node: &Node) {
    let own = node.items.iter().map(|i| ("signal", &i.name));
    let labels = node.items.iter().chain(node.children.iter().flat_map(|c| &c.items)).flat_map(|i| &i.labels);
    let registers = node.children.iter().filter(|c| c.is_register()).map(|c| ("register", &c.instance));
    for (kind, name) in own.chain(registers).chain(labels.map(|l| ("state", l))) {
        if is_reserved(&identifier(name)) {
            panic!("block {}: the {kind} `{name}` has the name of a reserved word of SystemVerilog; rename it", node.instance);
        }
    }
    declared_once(node);
    told_apart(node);
}

/// Every signal that the module declares has a name of its own: `memory_data` may be a signal, or a port of `memory`.
fn declared_once(node: &Node) {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let own = node.items.iter().map(|i| (i.name.clone(), i.name.clone()));
    let ports = node.children.iter().flat_map(|c| {
        let wires = c.items.iter().filter(|i| i.is_port() && !c.is_register());
        let register = c.is_register().then(|| (c.instance.clone(), c.instance.clone()));
        wires.map(|i| (format!("{}_{}", c.instance, i.name), format!("{}.{}", c.instance, i.name))).chain(register)
    });
    for (name, what) in own.chain(ports) {
        if let Some(other) = names.insert(name.clone(), what.clone()) {
            panic!("block {}: `{other}` and `{what}` are both `{name}` in Verilog; rename one", node.instance);
        }
    }
}

/// No field has the name of an element of an array, or of what could be one: `pair_2` beside `pair[2]`, whose own elements
/// would be `pair_2_0` beside `pair_2`.
fn told_apart(node: &Node) {
    let paths: Vec<&Path> = node.items.iter().map(|i| &i.path).chain(node.children.iter().map(|c| &c.path)).collect();
    let arrays: BTreeSet<String> = paths.iter().filter(|p| p.is_element()).map(|p| p.family().join("_")).collect();
    for path in &paths {
        let name = path.family().join("_");
        let mut short = name.as_str();
        while let Some((rest, number)) = short.rsplit_once('_') {
            if number.is_empty() || !number.bytes().all(|c| c.is_ascii_digit()) {
                break;
            }
            if arrays.contains(rest) {
                panic!("block {}: `{name}` reads like an element of the array `{rest}` ({rest}_0 ...); rename one", node.instance);
            }
            short = rest;
        }
    }
}
