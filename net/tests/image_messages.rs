//! Damaged image files of every format: thousands of mutations, each decoded or refused by name in plain words.

use image::{DynamicImage, ImageFormat, RgbImage};
use net::photo;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::io::Cursor;
use test_support::plain::assert_plain;

/// Mutations of each file.
const MUTATIONS: usize = 400;

fn encoded(format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(33, 21, |x, y| image::Rgb([(x * 7) as u8, (y * 11) as u8, (x * y) as u8]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, format).expect("encoded in memory");
    bytes.into_inner()
}

#[test]
fn mutated_images_are_decoded_or_refused_in_plain_words() {
    let seed = 19_920_910;
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Pnm, Tiff, WebP};
    let mut refused = 0;
    for format in [Jpeg, Png, WebP, Bmp, Tiff, Gif, Pnm] {
        let whole = encoded(format);
        for _ in 0..MUTATIONS {
            let mut bytes = whole.clone();
            // headers say more than pixels
            let end = if rng.random_bool(0.7) { bytes.len().min(160) } else { bytes.len() };
            for _ in 0..rng.random_range(1..=4) {
                let at = rng.random_range(0..end);
                bytes[at] = if rng.random_bool(0.5) { rng.random() } else { bytes[at] ^ (1 << rng.random_range(0..8)) };
            }
            if rng.random_bool(0.2) {
                bytes.truncate(rng.random_range(0..bytes.len()));
            }
            if let Err(error) = photo::decode("holiday.picture", &bytes) {
                refused += 1;
                let sentence = error.to_string();
                assert_plain(&sentence);
                assert!(sentence.starts_with("holiday.picture: ") && sentence.contains(';') && !sentence.contains('\n'), "{sentence}");
            }
        }
    }
    println!("{refused} of {} refused", 7 * MUTATIONS);
    assert!(refused > MUTATIONS);
}
