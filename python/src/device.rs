//! Devices.

use crate::classification::Classification;
use crate::error::raised;
use crate::feed::lock;
use crate::image::{images, Given, Images};
use crate::model::{Model, ModelLike};
use crate::stream::Stream;
use crate::wait::{self, PATIENCE};
use ::ember::{Cancel, Classifier, Error, Options, Share};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyList, PyTuple};
use std::path::PathBuf;
use std::sync::Mutex;

/// One or more devices with a model in them.
///
/// It comes from `ember.open`, may be used by many threads at once, and is closed by `close`, at the end of a `with`, or when nobody has it any
/// more.
#[pyclass(frozen, module = "ember")]
pub struct Device {
    /// Nothing once it is closed.
    classifier: Mutex<Option<Classifier>>,
    names: String,
    model: ::ember::Model,
}

/// Open devices with a model in them.
///
/// Parameters
/// ----------
/// names : str, default "software"
///     `software`; `sim`, `sim:8` (the engine's Verilog, simulated); `xdma:0` (a board); or several with commas, which share the work.
/// model : Model or str or os.PathLike, optional
///     By default the embedded SqueezeNet v1.1.
/// threads : int, optional
///     Threads that decode images, and threads of the software path; by default one a processor.
/// columns : int, default 16
///     Columns of a simulated engine whose name has none: 4, 8, 16 or 32.
/// device_dir : str or os.PathLike, default "/dev"
///     Folder of the boards' device files; of a virtual board where that is mounted.
/// batch : int, optional
///     Frames handed to a device at once; by default what it can have under way.
/// window : int, default 4096
///     Images of a stream between the oldest whose result was not taken yet and the newest.
///
/// Returns
/// -------
/// Device
///
/// Raises
/// ------
/// DeviceError
///     There is no such device, it is named twice, or it cannot be opened.
/// ModelError
///     The model file cannot be used.
#[pyfunction]
#[pyo3(signature = (names="software", model=None, *, threads=None, columns=16, device_dir=None, batch=None, window=None))]
#[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub fn open(
    py: Python<'_>,
    names: &str,
    model: Option<ModelLike<'_>>,
    threads: Option<usize>,
    columns: usize,
    device_dir: Option<PathBuf>,
    batch: Option<usize>,
    window: Option<usize>,
) -> PyResult<Device> {
    let model = ModelLike::model(model, py)?;
    for (name, value) in [("threads", threads), ("batch", batch), ("window", window)] {
        if value == Some(0) {
            return Err(PyValueError::new_err(format!("{name} is 0; expected at least 1, or None for the default")));
        }
    }
    let usual = Options::default();
    let options = Options {
        threads: threads.unwrap_or(usual.threads),
        columns,
        device_dir: device_dir.unwrap_or(usual.device_dir),
        batch,
        window: window.unwrap_or(usual.window),
        ..Options::default()
    };
    let (loads, opens) = (model.clone(), names.to_owned());
    // a simulated engine is built meanwhile, which nothing ends; whoever opened it does not wait
    let opened = wait::interruptible(py, || (), move || ::ember::open(&opens, &loads, &options))?;
    let classifier = opened.map_err(|error| raised(&error))?;
    Ok(Device { classifier: Mutex::new(Some(classifier)), names: names.into(), model })
}

impl Device {
    /// # Errors
    /// The device is closed.
    fn classifier(&self) -> PyResult<Classifier> {
        lock(&self.classifier).clone().ok_or_else(|| raised(&Error::Closed))
    }
}

#[pymethods]
impl Device {
    /// Classify an image or a list of images.
    ///
    /// Parameters
    /// ----------
    /// images : str, os.PathLike, bytes, bytearray, memoryview, numpy.ndarray, PIL.Image.Image, or a list or tuple of these
    ///     The path of an image file, the bytes of one, or pixels: uint8 of the shape [height, width, 3], red, green, blue; or many of one
    ///     size in an array [N, height, width, 3]. C-contiguous arrays are not copied; do not write to one before the result is there.
    /// errors : {"raise", "return"}, default "raise"
    ///     What becomes of a bad image in a list: an exception, or its exception in its place in the list.
    ///
    /// Returns
    /// -------
    /// Classification or list of Classification
    ///     Of a list or an array [N, height, width, 3] one each, in order.
    ///
    /// Raises
    /// ------
    /// ImageError
    ///     An image cannot be read or decoded, or an array has another type or shape. Of a list it is raised when all is done, and its
    ///     attribute `results` has all results, exceptions in the places of bad images.
    /// FrameError
    ///     The device gave no result.
    /// EndError
    ///     The device is closed, or none is left.
    /// TypeError
    ///     Something that is no image.
    #[pyo3(signature = (images, *, errors="raise"))]
    fn classify(&self, py: Python<'_>, images: &Bound<'_, PyAny>, errors: &str) -> PyResult<Py<PyAny>> {
        let returns_errors = returns_errors(errors)?;
        let classifier = self.classifier()?;
        match self::images(images)? {
            Images::One(given) => Ok(Py::new(py, one(py, &classifier, given)?)?.into_any()),
            Images::Many(given) => many(py, &classifier, given, returns_errors),
        }
    }

    /// Classify images as they come.
    ///
    /// Parameters
    /// ----------
    /// images : iterable
    ///     Of what `classify` takes as one image; may be without end. It is advanced on a thread of its own, at most `window` images (see
    ///     `ember.open`) beyond the results that were taken.
    /// errors : {"raise", "return"}, default "raise"
    ///     What becomes of a bad image: `next` raises its exception, and goes on with the following image when it is called again; or its
    ///     exception comes in its place.
    ///
    /// Returns
    /// -------
    /// Stream
    ///     An iterator of Classification, in the order of the images. What the iterable raises comes behind the results before it.
    #[pyo3(signature = (images, *, errors="raise"))]
    fn stream(&self, images: &Bound<'_, PyAny>, errors: &str) -> PyResult<Stream> {
        let returns_errors = returns_errors(errors)?;
        let iterator = PyIterator::from_object(images).map_err(|_| {
            PyTypeError::new_err(
                "the images of a stream cannot be iterated over; expected a list, a generator or another iterable of images",
            )
        })?;
        Stream::begin(&self.classifier()?, iterator, returns_errors)
    }

    /// Close the devices, also for streams: what has begun is finished, what waits ends with ClosedError. A second time does nothing.
    fn close(&self, py: Python<'_>) {
        let classifier = lock(&self.classifier).take();
        py.detach(|| classifier.map(Classifier::close));
    }

    /// bool: Whether it is closed.
    #[getter]
    fn closed(&self) -> bool {
        lock(&self.classifier).is_none()
    }

    /// str: The names with which it was opened.
    #[getter]
    fn names(&self) -> &str {
        &self.names
    }

    /// Model: The model that classifies.
    #[getter]
    fn model(&self) -> Model {
        Model(self.model.clone())
    }

    /// list of dict: What each device did until now: `name`, `frames`, `busy` (seconds), `failure` (a sentence, or None).
    #[getter]
    fn shares<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let shares = self.classifier()?.shares();
        PyList::new(py, shares.iter().map(|share| record(py, share)).collect::<PyResult<Vec<_>>>()?)
    }

    fn __enter__(device: PyRef<'_, Self>) -> PyRef<'_, Self> {
        device
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyTuple>) {
        self.close(py);
    }

    fn __repr__(&self) -> String {
        let closed = if self.closed() { ", closed" } else { "" };
        format!("<ember.Device {}, {}{closed}>", self.names, self.model.layout().name)
    }

    fn __reduce__(&self) -> PyResult<Py<PyAny>> {
        Err(PyTypeError::new_err("a device cannot be pickled; pickle its model, and open the device where it is used"))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let classifier = lock(&self.classifier).take();
        // other threads of Python go on while a device finishes what it has begun
        Python::try_attach(|py| py.detach(|| drop(classifier)));
    }
}

/// Whether bad images are handed over as values.
fn returns_errors(errors: &str) -> PyResult<bool> {
    match errors {
        "raise" => Ok(false),
        "return" => Ok(true),
        _ => Err(PyValueError::new_err(format!("errors is {errors:?}; expected \"raise\" or \"return\""))),
    }
}

fn one(py: Python<'_>, classifier: &Classifier, Given { image, object, .. }: Given) -> PyResult<Classification> {
    // dropped by a signal, the image is not classified
    let mut pending = py.detach(|| classifier.submit(image));
    let result = wait::until(py, || pending.wait_within(PATIENCE))?.map_err(|error| raised(&error))?;
    Ok(Classification { result, image: Some(object) })
}

fn many(py: Python<'_>, classifier: &Classifier, given: Vec<Given>, returns_errors: bool) -> PyResult<Py<PyAny>> {
    let cancel = Cancel::new();
    let mine = classifier.with_cancel(&cancel);
    let (images, objects): (Vec<_>, Vec<_>) = given.into_iter().map(|Given { image, object, problem }| (image, (object, problem))).unzip();
    let results = wait::interruptible(py, || cancel.cancel(), move || mine.classify_batch(images))?;
    let (list, mut first) = (PyList::empty(py), None);
    for (result, (object, problem)) in results.into_iter().zip(objects) {
        match (problem, result) {
            (None, Ok(result)) => list.append(Classification { result, image: Some(object) })?,
            (problem, result) => {
                let error = problem.or_else(|| result.err().map(|error| raised(&error))).unwrap_or_else(|| raised(&Error::Closed));
                list.append(error.value(py))?;
                first.get_or_insert(error);
            }
        }
    }
    match first.filter(|_| !returns_errors) {
        Some(error) => {
            error.value(py).setattr("results", &list)?;
            Err(error)
        }
        None => Ok(list.into_any().unbind()),
    }
}

fn record<'py>(py: Python<'py>, share: &Share) -> PyResult<Bound<'py, PyDict>> {
    let record = PyDict::new(py);
    record.set_item("name", &share.name)?;
    record.set_item("frames", share.frames)?;
    record.set_item("busy", share.busy.as_secs_f64())?;
    record.set_item("failure", share.failure.as_ref().map(ToString::to_string))?;
    Ok(record)
}
