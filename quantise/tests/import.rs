//! ONNX and safetensors import: what is recognised, in which forms.

mod common;

use common::onnx_writer::{attribute, export, int, ints, load, network, node, remove};
use ndarray::{Array3, Array4};
use net::layout::Layout;
use prost::Message;
use quantise::float::{FloatConv, FloatFire, FloatNetwork, Normalisation};
use quantise::import::{self, Facts};
use quantise::runtime::FloatEngine;
use std::path::Path;
use test_support::data::data;
use tract_onnx::pb::{NodeProto, TensorProto, ValueInfoProto};

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
            activations: Default::default(),
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
fn onnx_and_safetensors_of_one_network_are_one_network() {
    let Some(models) = data("models") else { return };
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
    let image = test_support::random::image(&network.layout, 9);
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
            map = Array3::from_shape_fn((layer.out_channels, layer.out_height, layer.out_width), |(c, y, x)| {
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
fn plain(conv: &FloatConv, map: &Array3<f64>, stride: usize, padding: usize) -> Array3<f64> {
    let (outputs, inputs, kernel, _) = conv.weights.dim();
    let (_, height, width) = map.dim();
    let shape = (outputs, (height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1);
    Array3::from_shape_fn(shape, |(o, y, x)| {
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

/// Pools in floor mode are a property of the layout; a map of odd sides does not tell, and both modes in one network are refused.
#[test]
fn the_mode_of_the_pools_is_read_from_maps_of_even_sides() {
    // conv1's map is 12 x 13 of 26 x 27 pixels, its pool's 6 x 6 in ceil mode and 5 x 6 in floor mode
    let mut model = export(&network());
    let graph = model.graph.as_mut().expect("a graph");
    for pool in ["pool1", "pool2"] {
        *attribute(graph, pool, "ceil_mode") = int("ceil_mode", 0);
    }
    let mut expected = network();
    expected.layout.floor_pools = true;
    let expected = load(&export(&expected), &Facts::default()).expect("recognised");
    assert!(expected.layout.floor_pools);
    let path = Path::new("net.onnx");
    let imported = import::from_bytes(path, &model.encode_to_vec(), None, &Facts::default()).expect("recognised");
    assert_eq!((&imported.network, imported.input.border, imported.input.notes), (&expected, [0; 4], vec![]));
    // the first pool in ceil mode, the second, on 6 x 6, in floor mode
    let mut model = export(&network());
    *attribute(model.graph.as_mut().expect("a graph"), "pool2", "ceil_mode") = int("ceil_mode", 0);
    let sentence = load(&model, &Facts::default()).expect_err("both modes");
    let parts = ["`pool2` (MaxPool) is in floor mode (6x6 map into 2x2), and the pool behind conv1 in ceil mode", "one mode on the engine"];
    assert!(parts.iter().all(|part| sentence.contains(part)), "{sentence}");
}

/// A ReLU6 clips the float network's layer and bounds its scale; a padded stem is a larger frame; what a Clip makes of weights is
/// computed.
#[test]
fn ceilings_borders_and_clipped_weights_are_understood() {
    let mut model = export(&network());
    let graph = model.graph.as_mut().expect("a graph");
    for (name, value) in [("low", 0.0), ("high", 6.0)] {
        graph.initializer.push(TensorProto { name: name.into(), data_type: 1, float_data: vec![value], ..Default::default() });
    }
    let relu = node(graph, "fire2/squeeze1x1/relu");
    relu.op_type = "Clip".into();
    relu.input.extend(["low".to_string(), "high".to_string()]);
    *attribute(graph, "conv1", "pads") = ints("pads", &[1; 4]);
    let bytes = model.encode_to_vec();
    let imported = import::from_bytes(Path::new("net.onnx"), &bytes, None, &Facts::default()).expect("recognised");
    let layout = &imported.network.layout;
    assert_eq!((layout.height, layout.width, imported.input.border, imported.input.colour), (28, 29, [1; 4], [123, 117, 104]));
    let layers = layout.layers().expect("valid").len();
    let wanted: Vec<Option<f32>> = (0..layers).map(|i| (i == 1).then_some(6.0)).collect();
    assert_eq!(imported.network.activations.ceilings, wanted);
    let image = Array3::from_shape_fn((28, 29, 3), |(y, x, c)| ((y * 31 + x * 17 + c * 101) % 256) as u8);
    let outputs = FloatEngine::new(&imported.network).expect("prepared").run(image.view()).expect("run");
    let most = |layer: usize| outputs[layer].iter().fold(0.0f32, |m, &v| m.max(v));
    assert!(most(0) > 6.0 && most(1) == 6.0, "{} {}", most(0), most(1));
}

/// A network for grey images reads the brightness of colours.
#[test]
fn one_channel_is_folded_into_three() {
    let mut grey = network();
    grey.stem.weights = grey.stem.weights.slice(ndarray::s![.., ..1, .., ..]).to_owned();
    let mut model = export(&grey);
    let shape = model.graph.as_mut().and_then(|g| g.input[0].r#type.as_mut()).and_then(|t| t.value.as_mut());
    let Some(tract_onnx::pb::type_proto::Value::TensorType(tensor)) = shape else { panic!("a tensor was written") };
    let sides = &mut tensor.shape.as_mut().expect("a shape").dim;
    sides[1].value = Some(tract_onnx::pb::tensor_shape_proto::dimension::Value::DimValue(1));
    let found = load(&model, &Facts { normalisation: Some(Normalisation::BYTES), ..Facts::default() }).expect("recognised");
    let sum = |o: usize, y: usize, x: usize| (0..3).map(|c| found.stem.weights[[o, c, y, x]]).sum::<f32>();
    for ((o, _, y, x), &weight) in grey.stem.weights.indexed_iter() {
        assert!((sum(o, y, x) - weight).abs() < 1e-6);
        assert!((found.stem.weights[[o, 1, y, x]] - 0.587 * weight).abs() < 1e-6);
    }
}
