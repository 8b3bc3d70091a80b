//! Squash and crop in one step: an antialiased triangle filter over red, green, blue bytes.
//!
//! The arithmetic is that of the crate `image` (`imageops::resize` with `FilterType::Triangle`), operation for
//! operation: rows first, then columns, sums in 32-bit floats from the lowest tap to the highest. So every byte is the
//! same (a test compares them), whatever vector instructions are used: they work on several pixels at once and
//! never change the order within one sum. It is faster because pixels outside the crop are not computed, taps of
//! weight 0 are left out, and rows are vectors.

use image::RgbImage;
use ndarray::Array3;
use wide::{f32x4, f32x8};

/// Floats kept behind a row, so that its last pixel can be read and written as four, and its last bytes rounded as eight.
const SLACK: usize = 8;

/// A part of the resized image, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// First row.
    pub top: usize,
    /// First column.
    pub left: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// Resizes `image` to `size` (rows, columns) with a triangle filter and gives the part `crop` of it: HWC bytes.
///
/// # Panics
/// An image without pixels, or a crop that is not inside `size`.
pub fn triangle(image: &RgbImage, size: [usize; 2], crop: Crop) -> Array3<u8> {
    let Crop { top, left, height, width } = crop;
    assert!(!image.is_empty() && top + height <= size[0] && left + width <= size[1], "{crop:?} of {size:?}");
    let (columns, rows) = (image.width() as usize, image.height() as usize);
    let vertical: Vec<Taps> = (top..top + height).map(|y| Taps::new(rows, size[0], y)).collect();
    let horizontal = Columns::new(columns, size[1], left, width);
    let mut bytes = vec![0; height * width * 3];
    let (mut row, mut sums) = (vec![0.0; 3 * (columns + horizontal.taps) + SLACK], vec![0.0; 3 * width + SLACK]);
    let pass = Pass { image: image.as_raw(), stride: 3 * columns, horizontal: &horizontal };
    for (taps, out) in vertical.iter().zip(bytes.chunks_exact_mut(width * 3)) {
        pass.run(taps, &mut row, &mut sums, out);
    }
    Array3::from_shape_vec((height, width, 3), bytes).expect("the length is the product of the shape")
}

/// The weighted input pixels of one output pixel, along one axis.
#[derive(Clone, Debug, PartialEq)]
struct Taps {
    /// Input pixel of the first weight.
    first: usize,
    weights: Vec<f32>,
}

impl Taps {
    /// Output pixel `at` of `outputs`, from `inputs` input pixels.
    fn new(inputs: usize, outputs: usize, at: usize) -> Self {
        let ratio = inputs as f32 / outputs as f32;
        let scale = ratio.max(1.0);
        let centre = (at as f32 + 0.5) * ratio;
        let first = ((centre - scale).floor() as i64).clamp(0, inputs as i64 - 1);
        let end = ((centre + scale).ceil() as i64).clamp(first + 1, inputs as i64);
        let kernel = |i: i64| (1.0 - ((i as f32 - (centre - 0.5)) / scale).abs()).max(0.0);
        let mut weights: Vec<f32> = (first..end).map(kernel).collect();
        let sum = weights.iter().fold(0.0, |sum, w| sum + w);
        weights.iter_mut().for_each(|w| *w /= sum);
        // a product with 0 adds nothing, in floats neither
        let leading = weights.iter().take_while(|&&w| w == 0.0).count().min(weights.len() - 1);
        weights.drain(..leading);
        while weights.len() > 1 && weights.last() == Some(&0.0) {
            weights.pop();
        }
        Self { first: first as usize + leading, weights }
    }
}

/// The taps of a row of output pixels, equally many for each: the missing ones have weight 0, which adds nothing,
/// and a loop of constant length is one that the CPU predicts.
struct Columns {
    taps: usize,
    /// Input pixel of the first weight, for each output pixel.
    firsts: Vec<usize>,
    /// `taps` weights for each output pixel.
    weights: Vec<f32>,
}

impl Columns {
    /// Output pixels `left..left + count` of `outputs`, from `inputs` input pixels.
    fn new(inputs: usize, outputs: usize, left: usize, count: usize) -> Self {
        let all: Vec<Taps> = (left..left + count).map(|x| Taps::new(inputs, outputs, x)).collect();
        let taps = all.iter().map(|taps| taps.weights.len()).max().unwrap_or(1);
        let padded = |t: &Taps| t.weights.iter().copied().chain(std::iter::repeat_n(0.0, taps - t.weights.len())).collect::<Vec<_>>();
        Self { taps, firsts: all.iter().map(|t| t.first).collect(), weights: all.iter().flat_map(padded).collect() }
    }

    /// The weighted sums of `row`, in which zeros follow the last pixel.
    #[inline(always)]
    fn apply(&self, row: &[f32], sums: &mut [f32]) {
        match self.taps {
            2 => self.apply_all(self.weights.as_chunks::<2>().0, row, sums),
            3 => self.apply_all(self.weights.as_chunks::<3>().0, row, sums),
            4 => self.apply_all(self.weights.as_chunks::<4>().0, row, sums),
            5 => self.apply_all(self.weights.as_chunks::<5>().0, row, sums),
            taps => self.apply_each(self.weights.chunks_exact(taps), row, sums),
        }
    }

    #[inline(always)]
    fn apply_all<const TAPS: usize>(&self, weights: &[[f32; TAPS]], row: &[f32], sums: &mut [f32]) {
        self.apply_each(weights.iter(), row, sums);
    }

    #[inline(always)]
    fn apply_each<W: AsRef<[f32]>>(&self, weights: impl Iterator<Item = W>, row: &[f32], sums: &mut [f32]) {
        for ((&first, weights), at) in self.firsts.iter().zip(weights).zip((0..).step_by(3)) {
            let weights = weights.as_ref();
            let inputs = &row[3 * first..][..3 * weights.len() + 1];
            // the fourth lane is the next pixel's red, and is written over by the next pixel
            let mut sum = f32x4::ZERO;
            for (tap, &w) in weights.iter().enumerate() {
                let p = &inputs[3 * tap..][..4];
                sum += f32x4::new([p[0], p[1], p[2], p[3]]) * f32x4::splat(w);
            }
            sums[at..][..4].copy_from_slice(&sum.to_array());
        }
    }
}

/// What all output rows have in common.
struct Pass<'a> {
    image: &'a [u8],
    /// Bytes of an input row.
    stride: usize,
    horizontal: &'a Columns,
}

impl Pass<'_> {
    /// One output row: `taps` of the input rows into `row`, columns of that into `sums`, and these rounded into `out`.
    fn run(&self, taps: &Taps, row: &mut [f32], sums: &mut [f32], out: &mut [u8]) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the CPU has AVX2, the only thing that this function asks for.
            return unsafe { self.run_avx2(taps, row, sums, out) };
        }
        self.run_portable(taps, row, sums, out);
    }

    /// [`Pass::run_portable`], compiled for wider vectors.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn run_avx2(&self, taps: &Taps, row: &mut [f32], sums: &mut [f32], out: &mut [u8]) {
        self.run_portable(taps, row, sums, out);
    }

    #[inline(always)]
    fn run_portable(&self, taps: &Taps, row: &mut [f32], sums: &mut [f32], out: &mut [u8]) {
        self.vertical(taps, row);
        self.horizontal.apply(row, sums);
        round_row(sums, out);
    }

    #[inline(always)]
    fn vertical(&self, taps: &Taps, row: &mut [f32]) {
        let input = |tap: usize| &self.image[(taps.first + tap) * self.stride..][..self.stride];
        let row = &mut row[..self.stride];
        // sums stay in registers for the usual reductions by less than two
        match *taps.weights.as_slice() {
            [a] => row.iter_mut().zip(input(0)).for_each(|(r, &p)| *r = f32::from(p) * a),
            [a, b] => {
                let inputs = input(0).iter().zip(input(1));
                row.iter_mut().zip(inputs).for_each(|(r, (&p, &q))| *r = f32::from(p) * a + f32::from(q) * b);
            }
            [a, b, c] => {
                let inputs = input(0).iter().zip(input(1)).zip(input(2));
                let sum = |((&p, &q), &s): ((&u8, &u8), &u8)| f32::from(p) * a + f32::from(q) * b + f32::from(s) * c;
                row.iter_mut().zip(inputs).for_each(|(r, pixels)| *r = sum(pixels));
            }
            _ => {
                row.fill(0.0);
                for (tap, &w) in taps.weights.iter().enumerate() {
                    row.iter_mut().zip(input(tap)).for_each(|(r, &p)| *r += f32::from(p) * w);
                }
            }
        }
    }
}

/// Sums to bytes.
#[inline(always)]
fn round_row(sums: &[f32], out: &mut [u8]) {
    let (bytes, rest) = out.as_chunks_mut::<8>();
    let eights = sums.as_chunks::<8>().0;
    for (bytes, &sums) in bytes.iter_mut().zip(eights) {
        *bytes = round(sums);
    }
    rest.copy_from_slice(&round(eights[bytes.len()])[..rest.len()]);
}

/// Halves away from zero, as `f32::round`, for what rounds to a byte; below 0 and above 255 saturate.
#[inline(always)]
fn round(values: [f32; 8]) -> [u8; 8] {
    /// With 0.5 itself, the sum of the float below 0.5 would round up to 1.
    const NEARLY_HALF: f32 = 0.5f32.next_down();
    let values = f32x8::new(values).fast_max(f32x8::ZERO).fast_min(f32x8::splat(255.0));
    (values + f32x8::splat(NEARLY_HALF)).fast_trunc_int().to_array().map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops::{self, FilterType};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn expected(image: &RgbImage, size: [usize; 2], crop: Crop) -> Array3<u8> {
        let resized = imageops::resize(image, size[1] as u32, size[0] as u32, FilterType::Triangle);
        Array3::from_shape_fn((crop.height, crop.width, 3), |(y, x, c)| resized.get_pixel((crop.left + x) as u32, (crop.top + y) as u32)[c])
    }

    fn noise(random: &mut StdRng, width: u32, height: u32) -> RgbImage {
        // extremes beside ordinary values: black and white meet the saturation
        let extreme = random.random_bool(0.3);
        RgbImage::from_fn(width, height, |_, _| {
            image::Rgb(std::array::from_fn(|_| if extreme { 255 * random.random_range(0..2) } else { random.random() }))
        })
    }

    #[test]
    fn every_byte_is_that_of_the_image_crate() {
        for seed in 0..150 {
            println!("seed {seed}");
            let mut random = StdRng::seed_from_u64(seed);
            let side = |random: &mut StdRng| if random.random_bool(0.2) { random.random_range(1..4) } else { random.random_range(1..300) };
            let (width, height) = (side(&mut random), side(&mut random));
            let image = noise(&mut random, width, height);
            let size = [random.random_range(1..200), random.random_range(1..200)];
            let crop = Crop { top: random.random_range(0..size[0]), left: random.random_range(0..size[1]), height: 1, width: 1 };
            let crop = Crop { height: size[0] - crop.top, width: size[1] - crop.left, ..crop };
            assert_eq!(triangle(&image, size, crop), expected(&image, size, crop), "{width}x{height} to {size:?}, {crop:?}");
        }
    }

    #[test]
    fn usual_sizes_give_the_same_bytes_too() {
        let mut random = StdRng::seed_from_u64(1);
        for (width, height) in [(500, 375), (375, 500), (256, 256), (256, 100), (227, 300), (1, 1), (4096, 16), (16, 2500)] {
            let image = noise(&mut random, width, height);
            let crop = Crop { top: 14, left: 14, height: 227, width: 227 };
            assert_eq!(triangle(&image, [256, 256], crop), expected(&image, [256, 256], crop), "{width}x{height}");
        }
    }

    #[test]
    fn with_and_without_wide_vectors_bytes_are_the_same() {
        let image = noise(&mut StdRng::seed_from_u64(2), 211, 97);
        let horizontal = Columns::new(211, 64, 0, 64);
        let pass = Pass { image: image.as_raw(), stride: 3 * 211, horizontal: &horizontal };
        for y in 0..64 {
            let taps = Taps::new(97, 64, y);
            let mut row = vec![0.0; 3 * (211 + horizontal.taps) + SLACK];
            let (mut one, mut other, mut sums) = ([0; 192], [0; 192], vec![0.0; 192 + SLACK]);
            pass.run(&taps, &mut row, &mut sums, &mut one);
            pass.run_portable(&taps, &mut row, &mut sums, &mut other);
            assert_eq!(one, other, "row {y}");
        }
    }

    #[test]
    fn rounding_is_that_of_floats_near_every_half() {
        for whole in 0..256 {
            for half in [whole as f32, whole as f32 + 0.5] {
                for value in [half, half.next_down(), half.next_up()] {
                    assert_eq!(round([value; 8]), [value.clamp(0.0, 255.0).round() as u8; 8], "{value}");
                }
            }
        }
    }
}
