//! From a float SqueezeNet to the integers of `net`: import, float runtime, calibration, quantisation, bias correction,
//! and fewer bits a weight. Whoever only runs networks does not build this.

#![deny(clippy::print_stdout, clippy::print_stderr)]

#[cfg(test)]
#[path = "../../tests/support/src/random.rs"]
#[allow(dead_code)] // some serve other crates' tests
mod random;

pub mod bias_correction;
pub mod calibrate;
pub mod classifier;
pub mod compress;
pub mod export;
pub mod float;
pub mod histogram;
pub mod import;
pub mod metrics;
pub mod quantiser;
pub mod runtime;
