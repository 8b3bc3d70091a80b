//! Accuracy on labelled photographs.

use crate::error::EvaluateError;
use crate::facts::facts;
use crate::model::ModelLike;
use crate::report::dictionary;
use crate::wait;
use ::ember::evaluate::{evaluate as run, find_float, Circumstances, Options, Report};
use ::ember::{labels, Cancel};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Instant;

/// Measure accuracy on labelled photographs, in integers and, where the float network is at hand, in float.
///
/// Parameters
/// ----------
/// images : str or os.PathLike
///     Folder of photographs.
/// labels : str or os.PathLike, optional
///     CSV file with the columns `file` and `class`, or lines `FILE CLASS`; looked for as given, then in the folder. By default every folder in
///     the folder is a class.
/// model : Model or str or os.PathLike, optional
///     By default the embedded SqueezeNet v1.1.
/// float_network : str or os.PathLike, optional
///     Float network to compare with; by default the one near the photographs that the model was made from.
/// sqnr_images : int, default 64
///     Photographs, spread over the list, on which every layer is compared.
/// **facts
///     What the float network's file does not say, as for `quantize`.
///
/// Returns
/// -------
/// dict
///     What `ember eval --json` writes: `int8`, `float`, `agreement`, `changed`, `sqnr`, `skipped` and more.
///
/// Raises
/// ------
/// EvaluateError
///     The labels are not understood, no photograph can be read, or the float network is another one.
/// ModelError
///     The model file cannot be used.
#[pyfunction]
#[pyo3(signature = (images, labels=None, *, model=None, float_network=None, sqnr_images=64, **facts))]
pub fn evaluate<'py>(
    py: Python<'py>,
    images: PathBuf,
    labels: Option<PathBuf>,
    model: Option<ModelLike<'py>>,
    float_network: Option<PathBuf>,
    sqnr_images: usize,
    facts: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (model, facts) = (ModelLike::model(model, py)?, self::facts(facts)?);
    let cancel = Cancel::new();
    let stopped = cancel.clone();
    let work = move || -> Result<Report, String> {
        let labelled = labels::read(&images, labels.as_deref(), &model.labels).map_err(sentence)?.images;
        let float = find_float(float_network.as_deref(), &facts, &images, &model).map_err(sentence)?;
        let (float_network, float) = float.unzip();
        let start = Instant::now();
        let options = Options { sqnr_images, stop: &|| stopped.is_cancelled(), done: &|| () };
        let found = run(&model, float.as_ref(), &labelled, &options).map_err(sentence)?;
        found.refuse_nothing(labelled.len()).map_err(sentence)?;
        let seconds = start.elapsed().as_secs_f64();
        let circumstances = Circumstances { model: &model, float_network, images: &labelled, interrupted: false, seconds };
        Ok(Report::new(&found, circumstances))
    };
    let report = wait::interruptible(py, || cancel.cancel(), work)?.map_err(EvaluateError::new_err)?;
    dictionary(py, &report)
}

fn sentence(error: impl Display) -> String {
    error.to_string()
}
