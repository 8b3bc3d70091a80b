//! Why no model was made.

use crate::labels::LabelsError;
use net::layout::LayoutError;
use net::model::NetworkError;
use net::model_file::ModelError;
use net::photo::ImageError;
use net::text::shown;
use quantise::bias_correction::CorrectionError;
use quantise::calibrate::CalibrationError;
use quantise::fit::FitError;
use quantise::import::ImportError;
use quantise::quantiser::QuantiseError;
use quantise::runtime::RuntimeError;
use std::path::PathBuf;

/// Why no model was made; one clear sentence each.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum QuantizeError {
    /// The network's file.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The resize does not hold the input.
    #[error("{0}")]
    Resize(String),
    /// A float network without photographs.
    #[error("photographs are needed to calibrate this network; name their folder with --images")]
    NoPhotographs,
    /// The file of class names.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// The photographs.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
    /// A photograph.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The float network does not run.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// Biases are corrected in one way only.
    #[error("--bias-correction belongs to --calibration mse, max and percentile; equalise always fits the biases")]
    BiasCorrection,
    /// The weights cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// There are no integers for these numbers.
    #[error(transparent)]
    Quantise(#[from] QuantiseError),
    /// The biases cannot be corrected.
    #[error(transparent)]
    Correction(#[from] CorrectionError),
    /// The layout is impossible.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The integers do not make a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The parts do not make a model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A quantised network keeps its weights.
    #[error("{}: the network is quantised already and keeps its own weights; --weight-bits needs the float network", shown(path))]
    WeightBits { path: PathBuf },
    /// A file has gone meanwhile.
    #[error("{}: the file cannot be read again: {cause}", shown(path))]
    Again { path: PathBuf, cause: std::io::Error },
    /// [`Progress::is_stopped`](crate::progress::Progress::is_stopped) said so.
    #[error("stopped before the model was made")]
    Stopped,
}
