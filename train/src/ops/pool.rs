//! Max-pool 3x3, stride 2, NHWC: the first of equal values is the maximum, and gets the gradient.

use super::{slice, with_slice, Map, Output, Real};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, DType, Device, Layout, Result, Shape, Tensor};
use net::layout::pooled;
use rayon::prelude::*;

/// The pool, in floor or ceil mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// Whether a partial window at the end is left out.
    pub floor: bool,
}

impl MaxPool {
    /// Runs it on NHWC.
    ///
    /// # Errors
    /// A tensor of another rank.
    pub fn apply(self, x: &Tensor) -> Result<Tensor> {
        match x.device() {
            Device::Cpu => x.contiguous()?.apply_op1(self),
            _ => super::generic::pool(self, x),
        }
    }

    /// Rows and columns of the output.
    pub fn output(&self, map: Map) -> [usize; 2] {
        [pooled(map.height, self.floor), pooled(map.width, self.floor)]
    }

    /// Of every output of an image, in its order, where in the image the maximum is.
    fn places<'a, T: Real>(&self, map: Map, image: &'a [T]) -> impl Iterator<Item = usize> + 'a {
        let [rows, columns] = self.output(map);
        (0..rows * columns).flat_map(move |pixel| {
            let (y, x) = (2 * (pixel / columns), 2 * (pixel % columns));
            let (bottom, right) = ((y + 3).min(map.height), (x + 3).min(map.width));
            (0..map.channels).map(move |c| {
                let mut best = (y * map.width + x) * map.channels + c;
                for row in y..bottom {
                    for column in x..right {
                        let at = (row * map.width + column) * map.channels + c;
                        if image[at] > image[best] {
                            best = at;
                        }
                    }
                }
                best
            })
        })
    }

    fn forward<T: Real>(&self, map: Map, x: &[T]) -> Vec<T> {
        let [rows, columns] = self.output(map);
        let size = rows * columns * map.channels;
        let mut output = vec![T::zero(); x.len() / map.len() * size];
        output.par_chunks_mut(size).zip(x.par_chunks(map.len())).for_each(|(output, image)| {
            output.iter_mut().zip(self.places(map, image)).for_each(|(to, from)| *to = image[from]);
        });
        output
    }

    fn backward<T: Real>(&self, x: &Tensor, gradient: &Tensor) -> Result<Tensor> {
        let (_, map) = Map::of(x)?;
        let [rows, columns] = self.output(map);
        let size = rows * columns * map.channels;
        let dx = with_slice::<T, _>(x, |x| {
            with_slice::<T, _>(gradient, |gradient| {
                let mut dx = vec![T::zero(); x.len()];
                let parts = (dx.par_chunks_mut(map.len()), x.par_chunks(map.len()), gradient.par_chunks(size));
                parts.into_par_iter().for_each(|(dx, image, gradient)| {
                    self.places(map, image).zip(gradient).for_each(|(at, &part)| dx[at] += part);
                });
                Ok(dx)
            })
        })?;
        Tensor::from_vec(dx, x.shape(), &Device::Cpu)
    }
}

impl CustomOp1 for MaxPool {
    fn name(&self) -> &'static str {
        "max-pool"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<Output> {
        let (images, height, width, channels) = layout.shape().dims4()?;
        let map = Map { height, width, channels };
        let [rows, columns] = self.output(map);
        let storage = match x.dtype() {
            DType::F64 => CpuStorage::F64(self.forward(map, slice(x, layout)?)),
            _ => CpuStorage::F32(self.forward(map, slice(x, layout)?)),
        };
        Ok((storage, Shape::from((images, rows, columns, channels))))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(match x.dtype() {
            DType::F64 => self.backward::<f64>(x, gradient)?,
            _ => self.backward::<f32>(x, gradient)?,
        }))
    }
}
