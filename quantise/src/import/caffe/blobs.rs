//! The weights in a `.caffemodel`: the parts of Caffe's `NetParameter` message that hold them.
//!
//! Field numbers are those of caffe.proto (BVLC/caffe, BSD 2-clause); every other field is skipped.

use super::super::ImportError;
use super::lower::LayerWeights;
use ndarray::{ArrayD, IxDyn};
use prost::Message;
use std::collections::HashMap;
use std::path::Path;

#[derive(Clone, PartialEq, Message)]
struct NetParameter {
    #[prost(message, repeated, tag = "2")]
    old_layers: Vec<V1LayerParameter>,
    #[prost(message, repeated, tag = "100")]
    layers: Vec<LayerParameter>,
}

#[derive(Clone, PartialEq, Message)]
struct LayerParameter {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(message, repeated, tag = "7")]
    blobs: Vec<BlobProto>,
}

/// The form before 2014.
#[derive(Clone, PartialEq, Message)]
struct V1LayerParameter {
    #[prost(string, optional, tag = "4")]
    name: Option<String>,
    #[prost(message, repeated, tag = "6")]
    blobs: Vec<BlobProto>,
}

#[derive(Clone, PartialEq, Message)]
struct BlobProto {
    #[prost(int64, optional, tag = "1")]
    num: Option<i64>,
    #[prost(int64, optional, tag = "2")]
    channels: Option<i64>,
    #[prost(int64, optional, tag = "3")]
    height: Option<i64>,
    #[prost(int64, optional, tag = "4")]
    width: Option<i64>,
    #[prost(float, repeated, packed = "true", tag = "5")]
    data: Vec<f32>,
    #[prost(message, optional, tag = "7")]
    shape: Option<BlobShape>,
    #[prost(double, repeated, packed = "true", tag = "8")]
    double_data: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct BlobShape {
    #[prost(int64, repeated, packed = "true", tag = "1")]
    dim: Vec<i64>,
}

/// Every layer's blobs by the layer's name.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<HashMap<String, LayerWeights>, ImportError> {
    let format = |reason: String| ImportError::Format { path: path.into(), format: "caffemodel", reason };
    let net = NetParameter::decode(bytes).map_err(|e| format(net::text::cause(&e)))?;
    let new = net.layers.into_iter().map(|l| (l.name, l.blobs));
    let old = net.old_layers.into_iter().map(|l| (l.name, l.blobs));
    let mut layers = HashMap::new();
    for (name, blobs) in old.chain(new) {
        let name = name.unwrap_or_default();
        let arrays = blobs.into_iter().map(array).collect::<Result<Vec<_>, _>>();
        let arrays = arrays.map_err(|reason| format(format!("layer `{name}`: {reason}")))?;
        if !arrays.is_empty() {
            layers.insert(name, LayerWeights { blobs: arrays });
        }
    }
    if layers.is_empty() {
        return Err(format("it holds no weights".into()));
    }
    Ok(layers)
}

fn array(blob: BlobProto) -> Result<ArrayD<f32>, String> {
    let old = [blob.num, blob.channels, blob.height, blob.width];
    let shape: Vec<i64> = match blob.shape {
        Some(shape) => shape.dim,
        None if old.iter().all(Option::is_none) => vec![blob.data.len().max(blob.double_data.len()) as i64],
        None => old.map(|side| side.unwrap_or(1)).to_vec(),
    };
    let values = if blob.data.is_empty() { blob.double_data.iter().map(|&v| v as f32).collect() } else { blob.data };
    let sides: Option<Vec<usize>> = shape.iter().map(|&s| usize::try_from(s).ok()).collect();
    let elements = sides.as_ref().and_then(|s| s.iter().try_fold(1usize, |product, &side| product.checked_mul(side)));
    let found = values.len();
    match sides {
        Some(sides) if elements == Some(found) => ArrayD::from_shape_vec(IxDyn(&sides), values).map_err(|e| e.to_string()),
        _ => Err(format!("a blob holds {found} numbers for shape {shape:?}")),
    }
}
