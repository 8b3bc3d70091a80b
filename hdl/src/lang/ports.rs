//! The port list of a module.

use super::comment::comment;
use super::docs::Block as Docs;
use super::walk::{Item, Path};
use std::collections::{BTreeMap, BTreeSet};

/// The ports from behind the opening parenthesis on, each under what the Rust says of it: an array's elements together
/// under one comment. `registers` are outputs that processes assign; `widths` those whose width is a parameter.
pub fn port_list(items: &[Item], registers: &BTreeSet<String>, docs: Option<&Docs>, widths: &BTreeMap<String, String>) -> String {
    let ports: Vec<&Item> = items.iter().filter(|i| i.is_port()).collect();
    let mut out = String::new();
    let mut said = Said::default();
    for (i, item) in ports.iter().enumerate() {
        out += &said.of(item, docs);
        if !item.attribute.is_empty() {
            out += &format!("  (* {} *)\n", item.attribute);
        }
        let direction = match (item.is_output(), registers.contains(&item.name)) {
            (false, _) => "input  wire",
            (true, false) => "output wire",
            (true, true) => "output reg ",
        };
        let range = match widths.get(&item.name) {
            Some(parameter) => format!(" [{parameter}-1:0]"),
            None => range(item.signed, item.width),
        };
        let comma = if i + 1 < ports.len() { "," } else { "" };
        out += &format!("  {direction}{range} {}{comma}\n", item.name);
    }
    out + ");\n"
}

/// `[7:0]` with its sign, and a blank before.
pub fn range(signed: bool, width: usize) -> String {
    let sign = if signed { " signed" } else { "" };
    if width > 1 {
        format!("{sign} [{}:0]", width - 1)
    } else {
        sign.to_string()
    }
}

/// Comments of signals in a row: one for an array, and one at the head of a bundle.
#[derive(Default)]
pub struct Said {
    family: Vec<String>,
}

impl Said {
    /// The comment lines before the declaration of `item`; none where the array has one already.
    pub fn of(&mut self, item: &Item, docs: Option<&Docs>) -> String {
        let (Some(docs), Some((bundle, path))) = (docs, self.next(&item.path)) else { return String::new() };
        let head = if bundle { docs.field(path).map_or("", |f| f.doc) } else { "" };
        comment(head, 2) + &comment(docs.signal(path).map_or("", |f| f.doc), 2)
    }

    /// As [`Said::of`], before an instance or a register.
    pub fn of_field(&mut self, path: &Path, docs: Option<&Docs>) -> String {
        let (Some(docs), Some(_)) = (docs, self.next(path)) else { return String::new() };
        comment(docs.field(path).map_or("", |f| f.doc), 2)
    }

    /// Whether a bundle begins, and the path; `None` within one array.
    fn next<'a>(&mut self, path: &'a Path) -> Option<(bool, &'a Path)> {
        let family: Vec<String> = path.family().into_iter().map(Into::into).collect();
        if family == self.family {
            return None;
        }
        let bundle = family.len() > 1 && self.family.first() != family.first();
        self.family = family;
        Some((bundle, path))
    }
}
