//! Calibration inputs from photographs: whole, and pieces of it, so that a few photographs show much.

use crate::augment;
use image::RgbImage;
use ndarray::Array3;
use net::model_file::Model;
use net::photo::{Mode, Preprocessing};
use rand::rngs::StdRng;
use rand::SeedableRng;

/// Inputs of `model` from one photograph: as `ember classify` sees it, then `pieces` of it, of half its side or more, at random
/// places, every second one mirrored. The same photograph and `seed` give the same pieces. HWC bytes.
pub fn inputs(model: &Model, photograph: &RgbImage, pieces: usize, seed: u64) -> Vec<Array3<u8>> {
    let (height, width) = (model.layout().height, model.layout().width);
    let mut all = vec![model.preprocessing.apply(photograph, height, width)];
    let mut rng = StdRng::seed_from_u64(seed);
    // pieces come at the input's own size: what resize crops away is already gone
    let inside = model.preprocessing.inside(height, width).unwrap_or([height, width]);
    let preprocessing = Preprocessing { resize: inside, mode: Mode::Squash, ..model.preprocessing };
    for i in 0..pieces {
        let mut input = preprocessing.apply(&augment::piece(photograph, &mut rng), height, width);
        if i % 2 == 0 {
            input.invert_axis(ndarray::Axis(1));
        }
        all.push(input.as_standard_layout().into_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_inputs_and_the_same_every_time() {
        let model = Model::default_model();
        for (width, height) in [(1, 1), (300, 20), (640, 480)] {
            let photograph = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
            let found = inputs(&model, &photograph, 5, 7);
            assert_eq!(found.len(), 6);
            assert!(found.iter().all(|input| input.shape() == [227, 227, 3]));
            assert_eq!(found, inputs(&model, &photograph, 5, 7));
        }
    }
}
