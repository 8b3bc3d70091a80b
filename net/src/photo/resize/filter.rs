//! Filters besides the antialiased triangle, as the frameworks have them: columns first, then rows.

use super::{triangle, Crop};
use crate::photo::Rgb8;
use ndarray::Array3;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

/// How input pixels are weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// A triangle as wide as the reduction: Pillow's and torchvision's `BILINEAR`.
    #[default]
    Antialias,
    /// A cubic (a = -1/2) as wide as the reduction: Pillow's and torchvision's `BICUBIC`.
    Bicubic,
    /// The four neighbours, whatever the reduction: OpenCV's `INTER_LINEAR`, Keras's and TensorFlow's `bilinear`.
    Bilinear,
    /// One pixel: Pillow's `NEAREST`, the default of Keras's `load_img`.
    Nearest,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Antialias => "antialias",
            Self::Bicubic => "bicubic",
            Self::Bilinear => "bilinear",
            Self::Nearest => "nearest",
        })
    }
}

impl FromStr for Filter {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [Self::Antialias, Self::Bicubic, Self::Bilinear, Self::Nearest];
        all.into_iter().find(|filter| filter.to_string() == text).ok_or(())
    }
}

/// Resizes `image` to `size` (rows, columns) and gives the part `crop` of it: HWC bytes.
///
/// # Panics
/// An image without pixels, or a crop that is not inside `size`.
pub fn resize<C: Deref<Target = [u8]>>(image: &Rgb8<C>, size: [usize; 2], crop: Crop, filter: Filter) -> Array3<u8> {
    if filter == Filter::Antialias {
        return triangle(image, size, crop);
    }
    let Crop { top, left, height, width } = crop;
    assert!(!image.is_empty() && top + height <= size[0] && left + width <= size[1], "{crop:?} of {size:?}");
    let (rows, columns) = (image.height() as usize, image.width() as usize);
    let down: Vec<Taps> = (top..top + height).map(|at| filter.taps(rows, size[0], at)).collect();
    let across: Vec<Taps> = (left..left + width).map(|at| filter.taps(columns, size[1], at)).collect();
    let first = down.iter().map(|taps| taps.first).min().unwrap_or(0);
    let end = down.iter().map(|taps| taps.first + taps.weights.len()).max().unwrap_or(0);
    // Pillow keeps bytes between its passes (columns first before version 13), so a cubic's overshoot ends there
    let between = |sum: f64| if filter == Filter::Bicubic { round(sum) } else { sum };
    let pixels: &[u8] = image.as_raw();
    let mut narrow = vec![0.0; (end - first) * width * 3];
    for (y, row) in (first..end).zip(narrow.chunks_exact_mut((width * 3).max(1))) {
        let input = &pixels[3 * y * columns..][..3 * columns];
        for (taps, pixel) in across.iter().zip(row.chunks_exact_mut(3)) {
            for (c, out) in pixel.iter_mut().enumerate() {
                *out = between(taps.sum(|i| f64::from(input[3 * i + c])));
            }
        }
    }
    Array3::from_shape_fn((height, width, 3), |(y, x, c)| {
        let sum = down[y].sum(|i| narrow[((i - first) * width + x) * 3 + c]);
        round(sum) as u8
    })
}

/// To the nearest byte, halves up.
fn round(sum: f64) -> f64 {
    (sum + 0.5).floor().clamp(0.0, 255.0)
}

/// The weighted input pixels of one output pixel, along one axis.
struct Taps {
    first: usize,
    weights: Vec<f64>,
}

impl Taps {
    fn sum(&self, input: impl Fn(usize) -> f64) -> f64 {
        self.weights.iter().zip(self.first..).map(|(w, i)| w * input(i)).sum()
    }
}

impl Filter {
    /// Those of output pixel `at` of `outputs`, from `inputs` input pixels.
    fn taps(self, inputs: usize, outputs: usize, at: usize) -> Taps {
        let ratio = inputs as f64 / outputs as f64;
        let centre = (at as f64 + 0.5) * ratio;
        if self == Self::Nearest {
            return Taps { first: (centre.floor() as usize).min(inputs - 1), weights: vec![1.0] };
        }
        let (scale, reach) = if self == Self::Bicubic { (ratio.max(1.0), 2.0 * ratio.max(1.0)) } else { (1.0, 1.0) };
        // as Pillow numbers them
        let first = ((centre - reach + 0.5).floor().max(0.0) as usize).min(inputs - 1);
        let end = ((centre + reach + 0.5).floor().max(0.0) as usize).clamp(first + 1, inputs);
        let weight = |i: usize| self.kernel((i as f64 + 0.5 - centre) / scale);
        let weights: Vec<f64> = (first..end).map(weight).collect();
        let sum: f64 = weights.iter().sum();
        // beyond an edge the last pixel counts alone
        if sum.abs() < 1e-9 {
            let weights = weights.iter().enumerate().map(|(i, _)| f64::from(u8::from(i == 0))).collect();
            return Taps { first, weights };
        }
        Taps { first, weights: weights.into_iter().map(|w| w / sum).collect() }
    }

    fn kernel(self, x: f64) -> f64 {
        let x = x.abs();
        match self {
            Self::Bicubic if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Self::Bicubic if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Self::Bicubic => 0.0,
            _ => (1.0 - x).max(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    #[test]
    fn a_constant_stays_and_its_own_size_changes_nothing() {
        let noise = RgbImage::from_fn(17, 11, |x, y| image::Rgb([(x * 41 + y * 83) as u8, (x * y) as u8, 255 - x as u8]));
        for filter in [Filter::Antialias, Filter::Bicubic, Filter::Bilinear, Filter::Nearest] {
            let whole = Crop { top: 0, left: 0, height: 11, width: 17 };
            assert_eq!(resize(&noise, [11, 17], whole, filter).into_raw_vec_and_offset().0, *noise.as_raw(), "{filter}");
            let flat = RgbImage::from_pixel(17, 11, image::Rgb([3, 200, 255]));
            for size in [[1, 1], [5, 40], [60, 3]] {
                let all = resize(&flat, size, Crop { top: 0, left: 0, height: size[0], width: size[1] }, filter);
                assert!(all.rows().into_iter().all(|p| p.to_vec() == [3, 200, 255]), "{filter} {size:?}");
            }
        }
    }
}
