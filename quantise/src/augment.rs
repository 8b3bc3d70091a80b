//! Calibration inputs from photographs; of a few photographs many, so that they show what more would.

use image::{imageops, RgbImage};
use ndarray::{s, Array3, ArrayViewMut3};
use net::photo::{self, ImageError, Preprocessing};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use std::path::PathBuf;

/// Inputs that calibration aims at: a set of photographs that has fewer with its mirror images gets variants.
pub const INPUTS: usize = 200;
/// Most variants of a photograph beside itself and its mirror image: one photograph does not become a set.
const MOST_VARIANTS: usize = 30;
/// Least part of a photograph's side that a variant shows.
const LEAST_SIDE: f64 = 0.5;
/// Contrast and the strength of each colour are changed by factors from `1 - x` to `1 + x`.
const CONTRAST: f64 = 0.3;
const COLOUR: f64 = 0.15;

/// How many variants of each of `images` photographs are made, beside it and its mirror image.
pub fn variants(images: usize) -> usize {
    INPUTS.div_ceil(images.max(1)).saturating_sub(2).min(MOST_VARIANTS)
}

/// The inputs (HWC bytes) of every file in turn: itself, mirrored, and `variants` changed ones. The same files give the same inputs, on any
/// number of threads. `done` is called after every file.
///
/// # Errors
/// A file that is no whole image.
pub fn inputs(
    files: &[PathBuf],
    preprocessing: &Preprocessing,
    size: [usize; 2],
    variants: usize,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Array3<u8>>, ImageError> {
    let numbered: Vec<(usize, &PathBuf)> = files.iter().enumerate().collect();
    let of_file = |(seed, path): (usize, &PathBuf)| {
        let found = of_photograph(&photo::load(path)?, preprocessing, size, variants, seed as u64);
        done();
        Ok(found)
    };
    let all: Vec<Vec<Array3<u8>>> = numbered.into_par_iter().map(of_file).collect::<Result<_, _>>()?;
    Ok(all.into_iter().flatten().collect())
}

fn of_photograph(
    photograph: &RgbImage,
    preprocessing: &Preprocessing,
    [height, width]: [usize; 2],
    variants: usize,
    seed: u64,
) -> Vec<Array3<u8>> {
    let input = preprocessing.apply(photograph, height, width);
    let mut mirrored = input.clone();
    mirror(&mut mirrored, preprocessing);
    let mut all = vec![input, mirrored];
    let mut rng = StdRng::seed_from_u64(seed);
    for i in 0..variants {
        let mut input = preprocessing.apply(&piece(photograph, &mut rng), height, width);
        if i % 2 == 0 {
            mirror(&mut input, preprocessing);
        }
        recolour(&mut input, preprocessing, &mut rng);
        all.push(input);
    }
    all
}

/// A piece of a photograph, of half of each side or more, at a random place.
pub(crate) fn piece(photograph: &RgbImage, rng: &mut StdRng) -> RgbImage {
    let side = |rng: &mut StdRng, whole: u32| ((f64::from(whole) * rng.random_range(LEAST_SIDE..1.0)) as u32).max(1);
    let (columns, rows) = (side(rng, photograph.width()), side(rng, photograph.height()));
    let left = rng.random_range(0..=photograph.width() - columns);
    let top = rng.random_range(0..=photograph.height() - rows);
    imageops::crop_imm(photograph, left, top, columns, rows).to_image()
}

/// `input` without its border, which stands for a convolution's padding and stays as it is.
fn picture<'a>(input: &'a mut Array3<u8>, preprocessing: &Preprocessing) -> ArrayViewMut3<'a, u8> {
    let [above, left, below, right] = preprocessing.border.map(|side| side.max(0) as usize);
    let (height, width, _) = input.dim();
    input.slice_mut(s![above..height - below, left..width - right, ..])
}

/// Left and right exchanged.
pub fn mirror(input: &mut Array3<u8>, preprocessing: &Preprocessing) {
    let mut picture = picture(input, preprocessing);
    let turned = picture.slice(s![.., ..;-1, ..]).to_owned();
    picture.assign(&turned);
}

/// Another contrast round the mean, and another strength of every colour.
fn recolour(input: &mut Array3<u8>, preprocessing: &Preprocessing, rng: &mut StdRng) {
    let mut input = picture(input, preprocessing);
    let contrast = rng.random_range(1.0 - CONTRAST..1.0 + CONTRAST);
    let sum: u64 = input.iter().map(|&v| u64::from(v)).sum();
    let mean = sum as f64 / input.len().max(1) as f64;
    for mut plane in input.axis_iter_mut(ndarray::Axis(2)) {
        let strength = rng.random_range(1.0 - COLOUR..1.0 + COLOUR);
        plane.mapv_inplace(|v| ((mean + (f64::from(v) - mean) * contrast) * strength).round().clamp(0.0, 255.0) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_photographs_get_many_variants_and_many_none() {
        assert_eq!([1, 6, 13, 50, 100, 1000].map(variants), [30, 30, 14, 2, 0, 0]);
    }

    #[test]
    fn a_border_stays() {
        let photograph = RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
        let colour = [9, 80, 200];
        let preprocessing = Preprocessing { border: [0, 1, 3, 2], colour, ..Preprocessing::standard(32, 32) };
        let found = of_photograph(&photograph, &preprocessing, [32, 32], 6, 1);
        for input in &found {
            for ((y, x, c), v) in input.indexed_iter() {
                assert!((y < 29 && (1..30).contains(&x)) || *v == colour[c], "{y} {x}");
            }
        }
        assert_eq!(found[1].slice(s![..29, 1..30, ..]), found[0].slice(s![..29, 1..30;-1, ..]));
        assert_ne!(found[2], found[3]);
    }

    #[test]
    fn variants_are_inputs_and_the_same_every_time() {
        for (width, height) in [(1, 1), (300, 20), (640, 480)] {
            let photograph = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
            let preprocessing = Preprocessing::standard(227, 227);
            let found = of_photograph(&photograph, &preprocessing, [227, 227], 5, 7);
            assert_eq!(found.len(), 7);
            assert!(found.iter().all(|input| input.shape() == [227, 227, 3]));
            assert_eq!(found, of_photograph(&photograph, &preprocessing, [227, 227], 5, 7));
            assert_eq!(found[1], found[0].slice(s![.., ..;-1, ..]));
        }
    }
}
