//! Calibration: what the activations of a float network look like on photographs.

pub mod method;

use crate::augment;
use crate::float::Activations;
use crate::histogram::{Histogram, ScaleChoice};
use crate::runtime::{FloatEngine, RuntimeError};
use ndarray::Array3;
use net::layout::Layer;
use net::photo::folder::{self, Entry, LeftOut};
use net::photo::Preprocessing;
use net::photo::{self, ImageError};
use net::text::shown;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub use method::{Method, Recipe};

/// Why calibration gave no scales.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum CalibrationError {
    /// The folder, or a part of it, cannot be read.
    #[error("{}: the folder of calibration images cannot be read ({cause}); check the path, its links and its permissions", shown(path))]
    Folder { path: PathBuf, cause: std::io::Error },
    /// Nothing to calibrate on.
    #[error(
        "{}: the folder holds no images; expected at least one JPEG, PNG, WebP, BMP, TIFF, GIF or PNM file{}",
        shown(path),
        passed_over(left_out)
    )]
    Empty { path: PathBuf, left_out: LeftOut },
    /// An image is broken.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The float network failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A layer is dead.
    #[error("layer {layer} gives only zeros on every calibration image; the weights are damaged, or the normalisation is not the one that the network was trained with")]
    Dead { layer: String },
}

/// The files of a folder of calibration images.
#[derive(Clone, Debug)]
pub struct Files {
    /// The images, in the order of names.
    pub images: Vec<PathBuf>,
    /// What else is there.
    pub left_out: LeftOut,
}

/// The image files in `folder` and its subfolders (see [`folder::search`]).
///
/// # Errors
/// A folder that cannot be read as a whole, or holds no image.
pub fn image_files(folder: &Path) -> Result<Files, CalibrationError> {
    let folder::Folder { entries, left_out } = folder::search(folder);
    let image = |entry| match entry {
        Entry::Image(path) => Ok(path),
        Entry::Unreadable { path, cause } => Err(CalibrationError::Folder { path, cause }),
    };
    let images = entries.into_iter().map(image).collect::<Result<Vec<_>, _>>()?;
    if images.is_empty() {
        return Err(CalibrationError::Empty { path: folder.into(), left_out });
    }
    Ok(Files { images, left_out })
}

/// The end of a sentence about a folder without images.
fn passed_over(left_out: &LeftOut) -> String {
    if left_out.is_empty() {
        String::new()
    } else {
        format!(" ({left_out})")
    }
}

/// A calibration image as the network's input, and mirrored: the mirror image doubles a small set.
///
/// # Errors
/// A file that is no whole image.
pub fn inputs(path: &Path, preprocessing: &Preprocessing, [height, width]: [usize; 2]) -> Result<[Array3<u8>; 2], ImageError> {
    let input = preprocessing.apply(&photo::load(path)?, height, width);
    let mut mirrored = input.clone();
    augment::mirror(&mut mirrored, preprocessing);
    Ok([input, mirrored])
}

/// Photographs that make a set representative enough for [`Method::Mse`] and bias correction, which fit themselves to
/// what they see: better than [`Method::Max`] on a hundred ordinary photographs, much worse on a handful of odd
/// ones (measured in `docs/accuracy.md`).
pub const REPRESENTATIVE: usize = 100;

/// How scales are chosen from the activations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// The rule.
    pub method: Method,
    /// Factor on every scale that the rule gives. A few images see less of the tail than all photographs do:
    /// headroom leaves room for it; 1 is right for a representative set.
    pub headroom: f32,
}

/// Runs every image and its mirror image through the float network, and gives a histogram of each layer's output
/// (after the pool, where there is one: what the next layer reads). `done` is called after every image.
///
/// The result does not depend on the number of threads.
///
/// # Errors
/// An image that cannot be read.
pub fn histograms(
    engine: &FloatEngine,
    files: &[PathBuf],
    preprocessing: &Preprocessing,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Histogram>, CalibrationError> {
    let layers = engine.layers().len();
    // histograms are large: one set a thread, handed from image to image
    let idle: Mutex<Vec<Vec<Histogram>>> = Mutex::default();
    let lock = || idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    files.par_iter().try_for_each(|file| {
        let mut histograms = lock().pop().unwrap_or_else(|| vec![Histogram::default(); layers]);
        for input in inputs(file, preprocessing, engine.size())? {
            for (histogram, output) in histograms.iter_mut().zip(engine.run(input.view())?) {
                histogram.add(output);
            }
        }
        lock().push(histograms);
        done();
        Ok::<(), CalibrationError>(())
    })?;
    let mut total = vec![Histogram::default(); layers];
    for set in lock().iter() {
        total.iter_mut().zip(set).for_each(|(sum, part)| sum.merge(part));
    }
    Ok(total)
}

/// A scale for each layer's output, in the order of `layers`, from its histogram.
///
/// # Errors
/// A layer that never gave anything but zero.
pub fn choose_scales(histograms: &[Histogram], layers: &[Layer], calibration: Calibration) -> Result<Vec<ScaleChoice>, CalibrationError> {
    let choose = |histogram: &Histogram| {
        let choice = match calibration.method {
            Method::Mse => histogram.best_scale(),
            Method::Max => histogram.scale_of_largest(),
            Method::Percentile(percent) => histogram.scale_of_percentile(percent),
        };
        choice.map(|choice| histogram.assess(choice.scale * calibration.headroom))
    };
    let dead = |name: &str| CalibrationError::Dead { layer: name.into() };
    histograms.par_iter().zip(layers).map(|(histogram, layer)| choose(histogram).ok_or_else(|| dead(&layer.name))).collect()
}

/// `choices` without a scale that reaches above its layer's ceiling: the engine clips at 255 steps, so there the scale is the clip.
pub fn below_ceilings(choices: Vec<ScaleChoice>, histograms: &[Histogram], activations: &Activations) -> Vec<ScaleChoice> {
    let limited = |(layer, choice): (usize, ScaleChoice)| match activations.ceiling(layer) {
        Some(ceiling) if choice.scale > ceiling / 255.0 => histograms.get(layer).map_or(choice, |h| h.assess(ceiling / 255.0)),
        _ => choice,
    };
    choices.into_iter().enumerate().map(limited).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_sorted_from_subfolders_too() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("b")).expect("created");
        for name in ["c.PNG", "a.jpg", "b/z.webp", "notes.txt"] {
            std::fs::write(folder.path().join(name), "x").expect("written");
        }
        let names: Vec<_> = image_files(folder.path())
            .expect("three")
            .images
            .into_iter()
            .map(|p| p.strip_prefix(folder.path()).expect("inside").to_owned())
            .collect();
        assert_eq!(names, ["a.jpg", "b/z.webp", "c.PNG"].map(PathBuf::from));
    }

    #[test]
    fn an_empty_or_missing_folder_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error = image_files(folder.path()).expect_err("no images").to_string();
        assert!(error.contains(&folder.path().display().to_string()) && error.contains("no images"), "{error}");
        std::fs::write(folder.path().join("x.avif"), "").expect("written");
        let error = image_files(folder.path()).expect_err("no images").to_string();
        assert!(error.contains("1 AVIF (not supported; convert it to PNG or JPEG)"), "{error}");
        let error = image_files(&folder.path().join("missing")).expect_err("no folder").to_string();
        assert!(error.contains("missing"), "{error}");
    }
}
