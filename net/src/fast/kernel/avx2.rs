//! 256-bit vectors: 16 channels are two vectors. Byte products with AVX-VNNI, or exactly as 16-bit
//! pairs without it (`maddubs` on bytes would saturate).

use super::Kernel;
use crate::fast::convolve::Job;
use crate::fast::pack::{Block, Group, Line, Rounding, LANES};
use std::arch::x86_64::*;

/// Sixteen 32-bit accumulators.
type Sums = [__m256i; 2];

struct Avx2;
struct AvxVnni;

/// Runs a job with AVX2.
///
/// # Safety
/// The CPU has AVX2; the job comes from [`crate::fast::convolve::convolve`], packed for this kernel.
#[target_feature(enable = "avx2")]
pub(in crate::fast) unsafe fn convolve(job: Job) {
    // SAFETY: the caller promises the CPU's instructions, and a job packed for this kernel
    unsafe {
        for group in job.groups() {
            job.run_group::<Avx2, 5, 1>(group);
        }
    }
}

/// Runs a job with AVX-VNNI.
///
/// # Safety
/// The CPU has AVX2 and AVX-VNNI; the job comes from [`crate::fast::convolve::convolve`], packed
/// for this kernel.
#[target_feature(enable = "avx2,avxvnni")]
pub(in crate::fast) unsafe fn convolve_vnni(job: Job) {
    // SAFETY: the caller promises the CPU's instructions, and a job packed for this kernel
    unsafe {
        for group in job.groups() {
            job.run_group::<AvxVnni, 6, 1>(group);
        }
    }
}

impl Kernel for Avx2 {
    const LINES: usize = 2;
    type Sums = Sums;
    type Pixel = [__m256i; 2];

    #[inline(always)]
    unsafe fn bias(block: &Block) -> Sums {
        // SAFETY: the CPU has the instructions; a block has sixteen biases
        unsafe { load_pair(block.bias.as_ptr()) }
    }

    #[inline(always)]
    unsafe fn splat(bytes: u32) -> Self::Pixel {
        // SAFETY: the CPU has the instructions
        unsafe {
            let bytes = _mm256_set1_epi32(bytes as i32);
            [_mm256_and_si256(bytes, _mm256_set1_epi16(255)), _mm256_srli_epi16(bytes, 8)]
        }
    }

    #[inline(always)]
    unsafe fn dot(sums: Sums, pixel: Self::Pixel, weights: *const Line) -> Sums {
        // SAFETY: the CPU has the instructions; `weights` points to `LINES` lines, which are aligned for whole vectors
        unsafe {
            let weights = weights.cast::<__m256i>();
            let add = |sum, i| {
                let even = _mm256_madd_epi16(pixel[0], _mm256_load_si256(weights.add(i)));
                let odd = _mm256_madd_epi16(pixel[1], _mm256_load_si256(weights.add(i + 1)));
                _mm256_add_epi32(sum, _mm256_add_epi32(even, odd))
            };
            [add(sums[0], 0), add(sums[1], 2)]
        }
    }

    #[inline(always)]
    unsafe fn store<const B: usize>(sums: [Sums; B], group: &Group, place: *mut u8) {
        // SAFETY: the CPU has the instructions; the group has `B` blocks, and only its channels are written to `place`
        unsafe {
            store(sums, group, place);
        }
    }
}

impl Kernel for AvxVnni {
    const LINES: usize = 1;
    type Sums = Sums;
    type Pixel = __m256i;

    #[inline(always)]
    unsafe fn bias(block: &Block) -> Sums {
        // SAFETY: the CPU has the instructions; a block has sixteen biases
        unsafe { load_pair(block.bias.as_ptr()) }
    }

    #[inline(always)]
    unsafe fn splat(bytes: u32) -> Self::Pixel {
        // SAFETY: the CPU has the instructions
        unsafe { _mm256_set1_epi32(bytes as i32) }
    }

    #[inline(always)]
    unsafe fn dot(sums: Sums, pixel: Self::Pixel, weights: *const Line) -> Sums {
        // SAFETY: the CPU has the instructions; `weights` points to `LINES` lines, which are aligned for whole vectors
        unsafe {
            let weights = weights.cast::<__m256i>();
            let add = |sum, i| _mm256_dpbusd_avx_epi32(sum, pixel, _mm256_load_si256(weights.add(i)));
            [add(sums[0], 0), add(sums[1], 1)]
        }
    }

    #[inline(always)]
    unsafe fn store<const B: usize>(sums: [Sums; B], group: &Group, place: *mut u8) {
        // SAFETY: the CPU has the instructions; the group has `B` blocks, and only its channels are written to `place`
        unsafe {
            store(sums, group, place);
        }
    }
}

#[inline(always)]
unsafe fn load_pair(values: *const i32) -> Sums {
    // SAFETY: the CPU has the instructions; `values` are the sixteen biases of a block
    unsafe { [_mm256_loadu_si256(values.cast()), _mm256_loadu_si256(values.add(8).cast())] }
}

/// [`Kernel::store`] of both kernels.
#[inline(always)]
unsafe fn store<const B: usize>(sums: [Sums; B], group: &Group, place: *mut u8) {
    // SAFETY: the CPU has the instructions; the group has `B` blocks, and only its channels are written to `place`
    unsafe {
        for (b, sums) in sums.into_iter().enumerate() {
            let bytes = requantise(sums, &group.blocks[b], group.rounding);
            let place = place.add(b * LANES);
            let channels = group.channels - b * LANES;
            if channels >= LANES {
                _mm_storeu_si128(place.cast(), bytes);
            } else {
                let mut whole = [0u8; LANES];
                _mm_storeu_si128(whole.as_mut_ptr().cast(), bytes);
                place.copy_from_nonoverlapping(whole.as_ptr(), channels);
            }
        }
    }
}

#[inline(always)]
unsafe fn requantise(sums: Sums, block: &Block, rounding: Rounding) -> __m128i {
    // SAFETY: the CPU has the instructions
    unsafe {
        let [low, high] = match rounding {
            Rounding::HighHalf => [doubled(sums[0], block, 0), doubled(sums[1], block, 1)],
            Rounding::Wide => [doubled_wide(sums[0], block, 0), doubled_wide(sums[1], block, 1)],
        };
        // (2x + 1) >> 1, with 2x first brought into 0..=510: negative sums become 0 here
        let words = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0b11_01_10_00);
        let words = _mm256_avg_epu16(_mm256_min_epu16(words, _mm256_set1_epi16(510)), _mm256_setzero_si256());
        _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1))
    }
}

/// Four constants for the even or odd (`parity`) channels of half (`half`) a block.
#[inline(always)]
unsafe fn constants(table: &[[i64; LANES / 2]; 2], parity: usize, half: usize) -> __m256i {
    // SAFETY: the CPU has the instructions; a row of the table has eight constants
    unsafe { _mm256_loadu_si256(table[parity].as_ptr().add(4 * half).cast()) }
}

/// Twice the requantised value, rounded down, in eight 32-bit lanes; for [`Rounding::HighHalf`].
#[inline(always)]
unsafe fn doubled(sums: __m256i, block: &Block, half: usize) -> __m256i {
    // SAFETY: the CPU has the instructions
    unsafe {
        let even = _mm256_mul_epi32(sums, constants(&block.doubled, 0, half));
        let odd = _mm256_mul_epi32(_mm256_srli_epi64(sums, 32), constants(&block.doubled, 1, half));
        _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0b1010_1010)
    }
}

/// Twice the requantised value, at most 65,534, in eight 32-bit lanes; for any constants.
#[inline(always)]
unsafe fn doubled_wide(sums: __m256i, block: &Block, half: usize) -> __m256i {
    // SAFETY: the CPU has the instructions
    unsafe {
        // a negative sum gives 0 as 0 does; without it all is unsigned
        let sums = _mm256_max_epi32(sums, _mm256_setzero_si256());
        let shifted = |sums, parity| {
            let product = _mm256_mul_epu32(sums, constants(&block.multiplier, parity, half));
            let rounded = _mm256_add_epi64(product, constants(&block.round, parity, half));
            let value = _mm256_srlv_epi64(rounded, constants(&block.shift, parity, half));
            // below 2^47: saturate to 2^15 - 1 without a 64-bit minimum, which AVX2 lacks
            let large = _mm256_cmpgt_epi64(value, _mm256_set1_epi64x(0x7fff));
            _mm256_blendv_epi8(value, _mm256_set1_epi64x(0x7fff), large)
        };
        let even = _mm256_slli_epi64(shifted(sums, 0), 1);
        let odd = _mm256_slli_epi64(shifted(_mm256_srli_epi64(sums, 32), 1), 33);
        _mm256_or_si256(even, odd)
    }
}
