//! What every clone has: the default model, photographs to try it on, and the ImageNet class names.
//! Origins and licences are in `net/assets/ORIGIN.md`.

use crate::model_file::Model;

/// An embedded photograph.
#[derive(Clone, Copy, Debug)]
pub struct Photograph {
    /// File name, for example `coffee.png`.
    pub name: &'static str,
    /// The encoded file; decode it with [`crate::photo::decode`].
    pub bytes: &'static [u8],
}

/// The shipped photographs; the first one is the default.
pub const PHOTOGRAPHS: [Photograph; 3] = [
    Photograph { name: "coffee.png", bytes: include_bytes!("../assets/images/coffee.png") },
    Photograph { name: "chelsea.png", bytes: include_bytes!("../assets/images/chelsea.png") },
    Photograph { name: "rocket.jpg", bytes: include_bytes!("../assets/images/rocket.jpg") },
];

/// What `--model` takes for the embedded network of six-bit weights, where no file has this name.
pub const SIX_BITS: &str = "v1.1-6bit";

const SIX_BIT_MODEL: &[u8] = include_bytes!("../assets/squeezenet_v1.1_6bit.ember");
const DEFAULT_MODEL: &[u8] = include_bytes!("../assets/squeezenet_v1.1.ember");
const IMAGENET_CLASSES: &str = include_str!("../assets/imagenet_classes.txt");

impl Model {
    /// SqueezeNet v1.1 with the authors' weights, 227x227 pixels, 1000 ImageNet classes.
    pub fn default_model() -> Self {
        Self::from_bytes("squeezenet_v1.1.ember", DEFAULT_MODEL).expect("the embedded model is whole; a test loads it")
    }

    /// The same network in weights of six bits, for engines that keep no more (xc7a200t).
    pub fn six_bit_model() -> Self {
        Self::from_bytes("squeezenet_v1.1_6bit.ember", SIX_BIT_MODEL).expect("the embedded model is whole; a test loads it")
    }

    /// A photograph as this model's input: HWC bytes, red green blue.
    pub fn input(&self, photograph: &Photograph) -> ndarray::Array3<u8> {
        let image = crate::photo::decode(photograph.name, photograph.bytes).expect("embedded photographs are whole; a test decodes them");
        self.preprocessing.apply(&image, self.layout().height, self.layout().width)
    }
}

/// Names of the 1000 ImageNet (ILSVRC 2012) classes, in the order that the published networks use.
pub fn imagenet_classes() -> Vec<String> {
    IMAGENET_CLASSES.lines().map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_photograph_is_an_espresso() {
        let model = Model::default_model();
        let sums = crate::reference::run(&model.network, model.input(&PHOTOGRAPHS[0]).view()).expect("it runs").sums;
        let best = &model.top(&sums, 5)[0];
        assert_eq!((best.class, best.name.as_str()), (967, "espresso"));
        assert!(best.probability > 0.98, "{best:?}");
    }

    #[test]
    fn the_six_bit_model_is_the_same_network_in_six_bits() {
        let (model, eight) = (Model::six_bit_model(), Model::default_model());
        assert!(model.network.convolutions().iter().all(|(_, conv)| conv.weights.iter().all(|w| w.abs() <= 31)));
        assert_eq!((model.layout(), &model.float_sha256, &model.labels), (eight.layout(), &eight.float_sha256, &eight.labels));
        let sums = crate::reference::run(&model.network, model.input(&PHOTOGRAPHS[0]).view()).expect("it runs").sums;
        assert_eq!(model.top(&sums, 1)[0].class, 967);
        let named = crate::model_file::load(std::path::Path::new(SIX_BITS)).expect("found by its name");
        assert_eq!(named, model);
        let error = crate::model_file::load(std::path::Path::new("v1.1-5bit")).expect_err("no such model").to_string();
        assert!(error.contains("v1.1-5bit"), "{error}");
    }

    #[test]
    fn every_photograph_fits_the_default_model() {
        let model = Model::default_model();
        for photograph in &PHOTOGRAPHS {
            assert_eq!(model.input(photograph).shape(), [227, 227, 3]);
        }
    }
}
