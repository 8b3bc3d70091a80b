//! How large the maps of a network are.

use crate::network::Trainable;
use candle_core::{Result, Tensor};
use net::layout::Layer;

/// Root of the mean square of every layer's output but the last's (that is 1), for an input NHWC.
///
/// # Errors
/// An input of another shape.
pub fn sizes(network: &Trainable, layers: &[Layer], input: &Tensor) -> Result<Vec<f64>> {
    let mut sizes = Vec::with_capacity(layers.len());
    for layer in 0..layers.len() - 1 {
        let map = network.until(input, layer)?;
        sizes.push(map.sqr()?.mean_all()?.to_dtype(candle_core::DType::F64)?.to_scalar::<f64>()?.sqrt());
    }
    sizes.push(1.0);
    Ok(sizes)
}
