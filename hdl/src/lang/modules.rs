//! Modules that differ in numbers alone become one module with parameters.
//!
//! A leaf names its parameters. A module that contains it has the same text for every depth, and so has the module
//! around that; whatever differs is the numbers at the leaves and the values of constants, the *slots* of a module's text.
//! All instances of a text in the tree are looked at together: a slot that has one value in all of them is written as
//! that value, one that has several becomes a parameter of the module, and its parents hand it down. Slots that always
//! have equal values are one parameter.

use super::comment::comment;
use super::emit::Module;
use super::fold::fold;
use std::collections::{BTreeMap, BTreeSet};

/// Stands in a text for the instance of the child of the number that follows, up to [`END`].
const CHILD: char = '\u{1}';
/// Stands for the declaration of the slot of the number that follows, up to [`END`].
const OWN: char = '\u{2}';
const END: char = '\u{3}';

/// A number of a module that may differ from instance to instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Of the parameter or constant.
    pub name: String,
    /// Its range with a blank before; empty for an integer.
    pub range: String,
    /// In Verilog.
    pub value: String,
    /// Markdown.
    pub doc: String,
}

/// The text of a module and what it leaves open.
#[derive(Clone, Debug)]
pub struct Body {
    /// Module name, before `_2` and the like.
    pub name: String,
    /// The header's lines.
    pub comment: String,
    /// From behind `module name (` up to `endmodule`, with [`child`] and [`own`] in it.
    pub text: String,
    /// The module's own numbers.
    pub own: Vec<Slot>,
    /// They are parameters even where they have one value.
    pub always: bool,
    /// Instance name without indices, and the child as [`Modules::add`] numbered it, in the order of [`child`]'s numbers.
    pub children: Vec<(String, usize)>,
}

/// The place of `module u_name` for the child of number `i`; what follows is the instance's name.
pub fn child(i: usize) -> String {
    format!("{CHILD}{i}{END}")
}

/// The place of the `localparam` of the module's own number `i`, with its line end.
pub fn own(i: usize) -> String {
    format!("{OWN}{i}{END}")
}

/// One text and every set of values that it has in the tree.
struct Class {
    body: Body,
    /// Classes of the children.
    children: Vec<usize>,
    name: String,
    slots: Vec<Slot>,
    seen: Vec<Vec<String>>,
}

/// A parameter of a class: the slots that it stands for.
struct Parameter {
    slots: Vec<usize>,
    name: String,
}

/// All modules of a tree, children before parents.
#[derive(Default)]
pub struct Modules {
    classes: Vec<Class>,
    by_body: BTreeMap<(String, String, Vec<usize>), usize>,
    /// (class, values of its slots) of every block added.
    instances: Vec<(usize, Vec<String>)>,
    names: BTreeSet<String>,
}

impl Modules {
    /// Adds a module, or finds that it is there, and returns the number of this instance.
    pub fn add(&mut self, body: Body) -> usize {
        let children: Vec<usize> = body.children.iter().map(|c| self.instances[c.1].0).collect();
        let key = (body.name.clone(), body.text.clone(), children.clone());
        let mut values: Vec<String> = body.own.iter().map(|s| s.value.clone()).collect();
        for (_, instance) in &body.children {
            values.extend_from_slice(&self.instances[*instance].1);
        }
        let class = match self.by_body.get(&key) {
            Some(class) => *class,
            None => {
                let name = self.free_name(&body.name);
                let slots = self.slots(&body, &children);
                self.classes.push(Class { body, children, name, slots, seen: vec![] });
                self.by_body.insert(key, self.classes.len() - 1);
                self.classes.len() - 1
            }
        };
        self.classes[class].seen.push(values.clone());
        self.instances.push((class, values));
        self.instances.len() - 1
    }

    fn free_name(&mut self, base: &str) -> String {
        let mut name = base.to_string();
        for n in 2.. {
            if self.names.insert(name.clone()) {
                break;
            }
            name = format!("{base}_{n}");
        }
        name
    }

    /// A module's own slots, then those of its children, named after them.
    fn slots(&self, body: &Body, children: &[usize]) -> Vec<Slot> {
        let mut slots = body.own.clone();
        for ((instance, _), class) in body.children.iter().zip(children) {
            let prefix = instance.to_uppercase();
            let named = |slot: &Slot| Slot { name: format!("{prefix}_{}", slot.name.to_uppercase()), ..slot.clone() };
            slots.extend(self.classes[*class].slots.iter().map(named));
        }
        slots
    }

    /// The files.
    pub fn texts(&self) -> Vec<Module> {
        let parameters: Vec<Vec<Parameter>> = self.classes.iter().map(parameters).collect();
        self.classes.iter().zip(&parameters).map(|(class, own)| self.text(class, own, &parameters)).collect()
    }

    fn text(&self, class: &Class, parameters: &[Parameter], all: &[Vec<Parameter>]) -> Module {
        let first = &class.seen[0];
        let is_parameter = |slot: usize| parameters.iter().find(|p| p.slots.contains(&slot));
        let mut text = String::new();
        let mut rest = class.body.text.as_str();
        while let Some(at) = rest.find([CHILD, OWN]) {
            let (number, after) = rest[at + 1..].split_once(END).unwrap_or_default();
            let i: usize = number.parse().unwrap_or_default();
            text += &rest[..at];
            if rest[at..].starts_with(OWN) {
                if is_parameter(i).is_none() {
                    let slot = &class.slots[i];
                    text += &format!("  localparam{} {} = {};\n", slot.range, slot.name, slot.value);
                }
            } else {
                let base = class.body.own.len() + class.children[..i].iter().map(|c| self.classes[*c].slots.len()).sum::<usize>();
                let child = class.children[i];
                let value = |p: &Parameter| is_parameter(base + p.slots[0]).map_or(&first[base + p.slots[0]], |own| &own.name);
                let given: Vec<String> = all[child].iter().map(|p| format!("    .{}({})", p.name, value(p))).collect();
                text += &self.classes[child].name;
                if !given.is_empty() {
                    text += &format!(" #(\n{}\n  )", given.join(",\n"));
                }
            }
            rest = after;
        }
        text += rest;
        let name = &class.name;
        let mut list = String::new();
        for (i, p) in parameters.iter().enumerate() {
            let slot = &class.slots[p.slots[0]];
            let comma = if i + 1 < parameters.len() { "," } else { "" };
            list += &format!("{}  parameter{} {} = {}{comma}\n", comment(&slot.doc, 2), slot.range, p.name, first[p.slots[0]]);
        }
        let list = if list.is_empty() { String::new() } else { format!("#(\n{list}) ") };
        let licence = crate::header::verilog();
        let about = &class.body.comment;
        // a declaration that became a parameter leaves its blank line behind
        let text = fold(&text.replace("\n\n\n", "\n\n"));
        let text = format!("{licence}\n{about}`default_nettype none\n\nmodule {name} {list}(\n{text}endmodule\n\n`default_nettype wire\n");
        Module { name: name.clone(), text }
    }
}

/// The slots of `class` that are parameters, those with equal values in every instance together.
fn parameters(class: &Class) -> Vec<Parameter> {
    let own = class.body.own.len();
    let column = |slot: usize| class.seen.iter().map(move |values| &values[slot]);
    let mut found: Vec<Parameter> = vec![];
    for slot in 0..class.slots.len() {
        let varies = column(slot).any(|value| *value != class.seen[0][slot]);
        if !(varies || class.body.always && slot < own) {
            continue;
        }
        let name = &class.slots[slot].name;
        let range = &class.slots[slot].range;
        let same = |p: &&mut Parameter| {
            slot >= own && p.slots[0] >= own && class.slots[p.slots[0]].range == *range && column(p.slots[0]).eq(column(slot))
        };
        match found.iter_mut().find(same) {
            Some(parameter) => parameter.slots.push(slot),
            None => {
                let taken = found.iter().filter(|p| p.name == *name || p.name.starts_with(&format!("{name}_"))).count();
                let name = if taken == 0 { name.clone() } else { format!("{name}_{}", taken + 1) };
                found.push(Parameter { slots: vec![slot], name });
            }
        }
    }
    found
}
