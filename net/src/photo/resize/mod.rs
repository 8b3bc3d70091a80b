//! Squash and crop in one step: an antialiased triangle filter over red, green, blue bytes.
//!
//! The arithmetic is that of the crate `image` (`imageops::resize` with `FilterType::Triangle`), operation for
//! operation: rows first, then columns, sums in 32-bit floats from the lowest tap to the highest. So every byte is the
//! same (a test compares them), whatever vector instructions are used: they work on several pixels at once and
//! never change the order within one sum. It is faster because pixels outside the crop are not computed, taps of
//! weight 0 are left out, rows are vectors, and pixels are taken by twos.

mod filter;
mod pair;

pub use filter::{resize, Filter};

use crate::photo::Rgb8;
use ndarray::Array3;
use pair::{Pair, Portable};
use std::ops::{Deref, Range};
use wide::{f32x8, i16x8, u8x16};

/// Floats kept behind a row, so that its last pixel can be read as four and written as eight, and its last bytes rounded as
/// sixteen.
const SLACK: usize = 16;

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
pub fn triangle<C: Deref<Target = [u8]>>(image: &Rgb8<C>, size: [usize; 2], crop: Crop) -> Array3<u8> {
    let Crop { top, left, height, width } = crop;
    assert!(!image.is_empty() && top + height <= size[0] && left + width <= size[1], "{crop:?} of {size:?}");
    let (columns, rows) = (image.width() as usize, image.height() as usize);
    let vertical = Axis::new(rows, size[0], top, height);
    let horizontal = Columns::new(&Axis::new(columns, size[1], left, width));
    let mut bytes = vec![0; height * width * 3];
    let (mut row, mut sums) = (vec![0.0; 3 * (columns + horizontal.taps) + SLACK], vec![0.0; 3 * width + SLACK]);
    let pass = Pass { image: image.as_raw(), stride: 3 * columns, horizontal: &horizontal };
    for (taps, out) in vertical.iter().zip(bytes.chunks_exact_mut(width * 3)) {
        pass.run(taps, &mut row, &mut sums, out);
    }
    Array3::from_shape_vec((height, width, 3), bytes).expect("the length is the product of the shape")
}

/// The part `crop` of `image` itself: HWC bytes.
///
/// # Panics
/// A crop that is not inside the image.
pub fn cut<C: Deref<Target = [u8]>>(image: &Rgb8<C>, crop: Crop) -> Array3<u8> {
    Array3::from_shape_fn((crop.height, crop.width, 3), |(y, x, c)| image.get_pixel((crop.left + x) as u32, (crop.top + y) as u32)[c])
}

/// The weighted input pixels of one output pixel, along one axis.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Taps<'a> {
    /// Input pixel of the first weight.
    first: usize,
    weights: &'a [f32],
}

/// The taps of consecutive output pixels.
struct Axis {
    /// Input pixel of the first weight, and where the weights are, for each output pixel.
    taps: Vec<(usize, Range<usize>)>,
    weights: Vec<f32>,
}

impl Axis {
    /// Output pixels `start..start + count` of `outputs`, from `inputs` input pixels.
    fn new(inputs: usize, outputs: usize, start: usize, count: usize) -> Self {
        let (mut taps, mut weights) = (Vec::with_capacity(count), Vec::with_capacity(count * (2 * inputs.div_ceil(outputs) + 1)));
        for at in start..start + count {
            let begun = weights.len();
            let first = push_taps(inputs, outputs, at, &mut weights);
            taps.push((first, begun..weights.len()));
        }
        Self { taps, weights }
    }

    fn iter(&self) -> impl Iterator<Item = Taps<'_>> {
        self.taps.iter().map(|(first, range)| Taps { first: *first, weights: &self.weights[range.clone()] })
    }
}

/// Adds the weights of output pixel `at` of `outputs`, from `inputs` input pixels; the input pixel of the first one.
fn push_taps(inputs: usize, outputs: usize, at: usize, weights: &mut Vec<f32>) -> usize {
    let ratio = inputs as f32 / outputs as f32;
    let scale = ratio.max(1.0);
    let centre = (at as f32 + 0.5) * ratio;
    let first = ((centre - scale).floor() as i64).clamp(0, inputs as i64 - 1);
    let end = ((centre + scale).ceil() as i64).clamp(first + 1, inputs as i64);
    let kernel = |i: i64| (1.0 - ((i as f32 - (centre - 0.5)) / scale).abs()).max(0.0);
    let sum = (first..end).map(kernel).fold(0.0, |sum, w| sum + w);
    let weight = |i: i64| kernel(i) / sum;
    // a product with 0 adds nothing, in floats neither
    let start = (first..end - 1).find(|&i| weight(i) != 0.0).unwrap_or(end - 1);
    let stop = (start + 1..end).rev().find(|&i| weight(i) != 0.0).map_or(start + 1, |last| last + 1);
    weights.extend((start..stop).map(weight));
    start as usize
}

/// The taps of a row of output pixels, two pixels side by side, equally many for each: the missing ones have weight 0,
/// which adds nothing, and a loop of constant length is one that the CPU predicts.
struct Columns {
    taps: usize,
    /// Input pixel of the first weight of two output pixels; of an odd number of pixels the last one is there twice.
    firsts: Vec<[usize; 2]>,
    /// `taps` times four equal weights of the left pixel and four of the right one, for each two output pixels.
    weights: Vec<[f32; 8]>,
    /// Input pixels that are needed, the missing taps' left out.
    inputs: Range<usize>,
}

impl Columns {
    fn new(axis: &Axis) -> Self {
        let taps = axis.iter().map(|taps| taps.weights.len()).max().unwrap_or(1);
        let start = axis.iter().map(|taps| taps.first).min().unwrap_or(0);
        let end = axis.iter().map(|taps| taps.first + taps.weights.len()).max().unwrap_or(0);
        let pairs = axis.taps.len().div_ceil(2);
        let (mut firsts, mut weights) = (Vec::with_capacity(pairs), Vec::with_capacity(taps * pairs));
        let mut all = axis.iter();
        while let Some(one) = all.next() {
            let other = all.next().unwrap_or(one);
            let weight = |taps: &Taps, tap: usize| taps.weights.get(tap).copied().unwrap_or(0.0);
            firsts.push([one.first, other.first]);
            weights.extend((0..taps).map(|tap| {
                let (one, other) = (weight(&one, tap), weight(&other, tap));
                [one, one, one, one, other, other, other, other]
            }));
        }
        Self { taps, firsts, weights, inputs: start..end }
    }

    /// The weighted sums of `row`, in which finite numbers follow the last pixel.
    #[inline(always)]
    fn apply<V: Pair>(&self, row: &[f32], sums: &mut [f32]) {
        match self.taps {
            2 => self.apply_all::<V, _>(self.weights.as_chunks::<2>().0, row, sums),
            3 => self.apply_all::<V, _>(self.weights.as_chunks::<3>().0, row, sums),
            4 => self.apply_all::<V, _>(self.weights.as_chunks::<4>().0, row, sums),
            5 => self.apply_all::<V, _>(self.weights.as_chunks::<5>().0, row, sums),
            taps => self.apply_each::<V, _>(self.weights.chunks_exact(taps), row, sums),
        }
    }

    #[inline(always)]
    fn apply_all<V: Pair, const TAPS: usize>(&self, weights: &[[[f32; 8]; TAPS]], row: &[f32], sums: &mut [f32]) {
        self.apply_each::<V, _>(weights.iter(), row, sums);
    }

    #[inline(always)]
    fn apply_each<V: Pair, W: AsRef<[[f32; 8]]>>(&self, weights: impl Iterator<Item = W>, row: &[f32], sums: &mut [f32]) {
        for ((&firsts, weights), at) in self.firsts.iter().zip(weights).zip((0..).step_by(6)) {
            let weights = weights.as_ref();
            let [one, other] = firsts.map(|first| &row[3 * first..][..3 * weights.len() + 1]);
            let mut sum = V::zero();
            for (tap, weights) in weights.iter().enumerate() {
                sum = sum.plus_product(&one[3 * tap..], &other[3 * tap..], weights);
            }
            // a fourth lane is the next pixel's red, and is written over by the next pixel
            sum.store(&mut sums[at..]);
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
    fn run(&self, taps: Taps, row: &mut [f32], sums: &mut [f32], out: &mut [u8]) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the CPU has AVX2, the only thing that this function asks for.
            return unsafe { self.run_avx2(taps, row, sums, out) };
        }
        self.run_portable(taps, row, sums, out);
    }

    /// [`Pass::run_portable`] with wider vectors.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn run_avx2(&self, taps: Taps, row: &mut [f32], sums: &mut [f32], out: &mut [u8]) {
        self.run_with::<pair::Avx2>(taps, row, sums, out);
    }

    fn run_portable(&self, taps: Taps, row: &mut [f32], sums: &mut [f32], out: &mut [u8]) {
        self.run_with::<Portable>(taps, row, sums, out);
    }

    #[inline(always)]
    fn run_with<V: Pair>(&self, taps: Taps, row: &mut [f32], sums: &mut [f32], out: &mut [u8]) {
        self.vertical(taps, row);
        self.horizontal.apply::<V>(row, sums);
        round_row(sums, out);
    }

    #[inline(always)]
    fn vertical(&self, taps: Taps, row: &mut [f32]) {
        let Range { start, end } = self.horizontal.inputs;
        let needed = 3 * start..3 * end;
        let input = |tap: usize| &self.image[(taps.first + tap) * self.stride..][needed.clone()];
        let row = &mut row[needed.clone()];
        // sums stay in registers for the usual reductions by less than two
        match *taps.weights {
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
    let (bytes, rest) = out.as_chunks_mut::<16>();
    let sixteens = sums.as_chunks::<16>().0;
    for (bytes, sums) in bytes.iter_mut().zip(sixteens) {
        *bytes = round(sums);
    }
    rest.copy_from_slice(&round(&sixteens[bytes.len()])[..rest.len()]);
}

/// Halves away from zero, as `f32::round`, for what rounds to a byte; below 0 and above 255 saturate.
#[inline(always)]
fn round(values: &[f32; 16]) -> [u8; 16] {
    /// With 0.5 itself, the sum of the float below 0.5 would round up to 1.
    const NEARLY_HALF: f32 = 0.5f32.next_down();
    let [low, high] = [0, 8].map(|at| {
        let values = f32x8::new(std::array::from_fn(|i| values[at + i]));
        i16x8::from_i32x8_saturate((values + f32x8::splat(NEARLY_HALF)).fast_trunc_int())
    });
    u8x16::narrow_i16x8(low, high).to_array()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops::{self, FilterType};
    use image::RgbImage;
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
        // an odd number of columns, so that one pixel has no neighbour
        let horizontal = Columns::new(&Axis::new(211, 63, 0, 63));
        let pass = Pass { image: image.as_raw(), stride: 3 * 211, horizontal: &horizontal };
        let vertical = Axis::new(97, 64, 0, 64);
        for (y, taps) in vertical.iter().enumerate() {
            let mut row = vec![0.0; 3 * (211 + horizontal.taps) + SLACK];
            let (mut one, mut other, mut sums) = ([0; 189], [0; 189], vec![0.0; 189 + SLACK]);
            pass.run(taps, &mut row, &mut sums, &mut one);
            pass.run_portable(taps, &mut row, &mut sums, &mut other);
            assert_eq!(one, other, "row {y}");
        }
    }

    #[test]
    fn rounding_is_that_of_floats_near_every_half() {
        for whole in 0..256 {
            for half in [whole as f32, whole as f32 + 0.5] {
                for value in [half, half.next_down(), half.next_up()] {
                    assert_eq!(round(&[value; 16]), [value.clamp(0.0, 255.0).round() as u8; 16], "{value}");
                }
            }
        }
    }
}
