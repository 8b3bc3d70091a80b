//! The files under `tests/data` and what their exporters' frameworks computed.

use quantise::float::{FloatNetwork, Normalisation};
use quantise::import::{self, Facts, ImportError, Imported};
use quantise::runtime::FloatEngine;
use safetensors::SafeTensors;
use std::path::{Path, PathBuf};

/// The image, and the framework's logits for it.
pub struct Expected {
    /// Rows, columns, red green blue.
    pub image: ndarray::Array3<u8>,
    /// One a class.
    pub logits: Vec<f32>,
}

/// A file under `tests/data`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Names under `tests/data` that begin with `prefix` and have this extension, sorted.
pub fn files(prefix: &str, extension: &str) -> Vec<String> {
    let entries = std::fs::read_dir(path("")).expect("the folder of exported networks").flatten();
    let names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
    let ending = format!(".{extension}");
    let mut names: Vec<String> = names.filter(|n| n.starts_with(prefix) && n.ends_with(&ending)).collect();
    names.sort();
    names
}

/// What the framework computed for the network called `name`.
pub fn expected(name: &str) -> Expected {
    let stem = name.split('.').next().expect("a name");
    let bytes = std::fs::read(path(&format!("{stem}.expected.safetensors"))).expect("every exported network has its expected logits");
    let tensors = SafeTensors::deserialize(&bytes).expect("whole");
    let image = tensors.tensor("image").expect("an image");
    let [height, width, 3] = image.shape()[..] else { panic!("the image has shape {:?}", image.shape()) };
    let logits = tensors.tensor("logits").expect("logits");
    Expected {
        image: ndarray::Array3::from_shape_vec((height, width, 3), image.data().to_vec()).expect("as many bytes as the shape says"),
        logits: logits.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().expect("four bytes"))).collect(),
    }
}

/// What has to be known of a file beside its content: its normalisation by its exporter, and an open size.
pub fn facts(name: &str) -> Facts {
    let normalisation = match name.split('_').next() {
        Some("caffe" | "deep") => Normalisation::CAFFE,
        Some("keras") if name.contains("rescaling") => Normalisation::BYTES,
        Some("keras") => Normalisation::UNIT,
        _ => Normalisation::TORCHVISION,
    };
    let side = name.contains("dynamic").then_some(39);
    Facts { normalisation: Some(normalisation), side, ..Facts::default() }
}

/// The network in the file called `name`.
pub fn read(name: &str) -> Result<Imported, ImportError> {
    import::read(&path(name), &facts(name))
}

/// Its floats alone.
pub fn load(name: &str) -> Result<FloatNetwork, ImportError> {
    read(name).map(|imported| imported.network)
}

/// The logits of `network` for the expected image, through the float runtime.
pub fn logits(network: &FloatNetwork, expected: &Expected) -> Vec<f64> {
    FloatEngine::classifier_only(network).expect("prepared").logits(expected.image.view()).expect("run")
}
