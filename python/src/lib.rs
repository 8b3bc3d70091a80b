//! The native half of the Python package `ember-fpga`: the crate `ember` for numpy arrays, notebooks and streams. Nothing of the pipeline is
//! here. Doc-comments of what Python sees are its docstrings, in numpy's style; `ember/_native.pyi` has its types.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod check;
mod classification;
mod device;
mod error;
mod evaluate;
mod facts;
mod feed;
mod html;
mod image;
mod log;
mod model;
mod pixels;
mod quantize;
mod report;
mod stream;
mod wait;

use pyo3::prelude::*;

#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use super::check::check;
    #[pymodule_export]
    use super::classification::{Classification, Prediction};
    #[pymodule_export]
    use super::device::{open, Device};
    #[pymodule_export]
    use super::evaluate::evaluate;
    #[pymodule_export]
    use super::feed::stop_feeding;
    #[pymodule_export]
    use super::model::{load, Model};
    #[pymodule_export]
    use super::quantize::quantize;
    #[pymodule_export]
    use super::stream::Stream;
    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        log::start();
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        error::add_to(module)
    }
}
