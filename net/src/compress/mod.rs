//! Makes a quantised network smaller: fewer, coarser weights that an entropy coder stores in few bits.
//!
//! After it the engine sees an ordinary int8 network. Steps:
//! 1. [`moments`]: inputs of every convolution on calibration images;
//! 2. [`sensitivity`]: how much each convolution's error changes the answers, which decides who gets how many bits;
//! 3. [`assign`]: weights one after another, each making up for the errors before it ([`factor`]), at the price of
//!    its bits ([`rate`]);
//! 4. [`pass`]: layer by layer, on the inputs that the layers made so far really give;
//! 5. the search here for the noise that gives the asked size.
//!
//! `docs/compression.md` has sources and measurements.

pub mod assign;
pub mod cholesky;
pub mod factor;
pub mod moments;
pub mod pass;
pub mod photographs;
pub mod rate;
pub mod sensitivity;

use crate::compressed::{self, PackError, Packed};
use crate::model::{Network, NetworkError, QuantConv};
use crate::model_file::{Model, ModelError, Scales};
use ndarray::Array3;
use pass::Statistics;

/// How small the file is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At most so many bytes, the whole file.
    Bytes(usize),
    /// At most so many bits a weight, on average over the whole file.
    BitsPerWeight(f64),
}

/// How a model is made smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// How small.
    pub target: Target,
    /// Price of a bit in squared steps; see [`assign::Choice::lambda`].
    pub lambda: f64,
    /// Layer-by-layer reconstruction; without it weights are rounded on their own.
    pub reconstruct: bool,
    /// Share of the inputs' mean variance that is added to every input's; see [`factor::Factor::new`].
    pub damping: f64,
    /// Exponent of the output channels' importance: 0 gives all the same step, 1 follows the estimate.
    pub importance: f64,
}

/// Price of a bit that was measured best; theory for a fine step has `2 ln 2 / 12 = 0.116`.
pub const LAMBDA: f64 = 0.12;
/// Damping that was measured best.
pub const DAMPING: f64 = 0.01;
/// Exponent of the importance that was measured best.
pub const IMPORTANCE: f64 = 0.5;
/// Trials of the search for a size.
const TRIALS: usize = 9;
/// How near the search without the errors of earlier layers comes, as a share of the size.
const NEAR: f64 = 0.01;
/// Trials layer by layer.
const PASSES: usize = 4;
/// How much of the size asked for may stay unused.
const UNUSED: f64 = 0.004;

/// Why a model was not made smaller.
#[derive(Debug, thiserror::Error)]
pub enum CompressError {
    /// Nothing to calibrate on.
    #[error("no calibration images were given; expected at least one photograph")]
    NoImages,
    /// An image of another size than the network's input, or integers out of bounds.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The parts do not make a model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Too large for the file's format.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// No step is coarse enough.
    #[error("the file cannot be made as small as {asked} bytes: {least} were reached with nearly all weights zero; ask for more")]
    TooSmall { asked: usize, least: usize },
}

/// What long work is at: stage, steps done, steps in all.
pub type Progress<'a> = &'a (dyn Fn(&'static str, usize, usize) + Sync);

/// A smaller model.
#[derive(Clone, Debug)]
pub struct Compressed {
    /// The model; `packed` gives exactly this one back.
    pub model: Model,
    /// Its file.
    pub packed: Packed,
}

/// Makes `model` smaller. `inputs` are calibration images as the network takes them (HWC bytes). The result does not
/// depend on the number of threads.
///
/// # Errors
/// No images or images of another size, or a size that cannot be reached.
pub fn compress(
    model: &Model,
    inputs: &[Array3<u8>],
    options: Options,
    origin: String,
    progress: Progress,
) -> Result<Compressed, CompressError> {
    if inputs.is_empty() {
        return Err(CompressError::NoImages);
    }
    let weights: usize = model.network.convolutions().iter().map(|(_, c)| c.weights.len()).sum();
    let asked = match options.target {
        Target::Bytes(bytes) => bytes,
        Target::BitsPerWeight(bits) => (bits * weights as f64 / 8.0) as usize,
    };
    let statistics = Statistics::new(model, inputs, options, progress)?;
    let noise = sensitivity::relative_noise(&statistics, inputs, options, progress)?;
    let whole = |network: Network, scales: Scales| -> Result<Compressed, CompressError> {
        let Model { preprocessing, labels, float_sha256, .. } = model.clone();
        let model = Model::new(network, scales, preprocessing, labels, origin.clone(), float_sha256)?;
        let packed = compressed::pack(&model)?;
        Ok(Compressed { model, packed })
    };
    // first without the errors of earlier layers, which is fast and gives nearly the same size
    let mut search = Search { asked: asked as f64, low: None, high: None, guess: 0.0, weights: weights as f64 };
    for trial in 0..TRIALS {
        progress("search", trial, TRIALS);
        let (network, scales) = statistics.assign_alone(&noise, search.guess.exp(), options);
        let bytes = whole(network, scales)?.packed.bytes.len();
        if (bytes as f64 / search.asked - 1.0).abs() < NEAR {
            break;
        }
        search.learn(bytes as f64);
    }
    progress("search", TRIALS, TRIALS);
    let mut best: Option<Compressed> = None;
    let mut least = usize::MAX;
    search.low = None;
    search.high = None;
    for _ in 0..PASSES {
        let (network, scales) = pass::run(&statistics, inputs, &noise, search.guess.exp(), options, progress)?;
        let found = whole(network, scales)?;
        let bytes = found.packed.bytes.len();
        least = least.min(bytes);
        let fits = bytes <= asked;
        if fits && best.as_ref().is_none_or(|b| b.packed.bytes.len() < bytes) {
            best = Some(found);
        }
        if search.done(bytes) {
            break;
        }
        search.learn(bytes as f64);
    }
    best.ok_or(CompressError::TooSmall { asked, least })
}

/// Looks for the logarithm of the noise at which the file has the asked size.
struct Search {
    asked: f64,
    /// A noise whose file is too large, and its size.
    low: Option<(f64, f64)>,
    /// A noise whose file fits, and its size.
    high: Option<(f64, f64)>,
    guess: f64,
    weights: f64,
}

impl Search {
    /// Whether a file is small enough and not needlessly small.
    fn done(&self, bytes: usize) -> bool {
        let bytes = bytes as f64;
        bytes <= self.asked && bytes >= self.asked * (1.0 - UNUSED)
    }

    fn learn(&mut self, bytes: f64) {
        let at = (self.guess, bytes);
        if bytes > self.asked {
            self.low = Some(at);
        } else {
            self.high = Some(at);
        }
        // aim a little below
        let aim = self.asked * (1.0 - UNUSED / 2.0);
        self.guess = match (self.low, self.high) {
            (Some((low, more)), Some((high, less))) => {
                let part = ((more - aim) / (more - less).max(1.0)).clamp(0.1, 0.9);
                low + part * (high - low)
            }
            // one bit a weight for every halving of the noise, at most; less where most weights are zero
            _ => self.guess + (((bytes - aim) * 8.0 * std::f64::consts::LN_2) / self.weights).clamp(-3.0, 3.0),
        };
    }
}

/// Every convolution for change, in the order of [`Network::convolutions`].
pub(crate) fn convolutions_mut(network: &mut Network) -> Vec<&mut QuantConv> {
    let mut all = vec![&mut network.stem];
    for fire in &mut network.fires {
        all.extend([&mut fire.squeeze, &mut fire.expand1, &mut fire.expand3]);
    }
    all.push(&mut network.classifier);
    all
}
