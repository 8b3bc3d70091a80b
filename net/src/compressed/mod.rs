//! The compressed model file: what [`crate::model_file`] holds, at a fraction of its size, without loss.
//!
//! Little-endian; `docs/compression.md` says why each part is as it is.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | [`MAGIC`] |
//! | 4 | format version, 1 |
//! | 4 | bytes of the header as it is here, `h` |
//! | 4 | bytes of the header once decompressed |
//! | h | header: JSON (layout, preprocessing, class names, origin, SHA-256 of the float network), Brotli |
//! | rest | numbers: one arithmetic-coded message (module [`coder`]) |
//! | 32 | SHA-256 of everything before it |
//!
//! The message: the activation scales, then every convolution in the order of [`Network::convolutions`](crate::model::Network::convolutions): weight scales,
//! multipliers, shifts, biases ([`tables`]) and weights ([`weights`]).

pub mod coder;
pub mod model;
pub mod numbers;
pub mod tables;
pub mod weights;

use crate::layout::Layout;
use crate::model::{conv_shapes, Network, QuantConv, QuantFire};
use crate::model_file::{self, Model, ModelError, Scales};
use crate::photo::Preprocessing;
use coder::{BitCoder, Decoder, Encoder};
use ndarray::Array4;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;
use tables::{ConvTables, Tables};

/// First bytes of a compressed model file; no text and no safetensors file starts so.
pub const MAGIC: [u8; 8] = *b"\x89EMBERC\n";
/// Longest header, decompressed: more than 1024 class names of a thousand bytes.
const MOST_HEADER: usize = 1 << 21;
/// Most weights of a network (SqueezeNets have 0.7 to 1.3 million): what a small file may make a reader allocate.
const MOST_WEIGHTS: usize = 1 << 24;
const HASH: usize = 32;
const FIXED: usize = MAGIC.len() + 12;

#[derive(serde::Serialize, serde::Deserialize)]
struct Header {
    origin: String,
    float_sha256: String,
    layout: Layout,
    preprocessing: Preprocessing,
    labels: Vec<String>,
}

/// A model's compressed form, and where its bytes go.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The file.
    pub bytes: Vec<u8>,
    /// Bytes of the text in it, as compressed there: class names, layout and origin.
    pub header: usize,
    /// Bytes of each convolution, in the order of [`Network::convolutions`](crate::model::Network::convolutions), its tables included.
    pub convolutions: Vec<f64>,
}

/// Why a model has no compressed form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum PackError {
    /// Readers would refuse it.
    #[error("the network has {found} weights, and a compressed file holds at most {MOST_WEIGHTS}; keep the model as it is")]
    Weights { found: usize },
    /// Readers would refuse it.
    #[error("class names and origin have {found} bytes, and a compressed file holds at most {MOST_HEADER}; shorten the class names")]
    Header { found: usize },
}

/// Whether a file that starts with `bytes` says that it is a compressed model.
pub fn is_compressed(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Packs `model`; the same model gives the same bytes, and [`from_bytes`] gives the same model.
///
/// # Errors
/// A model that is too large for a reader.
pub fn pack(model: &Model) -> Result<Packed, PackError> {
    let convolutions = model.network.convolutions();
    let found = convolutions.iter().map(|(_, c)| c.weights.len()).sum();
    if found > MOST_WEIGHTS {
        return Err(PackError::Weights { found });
    }
    let header = Header {
        origin: model.origin.clone(),
        float_sha256: model.float_sha256.clone(),
        layout: model.network.layout.clone(),
        preprocessing: model.preprocessing,
        labels: model.labels.clone(),
    };
    let text = serde_json::to_vec(&header).expect("the header has only strings and numbers");
    if text.len() > MOST_HEADER {
        return Err(PackError::Header { found: text.len() });
    }
    let packed_text = brotli_compress(&text);
    let mut encoder = Measured::default();
    let mut sizes = Vec::with_capacity(convolutions.len());
    let mut coded = Coded::default();
    let mut activations = model.scales.activations.clone();
    coded.tables.activations(&mut encoder, &mut activations);
    for ((input, output), ((_, conv), scales)) in neighbours(&activations).into_iter().zip(convolutions.iter().zip(&model.scales.weights)) {
        let before = encoder.cost.bits;
        let mut copy = (*conv).clone();
        coded.convolution(&mut encoder, &mut copy, &mut scales.clone(), input, output).expect("an encoder invents no weights");
        sizes.push((encoder.cost.bits - before) / 8.0);
    }
    let mut bytes = MAGIC.to_vec();
    for number in [model_file::version(model) as usize, packed_text.len(), text.len()] {
        bytes.extend(u32::try_from(number).expect("bounded above").to_le_bytes());
    }
    bytes.extend(&packed_text);
    bytes.extend(encoder.encoder.finish());
    bytes.extend(Sha256::digest(&bytes));
    Ok(Packed { bytes, header: packed_text.len(), convolutions: sizes })
}

/// Reads a compressed model from a file's bytes; `name` is what errors call the file.
///
/// # Errors
/// Bytes that are no compressed model, damaged, of another version, or inconsistent.
pub fn from_bytes(name: impl AsRef<Path>, bytes: &[u8]) -> Result<Model, ModelError> {
    let path = || name.as_ref().to_path_buf();
    let damaged = |reason: String| ModelError::DamagedCompressed { path: path(), reason };
    if !is_compressed(bytes) {
        return Err(ModelError::Format { path: path(), reason: "it does not start as a compressed model does".into() });
    }
    if bytes.len() < FIXED + HASH {
        return Err(damaged(format!("it has {} bytes, fewer than the smallest one", bytes.len())));
    }
    let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let (content, hash) = bytes.split_at(bytes.len() - HASH);
    // The version comes first: a later format may have another hash.
    let found = number(MAGIC.len());
    if !model_file::is_version(found.into()) {
        return Err(ModelError::CompressedVersion { path: path(), found });
    }
    if Sha256::digest(content).as_slice() != hash {
        return Err(damaged("its SHA-256 does not match its content".into()));
    }
    let (packed, length) = (number(MAGIC.len() + 4) as usize, number(MAGIC.len() + 8) as usize);
    let rest = &content[FIXED..];
    if packed > rest.len() || length > MOST_HEADER {
        return Err(damaged(format!("its header says that it has {packed} bytes and {length} decompressed, which cannot be")));
    }
    let (packed, message) = rest.split_at(packed);
    let text = brotli_decompress(packed, length).map_err(|e| damaged(format!("its header cannot be decompressed: {e}")))?;
    let header: Header = serde_json::from_slice(&text).map_err(|e| damaged(format!("its header lacks a part: {e}")))?;
    let Header { origin, float_sha256, layout, preprocessing, labels } = header;
    let (network, scales) = read_network(layout, message).map_err(damaged)?;
    Model::new(network, scales, preprocessing, labels, origin, float_sha256).map_err(|e| damaged(e.to_string()))
}

fn read_network(layout: Layout, message: &[u8]) -> Result<(Network, Scales), String> {
    let layers = layout.layers().map_err(|e| e.to_string())?;
    let shapes = conv_shapes(&layers);
    let weights: usize = shapes.iter().map(|s| s.iter().product::<usize>()).sum();
    if weights > MOST_WEIGHTS {
        return Err(format!("its layout has {weights} weights, expected at most {MOST_WEIGHTS}"));
    }
    let mut decoder = Decoder::new(message);
    let mut coded = Coded::default();
    let mut activations = vec![0.0; layers.len()];
    coded.tables.activations(&mut decoder, &mut activations);
    let mut convs = Vec::with_capacity(shapes.len());
    let mut scales = Scales { activations, weights: Vec::with_capacity(shapes.len()) };
    for ((input, output), shape) in neighbours(&scales.activations).into_iter().zip(shapes) {
        let channels = shape[0];
        let mut conv =
            QuantConv { weights: Array4::zeros(shape), bias: vec![0; channels], multiplier: vec![0; channels], shift: vec![0; channels] };
        let mut of_weights = vec![0.0; channels];
        coded.convolution(&mut decoder, &mut conv, &mut of_weights, input, output).map_err(|e| e.to_string())?;
        convs.push(conv);
        scales.weights.push(of_weights);
    }
    if !decoder.used_up() {
        return Err("its coded numbers do not end where the file does".into());
    }
    let mut convs = convs.into_iter();
    let mut next = || convs.next().ok_or("its layout has too few convolutions");
    let stem = next()?;
    let mut fires = Vec::with_capacity(layout.fires.len());
    for _ in &layout.fires {
        fires.push(QuantFire { squeeze: next()?, expand1: next()?, expand3: next()? });
    }
    Ok((Network { stem, fires, classifier: next()?, layout }, scales))
}

/// The scales of every convolution's input and output, from those of the layers' outputs; the image's is 1.
fn neighbours(activations: &[f32]) -> Vec<(f32, f32)> {
    let mut all = Vec::new();
    let mut input = 1.0;
    for (i, &output) in activations.iter().enumerate() {
        let expand = i > 0 && i % 2 == 0 && i + 1 < activations.len();
        all.extend(std::iter::repeat_n((input, output), if expand { 2 } else { 1 }));
        input = output;
    }
    all
}

/// The adaptive codes of a whole message.
#[derive(Default)]
struct Coded {
    tables: Tables,
    weights: weights::Weights,
}

impl Coded {
    fn convolution<C: BitCoder>(
        &mut self,
        coder: &mut C,
        conv: &mut QuantConv,
        scales: &mut [f32],
        input: f32,
        output: f32,
    ) -> Result<(), weights::WeightError> {
        let QuantConv { weights, bias, multiplier, shift } = conv;
        self.tables.convolution(coder, ConvTables { scales, multiplier, shift, bias }, input, output);
        if coder.exhausted() {
            return Err(weights::WeightError::Exhausted);
        }
        let (outputs, inputs, rows, columns) = weights.dim();
        // a view is not always contiguous; a standard copy is
        let mut flat: Vec<i8> = weights.iter().copied().collect();
        self.weights.code(coder, &mut flat, [outputs, inputs, rows * columns])?;
        weights.iter_mut().zip(flat).for_each(|(w, v)| *w = v);
        Ok(())
    }
}

/// An encoder that knows how much it has written.
#[derive(Default)]
struct Measured {
    encoder: Encoder,
    cost: coder::Cost,
}

impl BitCoder for Measured {
    fn code(&mut self, bit: bool, one: coder::Probability) -> bool {
        self.cost.code(bit, one);
        self.encoder.code(bit, one)
    }
}

fn brotli_compress(text: &[u8]) -> Vec<u8> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: text.len(), ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &text[..], &mut packed, &parameters).expect("memory takes everything");
    packed
}

/// Exactly `length` bytes, never more in memory than that.
fn brotli_decompress(packed: &[u8], length: usize) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let reader = brotli::Decompressor::new(packed, 4096);
    reader.take(length as u64 + 1).read_to_end(&mut text).map_err(|e| e.to_string())?;
    if text.len() != length {
        return Err(format!("it has another length than {length}"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
