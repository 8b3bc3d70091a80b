//! Photographs to bytes: decodes the common formats, always to 8-bit red, green, blue.
//!
//! Grey, palette, 16-bit, alpha and CMYK images are converted: 16 bits scale to 8, alpha is dropped
//! (as Pillow's `convert("RGB")` does), CMYK goes through the decoder's own conversion, and the
//! orientation that a camera wrote into EXIF is applied. An invalid orientation is left alone.

use super::jpeg::{self, JpegError};
use super::Foreign;
use crate::text::{cause as words, shown};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Most bytes that decoding one image may allocate: 178 million RGB pixels, the limit that Pillow has too.
const MAX_ALLOCATION: u64 = 512 << 20;
/// Longest side of an image, pixels.
const MAX_SIDE: u32 = 1 << 16;
/// Extensions that [`is_image_name`] takes for images.
const EXTENSIONS: [&str; 21] = [
    "apng", "bmp", "dib", "gif", "jfi", "jfif", "jif", "jpe", "jpeg", "jpg", "pam", "pbm", "pgm", "pjp", "pjpeg", "png", "pnm", "ppm",
    "tif", "tiff", "webp",
];

/// Why a file gave no image.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ImageError {
    /// The file cannot be opened or read.
    #[error("{}: the image cannot be read ({cause}); check the path and its permissions", shown(path))]
    Read { path: PathBuf, cause: std::io::Error },
    /// The bytes are of no known image format.
    #[error("{}: this is not an image in a known format; expected JPEG, PNG, WebP, BMP, TIFF, GIF or PNM", shown(path))]
    Format { path: PathBuf },
    /// A format that is known and not decoded.
    #[error("{}: {format} is not supported; expected JPEG, PNG, WebP, BMP, TIFF, GIF or PNM: {remedy}", shown(path))]
    Unsupported { path: PathBuf, format: String, remedy: &'static str },
    /// A rare form of a format that is decoded.
    #[error("{}: this form of {format} is not supported ({cause}); convert it to PNG or to an ordinary JPEG", shown(path))]
    UnsupportedForm { path: PathBuf, format: String, cause: String },
    /// The file is larger than what is decoded.
    #[error("{}: the image claims more pixels than are decoded (512 MiB, {MAX_SIDE} on a side); make it smaller first", shown(path))]
    TooLarge { path: PathBuf },
    /// A picture without pixels.
    #[error("{}: the image has no pixels; expected at least one row and one column", shown(path))]
    NoPixels { path: PathBuf },
    /// The file ends before the picture does.
    #[error("{}: the JPEG ends before its picture does (no end-of-image marker); the file was cut short, copy it again", shown(path))]
    Truncated { path: PathBuf },
    /// The decoder gave up.
    #[error("{}: the image is damaged or cut short ({}); copy it again or convert it to PNG", shown(path), words(cause))]
    Damaged { path: PathBuf, cause: image::ImageError },
    /// The decoder of JPEG gave up.
    #[error("{}: the image is damaged or cut short ({}); copy it again or convert it to PNG", shown(path), words(cause))]
    DamagedJpeg { path: PathBuf, cause: zune_jpeg::errors::DecodeErrors },
}

impl ImageError {
    /// The file, as it was named.
    pub fn path(&self) -> &Path {
        match self {
            Self::Read { path, .. }
            | Self::Format { path }
            | Self::Unsupported { path, .. }
            | Self::UnsupportedForm { path, .. }
            | Self::TooLarge { path }
            | Self::NoPixels { path }
            | Self::Truncated { path }
            | Self::Damaged { path, .. }
            | Self::DamagedJpeg { path, .. } => path,
        }
    }
}

/// Reads and decodes the image file at `path`, upright, as 8-bit RGB. The content decides the format, not the name.
///
/// # Errors
/// A file that cannot be read, is no image, is damaged, cut short or too large; the error names the file.
pub fn load(path: &Path) -> Result<RgbImage, ImageError> {
    let bytes = std::fs::read(path).map_err(|cause| ImageError::Read { path: path.into(), cause })?;
    decode(path, &bytes)
}

/// Decodes an image held in memory, upright, as 8-bit RGB; `name` is what errors call it.
///
/// # Errors
/// Bytes that are no image, damaged, cut short or too large.
pub fn decode(name: impl AsRef<Path>, bytes: &[u8]) -> Result<RgbImage, ImageError> {
    let path = || name.as_ref().to_path_buf();
    if jpeg::is_jpeg(bytes) {
        return jpeg::decode(bytes, MAX_ALLOCATION).map_err(|error| match error {
            JpegError::Truncated => ImageError::Truncated { path: path() },
            JpegError::TooLarge => ImageError::TooLarge { path: path() },
            JpegError::Damaged(cause @ zune_jpeg::errors::DecodeErrors::Unsupported(_)) => {
                ImageError::UnsupportedForm { path: path(), format: "JPEG".into(), cause: words(&cause) }
            }
            JpegError::Damaged(cause) => ImageError::DamagedJpeg { path: path(), cause },
        });
    }
    if let Some(format) = foreign(name.as_ref(), bytes) {
        return Err(ImageError::Unsupported { path: path(), format: format.name().into(), remedy: format.remedy() });
    }
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|cause| ImageError::Read { path: path(), cause })?;
    let Some(format) = reader.format() else {
        return Err(match Foreign::by_name(name.as_ref()) {
            // it has no signature
            Some(format @ Foreign::Tga) if !bytes.is_empty() => {
                ImageError::Unsupported { path: path(), format: format.name().into(), remedy: format.remedy() }
            }
            _ => ImageError::Format { path: path() },
        });
    };
    if !format.reading_enabled() {
        return Err(ImageError::Unsupported { path: path(), format: format_name(format), remedy: "convert it to PNG or JPEG" });
    }
    let mut limits = Limits::default();
    (limits.max_alloc, limits.max_image_width, limits.max_image_height) = (Some(MAX_ALLOCATION), Some(MAX_SIDE), Some(MAX_SIDE));
    reader.limits(limits);
    let decoded = (|| {
        let mut decoder = reader.into_decoder()?;
        let orientation = decoder.orientation()?;
        let mut image = DynamicImage::from_decoder(decoder)?;
        image.apply_orientation(orientation);
        Ok(image.into_rgb8())
    })();
    let image: RgbImage = decoded.map_err(|cause| match cause {
        image::ImageError::Limits(_) => ImageError::TooLarge { path: path() },
        image::ImageError::Unsupported(cause) => {
            ImageError::UnsupportedForm { path: path(), format: format_name(format), cause: words(&cause) }
        }
        cause => ImageError::Damaged { path: path(), cause },
    })?;
    if image.is_empty() {
        return Err(ImageError::NoPixels { path: path() });
    }
    Ok(image)
}

/// The format of `bytes` when it is one that is not decoded. Cameras' raw files that look like plain TIFF would give
/// their small preview: their name decides.
fn foreign(path: &Path, bytes: &[u8]) -> Option<Foreign> {
    let raw = matches!(bytes.get(..4), Some(b"II*\0" | b"MM\0*")) && Foreign::by_name(path) == Some(Foreign::Raw);
    if raw {
        return Some(Foreign::Raw);
    }
    Foreign::by_content(bytes)
}

/// The ending of a format's name, as people write it.
fn format_name(format: ImageFormat) -> String {
    format.extensions_str().first().map_or("this format".into(), |ending| ending.to_ascii_uppercase())
}

/// The ending of a file's name in small letters, without its point; empty when there is none.
pub(super) fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Whether a file's name has an image extension, in any case of letters.
pub fn is_image_name(path: &Path) -> bool {
    EXTENSIONS.contains(&ending(path).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, ImageFormat};

    fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("encoding to memory");
        bytes.into_inner()
    }

    #[test]
    fn every_pixel_kind_becomes_rgb() {
        let grey16 = DynamicImage::ImageLuma16(ImageBuffer::from_pixel(3, 2, image::Luma([0x8080])));
        let alpha = DynamicImage::ImageRgba8(ImageBuffer::from_pixel(3, 2, image::Rgba([10, 20, 30, 0])));
        let grey = DynamicImage::ImageLuma8(ImageBuffer::from_pixel(3, 2, image::Luma([7])));
        let colour16 = DynamicImage::ImageRgb16(ImageBuffer::from_pixel(3, 2, image::Rgb([0, 0xFFFF, 0x0101])));
        for (image, expected) in [(grey16, [128; 3]), (alpha, [10, 20, 30]), (grey, [7; 3]), (colour16, [0, 255, 1])] {
            let rgb = decode("memory.png", &encode(&image, ImageFormat::Png)).expect("a valid PNG");
            assert_eq!(rgb.dimensions(), (3, 2));
            assert!(rgb.pixels().all(|p| p.0 == expected), "{:?}", rgb.get_pixel(0, 0));
        }
    }

    #[test]
    fn every_format_cut_short_is_refused_by_name() {
        let photo = DynamicImage::ImageRgb8(ImageBuffer::from_fn(64, 64, |x, y| image::Rgb([(x * 4) as u8, (y * 4) as u8, (x * y) as u8])));
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Pnm, ImageFormat::WebP, ImageFormat::Tiff] {
            let bytes = encode(&photo, format);
            decode("whole", &bytes).expect("the whole file decodes");
            for keep in [bytes.len() / 4, bytes.len() / 2, bytes.len() * 9 / 10] {
                let error = decode("holiday.picture", &bytes[..keep]).expect_err("a cut file").to_string();
                assert!(error.contains("holiday.picture"), "{format:?}: {error}");
            }
        }
    }

    #[test]
    fn formats_that_are_not_decoded_are_named_whatever_the_file_is_called() {
        let cases: [(&str, &[u8], &str); 9] = [
            ("photo.jpg", include_bytes!("../../tests/data/photo.avif"), "AVIF is not supported"),
            ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC is not supported"),
            ("x", b"\xFF\x0A\xFA\x7F", "JPEG XL is not supported"),
            ("x", b"\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000 is not supported"),
            ("x.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG is not supported"),
            ("x.png", b"%PDF-1.4", "PDF is not supported"),
            ("x.NEF", b"MM\0*\0\0\0\x08", "RAW is not supported"),
            ("x.png", b"\0\0\0\x14ftypisom\0\0\0\0mp41", "video is not supported"),
            ("x.tga", b"\0\0\x02\0\0\0\0\0", "TGA is not supported"),
        ];
        for (name, bytes, expected) in cases {
            let error = decode(name, bytes).expect_err("not decoded").to_string();
            assert!(error.starts_with(name) && error.contains(expected) && error.contains("PNG or JPEG"), "{error}");
            assert!(!error.contains("damaged") && !error.contains("copy it again"), "{error}");
        }
    }

    #[test]
    fn names_in_messages_are_harmless() {
        let error = decode("a\n\u{1b}[31m\u{202e}.png", b"").expect_err("no image").to_string();
        assert!(error.starts_with("a\\n\\x1b[31m\\u{202e}.png: "), "{error}");
    }

    #[test]
    fn text_and_emptiness_are_no_images() {
        for bytes in [&b""[..], b"not a picture at all"] {
            let error = decode("note.jpg", bytes).expect_err("no image").to_string();
            assert!(error.contains("note.jpg") && error.contains("not an image in a known format"), "{error}");
        }
    }

    #[test]
    fn an_image_without_pixels_is_refused() {
        let error = decode("nothing.ppm", b"P6 0 0 255\n").expect_err("no pixels").to_string();
        assert!(error.contains("nothing.ppm"), "{error}");
    }
}
