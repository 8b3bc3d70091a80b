//! `ember check`: what a file holds, without building anything from it.

use crate::cli::check::CheckArgs;
use anyhow::Result;
use ember::fits::Fits;
use net::files;
use net::layout::Layout;
use net::model_file::{self, hex};
use net::photo::Preprocessing;
use net::plural::count;
use net::text::shown;
use quantise::import::recognise::Recognised;
use quantise::import::{self, Imported};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What is known of a file.
#[derive(Debug, Serialize)]
struct Report {
    file: PathBuf,
    /// Whether Ember can run it.
    accepted: bool,
    /// The first reason why not.
    reason: Option<String>,
    /// Every node up to the first that does not fit; empty for a model file.
    nodes: Vec<Recognised>,
    summary: Option<Summary>,
}

#[derive(Debug, Serialize)]
struct Summary {
    /// `float network`, `quantised network` or `model file`.
    kind: &'static str,
    layout: Layout,
    parameters: usize,
    /// SHA-256 of the network (layout and every number) or of the model file.
    sha256: String,
    /// How photographs become its input.
    input: Input,
    /// Which engines hold it.
    engines: Fits,
    /// Where a model file comes from.
    origin: Option<String>,
}

/// From a photograph to the network.
#[derive(Debug, Serialize)]
struct Input {
    preprocessing: Preprocessing,
    /// Resize, crop and border in words.
    photographs: String,
    /// Order, mean and deviation of the channels in words.
    normalisation: String,
    /// Where that comes from; nothing for a model file.
    because: Option<String>,
    /// What a user must know.
    notes: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// In one sentence, why the file cannot be run.
pub fn run(args: &CheckArgs) -> Result<()> {
    args.json.as_deref().map_or(Ok(()), files::check_writable)?;
    let (nodes, result) = if is_model_file(&args.model) {
        (Vec::new(), model_file::load(&args.model).map(|model| model_summary(&model)).map_err(anyhow::Error::from))
    } else {
        let (nodes, result) = import::inspect(&args.model, &args.facts.facts());
        (nodes, result.map_err(anyhow::Error::from).and_then(|imported| network_summary(&imported, args)))
    };
    let reason = result.as_ref().err().map(|error| format!("{error:#}"));
    let (summary, error) = result.map_or_else(|e| (None, Some(e)), |s| (Some(s), None));
    let report = Report { file: args.model.clone(), accepted: error.is_none(), reason, nodes, summary };
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    print(&report)?;
    error.map_or(Ok(()), Err)
}

fn is_model_file(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("ember"))
}

fn network_summary(imported: &Imported, args: &CheckArgs) -> Result<Summary> {
    let network = &imported.network;
    let preprocessing = imported.input.preprocessing(&network.layout, args.resize.unwrap_or_default()).map_err(anyhow::Error::msg)?;
    let notes = imported.input.notes.iter().cloned().chain(args.facts.warning()).collect();
    Ok(Summary {
        kind: if imported.given.is_some() { "quantised network" } else { "float network" },
        layout: network.layout.clone(),
        parameters: network.convolutions().iter().map(|(_, conv)| conv.weights.len() + conv.bias.len()).sum(),
        sha256: network.fingerprint(),
        input: input(&network.layout, preprocessing, Some(imported.input.because.clone()), notes),
        engines: Fits::of(&network.layout),
        origin: None,
    })
}

fn input(layout: &Layout, preprocessing: Preprocessing, because: Option<String>, notes: Vec<String>) -> Input {
    let normalisation = preprocessing.normalisation.map_or_else(|| "folded into conv1, not recorded in the file".into(), |n| n.to_string());
    Input { preprocessing, photographs: preprocessing.describe(layout.height, layout.width), normalisation, because, notes }
}

fn model_summary(model: &model_file::Model) -> Summary {
    let network = &model.network;
    Summary {
        kind: "model file",
        layout: network.layout.clone(),
        parameters: network.convolutions().iter().map(|(_, conv)| conv.weights.len() + conv.bias.len()).sum(),
        sha256: hex(&model.hash()),
        input: input(model.layout(), model.preprocessing, None, Vec::new()),
        engines: Fits::of(&network.layout),
        origin: Some(model.origin.clone()),
    }
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
