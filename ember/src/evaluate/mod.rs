//! Accuracy of a model's integers on labelled photographs, beside that of the float network they came from: what `ember eval` measures.
//!
//! Labels come from [`labels::read`](crate::labels::read), the float network, where there is one, from [`find_float`] or [`float_network`];
//! [`evaluate`] runs both, and [`Report`] is the figures.

mod float;
mod report;
mod run;
pub mod statistics;

pub use float::{find_float, float_network, Compared};
pub use report::{Changed, Circumstances, Confusion, Effect, Figures, First, Interval, LayerFigures, Layers, Report, Skipped};
pub use run::{evaluate, Answer, Answers, Evaluation, Options};

use net::model::NetworkError;
use net::plural::count;
use net::text::shown;
use quantise::import::ImportError;
use quantise::runtime::RuntimeError;
use std::path::PathBuf;

/// Why nothing was evaluated; one clear sentence each.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The integers do not make a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The float network does not run.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The float network cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The float network is another one.
    #[error("{}: the float network has {classes} classes, but the model has {expected}", shown(path))]
    Classes {
        /// Its file.
        path: PathBuf,
        /// Its classes.
        classes: usize,
        /// The model's.
        expected: usize,
    },
    /// No photograph was evaluated: figures would say nothing.
    #[error("none of {} can be evaluated; the first one: {first}", count(*listed, "image"))]
    Nothing {
        /// Photographs in the list.
        listed: usize,
        /// What is wrong with the first.
        first: String,
    },
}
