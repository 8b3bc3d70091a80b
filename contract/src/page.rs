//! The tables of docs/interface.md: each between two marks, made of the contract.

use crate::field::Field;
use crate::kind::Named;
use crate::packet::{OutKind, StreamKind};
use crate::parameters::{Parameter, Values, PARAMETERS};
use crate::ports::PORTS;
use crate::record::{Record, RECORDS};
use std::fmt::Write;

/// A part of the page that is made.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name in the marks.
    pub name: &'static str,
    /// What it is made of, from the root of the repository.
    pub source: &'static str,
    /// Its heading where the sections stand alone.
    pub title: String,
    /// Its text, with a line end at the end.
    pub text: String,
}

impl Section {
    /// The line before its text.
    pub fn begin(&self) -> String {
        format!("<!-- {}: made by {}, do not edit -->", self.name, self.source)
    }

    /// The line behind its text.
    pub fn end(&self) -> String {
        format!("<!-- {}: end -->", self.name)
    }
}

/// Every section, in the order of the page.
pub fn sections() -> Vec<Section> {
    let section = |name, source, title: &str, text| Section { name, source, title: title.into(), text };
    let records = RECORDS.iter().map(|it| section(it.name, it.source, &capital(it.title), record(it)));
    let mut all = vec![
        section("parameters", "contract/src/parameters.rs", "Parameters of an engine", parameters()),
        section("ports", "contract/src/ports.rs", "Ports of `ember_engine`", ports()),
        section("kinds_in", "contract/src/packet/incoming.rs", "Kinds of packets into the engine", kinds(StreamKind::ALL)),
        section("kinds_out", "contract/src/packet/outgoing.rs", "Kinds of packets out of the engine", kinds(OutKind::ALL)),
    ];
    all.extend(records);
    all.push(section("registers", "contract/src/registers/mod.rs", "Registers", crate::registers::markdown()));
    all
}

/// All sections with headings. Ends with a line end.
pub fn markdown() -> String {
    sections().iter().map(|section| format!("## {}\n\n{}", section.title, section.text)).collect::<Vec<_>>().join("\n")
}

/// `page` with the sections as they are now.
///
/// # Errors
/// The mark that the page does not have.
pub fn filled(page: &str) -> Result<String, String> {
    sections().iter().try_fold(page.to_string(), |page, section| {
        let (begin, end) = (section.begin(), section.end());
        let (before, rest) = page.split_once(&begin).ok_or(begin.clone())?;
        let (_, after) = rest.split_once(&end).ok_or(end.clone())?;
        Ok(format!("{before}{begin}\n{}{end}{after}", section.text))
    })
}

fn capital(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn parameters() -> String {
    let row = |parameter: &Parameter| {
        let values = match parameter.values {
            Values::OneOf(values) => values.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
            Values::Between(least, most) => format!("{least} to {most}"),
        };
        let standard = parameter.standard.text();
        let (name, register, option, description) = (parameter.name, parameter.register, parameter.option(), parameter.description);
        format!("| `{name}` | `--{option}` | `{register}` | {values} | {standard} | {description} |\n")
    };
    let head = "| name | option of `hdl generate` | register | values | unless asked for | content |\n|---|---|---|---|---|---|\n";
    head.to_string() + &PARAMETERS.iter().map(row).collect::<String>()
}

fn ports() -> String {
    let mut text = String::from("| port | direction | bits | content |\n|---|---|---|---|\n");
    for port in PORTS {
        let direction = if port.output { "out" } else { "in" };
        // a String takes every write
        let _ = writeln!(text, "| `{}` | {direction} | {} | {} |", port.name, port.width, port.description);
    }
    text
}

fn kinds(all: &[Named]) -> String {
    let row = |kind: &Named| format!("| {} | {} | {} |\n", kind.value, kind.name.to_lowercase(), kind.meaning);
    "| kind | name | payload |\n|---|---|---|\n".to_string() + &all.iter().map(row).collect::<String>()
}

fn record(record: &Record) -> String {
    let beats = record.beats > 1;
    let head = if beats { "| beat | bits | field | content |\n|---|---|---|---|\n" } else { "| bits | field | content |\n|---|---|---|\n" };
    let row = |field: &Field| {
        let beat = if beats { format!("| {} ", field.beat) } else { String::new() };
        let offset = if field.offset > 0 { format!(" - {}", field.offset) } else { String::new() };
        format!("{beat}| {} | `{}`{offset} | {} |\n", bits(field), field.name, content(field))
    };
    head.to_string() + &record.fields.iter().map(row).collect::<String>()
}

fn bits(field: &Field) -> String {
    match field.width {
        1 => field.low.to_string(),
        width => format!("{}:{}", field.low + width - 1, field.low),
    }
}

/// What it says, with its values or its number.
fn content(field: &Field) -> String {
    let Field { meaning, values, fixed, .. } = field;
    let named: Vec<String> = values.iter().map(|it| format!("{} {}", it.value, it.name.to_lowercase())).collect();
    match fixed {
        Some(number) if *number > 0 => format!("`{number:#X}`, {meaning}").replace("0X", "0x"),
        _ if !named.is_empty() => format!("{meaning}: {}", named.join(", ")),
        _ => (*meaning).into(),
    }
}
