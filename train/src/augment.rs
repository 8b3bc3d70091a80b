//! A photograph changed at random: a piece of it, mirrored, in other colours. The pixels are the crate `image`'s work.

use image::imageops::{self, colorops};
use image::RgbImage;
use rand::rngs::StdRng;
use rand::Rng;
use serde::{Deserialize, Serialize};

/// What may be changed, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Augmentation {
    /// Least part of each side that is kept, 0 to 1; 1 keeps the whole photograph.
    pub crop: f64,
    /// Whether left and right may change places.
    pub flip: bool,
    /// How far brightness and contrast go, in percent; the hue goes as many tenths of a degree.
    pub colour: f64,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self { crop: 0.7, flip: true, colour: 20.0 }
    }
}

impl Augmentation {
    /// A changed copy of `photograph`, by the numbers of `rng`.
    pub fn apply(self, photograph: &RgbImage, rng: &mut StdRng) -> RgbImage {
        let mut side = |whole: u32| {
            let kept = ((f64::from(whole) * rng.random_range(self.crop..=1.0)).round() as u32).clamp(1, whole);
            (rng.random_range(0..=whole - kept), kept)
        };
        let ((left, width), (top, height)) = (side(photograph.width()), side(photograph.height()));
        let mut piece = imageops::crop_imm(photograph, left, top, width, height).to_image();
        if self.flip && rng.random_bool(0.5) {
            imageops::flip_horizontal_in_place(&mut piece);
        }
        if self.colour > 0.0 {
            let mut amount = |most: f64| rng.random_range(-most..=most);
            let (brightness, contrast, hue) = (amount(2.55 * self.colour), amount(self.colour), amount(self.colour / 10.0));
            colorops::brighten_in_place(&mut piece, brightness as i32);
            colorops::contrast_in_place(&mut piece, contrast as f32);
            colorops::huerotate_in_place(&mut piece, hue as i32);
        }
        piece
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{random, Use};

    #[test]
    fn changed_as_far_as_allowed_and_the_same_for_the_same_numbers() {
        let photograph = RgbImage::from_fn(40, 30, |x, y| image::Rgb([6 * x as u8, 8 * y as u8, (x * y) as u8]));
        let plain = Augmentation { crop: 1.0, flip: false, colour: 0.0 };
        assert_eq!(plain.apply(&photograph, &mut random(1, Use::Augmentation, [0, 0])), photograph);
        let mut sizes = std::collections::HashSet::new();
        for i in 0..50 {
            let draw = || Augmentation::default().apply(&photograph, &mut random(1, Use::Augmentation, [i, 0]));
            let found = draw();
            assert_eq!(found, draw());
            assert!((28..=40).contains(&found.width()) && (21..=30).contains(&found.height()), "{:?}", found.dimensions());
            sizes.insert(found.dimensions());
        }
        assert!(sizes.len() > 20);
        for side in [1, 2] {
            let tiny = Augmentation::default().apply(&RgbImage::new(side, 1), &mut random(1, Use::Augmentation, [0, 0]));
            assert!(tiny.width() >= 1 && tiny.height() == 1);
        }
    }
}
