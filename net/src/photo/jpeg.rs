//! JPEG to upright 8-bit RGB: the decoder that the crate `image` uses, called without its copies of the file and its
//! three readings of the headers. The pixels are the same.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::JpegDecoder;

/// Why there is no picture.
#[derive(Debug)]
pub(crate) enum JpegError {
    /// No end-of-image marker follows the picture.
    Truncated,
    /// More pixels than are decoded.
    TooLarge,
    /// The decoder gave up.
    Damaged(DecodeErrors),
}

/// Whether `bytes` begin as a JPEG does.
pub(crate) fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xD8, 0xFF])
}

/// Decodes `bytes` and applies the orientation of its EXIF data. At most `most_bytes` are allocated for the picture.
pub(crate) fn decode(bytes: &[u8], most_bytes: u64) -> Result<RgbImage, JpegError> {
    // The decoder fills what is missing with grey; a classification of that would be a silent lie.
    if !is_complete(bytes) {
        return Err(JpegError::Truncated);
    }
    // no side is above 65,535, and the area is checked below
    let options = DecoderOptions::default().set_strict_mode(false).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options.jpeg_set_out_colorspace(ColorSpace::RGB));
    decoder.decode_headers().map_err(JpegError::Damaged)?;
    let missing = || JpegError::Damaged(DecodeErrors::FormatStatic("there is no frame header"));
    let (width, height) = decoder.dimensions().ok_or_else(missing)?;
    let size = width as u64 * height as u64 * 3;
    if size > most_bytes {
        return Err(JpegError::TooLarge);
    }
    let mut pixels = vec![0; size as usize];
    decoder.decode_into(&mut pixels).map_err(JpegError::Damaged)?;
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif)).unwrap_or(Orientation::NoTransforms);
    let image = RgbImage::from_raw(width as u32, height as u32, pixels).ok_or_else(missing)?;
    if orientation == Orientation::NoTransforms {
        return Ok(image);
    }
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

/// Whether an end-of-image marker follows the first scan. Segments before it are skipped by their
/// lengths, because a thumbnail inside one has an end marker of its own.
fn is_complete(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    let mut at = 2;
    while let [0xFF, marker, rest @ ..] = &bytes[at.min(bytes.len())..] {
        match marker {
            0xFF => at += 1,
            // from the end, where it usually is
            &START_OF_SCAN => return memchr::memmem::rfind(rest, &[0xFF, 0xD9]).is_some(),
            _ => {
                let [high, low, ..] = rest else { return false };
                at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use image::{ImageDecoder, ImageEncoder, ImageFormat};
    use std::io::Cursor;

    fn photo(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 4) as u8, (y * 3) as u8, (x * y / 7) as u8]))
    }

    /// What the crate `image` makes of it.
    fn expected(bytes: &[u8]) -> RgbImage {
        let mut decoder = image::ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg).into_decoder().expect("headers are whole");
        let orientation = decoder.orientation().expect("headers are whole");
        let mut image = DynamicImage::from_decoder(decoder).expect("it decodes");
        image.apply_orientation(orientation);
        image.into_rgb8()
    }

    /// A little-endian EXIF chunk with nothing but an orientation.
    fn exif(orientation: u8) -> Vec<u8> {
        let mut chunk = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        chunk.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        chunk
    }

    #[test]
    fn pixels_are_those_of_the_image_crate() {
        for (width, height, quality) in [(1, 1, 90), (17, 9, 50), (64, 48, 100), (500, 375, 75), (33, 301, 5)] {
            let mut colour = Vec::new();
            JpegEncoder::new_with_quality(&mut colour, quality).encode_image(&photo(width, height)).expect("encoded");
            let grey = DynamicImage::ImageRgb8(photo(width, height)).into_luma8();
            let mut luma = Vec::new();
            JpegEncoder::new_with_quality(&mut luma, quality).encode_image(&grey).expect("encoded");
            for bytes in [colour, luma] {
                let found = decode(&bytes, 1 << 30).expect("it decodes");
                assert!(found == expected(&bytes), "{width}x{height} at quality {quality}");
            }
        }
    }

    #[test]
    fn every_orientation_is_applied() {
        for orientation in 0..10 {
            let mut bytes = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
            encoder.set_exif_metadata(exif(orientation)).expect("JPEG carries EXIF");
            encoder.encode_image(&photo(40, 24)).expect("encoded");
            let found = decode(&bytes, 1 << 30).expect("it decodes");
            assert_eq!(found.dimensions(), if (5..=8).contains(&orientation) { (24, 40) } else { (40, 24) }, "{orientation}");
            assert!(found == expected(&bytes), "orientation {orientation}");
        }
    }

    #[test]
    fn a_claim_of_too_many_pixels_is_refused_before_they_are_allocated() {
        let mut bytes = Vec::new();
        JpegEncoder::new(&mut bytes).encode_image(&photo(40, 24)).expect("encoded");
        assert!(matches!(decode(&bytes, 40 * 24 * 3 - 1), Err(JpegError::TooLarge)));
        decode(&bytes, 40 * 24 * 3).expect("as large as is allowed");
        // the same file, claiming 65,535 x 65,535 pixels: 13 GB
        let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a baseline frame header");
        bytes[frame + 5..frame + 9].fill(0xFF);
        assert!(matches!(decode(&bytes, 1 << 29), Err(JpegError::TooLarge)));
    }

    #[test]
    fn a_thumbnail_does_not_hide_a_cut() {
        // SOI, APP1 of 8 bytes that contains an EOI, then a scan that never ends
        let bytes = [0xFF, 0xD8, 0xFF, 0xE1, 0, 8, 0xFF, 0xD8, 0xFF, 0xD9, 0, 0, 0xFF, 0xDA, 0, 2, 1, 2, 3];
        assert!(!is_complete(&bytes));
        assert!(is_complete(&[&bytes[..], &[0xFF, 0xD9]].concat()));
    }
}
