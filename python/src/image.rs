//! What Python may give as an image.

use crate::error::ImageError;
use crate::pixels;
use ::ember::Image;
use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyMemoryView, PyString, PyTuple};
use std::path::PathBuf;

/// What is expected, for messages.
const EXPECTED: &str = "expected a path, the bytes of an image file, or a uint8 array [height, width, 3]";

/// One image, with what Python gave.
pub struct Given {
    /// For the library.
    pub image: Image,
    /// The very object.
    pub object: Py<PyAny>,
    /// Why it is no image: that is its result, in its place.
    pub problem: Option<PyErr>,
}

impl Given {
    /// One image, good or bad.
    pub fn new(object: &Bound<'_, PyAny>) -> Self {
        let (image, problem) = match image(object) {
            Ok(image) => (image, None),
            Err(problem) => (Image::unreadable("not an image"), Some(problem)),
        };
        Self { image, object: object.clone().unbind(), problem }
    }
}

/// One or many.
pub enum Images {
    /// A path, bytes, an array of three axes.
    One(Given),
    /// A list, a tuple, an array of four axes.
    Many(Vec<Given>),
}

/// Whatever `classify` takes.
///
/// # Errors
/// Something that is neither an image nor a list of such; of a list each has its own problem.
pub fn images(object: &Bound<'_, PyAny>) -> PyResult<Images> {
    let many = |each: Vec<Bound<'_, PyAny>>| Images::Many(each.iter().map(Given::new).collect());
    if let Ok(list) = object.cast::<PyList>() {
        return Ok(many(list.iter().collect()));
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return Ok(many(tuple.iter().collect()));
    }
    if let Some(array) = array(object)? {
        if array.shape().len() == 4 {
            let empty = array.shape()[0] == 0;
            // a batch without images has no image that could be wrong
            return if empty && !fits(&array)? {
                Err(pixels::wrong(&array))
            } else {
                Ok(many(array.try_iter()?.collect::<PyResult<_>>()?))
            };
        }
    }
    let given = Given::new(object);
    given.problem.map_or_else(|| Ok(()), Err)?;
    Ok(Images::One(Given { problem: None, ..given }))
}

/// Whether the images of a batch may be: bytes in three colours.
fn fits(batch: &Bound<'_, PyUntypedArray>) -> PyResult<bool> {
    let is_byte = batch.dtype().is_equiv_to(&numpy::dtype::<u8>(batch.py()));
    Ok(is_byte && batch.shape()[3] == 3)
}

/// One image.
fn image(object: &Bound<'_, PyAny>) -> PyResult<Image> {
    if object.is_instance_of::<PyString>() {
        return Ok(Image::file(object.extract::<PathBuf>()?));
    }
    if object.is_instance_of::<PyBytes>() || object.is_instance_of::<PyByteArray>() {
        // those of `bytes` never change and are not copied
        return Ok(Image::encoded(object.extract::<PyBackedBytes>()?));
    }
    if object.is_instance_of::<PyMemoryView>() {
        let bytes = object.call_method0("tobytes")?;
        return Ok(Image::encoded(bytes.extract::<PyBackedBytes>()?));
    }
    if let Some(array) = array(object)? {
        return pixels::image(&array);
    }
    if object.hasattr("__fspath__")? {
        return Ok(Image::file(object.extract::<PathBuf>()?));
    }
    let kind = object.get_type().name()?;
    Err(PyTypeError::new_err(format!("this is no image but of the type {kind}; {EXPECTED}; of many images a list, or Device.stream")))
}

/// The array that `object` is, or that it can be taken for, as Pillow's images.
fn array<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyUntypedArray>>> {
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return Ok(Some(array.clone()));
    }
    if !object.hasattr("__array_interface__")? && !object.hasattr("__array__")? {
        return Ok(None);
    }
    let made = object.py().import("numpy")?.call_method1("asarray", (object,));
    let made = made.map_err(|error| ImageError::new_err(format!("numpy cannot make an array of it ({error}); {EXPECTED}")))?;
    Ok(made.cast_into::<PyUntypedArray>().ok())
}
