//! ONNX import: what is refused, in which words, and that no file brings it down.
//!
//! Which node is named when something is not as it must be; graphs that run in circles or claim absurd sizes.

mod common;

use common::onnx_writer::{attribute, export, int, ints, load, network, node, refusal, remove};
use ndarray::Array4;
use quantise::float::FloatConv;
use quantise::import::{self, Facts};
use std::path::Path;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_shape_proto::dimension;
use tract_onnx::pb::{type_proto, AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto};

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
            |g| *attribute(g, "conv1", "pads") = ints("pads", &[3; 4]),
            &["`conv1` (Conv)", "padding [3, 3, 3, 3]", "less than its kernel"],
        ),
        (
            "pool kernel",
            |g| *attribute(g, "pool2", "kernel_shape") = ints("kernel_shape", &[2, 2]),
            &["`pool2` (MaxPool)", "kernel [2, 2]", "3x3"],
        ),
        ("pool padding", |g| node(g, "pool2").attribute.push(ints("pads", &[1; 4])), &["`pool2` (MaxPool)", "padding [1, 1, 1, 1]"]),
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
        ("net.pb", b"x", "ends in .onnx, .caffemodel, .net (Deep Compression) or .safetensors; convert it with"),
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

/// The export of a pad turns its list round with a Slice of step -1, here of a list without elements.
#[test]
fn an_empty_list_can_be_turned_round() {
    let sentence = refusal(|g| {
        for (name, value) in [("length", 0), ("last", -1), ("before", i64::MIN), ("axis", 0), ("step", -1)] {
            let list = TensorProto { name: name.into(), dims: vec![1], data_type: 7, int64_data: vec![value], ..Default::default() };
            g.initializer.push(list);
        }
        let mut push = |op: &str, inputs: &[&str], output: &str| {
            let input = inputs.iter().map(|i| i.to_string()).collect();
            g.node.push(NodeProto { op_type: op.into(), name: output.into(), input, output: vec![output.into()], ..Default::default() });
        };
        push("ConstantOfShape", &["length"], "empty");
        push("Slice", &["empty", "last", "before", "axis", "step"], "turned");
        node(g, "conv1").input[2] = "turned".into();
    });
    assert!(sentence.contains("`conv1` (Conv)") && sentence.contains("step -1"), "{sentence}");
}

#[test]
fn types_and_bounds_are_said_in_plain_words() {
    // what is refused is refused in words that `refusal` and `load` hold to be plain
    let bound =
        |name: &str, value: f32| AttributeProto { name: name.into(), r#type: AttributeType::Float as i32, f: value, ..Default::default() };
    for (bounds, part) in [
        (vec![bound("min", -1.0), bound("max", 6.0)], "clips to -1 and 6, expected a Relu"),
        (vec![bound("max", 6.0)], "clips to no lower bound and 6"),
        (vec![bound("min", -1.5)], "clips to -1.5 and no upper bound"),
    ] {
        let sentence = refusal(|g| {
            node(g, "conv1/relu").op_type = "Clip".into();
            node(g, "conv1/relu").attribute = bounds;
        });
        assert!(sentence.contains(part), "{sentence}");
    }
    for name in common::exported::files("refused_", "onnx") {
        let sentence = import::load(&common::exported::path(&name), &Facts::default()).expect_err("refused").to_string();
        test_support::plain::assert_plain(&sentence);
    }
}

#[test]
fn names_in_networks_do_not_reach_a_terminal_as_they_are() {
    let sentence = refusal(|g| {
        node(g, "conv1/relu").op_type = "Sigmoid".into();
        node(g, "conv1/relu").name = "a\n\u{1b}[31m\u{202e}".into();
    });
    assert!(sentence.contains("`a\\n\\x1b[31m\\u{202e}` (Sigmoid)"), "{sentence}");
}
