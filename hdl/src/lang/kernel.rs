//! The text of a kernel: wires, combinational and clocked processes, instances.

use super::comment::comment;
use super::docs::Block as Docs;
use super::emit::header;
use super::expression::{Scope, Shape};
use super::modules::{child, own, Body, Slot};
use super::ports::{port_list, range, Said};
use super::spelling::{spell, spell_signed};
use super::statement::{header_and_body, only, targets, visit, write, Statement};
use super::walk::{identifier, Item, Node};
use rust_hdl_core::atom::AtomKind;
use std::collections::{BTreeMap, BTreeSet};

/// A statement and the comment that heads it; empty for none.
type Headed<T> = (String, T);

/// A block with a kernel, ready to be written.
pub struct Kernel<'a> {
    node: &'a Node,
    docs: Option<&'static Docs>,
    statements: Vec<Statement>,
    /// Name of a register's input (`count_d`) to the register's name (`count`).
    registers: BTreeMap<String, (String, &'a Node)>,
    /// Outputs of children that nothing reads, with the reason.
    unused: Vec<(String, String)>,
    header: String,
}

impl<'a> Kernel<'a> {
    /// Spells the statements of `block`, the kernel of `node`.
    ///
    /// # Panics
    /// On what Rust and Verilog could understand differently.
    pub fn new(node: &'a Node, docs: Option<&'static Docs>, block: &[rust_hdl_core::ast::VerilogStatement]) -> Self {
        let mut signals = BTreeMap::new();
        let mut labels = BTreeMap::new();
        let mut registers = BTreeMap::new();
        let mut renamed = BTreeMap::new();
        let clocks = node.items.iter().filter(|i| i.clock && i.is_port()).map(|i| i.name.clone()).collect();
        let mut clock_inputs = BTreeSet::new();
        for item in &node.items {
            signals.insert(item.name.clone(), Shape { width: item.width, signed: item.signed });
            label_widths(item, &mut labels);
        }
        for child in &node.children {
            for item in child.items.iter().filter(|i| i.is_port()) {
                let shape = Shape { width: item.width, signed: item.signed };
                let name = format!("{}_{}", child.instance, item.name);
                if item.clock {
                    clock_inputs.insert(name.clone());
                }
                if !child.is_register() {
                    signals.insert(name, shape);
                } else if item.name == "q" {
                    label_widths(item, &mut labels);
                    renamed.insert(name, child.instance.clone());
                    signals.insert(child.instance.clone(), shape);
                } else if item.name == "d" {
                    registers.insert(name.clone(), (child.instance.clone(), child));
                    signals.insert(name, shape);
                }
            }
        }
        let mut scope = Scope {
            module: &node.instance,
            signals: &signals,
            labels: &labels,
            registers: &renamed,
            clocks: &clocks,
            clock_inputs: &clock_inputs,
            indices: vec![],
        };
        let (header, mut statements) = header_and_body(&mut scope, block);
        let mut unused = vec![];
        statements.retain(|statement| match statement {
            Statement::Unused { name, reason } => {
                unused.push((name.clone(), reason.clone()));
                false
            }
            _ => true,
        });
        Self { node, docs, statements, registers, unused, header }
    }

    /// The module; `children` are those that are modules, with their numbers.
    ///
    /// # Panics
    /// On an output of a child that nothing reads and that is not named as unused, or is named and read.
    pub fn emit(self, children: &[(&Node, usize)]) -> Body {
        let (name, sentence) = split_header(&self.node.instance, &self.header);
        let clocked = self.clocked();
        let combinational = only(&self.statements, &|t| !self.registers.contains_key(t));
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        visit(&combinational, &mut |t| *times.entry(t.into()).or_default() += 1);

        // Assigned once and unconditionally: a wire. Of these, a child's input that is just another
        // signal needs no wire at all.
        let mut direct: BTreeMap<String, String> = BTreeMap::new();
        let mut wires: Vec<Headed<(String, String)>> = vec![];
        let mut processes: Vec<Headed<Statement>> = vec![];
        let mut heading = String::new();
        for statement in combinational {
            match statement {
                Statement::Comment(text) => heading = text,
                Statement::Assign { target, text, alias } if times[&target] == 1 => {
                    if alias && self.is_child_input(&target) {
                        direct.insert(target, text);
                    } else {
                        wires.push((heading.clone(), (target, text)));
                    }
                }
                other => processes.push((heading.clone(), other)),
            }
        }
        let mut variables = BTreeSet::new();
        processes.iter().for_each(|p| targets(std::slice::from_ref(&p.1), &mut variables));

        let mut out = port_list(&self.node.items, &variables, self.docs, &BTreeMap::new());
        let (declarations, constants) = self.declarations(&variables, &direct);
        out += &declarations;
        let mut logic = assignments(&wires);
        logic += &combinational_processes(processes);
        if !clocked.is_empty() {
            logic += "\n  always @(posedge clock) begin\n";
            write(&clocked, "<=", 2, &mut logic);
            logic += "  end\n";
        }
        let mut said = Said::default();
        for (i, (node, _)) in children.iter().enumerate() {
            logic += "\n";
            logic += &said.of_field(&node.path, self.docs);
            logic += &self.instance(i, node, &direct);
        }
        logic += &self.unused_outputs(&logic);
        if !logic.is_empty() {
            out += "\n";
            out += logic.trim_start_matches('\n');
        }
        Body {
            name,
            comment: header(&sentence, self.docs),
            text: out,
            own: constants,
            always: false,
            children: children.iter().map(|(node, number)| (node.path.field().to_string(), *number)).collect(),
        }
    }

    /// Assignments to registers, without the ones that hold a value which no statement before has replaced.
    fn clocked(&self) -> Vec<Statement> {
        let all = only(&self.statements, &|t| self.registers.contains_key(t));
        // once more, for the comments above what is gone
        only(&self.rename_registers(all, &mut BTreeSet::new()), &|_| true)
    }

    /// `assigned`: registers that a statement before may have given another value; holding takes that back, and has to be written.
    fn rename_registers(&self, statements: Vec<Statement>, assigned: &mut BTreeSet<String>) -> Vec<Statement> {
        let mut renamed = vec![];
        for statement in statements {
            match statement {
                Statement::Assign { target, text, alias } => {
                    let register = self.registers[&target].0.clone();
                    if text != register || assigned.contains(&register) {
                        assigned.insert(register.clone());
                        renamed.push(Statement::Assign { target: register, text, alias });
                    }
                }
                Statement::If { condition, then, otherwise } => {
                    let before = assigned.clone();
                    let then = self.rename_branch(then, &before, assigned);
                    let otherwise = self.rename_branch(otherwise, &before, assigned);
                    renamed.push(Statement::If { condition, then, otherwise });
                }
                Statement::Case { test, arms } => {
                    let before = assigned.clone();
                    let arms = arms.into_iter().map(|(label, block)| (label, self.rename_branch(block, &before, assigned))).collect();
                    renamed.push(Statement::Case { test, arms });
                }
                comment => renamed.push(comment),
            }
        }
        renamed
    }

    /// One of several ways that all begin with `before`; behind them, what any of them assigned may be assigned.
    fn rename_branch(&self, block: Vec<Statement>, before: &BTreeSet<String>, assigned: &mut BTreeSet<String>) -> Vec<Statement> {
        let mut own = before.clone();
        let block = self.rename_registers(block, &mut own);
        assigned.append(&mut own);
        block
    }

    fn is_child_input(&self, name: &str) -> bool {
        self.node
            .children
            .iter()
            .any(|c| c.items.iter().any(|i| i.is_port() && !i.is_output() && name == format!("{}_{}", c.instance, i.name)))
    }

    /// Names of states, constants, signals and registers, and the constants' values.
    fn declarations(&self, variables: &BTreeSet<String>, direct: &BTreeMap<String, String>) -> (String, Vec<Slot>) {
        let (mut out, mut constants) = (String::new(), vec![]);
        let mut labels = BTreeSet::new();
        let registers = self.registers.values().map(|(_, child)| *child);
        for item in self.node.items.iter().chain(registers.flat_map(|c| c.items.iter())) {
            out += &self.states(item, &mut labels);
        }
        let mut said = Said::default();
        for item in &self.node.items {
            let range = range(item.signed, item.width);
            match item.kind {
                AtomKind::Constant => {
                    out += &said.of(item, self.docs);
                    out += &own(constants.len());
                    let spell = if item.signed { spell_signed } else { spell };
                    let doc = self.docs.and_then(|d| d.signal(&item.path)).map_or("", |f| f.doc);
                    constants.push(Slot { name: item.name.clone(), range, value: spell(item.value, item.width), doc: doc.into() });
                }
                AtomKind::LocalSignal => {
                    out += &said.of(item, self.docs);
                    let kind = if variables.contains(&item.name) { "reg" } else { "wire" };
                    out += &format!("  {kind}{range} {};\n", item.name);
                }
                _ => {}
            }
        }
        for child in &self.node.children {
            if child.is_register() {
                out += &said.of_field(&child.path, self.docs);
            }
            for item in child.items.iter().filter(|i| i.is_port()) {
                let name = format!("{}_{}", child.instance, item.name);
                let range = range(item.signed, item.width);
                if child.is_register() {
                    if item.name == "q" {
                        out += &format!("  reg{range} {} = {};\n", child.instance, spell(item.value, item.width));
                    }
                } else if !direct.contains_key(&name) {
                    let kind = if variables.contains(&name) { "reg" } else { "wire" };
                    out += &format!("  {kind}{range} {name};\n");
                }
            }
        }
        (if out.is_empty() { out } else { format!("\n{out}") }, constants)
    }

    /// The `localparam`s of a state type under what the Rust says of it, if they are not there yet.
    fn states(&self, item: &Item, done: &mut BTreeSet<String>) -> String {
        let docs = self.docs.and_then(|d| d.states(item));
        let mut out = String::new();
        for (code, label) in item.labels.iter().enumerate() {
            if done.insert(label.clone()) {
                if code == 0 {
                    out += &comment(docs.map_or("", |s| s.doc), 2);
                }
                out += &comment(docs.and_then(|s| s.variants.get(code)).map_or("", |v| v.1), 2);
                let text = spell(code as u128, item.width);
                out += &format!("  localparam{} {} = {text};\n", range(false, item.width), identifier(label));
            }
        }
        out
    }

    fn instance(&self, number: usize, node: &Node, direct: &BTreeMap<String, String>) -> String {
        let ports: Vec<String> = node
            .items
            .iter()
            .filter(|i| i.is_port())
            .map(|i| {
                let name = format!("{}_{}", node.instance, i.name);
                format!("    .{}({})", i.name, direct.get(&name).unwrap_or(&name))
            })
            .collect();
        format!("  {} u_{} (\n{}\n  );\n", child(number), node.instance, ports.join(",\n"))
    }

    /// The outputs of children that nothing reads, each group under its reason: lint and readers see that they are meant.
    fn unused_outputs(&self, logic: &str) -> String {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for line in logic.lines() {
            let code = line.split("//").next().unwrap_or_default();
            for word in code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                *count.entry(word).or_default() += 1;
            }
        }
        let read = |name: &str| count.get(name).copied().unwrap_or(0) > 1;
        let outputs: Vec<(String, String)> = self
            .node
            .children
            .iter()
            .filter(|c| !c.is_register())
            .flat_map(|c| {
                c.items
                    .iter()
                    .filter(|i| i.is_output())
                    .map(|i| (format!("{}_{}", c.instance, i.name), format!("{}.{}", c.instance, i.name)))
            })
            .collect();
        let block = &self.node.instance;
        for (name, reason) in &self.unused {
            assert!(
                outputs.iter().any(|o| o.0 == *name),
                "block {block}: `{name}` is named as unused ({reason}) and is no output of a child"
            );
            assert!(!read(name), "block {block}: `{name}` is named as unused ({reason}) and is read");
        }
        let forgotten: Vec<&str> =
            outputs.iter().filter(|o| !read(&o.0) && !self.unused.iter().any(|u| u.0 == o.0)).map(|o| o.1.as_str()).collect();
        if !forgotten.is_empty() {
            let all = forgotten.join(", ");
            panic!("block {block}: nothing reads {all}; connect it, or say why not: w!(unused(\"the reason\") <= child.port)");
        }
        if self.unused.is_empty() {
            return String::new();
        }
        let mut reasons: Vec<&str> = vec![];
        for (_, reason) in &self.unused {
            if !reasons.contains(&reason.as_str()) {
                reasons.push(reason);
            }
        }
        let mut out = String::from("\n  // outputs that nothing reads\n  wire unused_outputs = &{1'b0,\n");
        for (i, reason) in reasons.iter().enumerate() {
            let mut names: Vec<String> = self.unused.iter().filter(|u| u.1 == *reason).map(|u| format!("{},", u.0)).collect();
            if i + 1 == reasons.len() {
                names.last_mut().map(String::pop);
            }
            out += &(comment(reason, 4) + &list(&names, 4));
        }
        out + "  };\n"
    }
}

/// Words in lines behind `indent` blanks.
fn list(words: &[String], indent: usize) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for word in words {
        if column == 0 || column + 1 + word.len() > 98 {
            out += if out.is_empty() { "" } else { "\n" };
            out += &" ".repeat(indent);
            column = indent + word.len();
        } else {
            out.push(' ');
            column += 1 + word.len();
        }
        out += word;
    }
    out + "\n"
}

/// `name: what it is` split.
fn split_header(instance: &str, header: &str) -> (String, String) {
    let (name, text) = header.split_once(':').unwrap_or_else(|| panic!("block {instance}: the header comment has no `name:`"));
    (name.trim().to_string(), text.trim().to_string())
}

/// A heading's lines if it is another than the last one, with a blank line before.
fn heading(text: &str, last: &mut String) -> String {
    if text == last {
        return String::new();
    }
    *last = text.into();
    format!("\n{}", comment(text, 2))
}

fn assignments(wires: &[Headed<(String, String)>]) -> String {
    let (mut out, mut last) = (String::new(), String::new());
    for (head, (target, text)) in wires {
        out += &heading(head, &mut last);
        out += &format!("  assign {target} = {text};\n");
    }
    out
}

fn combinational_processes(statements: Vec<Headed<Statement>>) -> String {
    let (mut out, mut last) = (String::new(), String::new());
    for group in independent(statements) {
        let head = group.first().map_or(String::new(), |g| heading(&g.0, &mut last));
        out += if head.is_empty() { "\n" } else { &head };
        out += "  always @* begin\n";
        // what a later paragraph adds to the same signals stays under its own heading
        let (mut inside, mut lines) = (last.clone(), vec![]);
        for (head, statement) in group {
            if head != inside {
                inside.clone_from(&head);
                lines.push(Statement::Comment(head));
            }
            lines.push(statement);
        }
        write(&lines, "=", 2, &mut out);
        out += "  end\n";
    }
    out
}

fn label_widths(item: &Item, labels: &mut BTreeMap<String, usize>) {
    for label in &item.labels {
        labels.insert(identifier(label), item.width);
    }
}

/// Splits statements into groups that assign disjoint signals, so that each gets its own process.
fn independent(statements: Vec<Headed<Statement>>) -> Vec<Vec<Headed<Statement>>> {
    let mut groups: Vec<(BTreeSet<String>, Vec<Headed<Statement>>)> = vec![];
    for (head, statement) in statements {
        let mut names = BTreeSet::new();
        targets(std::slice::from_ref(&statement), &mut names);
        let (touching, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(g, _)| !g.is_disjoint(&names));
        let mut merged = vec![];
        for (group_names, group) in touching {
            names.extend(group_names);
            merged.extend(group);
        }
        merged.push((head, statement));
        groups = apart;
        groups.push((names, merged));
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
