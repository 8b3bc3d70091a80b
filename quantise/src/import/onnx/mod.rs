//! ONNX files: constants folded, operators brought to [`Graph`]'s.

mod constants;
mod evaluate;
mod external;
mod lower;
mod shapes;
mod tensor;

use super::graph::{Graph, Input, Order};
use super::ImportError;
use constants::Constants;
use net::layout::INPUT_CHANNELS;
use prost::Message;
use std::path::Path;
use tract_onnx::pb::{tensor_shape_proto::dimension, type_proto, GraphProto, ModelProto, NodeProto, ValueInfoProto};

/// More nodes than any SqueezeNet's export has, with all its quantisation: bounds the work on a hostile file.
const MOST_NODES: usize = 20_000;

/// Parses a file's bytes. `path` is what errors call it; weights kept beside the file are looked for in its folder.
///
/// # Errors
/// Bytes that are not an ONNX model, or a graph without exactly one image as its input.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<Graph, ImportError> {
    let format = |reason: String| ImportError::Format { path: path.into(), format: "ONNX", reason };
    let model = ModelProto::decode(bytes).map_err(|e| format(net::text::cause(&e)))?;
    let graph = model.graph.ok_or_else(|| format("it holds no graph".into()))?;
    let refuse = |reason: String| ImportError::Network { path: path.into(), reason };
    if graph.node.len() > MOST_NODES {
        return Err(refuse(format!("it has {} nodes, expected at most {MOST_NODES}", graph.node.len())));
    }
    let GraphProto { node, initializer, input, output, .. } = graph;
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut constants = Constants::new(initializer, folder);
    let images: Vec<&ValueInfoProto> = input.iter().filter(|i| !constants.is_known(&i.name)).collect();
    let [image] = images[..] else {
        return Err(refuse(format!("it has {} inputs, expected one image", images.len())));
    };
    let image = self::image(image).map_err(refuse)?;
    let nodes: Vec<(String, NodeProto)> = node.into_iter().enumerate().map(|(i, n)| (label(i, &n), n)).collect();
    let (folded, kept) = constants.fold(nodes);
    let outputs = output.into_iter().map(|o| o.name).collect();
    let nodes = kept.into_iter().flat_map(|(label, proto)| lower::node(label, &proto, &constants)).collect();
    let folded = folded.into_iter().map(|(label, proto)| (label.trim_matches('`').to_string(), proto.op_type)).collect();
    Graph::new(path, image, outputs, nodes, folded)
}

fn label(number: usize, node: &NodeProto) -> String {
    if node.name.is_empty() {
        format!("number {number}, which gives `{}`,", node.output.first().map_or("", String::as_str))
    } else {
        format!("`{}`", node.name)
    }
}

/// The image's name and shape; its channels stand second, or last as Keras has it.
fn image(info: &ValueInfoProto) -> Result<Input, String> {
    let tensor = info.name.clone();
    let shape = shape(info);
    let [_, second, third, last] = shape[..] else {
        return Err(format!("input `{tensor}` has {} sides, expected batch, 3, height, width", shape.len()));
    };
    let is_colour = |side: Option<usize>| side.is_none_or(|s| s == INPUT_CHANNELS);
    let (order, channels, height, width) = if is_colour(second) && (second.is_some() || !matches!(last, Some(1 | INPUT_CHANNELS))) {
        (Order::Nchw, INPUT_CHANNELS, third, last)
    } else if last == Some(INPUT_CHANNELS) {
        (Order::Nhwc, INPUT_CHANNELS, second, third)
    } else if second == Some(1) {
        (Order::Nchw, 1, third, last)
    } else if last == Some(1) {
        (Order::Nhwc, 1, second, third)
    } else {
        let shape: Vec<String> = shape.iter().map(|s| s.map_or("?".into(), |s| s.to_string())).collect();
        return Err(format!("input `{tensor}` has shape {}, expected 3 channels (or 1) at the second place or the last", shape.join("x")));
    };
    Ok(Input { tensor, order, channels, height, width })
}

fn shape(input: &ValueInfoProto) -> Vec<Option<usize>> {
    let Some(type_proto::Value::TensorType(tensor)) = input.r#type.as_ref().and_then(|t| t.value.as_ref()) else { return Vec::new() };
    let Some(shape) = &tensor.shape else { return Vec::new() };
    let side = |value: &Option<dimension::Value>| match value {
        Some(dimension::Value::DimValue(v)) => usize::try_from(*v).ok().filter(|&v| v > 0),
        _ => None,
    };
    shape.dim.iter().map(|d| side(&d.value)).collect()
}
