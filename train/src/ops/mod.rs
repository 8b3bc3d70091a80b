//! The two operations that the framework is slow at on a CPU, with gradients of their own.
//!
//! candle's convolution gives its gradient by a transposed convolution, and its max-pool has none where windows overlap. Here a
//! convolution is a matrix product of patches, image by image, and images go to the threads in groups of a fixed size: sums of
//! gradients are added in one order, so a result has the same bits on any number of threads. On other devices than the CPU
//! [`generic`] does the same with the framework's operations; the tests hold the two together.

pub mod conv;
pub mod generic;
pub mod pool;

use candle_core::{CpuStorage, Result, Shape, Storage, Tensor, WithDType};
use ndarray::LinalgScalar;

/// Images whose gradients one task adds up: fixed, so that sums do not depend on the number of threads.
pub(crate) const GROUP: usize = 4;

/// The numbers that the operations are written for: f32, and f64 for tests of gradients.
pub trait Real: WithDType + LinalgScalar + PartialOrd + std::ops::AddAssign {}

impl Real for f32 {}
impl Real for f64 {}

/// What an operation is done on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Map {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl Map {
    /// Numbers of one image.
    pub fn len(self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Of a tensor NHWC.
    ///
    /// # Errors
    /// A tensor of another rank.
    pub fn of(tensor: &Tensor) -> Result<(usize, Self)> {
        let (images, height, width, channels) = tensor.dims4()?;
        Ok((images, Self { height, width, channels }))
    }
}

/// The numbers of a contiguous tensor in the CPU's memory.
pub(crate) fn with_slice<T: Real, R>(tensor: &Tensor, f: impl FnOnce(&[T]) -> Result<R>) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(cpu) => f(slice(cpu, layout)?),
        _ => candle_core::bail!("this operation is for tensors in the CPU's memory"),
    }
}

/// The numbers of `storage` that a contiguous `layout` stands for.
pub(crate) fn slice<'a, T: Real>(storage: &'a CpuStorage, layout: &candle_core::Layout) -> Result<&'a [T]> {
    let Some((from, to)) = layout.contiguous_offsets() else { candle_core::bail!("this operation takes contiguous tensors") };
    Ok(&storage.as_slice::<T>()?[from..to])
}

/// An operation's result on the CPU.
pub(crate) type Output = (CpuStorage, Shape);
