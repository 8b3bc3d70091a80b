//! Float convolutions that have the same bits on every machine and any number of threads.
//!
//! A model file is made from their results, and it should come out the same everywhere. So every sum is added in one
//! fixed order (input channel, row, column of the filter), products are rounded before they are added, and wider
//! vectors only compute more output positions side by side. A library that picks instructions at run time, or fuses
//! products into sums where the processor can, does not promise that.

use ndarray::{Array3, Array4, ArrayView3};

/// Output positions that are computed side by side.
const COLUMNS: usize = 32;
/// Output channels that are computed side by side.
const ROWS: usize = 4;

/// `bias[o] + sum of input * weight` at every position, where positions outside the input count as 0: CHW in, CHW out.
/// No ReLU. `weights` is OIHW.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn convolve(weights: &Array4<f32>, bias: &[f32], input: ArrayView3<f32>, stride: usize, padding: usize) -> Array3<f32> {
    let (outputs, inputs, kernel_h, kernel_w) = weights.dim();
    let (channels, height, width) = input.dim();
    assert!(channels == inputs && bias.len() == outputs, "a convolution of another shape");
    let (padded_h, padded_w) = (height + 2 * padding, width + 2 * padding);
    let (out_h, out_w) = ((padded_h - kernel_h) / stride + 1, (padded_w - kernel_w) / stride + 1);
    let mut padded = Array3::<f32>::zeros((inputs, padded_h, padded_w));
    padded.slice_mut(ndarray::s![.., padding..padding + height, padding..padding + width]).assign(&input);
    let padded = padded.as_slice().expect("just made");
    // where every tap lies, from the first of a window
    let mut taps = Vec::with_capacity(inputs * kernel_h * kernel_w);
    for i in 0..inputs {
        for y in 0..kernel_h {
            taps.extend((0..kernel_w).map(|x| (i * padded_h + y) * padded_w + x));
        }
    }
    let standard = weights.as_standard_layout();
    let filters = standard.as_slice().expect("standard layout");
    let positions = out_h * out_w;
    let mut output = vec![0.0; outputs * positions];
    let mut panel = vec![0.0; taps.len() * COLUMNS];
    let mut windows = [0; COLUMNS];
    for first in (0..positions).step_by(COLUMNS) {
        let count = COLUMNS.min(positions - first);
        for (window, position) in windows.iter_mut().zip(first..first + count) {
            *window = position / out_w * stride * padded_w + position % out_w * stride;
        }
        for (row, tap) in panel.chunks_exact_mut(COLUMNS).zip(&taps) {
            row.iter_mut().zip(&windows[..count]).for_each(|(value, window)| *value = padded[tap + window]);
        }
        multiply(filters, bias, &panel, &mut output, Columns { first, count, positions });
    }
    Array3::from_shape_vec((outputs, out_h, out_w), output).expect("as many as counted")
}

/// The part of the output that a panel gives.
#[derive(Clone, Copy)]
struct Columns {
    first: usize,
    count: usize,
    positions: usize,
}

/// Multiplies all filters with one panel (taps x [`COLUMNS`]), with the widest vectors of this processor.
fn multiply(filters: &[f32], bias: &[f32], panel: &[f32], output: &mut [f32], columns: Columns) {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512F, as was just asked.
            return unsafe { multiply_avx512(filters, bias, panel, output, columns) };
        }
        if std::is_x86_feature_detected!("avx") {
            // SAFETY: the processor has AVX, as was just asked.
            return unsafe { multiply_avx(filters, bias, panel, output, columns) };
        }
    }
    multiply_any::<8>(filters, bias, panel, output, columns);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn multiply_avx512(filters: &[f32], bias: &[f32], panel: &[f32], output: &mut [f32], columns: Columns) {
    multiply_any::<32>(filters, bias, panel, output, columns);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn multiply_avx(filters: &[f32], bias: &[f32], panel: &[f32], output: &mut [f32], columns: Columns) {
    multiply_any::<16>(filters, bias, panel, output, columns);
}

/// `WIDTH` columns at a time fit into the registers.
#[inline(always)]
fn multiply_any<const WIDTH: usize>(filters: &[f32], bias: &[f32], panel: &[f32], output: &mut [f32], columns: Columns) {
    let taps = panel.len() / COLUMNS;
    for from in (0..columns.count).step_by(WIDTH) {
        let kept = WIDTH.min(columns.count - from);
        for top in (0..bias.len()).step_by(ROWS) {
            let rows = ROWS.min(bias.len() - top);
            // a part of four rows repeats its last one
            let row = |r: usize| top + r.min(rows - 1);
            let filter: [&[f32]; ROWS] = std::array::from_fn(|r| &filters[row(r) * taps..(row(r) + 1) * taps]);
            let mut sums: [[f32; WIDTH]; ROWS] = std::array::from_fn(|r| [bias[row(r)]; WIDTH]);
            for (k, values) in panel.chunks_exact(COLUMNS).enumerate() {
                let values: &[f32; WIDTH] = values[from..from + WIDTH].try_into().expect("a panel's row");
                for (sums, filter) in sums.iter_mut().zip(&filter) {
                    let weight = filter[k];
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
                }
            }
            for (r, sums) in sums.iter().enumerate().take(rows) {
                let at = (top + r) * columns.positions + columns.first + from;
                output[at..at + kept].copy_from_slice(&sums[..kept]);
            }
        }
    }
}

/// The weights with which [`convolve`] (stride 1, padding `kernel - 1 - padding`) takes a gradient back through a convolution of
/// stride 1: input and output change places, taps are mirrored.
pub fn transposed(weights: &Array4<f32>) -> Array4<f32> {
    let (outputs, inputs, height, width) = weights.dim();
    Array4::from_shape_fn((inputs, outputs, height, width), |(i, o, y, x)| weights[[o, i, height - 1 - y, width - 1 - x]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{rngs::StdRng, Rng, SeedableRng};

    type Body = fn(&[f32], &[f32], &[f32], &mut [f32], Columns);

    fn plainly(weights: &Array4<f32>, bias: &[f32], input: &Array3<f32>, stride: usize, padding: usize) -> Array3<f32> {
        let (outputs, inputs, kernel_h, kernel_w) = weights.dim();
        let (_, height, width) = input.dim();
        let side = |side: usize, kernel: usize| (side + 2 * padding - kernel) / stride + 1;
        Array3::from_shape_fn((outputs, side(height, kernel_h), side(width, kernel_w)), |(o, y, x)| {
            let mut sum = bias[o];
            for i in 0..inputs {
                for ky in 0..kernel_h {
                    for kx in 0..kernel_w {
                        let (y, x) = ((y * stride + ky).wrapping_sub(padding), (x * stride + kx).wrapping_sub(padding));
                        let value = input.get([i, y, x]).copied().unwrap_or(0.0);
                        sum += weights[[o, i, ky, kx]] * value;
                    }
                }
            }
            sum
        })
    }

    #[test]
    fn every_width_gives_the_plain_loops_bits() {
        for seed in 0..40 {
            println!("seed {seed}");
            let mut rng = StdRng::seed_from_u64(seed);
            let kernel = [1, 3, 7][rng.random_range(0..3)];
            let (stride, padding) = (rng.random_range(1..=2), rng.random_range(0..=kernel / 2));
            let side = |rng: &mut StdRng| rng.random_range(kernel..kernel + 14);
            let shape = (rng.random_range(1..6), side(&mut rng), side(&mut rng));
            let input = Array3::from_shape_fn(shape, |_| rng.random_range(-1.0..1.0f32));
            let weights = Array4::from_shape_fn((rng.random_range(1..11), shape.0, kernel, kernel), |_| rng.random_range(-1.0..1.0f32));
            let bias: Vec<f32> = (0..weights.dim().0).map(|_| rng.random_range(-1.0..1.0)).collect();
            let expected = plainly(&weights, &bias, &input, stride, padding);
            assert_eq!(convolve(&weights, &bias, input.view(), stride, padding), expected);
        }
    }

    #[test]
    fn narrow_and_wide_vectors_agree() {
        let mut rng = StdRng::seed_from_u64(9);
        let mut random = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0f32)).collect::<Vec<_>>();
        let (filters, bias, panel) = (random(7 * 50), random(7), random(50 * COLUMNS));
        let columns = Columns { first: 0, count: 29, positions: 29 };
        let run = |f: Body| {
            let mut output = vec![0.0; 7 * 29];
            f(&filters, &bias, &panel, &mut output, columns);
            output
        };
        let expected = run(multiply);
        assert_eq!(run(multiply_any::<8>), expected);
        assert_eq!(run(multiply_any::<16>), expected);
        assert_eq!(run(multiply_any::<32>), expected);
    }
}
