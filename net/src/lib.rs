//! Networks for the Ember engine in integers: layouts, model files, the reference, the fast software path, the compiler
//! to engine programs, and photographs as their input. `quantise` makes such networks.

#![deny(clippy::print_stdout, clippy::print_stderr)]

// the random networks of the tests serve the unit tests here as a module, which calls this crate by its name
#[cfg(test)]
extern crate self as net;
#[cfg(test)]
#[path = "../../tests/support/src/random.rs"]
#[allow(dead_code)] // some serve other crates' tests
mod random;

pub mod assets;
pub mod classify;
pub mod compiler;
pub mod compressed;
pub mod fast;
pub mod files;
pub mod fixed_point;
pub mod layout;
pub mod model;
pub mod model_file;
pub mod photo;
pub mod plural;
pub mod reference;
pub mod text;
