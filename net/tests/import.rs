//! ONNX and safetensors import: what is recognised, and what is refused and how.

mod common;

use ndarray::Array4;
use net::float::{FloatConv, FloatFire, FloatNetwork, Normalisation};
use net::import::{self, Facts};
use net::layout::{Classifier, Fire, Layout, Stem};
use net::runtime::FloatEngine;
use prost::Message;
use std::path::Path;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_shape_proto::{dimension, Dimension};
use tract_onnx::pb::{
    type_proto, AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
};

/// A small network with every part: a pooled stem, a pooled and an unpooled Fire module.
fn network() -> FloatNetwork {
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
    };
    FloatNetwork { layout, stem, fires: vec![fire2, fire3], classifier: conv(7, 12, 1) }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Ints as i32, ints: values.to_vec(), ..Default::default() }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Int as i32, i: value, ..Default::default() }
}

/// Writes a float network as an ONNX graph, as an exporter would.
#[derive(Default)]
struct Exporter {
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

    fn pool(&mut self, name: &str, input: &str) -> String {
        self.node("MaxPool", name, &[input], vec![ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2]), int("ceil_mode", 1)])
    }
}

fn export(network: &FloatNetwork) -> ModelProto {
    let mut e = Exporter::default();
    let layout = &network.layout;
    let side = |v: usize| Dimension { value: Some(dimension::Value::DimValue(v as i64)), ..Default::default() };
    let shape = TensorShapeProto { dim: vec![side(1), side(3), side(layout.height), side(layout.width)] };
    let tensor = type_proto::Tensor { elem_type: 1, shape: Some(shape) };
    let r#type = Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() });
    e.graph.input.push(ValueInfoProto { name: "data".into(), r#type, ..Default::default() });
    let mut map = e.conv("conv1", &network.stem, "data", 2, 0);
    if layout.stem.pool {
        map = e.pool("pool1", &map);
    }
    for ((n, fire), shape) in (2..).zip(&network.fires).zip(&layout.fires) {
        let squeezed = e.conv(&format!("fire{n}/squeeze1x1"), &fire.squeeze, &map, 1, 0);
        let ones = e.conv(&format!("fire{n}/expand1x1"), &fire.expand1, &squeezed, 1, 0);
        let threes = e.conv(&format!("fire{n}/expand3x3"), &fire.expand3, &squeezed, 1, 1);
        map = e.node("Concat", &format!("fire{n}/concat"), &[&ones, &threes], vec![int("axis", 1)]);
        if shape.pool {
            map = e.pool(&format!("pool{n}"), &map);
        }
    }
    map = e.node("Dropout", "drop", &[&map], vec![]);
    map = e.conv("conv10", &network.classifier, &map, 1, layout.classifier.padding as i64);
    map = e.node("GlobalAveragePool", "pool10", &[&map], vec![]);
    map = e.node("Softmax", "prob", &[&map], vec![]);
    e.graph.output.push(ValueInfoProto { name: map, ..Default::default() });
    ModelProto { ir_version: 7, graph: Some(e.graph), ..Default::default() }
}

fn load(model: &ModelProto, facts: &Facts) -> Result<FloatNetwork, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("net.onnx");
    std::fs::write(&path, model.encode_to_vec()).expect("written");
    import::load(&path, facts).map_err(|e| e.to_string())
}

/// The sentence that refuses the network after `change`.
fn refusal(change: impl FnOnce(&mut GraphProto)) -> String {
    let mut model = export(&network());
    change(model.graph.as_mut().expect("a graph"));
    load(&model, &Facts::default()).expect_err("refused")
}

fn node<'a>(graph: &'a mut GraphProto, name: &str) -> &'a mut NodeProto {
    graph.node.iter_mut().find(|n| n.name == name).expect("the node was written")
}

fn attribute<'a>(graph: &'a mut GraphProto, node_name: &str, name: &str) -> &'a mut AttributeProto {
    node(graph, node_name).attribute.iter_mut().find(|a| a.name == name).expect("the attribute was written")
}

/// Takes a node out, joining what it read to what read it.
fn remove(graph: &mut GraphProto, name: &str) {
    let (input, output) = (node(graph, name).input[0].clone(), node(graph, name).output[0].clone());
    graph.node.retain(|n| n.name != name);
    graph.node.iter_mut().flat_map(|n| &mut n.input).filter(|i| **i == output).for_each(|i| *i = input.clone());
}

#[test]
fn an_exported_network_comes_back() {
    let original = network();
    let mut expected = original.clone();
    expected.stem = Normalisation::CAFFE.fold(&original.stem);
    assert_eq!(load(&export(&original), &Facts::default()).expect("recognised"), expected);
}

#[test]
fn published_layouts_are_named() {
    for (layout, name) in [(Layout::v1_1(64, 10), "v1.1"), (Layout::v1_0(80, 10, 1), "v1.0"), (Layout::article(80, 10), "article")] {
        let conv = |o: usize, i: usize, k: usize| FloatConv { weights: Array4::from_elem((o, i, k, k), 0.01), bias: vec![0.0; o] };
        let mut channels = layout.stem.channels;
        let mut fires = Vec::new();
        for f in &layout.fires {
            fires.push(FloatFire {
                squeeze: conv(f.squeeze, channels, 1),
                expand1: conv(f.expand, f.squeeze, 1),
                expand3: conv(f.expand, f.squeeze, 3),
            });
            channels = 2 * f.expand;
        }
        let network = FloatNetwork {
            stem: conv(layout.stem.channels, 3, layout.stem.kernel),
            fires,
            classifier: conv(10, channels, 1),
            layout: layout.clone(),
        };
        let found = load(&export(&network), &Facts::default()).expect("recognised").layout;
        assert_eq!((found.name.as_str(), &found), (name, &layout));
    }
}

#[test]
fn other_ways_to_write_the_same_network_are_recognised() {
    let original = load(&export(&network()), &Facts::default()).expect("recognised");
    let mut model = export(&network());
    let graph = model.graph.as_mut().expect("a graph");
    // raw bytes instead of a list, padding at the end instead of ceil mode, the expand nodes in the other order,
    // no names, and weights listed as inputs too, as old exporters do
    for tensor in &mut graph.initializer {
        tensor.raw_data = std::mem::take(&mut tensor.float_data).into_iter().flat_map(f32::to_le_bytes).collect();
    }
    *attribute(graph, "pool1", "ceil_mode") = ints("pads", &[0, 0, 1, 0]); // of a 12x13 map only the rows need it
    graph.node.reverse();
    graph.node.iter_mut().for_each(|n| n.name.clear());
    let weights = graph.initializer.iter().map(|t| ValueInfoProto { name: t.name.clone(), ..Default::default() });
    graph.input.extend(weights);
    assert_eq!(load(&model, &Facts::default()).expect("recognised"), original);
}

#[test]
fn the_first_node_that_does_not_fit_is_named() {
    type Change = fn(&mut GraphProto);
    let cases: [(&str, Change, &[&str]); 14] = [
        (
            "wrong operator",
            |g| node(g, "fire2/squeeze1x1/relu").op_type = "Sigmoid".into(),
            &["`fire2/squeeze1x1/relu` (Sigmoid)", "expected Relu"],
        ),
        ("missing relu", |g| remove(g, "conv1/relu"), &["`pool1` (MaxPool)", "expected Relu"]),
        (
            "stem stride",
            |g| *attribute(g, "conv1", "strides") = ints("strides", &[1, 1]),
            &["`conv1` (Conv)", "strides [1, 1]", "expected 2"],
        ),
        (
            "stem padding",
            |g| *attribute(g, "conv1", "pads") = ints("pads", &[1; 4]),
            &["`conv1` (Conv)", "padding [1, 1, 1, 1]", "expected 0"],
        ),
        (
            "pool kernel",
            |g| *attribute(g, "pool2", "kernel_shape") = ints("kernel_shape", &[2, 2]),
            &["`pool2` (MaxPool)", "kernel [2, 2]", "3x3"],
        ),
        ("floor pool", |g| *attribute(g, "pool2", "ceil_mode") = int("ceil_mode", 0), &["`pool2` (MaxPool)", "ceil mode"]),
        ("average pool inside", |g| node(g, "pool2").op_type = "AveragePool".into(), &["`pool2` (AveragePool)", "expected Conv"]),
        ("group", |g| node(g, "fire3/expand3x3").attribute.push(int("group", 2)), &["`fire3/expand3x3` (Conv)", "2 groups"]),
        (
            "dilation",
            |g| node(g, "fire2/expand3x3").attribute.push(ints("dilations", &[2, 2])),
            &["`fire2/expand3x3` (Conv)", "dilations [2, 2]"],
        ),
        (
            "concat twice",
            |g| node(g, "fire3/concat").input[0] = "fire3/expand3x3/relu_out".into(),
            &["`fire3/expand1x1/relu_out`", "Concat"],
        ),
        ("concat axis", |g| attribute(g, "fire2/concat", "axis").i = 2, &["`fire2/concat` (Concat)", "along axis 2"]),
        ("no average", |g| remove(g, "pool10"), &["`prob` (Softmax)", "global average"]),
        ("tail", |g| node(g, "prob").op_type = "Gemm".into(), &["`prob` (Gemm)", "follows the global average"]),
        ("computed weight", |g| g.initializer.retain(|t| t.name != "conv10.w"), &["`conv10` (Conv)", "`conv10.w`", "constant weight"]),
    ];
    for (what, change, parts) in cases {
        let sentence = refusal(change);
        for part in ["net.onnx: not a SqueezeNet"].iter().chain(parts) {
            assert!(sentence.contains(part), "{what}: `{part}` is not in: {sentence}");
        }
    }
}

#[test]
fn a_kernel_of_another_size_is_refused() {
    let mut other = network();
    other.stem = FloatConv { weights: Array4::zeros((5, 3, 5, 5)), bias: vec![0.0; 5] };
    let sentence = load(&export(&other), &Facts::default()).expect_err("refused");
    assert!(sentence.contains("`conv1` (Conv) has a 5x5 kernel, expected 3 or 7"), "{sentence}");
}

#[test]
fn whole_graphs_that_do_not_fit_are_refused() {
    let channels = refusal(|g| g.input[0].r#type = None);
    assert!(channels.contains("input `data` has 0 sides"), "{channels}");
    let two = refusal(|g| g.input.push(ValueInfoProto { name: "mask".into(), ..Default::default() }));
    assert!(two.contains("2 inputs, expected one image"), "{two}");
    let end = refusal(|g| g.node.retain(|n| n.name != "conv10"));
    assert!(end.contains("the graph ends at"), "{end}");
    let text = refusal(|g| g.initializer[0].data_type = 8);
    assert!(text.contains("`conv1` (Conv)") && text.contains("float32"), "{text}");
    let damaged = refusal(|g| g.initializer[0].float_data.truncate(5));
    assert!(damaged.contains("`conv1` (Conv)") && damaged.contains("damaged"), "{damaged}");
    let nan = refusal(|g| g.initializer[0].float_data[0] = f32::NAN);
    assert!(nan.contains("conv1") && nan.contains("finite"), "{nan}");
}

#[test]
fn a_free_input_size_has_to_be_given() {
    let mut model = export(&network());
    let Some(type_proto::Value::TensorType(tensor)) =
        model.graph.as_mut().and_then(|g| g.input[0].r#type.as_mut()).and_then(|t| t.value.as_mut())
    else {
        panic!("a tensor was written");
    };
    tensor.shape.as_mut().expect("a shape").dim.iter_mut().for_each(|d| d.value = None);
    let sentence = load(&model, &Facts::default()).expect_err("no size");
    assert!(sentence.contains("no fixed size; give it with --size"), "{sentence}");
    let layout = load(&model, &Facts { side: Some(33), ..Facts::default() }).expect("a size").layout;
    assert_eq!((layout.height, layout.width), (33, 33));
}

#[test]
fn files_of_other_kinds_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content, part) in [
        ("text.onnx", &b"this is no protobuf"[..], "not a whole ONNX file"),
        ("empty.onnx", b"", "it holds no graph"),
        ("text.safetensors", b"this is no safetensors", "not a whole safetensors file"),
        ("net.caffemodel", b"x", "the network's .prototxt is not beside it"),
        ("net.pb", b"x", "ends in .onnx, .caffemodel, .net (Deep Compression) or .safetensors"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let sentence = import::load(&path, &Facts::default()).expect_err("refused").to_string();
        assert!(sentence.contains(name) && sentence.contains(part), "{sentence}");
    }
    let sentence = import::load(Path::new("missing.onnx"), &Facts::default()).expect_err("refused").to_string();
    assert!(sentence.contains("missing.onnx") && sentence.contains("cannot be read"), "{sentence}");
}

#[test]
fn onnx_and_safetensors_of_one_network_are_one_network() {
    let Some(models) = common::data("models") else { return };
    for (version, layout) in [("squeezenet1_1", Layout::v1_1(227, 1000)), ("squeezenet1_0", Layout::v1_0(227, 1000, 1))] {
        let load = |extension: &str| {
            import::load(&models.join(format!("{version}.{extension}")), &Facts::default()).unwrap_or_else(|e| panic!("{e}"))
        };
        let onnx = load("onnx");
        assert_eq!(onnx.layout, layout);
        assert_eq!(onnx, load("safetensors"));
    }
}

#[test]
fn float_runtime_equals_plain_loops() {
    let network = network();
    let engine = FloatEngine::new(&network).expect("prepared");
    let image = net::random::image(&network.layout, 9);
    let outputs = engine.run(image.view()).expect("it runs");
    let mut map = image.view().permuted_axes([2, 0, 1]).mapv(f64::from);
    for (layer, output) in engine.layers().iter().zip(&outputs) {
        let convs: Vec<(&FloatConv, usize, usize)> = match (layer.name.as_str(), layer.fire) {
            ("conv1", _) => vec![(&network.stem, 2, 0)],
            ("conv10", _) => vec![(&network.classifier, 1, 1)],
            (name, Some(i)) if name.ends_with("squeeze") => vec![(&network.fires[i].squeeze, 1, 0)],
            (_, Some(i)) => vec![(&network.fires[i].expand1, 1, 0), (&network.fires[i].expand3, 1, 1)],
            (name, None) => panic!("unknown layer {name}"),
        };
        let halves: Vec<_> = convs.into_iter().map(|(conv, stride, padding)| plain(conv, &map, stride, padding)).collect();
        let views: Vec<_> = halves.iter().map(|h| h.view()).collect();
        map = ndarray::concatenate(ndarray::Axis(0), &views).expect("halves of one size");
        if layer.pool {
            map = ndarray::Array3::from_shape_fn((layer.out_channels, layer.out_height, layer.out_width), |(c, y, x)| {
                let rows = 2 * y..(2 * y + 3).min(layer.conv_height);
                rows.flat_map(|r| (2 * x..(2 * x + 3).min(layer.conv_width)).map(move |q| (r, q)))
                    .fold(0.0, |m, (r, q)| map[[c, r, q]].max(m))
            });
        }
        assert_eq!(output.shape(), map.shape(), "{}", layer.name);
        let largest = map.iter().copied().fold(1e-9, f64::max);
        for (&found, &expected) in output.iter().zip(&map) {
            assert!((f64::from(found) - expected).abs() < 1e-5 * largest, "{}: {found} {expected}", layer.name);
        }
    }
}

/// A convolution with ReLU in plain loops.
fn plain(conv: &FloatConv, map: &ndarray::Array3<f64>, stride: usize, padding: usize) -> ndarray::Array3<f64> {
    let (outputs, inputs, kernel, _) = conv.weights.dim();
    let (_, height, width) = map.dim();
    let shape = (outputs, (height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1);
    ndarray::Array3::from_shape_fn(shape, |(o, y, x)| {
        let mut sum = f64::from(conv.bias[o]);
        for ky in 0..kernel {
            for kx in 0..kernel {
                let (row, column) = ((y * stride + ky).wrapping_sub(padding), (x * stride + kx).wrapping_sub(padding));
                if row < height && column < width {
                    sum += (0..inputs).map(|i| map[[i, row, column]] * f64::from(conv.weights[[o, i, ky, kx]])).sum::<f64>();
                }
            }
        }
        sum.max(0.0)
    })
}

#[test]
fn expand_halves_in_the_other_order_are_put_right() {
    let original = load(&export(&network()), &Facts::default()).expect("recognised");
    let mut model = export(&network());
    let graph = model.graph.as_mut().expect("a graph");
    node(graph, "fire2/concat").input.reverse();
    // the next squeeze reads the halves in the other order too, so that the network is the same
    let weights = graph.initializer.iter_mut().find(|t| t.name == "fire3/squeeze1x1.w").expect("written");
    for filter in weights.float_data.chunks_exact_mut(8) {
        filter.rotate_left(4);
    }
    assert_eq!(load(&model, &Facts::default()).expect("recognised"), original);
}

#[test]
fn one_relu_behind_the_concatenation_serves_both_halves() {
    let original = load(&export(&network()), &Facts::default()).expect("recognised");
    let mut model = export(&network());
    let graph = model.graph.as_mut().expect("a graph");
    remove(graph, "fire2/expand1x1/relu");
    remove(graph, "fire2/expand3x3/relu");
    node(graph, "fire2/concat").output[0] = "sums".into();
    let (input, output) = (vec!["sums".into()], vec!["fire2/concat_out".into()]);
    graph.node.push(NodeProto { op_type: "Relu".into(), name: "behind".into(), input, output, ..Default::default() });
    assert_eq!(load(&model, &Facts::default()).expect("recognised"), original);
    remove(model.graph.as_mut().expect("a graph"), "behind");
    let sentence = load(&model, &Facts::default()).expect_err("no ReLU");
    assert!(sentence.contains("`pool2` (MaxPool) stands after `sums`, expected Relu"), "{sentence}");
}

#[test]
fn hostile_graphs_end_in_a_sentence() {
    let circle = refusal(|g| {
        node(g, "drop").output[0] = "conv1_loop".into();
        g.node.push(NodeProto {
            op_type: "Identity".into(),
            name: "back".into(),
            input: vec!["conv1_loop".into()],
            output: vec!["conv1_again".into()],
            ..Default::default()
        });
        node(g, "drop").input[0] = "conv1_again".into();
        node(g, "conv1").output[0] = "conv1_again_too".into();
    });
    assert!(circle.contains("graph ends at") || circle.contains("circle"), "{circle}");
    let ring = refusal(|g| {
        for (name, from, to) in [("a", "ring_b", "ring_a"), ("b", "ring_a", "ring_b")] {
            g.node.push(NodeProto {
                op_type: "Identity".into(),
                name: name.into(),
                input: vec![from.into()],
                output: vec![to.into()],
                ..Default::default()
            });
        }
        node(g, "conv1").input[0] = "ring_a".into();
        // the image enters the ring
        g.node.last_mut().expect("just pushed").input = vec!["data".into()];
        g.node.push(NodeProto {
            op_type: "Identity".into(),
            name: "c".into(),
            input: vec!["ring_a".into()],
            output: vec!["data_again".into()],
            ..Default::default()
        });
    });
    assert!(ring.contains("not a SqueezeNet"), "{ring}");
    let twice = refusal(|g| node(g, "fire2/squeeze1x1").output[0] = "conv1_out".into());
    assert!(twice.contains("gives `conv1_out`, which another node or the input gives too"), "{twice}");
    for dims in [vec![-1, 3, 3, 3], vec![1 << 20, 1, 1, 1]] {
        let sentence = refusal(|g| g.initializer[0].dims = dims.clone());
        assert!(sentence.contains("`conv1` (Conv)") && sentence.contains("damaged"), "{dims:?}: {sentence}");
    }
    for dims in [vec![i64::MAX, i64::MAX], vec![1 << 40, 1, 1, 1]] {
        let sentence = refusal(|g| g.initializer[0].dims = dims.clone());
        assert!(sentence.contains("`conv1` (Conv)") && sentence.contains("more numbers in all"), "{dims:?}: {sentence}");
    }
    let enormous = refusal(|g| {
        let Some(type_proto::Value::TensorType(tensor)) = g.input[0].r#type.as_mut().and_then(|t| t.value.as_mut()) else {
            panic!("written")
        };
        for side in &mut tensor.shape.as_mut().expect("a shape").dim[2..] {
            side.value = Some(dimension::Value::DimValue(i64::MAX));
        }
    });
    assert!(enormous.contains("expected 1 to 4096"), "{enormous}");
    // one tensor that thousands of nodes read would be thousands of copies
    let copies = refusal(|g| {
        g.initializer[0].dims = vec![1 << 20, 1, 1, 1];
        g.initializer[0].float_data = vec![0.5; 1 << 20];
        let conv = node(g, "conv1").clone();
        let copy = |i: usize| NodeProto { name: format!("copy{i}"), output: vec![format!("copy{i}")], ..conv.clone() };
        let copies: Vec<NodeProto> = (0..5000).map(copy).collect();
        g.node.splice(0..0, copies);
    });
    assert!(copies.contains("copy"), "{copies}");
    let outputs = refusal(|g| g.output.push(ValueInfoProto { name: "conv1_out".into(), ..Default::default() }));
    assert!(outputs.contains("it has 2 outputs (`prob_out`, `conv1_out`), expected one"), "{outputs}");
}

#[test]
fn borders_that_are_not_ceil_mode_are_refused() {
    let pads = |value: f32, pads: &[i64]| {
        let mut model = export(&network());
        let graph = model.graph.as_mut().expect("a graph");
        *attribute(graph, "pool1", "ceil_mode") = int("ceil_mode", 0);
        let input = std::mem::replace(&mut node(graph, "pool1").input[0], "padded".into());
        let value = AttributeProto { name: "value".into(), r#type: AttributeType::Float as i32, f: value, ..Default::default() };
        graph.node.push(NodeProto {
            op_type: "Pad".into(),
            name: "pad".into(),
            input: vec![input],
            output: vec!["padded".into()],
            attribute: vec![ints("pads", pads), value],
            ..Default::default()
        });
        load(&model, &Facts::default())
    };
    let original = load(&export(&network()), &Facts::default()).expect("recognised");
    // of a 12x13 map only the rows need a border
    for value in [0.0, -1.0, f32::NEG_INFINITY] {
        assert_eq!(pads(value, &[0, 0, 0, 0, 0, 0, 1, 0]).expect("ceil mode"), original, "{value}");
    }
    for (value, border, part) in [
        (0.5, [0, 0, 0, 0, 0, 0, 1, 0], "padded with 0.5, expected 0 or less"),
        (0.0, [0, 0, 1, 0, 0, 0, 0, 0], "expected none above and on the left"),
        (0.0, [0, 0, 0, 0, 0, 0, 3, 0], "expected 6x6 (ceil mode)"),
        (0.0, [0, 1, 0, 0, 0, 0, 0, 0], "round rows and columns only"),
    ] {
        let sentence = pads(value, &border).expect_err("refused").to_string();
        assert!(sentence.contains(part), "{sentence}");
    }
}
