//! Every resize gives the framework's own pixels (`pixels.py`: Pillow, OpenCV, DIGITS's half_crop), within one grey step.

use net::photo::{self, Resize};
use std::path::Path;

#[test]
fn every_resize_gives_the_frameworks_pixels_within_one_step() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pixels");
    let mut compared = 0;
    for shape in ["wide", "tall", "small"] {
        let image = photo::load(&folder.join(format!("{shape}.png"))).expect("a picture");
        for resize in [
            "squash:64",
            "squash:64:bicubic",
            "squash:64:bilinear",
            "shorter-side:64",
            "shorter-side:64:bicubic",
            "direct:nearest",
            "direct:bilinear",
            "half-crop:64",
            "fit",
            "fit:64:bicubic",
        ] {
            let way = resize.parse::<Resize>().expect("a resize").preprocessing(56, 56).expect("it fits");
            let found = way.apply(&image, 56, 56);
            let expected = photo::load(&folder.join(format!("{shape}.{}.png", resize.replace(':', "_")))).expect("a picture");
            for ((y, x, c), &byte) in found.indexed_iter() {
                let wanted = expected.get_pixel(x as u32, y as u32)[c];
                assert!(byte.abs_diff(wanted) <= 1, "{shape} {resize}: row {y} column {x} channel {c} is {byte}, expected {wanted}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 3 * 10 * 56 * 56 * 3);
}
