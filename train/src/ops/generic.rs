//! The same operations out of the framework's own: for devices other than the CPU, and what the tests compare with.

use super::conv::Conv;
use super::pool::MaxPool;
use super::Map;
use candle_core::{Result, Tensor};

/// [`Conv`] as the framework's convolution, whose gradient wants rows and columns that leave the same rest behind the last window: those of square
/// inputs do.
///
/// # Errors
/// Tensors of other shapes.
pub fn conv(conv: Conv, x: &Tensor, weights: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (_, map) = Map::of(x)?;
    let outputs = bias.dims1()?;
    let oihw = weights.reshape((outputs, conv.kernel, conv.kernel, map.channels))?.permute((0, 3, 1, 2))?.contiguous()?;
    let nchw = x.permute((0, 3, 1, 2))?.contiguous()?;
    let sums = nchw.conv2d(&oihw, conv.padding, conv.stride, 1, 1)?;
    sums.permute((0, 2, 3, 1))?.contiguous()?.broadcast_add(bias)?.relu()
}

/// [`MaxPool`] as the maximum of nine shifted maps; the last row and column stand for what a partial window lacks. Equal values
/// share the gradient, where the CPU's gives it to the first.
///
/// # Errors
/// A tensor of another rank.
pub fn pool(pool: MaxPool, x: &Tensor) -> Result<Tensor> {
    let (_, map) = Map::of(x)?;
    let [rows, columns] = pool.output(map);
    let every_second = |x: &Tensor, dimension: usize, count: usize, side: usize, shift: usize| {
        let places: Vec<u32> = (0..count).map(|i| (2 * i + shift).min(side - 1) as u32).collect();
        x.index_select(&Tensor::new(places, x.device())?, dimension)
    };
    let mut most: Option<Tensor> = None;
    for dy in 0..3 {
        let of_rows = every_second(x, 1, rows, map.height, dy)?;
        for dx in 0..3 {
            let shifted = every_second(&of_rows, 2, columns, map.width, dx)?;
            most = Some(match most {
                Some(most) => most.maximum(&shifted)?,
                None => shifted,
            });
        }
    }
    most.map_or_else(|| candle_core::bail!("a window has nine places"), Ok)
}
