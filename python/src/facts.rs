//! What a float network's file does not say, as keywords.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use quantise::float::{ChannelOrder, Normalisation};
use quantise::import::Facts;

/// The keywords, for messages.
const KEYWORDS: &str = "normalisation, mean, deviation, channel_order, size, pools, classifier_padding, prototxt";

/// The facts in `keywords`.
///
/// # Errors
/// A keyword that is none, a value of another type or meaning.
pub fn facts(keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Facts> {
    let mut facts = Facts::default();
    let (mut preset, mut mean, mut deviation) = (None, None, None);
    for (keyword, value) in keywords.into_iter().flatten() {
        if value.is_none() {
            continue;
        }
        match keyword.extract::<String>()?.as_str() {
            "normalisation" => preset = Some(normalisation(&value.extract::<String>()?)?),
            "mean" => mean = Some(value.extract::<[f64; 3]>()?),
            "deviation" => deviation = Some(value.extract::<[f64; 3]>()?),
            "channel_order" => facts.order = Some(order(&value.extract::<String>()?)?),
            "size" => facts.side = Some(value.extract()?),
            "pools" => facts.pools = Some(value.extract()?),
            "classifier_padding" => facts.classifier_padding = Some(value.extract()?),
            "prototxt" => facts.prototxt = Some(value.extract()?),
            other => return Err(PyTypeError::new_err(format!("there is no keyword {other}; expected one of {KEYWORDS}"))),
        }
    }
    if mean.is_some() || deviation.is_some() {
        let base = preset.unwrap_or(Normalisation::BYTES);
        preset = Some(Normalisation { mean: mean.unwrap_or(base.mean), deviation: deviation.unwrap_or(base.deviation), ..base });
    }
    Ok(Facts { normalisation: preset, ..facts })
}

fn normalisation(name: &str) -> PyResult<Normalisation> {
    match name {
        "caffe" => Ok(Normalisation::CAFFE),
        "torchvision" => Ok(Normalisation::TORCHVISION),
        "bytes" => Ok(Normalisation::BYTES),
        "unit" => Ok(Normalisation::UNIT),
        "signed" => Ok(Normalisation::SIGNED),
        _ => Err(PyValueError::new_err(format!(
            "normalisation is {name:?}; expected \"caffe\", \"torchvision\", \"bytes\", \"unit\" or \"signed\""
        ))),
    }
}

fn order(name: &str) -> PyResult<ChannelOrder> {
    match name {
        "rgb" => Ok(ChannelOrder::Rgb),
        "bgr" => Ok(ChannelOrder::Bgr),
        _ => Err(PyValueError::new_err(format!("channel_order is {name:?}; expected \"rgb\" or \"bgr\""))),
    }
}

/// The value that the text of an option means.
///
/// # Errors
/// A text that means none, with the reason.
pub fn parsed<T: std::str::FromStr<Err = String>>(option: &str, text: Option<&str>) -> PyResult<Option<T>> {
    let parse = |text: &str| text.parse().map_err(|why| PyValueError::new_err(format!("{option} is {text:?}: {why}")));
    text.map(parse).transpose()
}
