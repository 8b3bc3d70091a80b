//! The whole way from a float network and calibration inputs to integers that keep what it knew: steps a channel ([`crate::equalise`]), then
//! weights layer by layer ([`crate::reconstruct`]). `docs/accuracy.md` has what it is worth.

use crate::calibrate::{CalibrationError, REPRESENTATIVE};
use crate::equalise::observe::{self, Observed};
use crate::equalise::steps::{self, Reader};
use crate::equalise::{convolutions, Steps};
use crate::float::FloatNetwork;
use crate::quantiser::{weight_steps, QuantiseError, Quantised, WEIGHT_BITS};
use crate::reconstruct::{self, Done};
use ndarray::Array3;
use net::layout::Layer;

/// Seed of the labels that are drawn.
const SEED: u64 = 11;

/// How the integers are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Bits of a weight, 2 to 8.
    pub bits: u32,
    /// Factor on the least step of every channel.
    pub headroom: f64,
    /// See [`steps::Options::floor`].
    pub floor: f64,
    /// See [`steps::Options::weight_noise`].
    pub weight_noise: f64,
    /// See [`reconstruct::Options::damping`].
    pub damping: f64,
}

impl Options {
    /// What measures best for a set of `images` photographs and weights of `bits` bits.
    pub fn for_images(images: usize, bits: u32) -> Self {
        let representative = images >= REPRESENTATIVE;
        let (headroom, damping, weight_noise) = match (representative, bits < WEIGHT_BITS) {
            (true, false) => (1.0, 0.02, 1.0),
            (true, true) => (1.0, 0.05, 4.0),
            (false, false) => (1.25, 0.5, 1.0),
            (false, true) => (1.25, 0.5, 2.0),
        };
        Self { bits, headroom, floor: 0.1, weight_noise, damping }
    }
}

/// What was done to one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerFit {
    /// Smallest and largest step of its channels, real values.
    pub steps: [f64; 2],
    /// Its sums before ReLU.
    pub done: Done,
}

/// The integers and what was done.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The integers.
    pub quantised: Quantised,
    /// Real step of every channel of every layer.
    pub steps: Steps,
    /// One a layer.
    pub layers: Vec<LayerFit>,
}

/// Why there are no integers.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// A layer is dead.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
    /// Activations that are no plain ReLUs.
    #[error("{0}")]
    Activations(&'static str),
    /// The float tensors or the integers are out of bounds.
    #[error(transparent)]
    Quantise(#[from] QuantiseError),
}

/// Why [`fit`] does not take `float`: its steps a channel and its gradient are those of plain ReLUs.
pub fn refusal(float: &FloatNetwork) -> Option<&'static str> {
    if float.activations.ceilings.iter().any(Option::is_some) {
        // the engine clips a whole map at one value, 255 steps: its channels cannot have steps of their own
        return Some("its activations have a ceiling (ReLU6), which steps a channel do not keep");
    }
    float.activations.linear_classifier.then_some("its classifier has no ReLU and no constant on its biases yet")
}

fn checked(float: &FloatNetwork) -> Result<Vec<Layer>, FitError> {
    refusal(float).map_or(Ok(()), |reason| Err(FitError::Activations(reason)))?;
    Ok(float.check().map_err(QuantiseError::from)?)
}

/// Chooses integers for `float` on `inputs` (HWC bytes of the layout's size). `progress` is told the stage, and called once a step of it: once an
/// input for `observe`, once a layer for `fit`. The result does not depend on the number of threads.
///
/// # Errors
/// A network that [`refusal`] names, a layer that gives only zeros, tensors that do not fit the layout, or numbers for which
/// no integers exist.
pub fn fit(
    float: &FloatNetwork,
    inputs: &[Array3<u8>],
    options: Options,
    progress: &(dyn Fn(&'static str) + Sync),
) -> Result<Fitted, FitError> {
    let observed = observe(float, inputs, progress)?;
    fit_observed(float, &observed, inputs, options, progress)
}

/// The first half of [`fit`], which does not depend on the options.
///
/// # Errors
/// A network that [`refusal`] names, tensors that do not fit the layout.
pub fn observe(float: &FloatNetwork, inputs: &[Array3<u8>], progress: &(dyn Fn(&'static str) + Sync)) -> Result<Observed, FitError> {
    let layers = checked(float)?;
    Ok(observe::observe(float, &layers, inputs, SEED, &|| progress("observe")))
}

/// The second half of [`fit`].
///
/// # Errors
/// As [`fit`].
pub fn fit_observed(
    float: &FloatNetwork,
    observed: &Observed,
    inputs: &[Array3<u8>],
    options: Options,
    progress: &(dyn Fn(&'static str) + Sync),
) -> Result<Fitted, FitError> {
    let layers = checked(float)?;
    let steps = choose_steps(float, &layers, observed, options)?;
    let weights = reconstruct::Options { bits: options.bits, damping: options.damping };
    let (quantised, done) = reconstruct::reconstruct(float, &layers, &steps, inputs, weights, &|| progress("fit"))?;
    let ends = |channels: &Vec<f64>| channels.iter().fold([f64::INFINITY, 0.0f64], |[low, high], &d| [low.min(d), high.max(d)]);
    let layers = steps.channels.iter().zip(done).map(|(channels, done)| LayerFit { steps: ends(channels), done }).collect();
    Ok(Fitted { quantised, steps, layers })
}

/// The step of every channel; of the last layer one for all classes, whose sums are compared.
fn choose_steps(float: &FloatNetwork, layers: &[Layer], observed: &Observed, options: Options) -> Result<Steps, CalibrationError> {
    let options_of_steps = steps::Options {
        headroom: options.headroom,
        floor: options.floor,
        weight_steps: weight_steps(options.bits),
        weight_noise: options.weight_noise,
    };
    let dead = |layer: &Layer| CalibrationError::Dead { layer: layer.name.clone() };
    let mut channels = Vec::with_capacity(layers.len());
    for (i, layer) in layers.iter().enumerate() {
        let found = match layers.get(i + 1) {
            None => observed.last.scale_of_largest().map(|choice| {
                let step = f64::from(choice.scale) * options.headroom;
                vec![steps::rounded(step); layer.out_channels]
            }),
            Some(next) => {
                let mut fisher = &observed.layers[i + 1].fisher[..];
                let mut readers = Vec::new();
                for conv in convolutions(float, next) {
                    let (own, rest) = fisher.split_at(conv.bias.len());
                    readers.push(Reader { weights: &conv.weights, fisher: own });
                    fisher = rest;
                }
                steps::choose(&observed.layers[i], &readers, options_of_steps)
            }
        };
        channels.push(found.ok_or_else(|| dead(layer))?);
    }
    Ok(Steps { channels })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient::{forward, logits};
    use crate::metrics::divergence;
    use crate::{quantiser, random_float};
    use net::classify::softmax;
    use rand::Rng;

    /// A network none of whose layers is dead, and inputs for it.
    fn case(seed: u64) -> Option<(FloatNetwork, Vec<Array3<u8>>)> {
        let (float, mut rng) = random_float::network(seed);
        let inputs: Vec<_> =
            (0..24).map(|_| Array3::from_shape_fn((float.layout.height, float.layout.width, 3), |_| rng.random())).collect();
        let layers = float.layout.layers().expect("possible");
        let all = forward(&float, &layers, inputs[0].view());
        all.iter().all(|a| a.output().iter().any(|v| *v > 0.0)).then_some((float, inputs))
    }

    /// Mean divergence of the integers' answers from the float network's, nat; `scale` is that of the last layer.
    fn mean_divergence(float: &FloatNetwork, quantised: &Quantised, inputs: &[Array3<u8>]) -> f64 {
        let layers = float.layout.layers().expect("possible");
        let sum = inputs.iter().map(|input| {
            let trace = net::reference::run(&quantised.network, input.view()).expect("it fits");
            let last = trace.layers.last().expect("a layer").output();
            let step = f64::from(*quantised.scales.activations.last().expect("a scale"));
            let positions = (last.dim().1 * last.dim().2) as f64;
            let found: Vec<f64> = trace.sums.iter().map(|&s| f64::from(s) * step / positions).collect();
            divergence(&softmax(&logits(&forward(float, &layers, input.view()))), &softmax(&found))
        });
        sum.sum::<f64>() / inputs.len() as f64
    }

    #[test]
    fn the_same_integers_on_any_number_of_threads() {
        let mut compared = 0;
        for (float, inputs) in (0..6).filter_map(case) {
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                let options = Options::for_images(3, 8);
                pool.install(|| fit(&float, &inputs, options, &|_| ()).expect("ordinary numbers"))
            };
            let (one, three) = (on(1), on(3));
            assert_eq!((one.quantised.network, one.quantised.scales), (three.quantised.network, three.quantised.scales));
            assert_eq!((one.steps, one.layers), (three.steps, three.layers));
            compared += 1;
        }
        assert!(compared >= 3, "{compared} networks have no dead layer");
    }

    #[test]
    fn answers_are_nearer_to_the_float_networks() {
        let (mut plain, mut fitted) = (0.0, 0.0);
        for (float, inputs) in (0..12).filter_map(case) {
            let (calibration, others) = inputs.split_at(16);
            let found = fit(&float, calibration, Options::for_images(3, 4), &|_| ()).expect("ordinary numbers");
            assert!(found.quantised.network.convolutions().iter().all(|(_, c)| c.weights.iter().all(|w| w.abs() <= 7)));
            // a filter of one or two inputs has nothing to make up with, so a layer alone may be no better
            let sum = |of: fn(&Done) -> f64| found.layers.iter().map(|l| of(&l.done) / l.done.signal).sum::<f64>();
            assert!(sum(|d| d.chosen) < sum(|d| d.nearest), "{:?}", found.layers);
            let layers = float.layout.layers().expect("possible");
            let most = |layer: &observe::Channels| layer.most.iter().fold(0.0f64, |a, &b| a.max(b));
            let observed = observe::observe(&float, &layers, calibration, 1, &|| ());
            let scales: Vec<f32> = observed.layers.iter().map(|l| (1.25 * most(l) / 255.0) as f32).collect();
            plain += mean_divergence(&float, &quantiser::quantise_to(&float, &scales, 4).expect("ordinary numbers"), others);
            fitted += mean_divergence(&float, &found.quantised, others);
        }
        assert!(fitted < 0.7 * plain, "{fitted} fitted, {plain} rounded");
    }

    #[test]
    fn a_constant_on_the_biases_is_fitted_too() {
        let mut compared = 0;
        for (mut float, inputs) in (0..6).filter_map(case) {
            // a classifier without ReLU, whose outputs are below 0 as often as above; its constant keeps all of them
            float.classifier.bias.fill(0.0);
            let constant = 4.0;
            float.shift_classifier(constant);
            let layers = float.layout.layers().expect("possible");
            let cut = |input: &Array3<u8>| forward(&float, &layers, input.view()).pop().is_some_and(|a| a.conv.iter().any(|v| *v <= 0.0));
            if inputs.iter().any(cut) {
                continue;
            }
            let found = fit(&float, &inputs, Options::for_images(3, 8), &|_| ()).expect("ordinary numbers");
            let divergence = mean_divergence(&float, &found.quantised, &inputs);
            assert!(divergence < 0.01, "{divergence}");
            compared += 1;
        }
        assert!(compared >= 2, "{compared} networks are above 0");
    }

    #[test]
    fn other_activations_are_refused() {
        let (float, inputs) = (0..).find_map(case).expect("one of them lives");
        let layers = float.layout.layers().expect("possible").len();
        let mut with_ceiling = float.clone();
        with_ceiling.activations.ceilings = vec![None; layers];
        assert_eq!(refusal(&with_ceiling), None);
        with_ceiling.activations.ceilings[1] = Some(6.0);
        let mut linear = float;
        linear.activations.linear_classifier = true;
        for (network, named) in [(with_ceiling, "ceiling"), (linear, "no ReLU")] {
            let error = fit(&network, &inputs, Options::for_images(3, 8), &|_| ()).expect_err("no plain ReLUs").to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn a_dead_layer_is_named() {
        let (mut float, inputs) = (0..).find_map(case).expect("one of them lives");
        float.classifier.bias.fill(-1e6);
        let error = fit(&float, &inputs, Options::for_images(3, 8), &|_| ()).expect_err("all zero").to_string();
        assert!(error.contains("conv10"), "{error}");
    }
}
