//! 128-bit vectors of the crate `wide`: SSE2, NEON, WebAssembly, or plain Rust on any other CPU.

use super::Kernel;
use crate::fast::convolve::Job;
use crate::fast::pack::{Block, Group, Line, Rounding, LANES};
use std::mem::transmute;
use wide::{i16x8, i32x4};

struct Portable;

/// Runs a job.
///
/// # Safety
/// The job comes from [`crate::fast::convolve::convolve`] and was packed for this kernel.
pub(in crate::fast) unsafe fn convolve(job: Job) {
    // SAFETY: the caller promises a job packed for this kernel
    unsafe {
        for group in job.groups() {
            job.run_group::<Portable, 2, 1>(group);
        }
    }
}

impl Kernel for Portable {
    const LINES: usize = 2;
    type Sums = [i32x4; LANES / 4];
    type Pixel = [i16x8; 2];

    #[inline(always)]
    unsafe fn bias(block: &Block) -> Self::Sums {
        // SAFETY: both are sixteen 32-bit integers
        unsafe { transmute(block.bias) }
    }

    #[inline(always)]
    unsafe fn splat(bytes: u32) -> Self::Pixel {
        // SAFETY: four 32-bit integers become eight 16-bit ones
        unsafe {
            let (bytes, low) = (i32x4::splat(bytes as i32), i32x4::splat(0x00ff_00ff));
            [transmute::<i32x4, i16x8>(bytes & low), transmute::<i32x4, i16x8>((bytes >> 8) & low)]
        }
    }

    #[inline(always)]
    unsafe fn dot(mut sums: Self::Sums, pixel: Self::Pixel, weights: *const Line) -> Self::Sums {
        // SAFETY: `weights` points to `LINES` lines, which are aligned for these vectors
        unsafe {
            // a line is 8 channels: two vectors for the even bytes, then two for the odd ones
            let weights = &*weights.cast::<[[[i16x8; 2]; 2]; 2]>();
            for (i, sum) in sums.iter_mut().enumerate() {
                let [even, odd] = [0, 1].map(|parity| pixel[parity].dot(weights[i / 2][parity][i % 2]));
                *sum += even + odd;
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn store<const B: usize>(sums: [Self::Sums; B], group: &Group, place: *mut u8) {
        // SAFETY: the group's channels fit `place`; both sides of the transmutation are sixteen 32-bit integers
        unsafe {
            let place = std::slice::from_raw_parts_mut(place, group.channels);
            for ((sums, block), place) in sums.into_iter().zip(&group.blocks).zip(place.chunks_mut(LANES)) {
                let bytes = requantise(&transmute::<Self::Sums, [i32; LANES]>(sums), block, group.rounding);
                place.copy_from_slice(&bytes[..place.len()]);
            }
        }
    }
}

#[inline(always)]
fn requantise(sums: &[i32; LANES], block: &Block, rounding: Rounding) -> [u8; LANES] {
    std::array::from_fn(|lane| {
        let (sum, half, i) = (i64::from(sums[lane]), lane % 2, lane / 2);
        let rounded = match rounding {
            Rounding::HighHalf => (((sum * block.doubled[half][i]) >> 32) + 1) >> 1,
            Rounding::Wide => (sum * block.multiplier[half][i] + block.round[half][i]) >> block.shift[half][i],
        };
        rounded.clamp(0, 255) as u8
    })
}
