use super::*;
use crate::random;

fn model(seed: u64) -> Model {
    let layout = random::layout(seed, random::Limits { side: 20, fires: 2, channels: 12, classes: 9 });
    let network = random::network(&layout, seed);
    let layers = layout.layers().expect("random layouts are valid").len();
    let scales = Scales {
        activations: (0..layers).map(|i| 0.5 + i as f32).collect(),
        weights: network.convolutions().iter().map(|(_, c)| vec![0.25; c.bias.len()]).collect(),
    };
    let labels = (0..layout.classifier.classes).map(|c| format!("class \"{c}\"")).collect();
    let preprocessing = Preprocessing::standard(layout.height, layout.width);
    Model::new(network, scales, preprocessing, labels, "drawn at random".into(), String::new()).expect("a valid model")
}

#[test]
fn a_saved_model_comes_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for seed in 0..20 {
        let path = folder.path().join("m.ember");
        let model = model(seed);
        save(&model, &path).expect("saved");
        assert_eq!(load(&path).expect("loaded"), model);
        assert_eq!(std::fs::read(&path).expect("readable"), model.to_bytes(), "the same model gives the same bytes");
    }
}

#[test]
fn every_flipped_bit_is_refused_by_name() {
    let bytes = model(3).to_bytes();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        let error = Model::from_bytes("net.ember", &damaged).expect_err("a flipped bit").to_string();
        assert!(error.starts_with("net.ember: ") && error.contains("ember quantize"), "byte {at}: {error}");
    }
}

#[test]
fn every_cut_is_refused_by_name() {
    let bytes = model(4).to_bytes();
    for keep in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        let error = Model::from_bytes("net.ember", &bytes[..keep]).expect_err("a cut file").to_string();
        assert!(error.starts_with("net.ember: "), "{keep} bytes: {error}");
        assert!(keep < 4096 || error.contains("damaged or cut short"), "{keep} bytes: {error}");
    }
    let longer = [&bytes[..], b"x"].concat();
    assert!(Model::from_bytes("net.ember", &longer).is_err());
}

#[test]
fn another_version_says_so() {
    let digit_of = |bytes: &[u8]| find(bytes, b"format_version").expect("the header's first field") + b"format_version\\\":".len();
    let mut model = model(5);
    // what knows no pools in floor mode must not read a network that has them
    model.network.layout.floor_pools = true;
    let bytes = model.to_bytes();
    assert_eq!(bytes[digit_of(&bytes)], b'2');
    assert_eq!(Model::from_bytes("net.ember", &bytes).expect("a model"), model);
    model.network.layout.floor_pools = false;
    let mut bytes = model.to_bytes();
    let digit = digit_of(&bytes);
    assert_eq!(bytes[digit], b'1');
    bytes[digit] = b'7';
    let error = Model::from_bytes("net.ember", &bytes).expect_err("another version").to_string();
    assert!(error.contains("format version 7, expected 1"), "{error}");
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let Model { network, scales, preprocessing, mut labels, origin, .. } = model(6);
    labels.pop();
    let error = Model::new(network, scales, preprocessing, labels, origin, String::new()).expect_err("a class without a name");
    assert!(error.to_string().contains("list of class names"), "{error}");
}
