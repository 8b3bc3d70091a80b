//! From a photograph to the network's input: data that travels with the model.

use super::resize::{self, Crop, Filter};
use super::Rgb8;
use ndarray::{s, Array3};
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

/// How a photograph becomes the network's input of red, green, blue bytes: resized, cropped in the centre, and where the
/// network wants one, inside a border of one colour.
///
/// An image that already has the size of the part inside the border is taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Preprocessing {
    /// Rows and columns before the crop, pixels; neither below the network's input.
    pub resize: [usize; 2],
    /// What `resize` means for an image of another aspect ratio. Files without it squash.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: Mode,
    /// How pixels are weighted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter: Filter,
    /// The border of the frame above, on the left, below and on the right, pixels: the padding of a convolution that the
    /// engine's first one lacks. Negative: rows or columns that the network never reads are cut off.
    #[serde(default, skip_serializing_if = "is_default")]
    pub border: [i32; 4],
    /// Red, green, blue of the border and of what an image leaves free: what the network takes for 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub colour: [u8; 3],
    /// What the host takes off every logit: the constant that was added to the biases of a classifier without ReLU.
    #[serde(default, skip_serializing_if = "is_default")]
    pub logit_shift: f32,
    /// What the first convolution was folded for. Nothing depends on it any more: it is there to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalisation: Option<Normalised>,
}

/// What is to be known of a folded normalisation: `(byte - mean) / deviation`.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Normalised {
    /// Whether blue is the first channel, not red.
    pub blue_first: bool,
    /// Of each channel in that order, steps of a byte.
    pub mean: [f64; 3],
    /// Of each channel in that order, steps of a byte.
    pub deviation: [f64; 3],
}

/// What a resize does with an image of another aspect ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The aspect ratio is not kept (Caffe, DIGITS's `squash`).
    #[default]
    Squash,
    /// The shorter side becomes the size, the longer one keeps the ratio (torchvision's `Resize`).
    ShorterSide,
    /// The mean of both ratios: half is cropped, half filled (DIGITS's `half_crop`).
    HalfCrop,
    /// The whole image inside the size, the rest filled (letterbox, Pillow's `ImageOps.pad`).
    Fit,
    /// No resize: the centre of the image, filled where it is smaller.
    None,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Where the resized image lies, seen from the part inside the border.
struct Placed {
    /// Rows and columns of the resized image.
    size: [usize; 2],
    /// Row and column of the resized image at the part's upper left corner; negative where that is filled.
    corner: [i64; 2],
}

impl Preprocessing {
    /// The usual squash for a network input of `height` x `width` pixels: 256 for 224 to 256, and
    /// the same share (256 / 227) for other sizes.
    pub fn standard(height: usize, width: usize) -> Self {
        Self::squash([height, width].map(standard_side))
    }

    /// A squash to `resize`, without more.
    pub fn squash(resize: [usize; 2]) -> Self {
        Self {
            resize,
            mode: Mode::Squash,
            filter: Filter::Antialias,
            border: [0; 4],
            colour: [0; 3],
            logit_shift: 0.0,
            normalisation: None,
        }
    }

    /// Rows and columns inside the border, where the frame is `height` x `width`; `None` if nothing is left.
    pub fn inside(&self, height: usize, width: usize) -> Option<[usize; 2]> {
        let [above, left, below, right] = self.border.map(i64::from);
        let side = |whole: usize, border: i64| usize::try_from(i64::try_from(whole).ok()?.checked_sub(border)?).ok().filter(|&s| s > 0);
        Some([side(height, above + below)?, side(width, left + right)?])
    }

    /// Whether an input of `height` x `width` pixels can be cropped out of the resized image.
    pub fn fits(&self, height: usize, width: usize) -> bool {
        let [rows, columns] = self.resize;
        let within = self.border.iter().all(|side| (-64..=64).contains(side)) && self.logit_shift.is_finite();
        within
            && self
                .inside(height, width)
                .is_some_and(|[height, width]| (height..=1 << 14).contains(&rows) && (width..=1 << 14).contains(&columns))
    }

    /// Whether a program that knows squashes only would go wrong with it.
    pub fn is_extended(&self) -> bool {
        Self { normalisation: None, ..*self } != Self::squash(self.resize)
    }

    /// The network's input: `height` x `width` x 3 bytes, red green blue.
    ///
    /// # Panics
    /// When the input does not fit (see [`Preprocessing::fits`]; a loaded model always does).
    pub fn apply<C: Deref<Target = [u8]>>(&self, image: &Rgb8<C>, height: usize, width: usize) -> Array3<u8> {
        assert!(self.fits(height, width), "a {height}x{width} crop does not fit {:?}", self.resize);
        let [rows, columns] = self.inside(height, width).unwrap_or([height, width]);
        let inside = if image.dimensions() == (columns as u32, rows as u32) {
            Array3::from_shape_vec((rows, columns, 3), image.as_raw().to_vec()).expect("an image holds its own size")
        } else {
            self.resized(image, rows, columns)
        };
        self.framed(inside, height, width)
    }

    /// `inside` with its border.
    fn framed(&self, inside: Array3<u8>, height: usize, width: usize) -> Array3<u8> {
        if self.border == [0; 4] {
            return inside;
        }
        let corner = [-self.border[0], -self.border[1]].map(i64::from);
        self.pasted(&inside, corner, height, width)
    }

    /// A `height` x `width` map of `part`, whose pixel at `corner` comes first, filled where it has none.
    fn pasted(&self, part: &Array3<u8>, corner: [i64; 2], height: usize, width: usize) -> Array3<u8> {
        let mut whole = Array3::from_shape_fn((height, width, 3), |(_, _, c)| self.colour[c]);
        let (rows, columns) = (overlap(corner[0], part.dim().0, height), overlap(corner[1], part.dim().1, width));
        let from = part.slice(s![rows.from..rows.from + rows.count, columns.from..columns.from + columns.count, ..]);
        whole.slice_mut(s![rows.to..rows.to + rows.count, columns.to..columns.to + columns.count, ..]).assign(&from);
        whole
    }

    fn resized<C: Deref<Target = [u8]>>(&self, image: &Rgb8<C>, rows: usize, columns: usize) -> Array3<u8> {
        let Placed { size, corner } = self.place([image.height() as usize, image.width() as usize], [rows, columns]);
        let (down, across) = (overlap(corner[0], size[0], rows), overlap(corner[1], size[1], columns));
        let crop = Crop { top: down.from, left: across.from, height: down.count, width: across.count };
        let part = match self.mode {
            _ if down.count == 0 || across.count == 0 => return Array3::from_shape_fn((rows, columns, 3), |(_, _, c)| self.colour[c]),
            Mode::None => resize::cut(image, crop),
            _ => resize::resize(image, size, crop, self.filter),
        };
        if (crop.height, crop.width) == (rows, columns) {
            return part;
        }
        self.pasted(&part, [-(down.to as i64), -(across.to as i64)], rows, columns)
    }

    /// Where an image of `image` rows and columns goes for an input of `wanted` ones.
    fn place(&self, image: [usize; 2], wanted: [usize; 2]) -> Placed {
        let [rows, columns] = self.resize;
        let size = match self.mode {
            Mode::Squash => [rows, columns],
            Mode::ShorterSide => {
                let [height, width] = image;
                let longer = |short: usize, long: usize, size: usize| (size as u64 * long as u64 / short.max(1) as u64) as usize;
                if width <= height {
                    [longer(width, height, columns).max(rows.min(columns)), columns]
                } else {
                    [rows, longer(height, width, rows).max(rows.min(columns))]
                }
            }
            Mode::HalfCrop => half_crop(image, self.resize),
            Mode::Fit => fit(image, self.resize),
            Mode::None => image,
        };
        // half a pixel rounds to the even offset, as in pipelines around Pillow; DIGITS rounds it away from 0
        let middle = |larger: usize, smaller: usize| {
            let half = (larger as f64 - smaller as f64) / 2.0;
            (if self.mode == Mode::HalfCrop { half.round() } else { half.round_ties_even() }) as i64
        };
        // these two put the image in the middle of a canvas, cut or filled, and crop that
        let canvas = if matches!(self.mode, Mode::HalfCrop | Mode::Fit) { self.resize } else { size };
        let crop = |i: usize| ((canvas[i] as f64 - wanted[i] as f64) / 2.0).round_ties_even() as i64;
        Placed { size, corner: [0, 1].map(|i| middle(size[i], canvas[i]) + crop(i)) }
    }

    /// The way in words, for an input of `height` x `width` pixels.
    pub fn describe(&self, height: usize, width: usize) -> String {
        let [rows, columns] = self.inside(height, width).unwrap_or([height, width]);
        let size =
            if self.resize[0] == self.resize[1] { self.resize[0].to_string() } else { format!("{}x{}", self.resize[0], self.resize[1]) };
        let mut text = match self.mode {
            Mode::Squash if self.resize == [rows, columns] => format!("direct ({})", self.filter),
            Mode::None => "none".into(),
            mode => format!("{mode}:{size} ({})", self.filter),
        };
        text += &format!(", crop {rows}x{columns} in the centre");
        let [red, green, blue] = self.colour;
        if self.border.iter().any(|&side| side > 0) {
            let border = self.border.map(|side| side.to_string()).join(", ");
            text += &format!(", border {border} (above, left, below, right) of colour {red}, {green}, {blue}");
        } else if matches!(self.mode, Mode::HalfCrop | Mode::Fit | Mode::None) {
            text += &format!(", filled with {red}, {green}, {blue}");
        }
        let [_, _, below, right] = self.border.map(|side| -side.min(0));
        if below + right > 0 {
            text += &format!(", less {below} rows below and {right} columns on the right that the network does not read");
        }
        text
    }
}

/// The side that photographs are squashed to for an input's.
fn standard_side(input: usize) -> usize {
    if (224..=256).contains(&input) {
        256
    } else {
        (input * 256).div_ceil(227)
    }
}

/// As DIGITS computes it (`digits/utils/image.py`).
fn half_crop(image: [usize; 2], [rows, columns]: [usize; 2]) -> [usize; 2] {
    let [height, width] = image.map(|side| side as f64);
    let (across, down) = (width / columns as f64, height / rows as f64);
    if across == down {
        return [rows, columns];
    }
    let ratio = (across + down) / 2.0;
    let side = |length: f64| ((length / ratio).round_ties_even() as i64).max(1);
    let (mut height, mut width) = (side(height), side(width));
    // what is filled is as wide on both sides
    if across > down && (rows as i64 - height) % 2 != 0 {
        height += 1;
    } else if across < down && (columns as i64 - width) % 2 != 0 {
        width += 1;
    }
    [height as usize, width as usize]
}

/// As Pillow's `ImageOps.contain` computes it.
fn fit([height, width]: [usize; 2], [rows, columns]: [usize; 2]) -> [usize; 2] {
    let share = |part: usize, whole: usize, side: usize| (part as f64 / whole as f64 * side as f64).round_ties_even().max(1.0) as usize;
    if width * rows > height * columns {
        [share(height, width, columns).min(rows), columns]
    } else {
        [rows, share(width, height, rows).min(columns)]
    }
}

/// Pixels along one side that a part and a whole have in common.
struct Overlap {
    /// First one in the part.
    from: usize,
    /// First one in the whole.
    to: usize,
    count: usize,
}

/// Of a part of `part` pixels and a whole of `whole`, where the whole begins at the part's pixel `corner`.
fn overlap(corner: i64, part: usize, whole: usize) -> Overlap {
    let (from, to) = (corner.max(0) as usize, (-corner).max(0) as usize);
    Overlap { from: from.min(part), to: to.min(whole), count: part.saturating_sub(from).min(whole.saturating_sub(to)) }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Squash => "squash",
            Self::ShorterSide => "shorter-side",
            Self::HalfCrop => "half-crop",
            Self::Fit => "fit",
            Self::None => "none",
        })
    }
}

impl fmt::Display for Normalised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: [f64; 3]| {
            let [a, b, c] = values.map(|v| format!("{}", (v * 1e4).round() / 1e4));
            if a == b && b == c {
                a
            } else {
                format!("{a}, {b}, {c}")
            }
        };
        let order = if self.blue_first { "blue, green, red (BGR)" } else { "red, green, blue (RGB)" };
        let scale = list(self.deviation.map(|d| d.recip()));
        write!(f, "{order}, mean {}, deviation {} (scale {scale})", list(self.mean), list(self.deviation))
    }
}

/// A resize as it is asked for: `MODE[:SIZE][:FILTER]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    mode: Mode,
    /// Nothing: the usual size of the mode.
    size: Option<usize>,
    /// The size is that of the input.
    direct: bool,
    filter: Filter,
}

impl Default for Resize {
    fn default() -> Self {
        Self { mode: Mode::Squash, size: None, direct: false, filter: Filter::Antialias }
    }
}

impl FromStr for Resize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected squash, shorter-side, direct, half-crop, fit or none, then perhaps :SIZE and \
                                :antialias, :bicubic, :bilinear or :nearest, for example shorter-side:256:bicubic";
        let mut parts = text.split(':');
        let mut resize = Self::default();
        (resize.mode, resize.direct) = match parts.next() {
            Some("squash") => (Mode::Squash, false),
            Some("direct") => (Mode::Squash, true),
            Some("shorter-side") => (Mode::ShorterSide, false),
            Some("half-crop") => (Mode::HalfCrop, false),
            Some("fit") => (Mode::Fit, true),
            Some("none") => (Mode::None, true),
            _ => return Err(EXPECTED.into()),
        };
        for part in parts {
            match part.parse::<usize>() {
                Ok(size) if resize.size.is_none() && (1..=1 << 14).contains(&size) && resize.mode != Mode::None => {
                    resize.size = Some(size);
                    resize.direct = false;
                }
                Ok(_) => return Err(EXPECTED.into()),
                Err(_) => resize.filter = part.parse().map_err(|()| EXPECTED)?,
            }
        }
        Ok(resize)
    }
}

impl Resize {
    /// For an input of `height` x `width` pixels inside the border.
    ///
    /// # Errors
    /// A size below the input's.
    pub fn preprocessing(self, height: usize, width: usize) -> Result<Preprocessing, String> {
        let (shorter, longer) = (height.min(width), height.max(width));
        let resize = match self.size {
            Some(size) if height == width => [size; 2],
            // the size is the shorter side's
            Some(size) => [height, width].map(|side| if side == shorter { size } else { (size * longer).div_ceil(shorter) }),
            None if self.direct => [height, width],
            None => [height, width].map(standard_side),
        };
        let made = Preprocessing { mode: self.mode, filter: self.filter, ..Preprocessing::squash(resize) };
        if !made.fits(height, width) {
            return Err(format!(
                "--resize to {} does not hold the network's input of {height}x{width} pixels; give a larger size",
                resize[0]
            ));
        }
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    #[test]
    fn the_networks_own_size_is_taken_as_it_is() {
        let image = RgbImage::from_fn(5, 4, |x, y| image::Rgb([x as u8, y as u8, 9]));
        let input = Preprocessing::standard(4, 5).apply(&image, 4, 5);
        assert_eq!(input.shape(), [4, 5, 3]);
        assert_eq!((input[[3, 2, 0]], input[[3, 2, 1]], input[[3, 2, 2]]), (2, 3, 9));
    }

    #[test]
    fn any_size_is_squashed_and_cropped() {
        for (width, height) in [(1, 1), (4096, 16), (300, 227)] {
            let image = RgbImage::from_pixel(width, height, image::Rgb([1, 128, 255]));
            let input = Preprocessing::standard(227, 227).apply(&image, 227, 227);
            assert_eq!(input.shape(), [227, 227, 3]);
            assert!(input.outer_iter().all(|row| row.outer_iter().all(|p| p.to_vec() == [1, 128, 255])));
        }
    }

    #[test]
    fn standard_squash_is_256_for_both_published_inputs() {
        assert_eq!(Preprocessing::standard(227, 224).resize, [256, 256]);
        assert!(Preprocessing::standard(1, 33).fits(1, 33));
    }

    #[test]
    fn every_mode_gives_the_input_for_every_shape() {
        for text in ["squash:40", "shorter-side:40:bicubic", "direct:nearest", "half-crop:40", "fit", "fit:50:bilinear", "none"] {
            let resize: Resize = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            let made = Preprocessing { colour: [7, 8, 9], ..resize.preprocessing(31, 31).expect("it fits") };
            for (width, height) in [(1, 1), (900, 3), (3, 900), (31, 31), (40, 90), (33, 20)] {
                let image = RgbImage::from_pixel(width, height, image::Rgb([1, 128, 255]));
                let input = made.apply(&image, 31, 31);
                assert_eq!(input.dim(), (31, 31, 3), "{text}");
                let allowed = |p: ndarray::ArrayView1<u8>| p.to_vec() == [1, 128, 255] || p.to_vec() == [7, 8, 9];
                assert!(input.rows().into_iter().all(allowed), "{text}: {width}x{height}");
                // the image is in the centre; one row of it may lie half a pixel beside
                let centre = input.slice(s![14..17, 14..17, ..]);
                let mut pixels = centre.rows().into_iter();
                assert!(pixels.any(|p| p.to_vec() == [1, 128, 255]), "{text}: {width}x{height}");
            }
        }
        for wrong in ["", "crop", "squash:0", "squash:256:256", "none:5", "squash:x"] {
            assert!(wrong.parse::<Resize>().is_err(), "{wrong}");
        }
        assert!("squash:30".parse::<Resize>().expect("a resize").preprocessing(31, 31).is_err());
    }

    #[test]
    fn a_border_lies_round_the_image_and_a_negative_one_cuts() {
        let image = RgbImage::from_fn(5, 4, |x, y| image::Rgb([x as u8, y as u8, 9]));
        let framed = Preprocessing { border: [1, 2, 0, -1], colour: [50, 60, 70], ..Preprocessing::squash([4, 5]) };
        assert_eq!(framed.inside(5, 6), Some([4, 5]));
        let input = framed.apply(&image, 5, 6);
        for ((y, x, c), &byte) in input.indexed_iter() {
            let expected = if y < 1 || x < 2 { framed.colour[c] } else { image.get_pixel(x as u32 - 2, y as u32 - 1)[c] };
            assert_eq!(byte, expected, "{y} {x} {c}");
        }
        assert!(!Preprocessing { border: [100, 0, 0, 0], ..framed }.fits(200, 6));
    }

    #[test]
    fn plain_squashes_are_written_as_they_always_were() {
        let plain = Preprocessing::standard(227, 227);
        assert_eq!(serde_json::to_string(&plain).expect("JSON"), r#"{"resize":[256,256]}"#);
        assert_eq!(serde_json::from_str::<Preprocessing>(r#"{"resize":[256,256]}"#).expect("JSON"), plain);
        assert!(!plain.is_extended());
        let other = Preprocessing { mode: Mode::HalfCrop, filter: Filter::Bicubic, border: [3; 4], ..plain };
        assert!(other.is_extended());
        let text = serde_json::to_string(&other).expect("JSON");
        assert_eq!(serde_json::from_str::<Preprocessing>(&text).expect("JSON"), other, "{text}");
    }

    #[test]
    fn sizes_are_those_of_the_frameworks() {
        let place = |mode: &str, image: [usize; 2]| {
            let made = mode.parse::<Resize>().expect("a mode").preprocessing(227, 227).expect("it fits");
            let placed = made.place(image, [227, 227]);
            (placed.size, placed.corner)
        };
        // torchvision.transforms.Resize(256) and CenterCrop(227)
        assert_eq!(place("shorter-side:256", [375, 500]), ([256, 341], [14, 57]));
        assert_eq!(place("shorter-side:256", [500, 375]), ([341, 256], [57, 14]));
        // ImageOps.pad to 256, then the crop
        assert_eq!(place("fit:256", [375, 500]), ([192, 256], [14 - 32, 14]));
        // DIGITS: ratios 500/256 and 375/256, mean 1.709
        assert_eq!(place("half-crop:256", [375, 500]), ([220, 293], [14 - 18, 14 + 19]));
    }
}
