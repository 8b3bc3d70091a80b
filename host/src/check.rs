//! `ember check`: what a file holds, without building anything from it.

use crate::cli::check::CheckArgs;
use anyhow::Result;
use ember::check::{check, Input, Report, Summary};
use net::files;
use net::plural::count;
use net::text::shown;
use quantise::import::recognise::Recognised;

/// Runs the command.
///
/// # Errors
/// In one sentence, why the file cannot be run.
pub fn run(args: &CheckArgs) -> Result<()> {
    args.json.as_deref().map_or(Ok(()), files::check_writable)?;
    let (report, error) = check(&args.model, &args.facts.facts(), args.facts.warning(), args.resize);
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    print(&report)?;
    error.map_or(Ok(()), |error| Err(error.into()))
}

fn print(report: &Report) -> Result<(), stdio::Error> {
    let width = |of: fn(&Recognised) -> &str, title: &str, most: usize| {
        report.nodes.iter().map(|n| shown(of(n)).chars().count()).chain([title.len()]).max().unwrap_or(0).min(most)
    };
    let (name, operator) = (width(|n| &n.node, "node", 48), width(|n| &n.operator, "operator", 24));
    if !report.nodes.is_empty() {
        stdio::line!("{:name$}  {:operator$}  recognised as", "node", "operator")?;
    }
    for node in &report.nodes {
        stdio::line!(
            "{:name$}  {:operator$}  {}",
            shortened(&shown(&node.node), name),
            shortened(&shown(&node.operator), operator),
            shown(&node.role)
        )?;
    }
    let Some(summary) = &report.summary else { return Ok(()) };
    let layout = &summary.layout;
    let Summary { kind, parameters, sha256, .. } = summary;
    stdio::line!(
        "{}: {kind}, layout {}, {}x{} pixels, {}, {}, {parameters} parameters, SHA-256 {sha256}",
        shown(&report.file),
        layout.name,
        layout.height,
        layout.width,
        count(layout.fires.len(), "Fire module"),
        count(layout.classifier.classes, "class")
    )?;
    let Input { photographs, normalisation, because, notes, .. } = &summary.input;
    stdio::line!("photographs: {photographs}")?;
    let because = because.as_ref().map(|because| format!("; {because}")).unwrap_or_default();
    stdio::line!("input: {normalisation}{because}")?;
    for note in notes {
        stdio::line!("note: {}", shown(note))?;
    }
    if let Some(origin) = &summary.origin {
        stdio::line!("{}", shown(origin))?;
    }
    stdio::line!("{}", summary.engines)
}

/// The end of a long name, which tells more than its beginning.
fn shortened(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.into();
    }
    let end: String = text.chars().skip(length - width + 3).collect();
    format!("...{end}")
}
