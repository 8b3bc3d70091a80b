//! What a training is worth, in figures with their intervals: the JSON as it is written, and what the report shows.

use super::begin::Begin;
use super::finish::Finished;
use super::measures::{Difference, EpochFigures, Rounded, Share};
use super::{data, name};
use crate::cli::train::TrainArgs;
use anyhow::Result;
use ember::evaluate::statistics::mcnemar;
use ember::evaluate::{Answers, Evaluation};
use ember::labels::Labelled;
use hdl::board::list::{speeds, Speed};
use net::model_file::hex;
use net::photo::ImageError;
use net::text::shown;
use serde::Serialize;
use std::path::PathBuf;
use train::duplicates::Pair;
use train::options::Options;
use train::photographs::Photograph;
use train::report::curves;
use train::session::State;
use train::split::Split;

/// Wrong answers that the report shows.
const WORST: usize = 24;

/// A class.
#[derive(Debug, Serialize)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Photographs that were learnt from.
    pub training: usize,
    /// How many of its validation photographs the integers name.
    pub int8: Share,
    /// Whether it has fewer photographs than [`data::FEW`].
    pub few: bool,
}

/// A validation photograph that the integers got wrong.
#[derive(Debug, Serialize)]
pub struct Wrong {
    /// Within DIR.
    pub path: PathBuf,
    /// Where it is.
    #[serde(skip)]
    pub file: PathBuf,
    /// Its class.
    pub class: String,
    /// What the integers said.
    pub said: String,
    /// How sure they were, 0 to 1.
    pub probability: f64,
}

/// Photographs that are alike.
#[derive(Debug, Serialize)]
pub struct Alike {
    /// For validation.
    pub validation: PathBuf,
    /// Learnt from.
    pub training: PathBuf,
    /// Bits of 64 in which their hashes differ.
    pub bits: u32,
    /// Whether one is the other's mirror image.
    pub mirrored: bool,
    /// Whether they are the same file.
    pub same_file: bool,
}

/// A photograph that was left out.
#[derive(Debug, Serialize)]
pub struct Skipped {
    /// Within DIR.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// All of it.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Model file, float network, report.
    pub files: [PathBuf; 3],
    /// SHA-256 of the model.
    pub sha256: String,
    /// Bytes of the model file.
    pub model_bytes: usize,
    /// Bits of its weights.
    pub weight_bits: u32,
    /// Layout and rows and columns of the input.
    pub layout: String,
    /// What was begun with.
    pub begun_with: String,
    /// Which layers learnt.
    pub part: String,
    /// The recipe.
    pub options: Options,
    /// Photographs that were learnt from.
    pub training_images: usize,
    /// The integers, on the validation photographs.
    pub int8: Share,
    /// The float network.
    pub float: Share,
    /// Photographs on which both have the same first answer.
    pub agreement: Share,
    /// Right in float and wrong in integers; the other way round.
    pub changed: [usize; 2],
    /// The integers' share less the float network's.
    pub int8_over_float: Difference,
    /// Two-sided p-value of McNemar's exact test of the two.
    pub mcnemar_p: f64,
    /// Whether the epoch was chosen on the photographs that the figures are of.
    pub chosen_on_validation: bool,
    /// Number of the epoch whose weights were taken.
    pub best: Option<usize>,
    /// Training with rounded weights, where it was asked for.
    pub quantization_aware: Option<Rounded>,
    /// The classes.
    pub classes: Vec<Class>,
    /// Photographs of each class (rows) that the integers call each class (columns).
    pub confusion: Vec<Vec<usize>>,
    /// Wrong answers, the surest first.
    pub wrong: Vec<Wrong>,
    /// Photographs for validation that were learnt from too, or nearly so.
    pub alike: Vec<Alike>,
    /// Photographs that could not be read.
    pub skipped: Vec<Skipped>,
    /// All epochs.
    pub epochs: Vec<EpochFigures>,
    /// The curves as pictures, or why there are none.
    #[serde(skip)]
    pub curves: Result<[String; 2], String>,
    /// Expected speed on every board.
    pub boards: Vec<Speed>,
    /// Until the last epoch, and in all.
    pub seconds: [f64; 2],
}

/// What figures are made of.
pub struct Circumstances<'a> {
    /// The command line.
    pub args: &'a TrainArgs,
    /// Model file, float network, report.
    pub outputs: [&'a PathBuf; 3],
    /// Names of the classes.
    pub names: &'a [String],
    /// All photographs that could be read.
    pub photographs: &'a [Photograph],
    /// Which of them are for what.
    pub split: &'a Split,
    /// Files that could not be read.
    pub skipped: &'a [(usize, ImageError)],
    /// Places of photographs that are alike.
    pub alike: &'a [Pair],
    /// The recipe.
    pub options: &'a Options,
    /// What was begun with.
    pub begin: &'a Begin,
    /// All epochs.
    pub state: &'a State,
    /// The result.
    pub finished: &'a Finished,
    /// Size of its model file.
    pub model_bytes: usize,
    /// Of both its forms.
    pub evaluation: &'a Evaluation,
    /// The photographs of that.
    pub validation: &'a [Labelled],
    /// Training with rounded weights.
    pub rounded: Option<Rounded>,
    /// Until the last epoch, and in all.
    pub seconds: [f64; 2],
}

impl Figures {
    /// Works them out.
    ///
    /// # Errors
    /// The boards cannot be read.
    pub fn new(of: Circumstances) -> Result<Self> {
        let Circumstances { args, names, photographs, split, evaluation, validation, begin, state, finished, .. } = of;
        let answers = &evaluation.answers;
        let of_int8 = |a: &Answers| a.int8.classes.first().copied();
        let of_float = |a: &Answers| a.float.as_ref().and_then(|f| f.classes.first().copied());
        let is_right = |a: &Answers, said: Option<usize>| said == Some(validation[a.image].class);
        let share = |count: &dyn Fn(&Answers) -> bool| Share::new(answers.iter().filter(|a| count(a)).count(), answers.len());
        let mut confusion = vec![vec![0; names.len()]; names.len()];
        for answer in answers {
            if let Some(said) = of_int8(answer) {
                confusion[validation[answer.image].class][said] += 1;
            }
        }
        let (learnt, all) = (
            data::counts(names.len(), split.training.iter().map(|&i| photographs[i].class)),
            data::counts(names.len(), photographs.iter().map(|p| p.class)),
        );
        let class = |(i, class_name): (usize, &String)| Class {
            name: class_name.clone(),
            training: learnt[i],
            int8: Share::new(confusion[i][i], confusion[i].iter().sum()),
            few: all[i] < data::FEW,
        };
        let classes = names.iter().enumerate().map(class).collect();
        let changed = [
            answers.iter().filter(|a| is_right(a, of_float(a)) && !is_right(a, of_int8(a))).count(),
            answers.iter().filter(|a| !is_right(a, of_float(a)) && is_right(a, of_int8(a))).count(),
        ];
        let alike = |pair: &Pair| Alike {
            validation: name(&photographs[pair.first].path, &args.dir).into(),
            training: name(&photographs[pair.second].path, &args.dir).into(),
            bits: pair.bits,
            mirrored: pair.mirrored,
            same_file: photographs[pair.first].sha256 == photographs[pair.second].sha256,
        };
        let skipped = |(_, error): &(usize, ImageError)| Skipped { path: name(error.path(), &args.dir).into(), reason: error.to_string() };
        let layout = finished.model.layout();
        let epochs: Vec<EpochFigures> = state.history.iter().map(EpochFigures::from).collect();
        let part = usize::from(of.rounded.is_some_and(|rounded| rounded.taken));
        Ok(Self {
            files: of.outputs.map(Clone::clone),
            sha256: hex(&finished.model.hash()),
            model_bytes: of.model_bytes,
            weight_bits: args.weight_bits,
            layout: format!("{}, {}x{} pixels, {} classes", layout.name, layout.height, layout.width, names.len()),
            begun_with: begin.origin.clone(),
            part: begin.part.to_string(),
            options: of.options.clone(),
            training_images: split.training.len(),
            int8: share(&|a| is_right(a, of_int8(a))),
            float: share(&|a| is_right(a, of_float(a))),
            agreement: share(&|a| of_int8(a) == of_float(a)),
            changed,
            int8_over_float: Difference::new(changed, answers.len()),
            mcnemar_p: mcnemar(changed[0], changed[1]),
            chosen_on_validation: state.history.len() > 1,
            best: state.best[part].map(|best| best.epoch),
            quantization_aware: of.rounded,
            classes,
            confusion,
            wrong: wrong(&of),
            alike: of.alike.iter().map(alike).collect(),
            skipped: of.skipped.iter().map(skipped).collect(),
            curves: curves::pictures(&state.history, &epochs.iter().map(EpochFigures::bands).collect::<Vec<_>>()),
            epochs,
            boards: speeds(&finished.model.network)?,
            seconds: of.seconds,
        })
    }

    /// What the figures are not.
    pub fn caveat(&self) -> String {
        let chosen = "The epoch was chosen on the photographs that these figures are of, which makes them a little too good";
        let alike = match self.alike.len() {
            0 => String::new(),
            1 => "; one of them was learnt from too, or nearly so".into(),
            n => format!("; {n} of them were learnt from too, or nearly so"),
        };
        match (self.chosen_on_validation, alike.is_empty()) {
            (true, _) => format!("{chosen}{alike}."),
            (false, false) => format!("The figures are too good{}.", alike.replacen(';', ":", 1)),
            (false, true) => String::new(),
        }
    }

    /// Prints what matters.
    ///
    /// # Errors
    /// Standard output that cannot be written.
    pub fn print(&self) -> Result<(), stdio::Error> {
        let Self { int8, float, agreement, files, .. } = self;
        stdio::line!("\nvalidation, with 95 % intervals")?;
        stdio::line!("{:20} {float}", "float")?;
        stdio::line!("{:20} {int8}", if self.weight_bits == 8 { "int8".into() } else { format!("integers, {} bits", self.weight_bits) })?;
        stdio::line!("{:20} {agreement}", "agreement")?;
        stdio::line!("{:20} {}", "integers over float", self.int8_over_float)?;
        if let Some(Rounded { plain, aware, gain, taken, .. }) = self.quantization_aware {
            let word = if taken { "taken" } else { "not taken" };
            stdio::line!("{:20} {aware}", "rounded weights")?;
            stdio::line!("{:20} {plain}", "without")?;
            stdio::line!("{:20} {gain}: {word}", "gain")?;
        }
        stdio::line!("")?;
        for class in &self.classes {
            stdio::line!("{:20} {}", shown(&class.name), class.int8)?;
        }
        let caveat = self.caveat();
        if !caveat.is_empty() {
            stdio::line!("\n{caveat}")?;
        }
        let [model, network, report] = files;
        stdio::line!("\n{}: {}, {} kB, SHA-256 {}", shown(model), self.layout, self.model_bytes / 1000, self.sha256)?;
        stdio::line!("{}: the float network", shown(network))?;
        stdio::line!("{}: curves, confusion matrix, worst photographs, boards", shown(report))?;
        stdio::line!("{:.0} s, of them {:.0} s until the last epoch", self.seconds[1], self.seconds[0])
    }
}

/// Wrong answers, the surest first.
fn wrong(of: &Circumstances) -> Vec<Wrong> {
    let class = |class: usize| of.names.get(class).cloned().unwrap_or_default();
    let one = |answer: &Answers| {
        let Labelled { path, class: label } = &of.validation[answer.image];
        let said = *answer.int8.classes.first()?;
        let probability = answer.int8.probability;
        (said != *label).then(|| Wrong {
            path: name(path, &of.args.dir).into(),
            file: path.clone(),
            class: class(*label),
            said: class(said),
            probability,
        })
    };
    let mut all: Vec<Wrong> = of.evaluation.answers.iter().filter_map(one).collect();
    all.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.path.cmp(&b.path)));
    all.truncate(WORST);
    all
}
