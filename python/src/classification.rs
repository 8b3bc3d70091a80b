//! Results.

use crate::html;
use crate::model::Model;
use numpy::PyArray1;
use pyo3::prelude::*;
use std::fmt::Write;

/// Classes that a table shows.
const SHOWN: usize = 5;

/// One class of a result.
#[pyclass(frozen, module = "ember", eq, get_all)]
#[derive(Clone, PartialEq)]
pub struct Prediction {
    /// int: Class number, from 0.
    class_id: usize,
    /// str: The class's name from the model file.
    name: String,
    /// float: Softmax probability, 0 to 1.
    probability: f64,
}

impl From<::ember::Prediction> for Prediction {
    fn from(::ember::Prediction { class, name, probability }: ::ember::Prediction) -> Self {
        Self { class_id: class, name, probability }
    }
}

#[pymethods]
impl Prediction {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = self.name.as_str().into_pyobject(py)?.repr()?;
        Ok(format!("Prediction(class_id={}, name={name}, probability={:?})", self.class_id, self.probability))
    }
}

/// The result of one image: one exact sum a class, and what they mean.
///
/// Its `repr` is a table of the five likeliest classes; in a notebook it is shown with the image and bars.
#[pyclass(frozen, module = "ember")]
pub struct Classification {
    pub result: ::ember::Classification,
    /// What was classified, as Python gave it.
    pub image: Option<Py<PyAny>>,
}

#[pymethods]
impl Classification {
    /// int: Number of the likeliest class, from 0.
    #[getter]
    fn class_id(&self) -> usize {
        self.result.best().class
    }

    /// str: Name of the likeliest class.
    #[getter]
    fn name(&self) -> String {
        self.result.best().name
    }

    /// float: Softmax probability of the likeliest class, 0 to 1.
    #[getter]
    fn probability(&self) -> f64 {
        self.result.best().probability
    }

    /// numpy.ndarray: One sum a class, uint32 of the shape [classes]: the engine's integers, the same on every device, bit for bit. A copy.
    #[getter]
    fn sums<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u32>> {
        PyArray1::from_slice(py, self.result.sums())
    }

    /// numpy.ndarray: One logit a class, float64 of the shape [classes].
    #[getter]
    fn logits<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_vec(py, self.result.logits())
    }

    /// numpy.ndarray: One softmax probability a class, 0 to 1, float64 of the shape [classes].
    #[getter]
    fn probabilities<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_vec(py, self.result.probabilities())
    }

    /// Model: Whose classes these are.
    #[getter]
    fn model(&self) -> Model {
        Model(self.result.model().clone())
    }

    /// object: What was classified, as it was given (a path, bytes, an array); of a stream's results only a path. None where nothing is kept.
    #[getter]
    fn image(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.image.as_ref().map(|image| image.clone_ref(py))
    }

    /// Give the likeliest classes.
    ///
    /// Parameters
    /// ----------
    /// k : int, default 5
    ///     How many.
    ///
    /// Returns
    /// -------
    /// list of Prediction
    ///     Best first; equal ones in the order of their numbers.
    #[pyo3(signature = (k=SHOWN))]
    fn top(&self, k: usize) -> Vec<Prediction> {
        self.result.top(k).into_iter().map(Prediction::from).collect()
    }

    fn __repr__(&self) -> String {
        let mut text = String::from("Classification");
        for (i, class) in self.result.top(SHOWN).iter().enumerate() {
            // the text is a String
            let _ = write!(text, "\n{}. {:40} {:6.2} %", i + 1, net::text::shown(&class.name), 100.0 * class.probability);
        }
        text
    }

    fn _repr_html_(&self, py: Python<'_>) -> String {
        let thumbnail = self.image.as_ref().and_then(|image| html::thumbnail(image.bind(py)));
        html::table(&self.result.top(SHOWN), thumbnail.as_deref())
    }
}
