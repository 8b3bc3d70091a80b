//! `ember export`: onnxruntime, an outside referee, gives the model's answers for the file.
//!
//! Skipped with a sentence where `python3` (or `EMBER_PYTHON`) has no onnxruntime.

mod common;

use common::{ember, succeed, text};
use net::classify::ranked;
use net::model_file::{self, Model};
use net::photo;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python with onnxruntime.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("EMBER_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let has = Command::new(&python).args(["-c", "import onnxruntime, numpy"]).output().is_ok_and(|output| output.status.success());
    if !has {
        eprintln!("SKIPPED: {} has no onnxruntime; `pip install onnxruntime`, or name one that has with EMBER_PYTHON", python.display());
    }
    has.then_some(python)
}

fn referee(python: &Path, folder: &Path, onnx: &Path, image: &ndarray::Array3<u8>) -> Vec<f64> {
    let (height, width, _) = image.dim();
    let frame = folder.join("frame.bin");
    std::fs::write(&frame, image.as_slice().expect("contiguous")).expect("written");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run_onnx.py");
    let sizes = [height.to_string(), width.to_string()];
    let output = Command::new(python).arg(script).args([onnx, frame.as_path()]).args(sizes).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| line.parse().expect("a number")).collect()
}

/// A half may round the other way in floats: the logits differ by a few steps in ten thousand, the answer does not.
fn agree(model: &Model, image: &ndarray::Array3<u8>, found: &[f64], what: &str) {
    let sums = net::fast::FastNetwork::new(&model.network).expect("valid").run(image.view()).expect("it fits");
    let expected = model.logits(&sums);
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let error = found.iter().zip(&expected).map(|(f, e)| (f - e).abs()).fold(0.0, f64::max);
    assert!(error <= 0.02 * largest, "{what}: off by {error} of {largest}");
    assert_eq!(ranked(found, 1), ranked(&expected, 1), "{what}");
}

#[test]
fn onnxruntime_gives_the_models_answers() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let onnx = folder.path().join("v1.1.onnx");
    succeed(&["export", "-o", text(&onnx)]);
    let model = Model::default_model();
    for photograph in net::assets::PHOTOGRAPHS {
        let image = model.preprocessing.apply(&photo::decode(photograph.name, photograph.bytes).expect("shipped"), 227, 227);
        agree(&model, &image, &referee(&python, folder.path(), &onnx, &image), photograph.name);
    }
    // every form has another graph: borders, constants on the biases, own scales
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases");
    for (name, pictures) in [("stem_padding_3", "noise_a"), ("conv10_without_relu", "noise_a"), ("amd_quark_xint8", "noise_a")] {
        let (path, onnx) = (folder.path().join("m.ember"), folder.path().join("m.onnx"));
        let (network, images) = (data.join(format!("{name}.onnx")), data.join(pictures));
        succeed(&["quantize", text(&network), "--normalisation", "torchvision", "--images", text(&images), "-o", text(&path)]);
        succeed(&["export", text(&path), "-o", text(&onnx)]);
        let model = model_file::load(&path).expect("written");
        for i in 0..4 {
            let image = model.load_image(&images.join(format!("i0{i}.png"))).expect("a picture");
            agree(&model, &image, &referee(&python, folder.path(), &onnx, &image), name);
        }
    }
}

#[test]
fn another_ending_is_refused() {
    let output = ember(&["export", "-o", "model.txt"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && errors.contains("ends in .onnx"), "{errors}");
}
