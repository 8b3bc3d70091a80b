//! Every published layout as a network: with real weights where there are some, otherwise seeded random ones.

use ndarray::{s, Array3};
use net::assets::PHOTOGRAPHS;
use net::layout::{Classifier, Layout};
use net::model::Network;
use net::model_file::Model;
use net::photo::Preprocessing;
use quantise::runtime::FloatEngine;
use quantise::{import, quantiser};
use sha2::{Digest, Sha256};
use std::path::Path;
use test_support::random;

/// A layout with weights.
pub struct Case {
    /// Layout and input side, for example `v1.0@227`.
    pub name: &'static str,
    /// The integers.
    pub network: Network,
    /// Where the weights come from.
    pub weights: String,
}

/// Seed of the weights of a layout that has no real ones.
const SEED: u64 = 1602;

impl Case {
    /// The six layouts, with the shipped weights for v1.1's, and `v1_0` for v1.0 and the article's (which
    /// has the same tensors and other pools); seeded random weights where that is `None`.
    pub fn all(v1_0: Option<&Network>) -> Vec<Self> {
        let shipped = Model::default_model().network;
        let v1_1 = |name, side, classes| {
            let mut network = classes_of(&shipped, classes);
            (network.layout.height, network.layout.width) = (side, side);
            Self { name, network, weights: format!("the authors', shipped, {classes} classes") }
        };
        let large = |name, layout: Layout| match v1_0 {
            Some(real) => Self { name, network: Network { layout, ..real.clone() }, weights: "the authors', from the test data".into() },
            None => Self { name, network: random::typical_network(&layout, SEED), weights: format!("random, seed {SEED}") },
        };
        vec![
            large("v1.0@227", Layout::v1_0(227, 1000, 1)),
            large("v1.0@224", Layout::v1_0(224, 1000, 0)),
            v1_1("v1.1@227", 227, 1000),
            v1_1("v1.1@224", 224, 1000),
            large("article@227", Layout::article(227, 1000)),
            v1_1("v1.1@227, 10 classes", 227, 10),
        ]
    }

    /// The first shipped photograph in the size of this layout's input: HWC, red green blue.
    pub fn photograph(&self) -> Array3<u8> {
        let photograph = &PHOTOGRAPHS[0];
        let image = net::photo::decode(photograph.name, photograph.bytes).unwrap_or_else(|e| panic!("{e}"));
        let (height, width) = (self.network.layout.height, self.network.layout.width);
        Preprocessing::standard(height, width).apply(&image, height, width)
    }
}

/// `network` with the first `classes` rows of its classifier.
fn classes_of(network: &Network, classes: usize) -> Network {
    let mut network = network.clone();
    let conv = &mut network.classifier;
    conv.weights = conv.weights.slice(s![..classes, .., .., ..]).to_owned();
    conv.bias.truncate(classes);
    conv.multiplier.truncate(classes);
    conv.shift.truncate(classes);
    network.layout.classifier = Classifier { classes, ..network.layout.classifier };
    network
}

/// The authors' v1.0 from the folder of test data, with activation scales from the maxima on the shipped
/// photographs: good enough to compare bytes by. `None` when the file is absent.
pub fn v1_0(data: &Path) -> Option<Network> {
    let path = data.join("models/squeezenet1_0.safetensors");
    if !path.is_file() {
        return None;
    }
    let float = import::load(&path, &import::Facts::default()).unwrap_or_else(|e| panic!("{e}"));
    let engine = FloatEngine::new(&float).unwrap_or_else(|e| panic!("{e}"));
    let mut most = vec![f32::MIN_POSITIVE; engine.layers().len()];
    let [height, width] = engine.size();
    for photograph in &PHOTOGRAPHS {
        let image = net::photo::decode(photograph.name, photograph.bytes).unwrap_or_else(|e| panic!("{e}"));
        let input = Preprocessing::standard(height, width).apply(&image, height, width);
        let outputs = engine.run(input.view()).unwrap_or_else(|e| panic!("{e}"));
        for (most, output) in most.iter_mut().zip(&outputs) {
            *most = output.iter().fold(*most, |a, &b| a.max(b));
        }
    }
    let scales: Vec<f32> = most.iter().map(|m| m / 255.0).collect();
    Some(quantiser::quantise(&float, &scales).unwrap_or_else(|e| panic!("{e}")).network)
}

/// First eight bytes of the SHA-256 of a CHW tensor's bytes, in hexadecimal.
pub fn short_hash(bytes: impl IntoIterator<Item = u8>) -> String {
    let digest = Sha256::digest(bytes.into_iter().collect::<Vec<u8>>());
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}
