//! Models.

use crate::error::{raised, ModelError};
use ::ember::Error;
use net::model_file::hex;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

/// A network in integers, with what turns photographs into its input and its sums into named classes.
///
/// It comes from `ember.load`, `ember.quantize` or `Model.from_bytes`. It cannot be changed, may be used by many threads, and is pickled by its
/// file's bytes.
#[pyclass(frozen, module = "ember")]
#[derive(Clone)]
pub struct Model(pub ::ember::Model);

/// Load a model file.
///
/// Parameters
/// ----------
/// path : str or os.PathLike, optional
///     Model file, as `ember.quantize` or the command `ember` write it; `v1.1-6bit` is the embedded network in weights of six bits. By default
///     the embedded SqueezeNet v1.1: 227x227 pixels, 1000 ImageNet classes.
///
/// Returns
/// -------
/// Model
///
/// Raises
/// ------
/// ModelError
///     The file cannot be read, is no model file, is damaged or of another version.
#[pyfunction]
#[pyo3(signature = (path=None))]
pub fn load(py: Python<'_>, path: Option<PathBuf>) -> PyResult<Model> {
    let Some(path) = path else { return Ok(Model(::ember::Model::embedded())) };
    py.detach(|| ::ember::Model::load(path)).map(Model).map_err(|error| raised(&error))
}

#[pymethods]
impl Model {
    /// Read a model from a file's bytes.
    ///
    /// Parameters
    /// ----------
    /// data : bytes
    ///     A model file's content.
    /// name : str, optional
    ///     What errors call it.
    ///
    /// Returns
    /// -------
    /// Model
    ///
    /// Raises
    /// ------
    /// ModelError
    ///     As `ember.load`.
    #[staticmethod]
    #[pyo3(signature = (data, name="the model"))]
    fn from_bytes(py: Python<'_>, data: PyBackedBytes, name: &str) -> PyResult<Self> {
        py.detach(|| ::ember::Model::from_bytes(name, &data)).map(Self).map_err(|error| raised(&error))
    }

    /// Give the bytes of its file; the same model gives the same bytes.
    ///
    /// Returns
    /// -------
    /// bytes
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.to_bytes()))
    }

    /// Write its file.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     Is there as a whole or not at all.
    ///
    /// Raises
    /// ------
    /// ModelError
    ///     The file cannot be written.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| net::model_file::save(&self.0, &path)).map_err(|error| ModelError::new_err(error.to_string()))
    }

    /// tuple of int: Height, width and 3 of the network's input. Arrays of this shape go to the device as they are.
    #[getter]
    fn input_shape(&self) -> (usize, usize, usize) {
        self.0.input_shape().into()
    }

    /// list of str: One name a class, class 0 first.
    #[getter]
    fn labels(&self) -> Vec<String> {
        self.0.labels.clone()
    }

    /// str: The layout's name, for example `v1.1`.
    #[getter]
    fn layout(&self) -> &str {
        &self.0.layout().name
    }

    /// str: SHA-256 that its file holds, in hexadecimal: equal for equal models.
    #[getter]
    fn sha256(&self) -> String {
        hex(&self.0.hash())
    }

    /// str: Where the float network came from and how it was quantised, in words.
    #[getter]
    fn origin(&self) -> &str {
        &self.0.origin
    }

    fn __repr__(&self) -> String {
        let ([height, width, _], classes) = (self.0.input_shape(), self.0.labels.len());
        format!("<ember.Model {}, {height}x{width} pixels, {classes} classes, SHA-256 {}...>", self.0.layout().name, &self.sha256()[..12])
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash().hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<Self>().getattr("from_bytes")?, (self.to_bytes(py),)))
    }
}

/// What stands for a model: nothing, a path, a model.
#[derive(FromPyObject)]
pub enum ModelLike<'py> {
    /// A model.
    Model(Bound<'py, Model>),
    /// Its file.
    Path(PathBuf),
}

impl ModelLike<'_> {
    /// The model.
    ///
    /// # Errors
    /// As [`load`].
    pub fn model(given: Option<Self>, py: Python<'_>) -> PyResult<::ember::Model> {
        match given {
            None => Ok(::ember::Model::embedded()),
            Some(Self::Model(model)) => Ok(model.get().0.clone()),
            Some(Self::Path(path)) => py.detach(|| ::ember::Model::load(path)).map_err(|error: Error| raised(&error)),
        }
    }
}
