//! Reads float SqueezeNets, plain or quantised, from ONNX, Caffe, Deep Compression and safetensors files.

pub mod caffe;
pub mod deep_compression;
pub mod given;
pub mod graph;
pub mod input;
pub mod mean;
pub mod onnx;
pub mod recognise;
pub mod tensors;

use crate::float::{ChannelOrder, FloatError, FloatNetwork, Normalisation};
use given::GivenScales;
use input::Prelude;
use ndarray::Array4;
use net::layout::{Layout, INPUT_CHANNELS};
use net::photo::{Normalised, Preprocessing, Resize};
use net::text::shown;
use recognise::Recognised;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// What the file does not say about its network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// What the network expects of its input; nothing: what its graph says, else what is usual.
    pub normalisation: Option<Normalisation>,
    /// Order of the channels, where it is not that of `normalisation`.
    pub order: Option<ChannelOrder>,
    /// Side of the square input, pixels. Graphs mostly say it themselves; safetensors never do.
    pub side: Option<usize>,
    /// Names of the layers that a max-pool follows (`conv1`, `fire3`, ...); only for safetensors, which hold no graph.
    pub pools: Option<Vec<String>>,
    /// Padding of conv10; only for safetensors.
    pub classifier_padding: Option<usize>,
    /// The network description of a `.caffemodel` or `.net` file; found beside it when not given.
    pub prototxt: Option<PathBuf>,
}

/// A network as a file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The network in floating point; for a quantised file, the real values of its integers.
    pub network: FloatNetwork,
    /// The scales and integers of a quantised file.
    pub given: Option<GivenScales>,
    /// What photographs go through before the network, in all.
    pub input: InputFacts,
}

/// How photographs become the network's input.
#[derive(Clone, Debug, PartialEq)]
pub struct InputFacts {
    /// Up to the first convolution, what the graph does itself included.
    pub normalised: Normalised,
    /// Where that comes from, in words.
    pub because: String,
    /// Whether nothing said it.
    pub assumed: bool,
    /// Border of the frame and its colour, see [`Preprocessing`].
    pub border: [i32; 4],
    /// Red, green, blue of the border, and of what a photograph leaves free.
    pub colour: [u8; 3],
    /// What the host takes off every logit.
    pub logit_shift: f32,
    /// What a user must know, one sentence each.
    pub notes: Vec<String>,
}

impl InputFacts {
    /// `resize` for this network, whose frame has the size of `layout`.
    ///
    /// # Errors
    /// A size that does not hold the input.
    pub fn preprocessing(&self, layout: &Layout, resize: Resize) -> Result<Preprocessing, String> {
        let [above, left, below, right] = self.border;
        let inside = |side: usize, border: i32| usize::try_from(side as i64 - i64::from(border)).unwrap_or(1).max(1);
        let made = resize.preprocessing(inside(layout.height, above + below), inside(layout.width, left + right))?;
        let (border, colour, logit_shift) = (self.border, self.colour, self.logit_shift);
        Ok(Preprocessing { border, colour, logit_shift, normalisation: Some(self.normalised), ..made })
    }

    /// What is said of it to a user: the assumption where there was one, and the notes.
    pub fn warnings(&self) -> Vec<String> {
        let assumed = self.assumed.then(|| self.because.clone());
        assumed.into_iter().chain(self.notes.iter().cloned()).collect()
    }
}

/// A network that was recognised, its input still as the file has it.
#[derive(Clone, Debug)]
pub struct Found {
    network: FloatNetwork,
    given: Option<GivenScales>,
    prelude: Prelude,
    logit_shift: f64,
    /// The normalisation that the file names.
    said: Option<Normalisation>,
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
        "{}: expected a file name that ends in .onnx, .caffemodel, .net (Deep Compression) or .safetensors; {}",
        shown(path),
        conversion(path)
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

/// What to do with a file of another format.
fn conversion(path: &Path) -> String {
    match extension(path).as_str() {
        "pt" | "pth" | "pth.tar" | "bin" | "ckpt" => "convert it with PyTorch, which reads such a file by running it: `python3 -c 'import torch, \
             torchvision; net = torchvision.models.squeezenet1_1(); net.load_state_dict(torch.load(\"FILE.pt\", weights_only=True)); \
             torch.onnx.export(net.eval(), torch.zeros(1, 3, 224, 224), \"NET.onnx\")'`, then give NET.onnx with --normalisation torchvision"
            .into(),
        "pt2" => "convert it with PyTorch: `python3 -c 'import torch; torch.onnx.export(torch.export.load(\"FILE.pt2\"), (), \"NET.onnx\")'`"
            .into(),
        "h5" | "hdf5" | "keras" => "convert it with Keras 3: `python3 -c 'import keras; \
             keras.saving.load_model(\"FILE.keras\").export(\"NET.onnx\", format=\"onnx\")'`; a file of weights alone needs its model built first"
            .into(),
        "pb" => "convert it with `pip install tf2onnx`, then `python3 -m tf2onnx.convert --saved-model FOLDER --output NET.onnx`".into(),
        "tflite" => "convert it with `pip install tf2onnx`, then `python3 -m tf2onnx.convert --tflite FILE.tflite --output NET.onnx`".into(),
        "params" | "json" => "convert it with MXNet: `python3 -c 'from mxnet import onnx; onnx.export_model(\"NET-symbol.json\", \
             \"NET-0000.params\", [(1, 3, 224, 224)], \"float32\", \"NET.onnx\")'`"
            .into(),
        "pdmodel" | "pdiparams" => "convert it with `pip install paddle2onnx`, then `paddle2onnx --model_dir FOLDER --model_filename \
             NET.pdmodel --params_filename NET.pdiparams --save_file NET.onnx`"
            .into(),
        "mat" => "convert it in MATLAB with `exportONNXNetwork(net, 'NET.onnx')`".into(),
        "prototxt" => "give the file of weights, and this one with --prototxt".into(),
        _ => "rename or convert the network".into(),
    }
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
    let result = read_format(path, facts, &rows).and_then(|found| finish(path, facts, found));
    (rows.into_inner(), result)
}

/// As [`read`], from the bytes of a file that `path` merely names; a `.caffemodel` or `.net` needs the
/// name and bytes of its `.prototxt` too.
///
/// # Errors
/// As [`read`].
pub fn from_bytes(path: &Path, bytes: &[u8], prototxt: Option<(&Path, &[u8])>, facts: &Facts) -> Result<Imported, ImportError> {
    parse(path, bytes, prototxt, facts, &RefCell::default()).and_then(|found| finish(path, facts, found))
}

fn read_format(path: &Path, facts: &Facts, rows: &RefCell<Vec<Recognised>>) -> Result<Found, ImportError> {
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
) -> Result<Found, ImportError> {
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
            let said = tensors::said(bytes).map(|said| said.normalisation());
            return Ok(Found { network, given: None, prelude: Prelude::none(INPUT_CHANNELS), logit_shift: 0.0, said });
        }
        _ => return Err(ImportError::Extension { path: path.into() }),
    };
    recognise::network(&graph, facts, rows)
}

fn bytes(path: &Path) -> Result<Vec<u8>, ImportError> {
    std::fs::read(path).map_err(|cause| ImportError::Read { path: path.into(), cause })
}

/// Names the layout, checks every tensor, settles the normalisation and folds it.
fn finish(path: &Path, facts: &Facts, found: Found) -> Result<Imported, ImportError> {
    let Found { mut network, mut given, prelude, logit_shift, said } = found;
    network.layout.name = layout_name(&network.layout);
    let refuse = |reason: String| ImportError::Network { path: path.into(), reason };
    if prelude.taps.len() == 1 {
        fold_grey(&mut network, given.as_mut());
    }
    network.check().map_err(|cause| ImportError::Float { path: path.into(), cause })?;
    let grey = prelude.taps.len() == 1;
    let usual = if grey { Normalisation::UNIT } else { Normalisation::CAFFE };
    let settled = match said.filter(|_| facts.normalisation.is_none() && facts.order.is_none()) {
        Some(normalisation) => input::Settled { normalisation, because: "the file says so".into(), assumed: false },
        None => input::settle(facts, &prelude, usual).map_err(refuse)?,
    };
    let mut normalisation = settled.normalisation;
    if grey {
        // the three channels are those that grey was made from
        normalisation.order = ChannelOrder::Rgb;
    }
    if !normalisation.deviation.iter().all(|d| d.is_normal() && *d > 0.0) || !normalisation.mean.iter().all(|m| m.is_finite()) {
        return Err(refuse("the deviation that was given is not positive; give three positive numbers with --deviation".into()));
    }
    let zero = input::zero(&normalisation, &prelude);
    let padded = prelude.border.iter().any(|&side| side > 0);
    if zero.is_none() && padded {
        let whole = input::whole(&normalisation, &prelude);
        return Err(refuse(format!(
            "its first convolution has a padding of zeros, which no colour gives ({whole}); without that padding it would run"
        )));
    }
    network.stem = normalisation.fold(&network.stem);
    if let Some(given) = &mut given {
        given.fold(&normalisation);
    }
    let mut notes = prelude.notes.clone();
    let colour = zero.unwrap_or([0; 3]);
    if padded {
        let [r, g, b] = colour;
        notes.push(format!("the first convolution's padding is a border of the frame in the mean colour ({r}, {g}, {b})"));
    }
    let input = InputFacts {
        normalised: input::whole(&normalisation, &prelude),
        because: settled.because,
        assumed: settled.assumed,
        border: prelude.border,
        colour,
        logit_shift: logit_shift as f32,
        notes,
    };
    Ok(Imported { network, given, input })
}

/// Gives the first convolution of a network for grey images three channels: grey is 0.299 red, 0.587 green and 0.114 blue.
fn fold_grey(network: &mut FloatNetwork, given: Option<&mut GivenScales>) {
    const LUMA: [f64; 3] = [0.299, 0.587, 0.114];
    let grey = &network.stem.weights;
    let (outputs, inputs, rows, columns) = grey.dim();
    if inputs != 1 {
        return;
    }
    let weight = |(o, c, y, x): (usize, usize, usize, usize)| (f64::from(grey[[o, 0, y, x]]) * LUMA[c]) as f32;
    network.stem.weights = Array4::from_shape_fn((outputs, INPUT_CHANNELS, rows, columns), weight);
    // three filters of different sizes have no common step: conv1 is rounded anew
    if let Some(stem) = given.and_then(|given| given.weights.first_mut()) {
        *stem = None;
    }
}

/// The published name of a layout, whatever its input size and class count; `custom` for any other.
fn layout_name(layout: &Layout) -> String {
    let same_body = |known: &Layout| known.stem == layout.stem && known.fires == layout.fires;
    let published = [Layout::v1_1(227, 1000), Layout::v1_0(227, 1000, 1), Layout::article(227, 1000)];
    published.into_iter().find(same_body).map_or_else(|| "custom".into(), |known| known.name)
}
