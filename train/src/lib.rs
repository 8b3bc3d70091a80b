//! Training of a SqueezeNet: the network in candle, photographs, optimiser, checkpoints, near-duplicates, the report. The command is
//! `ember train`; `docs/training.md` has the method and the figures.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod augment;
pub mod balance;
pub mod checkpoint;
pub mod duplicates;
pub mod features;
pub mod network;
pub mod ops;
pub mod options;
pub mod photographs;
pub mod random;
pub mod report;
pub mod session;
pub mod sgd;
pub mod split;
pub mod start;
pub mod tally;

use std::path::PathBuf;

/// Why training did not begin or go on.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum TrainError {
    /// The framework failed.
    #[error("the training framework failed ({}); please report this with the command", net::text::cause(.0))]
    Framework(#[from] candle_core::Error),
    /// The tensors of the network do not fit.
    #[error(transparent)]
    Float(#[from] quantise::float::FloatError),
    /// The layout is impossible.
    #[error(transparent)]
    Layout(#[from] net::layout::LayoutError),
    /// The integers do not fit.
    #[error(transparent)]
    Network(#[from] net::model::NetworkError),
    /// A photograph cannot be read any more.
    #[error(transparent)]
    Image(#[from] net::photo::ImageError),
    /// The loss is no number any more.
    #[error("the loss is no number any more in epoch {epoch}: training diverged; the checkpoint of the epoch before is kept, begin again with --restart and a lower --learning-rate (it was {rate})")]
    Diverged { epoch: usize, rate: f64 },
    /// A checkpoint does not fit, or cannot be read.
    #[error("{}: {reason}", net::text::shown(path))]
    Checkpoint { path: PathBuf, reason: String },
    /// An output cannot be written.
    #[error(transparent)]
    Write(#[from] net::files::WriteError),
    /// The work was stopped from outside.
    #[error("stopped")]
    Stopped,
}
