//! Runs both networks over labelled photographs.

use super::EvaluateError;
use crate::labels::Labelled;
use net::classify::{ranked, softmax};
use net::fast::{FastNetwork, Workspace};
use net::model_file::Model;
use net::photo::ImageError;
use quantise::float::FloatNetwork;
use quantise::metrics::{divergence, ErrorPower};
use quantise::runtime::FloatEngine;
use rayon::prelude::*;

/// One network's answer to one photograph.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The five likeliest classes, best first.
    pub classes: Vec<usize>,
    /// Softmax probability of the first, 0 to 1.
    pub probability: f64,
}

/// What both networks said about one photograph.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// Index into the list of photographs.
    pub image: usize,
    /// The integers' answer.
    pub int8: Answer,
    /// The float network's; nothing without one.
    pub float: Option<Answer>,
    /// Kullback-Leibler divergence of the integers' probabilities from the float network's, nat; nothing without one.
    pub divergence: Option<f64>,
}

/// Everything that [`evaluate`] found out.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// One a photograph that was evaluated, in the order of the list.
    pub answers: Vec<Answers>,
    /// Photographs that could not be read: index and reason, in the order of the list.
    pub skipped: Vec<(usize, ImageError)>,
    /// Float activations over the integers' error for every layer, in the order of the layout; empty without a
    /// float network or photographs.
    pub layers: Vec<ErrorPower>,
    /// Photographs that `layers` was measured on.
    pub layer_images: usize,
}

/// What to measure, and how to be told to stop.
pub struct Options<'a> {
    /// Photographs, spread over the list, on which every layer's activations are compared.
    pub sqnr_images: usize,
    /// Called before every photograph; when it says so, the remaining ones are left out.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Called after every photograph.
    pub done: &'a (dyn Fn() + Sync),
}

/// Runs `model`'s integers on the fast path, and `float` (the network that it was made from, where there is one) on
/// the float runtime, over `images`. The result does not depend on the number of threads, unless it is stopped.
///
/// # Errors
/// A network that one of the engines does not take. A photograph that cannot be read is skipped, not an error.
pub fn evaluate(model: &Model, float: Option<&FloatNetwork>, images: &[Labelled], options: &Options) -> Result<Evaluation, EvaluateError> {
    let engine = FastNetwork::new(&model.network)?;
    let float = float.map(|network| Ok::<_, EvaluateError>((FloatEngine::new(network)?, FloatEngine::classifier_only(network)?)));
    let both = Both { model, engine, float: float.transpose()? };
    let seen: Vec<Option<Seen>> = images
        .par_iter()
        .enumerate()
        .map_init(
            || both.engine.workspace(),
            |workspace, (index, image)| {
                if (options.stop)() {
                    return Ok(None);
                }
                let seen = both.look(index, image, workspace, spread(index, images.len(), options.sqnr_images))?;
                (options.done)();
                Ok(Some(seen))
            },
        )
        .collect::<Result<_, EvaluateError>>()?;
    let mut evaluation = Evaluation::default();
    for seen in seen.into_iter().flatten() {
        match seen {
            Seen::Skipped(index, error) => evaluation.skipped.push((index, error)),
            Seen::Answered(answers, layers) => {
                evaluation.answers.push(answers);
                evaluation.add_layers(layers);
            }
        }
    }
    Ok(evaluation)
}

impl Evaluation {
    /// # Errors
    /// None of the `listed` photographs was evaluated.
    pub fn refuse_nothing(&self, listed: usize) -> Result<(), EvaluateError> {
        if !self.answers.is_empty() {
            return Ok(());
        }
        let first = self.skipped.first().map(|(_, error)| error.to_string()).unwrap_or_default();
        Err(EvaluateError::Nothing { listed, first })
    }

    /// Adds one photograph's errors, in the order of the list: sums of floats depend on it.
    fn add_layers(&mut self, layers: Vec<ErrorPower>) {
        if layers.is_empty() {
            return;
        }
        self.layer_images += 1;
        self.layers.resize(layers.len(), ErrorPower::default());
        self.layers.iter_mut().zip(&layers).for_each(|(sum, part)| sum.add(part));
    }
}

/// Whether number `index` of `count` is among `chosen` ones spread evenly.
fn spread(index: usize, count: usize, chosen: usize) -> bool {
    let before = |i: usize| i as u128 * chosen.min(count) as u128 / count.max(1) as u128;
    before(index) != before(index + 1)
}

enum Seen {
    Answered(Answers, Vec<ErrorPower>),
    Skipped(usize, ImageError),
}

/// Both networks, ready to run.
struct Both<'a> {
    model: &'a Model,
    engine: FastNetwork,
    /// One that gives every layer and one that gives the classifier only, which is faster.
    float: Option<(FloatEngine, FloatEngine)>,
}

impl Both<'_> {
    /// Runs photograph number `image`, and compares every layer if `layers` says so.
    fn look(&self, image: usize, labelled: &Labelled, workspace: &mut Workspace, layers: bool) -> Result<Seen, EvaluateError> {
        let input = match self.model.load_image(&labelled.path) {
            Ok(input) => input,
            Err(error) => return Ok(Seen::Skipped(image, error)),
        };
        let input = input.view();
        let Some((every_layer, classifier)) = &self.float else {
            let logits = self.model.logits(&self.engine.run_with(workspace, input)?);
            let int8 = best(&logits, &softmax(&logits));
            return Ok(Seen::Answered(Answers { image, int8, float: None, divergence: None }, Vec::new()));
        };
        let (sums, logits, errors) = if layers {
            let (trace, outputs) = (self.engine.trace(input)?, every_layer.run(input)?);
            let layers = outputs.iter().zip(&trace.layers);
            let errors = layers.map(|(float, ints)| ErrorPower::of(float.view(), ints.output().view())).collect();
            (trace.sums, quantise::runtime::average(&outputs), errors)
        } else {
            (self.engine.run_with(workspace, input)?, classifier.logits(input)?, Vec::new())
        };
        let integers = self.model.logits(&sums);
        let (expected, found) = (softmax(&logits), softmax(&integers));
        let divergence = Some(divergence(&expected, &found));
        let (int8, float) = (best(&integers, &found), Some(best(&logits, &expected)));
        Ok(Seen::Answered(Answers { image, int8, float, divergence }, errors))
    }
}

fn best(logits: &[f64], probabilities: &[f64]) -> Answer {
    let classes = ranked(logits, 5);
    let probability = classes.first().map_or(0.0, |&first| probabilities[first]);
    Answer { classes, probability }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_photographs_are_spread_and_as_many_as_asked_for() {
        for (count, chosen, expected) in [(10, 3, 3), (10, 10, 10), (10, 99, 10), (7, 0, 0), (1, 1, 1), (1150, 64, 64)] {
            let picked: Vec<usize> = (0..count).filter(|&i| spread(i, count, chosen)).collect();
            assert_eq!(picked.len(), expected);
            let gaps = picked.windows(2).map(|pair| pair[1] - pair[0]);
            assert!(gaps.clone().max().unwrap_or(1) <= gaps.min().unwrap_or(1) + 1, "{picked:?}");
        }
    }
}
