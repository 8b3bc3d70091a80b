//! What a file holds.

use crate::facts::{facts, parsed};
use crate::report::dictionary;
use crate::wait;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

/// Tell what a file holds, without building anything from it.
///
/// Parameters
/// ----------
/// path : str or os.PathLike
///     A network as for `quantize`, or a model file (.ember).
/// resize : str, optional
///     As for `quantize`.
/// **facts
///     As for `quantize`.
///
/// Returns
/// -------
/// dict
///     What `ember check --json` writes: `accepted`, `reason` (why Ember cannot run it, or None), `nodes`, `summary`.
#[pyfunction]
#[pyo3(signature = (path, *, resize=None, **facts))]
pub fn check<'py>(py: Python<'py>, path: PathBuf, resize: Option<&str>, facts: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
    let (facts, resize) = (self::facts(facts)?, parsed("resize", resize)?);
    let (report, _) = wait::interruptible(py, || (), move || ::ember::check::check(&path, &facts, None, resize))?;
    dictionary(py, &report)
}
