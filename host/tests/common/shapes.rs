//! Drawn photographs: shapes of a colour.

use image::{Rgb, RgbImage};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::path::Path;

const COLOURS: [(&str, [u8; 3]); 3] = [("red", [200, 40, 40]), ("green", [40, 170, 60]), ("blue", [50, 70, 210])];
const SHAPES: [&str; 3] = ["disc", "square", "cross"];

/// A shape of a colour somewhere on a noisy ground.
fn drawn(shape: usize, colour: [u8; 3], side: u32, rng: &mut StdRng) -> RgbImage {
    let ground: u8 = rng.random_range(90..=200);
    let radius = f64::from(side) * rng.random_range(0.24..0.36);
    let middle = |rng: &mut StdRng| f64::from(side) * rng.random_range(0.4..0.6);
    let (cx, cy) = (middle(rng), middle(rng));
    let mut noise = |v: u8| v.saturating_add_signed(rng.random_range(-12..=12));
    RgbImage::from_fn(side, side, |x, y| {
        let (dx, dy) = ((f64::from(x) - cx).abs(), (f64::from(y) - cy).abs());
        let inside = match shape {
            0 => dx.hypot(dy) < radius,
            1 => dx.max(dy) < 0.85 * radius,
            _ => dx.min(dy) < 0.3 * radius && dx.max(dy) < radius,
        };
        Rgb((if inside { colour } else { [ground; 3] }).map(&mut noise))
    })
}

/// A folder a class, `count` photographs in each: every shape in every colour, or only the shapes in red.
pub fn made(folder: &Path, count: usize, colours: usize, side: u32) {
    let mut rng = StdRng::seed_from_u64(5);
    for (colour, rgb) in &COLOURS[..colours] {
        for (number, shape) in SHAPES.iter().enumerate() {
            let class = folder.join(format!("{colour} {shape}"));
            std::fs::create_dir_all(&class).expect("created");
            for i in 0..count {
                drawn(number, *rgb, side, &mut rng).save(class.join(format!("{i:03}.png"))).expect("written");
            }
        }
    }
}
