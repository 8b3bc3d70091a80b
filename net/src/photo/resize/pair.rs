//! Sums of two output pixels side by side: four lanes each, red, green, blue and one that is not used.

use wide::f32x4;

/// Two pixels' sums. Each lane is added up in the order of the calls, with a rounding after the product and one after the
/// sum, on every CPU.
pub(super) trait Pair: Copy {
    /// Zeros.
    fn zero() -> Self;

    /// Adds the first four numbers of `one` and of `other`, times `weights`.
    fn plus_product(self, one: &[f32], other: &[f32], weights: &[f32; 8]) -> Self;

    /// Writes the first pixel to `sums[0..4]` and then the second to `sums[3..7]`.
    fn store(self, sums: &mut [f32]);
}

/// For any CPU.
#[derive(Clone, Copy)]
pub(super) struct Portable([f32x4; 2]);

impl Pair for Portable {
    #[inline(always)]
    fn zero() -> Self {
        Self([f32x4::ZERO; 2])
    }

    #[inline(always)]
    fn plus_product(self, one: &[f32], other: &[f32], weights: &[f32; 8]) -> Self {
        let four = |p: &[f32]| f32x4::new([p[0], p[1], p[2], p[3]]);
        let [left, right] = self.0;
        Self([left + four(&one[..4]) * four(&weights[..4]), right + four(&other[..4]) * four(&weights[4..])])
    }

    #[inline(always)]
    fn store(self, sums: &mut [f32]) {
        let sums = &mut sums[..7];
        sums[..4].copy_from_slice(&self.0[0].to_array());
        sums[3..].copy_from_slice(&self.0[1].to_array());
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::Pair;
    use std::arch::x86_64::*;

    /// Both pixels in one vector. Only for code that runs where the CPU has AVX2.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2(__m256);

    impl Pair for Avx2 {
        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: who names this type has AVX2.
            Self(unsafe { _mm256_setzero_ps() })
        }

        #[inline(always)]
        fn plus_product(self, one: &[f32], other: &[f32], weights: &[f32; 8]) -> Self {
            let (one, other) = (&one[..4], &other[..4]);
            // SAFETY: who names this type has AVX2; four floats are read of either pixel, and the eight weights.
            unsafe {
                let left = _mm256_castps128_ps256(_mm_loadu_ps(one.as_ptr()));
                let pixels = _mm256_insertf128_ps::<1>(left, _mm_loadu_ps(other.as_ptr()));
                Self(_mm256_add_ps(self.0, _mm256_mul_ps(pixels, _mm256_loadu_ps(weights.as_ptr()))))
            }
        }

        #[inline(always)]
        fn store(self, sums: &mut [f32]) {
            let sums = &mut sums[..7];
            // SAFETY: who names this type has AVX2; floats 0 to 3 and 3 to 6 of seven are written.
            unsafe {
                _mm_storeu_ps(sums.as_mut_ptr(), _mm256_castps256_ps128(self.0));
                _mm_storeu_ps(sums.as_mut_ptr().add(3), _mm256_extractf128_ps::<1>(self.0));
            }
        }
    }
}
