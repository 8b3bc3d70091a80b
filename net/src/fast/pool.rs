//! What is not a convolution: the max-pool and the sum over positions, both on bytes.
//!
//! The bodies are plain loops over channels that the compiler vectorises; on x86-64 they are
//! compiled a second time for AVX2.

use super::map::MapShape;
use super::path::{Isa, Path};

/// Max-pool 3x3, stride 2, in the mode that the sizes say: the map `from` in `input` to the map `to` in `output`.
pub(super) fn max_pool(path: Path, from: MapShape, input: &[u8], to: MapShape, output: &mut [u8]) {
    match path.0 {
        Isa::Portable => max_pool_body(from, input, to, output),
        // SAFETY: every other path includes AVX2
        #[cfg(target_arch = "x86_64")]
        _ => unsafe { max_pool_avx2(from, input, to, output) },
    }
}

/// Sums of every channel over all positions of the map `from` in `input`.
pub(super) fn channel_sums(path: Path, from: MapShape, input: &[u8]) -> Vec<u32> {
    match path.0 {
        Isa::Portable => channel_sums_body(from, input),
        // SAFETY: every other path includes AVX2
        #[cfg(target_arch = "x86_64")]
        _ => unsafe { channel_sums_avx2(from, input) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn max_pool_avx2(from: MapShape, input: &[u8], to: MapShape, output: &mut [u8]) {
    max_pool_body(from, input, to, output);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn channel_sums_avx2(from: MapShape, input: &[u8]) -> Vec<u32> {
    channel_sums_body(from, input)
}

#[inline(always)]
fn max_pool_body(from: MapShape, input: &[u8], to: MapShape, output: &mut [u8]) {
    let channels = from.channels;
    for y in 0..to.height {
        for x in 0..to.width {
            let window = |dy: usize, dx: usize| {
                // a window that leaves the map at the right or below sees its last pixel again:
                // a maximum does not mind
                let at = from.offset((2 * y + dy).min(from.height - 1), (2 * x + dx).min(from.width - 1));
                &input[at..at + channels]
            };
            let at = to.offset(y, x);
            max_of_nine(&mut output[at..at + channels], std::array::from_fn(|i| window(i / 3, i % 3)));
        }
    }
}

#[inline(always)]
fn max_of_nine(out: &mut [u8], inputs: [&[u8]; 9]) {
    // equal lengths, visible to the compiler: no bounds checks in the loop
    let inputs = inputs.map(|i| &i[..out.len()]);
    for (c, out) in out.iter_mut().enumerate() {
        *out = inputs.iter().fold(0, |most, input| most.max(input[c]));
    }
}

#[inline(always)]
fn channel_sums_body(from: MapShape, input: &[u8]) -> Vec<u32> {
    let mut sums = vec![0u32; from.channels];
    for y in 0..from.height {
        let row = &input[from.offset(y, 0)..][..from.width * from.channels];
        for pixel in row.chunks_exact(from.channels) {
            sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u32::from(value));
        }
    }
    sums
}
