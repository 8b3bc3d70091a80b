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

use ndarray::Array3;
use net::compressed::{self, PackError, Packed};
use net::model::{Network, NetworkError, QuantConv};
use net::model_file::{Model, ModelError, Scales};
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

/// Price of a bit: what theory has for fine steps, `2 ln 2 / 12 = 0.116`, rounded.
pub const LAMBDA: f64 = 0.12;
/// Damping: a hundredth of the mean diagonal, as in GPTQ (arXiv 2210.17323).
pub const DAMPING: f64 = 0.01;
/// Exponent of the importance: half way between none and the full one.
pub const IMPORTANCE: f64 = 0.5;
/// Trials of the search for a size.
const TRIALS: usize = 9;
/// How near the search without the errors of earlier layers comes, as a share of the size.
const NEAR: f64 = 0.01;
/// Trials layer by layer.
const PASSES: usize = 6;
/// How much of the size asked for may stay unused.
const UNUSED: f64 = 0.004;

/// Why a model was not made smaller.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
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
    #[error("the file cannot be made as small as {asked} bytes: the smallest of all trials had {least}; ask for more")]
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
    let mut search = Search::new(asked, weights);
    for trial in 0..TRIALS {
        progress("search", trial, TRIALS);
        let (network, scales) = statistics.assign_alone(&noise, search.guess.exp(), options);
        let bytes = whole(network, scales)?.packed.bytes.len();
        if (bytes as f64 / search.asked - 1.0).abs() < NEAR {
            break;
        }
        search.learn(bytes);
    }
    progress("search", TRIALS, TRIALS);
    search.restart();
    let mut best: Option<Compressed> = None;
    let mut least = usize::MAX;
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
        search.learn(bytes);
    }
    best.ok_or(CompressError::TooSmall { asked, least })
}

/// Looks for the logarithm of the noise at which the file has the asked size.
struct Search {
    asked: f64,
    guess: f64,
    /// Bytes that a file loses when the noise grows e-fold.
    slope: f64,
    /// Least and most that the slope can be.
    slopes: (f64, f64),
    last: Option<(f64, f64)>,
    /// A noise whose file is too large, and one whose file fits.
    between: (f64, f64),
    /// Files that were too large, one after another.
    misses: u32,
}

impl Search {
    /// Of a file of `asked` bytes, for so many weights.
    fn new(asked: usize, weights: usize) -> Self {
        // halving the noise costs a bit a weight where nearly all weights are coded, and less among zeros
        let most = weights as f64 / 8.0 / std::f64::consts::LN_2;
        Self {
            asked: asked as f64,
            guess: 0.0,
            slope: 0.8 * most,
            slopes: (0.1 * most, 1.3 * most),
            last: None,
            between: (f64::NEG_INFINITY, f64::INFINITY),
            misses: 0,
        }
    }

    /// Forgets the sizes, which another way of choosing changes a little, but not how they grow.
    fn restart(&mut self) {
        (self.last, self.between, self.misses) = (None, (f64::NEG_INFINITY, f64::INFINITY), 0);
    }

    /// Whether a file is small enough and not needlessly small.
    fn done(&self, bytes: usize) -> bool {
        let bytes = bytes as f64;
        bytes <= self.asked && bytes >= self.asked * (1.0 - UNUSED)
    }

    /// Chooses the next guess, after a file of so many bytes.
    fn learn(&mut self, bytes: usize) {
        let bytes = bytes as f64;
        if let Some((guess, before)) = self.last.filter(|(guess, _)| (guess - self.guess).abs() > 1e-3) {
            self.slope = ((before - bytes) / (self.guess - guess)).clamp(self.slopes.0, self.slopes.1);
        }
        self.last = Some((self.guess, bytes));
        if bytes > self.asked {
            self.between.0 = self.between.0.max(self.guess);
            self.misses += 1;
        } else {
            self.between.1 = self.between.1.min(self.guess);
            self.misses = 0;
        }
        // a little below, and lower the more often that was not enough
        let aim = self.asked * (1.0 - UNUSED * (0.5 + f64::from(self.misses.saturating_sub(1)).powi(2)));
        let next = self.guess + ((bytes - aim) / self.slope).clamp(-2.0, 2.0);
        let (low, high) = self.between;
        self.guess = if next > low && next < high { next } else { (low + high) / 2.0 };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Trials until a file of `size(log noise)` bytes is found that is done.
    fn trials(asked: usize, size: impl Fn(f64) -> f64) -> usize {
        let mut search = Search::new(asked, 1_000_000);
        for trial in 1..30 {
            let bytes = size(search.guess) as usize;
            if search.done(bytes) {
                return trial;
            }
            search.learn(bytes);
        }
        panic!("{asked} bytes were not found")
    }

    #[test]
    fn sizes_are_found_in_few_trials() {
        let dense = |noise: f64| 400_000.0 - 180_000.0 * noise;
        let sparse = |noise: f64| 60_000.0 + 300_000.0 * (-noise).exp();
        // steps of a few bytes, as real files have
        let uneven = |noise: f64| sparse(noise) + 400.0 * (noise * 900.0).sin();
        for asked in [150_000, 300_000, 400_000, 700_000] {
            assert!(trials(asked, dense) <= 5, "{asked}");
        }
        for asked in [100_000, 150_000, 200_000, 300_000, 360_000] {
            assert!(trials(asked, sparse) <= 5, "{asked}");
            assert!(trials(asked, uneven) <= 7, "{asked}");
        }
    }
}
