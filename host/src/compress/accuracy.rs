//! What a smaller model costs on labelled photographs.

use crate::progress;
use anyhow::{ensure, Result};
use ember::evaluate::{evaluate, Answers, Evaluation, Options};
use ember::labels::Labelled;
use net::model_file::Model;
use quantise::float::FloatNetwork;
use quantise::metrics::{self, percent};
use serde::Serialize;

/// Accuracy on labelled photographs, percent.
#[derive(Debug, Serialize)]
pub struct Accuracy {
    /// Photographs that could be read.
    pub images: usize,
    pub top1: f64,
    pub top1_of_the_model_before: f64,
    /// First answers equal to those of the model before.
    pub agreement: f64,
    pub float_top1: Option<f64>,
    /// First answers equal to those of the float network.
    pub float_agreement: Option<f64>,
}

/// Runs both models and the float network over `images`; what cannot be read is named and left out.
///
/// # Errors
/// A network that an engine does not take, or no image that can be read.
pub fn measure(before: &Model, after: &Model, float: Option<&FloatNetwork>, images: &[Labelled]) -> Result<Accuracy> {
    let bar = progress::bar("evaluate", 2 * images.len());
    let options = Options { sqnr_images: 0, stop: &|| false, done: &|| bar.inc(1) };
    let old = evaluate(before, None, images, &options)?;
    let new = evaluate(after, float, images, &options)?;
    drop(bar);
    for (_, error) in &new.skipped {
        tracing::warn!("skipped: {error}");
    }
    ensure!(!new.answers.is_empty(), "none of the {} labelled images can be read, so nothing is measured", images.len());
    let real = float.map(|_| top1(&new, images, |answers| answers.float.as_ref().and_then(|f| f.classes.first())));
    let as_float = |answers: &&Answers| answers.float.as_ref().map(|f| f.classes.first()) == Some(answers.int8.classes.first());
    // both models read the same images, so their answers stand in the same order
    let agreed = old.answers.iter().zip(&new.answers).filter(|(old, new)| old.int8.classes.first() == new.int8.classes.first()).count();
    let int8 = |evaluation| top1(evaluation, images, |answers| answers.int8.classes.first());
    Ok(Accuracy {
        images: new.answers.len(),
        top1: int8(&new),
        top1_of_the_model_before: int8(&old),
        agreement: percent(agreed, new.answers.len()),
        float_top1: real,
        float_agreement: float.map(|_| percent(new.answers.iter().filter(as_float).count(), new.answers.len())),
    })
}

fn top1(evaluation: &Evaluation, images: &[Labelled], first: fn(&Answers) -> Option<&usize>) -> f64 {
    let mut accuracy = metrics::Accuracy::default();
    for answers in &evaluation.answers {
        accuracy.count(first(answers).map_or(&[], std::slice::from_ref), images[answers.image].class);
    }
    accuracy.top1()
}
