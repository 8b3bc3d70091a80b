//! Runs a float network through tract, for calibration and as the yardstick of accuracy.

use crate::float::{FloatConv, FloatNetwork};
use ndarray::{Array3, ArrayView3};
use net::layout::{Layer, LayerKind, Layout};
use tract_core::internal::*;
use tract_core::ops::cnn::{Conv, KernelFormat, MaxPool, PaddingSpec, PoolSpec};
use tract_core::ops::nn::DataFormat;
use tract_core::ops::{array::TypedConcat, math};

type Plan = TypedSimplePlan<TypedModel>;

/// The float runtime refused the network or failed on a frame.
#[derive(Debug, thiserror::Error)]
#[error("the float runtime (tract) failed on layout {layout}: {}; please report this with the model file", net::text::cause(&format!("{cause:#}")))]
pub struct RuntimeError {
    layout: String,
    cause: TractError,
}

/// A float network made ready to run.
pub struct FloatEngine {
    plan: Plan,
    layers: Vec<Layer>,
    layout: Layout,
}

impl FloatEngine {
    /// Prepares `network`, whose tensors must fit its layout (see [`FloatNetwork::check`]), to give every layer's output.
    ///
    /// # Errors
    /// A network that the runtime does not take.
    pub fn new(network: &FloatNetwork) -> Result<Self, RuntimeError> {
        Self::prepare(network, false)
    }

    /// As [`FloatEngine::new`], but gives the last layer's output only, which is faster.
    ///
    /// # Errors
    /// A network that the runtime does not take.
    pub fn classifier_only(network: &FloatNetwork) -> Result<Self, RuntimeError> {
        Self::prepare(network, true)
    }

    fn prepare(network: &FloatNetwork, classifier_only: bool) -> Result<Self, RuntimeError> {
        let build = || {
            let mut layers = network.layout.layers()?;
            let mut model = build(network, &layers)?;
            if classifier_only {
                layers.drain(..layers.len() - 1);
                let last: Vec<OutletId> = model.output_outlets()?.last().copied().into_iter().collect();
                model.set_output_outlets(&last)?;
            }
            Ok((model.into_optimized()?.into_runnable()?, layers))
        };
        let (plan, layers) = build().map_err(|cause| RuntimeError { layout: network.layout.name.clone(), cause })?;
        Ok(Self { plan, layers, layout: network.layout.clone() })
    }

    /// The layers whose outputs [`FloatEngine::run`] gives.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Rows and columns of the input image.
    pub fn size(&self) -> [usize; 2] {
        [self.layout.height, self.layout.width]
    }

    /// The network's layout.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The output of every layer for one frame, in the order of [`net::layout::Layout::layers`]: CHW, after
    /// ReLU and after the pool where there is one. `image` is HWC, red green blue bytes.
    ///
    /// # Errors
    /// An image of another size than the network's.
    pub fn run(&self, image: ArrayView3<u8>) -> Result<Vec<Array3<f32>>, RuntimeError> {
        self.outputs(image).map_err(|cause| RuntimeError { layout: self.layout.name.clone(), cause })
    }

    /// Average logits of one frame, one a class.
    ///
    /// # Errors
    /// As [`FloatEngine::run`].
    pub fn logits(&self, image: ArrayView3<u8>) -> Result<Vec<f64>, RuntimeError> {
        Ok(average(&self.run(image)?))
    }

    fn outputs(&self, image: ArrayView3<u8>) -> TractResult<Vec<Array3<f32>>> {
        let [height, width] = self.size();
        ensure!(image.shape() == [height, width, 3], "the image has shape {:?}, expected {:?}", image.shape(), [height, width, 3]);
        let planes = image.permuted_axes([2, 0, 1]).mapv(f32::from);
        let input = tract_ndarray::Array4::from_shape_fn((1, 3, height, width), |(_, c, y, x)| planes[[c, y, x]]);
        let outputs = self.plan.run(tvec!(Tensor::from(input).into()))?;
        let shapes = self.layers.iter().map(|l| (l.out_channels, l.out_height, l.out_width));
        outputs.iter().zip(shapes).map(|(o, shape)| Ok(Array3::from_shape_vec(shape, o.as_slice::<f32>()?.to_vec())?)).collect()
    }
}

/// The global average of the last layer: one logit a class.
pub fn average(layers: &[Array3<f32>]) -> Vec<f64> {
    let Some(last) = layers.last() else { return Vec::new() };
    last.outer_iter().map(|map| map.iter().map(|&v| f64::from(v)).sum::<f64>() / map.len() as f64).collect()
}

fn build(network: &FloatNetwork, layers: &[Layer]) -> TractResult<TypedModel> {
    let mut model = TypedModel::default();
    let shape = [1, 3, network.layout.height, network.layout.width];
    let mut map = model.add_source("image", f32::fact(shape))?;
    let mut outputs = Vec::with_capacity(layers.len());
    for (number, layer) in layers.iter().enumerate() {
        let name = layer.name.as_str();
        map = match (layer.kind, layer.fire) {
            (LayerKind::Squeeze, Some(i)) => convolve(&mut model, name, map, &network.fires[i].squeeze, 1, 0)?,
            (LayerKind::Expand, Some(i)) => {
                let ones = convolve(&mut model, &format!("{name}1x1"), map, &network.fires[i].expand1, 1, 0)?;
                let threes = convolve(&mut model, &format!("{name}3x3"), map, &network.fires[i].expand3, 1, 1)?;
                model.wire_node(format!("{name}.concat"), TypedConcat { axis: 1 }, &[ones, threes])?[0]
            }
            (LayerKind::Stem, _) => convolve(&mut model, name, map, &network.stem, 2, 0)?,
            _ if network.activations.linear_classifier => {
                convolution(&mut model, name, map, &network.classifier, 1, network.layout.classifier.padding)?
            }
            _ => convolve(&mut model, name, map, &network.classifier, 1, network.layout.classifier.padding)?,
        };
        if let Some(ceiling) = network.activations.ceiling(number) {
            let ceiling = tract_ndarray::Array4::from_elem((1, 1, 1, 1), ceiling);
            let ceiling = model.add_const(format!("{name}.ceiling"), Tensor::from(ceiling))?;
            map = model.wire_node(format!("{name}.clip"), math::min(), &[map, ceiling])?[0];
        }
        if layer.pool {
            map = pool(&mut model, layer, map)?;
        }
        outputs.push(map);
    }
    model.set_output_outlets(&outputs)?;
    Ok(model)
}

/// A convolution and its ReLU.
fn convolve(model: &mut TypedModel, name: &str, input: OutletId, conv: &FloatConv, stride: usize, padding: usize) -> TractResult<OutletId> {
    let sum = convolution(model, name, input, conv, stride, padding)?;
    let zero = model.add_const(format!("{name}.zero"), Tensor::from(tract_ndarray::Array4::<f32>::zeros((1, 1, 1, 1))))?;
    Ok(model.wire_node(format!("{name}.relu"), math::max(), &[sum, zero])?[0])
}

fn convolution(
    model: &mut TypedModel,
    name: &str,
    input: OutletId,
    conv: &FloatConv,
    stride: usize,
    padding: usize,
) -> TractResult<OutletId> {
    let (outputs, inputs, rows, columns) = conv.weights.dim();
    let weights = tract_ndarray::Array4::from_shape_vec((outputs, inputs, rows, columns), conv.weights.iter().copied().collect())?;
    let kernel = model.add_const(format!("{name}.weight"), Tensor::from(weights))?;
    let bias = model.add_const(format!("{name}.bias"), tensor1(&conv.bias))?;
    let pool_spec = PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: tvec!(rows, columns),
        padding: PaddingSpec::Explicit(tvec!(padding, padding), tvec!(padding, padding)),
        dilations: None,
        strides: Some(tvec!(stride, stride)),
        input_channels: inputs,
        output_channels: outputs,
    };
    let op = Conv { pool_spec, kernel_fmt: KernelFormat::OIHW, group: 1, q_params: None };
    Ok(model.wire_node(name, op, &[input, kernel, bias])?[0])
}

/// Max-pool 3x3, stride 2: the missing row or column of a partial window, in ceil mode, is padding, which a maximum ignores; in floor
/// mode none is missing.
fn pool(model: &mut TypedModel, layer: &Layer, input: OutletId) -> TractResult<OutletId> {
    let missing = |output: usize, side: usize| (2 * output + 1).saturating_sub(side);
    let after = tvec!(missing(layer.out_height, layer.conv_height), missing(layer.out_width, layer.conv_width));
    let pool_spec = PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: tvec!(3, 3),
        padding: PaddingSpec::Explicit(tvec!(0, 0), after),
        dilations: None,
        strides: Some(tvec!(2, 2)),
        input_channels: layer.out_channels,
        output_channels: layer.out_channels,
    };
    Ok(model.wire_node(format!("{}.pool", layer.name), MaxPool { pool_spec, with_index_outputs: None }, &[input])?[0])
}
