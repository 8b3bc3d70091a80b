//! Float networks from safetensors, which hold weights but no graph.
//!
//! Tensors are `<layer>.weight` (OIHW) and `<layer>.bias`, float32, with the layer names of the
//! authors' Caffe files. Kernels, channels, Fire modules and classes follow from the shapes. The rest
//! is [`Facts`], with defaults for the authors' networks: 227 pixels; a 3x3 stem has v1.1's pools
//! (conv1, fire3, fire5) and an unpadded conv10, a 7x7 stem v1.0's (conv1, fire4, fire8) and, as
//! Caffe's has, a conv10 padded by 1. A file that [`to_bytes`] wrote says the rest itself, in its metadata ([`Said`]).

use super::recognise::Recognised;
use super::{Facts, ImportError};
use crate::float::{Activations, FloatConv, FloatFire, FloatNetwork, Normalisation};
use ndarray::Array4;
use net::layout::{Classifier, Fire, Layout, Stem};
use net::photo::Normalised;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

const DEFAULT_SIDE: usize = 227;
/// The key of the metadata that holds [`Said`].
const KEY: &str = "ember.network";

/// What a file of ours says of its network besides the weights, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Sizes, pools, padding.
    pub layout: Layout,
    /// What the network expects of its pixels.
    pub input: Normalised,
}

impl Said {
    /// The normalisation of the input.
    pub fn normalisation(&self) -> Normalisation {
        self.input.into()
    }
}

/// What the file in `bytes` says of itself; nothing where it is of another writer.
pub fn said(bytes: &[u8]) -> Option<Said> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    serde_json::from_str(metadata.metadata().as_ref()?.get(KEY)?).ok()
}

/// `network`, whose first convolution is not folded but for pixels of `normalisation`, as the bytes of a file that [`network()`] reads; the
/// same network gives the same bytes.
pub fn to_bytes(network: &FloatNetwork, normalisation: &Normalisation) -> Vec<u8> {
    let bytes = |values: Vec<f32>| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, conv) in network.convolutions() {
        tensors.push((format!("{name}.weight"), conv.weights.shape().to_vec(), bytes(conv.weights.iter().copied().collect())));
        tensors.push((format!("{name}.bias"), vec![conv.bias.len()], bytes(conv.bias.clone())));
    }
    let said = Said { layout: network.layout.clone(), input: super::input::shown(normalisation) };
    let text = serde_json::to_string(&said).expect("a layout has only strings and numbers");
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes were made from the shape's elements"))
    });
    safetensors::serialize(views, Some(HashMap::from([(KEY.to_string(), text)]))).expect("names are distinct and shapes valid")
}

/// The network whose tensors `bytes` holds; its input is still as the file has it (nothing is folded).
///
/// # Errors
/// Bytes that are no safetensors file, or tensors that are missing, left over or not float32.
pub fn network(path: &Path, bytes: &[u8], facts: &Facts) -> Result<FloatNetwork, ImportError> {
    let format =
        |e: safetensors::SafeTensorError| ImportError::Format { path: path.into(), format: "safetensors", reason: net::text::cause(&e) };
    let tensors = SafeTensors::deserialize(bytes).map_err(format)?;
    let refuse = |reason: String| ImportError::Network { path: path.into(), reason };
    let conv = |name: &str| convolution(&tensors, name).map_err(refuse);
    let stem = conv("conv1")?;
    let kernel = stem.weights.dim().2;
    let v1_1 = kernel == 3;
    let default_pools = if v1_1 { ["conv1", "fire3", "fire5"] } else { ["conv1", "fire4", "fire8"] };
    let own = said(bytes).map(|said| said.layout);
    let own_pools = || own.as_ref().map(pooled_layers);
    let pools = facts.pools.clone().or_else(own_pools).unwrap_or_else(|| default_pools.map(String::from).to_vec());
    let has_pool = |name: &str| pools.iter().any(|p| p == name);
    let (mut fires, mut shapes) = (Vec::new(), Vec::new());
    let mut n = 2;
    while tensors.tensor(&format!("fire{n}/squeeze1x1.weight")).is_ok() {
        let layer = |part: &str| conv(&format!("fire{n}/{part}"));
        let fire = FloatFire { squeeze: layer("squeeze1x1")?, expand1: layer("expand1x1")?, expand3: layer("expand3x3")? };
        let (squeeze, expand) = (fire.squeeze.bias.len(), fire.expand1.bias.len());
        shapes.push(Fire { squeeze, expand, pool: has_pool(&format!("fire{n}")) });
        fires.push(fire);
        n += 1;
    }
    let classifier = conv("conv10")?;
    if tensors.len() != 2 * (2 + 3 * fires.len()) {
        let known = |name: &str| {
            let number = |l: &str| l.strip_prefix("fire").and_then(|l| l.split('/').next()).and_then(|d| d.parse::<usize>().ok());
            let layer = name.rsplit_once('.').map_or(name, |(layer, _)| layer);
            matches!(layer, "conv1" | "conv10") || number(layer).is_some_and(|number| (2..n).contains(&number))
        };
        let mut names = tensors.names();
        names.sort();
        let extra = names.iter().find(|name| !known(name)).unwrap_or(&"(unknown)");
        return Err(refuse(format!("tensor `{extra}` belongs to no layer, expected conv1, fire2 to fire{}, and conv10", n - 1)));
    }
    if let Some(unknown) = pools.iter().find(|p| p.as_str() != "conv1" && !(2..n).any(|i| **p == format!("fire{i}"))) {
        return Err(refuse(format!("a pool is asked for after `{unknown}`, expected conv1 or fire2 to fire{}", n - 1)));
    }
    let own_size = own.as_ref().map(|layout| [layout.height, layout.width]);
    let [height, width] = facts.side.map(|side| [side; 2]).or(own_size).unwrap_or([DEFAULT_SIDE; 2]);
    let own_padding = own.as_ref().map(|layout| layout.classifier.padding);
    let padding = facts.classifier_padding.or(own_padding).unwrap_or(usize::from(!v1_1));
    let layout = Layout {
        name: "imported".into(),
        height,
        width,
        stem: Stem { kernel, channels: stem.bias.len(), pool: has_pool("conv1") },
        fires: shapes,
        classifier: Classifier { classes: classifier.bias.len(), padding },
        floor_pools: own.is_some_and(|layout| layout.floor_pools),
    };
    Ok(FloatNetwork { layout, stem, fires, classifier, activations: Activations::default() })
}

/// Names of the layers of `layout` that a max-pool follows.
fn pooled_layers(layout: &Layout) -> Vec<String> {
    let stem = layout.stem.pool.then(|| "conv1".to_string());
    let fires = layout.fires.iter().zip(2..).filter(|(fire, _)| fire.pool).map(|(_, n)| format!("fire{n}"));
    stem.into_iter().chain(fires).collect()
}

/// What the tensors were recognised as: the file has no nodes.
pub fn rows(network: &FloatNetwork) -> Vec<Recognised> {
    let row = |(name, conv): (String, &FloatConv)| {
        let (outputs, inputs, kernel, _) = conv.weights.dim();
        let role = format!("{name}: {kernel}x{kernel}, {inputs} to {outputs} channels");
        Recognised { node: format!("{name}.weight, {name}.bias"), operator: "tensors".into(), role }
    };
    network.convolutions().into_iter().map(row).collect()
}

fn convolution(tensors: &SafeTensors, layer: &str) -> Result<FloatConv, String> {
    let (shape, weights) = floats(tensors, &format!("{layer}.weight"))?;
    let shape: [usize; 4] = shape.try_into().map_err(|s| format!("tensor `{layer}.weight` has shape {s:?}, expected four sides (OIHW)"))?;
    let weights = Array4::from_shape_vec(shape, weights).map_err(|e| format!("tensor `{layer}.weight`: {e}"))?;
    Ok(FloatConv { weights, bias: floats(tensors, &format!("{layer}.bias"))?.1 })
}

fn floats(tensors: &SafeTensors, name: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
    let view = tensors.tensor(name).map_err(|_| {
        format!("tensor `{name}` is missing; expected the layer names of the authors' files (conv1, fire2/squeeze1x1, ...)")
    })?;
    if view.dtype() != Dtype::F32 {
        return Err(format!("tensor `{name}` has type {:?}, expected F32; save the network in float32", view.dtype()));
    }
    let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    Ok((view.shape().to_vec(), values))
}
