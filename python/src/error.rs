//! Exceptions: the library's error types, each with the one sentence.

use ::ember::Error;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(
    ember,
    EmberError,
    PyException,
    "What every error of this package is.\n\nIts text is one sentence that names the thing, and says what was expected and what to do."
);
create_exception!(ember, ModelError, EmberError, "The model file cannot be read, is damaged, or cannot be written.");
create_exception!(ember, DeviceError, EmberError, "There is no such device, or it cannot be opened.");
create_exception!(ember, ImageError, EmberError, "The image cannot be read or decoded, or its pixels have another form.");
create_exception!(ember, FrameError, EmberError, "The device gave no result for this image.");
create_exception!(ember, QuantizeError, EmberError, "No model was made of the network.");
create_exception!(ember, EvaluateError, EmberError, "Nothing was evaluated.");
create_exception!(ember, EndError, EmberError, "The work ended before this image had its turn: it is not the image's fault.");
create_exception!(ember, CancelledError, EndError, "The work was cancelled before this image had its turn.");
create_exception!(ember, NoDeviceLeftError, EndError, "All devices have failed.");
create_exception!(ember, ClosedError, EndError, "The device is closed.");

/// Puts all of them into the module.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    for (name, class) in [
        ("EmberError", py.get_type::<EmberError>()),
        ("ModelError", py.get_type::<ModelError>()),
        ("DeviceError", py.get_type::<DeviceError>()),
        ("ImageError", py.get_type::<ImageError>()),
        ("FrameError", py.get_type::<FrameError>()),
        ("QuantizeError", py.get_type::<QuantizeError>()),
        ("EvaluateError", py.get_type::<EvaluateError>()),
        ("EndError", py.get_type::<EndError>()),
        ("CancelledError", py.get_type::<CancelledError>()),
        ("NoDeviceLeftError", py.get_type::<NoDeviceLeftError>()),
        ("ClosedError", py.get_type::<ClosedError>()),
    ] {
        module.add(name, class)?;
    }
    Ok(())
}

/// The exception of a library's error.
pub fn raised(error: &Error) -> PyErr {
    let sentence = error.to_string();
    match error {
        Error::Model(_) => ModelError::new_err(sentence),
        Error::Name(_) | Error::Twice { .. } | Error::Device(_) | Error::NoDevices | Error::Threads { .. } => {
            DeviceError::new_err(sentence)
        }
        Error::Image(_) | Error::Decoder { .. } | Error::Pixels { .. } | Error::Raw { .. } | Error::Unreadable(_) => {
            ImageError::new_err(sentence)
        }
        Error::Frame { .. } => FrameError::new_err(sentence),
        Error::Cancelled => CancelledError::new_err(sentence),
        Error::NoDeviceLeft => NoDeviceLeftError::new_err(sentence),
        Error::Closed => ClosedError::new_err(sentence),
    }
}
