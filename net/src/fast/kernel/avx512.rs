//! 512-bit vectors with byte dot products (AVX-512 VNNI): 16 channels are one vector.

use super::Kernel;
use crate::fast::convolve::Job;
use crate::fast::pack::{Block, Group, Line, Rounding, LANES};
use std::arch::x86_64::*;

struct Avx512;

/// Runs a job.
///
/// # Safety
/// The CPU has AVX-512 F, BW and VNNI; the job comes from [`crate::fast::convolve::convolve`],
/// packed for this kernel.
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
pub(in crate::fast) unsafe fn convolve(job: Job) {
    // SAFETY: the caller promises the CPU's instructions, and a job packed for this kernel
    unsafe {
        for group in job.groups() {
            // 24 accumulators hide the latency of the dot product and leave registers for the operands
            match group.blocks.len() {
                1 => job.run_group::<Avx512, 12, 1>(group),
                2 => job.run_group::<Avx512, 12, 2>(group),
                3 => job.run_group::<Avx512, 8, 3>(group),
                _ => job.run_group::<Avx512, 6, 4>(group),
            }
        }
    }
}

impl Kernel for Avx512 {
    const LINES: usize = 1;
    type Sums = __m512i;
    type Pixel = __m512i;

    #[inline(always)]
    unsafe fn bias(block: &Block) -> __m512i {
        // SAFETY: the CPU has the instructions; a block has sixteen biases
        unsafe { _mm512_load_si512(block.bias.as_ptr().cast()) }
    }

    #[inline(always)]
    unsafe fn splat(bytes: u32) -> __m512i {
        // SAFETY: the CPU has the instructions
        unsafe { _mm512_set1_epi32(bytes as i32) }
    }

    #[inline(always)]
    unsafe fn dot(sums: __m512i, pixel: __m512i, weights: *const Line) -> __m512i {
        // SAFETY: the CPU has the instructions; `weights` points to `LINES` lines, which are aligned for whole vectors
        unsafe { _mm512_dpbusd_epi32(sums, pixel, _mm512_load_si512(weights.cast())) }
    }

    #[inline(always)]
    unsafe fn store<const B: usize>(sums: [__m512i; B], group: &Group, place: *mut u8) {
        // SAFETY: the CPU has the instructions; the group has `B` blocks, and only its channels are written to `place`
        unsafe {
            let mut doubles = [_mm512_setzero_si512(); 4];
            match group.rounding {
                Rounding::HighHalf => (0..B).for_each(|b| doubles[b] = doubled(sums[b], group.blocks.get_unchecked(b))),
                Rounding::Wide => (0..B).for_each(|b| doubles[b] = doubled_wide(sums[b], group.blocks.get_unchecked(b))),
            }
            let mask = u64::MAX >> (64 - group.channels);
            _mm512_mask_storeu_epi8(place.cast(), mask, halve(doubles));
        }
    }
}

/// `(2x + 1) >> 1` saturated to a byte, for the 64 channels of four vectors, in order.
#[inline(always)]
unsafe fn halve(doubles: [__m512i; 4]) -> __m512i {
    // SAFETY: the CPU has the instructions
    unsafe {
        let words = |a, b| {
            // 2x is first brought into 0..=510: negative sums become 0 here
            let words = _mm512_min_epu16(_mm512_packus_epi32(a, b), _mm512_set1_epi16(510));
            _mm512_avg_epu16(words, _mm512_setzero_si512())
        };
        let bytes = _mm512_packus_epi16(words(doubles[0], doubles[1]), words(doubles[2], doubles[3]));
        // packing works in quarters of a vector: quarter q holds four channels of each source
        let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        _mm512_permutexvar_epi32(order, bytes)
    }
}

/// The constants of the even or the odd channels of a block.
#[inline(always)]
unsafe fn constants(table: &[[i64; LANES / 2]; 2], parity: usize) -> __m512i {
    // SAFETY: the CPU has the instructions; a row of the table has eight constants
    unsafe { _mm512_loadu_si512(table[parity].as_ptr().cast()) }
}

/// Twice the requantised value, rounded down, in 32-bit lanes; for [`Rounding::HighHalf`].
#[inline(always)]
unsafe fn doubled(sums: __m512i, block: &Block) -> __m512i {
    // SAFETY: the CPU has the instructions
    unsafe {
        let even = _mm512_mul_epi32(sums, constants(&block.doubled, 0));
        let odd = _mm512_mul_epi32(_mm512_srli_epi64(sums, 32), constants(&block.doubled, 1));
        // the high halves of the odd products are in place, those of the even ones move down
        _mm512_mask_shuffle_epi32(odd, 0x5555, even, 0b11_11_01_01)
    }
}

/// Twice the requantised value, at most 510, in 32-bit lanes; for any constants.
#[inline(always)]
unsafe fn doubled_wide(sums: __m512i, block: &Block) -> __m512i {
    // SAFETY: the CPU has the instructions
    unsafe {
        // a negative sum gives 0 as 0 does; without it all is unsigned
        let sums = _mm512_max_epi32(sums, _mm512_setzero_si512());
        let shifted = |sums, parity| {
            let product = _mm512_mul_epu32(sums, constants(&block.multiplier, parity));
            let rounded = _mm512_add_epi64(product, constants(&block.round, parity));
            let value = _mm512_srlv_epi64(rounded, constants(&block.shift, parity));
            _mm512_min_epu64(value, _mm512_set1_epi64(255))
        };
        let even = _mm512_slli_epi64(shifted(sums, 0), 1);
        let odd = _mm512_slli_epi64(shifted(_mm512_srli_epi64(sums, 32), 1), 33);
        _mm512_or_si512(even, odd)
    }
}
