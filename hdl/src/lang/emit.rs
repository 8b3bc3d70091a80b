//! Verilog from a rust-hdl block tree: one definition per distinct module, flip-flops written as
//! clocked processes, plain wiring connected directly, every width explicit.
//!
//! Module names come from the header comment of each kernel (`"ember_column: sixteen cells ..."`):
//! the text before the first colon. Two different texts under one name get `_2`, `_3`, in the order
//! in which the tree is walked, so output is deterministic.

use super::expression::{spell, Scope, Shape};
use super::reserved::is_reserved;
use super::statement::{flatten, only, targets, visit, write, Statement};
use super::walk::{identifier, tree, Item, Node};
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
/// On a kernel whose Rust and Verilog could differ: a defect of this crate's RTL, found the first
/// time the block is generated.
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
    let mut emitter = Emitter::default();
    emitter.module(&top);
    emitter.modules
}

#[derive(Default)]
struct Emitter {
    modules: Vec<Module>,
    by_body: BTreeMap<(String, String), String>,
    names: BTreeSet<String>,
}

impl Emitter {
    /// Emits `node` (and what is below it) and returns its module name.
    fn module(&mut self, node: &Node) -> String {
        check_names(node);
        let (base, header, body) = match &node.code {
            Verilog::Custom(text) => leaf(node, text),
            Verilog::Combinatorial(block) => {
                let children: Vec<_> = node.children.iter().filter(|c| !c.is_register()).map(|c| (c, self.module(c))).collect();
                Kernel::new(node, block).emit(&children)
            }
            _ => panic!("block {} has no kernel", node.instance),
        };
        let key = (base.clone(), body.clone());
        if let Some(name) = self.by_body.get(&key) {
            return name.clone();
        }
        let mut name = base.clone();
        for n in 2.. {
            if self.names.insert(name.clone()) {
                break;
            }
            name = format!("{base}_{n}");
        }
        let text = format!("{header}`default_nettype none\n\nmodule {name} (\n{body}endmodule\n\n`default_nettype wire\n");
        self.by_body.insert(key, name.clone());
        self.modules.push(Module { name: name.clone(), text });
        name
    }
}

/// Stops at a name that Verilog keeps for itself. Instances are written `u_name` and children's ports
/// `name_port`; a register's own name stands alone.
fn check_names(node: &Node) {
    let own = node.items.iter().map(|i| ("signal", &i.name));
    let labels = node.items.iter().chain(node.children.iter().flat_map(|c| &c.items)).flat_map(|i| &i.labels);
    let registers = node.children.iter().filter(|c| c.is_register()).map(|c| ("register", &c.instance));
    for (kind, name) in own.chain(registers).chain(labels.map(|l| ("state", l))) {
        if is_reserved(&identifier(name)) {
            panic!("block {}: the {kind} `{name}` has the name of a reserved word of SystemVerilog; rename it", node.instance);
        }
    }
}

/// `name: what it is` split, and the description as comment lines.
fn split_header(instance: &str, header: &str) -> (String, String) {
    let (name, text) = header.split_once(':').unwrap_or_else(|| panic!("block {instance}: the header comment has no `name:`"));
    let mut comment = String::new();
    let mut line = String::from("//");
    for word in text.split_whitespace() {
        if line.len() + word.len() > 98 {
            comment += &format!("{line}\n");
            line = String::from("//");
        }
        line += &format!(" {word}");
    }
    (name.trim().to_string(), format!("{comment}{line}\n"))
}

fn leaf(node: &Node, text: &str) -> (String, String, String) {
    let (header, body) = text.split_once('\n').unwrap_or((text, ""));
    let (name, comment) = split_header(&node.instance, header.trim_start_matches("// "));
    let mut out = port_list(&node.items, &BTreeSet::new());
    for line in body.trim_end().lines() {
        out += &if line.is_empty() { "\n".to_string() } else { format!("  {line}\n") };
    }
    (name, comment, out)
}

fn port_list(items: &[Item], registers: &BTreeSet<String>) -> String {
    let ports: Vec<String> = items
        .iter()
        .filter(|i| i.is_port())
        .map(|i| {
            let direction = match (i.is_output(), registers.contains(&i.name)) {
                (false, _) => "input  wire",
                (true, false) => "output wire",
                (true, true) => "output reg ",
            };
            let attribute = if i.attribute.is_empty() { String::new() } else { format!("  (* {} *)\n", i.attribute) };
            format!("{attribute}  {direction}{} {}", range(i.signed, i.width), i.name)
        })
        .collect();
    format!("{}\n);\n", ports.join(",\n"))
}

fn range(signed: bool, width: usize) -> String {
    let sign = if signed { " signed" } else { "" };
    if width > 1 {
        format!("{sign} [{}:0]", width - 1)
    } else {
        sign.to_string()
    }
}

struct Kernel<'a> {
    node: &'a Node,
    statements: Vec<Statement>,
    /// Name of a register's input (`count_d`) to the register's name (`count`).
    registers: BTreeMap<String, (String, &'a Node)>,
    header: String,
}

impl<'a> Kernel<'a> {
    fn new(node: &'a Node, block: &[rust_hdl_core::ast::VerilogStatement]) -> Self {
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
        let mut statements = flatten(&mut scope, block);
        let header = match statements.first() {
            Some(Statement::Comment(text)) => text.clone(),
            _ => panic!("block {}: the kernel does not begin with a header comment", node.instance),
        };
        statements.remove(0);
        Self { node, statements, registers, header }
    }

    fn emit(self, children: &[(&Node, String)]) -> (String, String, String) {
        let (name, comment) = split_header(&self.node.instance, &self.header);
        let clocked = self.clocked();
        let combinational = only(&self.statements, &|t| !self.registers.contains_key(t));
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        visit(&combinational, &mut |t| *times.entry(t.into()).or_default() += 1);

        // Assigned once and unconditionally: a wire. Of these, a child's input that is just another
        // signal needs no wire at all.
        let mut direct: BTreeMap<String, String> = BTreeMap::new();
        let mut wires = vec![];
        let mut processes = vec![];
        for statement in combinational {
            match statement {
                Statement::Assign { target, text, alias } if times[&target] == 1 => {
                    if alias && self.is_child_input(&target) {
                        direct.insert(target, text);
                    } else {
                        wires.push((target, text));
                    }
                }
                other => processes.push(other),
            }
        }
        let mut variables = BTreeSet::new();
        targets(&processes, &mut variables);

        let mut out = port_list(&self.node.items, &variables);
        out += &self.declarations(&variables, &direct);
        let mut logic = String::new();
        for (target, text) in &wires {
            logic += &format!("  assign {target} = {text};\n");
        }
        for group in independent(processes) {
            logic += "\n  always @* begin\n";
            write(&group, "=", 2, &mut logic);
            logic += "  end\n";
        }
        if !clocked.is_empty() {
            logic += "\n  always @(posedge clock) begin\n";
            write(&clocked, "<=", 2, &mut logic);
            logic += "  end\n";
        }
        for (child, module) in children {
            logic += &self.instance(child, module, &direct);
        }
        logic += &self.unused_outputs(&logic);
        if !logic.is_empty() {
            out += "\n";
            out += logic.trim_start_matches('\n');
        }
        (name, comment, out)
    }

    /// Assignments to registers, without the ones that hold their value.
    fn clocked(&self) -> Vec<Statement> {
        let all = only(&self.statements, &|t| self.registers.contains_key(t));
        self.rename_registers(all)
    }

    fn rename_registers(&self, statements: Vec<Statement>) -> Vec<Statement> {
        statements
            .into_iter()
            .filter_map(|statement| match statement {
                Statement::Assign { target, text, alias } => {
                    let register = &self.registers[&target].0;
                    (text != *register).then(|| Statement::Assign { target: register.clone(), text, alias })
                }
                Statement::If { condition, then, otherwise } => {
                    let (then, otherwise) = (self.rename_registers(then), self.rename_registers(otherwise));
                    Some(Statement::If { condition, then, otherwise })
                }
                Statement::Case { test, arms } => {
                    let arms = arms.into_iter().map(|(label, block)| (label, self.rename_registers(block))).collect();
                    Some(Statement::Case { test, arms })
                }
                comment => Some(comment),
            })
            .collect()
    }

    fn is_child_input(&self, name: &str) -> bool {
        self.node
            .children
            .iter()
            .any(|c| c.items.iter().any(|i| i.is_port() && !i.is_output() && name == format!("{}_{}", c.instance, i.name)))
    }

    fn declarations(&self, variables: &BTreeSet<String>, direct: &BTreeMap<String, String>) -> String {
        let mut out = String::new();
        let mut labels = BTreeSet::new();
        let registers = self.registers.values().map(|(_, child)| *child);
        for item in self.node.items.iter().chain(registers.flat_map(|c| c.items.iter())) {
            for (code, label) in item.labels.iter().enumerate() {
                if labels.insert(label.clone()) {
                    let text = spell(code as u128, item.width);
                    out += &format!("  localparam{} {} = {text};\n", range(false, item.width), identifier(label));
                }
            }
        }
        for item in &self.node.items {
            let range = range(item.signed, item.width);
            match item.kind {
                rust_hdl_core::atom::AtomKind::Constant => {
                    let value = spell(item.value, item.width);
                    let value = if item.signed { format!("$signed({value})") } else { value };
                    out += &format!("  localparam{range} {} = {value};\n", item.name);
                }
                rust_hdl_core::atom::AtomKind::LocalSignal => {
                    let kind = if variables.contains(&item.name) { "reg" } else { "wire" };
                    out += &format!("  {kind}{range} {};\n", item.name);
                }
                _ => {}
            }
        }
        for child in &self.node.children {
            for item in child.items.iter().filter(|i| i.is_port()) {
                let name = format!("{}_{}", child.instance, item.name);
                if child.is_register() {
                    if item.name == "q" {
                        out +=
                            &format!("  reg{} {} = {};\n", range(item.signed, item.width), child.instance, spell(item.value, item.width));
                    }
                } else if !direct.contains_key(&name) {
                    let kind = if variables.contains(&name) { "reg" } else { "wire" };
                    out += &format!("  {kind}{} {name};\n", range(item.signed, item.width));
                }
            }
        }
        if out.is_empty() {
            out
        } else {
            format!("\n{out}")
        }
    }

    fn instance(&self, child: &Node, module: &str, direct: &BTreeMap<String, String>) -> String {
        let ports: Vec<String> = child
            .items
            .iter()
            .filter(|i| i.is_port())
            .map(|i| {
                let name = format!("{}_{}", child.instance, i.name);
                format!("    .{}({})", i.name, direct.get(&name).unwrap_or(&name))
            })
            .collect();
        format!("\n  {module} u_{} (\n{}\n  );\n", child.instance, ports.join(",\n"))
    }

    /// Outputs of children that nothing reads, named so that lint and readers see they are meant.
    fn unused_outputs(&self, logic: &str) -> String {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for word in logic.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            *count.entry(word).or_default() += 1;
        }
        let mut unused = vec![];
        for child in self.node.children.iter().filter(|c| !c.is_register()) {
            for item in child.items.iter().filter(|i| i.is_output()) {
                let name = format!("{}_{}", child.instance, item.name);
                if count.get(name.as_str()).copied().unwrap_or(0) < 2 {
                    unused.push(name);
                }
            }
        }
        if unused.is_empty() {
            return String::new();
        }
        format!("\n  wire unused_outputs = &{{1'b0, {}}};\n", unused.join(", "))
    }
}

fn label_widths(item: &Item, labels: &mut BTreeMap<String, usize>) {
    for label in &item.labels {
        labels.insert(identifier(label), item.width);
    }
}

/// Splits statements into groups that assign disjoint signals, so that each gets its own process.
fn independent(statements: Vec<Statement>) -> Vec<Vec<Statement>> {
    let mut groups: Vec<(BTreeSet<String>, Vec<Statement>)> = vec![];
    for statement in statements {
        let mut names = BTreeSet::new();
        targets(std::slice::from_ref(&statement), &mut names);
        let (touching, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(g, _)| !g.is_disjoint(&names));
        let mut merged = vec![];
        for (group_names, group) in touching {
            names.extend(group_names);
            merged.extend(group);
        }
        merged.push(statement);
        groups = apart;
        groups.push((names, merged));
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
