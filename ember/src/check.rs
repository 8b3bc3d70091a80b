//! What a file holds, without building anything from it: what `ember check` tells.

use crate::fits::Fits;
use net::layout::Layout;
use net::model_file::{self, hex};
use net::photo::{Preprocessing, Resize};
use quantise::import::recognise::Recognised;
use quantise::import::{self, Facts, ImportError, Imported};
use serde::Serialize;
use std::error::Error;
use std::path::{Path, PathBuf};

/// What is known of a file.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The file.
    pub file: PathBuf,
    /// Whether Ember can run it.
    pub accepted: bool,
    /// The first reason why not.
    pub reason: Option<String>,
    /// Every node up to the first that does not fit; empty for a model file.
    pub nodes: Vec<Recognised>,
    /// Nothing where Ember cannot run it.
    pub summary: Option<Summary>,
}

/// What is known of a network that can be run.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// `float network`, `quantised network` or `model file`.
    pub kind: &'static str,
    /// Its layout.
    pub layout: Layout,
    /// Weights and biases.
    pub parameters: usize,
    /// SHA-256 of the network (layout and every number) or of the model file.
    pub sha256: String,
    /// How photographs become its input.
    pub input: Input,
    /// Which engines hold it.
    pub engines: Fits,
    /// Where a model file comes from.
    pub origin: Option<String>,
}

/// From a photograph to the network.
#[derive(Debug, Serialize)]
pub struct Input {
    /// In numbers.
    pub preprocessing: Preprocessing,
    /// Resize, crop and border in words.
    pub photographs: String,
    /// Order, mean and deviation of the channels in words.
    pub normalisation: String,
    /// Where that comes from; nothing for a model file.
    pub because: Option<String>,
    /// What a user must know.
    pub notes: Vec<String>,
}

/// Why a file cannot be run; one clear sentence each.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The model file.
    #[error(transparent)]
    Model(#[from] model_file::ModelError),
    /// The network's file.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The resize does not hold the input.
    #[error("{0}")]
    Resize(String),
}

/// What is known of `file`, a network with what `facts` say of it or a model file (`.ember`), and why Ember cannot run it, where that is so.
/// `warning` is to be said of the facts.
pub fn check(file: &Path, facts: &Facts, warning: Option<String>, resize: Option<Resize>) -> (Report, Option<CheckError>) {
    let (nodes, result) = if is_model_file(file) {
        (Vec::new(), model_file::load(file).map(|model| model_summary(&model)).map_err(CheckError::from))
    } else {
        let (nodes, result) = import::inspect(file, facts);
        (nodes, result.map_err(CheckError::from).and_then(|imported| network_summary(&imported, warning, resize)))
    };
    let reason = result.as_ref().err().map(|error| whole(error));
    let (summary, error) = result.map_or_else(|e| (None, Some(e)), |s| (Some(s), None));
    (Report { file: file.into(), accepted: error.is_none(), reason, nodes, summary }, error)
}

/// An error with its causes.
fn whole(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn is_model_file(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("ember"))
}

fn network_summary(imported: &Imported, warning: Option<String>, resize: Option<Resize>) -> Result<Summary, CheckError> {
    let network = &imported.network;
    let preprocessing = imported.input.preprocessing(&network.layout, resize.unwrap_or_default()).map_err(CheckError::Resize)?;
    let notes = imported.input.notes.iter().cloned().chain(warning).collect();
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
