//! A convolution with its bias and ReLU, NHWC, as a product of patches and weights.

use super::{slice, with_slice, Map, Output, Real, GROUP};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, DType, Device, Layout, Result, Shape, Tensor};
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};
use rayon::prelude::*;

/// `relu(patches(x) W^T + b)`: x is NHWC; W is O x (ky, kx, I), b is O.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Side of the filter.
    pub kernel: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Zeros on every side.
    pub padding: usize,
    /// Whether anybody wants the gradient of x: for the first layer nobody does.
    pub input_gradient: bool,
}

impl Conv {
    /// Rows and columns of the output.
    pub fn output(&self, input: Map) -> [usize; 2] {
        [input.height, input.width].map(|side| (side + 2 * self.padding - self.kernel) / self.stride + 1)
    }

    /// Runs it: `x` NHWC, `weights` O x (ky, kx, I), `bias` O; gives NHWC.
    ///
    /// # Errors
    /// Tensors of other shapes.
    pub fn apply(self, x: &Tensor, weights: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let (_, map) = Map::of(x)?;
        let (outputs, inputs) = weights.dims2()?;
        if inputs != self.kernel * self.kernel * map.channels || bias.dims1()? != outputs {
            candle_core::bail!("weights {:?} and bias {:?} do not fit a map {:?}", weights.shape(), bias.shape(), x.shape());
        }
        if map.height + 2 * self.padding < self.kernel || map.width + 2 * self.padding < self.kernel {
            candle_core::bail!("a map of {}x{} is smaller than the filter", map.height, map.width);
        }
        match x.device() {
            Device::Cpu => x.contiguous()?.apply_op3(&weights.contiguous()?, &bias.contiguous()?, self),
            _ => super::generic::conv(self, x, weights, bias),
        }
    }

    fn is_plain(&self) -> bool {
        self.kernel == 1 && self.stride == 1 && self.padding == 0
    }

    /// For every window of an image the place of its upper left corner, which the padding may put outside.
    fn windows(self, map: Map) -> impl Iterator<Item = (isize, isize)> {
        let [rows, columns] = self.output(map);
        let at = move |i: usize| (i * self.stride) as isize - self.padding as isize;
        (0..rows).flat_map(move |y| (0..columns).map(move |x| (at(y), at(x))))
    }

    /// The part of a window's row that lies inside the map: first column of it in the window, first number in the image, and count
    /// of numbers; `None` if there is none.
    fn run(self, map: Map, row: isize, left: isize) -> Option<(usize, usize, usize)> {
        if row < 0 || row >= map.height as isize {
            return None;
        }
        let from = left.max(0);
        let to = (left + self.kernel as isize).min(map.width as isize);
        let count = usize::try_from(to - from).ok().filter(|&count| count > 0)?;
        let first = (row as usize * map.width + from as usize) * map.channels;
        Some(((from - left) as usize * map.channels, first, count * map.channels))
    }

    /// Patches of an image: a row a window, (ky, kx, channel) in it.
    fn patches<T: Real>(self, map: Map, image: &[T], patches: &mut [T]) {
        let (width, run) = (self.kernel * self.kernel * map.channels, self.kernel * map.channels);
        for ((top, left), patch) in self.windows(map).zip(patches.chunks_exact_mut(width)) {
            for (ky, row) in patch.chunks_exact_mut(run).enumerate() {
                match self.run(map, top + ky as isize, left) {
                    Some((at, from, count)) => {
                        row[..at].fill(T::zero());
                        row[at..at + count].copy_from_slice(&image[from..from + count]);
                        row[at + count..].fill(T::zero());
                    }
                    None => row.fill(T::zero()),
                }
            }
        }
    }

    /// Adds every patch's numbers to where they came from.
    fn gather<T: Real>(self, map: Map, patches: &[T], image: &mut [T]) {
        let (width, run) = (self.kernel * self.kernel * map.channels, self.kernel * map.channels);
        for ((top, left), patch) in self.windows(map).zip(patches.chunks_exact(width)) {
            for (ky, row) in patch.chunks_exact(run).enumerate() {
                if let Some((at, from, count)) = self.run(map, top + ky as isize, left) {
                    image[from..from + count].iter_mut().zip(&row[at..at + count]).for_each(|(sum, &part)| *sum += part);
                }
            }
        }
    }

    fn forward<T: Real>(self, map: Map, x: &[T], weights: &[T], bias: &[T]) -> Vec<T> {
        let ([rows, columns], outputs) = (self.output(map), bias.len());
        let (positions, inputs) = (rows * columns, weights.len() / outputs);
        let images = x.len() / map.len();
        let mut output = vec![T::zero(); images * positions * outputs];
        let weights = matrix(weights, outputs, inputs);
        output.par_chunks_mut(positions * outputs).zip(x.par_chunks(map.len())).for_each_init(Vec::new, |scratch, (output, image)| {
            output.chunks_exact_mut(outputs).for_each(|pixel| pixel.copy_from_slice(bias));
            let patches = self.or_image(map, image, scratch, positions * inputs);
            general_mat_mul(
                T::one(),
                &matrix(patches, positions, inputs),
                &weights.t(),
                T::one(),
                &mut matrix_mut(output, positions, outputs),
            );
            output.iter_mut().for_each(|v| *v = if *v > T::zero() { *v } else { T::zero() });
        });
        output
    }

    /// The image's patches in `scratch`, or the image itself where they are the same.
    fn or_image<'a, T: Real>(self, map: Map, image: &'a [T], scratch: &'a mut Vec<T>, size: usize) -> &'a [T] {
        if self.is_plain() {
            return image;
        }
        scratch.resize(size, T::zero());
        self.patches(map, image, scratch);
        scratch
    }

    fn backward<T: Real>(self, map: Map, tensors: Backward<T>) -> Gradients<T> {
        let Backward { x, weights, output, gradient, outputs } = tensors;
        let [rows, columns] = self.output(map);
        let (positions, inputs) = (rows * columns, weights.len() / outputs);
        let mut dx = vec![T::zero(); if self.input_gradient { x.len() } else { 0 }];
        let w = matrix(weights, outputs, inputs);
        let of_group = |images: &[T], out: &[T], grad: &[T], dx: &mut [T]| {
            let (mut dw, mut db) = (vec![T::zero(); weights.len()], vec![T::zero(); outputs]);
            let (mut scratch, mut patch_gradient) = (Vec::new(), Vec::new());
            let mut masked = vec![T::zero(); positions * outputs];
            let parts = images.chunks(map.len()).zip(out.chunks(positions * outputs)).zip(grad.chunks(positions * outputs));
            for (i, ((image, out), grad)) in parts.enumerate() {
                for ((m, &o), &g) in masked.iter_mut().zip(out).zip(grad) {
                    *m = if o > T::zero() { g } else { T::zero() };
                }
                for pixel in masked.chunks_exact(outputs) {
                    db.iter_mut().zip(pixel).for_each(|(sum, &part)| *sum += part);
                }
                let g = matrix(&masked, positions, outputs);
                let patches = self.or_image(map, image, &mut scratch, positions * inputs);
                general_mat_mul(T::one(), &g.t(), &matrix(patches, positions, inputs), T::one(), &mut matrix_mut(&mut dw, outputs, inputs));
                if dx.is_empty() {
                    continue;
                }
                let dx = &mut dx[i * map.len()..(i + 1) * map.len()];
                if self.is_plain() {
                    general_mat_mul(T::one(), &g, &w, T::zero(), &mut matrix_mut(dx, positions, inputs));
                } else {
                    patch_gradient.resize(positions * inputs, T::zero());
                    general_mat_mul(T::one(), &g, &w, T::zero(), &mut matrix_mut(&mut patch_gradient, positions, inputs));
                    self.gather(map, &patch_gradient, dx);
                }
            }
            (dw, db)
        };
        let size = positions * outputs * GROUP;
        let groups = (x.par_chunks(map.len() * GROUP), output.par_chunks(size), gradient.par_chunks(size));
        let parts: Vec<(Vec<T>, Vec<T>)> = if self.input_gradient {
            let dx = dx.par_chunks_mut(map.len() * GROUP);
            let all = (groups.0, groups.1, groups.2, dx).into_par_iter();
            all.map(|(images, out, grad, dx)| of_group(images, out, grad, dx)).collect()
        } else {
            groups.into_par_iter().map(|(images, out, grad)| of_group(images, out, grad, &mut [])).collect()
        };
        let (mut dw, mut db) = (vec![T::zero(); weights.len()], vec![T::zero(); outputs]);
        for (w, b) in parts {
            dw.iter_mut().zip(&w).for_each(|(sum, &part)| *sum += part);
            db.iter_mut().zip(&b).for_each(|(sum, &part)| *sum += part);
        }
        Gradients { dx, dw, db }
    }

    fn backward_of<T: Real>(self, [x, weights, bias, output, gradient]: [&Tensor; 5]) -> Result<[Option<Tensor>; 3]> {
        let (_, map) = Map::of(x)?;
        let outputs = bias.dims1()?;
        let Gradients { dx, dw, db } = with_slice::<T, _>(x, |x| {
            with_slice::<T, _>(weights, |weights| {
                with_slice::<T, _>(output, |output| {
                    with_slice::<T, _>(gradient, |gradient| Ok(self.backward(map, Backward { x, weights, output, gradient, outputs })))
                })
            })
        })?;
        let dx = self.input_gradient.then(|| Tensor::from_vec(dx, x.shape(), &Device::Cpu)).transpose()?;
        let dw = Tensor::from_vec(dw, weights.shape(), &Device::Cpu)?;
        Ok([dx, Some(dw), Some(Tensor::from_vec(db, bias.shape(), &Device::Cpu)?)])
    }
}

struct Backward<'a, T> {
    x: &'a [T],
    weights: &'a [T],
    output: &'a [T],
    gradient: &'a [T],
    outputs: usize,
}

struct Gradients<T> {
    dx: Vec<T>,
    dw: Vec<T>,
    db: Vec<T>,
}

fn matrix<T>(numbers: &[T], rows: usize, columns: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((rows, columns), numbers).expect("the sizes were worked out from the same shapes")
}

fn matrix_mut<T>(numbers: &mut [T], rows: usize, columns: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((rows, columns), numbers).expect("the sizes were worked out from the same shapes")
}

impl CustomOp3 for Conv {
    fn name(&self) -> &'static str {
        "convolution, bias and ReLU"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout, w: &CpuStorage, lw: &Layout, b: &CpuStorage, lb: &Layout) -> Result<Output> {
        let (images, height, width, channels) = lx.shape().dims4()?;
        let map = Map { height, width, channels };
        let [rows, columns] = self.output(map);
        let shape = Shape::from((images, rows, columns, lb.shape().dims1()?));
        let storage = match x.dtype() {
            DType::F64 => CpuStorage::F64(self.forward(map, slice(x, lx)?, slice(w, lw)?, slice(b, lb)?)),
            _ => CpuStorage::F32(self.forward(map, slice(x, lx)?, slice(w, lw)?, slice(b, lb)?)),
        };
        Ok((storage, shape))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        bias: &Tensor,
        output: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let tensors = [x, weights, bias, output, gradient];
        let [dx, dw, db] = match x.dtype() {
            DType::F64 => self.backward_of::<f64>(tensors)?,
            _ => self.backward_of::<f32>(tensors)?,
        };
        Ok((dx, dw, db))
    }
}
