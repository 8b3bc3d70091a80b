//! A model's integers as a QDQ ONNX graph, for other runtimes and for viewers.
//!
//! Every weight and bias is the model's integer behind a DequantizeLinear. The scales of the weights are those that
//! multiplier and shift stand for, so a runtime's sums are the engine's; it may round a half the other way.

use ndarray::Array4;
use net::layout::LayoutError;
use net::model::QuantConv;
use net::model_file::Model;
use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_shape_proto::{dimension, Dimension};
use tract_onnx::pb::{
    tensor_proto::DataType, type_proto, AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
};

/// Operator set of the file: the first whose QuantizeLinear has scales a channel.
const OPSET: i64 = 13;
/// Version of the file's form that came with that operator set.
const IR_VERSION: i64 = 7;

/// Bytes of an ONNX file that computes `model`'s logits. Its input `image` is a frame, 1 x 3 x height x width, of red, green, blue
/// from 0 to 255 as floats, after [`net::photo::Preprocessing::apply`]; its output `logits` is 1 x classes.
///
/// # Errors
/// A layout that cannot be (a loaded model's can).
pub fn onnx(model: &Model) -> Result<Vec<u8>, LayoutError> {
    let layout = model.layout();
    let layers = layout.layers()?;
    let mut writer = Writer::default();
    let network = &model.network;
    writer.float("image_scale", 1.0);
    writer.zero();
    let mut map = writer.round("image", "image", "image_scale");
    let (mut input, mut activations) = (1.0f64, model.scales.activations.iter());
    let mut next = || activations.next().map_or(1.0, |&scale| f64::from(scale));

    let output = next();
    map = writer.layer("conv1", &network.stem, &map, [input, output], 2, 0);
    if layout.stem.pool {
        map = writer.pool("pool1", &map, layout.floor_pools);
    }
    input = output;
    for ((n, fire), shape) in (2..).zip(&network.fires).zip(&layout.fires) {
        let squeezed = next();
        let squeeze = writer.layer(&format!("fire{n}/squeeze1x1"), &fire.squeeze, &map, [input, squeezed], 1, 0);
        let output = next();
        let ones = writer.layer(&format!("fire{n}/expand1x1"), &fire.expand1, &squeeze, [squeezed, output], 1, 0);
        let threes = writer.layer(&format!("fire{n}/expand3x3"), &fire.expand3, &squeeze, [squeezed, output], 1, 1);
        map = writer.node("Concat", &format!("fire{n}/concat"), &[&ones, &threes], vec![int("axis", 1)]);
        if shape.pool {
            map = writer.pool(&format!("pool{n}"), &map, layout.floor_pools);
        }
        input = output;
    }
    map = writer.layer("conv10", &network.classifier, &map, [input, next()], 1, layout.classifier.padding as i64);
    map = writer.node("GlobalAveragePool", "pool10", &[&map], vec![]);
    if model.preprocessing.logit_shift != 0.0 {
        writer.float("logit_shift", model.preprocessing.logit_shift);
        map = writer.node("Sub", "shift", &[&map, "logit_shift"], vec![]);
    }
    writer.node("Flatten", "logits", &[&map], vec![int("axis", 1)]);
    if let Some(last) = writer.graph.node.last_mut() {
        last.output = vec!["logits".into()];
    }

    let side = |v: usize| Dimension { value: Some(dimension::Value::DimValue(v as i64)), ..Default::default() };
    let tensor = |name: &str, sides: &[usize]| {
        let shape = Some(TensorShapeProto { dim: sides.iter().map(|&v| side(v)).collect() });
        let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape };
        let r#type = Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() });
        ValueInfoProto { name: name.into(), r#type, ..Default::default() }
    };
    let classes = layers.last().map_or(0, |layer| layer.out_channels);
    let mut graph = writer.graph;
    graph.name = format!("SqueezeNet {}", layout.name);
    graph.input = vec![tensor("image", &[1, 3, layout.height, layout.width])];
    graph.output = vec![tensor("logits", &[1, classes])];
    let entry = |key: &str, value: String| StringStringEntryProto { key: key.into(), value };
    let normalised = model.preprocessing.normalisation.map(|n| entry("ember.normalisation", format!("{n}; folded into conv1")));
    let metadata_props = [
        entry("ember.photographs", model.preprocessing.describe(layout.height, layout.width)),
        entry("ember.classes", model.labels.join("\n")),
        entry("ember.model_sha256", net::model_file::hex(&model.hash())),
        entry("ember.origin", model.origin.clone()),
    ];
    let file = ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        producer_name: "ember".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(graph),
        metadata_props: metadata_props.into_iter().chain(normalised).collect(),
        ..Default::default()
    };
    Ok(file.encode_to_vec())
}

#[derive(Default)]
struct Writer {
    graph: GraphProto,
}

impl Writer {
    fn node(&mut self, op: &str, name: &str, inputs: &[&str], attribute: Vec<AttributeProto>) -> String {
        let output = format!("{name}_{}", op.to_lowercase());
        self.graph.node.push(NodeProto {
            op_type: op.into(),
            name: output.clone(),
            input: inputs.iter().map(|i| i.to_string()).collect(),
            output: vec![output.clone()],
            attribute,
            ..Default::default()
        });
        output
    }

    fn tensor(&mut self, name: &str, data_type: DataType, sides: &[usize], raw_data: Vec<u8>) {
        let dims = sides.iter().map(|&v| v as i64).collect();
        self.graph.initializer.push(TensorProto { name: name.into(), dims, data_type: data_type as i32, raw_data, ..Default::default() });
    }

    fn float(&mut self, name: &str, value: f32) {
        self.tensor(name, DataType::Float, &[], value.to_le_bytes().to_vec());
    }

    /// The zero point of every activation.
    fn zero(&mut self) {
        self.tensor("zero", DataType::Uint8, &[], vec![0]);
    }

    fn floats(&mut self, name: &str, values: &[f32]) {
        self.tensor(name, DataType::Float, &[values.len()], values.iter().flat_map(|v| v.to_le_bytes()).collect());
    }

    /// `map` as bytes of steps `scale`, and back.
    fn round(&mut self, name: &str, map: &str, scale: &str) -> String {
        let bytes = self.node("QuantizeLinear", name, &[map, scale, "zero"], vec![]);
        self.node("DequantizeLinear", name, &[&bytes, scale, "zero"], vec![])
    }

    /// A convolution with its ReLU and rounding, from steps of the first scale to steps of the second.
    fn layer(&mut self, name: &str, conv: &QuantConv, map: &str, [input, output]: [f64; 2], stride: i64, padding: i64) -> String {
        let steps = conv.multiplier.iter().zip(&conv.shift);
        // the step of a weight that multiplier and shift stand for; one of a channel without output must not be 0
        let scales = steps.map(|(&m, &s)| (f64::from(m) * (-f64::from(s)).exp2() * output / input).max(1e-30) as f32);
        let scales: Vec<f32> = scales.collect();
        let sums: Vec<f32> = scales.iter().map(|&scale| (f64::from(scale) * input) as f32).collect();
        let of = |part: &str| format!("{name}.{part}");
        self.integers(&of("weight"), &conv.weights);
        self.floats(&of("weight_scale"), &scales);
        self.tensor(&of("bias"), DataType::Int32, &[conv.bias.len()], conv.bias.iter().flat_map(|b| b.to_le_bytes()).collect());
        self.floats(&of("bias_scale"), &sums);
        self.float(&of("scale"), output as f32);
        let weight = self.node("DequantizeLinear", &of("weight"), &[&of("weight"), &of("weight_scale")], vec![int("axis", 0)]);
        let bias = self.node("DequantizeLinear", &of("bias"), &[&of("bias"), &of("bias_scale")], vec![int("axis", 0)]);
        let kernel = conv.weights.dim().2 as i64;
        let attributes = vec![ints("kernel_shape", &[kernel; 2]), ints("strides", &[stride; 2]), ints("pads", &[padding; 4])];
        let sum = self.node("Conv", name, &[map, &weight, &bias], attributes);
        let relu = self.node("Relu", name, &[&sum], vec![]);
        self.round(name, &relu, &of("scale"))
    }

    fn integers(&mut self, name: &str, weights: &Array4<i8>) {
        self.tensor(name, DataType::Int8, weights.shape(), weights.iter().map(|&w| w as u8).collect());
    }

    fn pool(&mut self, name: &str, map: &str, floor: bool) -> String {
        self.node(
            "MaxPool",
            name,
            &[map],
            vec![ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2]), int("ceil_mode", i64::from(!floor))],
        )
    }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Ints as i32, ints: values.to_vec(), ..Default::default() }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Int as i32, i: value, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{self, Facts};
    use net::model_file::Scales;
    use net::photo::Preprocessing;
    use std::path::Path;
    use test_support::random;

    /// Through our own importer, the outside referee of which are exporters' files: the same integers come back.
    #[test]
    fn what_is_exported_comes_back() {
        for seed in 0..12 {
            println!("seed {seed}");
            let layout = random::layout(seed, random::Limits::default());
            let network = random::network(&layout, seed);
            let layers = layout.layers().expect("valid").len();
            let activations: Vec<f32> = (0..layers).map(|i| 0.25 + i as f32 / 8.0).collect();
            let weights = network.convolutions().iter().map(|(_, c)| vec![0.25; c.bias.len()]).collect();
            let labels = (0..layout.classifier.classes).map(|c| c.to_string()).collect();
            let preprocessing = Preprocessing::standard(layout.height, layout.width);
            let scales = Scales { activations: activations.clone(), weights };
            let model = Model::new(network, scales, preprocessing, labels, String::new(), String::new()).expect("valid");
            let bytes = onnx(&model).expect("a layout");
            let imported = import::from_bytes(Path::new("net.onnx"), &bytes, None, &Facts::default()).unwrap_or_else(|e| panic!("{e}"));
            assert!(!imported.input.assumed, "{:?}", imported.input);
            let quantised = imported.given.expect("scales").quantise(&imported.network).expect("in bounds");
            assert_eq!(quantised.scales.activations, activations);
            for ((name, found), (_, expected)) in quantised.network.convolutions().into_iter().zip(model.network.convolutions()) {
                assert_eq!(found.weights, expected.weights, "{name}");
            }
        }
    }
}
