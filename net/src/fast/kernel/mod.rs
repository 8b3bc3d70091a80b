//! The instructions behind the register tile, one file an instruction set.

use super::pack::{Block, Group, Line};

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;
pub(super) mod portable;

/// What a register tile is made of. All functions are inlined into one function per instruction
/// set, the only one that is compiled with it.
pub(super) trait Kernel {
    /// [`Line`]s of weights for one step of one block.
    const LINES: usize;
    /// 16 accumulators: one pixel, one block.
    type Sums: Copy;
    /// Four input bytes of one pixel, spread for [`Kernel::dot`].
    type Pixel: Copy;

    /// Accumulators that hold the block's bias.
    ///
    /// # Safety
    /// The CPU has the kernel's instructions, here and below.
    unsafe fn bias(block: &Block) -> Self::Sums;

    /// Spreads four bytes in memory order (the lowest address in the lowest byte on x86).
    ///
    /// # Safety
    /// As above.
    unsafe fn splat(bytes: u32) -> Self::Pixel;

    /// Adds the products of four input bytes with the four weights of each channel.
    ///
    /// # Safety
    /// `weights` points to [`Kernel::LINES`] lines.
    unsafe fn dot(sums: Self::Sums, pixel: Self::Pixel, weights: *const Line) -> Self::Sums;

    /// Requantises one pixel's sums and writes the group's channels to `place`.
    ///
    /// # Safety
    /// `group` has `B` blocks, and `place` points to as many bytes as it has channels.
    unsafe fn store<const B: usize>(sums: [Self::Sums; B], group: &Group, place: *mut u8);
}
