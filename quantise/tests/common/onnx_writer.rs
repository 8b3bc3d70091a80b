//! Writes float networks as ONNX graphs, as an exporter would, and changes them.

use ndarray::Array4;
use net::layout::{Classifier, Fire, Layout, Stem};
use prost::Message;
use quantise::float::{FloatConv, FloatFire, FloatNetwork};
use quantise::import::{self, Facts};
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_shape_proto::{dimension, Dimension};
use tract_onnx::pb::{
    type_proto, AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
};

/// A small network with every part: a pooled stem, a pooled and an unpooled Fire module.
pub fn network() -> FloatNetwork {
    let mut next = 0u32;
    let mut conv = |outputs: usize, inputs: usize, kernel: usize| {
        let mut value = || {
            next = next.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (next >> 8) as f32 / (1 << 24) as f32 - 0.4
        };
        let weights = Array4::from_shape_simple_fn((outputs, inputs, kernel, kernel), &mut value);
        FloatConv { weights, bias: (0..outputs).map(|_| value()).collect() }
    };
    let stem = conv(5, 3, 3);
    let fire2 = FloatFire { squeeze: conv(3, 5, 1), expand1: conv(4, 3, 1), expand3: conv(4, 3, 3) };
    let fire3 = FloatFire { squeeze: conv(2, 8, 1), expand1: conv(6, 2, 1), expand3: conv(6, 2, 3) };
    let layout = Layout {
        name: "custom".into(),
        height: 26,
        width: 27,
        stem: Stem { kernel: 3, channels: 5, pool: true },
        fires: vec![Fire { squeeze: 3, expand: 4, pool: true }, Fire { squeeze: 2, expand: 6, pool: false }],
        classifier: Classifier { classes: 7, padding: 1 },
        floor_pools: false,
    };
    FloatNetwork { layout, stem, fires: vec![fire2, fire3], classifier: conv(7, 12, 1), activations: Default::default() }
}

pub fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Ints as i32, ints: values.to_vec(), ..Default::default() }
}

pub fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Int as i32, i: value, ..Default::default() }
}

/// Writes a float network as an ONNX graph, as an exporter would.
#[derive(Default)]
pub struct Exporter {
    graph: GraphProto,
}

impl Exporter {
    fn node(&mut self, op: &str, name: &str, inputs: &[&str], attribute: Vec<AttributeProto>) -> String {
        let input = inputs.iter().map(|i| i.to_string()).collect();
        let node = NodeProto {
            op_type: op.into(),
            name: name.into(),
            input,
            output: vec![format!("{name}_out")],
            attribute,
            ..Default::default()
        };
        self.graph.node.push(node);
        format!("{name}_out")
    }

    fn tensor(&mut self, name: &str, dims: &[usize], values: Vec<f32>) {
        let dims = dims.iter().map(|&d| d as i64).collect();
        self.graph.initializer.push(TensorProto { name: name.into(), dims, data_type: 1, float_data: values, ..Default::default() });
    }

    fn conv(&mut self, name: &str, conv: &FloatConv, input: &str, stride: i64, padding: i64) -> String {
        let (weight, bias) = (format!("{name}.w"), format!("{name}.b"));
        self.tensor(&weight, conv.weights.shape(), conv.weights.iter().copied().collect());
        self.tensor(&bias, &[conv.bias.len()], conv.bias.clone());
        let attributes =
            vec![ints("strides", &[stride; 2]), ints("pads", &[padding; 4]), ints("kernel_shape", &[conv.weights.dim().2 as i64; 2])];
        let sum = self.node("Conv", name, &[input, &weight, &bias], attributes);
        self.node("Relu", &format!("{name}/relu"), &[&sum], vec![])
    }

    fn pool(&mut self, name: &str, input: &str, floor: bool) -> String {
        self.node(
            "MaxPool",
            name,
            &[input],
            vec![ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2]), int("ceil_mode", i64::from(!floor))],
        )
    }
}

pub fn export(network: &FloatNetwork) -> ModelProto {
    let mut e = Exporter::default();
    let layout = &network.layout;
    let side = |v: usize| Dimension { value: Some(dimension::Value::DimValue(v as i64)), ..Default::default() };
    let shape = TensorShapeProto { dim: vec![side(1), side(3), side(layout.height), side(layout.width)] };
    let tensor = type_proto::Tensor { elem_type: 1, shape: Some(shape) };
    let r#type = Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() });
    e.graph.input.push(ValueInfoProto { name: "data".into(), r#type, ..Default::default() });
    let mut map = e.conv("conv1", &network.stem, "data", 2, 0);
    if layout.stem.pool {
        map = e.pool("pool1", &map, layout.floor_pools);
    }
    for ((n, fire), shape) in (2..).zip(&network.fires).zip(&layout.fires) {
        let squeezed = e.conv(&format!("fire{n}/squeeze1x1"), &fire.squeeze, &map, 1, 0);
        let ones = e.conv(&format!("fire{n}/expand1x1"), &fire.expand1, &squeezed, 1, 0);
        let threes = e.conv(&format!("fire{n}/expand3x3"), &fire.expand3, &squeezed, 1, 1);
        map = e.node("Concat", &format!("fire{n}/concat"), &[&ones, &threes], vec![int("axis", 1)]);
        if shape.pool {
            map = e.pool(&format!("pool{n}"), &map, layout.floor_pools);
        }
    }
    map = e.node("Dropout", "drop", &[&map], vec![]);
    map = e.conv("conv10", &network.classifier, &map, 1, layout.classifier.padding as i64);
    map = e.node("GlobalAveragePool", "pool10", &[&map], vec![]);
    map = e.node("Softmax", "prob", &[&map], vec![]);
    e.graph.output.push(ValueInfoProto { name: map, ..Default::default() });
    ModelProto { ir_version: 7, graph: Some(e.graph), ..Default::default() }
}

pub fn load(model: &ModelProto, facts: &Facts) -> Result<FloatNetwork, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("net.onnx");
    std::fs::write(&path, model.encode_to_vec()).expect("written");
    import::load(&path, facts).map_err(|e| e.to_string()).inspect_err(|sentence| test_support::plain::assert_plain(sentence))
}

/// The sentence that refuses the network after `change`.
pub fn refusal(change: impl FnOnce(&mut GraphProto)) -> String {
    let mut model = export(&network());
    change(model.graph.as_mut().expect("a graph"));
    load(&model, &Facts::default()).expect_err("refused")
}

pub fn node<'a>(graph: &'a mut GraphProto, name: &str) -> &'a mut NodeProto {
    graph.node.iter_mut().find(|n| n.name == name).expect("the node was written")
}

pub fn attribute<'a>(graph: &'a mut GraphProto, node_name: &str, name: &str) -> &'a mut AttributeProto {
    node(graph, node_name).attribute.iter_mut().find(|a| a.name == name).expect("the attribute was written")
}

/// Takes a node out, joining what it read to what read it.
pub fn remove(graph: &mut GraphProto, name: &str) {
    let (input, output) = (node(graph, name).input[0].clone(), node(graph, name).output[0].clone());
    graph.node.retain(|n| n.name != name);
    graph.node.iter_mut().flat_map(|n| &mut n.input).filter(|i| **i == output).for_each(|i| *i = input.clone());
}
