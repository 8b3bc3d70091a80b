//! Second moments of a convolution's inputs over calibration images: what reconstruction minimises against.

use ndarray::{Array2, Array3, ArrayView3};
use net::model::QuantConv;

/// Positions of one map that are looked at: neighbours are nearly alike, so a large map needs no more.
const MOST_POSITIONS: usize = 512;
/// Columns of one product: sums of so many products of two bytes are exact in 24 bits.
const EXACT: usize = 256;

/// How a convolution reads its input map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Side of the filter.
    pub kernel: usize,
    /// Step of the filter.
    pub stride: usize,
    /// Zeros around the map.
    pub padding: usize,
}

/// Parts of a byte's step in which a float map is taken: whole numbers, whose sums are exact.
const PARTS: f64 = 256.0;

/// Sums over positions of the inputs `x` of the original network and `y` of the compressed one; both are columns of
/// `n` bytes (or of float values in a byte's steps) in the order input channel, tap. Sums are whole numbers and exact, so the
/// order of adding does not matter.
#[derive(Clone, Debug)]
pub struct Moments {
    /// Positions.
    pub count: f64,
    /// Sum of `x`, `n`.
    pub original: Vec<f64>,
    /// Sum of `y`, `n`.
    pub compressed: Vec<f64>,
    /// Sum of `y y^T`, n x n.
    pub gram: Array2<f64>,
    /// Sum of `x y^T`, n x n.
    pub cross: Array2<f64>,
}

impl Moments {
    /// Nothing seen yet of a convolution with `n` inputs a position.
    pub fn new(n: usize) -> Self {
        Self { count: 0.0, original: vec![0.0; n], compressed: vec![0.0; n], gram: Array2::zeros((n, n)), cross: Array2::zeros((n, n)) }
    }

    /// Adds one image's maps (CHW): the layer's input in the original and in the compressed network.
    pub fn add(&mut self, original: ArrayView3<u8>, compressed: ArrayView3<u8>, window: Window, image: usize) {
        let positions = positions(original.dim(), window, image);
        for block in positions.chunks(EXACT) {
            let y = patches(compressed, window, block, f32::from);
            let same = original == compressed;
            let x = if same { y.clone() } else { patches(original, window, block, f32::from) };
            let gram = y.dot(&y.t());
            self.gram.zip_mut_with(&gram, |sum, &v| *sum += f64::from(v));
            let cross = if same { gram } else { x.dot(&y.t()) };
            self.cross.zip_mut_with(&cross, |sum, &v| *sum += f64::from(v));
            for (sums, patches) in [(&mut self.original, &x), (&mut self.compressed, &y)] {
                sums.iter_mut().zip(patches.outer_iter()).for_each(|(sum, row)| *sum += f64::from(row.sum()));
            }
            self.count += block.len() as f64;
        }
    }

    /// As [`Moments::add`], where the original map is a float network's; `inverse` holds how many steps a real 1 is, one a channel.
    pub fn add_float(&mut self, original: ArrayView3<f32>, inverse: &[f64], compressed: ArrayView3<u8>, window: Window, image: usize) {
        let mut parts = Array3::zeros(original.dim());
        for ((mut to, from), inverse) in parts.outer_iter_mut().zip(original.outer_iter()).zip(inverse) {
            to.zip_mut_with(&from, |to, &from| *to = (f64::from(from) * inverse * PARTS).round());
        }
        for block in positions(original.dim(), window, image).chunks(EXACT) {
            let bytes = patches(compressed, window, block, f32::from);
            let gram = bytes.dot(&bytes.t());
            self.gram.zip_mut_with(&gram, |sum, &v| *sum += f64::from(v));
            let (x, y) = (patches(parts.view(), window, block, |v: f64| v), bytes.mapv(f64::from));
            self.cross.scaled_add(1.0 / PARTS, &x.dot(&y.t()));
            self.original.iter_mut().zip(x.outer_iter()).for_each(|(sum, row)| *sum += row.sum() / PARTS);
            self.compressed.iter_mut().zip(y.outer_iter()).for_each(|(sum, row)| *sum += row.sum());
            self.count += block.len() as f64;
        }
    }

    /// Adds what was seen elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        for (to, from) in [(&mut self.original, &other.original), (&mut self.compressed, &other.compressed)] {
            to.iter_mut().zip(from).for_each(|(sum, v)| *sum += v);
        }
        self.gram += &other.gram;
        self.cross += &other.cross;
    }
}

/// Rows and columns of some output positions, spread evenly; other images see others.
fn positions((_, height, width): (usize, usize, usize), window: Window, image: usize) -> Vec<(usize, usize)> {
    let side = |input: usize| (input + 2 * window.padding - window.kernel) / window.stride + 1;
    let (rows, columns) = (side(height), side(width));
    let all = rows * columns;
    let taken = all.min(MOST_POSITIONS);
    let phase = image * 7919 % all.div_ceil(taken);
    (0..taken).map(|i| (i * all / taken + phase).min(all - 1)).map(|p| (p / columns, p % columns)).collect()
}

/// The inputs at `positions`, one a column: n x positions.
fn patches<T: Copy, N: Default + Clone>(
    map: ArrayView3<T>,
    window: Window,
    positions: &[(usize, usize)],
    number: impl Fn(T) -> N,
) -> Array2<N> {
    let (channels, height, width) = map.dim();
    let Window { kernel, stride, padding } = window;
    let mut all = Array2::from_elem((channels * kernel * kernel, positions.len()), N::default());
    for (column, &(row_out, column_out)) in positions.iter().enumerate() {
        for ky in 0..kernel {
            let Some(y) = (row_out * stride + ky).checked_sub(padding).filter(|&y| y < height) else { continue };
            for kx in 0..kernel {
                let Some(x) = (column_out * stride + kx).checked_sub(padding).filter(|&x| x < width) else { continue };
                for c in 0..channels {
                    all[[(c * kernel + ky) * kernel + kx, column]] = number(map[[c, y, x]]);
                }
            }
        }
    }
    all
}

/// The weights of a convolution as a matrix: output channels x inputs (input channel, tap), times `scales`.
pub fn matrix(conv: &QuantConv, scales: &[f32]) -> Array2<f64> {
    let outputs = conv.bias.len();
    let n = conv.weights.len() / outputs.max(1);
    let real = conv.weights.outer_iter().zip(scales).flat_map(|(filter, &s)| {
        let s = f64::from(s);
        filter.iter().map(|&w| f64::from(w) * s).collect::<Vec<_>>()
    });
    Array2::from_shape_vec((outputs, n), real.collect()).expect("a filter has n weights")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_convolution_itself() {
        let map = Array3::from_shape_fn((2, 6, 5), |(c, y, x)| (c * 91 + y * 37 + x * 11) as u8);
        for window in [
            Window { kernel: 3, stride: 1, padding: 1 },
            Window { kernel: 1, stride: 1, padding: 0 },
            Window { kernel: 3, stride: 2, padding: 0 },
        ] {
            let n = 2 * window.kernel * window.kernel;
            let mut moments = Moments::new(n);
            moments.add(map.view(), map.view(), window, 3);
            let weights =
                ndarray::Array4::from_shape_fn((1, 2, window.kernel, window.kernel), |(_, c, y, x)| (c * 5 + y * 3 + x) as i8 - 4);
            // a requantisation by 1 shows the sums that are in 0 to 255; the shift makes them so
            let flat: Vec<f64> = weights.iter().map(|&w| f64::from(w)).collect();
            let conv = QuantConv { weights, bias: vec![1 << 14], multiplier: vec![2], shift: vec![8] };
            let out = net::reference::convolve(&conv, map.view(), window.stride, window.padding);
            assert_eq!(moments.count as usize, out.len());
            let sum: f64 = flat.iter().zip(&moments.compressed).map(|(w, s)| w * s).sum();
            let found = sum / 128.0 + 128.0 * moments.count;
            let expected: f64 = out.iter().map(|&v| f64::from(v)).sum();
            assert!((found - expected).abs() <= 0.5 * moments.count, "{found} {expected}");
            assert_eq!(moments.gram, moments.cross);
            assert_eq!(moments.gram, moments.gram.t());
        }
    }

    #[test]
    fn a_float_map_of_whole_steps_counts_as_its_bytes() {
        let map = |factor: usize| Array3::from_shape_fn((2, 6, 5), |(c, y, x)| ((c * 91 + y * 37 + x * 11) * factor) as u8);
        let (original, compressed) = (map(1), map(3));
        let window = Window { kernel: 3, stride: 1, padding: 1 };
        let (mut bytes, mut floats) = (Moments::new(18), Moments::new(18));
        bytes.add(original.view(), compressed.view(), window, 5);
        let real = Array3::from_shape_fn(original.dim(), |at| f32::from(original[at]) * [0.5, 4.0][at.0]);
        floats.add_float(real.view(), &[2.0, 0.25], compressed.view(), window, 5);
        assert_eq!((floats.count, &floats.original, &floats.compressed), (bytes.count, &bytes.original, &bytes.compressed));
        assert_eq!((floats.gram, floats.cross), (bytes.gram, bytes.cross));
    }
}
