//! Reads float SqueezeNets from ONNX and safetensors files.

pub mod graph;
pub mod recognise;
pub mod tensors;

use crate::float::{FloatError, FloatNetwork, Normalisation};
use crate::layout::Layout;
use std::path::{Path, PathBuf};

/// What the file does not say about its network.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What the network expects of its input.
    pub normalisation: Normalisation,
    /// Side of the square input, pixels. ONNX files mostly say it themselves; safetensors never do.
    pub side: Option<usize>,
    /// Names of the layers that a max-pool follows (`conv1`, `fire3`, ...); only for safetensors, which hold no graph.
    pub pools: Option<Vec<String>>,
    /// Padding of conv10; only for safetensors.
    pub classifier_padding: Option<usize>,
}

impl Default for Facts {
    /// The authors' networks: Caffe's normalisation, everything else from the file.
    fn default() -> Self {
        Self { normalisation: Normalisation::CAFFE, side: None, pools: None, classifier_padding: None }
    }
}

/// Why a file gave no float network.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened or read.
    #[error("{}: the network cannot be read ({cause}); check the path and its permissions", path.display())]
    Read { path: PathBuf, cause: std::io::Error },
    /// The name says neither format.
    #[error("{}: expected a file name that ends in .onnx or .safetensors; rename or convert the network", path.display())]
    Extension { path: PathBuf },
    /// The content is not of the format that the name says.
    #[error("{}: this is not a whole {format} file ({reason}); export or copy it again", path.display())]
    Format { path: PathBuf, format: &'static str, reason: String },
    /// A node of the graph has no place in a SqueezeNet.
    #[error("{}: not a SqueezeNet that Ember can run: node {node} {reason}", path.display())]
    Node { path: PathBuf, node: String, reason: String },
    /// The graph as a whole, its input or its weights do not fit.
    #[error("{}: not a SqueezeNet that Ember can run: {reason}", path.display())]
    Network { path: PathBuf, reason: String },
    /// Layers were found, but they do not make a network.
    #[error("{}: {cause}", path.display())]
    Float { path: PathBuf, cause: FloatError },
}

/// Reads the float network at `path`, ONNX or safetensors by the name's extension, recognises its
/// layout, and folds the input's normalisation into conv1.
///
/// # Errors
/// A file that cannot be read, or that is not a SqueezeNet; the error names the first thing that does not fit.
pub fn load(path: &Path, facts: &Facts) -> Result<FloatNetwork, ImportError> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let read = || std::fs::read(path).map_err(|cause| ImportError::Read { path: path.into(), cause });
    let mut network = match extension.as_str() {
        "onnx" => recognise::network(&graph::Graph::parse(path, &read()?)?, facts)?,
        "safetensors" => tensors::network(path, &read()?, facts)?,
        _ => return Err(ImportError::Extension { path: path.into() }),
    };
    network.layout.name = layout_name(&network.layout);
    network.check().map_err(|cause| ImportError::Float { path: path.into(), cause })?;
    network.stem = facts.normalisation.fold(&network.stem);
    Ok(network)
}

/// The published name of a layout, whatever its input size and class count; `custom` for any other.
fn layout_name(layout: &Layout) -> String {
    let same_body = |known: &Layout| known.stem == layout.stem && known.fires == layout.fires;
    let published = [Layout::v1_1(227, 1000), Layout::v1_0(227, 1000, 1), Layout::article(227, 1000)];
    published.into_iter().find(same_body).map_or_else(|| "custom".into(), |known| known.name)
}
