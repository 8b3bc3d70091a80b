//! Classifiers without a ReLU, on an engine whose every layer has one.
//!
//! One constant on all biases keeps the outputs above 0 and the order of the classes; the host takes it off the logits.

use crate::calibrate::{self, CalibrationError};
use crate::float::FloatNetwork;
use crate::runtime::FloatEngine;
use net::photo::Preprocessing;
use rayon::prelude::*;
use std::path::PathBuf;

/// How much further below 0 than on the photographs an output may be before the engine cuts it. What is cut are the least
/// likely classes' values.
const ROOM: f32 = 1.25;

/// Gives a classifier without ReLU the constant that it needs on `images`, and returns it: 0 for any other network.
///
/// # Errors
/// An image that cannot be read.
pub fn close(float: &mut FloatNetwork, images: &[PathBuf], preprocessing: &Preprocessing) -> Result<f32, CalibrationError> {
    if !float.activations.linear_classifier {
        return Ok(0.0);
    }
    let engine = FloatEngine::classifier_only(float)?;
    let least = |path: &PathBuf| -> Result<f32, CalibrationError> {
        let mut least = 0.0f32;
        for input in calibrate::inputs(path, preprocessing, engine.size())? {
            let outputs = engine.run(input.view())?;
            least = outputs.iter().flatten().fold(least, |least, &v| least.min(v));
        }
        Ok(least)
    };
    let least = images.par_iter().map(least).try_reduce(|| 0.0, |a, b| Ok(a.min(b)))?;
    let constant = -least * ROOM;
    float.shift_classifier(constant);
    float.activations.linear_classifier = false;
    Ok(constant)
}
