//! What is to be classified.

use crate::error::Error;
use crate::model::Model;
use image::RgbImage;
use ndarray::{Array3, ArrayView3};
use net::photo::{self, Pixels, PixelsError, Rgb8};
use std::borrow::Cow;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An image in one of the forms in which callers have them. Reading and decoding is the classifier's affair, on its own threads; what is
/// wrong with an image is the error of its result. A clone shares all bytes.
///
/// ```
/// # use ember::Image;
/// let file = Image::file("cat.jpg");
/// let upload = Image::encoded(vec![0xff, 0xd8]).named("upload.jpg");
/// let pixels = Image::from(ndarray::Array3::<u8>::zeros((480, 640, 3)));
/// # drop((file, upload, pixels));
/// ```
#[derive(Clone)]
pub struct Image {
    kind: Kind,
    name: PathBuf,
}

#[derive(Clone)]
enum Kind {
    File,
    Encoded(Bytes),
    Pixels(Pixels),
    Raw { bytes: Bytes, height: usize, width: usize, format: PixelFormat },
    Shape(PixelsError),
    Unreadable(String),
}

type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// What the bytes of a raw pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
    /// As `Rgb`, and a byte that does not count.
    RgbX,
    /// As `Bgr`, and a byte that does not count.
    BgrX,
    /// One grey byte.
    Gray,
}

impl PixelFormat {
    /// Bytes of one pixel.
    pub fn bytes(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb | Self::Bgr => 3,
            Self::RgbX | Self::BgrX => 4,
        }
    }

    /// Red, green, blue of the bytes of one pixel.
    fn rgb(self, bytes: &[u8]) -> [u8; 3] {
        match self {
            Self::Gray => [bytes[0]; 3],
            Self::Rgb | Self::RgbX => [bytes[0], bytes[1], bytes[2]],
            Self::Bgr | Self::BgrX => [bytes[2], bytes[1], bytes[0]],
        }
    }
}

impl Image {
    fn new(kind: Kind, name: &str) -> Self {
        Self { kind, name: name.into() }
    }

    /// The image file at `path`: JPEG, PNG, WebP, BMP, TIFF, GIF or PNM; its content decides, EXIF orientation is applied.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { kind: Kind::File, name: path.into() }
    }

    /// The bytes of an image file.
    pub fn encoded(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self::new(Kind::Encoded(Arc::new(bytes)), "the encoded image")
    }

    /// Pixels: HWC bytes, red green blue. Of the network's input size they are taken as they are, without a copy; of another one they are
    /// resized in the model's way, as a file's are.
    pub fn pixels(pixels: Pixels) -> Self {
        Self::new(Kind::Pixels(pixels), "the pixels")
    }

    /// `height` rows of `width` pixels in `format`, without anything between them: a frame of a video or a camera.
    pub fn raw(bytes: impl AsRef<[u8]> + Send + Sync + 'static, height: usize, width: usize, format: PixelFormat) -> Self {
        Self::new(Kind::Raw { bytes: Arc::new(bytes), height, width, format }, "the frame")
    }

    /// An image that is known to be missing, and in one sentence why: that is the error of its result, in its place among the others.
    pub fn unreadable(why: impl Into<String>) -> Self {
        Self::new(Kind::Unreadable(why.into()), "the image")
    }

    /// The same image, called `name` in errors. Of a file that is the path too, and stays.
    pub fn named(mut self, name: impl Into<PathBuf>) -> Self {
        if !matches!(self.kind, Kind::File) {
            self.name = name.into();
        }
        self
    }

    /// What errors call it.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// The network's input where the image is that already, and nothing is to be done.
    pub(crate) fn input(&self, model: &Model) -> Option<Pixels> {
        match &self.kind {
            // what is inside a border has another size
            Kind::Pixels(pixels) if pixels.shape() == model.input_shape() && model.preprocessing.border == [0; 4] => Some(pixels.clone()),
            _ => None,
        }
    }

    /// The network's input: HWC bytes of [`Model::input_shape`].
    ///
    /// # Errors
    /// No image, a damaged one, or pixels of a form that no image has; the error names it.
    pub fn load(&self, model: &Model) -> Result<Pixels, Error> {
        if let Some(input) = self.input(model) {
            return Ok(input);
        }
        let [height, width, _] = model.input_shape();
        let input = model.preprocessing.apply(&self.decoded()?, height, width);
        Pixels::try_from(input).map_err(|cause| Error::Pixels { name: self.name.clone(), cause })
    }

    /// The photograph before the model's resize: read and decoded, or the pixels as they are.
    ///
    /// # Errors
    /// As [`Image::load`].
    pub fn decoded(&self) -> Result<Rgb8<Cow<'_, [u8]>>, Error> {
        let name = || self.name.clone();
        match &self.kind {
            Kind::File => Ok(owned(photo::load(&self.name)?)),
            Kind::Encoded(bytes) => Ok(owned(photo::decode(&self.name, (**bytes).as_ref())?)),
            Kind::Pixels(pixels) => Ok(photograph(pixels.image(), Cow::Borrowed)),
            Kind::Raw { bytes, height, width, format } => {
                let image = rgb((**bytes).as_ref(), *height, *width, *format);
                image.map(owned).map_err(|(found, expected)| Error::Raw { name: name(), found, expected })
            }
            Kind::Shape(cause) => Err(Error::Pixels { name: name(), cause: cause.clone() }),
            Kind::Unreadable(why) => Err(Error::Unreadable(why.clone())),
        }
    }
}

fn owned<'a>(image: RgbImage) -> Rgb8<Cow<'a, [u8]>> {
    photograph(image, Cow::Owned)
}

/// The same photograph with its bytes as `held` holds them.
fn photograph<'a, C: Deref<Target = [u8]>>(image: Rgb8<C>, held: impl FnOnce(C) -> Cow<'a, [u8]>) -> Rgb8<Cow<'a, [u8]>> {
    let (width, height) = image.dimensions();
    Rgb8::from_raw(width, height, held(image.into_raw())).expect("an image holds its own size")
}

/// Raw pixels as a photograph, or the bytes that there are and that there should be.
fn rgb(bytes: &[u8], height: usize, width: usize, format: PixelFormat) -> Result<RgbImage, (usize, usize)> {
    let expected = height.saturating_mul(width).saturating_mul(format.bytes());
    let wrong = (bytes.len(), expected);
    let (Ok(columns), Ok(rows)) = (u32::try_from(width), u32::try_from(height)) else { return Err(wrong) };
    if bytes.is_empty() || bytes.len() != expected {
        return Err(wrong);
    }
    let rgb: Vec<u8> = bytes.chunks_exact(format.bytes()).flat_map(|bytes| format.rgb(bytes)).collect();
    RgbImage::from_raw(columns, rows, rgb).ok_or(wrong)
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match &self.kind {
            Kind::File => "file",
            Kind::Encoded(_) => "encoded",
            Kind::Pixels(_) | Kind::Shape(_) => "pixels",
            Kind::Raw { .. } => "raw",
            Kind::Unreadable(_) => "unreadable",
        };
        write!(f, "Image({kind} {})", self.name.display())
    }
}

impl From<PathBuf> for Image {
    fn from(path: PathBuf) -> Self {
        Self::file(path)
    }
}

impl From<&Path> for Image {
    fn from(path: &Path) -> Self {
        Self::file(path)
    }
}

impl From<&str> for Image {
    /// A path.
    fn from(path: &str) -> Self {
        Self::file(path)
    }
}

impl From<Vec<u8>> for Image {
    /// The bytes of an image file.
    fn from(bytes: Vec<u8>) -> Self {
        Self::encoded(bytes)
    }
}

impl From<&'static [u8]> for Image {
    /// The bytes of an image file.
    fn from(bytes: &'static [u8]) -> Self {
        Self::encoded(bytes)
    }
}

impl From<Result<Pixels, PixelsError>> for Image {
    fn from(pixels: Result<Pixels, PixelsError>) -> Self {
        pixels.map_or_else(|why| Self::new(Kind::Shape(why), "the pixels"), Self::pixels)
    }
}

impl From<Pixels> for Image {
    fn from(pixels: Pixels) -> Self {
        Self::pixels(pixels)
    }
}

impl From<Array3<u8>> for Image {
    /// HWC bytes, red green blue; moved.
    fn from(pixels: Array3<u8>) -> Self {
        Pixels::try_from(pixels).into()
    }
}

impl From<ArrayView3<'_, u8>> for Image {
    /// HWC bytes, red green blue; copied once, because devices have threads of their own.
    fn from(pixels: ArrayView3<'_, u8>) -> Self {
        Pixels::try_from(pixels).into()
    }
}

impl From<RgbImage> for Image {
    /// Moved.
    fn from(pixels: RgbImage) -> Self {
        Pixels::try_from(pixels).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_gives_red_green_blue() {
        for (format, bytes) in [
            (PixelFormat::Rgb, vec![1, 2, 3, 4, 5, 6]),
            (PixelFormat::Bgr, vec![3, 2, 1, 6, 5, 4]),
            (PixelFormat::RgbX, vec![1, 2, 3, 9, 4, 5, 6, 9]),
            (PixelFormat::BgrX, vec![3, 2, 1, 9, 6, 5, 4, 9]),
        ] {
            assert_eq!(rgb(&bytes, 1, 2, format).expect("pixels").into_raw(), [1, 2, 3, 4, 5, 6], "{format:?}");
        }
        assert_eq!(rgb(&[7, 8], 2, 1, PixelFormat::Gray).expect("pixels").into_raw(), [7, 7, 7, 8, 8, 8]);
        assert_eq!(rgb(&[7, 8, 9], 2, 1, PixelFormat::Gray), Err((3, 2)));
        assert_eq!(rgb(&[], 0, 5, PixelFormat::Rgb), Err((0, 0)));
    }

    #[test]
    fn the_networks_own_size_is_not_copied_and_another_one_is_resized_as_a_files() {
        let model = Model::embedded();
        let input = model.input(&net::assets::PHOTOGRAPHS[0]);
        let at = input.as_ptr();
        let image = Image::from(input);
        assert_eq!(image.input(&model).map(|pixels| pixels.bytes().as_ptr()), Some(at));
        assert!(Image::from(Array3::zeros((50, 50, 3))).input(&model).is_none() && Image::file("cat.jpg").input(&model).is_none());
        let taken = image.load(&model).expect("pixels");
        assert_eq!(taken.bytes().as_ptr(), at);
        let photograph = net::assets::PHOTOGRAPHS[2];
        let decoded = photo::decode(photograph.name, photograph.bytes).expect("a photograph");
        assert_eq!(Image::from(decoded).load(&model).expect("pixels"), Image::from(photograph.bytes).load(&model).expect("an image"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let model = Model::embedded();
        for (image, says) in [
            (Image::from(Array3::zeros((3, 50, 50))).named("planar"), "planar: the pixels have the shape [3, 50, 50]"),
            (Image::encoded(&b"text"[..]).named("upload"), "upload: this is not an image in a known format"),
            (Image::file("missing.png").named("other"), "missing.png: the image cannot be read"),
            (Image::raw(vec![0; 11], 2, 2, PixelFormat::Rgb), "the frame: the frame has 11 bytes; expected 12"),
            (Image::unreadable("the camera is gone"), "the camera is gone"),
        ] {
            let error = image.load(&model).expect_err(says).to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
