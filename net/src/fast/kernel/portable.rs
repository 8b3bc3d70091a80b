//! Plain Rust in the form that compilers vectorise (NEON, SSE2), and the model of the other kernels.

use super::Kernel;
use crate::fast::convolve::Job;
use crate::fast::pack::{Block, Group, Line, Rounding, LANES, STEP};

struct Portable;

/// Weights of one step as `[k][lane]`: one input byte times 16 neighbouring weights.
pub(in crate::fast) fn pack_step(weight: impl Fn(usize, usize) -> i8, lines: &mut Vec<Line>) {
    lines.push(Line(std::array::from_fn(|i| weight(i % LANES, i / LANES))));
}

/// Runs a job.
///
/// # Safety
/// The job comes from [`crate::fast::convolve::convolve`] and was packed for this kernel.
pub(in crate::fast) unsafe fn convolve(job: Job) {
    for group in job.groups() {
        job.run_group::<Portable, 2, 1>(group);
    }
}

impl Kernel for Portable {
    const LINES: usize = 1;
    type Sums = [i32; LANES];
    type Pixel = [i16; STEP];

    #[inline(always)]
    unsafe fn bias(block: &Block) -> Self::Sums {
        block.bias
    }

    #[inline(always)]
    unsafe fn splat(bytes: u32) -> Self::Pixel {
        bytes.to_ne_bytes().map(i16::from)
    }

    #[inline(always)]
    unsafe fn dot(mut sums: Self::Sums, pixel: Self::Pixel, weights: *const Line) -> Self::Sums {
        let weights = &(*weights).0;
        for (k, &x) in pixel.iter().enumerate() {
            for (lane, sum) in sums.iter_mut().enumerate() {
                // 16-bit factors: a widening multiply-add of the vector unit
                *sum += i32::from(x) * i32::from(i16::from(weights[k * LANES + lane]));
            }
        }
        sums
    }

    #[inline(always)]
    unsafe fn store<const B: usize>(sums: [Self::Sums; B], group: &Group, place: *mut u8) {
        let place = std::slice::from_raw_parts_mut(place, group.channels);
        for ((sums, block), place) in sums.iter().zip(&group.blocks).zip(place.chunks_mut(LANES)) {
            let bytes = requantise(sums, block, group.rounding);
            place.copy_from_slice(&bytes[..place.len()]);
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
