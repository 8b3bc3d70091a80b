//! Why a network does not become a program.

use crate::model::NetworkError;
use contract::engine::{ConfigError, EngineConfig};
use contract::field::OutOfRange;
use thiserror::Error;

/// A network that this engine cannot run, or a program file that cannot be used.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum CompileError {
    /// The network itself is not sound.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The engine configuration is not sound.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A number that a layer's descriptor does not hold.
    #[error(transparent)]
    Descriptor(#[from] OutOfRange),
    /// A memory of the engine is too small for the network.
    #[error("the {memory} has {depth} {unit}, the network needs {needed} ({missing} more); generate an engine that holds it with `hdl generate {}`, or simulate one with `sim --fit`", super::engine::options(.smallest))]
    TooSmall {
        /// Which memory.
        memory: &'static str,
        /// What the engine has.
        depth: usize,
        /// What the network needs.
        needed: usize,
        /// The difference.
        missing: usize,
        /// What is counted.
        unit: &'static str,
        /// The smallest engine with as many columns that takes the network.
        smallest: Box<EngineConfig>,
    },
    /// The classifier's map is so large that sums could leave 24 bits.
    #[error("the classifier's map has {pixels} pixels, at most 65793 can be summed in 24 bits; use a smaller input")]
    TooManyPixels {
        /// Pixels of the map.
        pixels: usize,
    },
    /// A weight that the engine's weight memory cannot keep.
    #[error("{conv} has a weight of {value}, and the engine keeps {bits} bits of each ({low} to {high}); quantise the model with `ember quantize --weight-bits {bits}` (v1.1 in six bits is shipped: `--model v1.1-6bit`), or generate an engine with more")]
    WeightRange {
        /// The convolution.
        conv: String,
        /// The first weight out of range.
        value: i8,
        /// Bits that the engine keeps.
        bits: usize,
        /// Least weight in range.
        low: i8,
        /// Greatest weight in range.
        high: i8,
    },
    /// A program file that is not one, or is damaged.
    #[error("the program file {why}; compile the model again")]
    File {
        /// What is wrong.
        why: String,
    },
}
