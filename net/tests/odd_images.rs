//! Difficult and broken image files of every kind, from the folder of test data (see `common`).

use ::image::RgbImage;
use net::photo;
use net::photo::Preprocessing;
use test_support::data::data;

/// Mean difference of two images' bytes; the smaller one of different sizes is compared with infinity.
fn difference(left: &RgbImage, right: &RgbImage) -> f64 {
    if left.dimensions() != right.dimensions() {
        return f64::INFINITY;
    }
    let total: u64 = left.as_raw().iter().zip(right.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    total as f64 / left.as_raw().len() as f64
}

#[test]
fn good_files_decode_and_broken_ones_are_refused_by_name() {
    let Some(folder) = data("images/odd") else { return };
    let table = std::fs::read_to_string(folder.join("odd.csv")).expect("the list of files");
    let preprocessing = Preprocessing::standard(227, 227);
    let mut files = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.splitn(4, ',').collect();
        let (name, expected) = (fields[0], fields[2]);
        files += 1;
        match (photo::load(&folder.join(name)), expected) {
            (Ok(image), "ok") => assert_eq!(preprocessing.apply(&image, 227, 227).shape(), [227, 227, 3], "{name}"),
            (Err(error), "error" | "error or partial") => {
                let sentence = error.to_string();
                assert!(sentence.contains(name) && sentence.contains(';'), "{sentence}");
            }
            (Ok(_), _) => panic!("{name}: decoded, expected a refusal"),
            (Err(error), _) => panic!("{error}"),
        }
    }
    println!("{files} odd files");
    assert!(files > 40);
}

#[test]
fn every_form_of_one_photograph_looks_alike() {
    let Some(folder) = data("images/odd") else { return };
    let load = |name: &str| photo::load(&folder.join(name)).unwrap_or_else(|e| panic!("{e}"));
    let baseline = load("derived_baseline.png");
    // lossless forms are equal, lossy ones near, whatever their EXIF orientation said
    for (name, most) in [
        ("derived.bmp", 0.0),
        ("derived_png_named.jpg", 0.0),
        ("derived_alpha.png", 0.0),
        ("derived_444.jpg", 4.0),
        ("derived_422.jpg", 4.0),
        ("derived_420_restart.jpg", 4.0),
        ("derived_progressive.jpg", 4.0),
        ("derived_cmyk.jpg", 6.0),
        ("derived.webp", 6.0),
        ("derived.gif", 12.0),
        ("derived_palette.png", 12.0),
        ("derived_exif2.jpg", 5.0),
        ("derived_exif3.jpg", 5.0),
        ("derived_exif4.jpg", 5.0),
        ("derived_exif5.jpg", 5.0),
        ("derived_exif6.jpg", 5.0),
        ("derived_exif7.jpg", 5.0),
        ("derived_exif8.jpg", 5.0),
    ] {
        let found = difference(&load(name), &baseline);
        assert!(found <= most, "{name}: mean difference {found}, expected at most {most}");
    }
    let grey = load("derived_gray.jpg");
    for (name, most) in [("derived_gray16.png", 3.0), ("derived_la.png", 3.0)] {
        let found = difference(&load(name), &grey);
        assert!(found <= most, "{name}: mean difference {found} from the grey JPEG, expected at most {most}");
    }
}
