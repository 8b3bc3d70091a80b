//! Damaged network files: thousands of mutations of every test file, none of which may panic, hang, allocate much
//! or be refused in other than plain words.
//! The fuzz targets (`docs/fuzzing.md`) go further; this is what every run of the suite repeats.

mod common;

use common::exported::{facts, files, path};
use quantise::import::{from_bytes, Facts};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::path::Path;
use test_support::plain::assert_plain;

/// Mutations of each file.
const MUTATIONS: usize = 300;

/// Reads `bytes` as a file called `name`, with the description that belongs to it.
fn read(name: &str, bytes: &[u8]) -> bool {
    let prototxt = path(name).with_extension("prototxt");
    let description = std::fs::read(&prototxt).ok();
    let description = description.as_deref().map(|d| (prototxt.as_path(), d));
    let result = from_bytes(&path(name), bytes, description, &facts(name));
    result.inspect_err(|error| assert_plain(&error.to_string())).is_ok()
}

fn networks() -> Vec<String> {
    ["onnx", "caffemodel", "net"].iter().flat_map(|extension| files("", extension)).collect()
}

#[test]
fn files_cut_short_are_refused() {
    for name in networks() {
        let whole = std::fs::read(path(&name)).expect("readable");
        let step = (whole.len() / 200).max(1);
        for length in (0..whole.len()).step_by(step).chain(whole.len() - 12..whole.len()) {
            let accepted = read(&name, &whole[..length]);
            // what stands last in protobuf files (an opset, layers without weights) is not needed to run the network
            let little_lost = whole.len() - length < 600 && !name.ends_with(".net");
            assert!(!accepted || little_lost, "{name} of {length} bytes is accepted");
        }
    }
}

#[test]
fn mutated_files_never_panic() {
    let seed = 20_160_224;
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    for name in networks() {
        let whole = std::fs::read(path(&name)).expect("readable");
        for _ in 0..MUTATIONS {
            let mut bytes = whole.clone();
            mutate(&mut rng, &mut bytes);
            read(&name, &bytes);
        }
    }
}

#[test]
fn mutated_descriptions_never_panic() {
    let seed = 20_140_620;
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    for (name, weights) in
        [("caffe_deploy", "caffemodel"), ("caffe_old", "caffemodel"), ("caffe_norm", "caffemodel"), ("deep_compression_small", "net")]
    {
        let weights = path(&format!("{name}.{weights}"));
        let content = std::fs::read(&weights).expect("readable");
        let whole = std::fs::read(path(&format!("{name}.prototxt"))).expect("readable");
        for _ in 0..2 * MUTATIONS {
            let mut bytes = whole.clone();
            mutate(&mut rng, &mut bytes);
            let result = from_bytes(&weights, &content, Some((Path::new("deploy.prototxt"), &bytes)), &Facts::default());
            let _ = result.inspect_err(|error| assert_plain(&error.to_string()));
        }
    }
}

/// One to four changes: a flipped bit, an extreme byte, a removed or repeated stretch.
fn mutate(rng: &mut StdRng, bytes: &mut Vec<u8>) {
    for _ in 0..rng.random_range(1..=4) {
        if bytes.is_empty() {
            return;
        }
        let at = rng.random_range(0..bytes.len());
        let length = rng.random_range(1..=16usize).min(bytes.len() - at);
        match rng.random_range(0..5) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.random_range(0..5)],
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let stretch = bytes[at..at + length].to_vec();
                bytes.splice(at..at, stretch);
            }
            _ => bytes[at..at + length].fill(0xff),
        }
    }
}
