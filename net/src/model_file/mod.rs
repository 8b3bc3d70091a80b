//! The model file: one safetensors file with everything that a classification needs.
//!
//! Tensors, for every convolution in [`Network::convolutions`] (names as there, `fire2/expand3x3`):
//!
//! | tensor | type | shape | what |
//! |---|---|---|---|
//! | `<conv>.weight` | I8 | O, I, H, W | weights |
//! | `<conv>.bias` | I32 | O | bias |
//! | `<conv>.multiplier`, `<conv>.shift` | U16, U8 | O | requantisation |
//! | `<conv>.weight_scale` | F32 | O | real value of one weight step |
//! | `activation_scales` | F32 | layers | real value of one output step of every layer |
//!
//! The safetensors header's metadata holds one key, `ember`, with a JSON text: format version,
//! SHA-256, layout, preprocessing, class names, origin and the SHA-256 of the float network. The SHA-256 is that of the whole file
//! with the hash itself written as 64 zeros, so every bit of the file is covered.

use crate::compressed;
use crate::files::{self, WriteError};
use crate::layout::Layout;
use crate::model::{Network, NetworkError, QuantConv, QuantFire};
use crate::photo::Preprocessing;
use crate::text::shown;
use ndarray::Array4;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Version of the file's format; a reader refuses any but this and [`EXTENDED_VERSION`].
pub const FORMAT_VERSION: u32 = 1;
/// Version of a file whose preprocessing is more than a squash, or whose pools are in floor mode: programs that know no other must
/// not read it.
pub const EXTENDED_VERSION: u32 = 2;
/// The key of the safetensors metadata that holds the header.
const METADATA_KEY: &str = "ember";
/// What stands in the place of the hash while it is computed.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A quantised network with what turns photographs into its input and its sums into named classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The integers.
    pub network: Network,
    /// Real values of the integers' steps.
    pub scales: Scales,
    /// From a photograph to the network's input.
    pub preprocessing: Preprocessing,
    /// One name a class.
    pub labels: Vec<String>,
    /// Where the float network came from and how it was quantised, in words.
    pub origin: String,
    /// SHA-256 of the float network that the integers approximate (`FloatNetwork::fingerprint`), in
    /// hexadecimal; empty when there was none. Accuracies are compared with that network only.
    pub float_sha256: String,
    hash: [u8; 32],
}

/// Real values of one integer step. Results need only the last one; the others serve reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Scales {
    /// One a layer, in the order of [`Layout::layers`]: the layer's output.
    pub activations: Vec<f32>,
    /// One list a convolution, in the order of [`Network::convolutions`]: one an output channel.
    pub weights: Vec<Vec<f32>>,
}

impl Scales {
    /// The scale of the classifier's output.
    pub fn output(&self) -> f32 {
        self.activations.last().copied().unwrap_or(0.0)
    }
}

/// Why a model file was not read, written or made.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ModelError {
    /// The file cannot be opened or read.
    #[error("{}: the model cannot be read ({cause}); check the path and its permissions", shown(path))]
    Read { path: PathBuf, cause: std::io::Error },
    /// The file is of another kind.
    #[error("{}: this is not an Ember model file ({reason}); make one with `ember quantize`", shown(path))]
    Format { path: PathBuf, reason: String },
    /// The hash does not match, or parts are missing.
    #[error("{}: the model file is damaged or cut short ({reason}); copy it again or make it anew with `ember quantize`", shown(path))]
    Damaged { path: PathBuf, reason: String },
    /// The file was written by another version.
    #[error("{}: the model file has format version {found}, expected {FORMAT_VERSION} or {EXTENDED_VERSION}; make it anew with `ember quantize`", shown(path))]
    Version { path: PathBuf, found: u32 },
    /// The compressed file's hash does not match, or parts are missing.
    #[error(
        "{}: the compressed model file is damaged or cut short ({reason}); copy it again or make it anew with `ember compress`",
        shown(path)
    )]
    DamagedCompressed { path: PathBuf, reason: String },
    /// The compressed file was written by another version.
    #[error(
        "{}: the compressed model file has format version {found}, expected {FORMAT_VERSION} or {EXTENDED_VERSION}; make it anew with `ember compress`",
        shown(path)
    )]
    CompressedVersion { path: PathBuf, found: u32 },
    /// The parts do not make one model.
    #[error("the model's {what} has {found} entries, expected {expected}; make the model anew with `ember quantize`")]
    Parts { what: &'static str, found: usize, expected: usize },
    /// The squash is smaller than the network's input, or enormous.
    #[error("the model resizes photographs to {found:?}, which the input of {height}x{width} does not fit into; make the model anew")]
    Resize { found: [usize; 2], height: usize, width: usize },
    /// The integers do not make a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Header {
    format_version: u32,
    sha256: String,
    origin: String,
    float_sha256: String,
    layout: Layout,
    preprocessing: Preprocessing,
    labels: Vec<String>,
}

impl Model {
    /// Puts a model together and computes its hash.
    ///
    /// # Errors
    /// A network that does not pass [`Network::check`], or parts of other sizes than its layout's.
    pub fn new(
        network: Network,
        scales: Scales,
        preprocessing: Preprocessing,
        labels: Vec<String>,
        origin: String,
        float_sha256: String,
    ) -> Result<Self, ModelError> {
        let mut model = Self { network, scales, preprocessing, labels, origin, float_sha256, hash: [0; 32] };
        model.check()?;
        model.hash = model.seal().1;
        Ok(model)
    }

    /// SHA-256 that the file holds: equal for equal models, and what results name the model by.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The layout of the network.
    pub fn layout(&self) -> &Layout {
        &self.network.layout
    }

    /// Reads the photograph at `path` as the network's input: HWC bytes, red green blue.
    ///
    /// # Errors
    /// A file that is no whole image; the error names it.
    pub fn load_image(&self, path: &Path) -> Result<ndarray::Array3<u8>, crate::photo::ImageError> {
        Ok(self.preprocessing.apply(&crate::photo::load(path)?, self.layout().height, self.layout().width))
    }

    /// Positions that the global average runs over: rows times columns of the classifier's output.
    pub fn classifier_positions(&self) -> usize {
        // a model always has a valid layout: `check` is part of every constructor
        self.layout().layers().map_or(1, |layers| layers.last().map_or(1, |l| l.out_height * l.out_width))
    }

    /// The model as a file's bytes; the same model gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.seal().0
    }

    /// Reads a model from a file's bytes, plain or [compressed]; `name` is what errors call the file.
    ///
    /// # Errors
    /// Bytes that are no model file, damaged, of another version, or inconsistent.
    pub fn from_bytes(name: impl AsRef<Path>, bytes: &[u8]) -> Result<Self, ModelError> {
        if compressed::is_compressed(bytes) {
            return compressed::from_bytes(name, bytes);
        }
        let path = || name.as_ref().to_path_buf();
        let damaged = |reason: &str| ModelError::Damaged { path: path(), reason: reason.into() };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| match looks_like_a_model(bytes) {
            true => damaged(&format!("its safetensors header does not fit the file: {e}")),
            false => ModelError::Format { path: path(), reason: "it is not a safetensors file".into() },
        })?;
        let Some(text) = metadata.metadata().as_ref().and_then(|m| m.get(METADATA_KEY)) else {
            return Err(match looks_like_a_model(bytes) {
                true => damaged("its header lost the key `ember`"),
                false => ModelError::Format { path: path(), reason: "its metadata has no key `ember`".into() },
            });
        };
        // The version comes first: a later format may have another header and another hash.
        let json: serde_json::Value = serde_json::from_str(text).map_err(|e| damaged(&format!("its header is not JSON: {e}")))?;
        match json["format_version"].as_u64() {
            Some(v) if is_version(v) => {}
            Some(found) => return Err(ModelError::Version { path: path(), found: u32::try_from(found).unwrap_or(u32::MAX) }),
            None => return Err(damaged("its header has no format version")),
        }
        let header: Header = serde_json::from_value(json).map_err(|e| damaged(&format!("its header lacks a part: {e}")))?;
        let hash = verify_hash(bytes, &header.sha256).ok_or_else(|| damaged("its SHA-256 does not match its content"))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| damaged(&crate::text::cause(&e)))?;
        let (network, scales) = read_network(header.layout, &tensors).map_err(|reason| damaged(&reason))?;
        let Header { preprocessing, labels, origin, float_sha256, .. } = header;
        let model = Self { network, scales, preprocessing, labels, origin, float_sha256, hash };
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<(), ModelError> {
        let layers = self.network.check()?;
        let Layout { height, width, .. } = self.network.layout;
        if !self.preprocessing.fits(height, width) {
            return Err(ModelError::Resize { found: self.preprocessing.resize, height, width });
        }
        let convs = self.network.convolutions();
        let parts = [
            ("list of class names", self.labels.len(), self.network.layout.classifier.classes),
            ("list of activation scales", self.scales.activations.len(), layers.len()),
            ("list of weight scales", self.scales.weights.len(), convs.len()),
        ];
        let channels = convs.iter().zip(&self.scales.weights).map(|((_, c), s)| ("weight scales", s.len(), c.bias.len()));
        for (what, found, expected) in parts.into_iter().chain(channels) {
            if found != expected {
                return Err(ModelError::Parts { what, found, expected });
            }
        }
        Ok(())
    }

    /// The file's bytes and their hash.
    fn seal(&self) -> (Vec<u8>, [u8; 32]) {
        let header = Header {
            format_version: version(self),
            sha256: NO_HASH.into(),
            origin: self.origin.clone(),
            float_sha256: self.float_sha256.clone(),
            layout: self.network.layout.clone(),
            preprocessing: self.preprocessing,
            labels: self.labels.clone(),
        };
        let text = serde_json::to_string(&header).expect("the header has only strings and numbers");
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        for ((name, conv), scale) in self.network.convolutions().iter().zip(&self.scales.weights) {
            let channels = vec![conv.bias.len()];
            let weights = conv.weights.iter().map(|&w| w as u8).collect();
            tensors.push((format!("{name}.weight"), Dtype::I8, conv.weights.shape().to_vec(), weights));
            tensors.push((format!("{name}.bias"), Dtype::I32, channels.clone(), little_endian(&conv.bias, i32::to_le_bytes)));
            tensors.push((format!("{name}.multiplier"), Dtype::U16, channels.clone(), little_endian(&conv.multiplier, u16::to_le_bytes)));
            tensors.push((format!("{name}.shift"), Dtype::U8, channels.clone(), conv.shift.clone()));
            tensors.push((format!("{name}.weight_scale"), Dtype::F32, channels, little_endian(scale, f32::to_le_bytes)));
        }
        let activations = &self.scales.activations;
        tensors.push(("activation_scales".into(), Dtype::F32, vec![activations.len()], little_endian(activations, f32::to_le_bytes)));
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            (name, TensorView::new(*dtype, shape.clone(), bytes).expect("bytes were made from the shape's elements"))
        });
        let metadata = HashMap::from([(METADATA_KEY.to_string(), text)]);
        let mut bytes = safetensors::serialize(views, Some(metadata)).expect("names are distinct and shapes valid");
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        let at = find(&bytes, NO_HASH.as_bytes()).expect("the header was just written");
        bytes[at..at + NO_HASH.len()].copy_from_slice(hex(&hash).as_bytes());
        (bytes, hash)
    }
}

/// Writes a model to `path`, whole or not at all.
///
/// # Errors
/// A folder that cannot be written, or a full disk.
pub fn save(model: &Model, path: &Path) -> Result<(), ModelError> {
    Ok(files::write(path, &model.to_bytes())?)
}

/// Reads and verifies the model file at `path`, or gives the embedded one of that name ([`crate::assets::SIX_BITS`]) where there is no such file.
///
/// # Errors
/// A file that cannot be read, is no model file, is damaged or of another version; the error names it.
pub fn load(path: &Path) -> Result<Model, ModelError> {
    match std::fs::read(path) {
        Ok(bytes) => Model::from_bytes(path, &bytes),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && path.as_os_str() == crate::assets::SIX_BITS => {
            Ok(Model::six_bit_model())
        }
        Err(cause) => Err(ModelError::Read { path: path.into(), cause }),
    }
}

/// The version of a model's file.
pub(crate) fn version(model: &Model) -> u32 {
    if model.preprocessing.is_extended() || model.layout().floor_pools {
        EXTENDED_VERSION
    } else {
        FORMAT_VERSION
    }
}

/// Whether files of this version are read.
pub(crate) fn is_version(found: u64) -> bool {
    [FORMAT_VERSION, EXTENDED_VERSION].map(u64::from).contains(&found)
}

/// Hexadecimal digits of a hash.
pub fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Tells a damaged model from a file of another kind: a model carries its metadata key or a tensor name in its first bytes.
fn looks_like_a_model(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(64 << 10)];
    [&b"__metadata__"[..], b"format_version", b"preprocessing"].iter().filter(|part| find(start, part).is_some()).count() >= 2
}

/// The file's hash when it equals the `claimed` one.
fn verify_hash(bytes: &[u8], claimed: &str) -> Option<[u8; 32]> {
    let at = find(bytes, claimed.as_bytes()).filter(|_| claimed.len() == NO_HASH.len())?;
    let mut hasher = Sha256::new();
    hasher.update(&bytes[..at]);
    hasher.update(NO_HASH);
    hasher.update(&bytes[at + NO_HASH.len()..]);
    let hash: [u8; 32] = hasher.finalize().into();
    (hex(&hash) == claimed).then_some(hash)
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len().max(1)).position(|window| window == part)
}

fn little_endian<T: Copy, const N: usize>(values: &[T], to_bytes: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&v| to_bytes(v)).collect()
}

fn read_network(layout: Layout, tensors: &SafeTensors) -> Result<(Network, Scales), String> {
    let mut weight_scales = Vec::new();
    let mut conv = |name: &str| -> Result<QuantConv, String> {
        weight_scales.push(read(tensors, &format!("{name}.weight_scale"), Dtype::F32, f32::from_le_bytes)?.1);
        let (shape, weights) = read(tensors, &format!("{name}.weight"), Dtype::I8, i8::from_le_bytes)?;
        let shape: [usize; 4] = shape.try_into().map_err(|s| format!("{name}.weight has shape {s:?}, expected four sides"))?;
        Ok(QuantConv {
            weights: Array4::from_shape_vec(shape, weights).map_err(|e| format!("{name}.weight: {e}"))?,
            bias: read(tensors, &format!("{name}.bias"), Dtype::I32, i32::from_le_bytes)?.1,
            multiplier: read(tensors, &format!("{name}.multiplier"), Dtype::U16, u16::from_le_bytes)?.1,
            shift: read(tensors, &format!("{name}.shift"), Dtype::U8, u8::from_le_bytes)?.1,
        })
    };
    let stem = conv("conv1")?;
    let mut fires = Vec::with_capacity(layout.fires.len());
    for n in 2..layout.fires.len() + 2 {
        fires.push(QuantFire {
            squeeze: conv(&format!("fire{n}/squeeze1x1"))?,
            expand1: conv(&format!("fire{n}/expand1x1"))?,
            expand3: conv(&format!("fire{n}/expand3x3"))?,
        });
    }
    let classifier = conv("conv10")?;
    let activations = read(tensors, "activation_scales", Dtype::F32, f32::from_le_bytes)?.1;
    Ok((Network { layout, stem, fires, classifier }, Scales { activations, weights: weight_scales }))
}

/// A tensor's shape and elements, little-endian in the file.
fn read<T, const N: usize>(
    tensors: &SafeTensors,
    name: &str,
    dtype: Dtype,
    from_bytes: fn([u8; N]) -> T,
) -> Result<(Vec<usize>, Vec<T>), String> {
    let view = tensors.tensor(name).map_err(|_| format!("tensor {name} is missing"))?;
    if view.dtype() != dtype {
        return Err(format!("tensor {name} has type {:?}, expected {dtype:?}", view.dtype()));
    }
    let elements = view.data().chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(from_bytes).collect();
    Ok((view.shape().to_vec(), elements))
}

#[cfg(test)]
mod tests;
