//! Caffe's own files: the network's description (`.prototxt`) and its weights (`.caffemodel`).

mod blobs;
mod description;
mod locate;
mod lower;
mod text;

pub use description::{Layer, Net};
pub use locate::find_prototxt;
pub use lower::{graph_with, LayerWeights};

use super::graph::Graph;
use super::ImportError;
use std::path::Path;

/// The graph that `net` describes, with the weights of the `.caffemodel` file whose bytes are `weights`;
/// `path` is what errors call it.
///
/// # Errors
/// Bytes that are no `NetParameter`, or a description without exactly one image as its input.
pub fn graph(path: &Path, net: Net, weights: &[u8]) -> Result<Graph, ImportError> {
    let blobs = blobs::parse(path, weights)?;
    graph_with(path, net, &|layer| blobs.get(&layer.name).cloned().ok_or_else(|| "has no weights in the file".to_string()))
}
