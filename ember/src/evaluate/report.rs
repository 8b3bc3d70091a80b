//! What `ember eval` reports: the figures, and for each what they rest on. This is the JSON as it is written.

use super::run::{Answer, Answers, Evaluation};
use super::statistics::{mcnemar, wilson_percent};
use crate::labels::Labelled;
use net::model_file::{hex, Model};
use quantise::metrics::{percent, Accuracy};
use serde::Serialize;
use std::path::PathBuf;

/// Two bounds of a 95 % Wilson score interval, percent.
pub type Interval = [f64; 2];

/// Accuracy of one network, percent.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Share of photographs whose class was the first answer, percent.
    pub top1: f64,
    /// Of `top1`.
    pub top1_interval: Interval,
    /// Share of photographs whose class was among the first five, percent.
    pub top5: f64,
    /// Of `top5`.
    pub top5_interval: Interval,
}

/// A network's first answer.
#[derive(Debug, Serialize)]
pub struct First {
    /// Class number, from 0.
    pub class: usize,
    /// The class's name in the model file.
    pub name: String,
    /// Softmax probability, 0 to 1.
    pub probability: f64,
}

/// What a changed first answer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Float was right, int8 is not.
    RightToWrong,
    /// Float was not right, int8 is.
    WrongToRight,
    /// Neither is right.
    WrongToWrong,
}

/// A photograph on which the two networks' first answers differ.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// As the label file and DIR give it.
    pub path: PathBuf,
    /// The right class, from 0.
    pub label: usize,
    /// Its name in the model file.
    pub label_name: String,
    /// The float network's first answer.
    pub float: First,
    /// The integers' first answer.
    pub int8: First,
    /// What the change did.
    pub effect: Effect,
}

/// The confusion that quantisation caused.
#[derive(Debug, Serialize)]
pub struct Confusion {
    /// Photographs that float had right and int8 has not.
    pub right_to_wrong: usize,
    /// The other way round.
    pub wrong_to_right: usize,
    /// Both wrong, in different ways.
    pub wrong_to_wrong: usize,
    /// Two-sided p-value of McNemar's exact test of `right_to_wrong` against `wrong_to_right`.
    pub mcnemar_p: f64,
    /// In the order of the label file.
    pub images: Vec<Changed>,
}

/// How far one layer's activations are from the float network's.
#[derive(Debug, Serialize)]
pub struct LayerFigures {
    /// The layer's name, for example `fire2.expand`.
    pub name: String,
    /// Float activations over the integers' error, decibel, with the errors of all layers before it.
    pub activation_sqnr: f64,
}

/// Every layer's SQNR.
#[derive(Debug, Serialize)]
pub struct Layers {
    /// Photographs that it was measured on.
    pub images: usize,
    /// In the order in which they run.
    pub layers: Vec<LayerFigures>,
}

/// A photograph that could not be evaluated.
#[derive(Debug, Serialize)]
pub struct Skipped {
    /// As the label file and DIR give it.
    pub path: PathBuf,
    /// The sentence that standard error has.
    pub reason: String,
}

/// Everything. What compares with the float network is null without one.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Photographs that the figures rest on.
    pub images: usize,
    /// Photographs in the label file.
    pub listed: usize,
    /// Whether Ctrl-C ended the evaluation before all were done.
    pub interrupted: bool,
    /// Photographs that were left out, in the order of the label file.
    pub skipped: Vec<Skipped>,
    /// The float network's accuracy.
    pub float: Option<Figures>,
    /// The integers' accuracy.
    pub int8: Figures,
    /// Photographs on which both networks' first answers are the same, percent.
    pub agreement: Option<f64>,
    /// Of `agreement`.
    pub agreement_interval: Option<Interval>,
    /// Mean Kullback-Leibler divergence of the integers' probabilities from the float network's, thousandths of a nat.
    pub divergence: Option<f64>,
    /// Where the first answers differ.
    pub changed: Option<Confusion>,
    /// Every layer against the float network; null when none was compared.
    pub sqnr: Option<Layers>,
    /// The model file's hash.
    pub model_sha256: String,
    /// The file of the float network.
    pub float_network: Option<PathBuf>,
    /// Wall-clock time of the evaluation.
    pub seconds: f64,
}

/// Where an evaluation's parts came from.
pub struct Circumstances<'a> {
    /// The integers.
    pub model: &'a Model,
    /// The file of the float network, where there was one.
    pub float_network: Option<PathBuf>,
    /// The list that the evaluation ran over.
    pub images: &'a [Labelled],
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Wall-clock time.
    pub seconds: f64,
}

impl Report {
    /// The report on `evaluation`.
    pub fn new(evaluation: &Evaluation, of: Circumstances) -> Self {
        let (answers, count) = (&evaluation.answers, evaluation.answers.len());
        let compared = of.float_network.is_some();
        let changed = compared.then(|| Confusion::new(answers, &of));
        let agreed = changed.as_ref().map(|c| count - c.images.len());
        Self {
            images: count,
            listed: of.images.len(),
            interrupted: of.interrupted,
            skipped: evaluation.skipped.iter().map(|(i, e)| Skipped { path: of.images[*i].path.clone(), reason: e.to_string() }).collect(),
            float: compared.then(|| Figures::new(answers, of.images, |a| a.float.as_ref())),
            int8: Figures::new(answers, of.images, |a| Some(&a.int8)),
            agreement: agreed.map(|agreed| percent(agreed, count)),
            agreement_interval: agreed.map(|agreed| wilson_percent(agreed, count)),
            divergence: compared.then(|| 1000.0 * answers.iter().filter_map(|a| a.divergence).sum::<f64>() / count.max(1) as f64),
            changed,
            sqnr: (evaluation.layer_images > 0).then(|| Layers::new(evaluation, of.model)),
            model_sha256: hex(&of.model.hash()),
            float_network: of.float_network,
            seconds: of.seconds,
        }
    }
}

impl Figures {
    fn new<'a>(answers: &'a [Answers], images: &[Labelled], network: impl Fn(&'a Answers) -> Option<&'a Answer>) -> Self {
        let mut accuracy = Accuracy::default();
        for (answers, answer) in answers.iter().filter_map(|a| network(a).map(|answer| (a, answer))) {
            accuracy.count(&answer.classes, images[answers.image].class);
        }
        Self {
            top1: accuracy.top1(),
            top1_interval: wilson_percent(accuracy.first(), accuracy.images()),
            top5: accuracy.top5(),
            top5_interval: wilson_percent(accuracy.in_five(), accuracy.images()),
        }
    }
}

impl Confusion {
    fn new(answers: &[Answers], of: &Circumstances) -> Self {
        let images: Vec<Changed> = answers.iter().filter_map(|a| Changed::new(a, of)).collect();
        let count = |effect| images.iter().filter(|c| c.effect == effect).count();
        let (right_to_wrong, wrong_to_right) = (count(Effect::RightToWrong), count(Effect::WrongToRight));
        Self {
            right_to_wrong,
            wrong_to_right,
            wrong_to_wrong: count(Effect::WrongToWrong),
            mcnemar_p: mcnemar(right_to_wrong, wrong_to_right),
            images,
        }
    }
}

impl Changed {
    /// `None` when both networks' first answers are the same.
    fn new(answers: &Answers, of: &Circumstances) -> Option<Self> {
        let Labelled { path, class: label } = &of.images[answers.image];
        let (float, int8) = (answers.float.as_ref()?, &answers.int8);
        let (before, after) = (*float.classes.first()?, *int8.classes.first()?);
        let effect = match (before == *label, after == *label) {
            _ if before == after => return None,
            (true, _) => Effect::RightToWrong,
            (_, true) => Effect::WrongToRight,
            _ => Effect::WrongToWrong,
        };
        let name = |class: usize| of.model.labels.get(class).cloned().unwrap_or_default();
        let first = |class, answer: &Answer| First { class, name: name(class), probability: answer.probability };
        let (label, label_name) = (*label, name(*label));
        Some(Self { path: path.clone(), label, label_name, float: first(before, float), int8: first(after, int8), effect })
    }
}

impl Layers {
    fn new(evaluation: &Evaluation, model: &Model) -> Self {
        // a model always has a valid layout: `check` is part of every constructor
        let names = model.layout().layers().into_iter().flatten().map(|layer| layer.name);
        let figures = names.zip(&evaluation.layers).map(|(name, power)| LayerFigures { name, activation_sqnr: power.sqnr() });
        Self { images: evaluation.layer_images, layers: figures.collect() }
    }

    /// The `most` layers with the lowest ratio, worst first.
    pub fn worst(&self, most: usize) -> Vec<&LayerFigures> {
        let mut layers: Vec<&LayerFigures> = self.layers.iter().collect();
        layers.sort_by(|a, b| a.activation_sqnr.total_cmp(&b.activation_sqnr));
        layers.truncate(most);
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::statistics::wilson;

    fn answer(class: usize) -> Answer {
        Answer { classes: vec![class, 900, 901, 902, 903], probability: 0.5 }
    }

    /// The report on one photograph of class 1 for each pair of first answers, float then int8.
    fn report(pairs: &[[usize; 2]]) -> Report {
        let images: Vec<Labelled> = (0..pairs.len()).map(|i| Labelled { path: format!("{i}.jpg").into(), class: 1 }).collect();
        let answers = pairs
            .iter()
            .enumerate()
            .map(|(image, [f, q])| Answers { image, int8: answer(*q), float: Some(answer(*f)), divergence: Some(0.004 * image as f64) })
            .collect();
        let evaluation = Evaluation { answers, ..Evaluation::default() };
        let model = &Model::default_model();
        Report::new(
            &evaluation,
            Circumstances { model, float_network: Some("f.onnx".into()), images: &images, interrupted: false, seconds: 1.0 },
        )
    }

    #[test]
    fn changes_are_told_apart() {
        let report = report(&[[1, 1], [1, 2], [1, 3], [2, 1], [2, 3], [2, 2]]);
        let changed = report.changed.expect("compared");
        assert_eq!((changed.right_to_wrong, changed.wrong_to_right, changed.wrong_to_wrong), (2, 1, 1));
        assert_eq!(changed.images.iter().map(|c| c.path.display().to_string()).collect::<Vec<_>>(), ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]);
        assert_eq!((changed.mcnemar_p, changed.images[0].effect), (1.0, Effect::RightToWrong));
        assert_eq!(changed.images[0].float.name, net::assets::imagenet_classes()[1]);
        assert_eq!(report.agreement, Some(percent(2, 6)));
        assert!(report.divergence.is_some_and(|d| (d - 10.0).abs() < 1e-9), "the mean of 0 to 20 thousandths");
        assert_eq!((report.float.expect("compared").top1, report.int8.top1), (50.0, percent(2, 6)));
    }

    #[test]
    fn intervals_are_percent_around_the_figure() {
        let report = report(&[[1, 1], [1, 1], [1, 2], [2, 2]]);
        assert_eq!(report.int8.top1, 50.0);
        assert_eq!(report.int8.top1_interval, wilson(2, 4).map(|share| 100.0 * share));
        assert!(report.agreement_interval.is_some_and(|[low, high]| low < 75.0 && high > 75.0 && high < 100.0));
    }
}
