//! From a float network to a model.

use crate::error::QuantizeError;
use crate::facts::{facts, parsed};
use crate::model::Model;
use crate::report::dictionary;
use crate::wait;
use ::ember::progress::{Progress, Stage};
use ::ember::quantize::{How, Options, Quantized};
use ::ember::Cancel;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

/// Make a model: import a float SqueezeNet, calibrate it on photographs, quantise it.
///
/// Parameters
/// ----------
/// network : str or os.PathLike
///     .onnx (float or QDQ), .caffemodel or .net with its .prototxt, or .safetensors.
/// images : str or os.PathLike, optional
///     Folder of calibration photographs; a network that is quantised already needs none.
/// calibration : str, default "equalise"
///     How the integers are chosen: `equalise`, `max`, `mse`, `percentile:P`.
/// headroom : float, optional
///     Factor on the activation scales, 0.25 to 4.
/// bias_correction : bool, optional
///     Move the mean error of every channel into its bias; `equalise` always fits the biases.
/// weight_bits : int, default 8
///     Bits of a weight, 2 to 8.
/// class_names : str or os.PathLike, optional
///     File of class names, one a line; by default ImageNet's for 1000 classes, else numbers.
/// resize : str, optional
///     How photographs become the network's size, such as `shorter-side:256`; see the command's help.
/// progress : callable, optional
///     Called as progress(stage, done, count) from other threads while the work runs.
/// **facts
///     What the file does not say: normalisation (caffe, torchvision, bytes, unit, signed), mean and deviation (three numbers each, in steps of a
///     byte, in the order of the channels), channel_order (rgb, bgr), size (pixels), pools (names of layers), classifier_padding, prototxt.
///
/// Returns
/// -------
/// model : Model
///     For `ember.open`, or `save`.
/// report : dict
///     What `ember quantize --json` writes, without the file's name.
///
/// Raises
/// ------
/// QuantizeError
///     Whatever stands in the way, in one sentence.
///
/// Notes
/// -----
/// What a user must know besides is logged as warnings (logger `ember`). The same files give the same model, byte for byte. After Ctrl-C the work
/// ends with its present stage.
#[pyfunction]
#[pyo3(signature = (network, images=None, *, calibration="equalise", headroom=None, bias_correction=None, weight_bits=8, class_names=None,
    resize=None, progress=None, **facts))]
#[allow(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub fn quantize<'py>(
    py: Python<'py>,
    network: PathBuf,
    images: Option<PathBuf>,
    calibration: &str,
    headroom: Option<f32>,
    bias_correction: Option<bool>,
    weight_bits: u32,
    class_names: Option<PathBuf>,
    resize: Option<&str>,
    progress: Option<Py<PyAny>>,
    facts: Option<&Bound<'py, PyDict>>,
) -> PyResult<(Model, Bound<'py, PyAny>)> {
    if let Some(factor) = headroom.filter(|factor| !(0.25..=4.0).contains(factor)) {
        return Err(PyValueError::new_err(format!("headroom is {factor}; expected a number from 0.25 to 4")));
    }
    let options = Options {
        facts: self::facts(facts)?,
        warning: None,
        resize: parsed("resize", resize)?,
        calibration: parsed("calibration", Some(calibration))?.unwrap_or(Options::default().calibration),
        headroom,
        bias_correction,
        weight_bits,
        class_names,
    };
    let cancel = Cancel::new();
    let heard = Heard { callback: progress, stage: Mutex::default(), done: AtomicUsize::new(0), cancel: cancel.clone() };
    let work = move || ::ember::quantize::quantize(&network, images.as_deref(), &options, &heard);
    let made = wait::interruptible(py, || cancel.cancel(), work)?;
    let Quantized { model, report } = made.map_err(|error| QuantizeError::new_err(error.to_string()))?;
    let report = match &report {
        How::Calibrated(report) => dictionary(py, report)?,
        How::Given(report) => dictionary(py, report)?,
    };
    Ok((Model(model.into()), report))
}

/// Python's callback.
struct Heard {
    callback: Option<Py<PyAny>>,
    stage: Mutex<(&'static str, usize)>,
    done: AtomicUsize,
    cancel: Cancel,
}

impl Heard {
    fn say(&self) {
        let Some(callback) = &self.callback else { return };
        let ((name, count), done) = (*crate::feed::lock(&self.stage), self.done.load(Ordering::SeqCst));
        Python::try_attach(|py| {
            if let Err(raised) = callback.call1(py, (name, done, count)) {
                raised.write_unraisable(py, Some(callback.bind(py)));
            }
        });
    }
}

impl Progress for Heard {
    fn begin(&self, stage: Stage, count: usize) {
        *crate::feed::lock(&self.stage) = (stage.name(), count);
        self.done.store(0, Ordering::SeqCst);
        self.say();
    }

    fn advance(&self) {
        self.done.fetch_add(1, Ordering::SeqCst);
        self.say();
    }

    fn end(&self) {}

    fn is_stopped(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
