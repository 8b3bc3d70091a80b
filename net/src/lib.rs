//! Networks for the Ember engine: layouts, model files, import, quantisation, the integer reference,
//! the fast software path and the compiler to engine programs.

pub mod assets;
#[cfg(feature = "float")]
pub mod bias_correction;
#[cfg(feature = "float")]
pub mod calibrate;
pub mod classify;
pub mod compiler;
#[cfg(feature = "compress")]
pub mod compress;
pub mod compressed;
pub mod engine;
pub mod fast;
pub mod files;
#[cfg(feature = "float")]
pub mod float;
pub mod histogram;
pub mod image;
#[cfg(feature = "float")]
pub mod import;
pub mod interface;
mod jpeg;
pub mod layout;
pub mod metrics;
pub mod model;
pub mod model_file;
pub mod preprocess;
#[cfg(feature = "float")]
pub mod quantise;
pub mod random;
pub mod reference;
pub mod registers;
pub mod resize;
#[cfg(feature = "float")]
pub mod runtime;
pub mod statistics;
