use super::*;
use crate::random;
use rand::{rngs::StdRng, Rng, SeedableRng};

fn model(seed: u64, limits: random::Limits) -> Model {
    let layout = random::layout(seed, limits);
    let network = random::network(&layout, seed);
    with_scales(network, seed)
}

fn with_scales(network: Network, seed: u64) -> Model {
    let layout = network.layout.clone();
    let layers = layout.layers().expect("random layouts are valid").len();
    let mut rng = StdRng::seed_from_u64(seed);
    let scales = Scales {
        activations: (0..layers).map(|_| rng.random_range(1e-3..1e3)).collect(),
        weights: network.convolutions().iter().map(|(_, c)| c.bias.iter().map(|_| rng.random()).collect()).collect(),
    };
    let labels = (0..layout.classifier.classes).map(|c| format!("class \"{c}\" é")).collect();
    let preprocessing = Preprocessing::standard(layout.height, layout.width);
    Model::new(network, scales, preprocessing, labels, "drawn at random".into(), "00ff".into()).expect("a valid model")
}

fn small() -> random::Limits {
    random::Limits { side: 20, fires: 2, channels: 12, classes: 9 }
}

/// `bytes` with the hash that belongs to them, as a malicious writer would make it.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - HASH);
    bytes.extend(Sha256::digest(&bytes));
    bytes
}

#[test]
fn random_models_come_back_from_both_kinds_of_file() {
    for seed in 0..60 {
        let model = model(seed, small());
        let bytes = pack(&model).expect("packed").bytes;
        assert_eq!(Model::from_bytes("m", &bytes).expect("loaded"), model, "seed {seed}");
        assert_eq!(pack(&model).expect("packed").bytes, bytes, "the same model gives the same bytes");
    }
}

#[test]
fn extreme_weights_and_constants_come_back() {
    for (seed, value) in [0i8, -128, 127, 1, -1].into_iter().enumerate() {
        let mut network = random::network(&random::layout(seed as u64, small()), seed as u64);
        let convs = std::iter::once(&mut network.stem)
            .chain(network.fires.iter_mut().flat_map(|f| [&mut f.squeeze, &mut f.expand1, &mut f.expand3]))
            .chain(std::iter::once(&mut network.classifier));
        for (i, conv) in convs.enumerate() {
            conv.weights.fill(value);
            conv.bias.fill([0, 1 << 30, -(1 << 30)][i % 3]);
            conv.multiplier.fill([0, u16::MAX][i % 2]);
            conv.shift.fill([1, crate::model::MAX_SHIFT][i % 2]);
        }
        let mut model = with_scales(network, 1);
        model.scales.weights.iter_mut().flatten().for_each(|s| *s = [f32::MIN_POSITIVE, f32::MAX][seed % 2]);
        let Model { network, scales, preprocessing, labels, .. } = model;
        let model = Model::new(network, scales, preprocessing, labels, String::new(), String::new()).expect("valid");
        assert_eq!(from_bytes("m", &pack(&model).expect("packed").bytes).expect("loaded"), model, "all {value}");
    }
}

#[test]
fn the_smallest_and_every_published_layout_come_back() {
    let one = Layout {
        name: "one weight a filter".into(),
        height: 3,
        width: 3,
        stem: crate::layout::Stem { kernel: 3, channels: 1, pool: false },
        fires: vec![crate::layout::Fire { squeeze: 1, expand: 1, pool: false }],
        classifier: crate::layout::Classifier { classes: 2, padding: 0 },
        floor_pools: false,
    };
    let floors = Layout { floor_pools: true, ..Layout::v1_1(224, 9) };
    let layouts = [one, floors, Layout::v1_1(224, 2), Layout::v1_1(227, 10), Layout::v1_0(227, 1000, 1), Layout::article(227, 1024)];
    for (seed, layout) in layouts.iter().enumerate() {
        let model = with_scales(random::network(layout, seed as u64), seed as u64);
        assert_eq!(from_bytes("m", &pack(&model).expect("packed").bytes).expect("loaded"), model, "{}", layout.name);
    }
}

#[test]
fn the_default_model_shrinks_without_loss() {
    let model = Model::default_model();
    let packed = pack(&model).expect("packed");
    eprintln!("default model: {} bytes plain, {} packed, header {}", model.to_bytes().len(), packed.bytes.len(), packed.header);
    assert_eq!(from_bytes("m", &packed.bytes).expect("loaded"), model);
    let total: f64 = packed.convolutions.iter().sum::<f64>() + (packed.header + FIXED + HASH) as f64;
    assert!((total - packed.bytes.len() as f64).abs() < 200.0, "{total} {}", packed.bytes.len());
    assert!(packed.bytes.len() < 1_170_000, "{}", packed.bytes.len());
}

#[test]
fn every_flipped_bit_is_refused_by_name() {
    let bytes = pack(&model(3, small())).expect("packed").bytes;
    for at in 0..8 * bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        let error = Model::from_bytes("net.ember", &damaged).expect_err("a flipped bit").to_string();
        assert!(error.starts_with("net.ember: "), "bit {at}: {error}");
        assert!(at < 64 || error.contains("ember compress"), "bit {at}: {error}");
    }
}

#[test]
fn every_cut_is_refused_by_name() {
    let bytes = pack(&model(4, small())).expect("packed").bytes;
    for keep in 0..bytes.len() {
        let error = Model::from_bytes("net.ember", &bytes[..keep]).expect_err("a cut file").to_string();
        assert!(error.starts_with("net.ember: "), "{keep} bytes: {error}");
        assert!(keep < MAGIC.len() || error.contains("damaged or cut short"), "{keep} bytes: {error}");
    }
    assert!(Model::from_bytes("net.ember", &[&bytes[..], b"x"].concat()).is_err());
}

#[test]
fn another_version_says_so() {
    let mut bytes = pack(&model(5, small())).expect("packed").bytes;
    bytes[MAGIC.len()] = 9;
    let error = from_bytes("m", &resealed(bytes)).expect_err("another version").to_string();
    assert!(error.contains("format version 9, expected 1"), "{error}");
}

/// A file with the given header text and message, sealed.
fn forged(text: &[u8], length: usize, message: &[u8]) -> Vec<u8> {
    let packed = brotli_compress(text);
    let mut bytes = MAGIC.to_vec();
    [1, packed.len(), length].into_iter().for_each(|n| bytes.extend((n as u32).to_le_bytes()));
    bytes.extend(packed);
    bytes.extend(message);
    bytes.extend([0; HASH]);
    resealed(bytes)
}

#[test]
fn absurd_sizes_are_refused_before_anything_is_allocated() {
    let refusal = |bytes: &[u8]| from_bytes("m", bytes).expect_err("refused").to_string();
    for (at, expected) in [(MAGIC.len() + 4, "cannot be"), (MAGIC.len() + 8, "cannot be")] {
        let mut bytes = pack(&model(6, small())).expect("packed").bytes;
        bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        let error = refusal(&resealed(bytes));
        assert!(error.contains(expected), "{error}");
    }
    // a bomb: a header that decompresses to far more than it says
    let error = refusal(&forged(&vec![b' '; MOST_HEADER * 8], 100, b""));
    assert!(error.contains("another length"), "{error}");
    let header = |layout: Layout| {
        let labels = vec![String::new(); layout.classifier.classes];
        let preprocessing = Preprocessing::standard(layout.height, layout.width);
        serde_json::to_vec(&Header { origin: String::new(), float_sha256: String::new(), layout, preprocessing, labels }).expect("JSON")
    };
    let mut huge = Layout::v1_1(227, 1000);
    huge.fires = vec![crate::layout::Fire { squeeze: 1024, expand: 1024, pool: false }; 30];
    let text = header(huge);
    let error = refusal(&forged(&text, text.len(), b""));
    assert!(error.contains("expected at most"), "{error}");
    // a whole network out of nothing
    let text = header(Layout::v1_1(227, 1000));
    let error = refusal(&forged(&text, text.len(), b""));
    assert!(error.contains("damaged"), "{error}");
}

#[test]
fn random_bytes_in_place_of_the_numbers_never_panic() {
    let good = pack(&model(7, small())).expect("packed");
    let start = FIXED + good.header;
    for seed in 0..400 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut bytes = good.bytes.clone();
        for _ in 0..rng.random_range(1..20) {
            let at = rng.random_range(start..bytes.len() - HASH);
            bytes[at] = rng.random();
        }
        // either refused, or by chance another valid model
        if let Ok(model) = from_bytes("m", &resealed(bytes)) {
            model.network.check().expect("whatever is loaded is valid");
        }
    }
}
