//! An ONNX file as a plain graph: nodes with attributes, constant tensors, and who reads what.

use super::ImportError;
use ndarray::{ArrayD, IxDyn};
use prost::Message;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tract_onnx::pb::{
    tensor_proto::DataType, tensor_shape_proto::dimension, type_proto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};

/// The graph of an ONNX file.
pub struct Graph {
    path: PathBuf,
    nodes: Vec<Node>,
    constants: HashMap<String, TensorProto>,
    inputs: Vec<(String, Vec<Option<usize>>)>,
    outputs: Vec<String>,
}

/// One operation.
pub struct Node {
    /// How errors name it: its own name (or its number and first output) and its operator.
    pub label: String,
    proto: NodeProto,
}

impl Graph {
    /// Parses a file's bytes; `path` is what errors call it.
    ///
    /// # Errors
    /// Bytes that are not an ONNX model.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, ImportError> {
        let format = |reason: String| ImportError::Format { path: path.into(), format: "ONNX", reason };
        let model = ModelProto::decode(bytes).map_err(|e| format(e.to_string()))?;
        let graph = model.graph.ok_or_else(|| format("it holds no graph".into()))?;
        let mut constants: HashMap<String, TensorProto> = graph.initializer.into_iter().map(|t| (t.name.clone(), t)).collect();
        let mut nodes = Vec::with_capacity(graph.node.len());
        for (number, mut proto) in graph.node.into_iter().enumerate() {
            if proto.op_type == "Constant" {
                let value = proto.attribute.iter_mut().find(|a| a.name == "value").and_then(|a| a.t.take());
                if let (Some(tensor), Some(output)) = (value, proto.output.first()) {
                    constants.insert(output.clone(), tensor);
                    continue;
                }
            }
            let output = proto.output.first().map_or("", String::as_str);
            let name =
                if proto.name.is_empty() { format!("number {number}, which gives `{output}`,") } else { format!("`{}`", proto.name) };
            nodes.push(Node { label: format!("{name} ({})", proto.op_type), proto });
        }
        let inputs = graph.input.iter().filter(|i| !constants.contains_key(&i.name)).map(|i| (i.name.clone(), shape(i))).collect();
        let outputs = graph.output.into_iter().map(|o| o.name).collect();
        Ok(Self { path: path.into(), nodes, constants, inputs, outputs })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Inputs that are not constants, with their shapes (`None` for a side that is not fixed).
    pub fn inputs(&self) -> &[(String, Vec<Option<usize>>)] {
        &self.inputs
    }

    /// Whether `tensor` is an output of the whole graph.
    pub fn is_output(&self, tensor: &str) -> bool {
        self.outputs.iter().any(|o| o == tensor)
    }

    /// The nodes that read `tensor`, in the file's order.
    pub fn readers(&self, tensor: &str) -> Vec<&Node> {
        self.nodes.iter().filter(|n| n.proto.input.iter().any(|i| i == tensor)).collect()
    }

    /// The refusal of `node`, for `reason` (a predicate, such as "is a Sigmoid").
    pub fn refuse(&self, node: &Node, reason: impl Into<String>) -> ImportError {
        ImportError::Node { path: self.path.clone(), node: node.label.clone(), reason: reason.into() }
    }

    /// The float constant that `node` reads as its input number `index`; `None` when it has no such input.
    ///
    /// # Errors
    /// An input that is computed instead of constant, not float32, or kept outside the file.
    pub fn constant(&self, node: &Node, index: usize) -> Result<Option<ArrayD<f32>>, ImportError> {
        let Some(name) = node.proto.input.get(index).filter(|n| !n.is_empty()) else { return Ok(None) };
        let Some(tensor) = self.constants.get(name) else {
            return Err(
                self.refuse(node, format!("reads `{name}`, expected a constant weight or bias; export the network with its weights"))
            );
        };
        floats(tensor).map(Some).map_err(|reason| self.refuse(node, format!("reads `{name}`, {reason}")))
    }
}

impl Node {
    /// The operator, for example `Conv`.
    pub fn op(&self) -> &str {
        &self.proto.op_type
    }

    /// Names of the tensors that it reads.
    pub fn inputs(&self) -> &[String] {
        &self.proto.input
    }

    /// Name of its first output.
    pub fn output(&self) -> &str {
        self.proto.output.first().map_or("", String::as_str)
    }

    /// An integer attribute.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.proto.attribute.iter().find(|a| a.name == name).map(|a| a.i)
    }

    /// A list of integers; empty when the attribute is absent.
    pub fn ints(&self, name: &str) -> &[i64] {
        self.proto.attribute.iter().find(|a| a.name == name).map_or(&[], |a| &a.ints)
    }

    /// A text attribute; empty when absent.
    pub fn text(&self, name: &str) -> String {
        self.proto.attribute.iter().find(|a| a.name == name).map(|a| String::from_utf8_lossy(&a.s).into_owned()).unwrap_or_default()
    }
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

fn floats(tensor: &TensorProto) -> Result<ArrayD<f32>, String> {
    if !tensor.external_data.is_empty() {
        return Err("which is kept outside the file; export the network as one file".into());
    }
    if tensor.data_type != DataType::Float as i32 {
        return Err(format!("which has ONNX type {}, expected float32; export the network in float32", tensor.data_type));
    }
    let shape: Vec<usize> = tensor.dims.iter().map(|&d| usize::try_from(d).unwrap_or(0)).collect();
    let values = if tensor.raw_data.is_empty() {
        tensor.float_data.clone()
    } else {
        tensor.raw_data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    };
    let found = values.len();
    ArrayD::from_shape_vec(IxDyn(&shape), values)
        .map_err(|_| format!("which holds {found} numbers for shape {shape:?}; the file is damaged, export it again"))
}
