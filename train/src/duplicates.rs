//! Photographs that are in training and, once more or nearly so, in validation: a figure measured on them is too good.
//!
//! The difference hash of Krawetz (2013): a photograph is shrunk to 9 x 8 grey pixels, and a bit says whether a pixel is brighter than the
//! next. It survives another size, compression and small changes of colour. Flat pictures share hashes without being alike, so small
//! thumbnails must be near too.

use image::imageops::{self, FilterType};
use image::RgbImage;
use rayon::prelude::*;

/// Side of the thumbnails that are compared, pixels.
const SIDE: u32 = 16;
/// Most bits of 64 in which near-duplicates differ.
const BITS: u32 = 6;
/// Most mean difference of their thumbnails, steps of a byte.
const DIFFERENCE: u32 = 14;

/// What a photograph looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    hash: u64,
    mirrored: u64,
    /// RGB.
    thumbnail: Vec<u8>,
}

/// Two photographs that are alike: their numbers in the lists that were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// In the first list.
    pub first: usize,
    /// In the second list.
    pub second: usize,
    /// Bits that differ, of 64.
    pub bits: u32,
    /// Whether one is the other's mirror image.
    pub mirrored: bool,
}

impl Look {
    /// Of a photograph.
    pub fn of(photograph: &RgbImage) -> Self {
        let thumbnail = imageops::resize(photograph, SIDE, SIDE, FilterType::Triangle);
        let grey = imageops::grayscale(&imageops::resize(photograph, 9, 8, FilterType::Triangle));
        let hash =
            |at: &dyn Fn(u32, u32) -> u8| (0..64).fold(0u64, |hash, i| hash << 1 | u64::from(at(i % 8, i / 8) > at(i % 8 + 1, i / 8)));
        let (plain, mirrored) = (hash(&|x, y| grey.get_pixel(x, y)[0]), hash(&|x, y| grey.get_pixel(8 - x, y)[0]));
        Self { hash: plain, mirrored, thumbnail: thumbnail.into_raw() }
    }

    /// Bits that differ and whether mirrored, if the two are alike.
    fn like(&self, other: &Self) -> Option<(u32, bool)> {
        let (plain, mirrored) = ((self.hash ^ other.hash).count_ones(), (self.mirrored ^ other.hash).count_ones());
        let alike =
            |bits: u32, mirrored: bool| (bits <= BITS && self.difference(other, mirrored) <= DIFFERENCE).then_some((bits, mirrored));
        alike(plain, false).or_else(|| alike(mirrored, true))
    }

    /// Mean difference of the thumbnails.
    fn difference(&self, other: &Self, mirrored: bool) -> u32 {
        let side = SIDE as usize;
        let place = |i: usize| match mirrored {
            false => i,
            true => (i / 3 / side * side + side - 1 - i / 3 % side) * 3 + i % 3,
        };
        let sum: u32 = self.thumbnail.iter().enumerate().map(|(i, &a)| u32::from(a.abs_diff(other.thumbnail[place(i)]))).sum();
        sum / self.thumbnail.len() as u32
    }
}

/// For every photograph of `first` that is in `second` too, or nearly so, the nearest one there.
pub fn between(first: &[&Look], second: &[&Look]) -> Vec<Pair> {
    let nearest = |(i, look): (usize, &&Look)| {
        let alike = second
            .iter()
            .enumerate()
            .filter_map(|(j, other)| look.like(other).map(|(bits, mirrored)| Pair { first: i, second: j, bits, mirrored }));
        alike.min_by_key(|pair| (pair.bits, pair.second))
    };
    first.par_iter().enumerate().filter_map(nearest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photograph(seed: u32) -> RgbImage {
        // a few broad waves, as photographs have
        let wave = |x: u32, y: u32, k: u32| {
            ((f64::from(x * (seed % 5 + 1 + k)) / 23.0 + f64::from(y * (seed % 3 + 2)) / 17.0 + f64::from(seed)).sin() * 110.0 + 125.0)
                as u8
        };
        RgbImage::from_fn(120, 90, |x, y| image::Rgb([wave(x, y, 0), wave(x, y, 1), wave(y, x, 2)]))
    }

    #[test]
    fn copies_are_found_and_others_are_not() {
        let all: Vec<RgbImage> = (0..30).map(photograph).collect();
        let looks: Vec<Look> = all.iter().map(Look::of).collect();
        let smaller = imageops::resize(&all[7], 64, 48, FilterType::Triangle);
        let mut brighter = all[11].clone();
        imageops::colorops::brighten_in_place(&mut brighter, 6);
        let mirrored = imageops::flip_horizontal(&all[3]);
        let copies: Vec<Look> = [&all[20], &smaller, &brighter, &mirrored].map(Look::of).to_vec();
        let pairs = between(&copies.iter().collect::<Vec<_>>(), &looks.iter().collect::<Vec<_>>());
        assert_eq!(
            pairs.iter().map(|p| (p.first, p.second, p.mirrored)).collect::<Vec<_>>(),
            [(0, 20, false), (1, 7, false), (2, 11, false), (3, 3, true)]
        );
        for (i, a) in looks.iter().enumerate() {
            assert!(looks[i + 1..].iter().all(|b| a.like(b).is_none()), "{i}");
        }
        // flat pictures of different colours share a hash
        let flat = [[0u8; 3], [255; 3]].map(|colour| Look::of(&RgbImage::from_pixel(20, 20, image::Rgb(colour))));
        assert_eq!((flat[0].hash, flat[0].like(&flat[1])), (flat[1].hash, None));
        assert_eq!(Look::of(&RgbImage::new(1, 1)).thumbnail.len(), 768);
    }
}
