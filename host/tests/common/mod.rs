//! Shared by the integration tests.
#![allow(dead_code)] // each test file uses a part

pub mod shapes;

use safetensors::tensor::{Dtype, TensorView};
use std::path::Path;
use std::process::{Command, Output};

/// Runs `ember` and waits for it.
pub fn ember(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ember")).args(arguments).output().expect("ember starts")
}

/// Runs `ember`, which must succeed; gives its standard output.
pub fn succeed(arguments: &[&str]) -> String {
    let output = ember(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The JSON file at `path`.
pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).expect("written")).expect("JSON")
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// A tiny SqueezeNet (one Fire module, 5 classes, for `--size 64 --pools conv1,fire2`) as safetensors; another `variant` is
/// another network.
pub fn write_network(path: &Path, variant: usize) {
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
        let value = |i: usize| ((i * 37 + layer * 11 + variant * 29) % 101) as f32 / 101.0 - 0.42;
        tensors.push((format!("{name}.weight"), shape.to_vec(), (0..count).flat_map(|i| value(i).to_le_bytes()).collect()));
        tensors.push((format!("{name}.bias"), vec![shape[0]], (0..shape[0]).flat_map(|i| (value(i) + 0.3).to_le_bytes()).collect()));
    }
    let views = tensors.iter().map(|(n, s, b)| (n, TensorView::new(Dtype::F32, s.clone(), b).expect("sizes agree")));
    std::fs::write(path, safetensors::serialize(views, None).expect("serialised")).expect("written");
}

/// What `ember` has to be told of [`write_network`]'s networks.
pub const FACTS: [&str; 4] = ["--size", "64", "--pools", "conv1,fire2"];

/// Writes the shipped photographs to `folder`, which is created.
pub fn write_photographs(folder: &Path) {
    std::fs::create_dir_all(folder).expect("created");
    for photograph in net::assets::PHOTOGRAPHS {
        std::fs::write(folder.join(photograph.name), photograph.bytes).expect("written");
    }
}

/// A model for three classes, trained in `folder`, which then has its photographs in `photos`: each shipped one a few times, cut in another way.
pub fn trained(folder: &Path) -> String {
    for photograph in net::assets::PHOTOGRAPHS {
        let class = folder.join("photos").join(photograph.name);
        std::fs::create_dir_all(&class).expect("created");
        let whole = net::photo::decode(photograph.name, photograph.bytes).expect("a photograph");
        for i in 0..6u32 {
            let part = image::imageops::crop_imm(&whole, 7 * i, 5 * i, whole.width() - 40, whole.height() - 40).to_image();
            part.save(class.join(format!("{i}.png"))).expect("written");
        }
    }
    let model = folder.join("own.ember");
    succeed(&["train", text(&folder.join("photos")), "-o", text(&model), "--epochs", "10"]);
    text(&model).to_string()
}
