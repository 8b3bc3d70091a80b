//! Streams.

use crate::classification::Classification;
use crate::error::raised;
use crate::feed::{lock, Failure, Feed, Tag};
use crate::wait::{self, PATIENCE};
use ::ember::{Cancel, Classifier, Error, Tagged};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyIterator;
use std::sync::Mutex;

const BUSY: &str = "another thread is waiting for this stream's next result; read a stream in one thread, or give each its own";

/// An iterator of results in the order of the images, from `Device.stream`.
///
/// It holds a bounded number of images. An exception in `next` is that image's own, and the following `next` gives the following image's
/// result. Left early, or closed, it takes no more images.
#[pyclass(frozen, generic, module = "ember")]
pub struct Stream {
    /// Nothing once it is closed.
    results: Mutex<Option<Tagged<Tag>>>,
    cancel: Cancel,
    failure: Failure,
    returns_errors: bool,
}

impl Stream {
    /// Begins to take images out of `iterator`.
    ///
    /// # Errors
    /// The thread that takes them cannot be started.
    pub fn begin(classifier: &Classifier, iterator: Bound<'_, PyIterator>, returns_errors: bool) -> PyResult<Self> {
        let (cancel, failure) = (Cancel::new(), Failure::default());
        let feed = Feed { iterator: iterator.unbind(), failure: failure.clone() };
        let results = classifier.with_cancel(&cancel).stream_tagged(feed).map_err(|error| raised(&error))?;
        Ok(Self { results: Mutex::new(Some(results)), cancel, failure, returns_errors })
    }

    fn next_of(
        &self,
        py: Python<'_>,
        results: &mut Option<Tagged<Tag>>,
    ) -> PyResult<Option<(Tag, Result<::ember::Classification, Error>)>> {
        let Some(stream) = results else { return Ok(None) };
        let item = wait::until(py, || stream.next_within(PATIENCE)).inspect_err(|_| self.cancel.cancel())?;
        if item.is_none() {
            *results = None;
            lock(&self.failure).take().map_or(Ok(()), Err)?;
        }
        Ok(item)
    }
}

#[pymethods]
impl Stream {
    fn __iter__(stream: PyRef<'_, Self>) -> PyRef<'_, Self> {
        stream
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let mut results = self.results.try_lock().map_err(|_| PyValueError::new_err(BUSY))?;
        let Some((Tag { path, problem }, result)) = self.next_of(py, &mut results)? else { return Ok(None) };
        let outcome = match problem {
            Some(problem) => Err(problem),
            None => result.map_err(|error| raised(&error)),
        };
        match outcome {
            Ok(result) => Ok(Some(Py::new(py, Classification { result, image: path })?.into_any())),
            Err(error) if self.returns_errors => Ok(Some(error.into_value(py).into_any())),
            Err(error) => Err(error),
        }
    }

    /// End it: no more images are taken, and what was computed is dropped.
    fn close(&self, py: Python<'_>) {
        self.cancel.cancel();
        // a thread that waits for a result hears of it soon
        let results = self.results.try_lock().ok().and_then(|mut results| results.take());
        py.detach(|| drop(results));
    }

    fn __enter__(stream: PyRef<'_, Self>) -> PyRef<'_, Self> {
        stream
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, pyo3::types::PyTuple>) {
        self.close(py);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
