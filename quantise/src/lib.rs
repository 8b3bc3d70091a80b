//! From a float SqueezeNet to the integers of `net`: import, float runtime, calibration, quantisation, bias correction,
//! and fewer bits a weight. Whoever only runs networks does not build this.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod augment;
pub mod bias_correction;
pub mod calibrate;
pub mod classifier;
pub mod compress;
pub mod convolve;
pub mod equalise;
pub mod export;
pub mod fit;
pub mod float;
pub mod gradient;
pub mod histogram;
pub mod import;
pub mod metrics;
pub mod quantiser;
#[cfg(test)]
mod random_float;
pub mod reconstruct;
pub mod runtime;
