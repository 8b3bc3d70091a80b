//! `ember quantize` from end to end on a small network: the same input gives the same bytes, whatever the threads.

use net::model_file;
use safetensors::tensor::{Dtype, TensorView};
use std::path::Path;
use std::process::Command;

/// A tiny SqueezeNet (one Fire module, 5 classes) as safetensors.
fn write_network(path: &Path) {
    let shapes: [(&str, [usize; 4]); 5] = [
        ("conv1", [8, 3, 3, 3]),
        ("fire2/squeeze1x1", [4, 8, 1, 1]),
        ("fire2/expand1x1", [6, 4, 1, 1]),
        ("fire2/expand3x3", [6, 4, 3, 3]),
        ("conv10", [5, 12, 1, 1]),
    ];
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (layer, (name, shape)) in shapes.into_iter().enumerate() {
        let count: usize = shape.iter().product();
        let value = |i: usize| ((i * 37 + layer * 11) % 101) as f32 / 101.0 - 0.42;
        tensors.push((format!("{name}.weight"), shape.to_vec(), (0..count).flat_map(|i| value(i).to_le_bytes()).collect()));
        tensors.push((format!("{name}.bias"), vec![shape[0]], (0..shape[0]).flat_map(|i| (value(i) + 0.3).to_le_bytes()).collect()));
    }
    let views = tensors.iter().map(|(n, s, b)| (n, TensorView::new(Dtype::F32, s.clone(), b).expect("sizes agree")));
    std::fs::write(path, safetensors::serialize(views, None).expect("serialised")).expect("written");
}

#[test]
fn the_same_input_gives_the_same_file_on_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let network = folder.path().join("tiny.safetensors");
    write_network(&network);
    let images = folder.path().join("images");
    std::fs::create_dir(&images).expect("created");
    for photograph in net::assets::PHOTOGRAPHS {
        std::fs::write(images.join(photograph.name), photograph.bytes).expect("written");
    }
    let quantise = |name: &str, threads: &str| {
        let output = folder.path().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
        command.env("RAYON_NUM_THREADS", threads).arg("quantize").arg(&network).arg("--images").arg(&images).arg("-o").arg(&output);
        command.args(["--size", "64", "--pools", "conv1,fire2"]).arg("--json").arg(folder.path().join("report.json"));
        let result = command.output().expect("ember starts");
        assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
        (std::fs::read(&output).expect("written"), String::from_utf8_lossy(&result.stdout).into_owned())
    };
    let (first, table) = quantise("one.ember", "1");
    let (second, _) = quantise("three.ember", "3");
    assert_eq!(first, second);
    for layer in ["conv1", "fire2.squeeze", "fire2.expand", "conv10"] {
        assert!(table.contains(layer), "{table}");
    }
    let model = model_file::Model::from_bytes("one.ember", &first).expect("a model");
    assert_eq!((model.layout().height, model.layout().fires.len(), model.labels.len()), (64, 1, 5));
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("report.json")).expect("written")).expect("JSON");
    assert!(
        report["layers"].as_array().expect("a list").iter().all(|l| l["activation_sqnr"].as_f64().is_some_and(|db| db > 15.0)),
        "{report}"
    );
}
