//! The photographs of a training: looked at once, and then given as inputs.

use crate::augment::Augmentation;
use crate::duplicates::Look;
use crate::random::{random, Use};
use crate::TrainError;
use candle_core::{Device, Tensor};
use image::RgbImage;
use ndarray::Array3;
use net::photo::{self, ImageError, Preprocessing};
use quantise::float::{ChannelOrder, Normalisation};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A photograph that can be read.
#[derive(Clone, Debug)]
pub struct Photograph {
    /// The file.
    pub path: PathBuf,
    /// Its class, from 0.
    pub class: usize,
    /// Its columns and rows, pixels.
    pub size: [u32; 2],
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// What it looks like.
    pub look: Look,
}

/// What could be read, and what could not with its place in the list.
pub type Survey = (Vec<Photograph>, Vec<(usize, ImageError)>);

/// Reads every file once. What cannot be read is given with its place in the list and the reason. `done` is called after every file; `stop` ends
/// it early.
///
/// # Errors
/// [`TrainError::Stopped`].
pub fn survey(files: &[(PathBuf, usize)], stop: &(dyn Fn() -> bool + Sync), done: &(dyn Fn() + Sync)) -> Result<Survey, TrainError> {
    let look = |(place, (path, class)): (usize, &(PathBuf, usize))| {
        if stop() {
            return Err(TrainError::Stopped);
        }
        let found = read(path).map(|(sha256, image)| {
            let size = [image.width(), image.height()];
            Photograph { path: path.clone(), class: *class, size, sha256, look: Look::of(&image) }
        });
        done();
        Ok(found.map_err(|error| (place, error)))
    };
    let all: Vec<Result<Photograph, (usize, ImageError)>> = files.par_iter().enumerate().map(look).collect::<Result<_, _>>()?;
    let (mut photographs, mut skipped) = (Vec::with_capacity(all.len()), Vec::new());
    for found in all {
        match found {
            Ok(photograph) => photographs.push(photograph),
            Err(error) => skipped.push(error),
        }
    }
    Ok((photographs, skipped))
}

fn read(path: &Path) -> Result<([u8; 32], RgbImage), ImageError> {
    let bytes = std::fs::read(path).map_err(|cause| ImageError::Read { path: path.into(), cause })?;
    Ok((Sha256::digest(&bytes).into(), photo::decode(path, &bytes)?))
}

/// How photographs become inputs.
#[derive(Clone, Copy, Debug)]
pub struct Inputs {
    /// Resize, crop, border.
    pub preprocessing: Preprocessing,
    /// Rows and columns of the network's input.
    pub size: [usize; 2],
    /// What the network expects of its pixels.
    pub normalisation: Normalisation,
    /// How photographs are changed in training.
    pub augmentation: Option<Augmentation>,
    /// Of what is drawn.
    pub seed: u64,
}

impl Inputs {
    /// A photograph as it is: HWC, red green blue bytes.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn plain(&self, path: &Path) -> Result<Array3<u8>, ImageError> {
        Ok(self.preprocessing.apply(&photo::load(path)?, self.size[0], self.size[1]))
    }

    /// Photograph number `number` as epoch `epoch` sees it: HWC bytes.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn changed(&self, path: &Path, number: usize, epoch: usize) -> Result<Array3<u8>, ImageError> {
        let Some(augmentation) = self.augmentation else { return self.plain(path) };
        let mut rng = random(self.seed, Use::Augmentation, [epoch, number]);
        Ok(self.preprocessing.apply(&augmentation.apply(&photo::load(path)?, &mut rng), self.size[0], self.size[1]))
    }

    /// Inputs (HWC bytes) as one tensor NHWC, normalised, channels in the network's order.
    ///
    /// # Errors
    /// The framework.
    pub fn tensor(&self, images: &[Array3<u8>], device: &Device) -> candle_core::Result<Tensor> {
        let Normalisation { order, mean, deviation } = self.normalisation;
        let channel = |c: usize| if order == ChannelOrder::Bgr { 2 - c } else { c };
        // a table of 256 values a channel
        let tables: Vec<Vec<f32>> = (0..3).map(|c| (0..256).map(|v| ((f64::from(v) - mean[c]) / deviation[c]) as f32).collect()).collect();
        let [height, width] = self.size;
        let mut values = Vec::with_capacity(images.len() * height * width * 3);
        for image in images {
            for pixel in image.lanes(ndarray::Axis(2)) {
                values.extend((0..3).map(|c| tables[c][usize::from(pixel[channel(c)])]));
            }
        }
        Tensor::from_vec(values, (images.len(), height, width, 3), device)
    }
}
