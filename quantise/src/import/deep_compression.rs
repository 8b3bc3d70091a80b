//! The file of the SqueezeNet authors' Deep Compression: pruned weights as places and codebook entries.
//!
//! The form is that of `decode.py` in github.com/songhan/SqueezeNet-Deep-Compression, everything little-endian.
//! First a `u32` for every convolution in the order of the prototxt: its number of entries. Then for each
//! convolution: a codebook of 256 `f32`; the biases, `f32`; one byte an entry, its place in the codebook; and
//! half a byte an entry, low half first, the number of weights skipped before it. Weights that have no entry take
//! the codebook's first value, 0 in the authors' file.

use super::caffe::{self, Layer, LayerWeights, Net};
use super::graph::Graph;
use super::ImportError;
use ndarray::{ArrayD, IxDyn};
use net::layout::INPUT_CHANNELS;
use std::collections::HashMap;
use std::path::Path;

const CODEBOOK: usize = 256;
/// Far above any SqueezeNet (v1.0 has 1,248,424 parameters).
const MOST_WEIGHTS: usize = 1 << 24;

/// The graph that `net` describes, with the weights in `bytes`; `path` is what errors call the file.
///
/// # Errors
/// A file that is shorter or longer than its convolutions need, or whose places lie outside them.
pub fn graph(path: &Path, net: Net, bytes: &[u8]) -> Result<Graph, ImportError> {
    let format = |reason: String| ImportError::Format { path: path.into(), format: "Deep Compression", reason };
    let weights = read(&net, bytes).map_err(format)?;
    caffe::graph_with(path, net, &|layer| weights.get(&layer.name).cloned().ok_or_else(|| "has no weights in the file".into()))
}

fn read(net: &Net, bytes: &[u8]) -> Result<HashMap<String, LayerWeights>, String> {
    let shapes = shapes(net)?;
    let mut rest = Bytes { rest: bytes };
    let counts = shapes.iter().map(|(name, _)| rest.number(name)).collect::<Result<Vec<_>, _>>()?;
    let mut weights = HashMap::new();
    for ((name, shape), entries) in shapes.into_iter().zip(counts) {
        let codebook = rest.floats(CODEBOOK, &name)?;
        let bias = rest.floats(shape[0], &name)?;
        let codes = rest.take(entries, &name)?;
        let gaps = rest.take(entries.div_ceil(2), &name)?;
        let filters = decode(&shape, &codebook, codes, gaps).map_err(|reason| format!("layer `{name}`: {reason}"))?;
        let bias = ArrayD::from_shape_vec(IxDyn(&[shape[0]]), bias).map_err(|e| e.to_string())?;
        weights.insert(name, LayerWeights { blobs: vec![filters, bias] });
    }
    if !rest.rest.is_empty() {
        return Err(format!("{} bytes are left over; does the prototxt belong to it?", rest.rest.len()));
    }
    Ok(weights)
}

fn decode(shape: &[usize; 4], codebook: &[f32], codes: &[u8], gaps: &[u8]) -> Result<ArrayD<f32>, String> {
    let size: usize = shape.iter().product();
    let mut weights = vec![codebook[0]; size];
    let mut place = 0;
    for (i, &code) in codes.iter().enumerate() {
        place += usize::from(gaps[i / 2] >> (4 * (i % 2)) & 15);
        *weights.get_mut(place).ok_or_else(|| format!("entry {i} lies outside its {size} weights"))? = codebook[usize::from(code)];
        place += 1;
    }
    ArrayD::from_shape_vec(IxDyn(shape), weights).map_err(|e| e.to_string())
}

/// Name and OIHW shape of every convolution, in the order of the file.
fn shapes(net: &Net) -> Result<Vec<(String, [usize; 4])>, String> {
    let mut channels: HashMap<String, usize> = net.inputs.iter().map(|(name, _)| (name.clone(), INPUT_CHANNELS)).collect();
    let mut shapes = Vec::new();
    let mut total = 0usize;
    for layer in &net.layers {
        let known = |blob: &String| channels.get(blob).copied().unwrap_or(INPUT_CHANNELS);
        let read: Vec<usize> = layer.bottoms.iter().map(known).collect();
        let first = read.first().copied().unwrap_or(INPUT_CHANNELS);
        let given = match layer.kind.as_str() {
            "Convolution" => {
                let shape = shape(layer, first).map_err(|reason| format!("layer `{}` {reason}", layer.name))?;
                total = total.saturating_add(shape.iter().product());
                if total > MOST_WEIGHTS {
                    return Err(format!("layer `{}` brings the weights to {total}, more than any SqueezeNet has", layer.name));
                }
                shapes.push((layer.name.clone(), shape));
                shape[0]
            }
            "Concat" => read.iter().fold(0usize, |sum, &c| sum.saturating_add(c)),
            _ => first,
        };
        channels.extend(layer.tops.iter().map(|top| (top.clone(), given)));
    }
    Ok(shapes)
}

fn shape(layer: &Layer, inputs: usize) -> Result<[usize; 4], String> {
    let parameters = layer.parameters("convolution_param");
    let outputs = parameters.integer("num_output")?.unwrap_or(0);
    let [rows, columns] = parameters.pair("kernel_size", "kernel", 0)?;
    let side = |value: i64| usize::try_from(value).ok().filter(|v| (1..=1 << 16).contains(v));
    let (Some(outputs), Some(rows), Some(columns)) = (side(outputs), side(rows), side(columns)) else {
        return Err(format!("has {outputs} outputs and a {rows}x{columns} kernel, expected positive sizes"));
    };
    let shape = [outputs, inputs, rows, columns];
    match shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side)) {
        Some(size) if size <= MOST_WEIGHTS => Ok(shape),
        _ => Err(format!("has weights of shape {shape:?}, more than any SqueezeNet has")),
    }
}

struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize, layer: &str) -> Result<&'a [u8], String> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(format!("layer `{layer}` needs {count} more bytes, but {} are left", self.rest.len()));
        };
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, layer: &str) -> Result<usize, String> {
        let bytes = self.take(4, layer)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
    }

    fn floats(&mut self, count: usize, layer: &str) -> Result<Vec<f32>, String> {
        let bytes = self.take(count * 4, layer)?;
        Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }
}
