//! Caffe layers as operations of [`super::super::graph`].

use super::super::graph::{Affine, Conv, Graph, Input, Node, Op, Order, Pads, Window};
use super::super::ImportError;
use super::description::{Layer, Net};
use ndarray::{Array2, Array4, ArrayD};
use net::layout::INPUT_CHANNELS;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// The blobs of one layer: weights, then bias, as its type has them.
#[derive(Clone, Debug)]
pub struct LayerWeights {
    /// In Caffe's order.
    pub blobs: Vec<ArrayD<f32>>,
}

/// Gives a layer's weights, or says why there are none (a predicate on the layer).
pub type Source<'a> = dyn Fn(&Layer) -> Result<LayerWeights, String> + 'a;

/// The graph that `net` describes, with weights from `source`; `path` is the file of weights.
///
/// # Errors
/// A description without exactly one image as its input.
pub fn graph_with(path: &Path, net: Net, source: &Source) -> Result<Graph, ImportError> {
    let refuse = |reason: String| ImportError::Network { path: net.path.clone(), reason };
    let input = image(&net).map_err(refuse)?;
    let mut blobs = Versions::default();
    let mut nodes = Vec::with_capacity(net.layers.len());
    let given = RefCell::new(HashSet::new());
    // weights are found by name, so a name serves once; it also bounds what a hostile description can ask for
    let once = |layer: &Layer| match given.borrow_mut().insert(layer.name.clone()) {
        true => source(layer),
        false => Err("has the name of another layer with weights".into()),
    };
    let mut read = HashSet::new();
    for layer in net.layers.iter().filter(|l| !is_input(l)) {
        let Some(top) = layer.tops.first() else { continue };
        let inputs: Vec<String> = layer.bottoms.iter().map(|b| blobs.current(b)).collect();
        read.extend(inputs.iter().cloned());
        let output = blobs.next(top);
        let op = operation(layer, &once).unwrap_or_else(|reason| Op::Other(Some(reason)));
        nodes.push(Node { label: format!("`{}`", layer.name), operator: layer.kind.clone(), op, inputs, output });
    }
    // losses and accuracies read the labels: what they give is no output of the network
    let judges: HashSet<String> = nodes.iter().filter(|n| is_judge(&n.operator)).map(|n| n.output.clone()).collect();
    let judged: HashSet<&String> = nodes.iter().filter(|n| is_judge(&n.operator)).flat_map(|n| &n.inputs).collect();
    let kept_readers: HashSet<&String> = nodes.iter().filter(|n| !is_judge(&n.operator)).flat_map(|n| &n.inputs).collect();
    let is_output = |n: &Node| {
        !judges.contains(&n.output) && !kept_readers.contains(&n.output) && (!read.contains(&n.output) || judged.contains(&n.output))
    };
    let outputs: Vec<String> = nodes.iter().filter(|n| is_output(n)).map(|n| n.output.clone()).collect();
    nodes.retain(|n| !is_judge(&n.operator));
    Graph::new(path, input, outputs, nodes, Vec::new())
}

/// Blobs that are computed in place get a new name each time.
#[derive(Default)]
struct Versions {
    count: HashMap<String, usize>,
}

impl Versions {
    fn current(&self, blob: &str) -> String {
        match self.count.get(blob) {
            None | Some(1) => blob.into(),
            Some(version) => format!("{blob} (version {version})"),
        }
    }

    fn next(&mut self, blob: &str) -> String {
        *self.count.entry(blob.into()).or_default() += 1;
        self.current(blob)
    }
}

fn is_input(layer: &Layer) -> bool {
    matches!(layer.kind.as_str(), "Input" | "Data" | "ImageData" | "DummyData" | "MemoryData" | "HDF5Data" | "WindowData")
}

fn is_judge(kind: &str) -> bool {
    kind == "Accuracy" || kind.ends_with("Loss") || kind == "Silence"
}

fn image(net: &Net) -> Result<Input, String> {
    let mut found: Vec<(String, Vec<usize>)> = net.inputs.clone();
    for layer in net.layers.iter().filter(|l| is_input(l)) {
        let shape = match layer.kind.as_str() {
            "Input" => layer.parameters("input_param").shape()?,
            // a network for training says only the crop
            _ => match layer.parameters("transform_param").integer("crop_size")? {
                Some(side) => vec![1, INPUT_CHANNELS, usize::try_from(side).unwrap_or(0), usize::try_from(side).unwrap_or(0)],
                None => Vec::new(),
            },
        };
        let Some(top) = layer.tops.first() else { continue };
        found.push((top.clone(), shape));
    }
    let [(tensor, shape)] = &found[..] else { return Err(format!("it has {} inputs, expected one image", found.len())) };
    let side = |value: usize| Some(value).filter(|&v| v > 0);
    let (channels, height, width) = match shape[..] {
        [] => (INPUT_CHANNELS, None, None),
        [_, channels @ (1 | INPUT_CHANNELS), height, width] => (channels, side(height), side(width)),
        _ => return Err(format!("input `{tensor}` has shape {shape:?}, expected batch, {INPUT_CHANNELS} (or 1), height, width")),
    };
    Ok(Input { tensor: tensor.clone(), order: Order::Nchw, channels, height, width })
}

fn operation(layer: &Layer, source: &Source) -> Result<Op, String> {
    Ok(match layer.kind.as_str() {
        "Convolution" => Op::Conv(Box::new(convolution(layer, source)?)),
        "ReLU" => match layer.parameters("relu_param").number("negative_slope")? {
            None | Some(0.0) => Op::Relu,
            Some(slope) => return Err(format!("has a negative slope of {slope}, expected 0")),
        },
        "InnerProduct" => inner_product(layer, source)?,
        "Pooling" => pooling(layer)?,
        "Concat" => {
            let parameters = layer.parameters("concat_param");
            Op::Concat(parameters.integer("axis")?.or(parameters.integer("concat_dim")?).unwrap_or(1))
        }
        "Eltwise" => Op::Residual,
        "Dropout" | "Split" => Op::Identity,
        "Softmax" => Op::Softmax,
        "Flatten" | "Reshape" => Op::Reshape,
        "BatchNorm" => Op::Affine(batch_norm(layer, source)?),
        "Scale" => Op::Affine(scale(layer, source)?),
        _ => Op::Other(None),
    })
}

fn convolution(layer: &Layer, source: &Source) -> Result<Conv, String> {
    let parameters = layer.parameters("convolution_param");
    let outputs = parameters.integer("num_output")?.unwrap_or(0);
    let kernel = parameters.pair("kernel_size", "kernel", 0)?;
    let strides = parameters.pair("stride", "stride", 1)?;
    let [rows, columns] = parameters.pair("pad", "pad", 0)?;
    let dilation = parameters.pair("dilation", "dilation", 1)?;
    let weights = source(layer)?;
    let has_bias = parameters.flag("bias_term", true);
    let (filters, bias) = match (&weights.blobs[..], has_bias) {
        ([filters, bias], true) => (filters, bias.iter().copied().collect()),
        ([filters], false) => (filters, vec![0.0; usize::try_from(outputs).unwrap_or(0)]),
        (blobs, _) => return Err(format!("has {} blobs of weights, expected {}", blobs.len(), 1 + usize::from(has_bias))),
    };
    let shape = filters.shape().to_vec();
    let four = filters.view().into_dimensionality::<ndarray::Ix4>().map(|f| f.to_owned());
    let filters: Array4<f32> = four.map_err(|_| format!("has weights of shape {shape:?}, expected four sides"))?;
    if shape[0] as i64 != outputs || [shape[2] as i64, shape[3] as i64] != kernel || bias.len() != shape[0] {
        let described = format!("{outputs} outputs and a {}x{} kernel", kernel[0], kernel[1]);
        return Err(format!("has weights of shape {shape:?} and {} biases, but its description says {described}", bias.len()));
    }
    let window =
        Window { kernel, strides, dilations: dilation.to_vec(), pads: Pads::Explicit([rows, columns, rows, columns]), ceil: false };
    Ok(Conv { weights: filters, bias, quantised: None, groups: parameters.integer("group")?.unwrap_or(1), window })
}

fn inner_product(layer: &Layer, source: &Source) -> Result<Op, String> {
    let parameters = layer.parameters("inner_product_param");
    let weights = source(layer)?;
    let (matrix, bias) = match (&weights.blobs[..], parameters.flag("bias_term", true)) {
        ([matrix, bias], true) => (matrix, Some(bias)),
        ([matrix], false) => (matrix, None),
        (blobs, _) => return Err(format!("has {} blobs of weights, expected its matrix and a bias", blobs.len())),
    };
    // before there were free shapes a matrix had four sides
    let shape = matrix.shape();
    let (&outputs, &inputs) = match shape {
        [1, 1, outputs, inputs] | [outputs, inputs] => (outputs, inputs),
        _ => return Err(format!("has weights of shape {shape:?}, expected two sides")),
    };
    let bias: Vec<f32> = bias.map_or_else(|| vec![0.0; outputs], |bias| bias.iter().copied().collect());
    let matrix = Array2::from_shape_vec((outputs, inputs), matrix.iter().copied().collect());
    match matrix {
        Ok(matrix) if bias.len() == outputs && !parameters.flag("transpose", false) => Ok(Op::Dense(matrix, bias)),
        _ => Err(format!("has weights of shape {shape:?} and {} biases, expected as many biases as outputs", bias.len())),
    }
}

fn pooling(layer: &Layer) -> Result<Op, String> {
    let parameters = layer.parameters("pooling_param");
    let [rows, columns] = parameters.pair("pad", "pad", 0)?;
    let window = Window {
        kernel: parameters.pair("kernel_size", "kernel", 0)?,
        strides: parameters.pair("stride", "stride", 1)?,
        dilations: Vec::new(),
        pads: Pads::Explicit([rows, columns, rows, columns]),
        // `round_mode` is Caffe's own, `ceil_mode` that of common forks
        ceil: parameters.text("round_mode").is_none_or(|mode| mode == "CEIL" || mode == "0") && parameters.flag("ceil_mode", true),
    };
    let global = parameters.flag("global_pooling", false);
    match (parameters.text("pool").unwrap_or("MAX"), global) {
        ("AVE" | "1", true) => Ok(Op::GlobalAverage),
        ("AVE" | "1", false) => Ok(Op::AveragePool(window)),
        ("MAX" | "0", false) => Ok(Op::MaxPool(window)),
        (pool, _) => Err(format!("pools by {pool}{}, expected MAX or AVE", if global { " over the whole map" } else { "" })),
    }
}

fn doubles(blob: &ArrayD<f32>) -> Vec<f64> {
    blob.iter().map(|&v| f64::from(v)).collect()
}

fn batch_norm(layer: &Layer, source: &Source) -> Result<Affine, String> {
    let weights = source(layer)?;
    let [mean, variance, factor] = &weights.blobs[..] else {
        return Err(format!("has {} blobs, expected mean, variance and their factor", weights.blobs.len()));
    };
    let epsilon = layer.parameters("batch_norm_param").number("eps")?.unwrap_or(1e-5);
    let factor = match factor.first().copied().map(f64::from) {
        None | Some(0.0) => 0.0,
        Some(factor) => factor.recip(),
    };
    let scale: Vec<f64> = doubles(variance).into_iter().map(|v| (v * factor + epsilon).sqrt().recip()).collect();
    let shift = doubles(mean).into_iter().zip(&scale).map(|(m, s)| -m * factor * s).collect();
    Ok(Affine { scale, shift, order: Some(Order::Nchw) })
}

fn scale(layer: &Layer, source: &Source) -> Result<Affine, String> {
    let weights = source(layer)?;
    let has_bias = layer.parameters("scale_param").flag("bias_term", false);
    match (&weights.blobs[..], has_bias) {
        ([scale, bias], true) => Ok(Affine { scale: doubles(scale), shift: doubles(bias), order: Some(Order::Nchw) }),
        ([scale], false) => Ok(Affine { scale: doubles(scale), shift: vec![0.0], order: Some(Order::Nchw) }),
        (blobs, _) => Err(format!("has {} blobs, expected {}", blobs.len(), 1 + usize::from(has_bias))),
    }
}
