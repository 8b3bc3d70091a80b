//! Reads float SqueezeNets, plain or quantised, from ONNX, Caffe, Deep Compression and safetensors files.

pub mod caffe;
pub mod deep_compression;
pub mod given;
pub mod graph;
pub mod onnx;
pub mod recognise;
pub mod tensors;

use crate::float::{FloatError, FloatNetwork, Normalisation};
use given::GivenScales;
use net::layout::Layout;
use net::text::shown;
use recognise::Recognised;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// What the file does not say about its network.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What the network expects of its input.
    pub normalisation: Normalisation,
    /// Side of the square input, pixels. Graphs mostly say it themselves; safetensors never do.
    pub side: Option<usize>,
    /// Names of the layers that a max-pool follows (`conv1`, `fire3`, ...); only for safetensors, which hold no graph.
    pub pools: Option<Vec<String>>,
    /// Padding of conv10; only for safetensors.
    pub classifier_padding: Option<usize>,
    /// The network description of a `.caffemodel` or `.net` file; found beside it when not given.
    pub prototxt: Option<PathBuf>,
}

impl Default for Facts {
    /// The authors' networks: Caffe's normalisation, everything else from the file.
    fn default() -> Self {
        Self { normalisation: Normalisation::CAFFE, side: None, pools: None, classifier_padding: None, prototxt: None }
    }
}

/// A network as a file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The network in floating point; for a quantised file, the real values of its integers.
    pub network: FloatNetwork,
    /// The scales and integers of a quantised file.
    pub given: Option<GivenScales>,
}

/// Why a file gave no float network.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ImportError {
    /// The file cannot be opened or read.
    #[error("{}: the network cannot be read ({cause}); check the path and its permissions", shown(path))]
    Read { path: PathBuf, cause: std::io::Error },
    /// The name says no format that is read.
    #[error(
        "{}: expected a file name that ends in .onnx, .caffemodel, .net (Deep Compression) or .safetensors; rename or convert the network",
        shown(path)
    )]
    Extension { path: PathBuf },
    /// Weights came without the description of their network.
    #[error("{}: the network's .prototxt is not beside it (looked for {}); name it with --prototxt", shown(path), shown(looked_for))]
    NoPrototxt { path: PathBuf, looked_for: String },
    /// The content is not of the format that the name says.
    #[error("{}: this is not a whole {format} file ({}); export or copy it again", shown(path), shown(reason))]
    Format { path: PathBuf, format: &'static str, reason: String },
    /// A node of the graph has no place in a SqueezeNet.
    #[error("{}: not a SqueezeNet that Ember can run: node {} {}", shown(path), shown(node), shown(reason))]
    Node { path: PathBuf, node: String, reason: String },
    /// The graph as a whole, its input or its weights do not fit.
    #[error("{}: not a SqueezeNet that Ember can run: {}", shown(path), shown(reason))]
    Network { path: PathBuf, reason: String },
    /// Layers were found, but they do not make a network.
    #[error("{}: {cause}", shown(path))]
    Float { path: PathBuf, cause: FloatError },
}

/// Reads the float network at `path` (the format by the name's extension), recognises its layout, and
/// folds the input's normalisation into conv1. A quantised file gives the real values of its integers;
/// [`read`] gives its scales too.
///
/// # Errors
/// A file that cannot be read, or that is not a SqueezeNet; the error names the first thing that does not fit.
pub fn load(path: &Path, facts: &Facts) -> Result<FloatNetwork, ImportError> {
    read(path, facts).map(|imported| imported.network)
}

/// As [`load`], with the scales of a quantised file.
///
/// # Errors
/// As [`load`].
pub fn read(path: &Path, facts: &Facts) -> Result<Imported, ImportError> {
    inspect(path, facts).1
}

/// As [`read`], and tells what every node was recognised as, up to the first that does not fit.
pub fn inspect(path: &Path, facts: &Facts) -> (Vec<Recognised>, Result<Imported, ImportError>) {
    let rows = RefCell::new(Vec::new());
    let result = read_format(path, facts, &rows).and_then(|imported| finish(path, facts, imported));
    (rows.into_inner(), result)
}

/// As [`read`], from the bytes of a file that `path` merely names; a `.caffemodel` or `.net` needs the
/// name and bytes of its `.prototxt` too.
///
/// # Errors
/// As [`read`].
pub fn from_bytes(path: &Path, bytes: &[u8], prototxt: Option<(&Path, &[u8])>, facts: &Facts) -> Result<Imported, ImportError> {
    parse(path, bytes, prototxt, facts, &RefCell::default()).and_then(|imported| finish(path, facts, imported))
}

fn read_format(path: &Path, facts: &Facts, rows: &RefCell<Vec<Recognised>>) -> Result<Imported, ImportError> {
    let content = match extension(path).as_str() {
        "onnx" | "caffemodel" | "net" | "safetensors" => bytes(path)?,
        _ => return Err(ImportError::Extension { path: path.into() }),
    };
    if matches!(extension(path).as_str(), "caffemodel" | "net") {
        let prototxt = caffe::find_prototxt(path, facts.prototxt.as_deref())?;
        let description = bytes(&prototxt)?;
        return parse(path, &content, Some((&prototxt, &description)), facts, rows);
    }
    parse(path, &content, None, facts, rows)
}

fn extension(path: &Path) -> String {
    path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn parse(
    path: &Path,
    bytes: &[u8],
    prototxt: Option<(&Path, &[u8])>,
    facts: &Facts,
    rows: &RefCell<Vec<Recognised>>,
) -> Result<Imported, ImportError> {
    let net = || match prototxt {
        Some((path, description)) => caffe::Net::parse(path, description),
        None => Err(ImportError::NoPrototxt { path: path.into(), looked_for: "none".into() }),
    };
    let graph = match extension(path).as_str() {
        "onnx" => onnx::parse(path, bytes)?,
        "caffemodel" => caffe::graph(path, net()?, bytes)?,
        "net" => deep_compression::graph(path, net()?, bytes)?,
        "safetensors" => {
            let network = tensors::network(path, bytes, facts)?;
            rows.borrow_mut().extend(tensors::rows(&network));
            return Ok(Imported { network, given: None });
        }
        _ => return Err(ImportError::Extension { path: path.into() }),
    };
    recognise::network(&graph, facts, rows)
}

fn bytes(path: &Path) -> Result<Vec<u8>, ImportError> {
    std::fs::read(path).map_err(|cause| ImportError::Read { path: path.into(), cause })
}

/// Names the layout, checks every tensor, folds the normalisation.
fn finish(path: &Path, facts: &Facts, mut imported: Imported) -> Result<Imported, ImportError> {
    let network = &mut imported.network;
    network.layout.name = layout_name(&network.layout);
    network.check().map_err(|cause| ImportError::Float { path: path.into(), cause })?;
    network.stem = facts.normalisation.fold(&network.stem);
    if let Some(given) = &mut imported.given {
        given.fold(&facts.normalisation);
    }
    Ok(imported)
}

/// The published name of a layout, whatever its input size and class count; `custom` for any other.
fn layout_name(layout: &Layout) -> String {
    let same_body = |known: &Layout| known.stem == layout.stem && known.fires == layout.fires;
    let published = [Layout::v1_1(227, 1000), Layout::v1_0(227, 1000, 1), Layout::article(227, 1000)];
    published.into_iter().find(same_body).map_or_else(|| "custom".into(), |known| known.name)
}
