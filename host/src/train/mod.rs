//! `ember train`: from photographs of one's own classes to a model file.

mod begin;
mod data;
mod figures;
mod finish;
mod groups;
mod learn;
mod measures;
mod page;
mod table;

use crate::cli::train::{TrainArgs, Validation};
use crate::exit::{self, Exit};
use crate::{interrupt, progress};
use anyhow::{bail, Result};
use begin::Begin;
use data::Listed;
use ember::labels::Labelled;
use figures::{Circumstances, Figures};
use finish::Finished;
use learn::{Learned, Material};
use net::files;
use net::model_file::hex;
use net::plural::count;
use net::text::shown;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use train::checkpoint::Terms;
use train::duplicates;
use train::photographs::{survey, Inputs, Photograph, Survey};
use train::split::Split;
use train::TrainError;

/// Photographs that are named on standard error, of each kind; the report has them all.
const NAMED: usize = 20;

/// Files that are written.
struct Outputs {
    float: PathBuf,
    report: PathBuf,
    checkpoint: PathBuf,
}

impl Outputs {
    fn of(args: &TrainArgs) -> Result<Self> {
        let beside = |given: &Option<PathBuf>, ending: &str| given.clone().unwrap_or_else(|| args.output.with_extension(ending));
        let outputs = Self {
            float: beside(&args.float, "safetensors"),
            report: beside(&args.report, "html"),
            checkpoint: beside(&args.checkpoint, "checkpoint"),
        };
        let mut all = vec![&args.output, &outputs.float, &outputs.report, &outputs.checkpoint];
        all.extend(&args.json);
        for (i, path) in all.iter().enumerate() {
            files::check_writable(path)?;
            if all[..i].contains(path) {
                bail!("{}: two outputs have this name; give each its own", shown(path));
            }
        }
        Ok(outputs)
    }
}

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way. When photographs had to be left out, everything is done and written first, and the error is
/// an [`Exit`] with its own code.
pub fn run(args: &TrainArgs) -> Result<()> {
    let start = Instant::now();
    let outputs = Outputs::of(args)?;
    if outputs.checkpoint.exists() && !args.resume && !args.restart {
        bail!(
            "{}: there is a checkpoint of an interrupted training; go on with --resume, or begin again with --restart",
            shown(&outputs.checkpoint)
        );
    }
    let listed = data::list(args)?;
    say(format!("labels: {}", listed.understood));
    let stop = interrupt::graceful();
    let mut begin = begin::begin(args, &listed.names)?;
    if let Some(warning) = ember::fits::Fits::of(&begin.network.layout).warning(&begin.network.layout) {
        tracing::warn!("{warning}");
    }
    let (photographs, skipped) = read(&listed, &stop)?;
    let split = data::divide(args, &listed, &photographs)?;
    let classes: Vec<usize> = photographs.iter().map(|p| p.class).collect();
    let counts = data::counts(listed.names.len(), split.training.iter().map(|&i| classes[i]));
    let alike = alike(args, &photographs, &split);
    say_few(&listed.names, &photographs);
    say_tiny(&photographs);
    let options = learn::options(args, &begin);
    let inputs = Inputs {
        preprocessing: begin.preprocessing,
        size: [begin.network.layout.height, begin.network.layout.width],
        normalisation: begin.normalisation,
        augmentation: options.augmentation,
        seed: args.seed,
    };
    let terms = terms(args, &begin, &options, &listed, &photographs, &split);
    let class_weights = learn::class_weights(args, &counts);
    say(format!(
        "{}: {} of {} to learn from, {} to measure on; {} learns",
        begin.origin,
        count(split.training.len(), "photograph"),
        count(listed.names.len(), "class"),
        split.validation.len(),
        match begin.part {
            crate::cli::train::Part::Classifier => "conv10".into(),
            crate::cli::train::Part::Last(n) => format!("what follows from fire{} on", begin.network.layout.fires.len() + 2 - n),
            crate::cli::train::Part::All => "the whole network".to_string(),
        }
    ));
    let material = Material { photographs: &photographs, split: &split, classes: &classes, class_weights: &class_weights, inputs: &inputs };
    let learned = learn::learn(&mut begin, &material, &options, (&outputs.checkpoint, &terms, args.resume), &stop);
    let learned = learned.map_err(|error| stopped(error, &outputs))?;
    // from here on a signal ends the program; the checkpoint is there
    drop(stop);
    let trained = Instant::now();
    let paths = |of: &[usize]| of.iter().map(|&i| photographs[i].path.clone()).collect::<Vec<_>>();
    let validation: Vec<Labelled> =
        split.validation.iter().map(|&i| Labelled { path: photographs[i].path.clone(), class: classes[i] }).collect();
    let origin = origin(&begin, &terms);
    let work = Work { args, begin: &begin, options: &options, inputs: &inputs, names: &listed.names, origin: &origin };
    let (finished, evaluation, rounded) = work.best(&learned, &finish::calibration(&paths(&split.training)), &validation)?;
    let bytes = finished.model.to_bytes();
    files::write(&args.output, &bytes)?;
    files::write(&outputs.float, &finished.float_bytes)?;
    let figures = Figures::new(Circumstances {
        args,
        outputs: [&args.output, &outputs.float, &outputs.report],
        names: &listed.names,
        photographs: &photographs,
        split: &split,
        skipped: &skipped,
        alike: &alike,
        options: &options,
        begin: &begin,
        state: &learned.state,
        finished: &finished,
        model_bytes: bytes.len(),
        evaluation: &evaluation,
        validation: &validation,
        rounded,
        seconds: [(trained - start).as_secs_f64(), start.elapsed().as_secs_f64()],
    })?;
    files::write(&outputs.report, page::html(&figures, &args.dir).as_bytes())?;
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&figures)?.as_bytes())?;
    }
    // a checkpoint that is gone already, or stays, is no harm to what was made
    let _ = std::fs::remove_file(&outputs.checkpoint);
    figures.print()?;
    if skipped.is_empty() {
        return Ok(());
    }
    let sentence = format!(
        "{} could not be read and {} left out",
        count(skipped.len(), "photograph"),
        if skipped.len() == 1 { "was" } else { "were" }
    );
    Err(Exit { code: exit::SKIPPED, sentence }.into())
}

fn say(sentence: String) {
    if !progress::is_quiet() {
        stdio::say!("ember: {sentence}");
    }
}

/// Looks at every photograph once; those that cannot be read are named.
fn read(listed: &Listed, stop: &interrupt::Graceful) -> Result<Survey> {
    let bar = progress::bar("read", listed.files.len());
    let found = survey(&listed.files, &|| stop.requested(), &|| bar.inc(1));
    drop(bar);
    let (photographs, skipped) = found.map_err(|error| match error {
        TrainError::Stopped => {
            Exit { code: interrupt::exit_code(), sentence: "stopped before training began; nothing is written".into() }.into()
        }
        other => anyhow::Error::from(other),
    })?;
    for (_, error) in skipped.iter().take(NAMED) {
        tracing::warn!("left out: {error}");
    }
    Ok((photographs, skipped))
}

/// Photographs for validation that are also learnt from, or nearly so: places in the list of photographs, bits, whether mirrored.
fn alike(args: &TrainArgs, photographs: &[Photograph], split: &Split) -> Vec<duplicates::Pair> {
    let looks = |of: &[usize]| of.iter().map(|&i| &photographs[i].look).collect::<Vec<_>>();
    let mut pairs = duplicates::between(&looks(&split.validation), &looks(&split.training));
    for pair in &mut pairs {
        (pair.first, pair.second) = (split.validation[pair.first], split.training[pair.second]);
    }
    for pair in pairs.iter().take(NAMED) {
        let same = if photographs[pair.first].sha256 == photographs[pair.second].sha256 { "is the same file as" } else { "looks like" };
        let turned = if pair.mirrored { ", mirrored" } else { "" };
        tracing::warn!(
            "{} is to be measured on, but {same} {}{turned}, which is learnt from",
            shown(&photographs[pair.first].path),
            shown(&photographs[pair.second].path)
        );
    }
    if !pairs.is_empty() {
        let advice = match args.validation {
            Validation::Share(_) => "the figures are too good by them; remove the copies",
            Validation::Folder(_) => "the figures are too good by them; measure on other photographs",
        };
        tracing::warn!(
            "{} to be measured on {} learnt from too, or nearly so: {advice}",
            count(pairs.len(), "photograph"),
            if pairs.len() == 1 { "is" } else { "are" }
        );
    }
    pairs
}

/// Names classes with few photographs.
fn say_few(names: &[String], photographs: &[Photograph]) {
    let counts = data::counts(names.len(), photographs.iter().map(|p| p.class));
    let few: Vec<String> = names
        .iter()
        .zip(&counts)
        .filter(|(_, &count)| count < data::FEW)
        .map(|(name, count)| format!("`{}` ({count})", shown(name)))
        .collect();
    if !few.is_empty() {
        let more = if few.len() > NAMED { format!(" and {} more", few.len() - NAMED) } else { String::new() };
        tracing::warn!(
            "fewer than {} photographs, so hardly learnt or measured: {}{more}",
            data::FEW,
            few[..few.len().min(NAMED)].join(", ")
        );
    }
}

/// Names photographs of a few pixels, which are taken as they are.
fn say_tiny(photographs: &[Photograph]) {
    let tiny: Vec<&Photograph> = photographs.iter().filter(|p| p.size.iter().any(|&side| side < data::TINY)).collect();
    for Photograph { path, size: [width, height], .. } in tiny.iter().take(NAMED) {
        tracing::warn!("{}: the photograph has only {width}x{height} pixels and shows hardly anything; take it out", shown(path));
    }
    if tiny.len() > NAMED {
        tracing::warn!(
            "{} have a side of fewer than {} pixels, of which the first {NAMED} are named",
            count(tiny.len(), "photograph"),
            data::TINY
        );
    }
}

/// What a checkpoint must agree with.
fn terms(
    args: &TrainArgs,
    begin: &Begin,
    options: &train::options::Options,
    listed: &Listed,
    photographs: &[Photograph],
    split: &Split,
) -> Terms {
    let mut all = BTreeMap::new();
    let mut put = |name: &str, value: String| all.insert(name.to_string(), value);
    put("--from", begin.origin.clone());
    put("--train", begin.part.to_string());
    put("--epochs", options.epochs.to_string());
    put("--batch", options.batch.to_string());
    put("--learning-rate", options.rate.to_string());
    put("--warm-up", options.warm_up.to_string());
    put("--schedule", options.schedule.to_string());
    put("--momentum", options.momentum.to_string());
    put("--weight-decay", options.weight_decay.to_string());
    put("--clip", options.clip.to_string());
    put("--dropout", options.dropout.to_string());
    put(
        "the augmentation (--crop, --colour, --no-augmentation)",
        options.augmentation.map_or("none".into(), |a| format!("{} and {}", a.crop, a.colour)),
    );
    put("--patience", options.patience.to_string());
    put("--seed", options.seed.to_string());
    put("--class-weights", format!("{:?}", args.class_weights).to_lowercase());
    put("--weight-bits", args.weight_bits.to_string());
    put("--quantization-aware", options.aware.is_some().to_string());
    let layout = &begin.network.layout;
    put("the input", format!("{}x{} {}", layout.height, layout.width, begin.preprocessing.describe(layout.height, layout.width)));
    put("the normalisation", quantise::import::input::shown(&begin.normalisation).to_string());
    put("the list of classes", listed.names.join(", "));
    let validation: std::collections::HashSet<usize> = split.validation.iter().copied().collect();
    let row = |(i, p): (usize, &Photograph)| {
        let name = p.path.strip_prefix(&args.dir).unwrap_or(&p.path).to_string_lossy().into_owned();
        let part = if validation.contains(&i) { "validation" } else { "training" };
        [name, part.into(), listed.names[p.class].clone(), hex(&p.sha256)]
    };
    Terms { options: all, photographs: photographs.iter().enumerate().map(row).collect() }
}

/// What the model was made from and how, in words that do not depend on where the files lay.
fn origin(begin: &Begin, terms: &Terms) -> String {
    let mut hash = Sha256::new();
    let mut names: Vec<&[String; 4]> = terms.photographs.iter().collect();
    names.sort();
    names.iter().flat_map(|p| p.iter()).for_each(|part| hash.update(format!("{part}\n")));
    let options: Vec<String> = terms
        .options
        .iter()
        .filter(|(name, _)| name.starts_with("--") && *name != "--from")
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "ember {version} train from {}, {} photographs (SHA-256 over theirs {}), {}",
        begin.origin,
        terms.photographs.len(),
        hex(&hash.finalize()),
        options.join(" ")
    )
}

/// What is said when training was stopped.
fn stopped(error: anyhow::Error, outputs: &Outputs) -> anyhow::Error {
    if !matches!(error.downcast_ref::<TrainError>(), Some(TrainError::Stopped)) {
        return error;
    }
    let sentence = match outputs.checkpoint.exists() {
        true => format!("stopped; what the last whole epoch learnt is in {}: go on with --resume", shown(&outputs.checkpoint)),
        false => "stopped before the first epoch was done; nothing is written".into(),
    };
    Exit { code: interrupt::exit_code(), sentence }.into()
}

/// What integers are made of.
struct Work<'a> {
    args: &'a TrainArgs,
    begin: &'a Begin,
    options: &'a train::options::Options,
    inputs: &'a Inputs,
    names: &'a [String],
    origin: &'a str,
}

impl Work<'_> {
    /// The integers that measure best: of the network as it was trained, or of that trained with rounded weights; and which.
    fn best(
        &self,
        learned: &Learned,
        images: &[PathBuf],
        validation: &[Labelled],
    ) -> Result<(Finished, ember::evaluate::Evaluation, Option<measures::Rounded>)> {
        let plain = self.finish(&learned.network, images)?;
        let of_plain = evaluate(&plain, validation)?;
        let Some(aware) = &learned.aware else { return Ok((plain, of_plain, None)) };
        let aware = self.finish(aware, images)?;
        let of_aware = evaluate(&aware, validation)?;
        let rounded = measures::Rounded::new(&of_plain, &of_aware, validation);
        Ok(if rounded.taken { (aware, of_aware, Some(rounded)) } else { (plain, of_plain, Some(rounded)) })
    }

    fn finish(&self, learned: &quantise::float::FloatNetwork, images: &[PathBuf]) -> Result<Finished> {
        let words = (self.names, self.origin);
        match &self.begin.model {
            Some(model) if self.begin.keeps_integers(self.options) => {
                finish::classifier_alone(self.begin, model, learned, images, self.inputs, words)
            }
            _ => finish::whole(self.begin, learned, images, self.args.weight_bits, words),
        }
    }
}

/// Float and integers on the validation photographs.
fn evaluate(finished: &Finished, validation: &[Labelled]) -> Result<ember::evaluate::Evaluation> {
    let bar = progress::bar("evaluate", validation.len());
    let options = ember::evaluate::Options { sqnr_images: 0, stop: &|| false, done: &|| bar.inc(1) };
    Ok(ember::evaluate::evaluate(&finished.model, Some(&finished.float), validation, &options)?)
}

/// A path as people call it: without DIR.
fn name<'a>(path: &'a Path, dir: &Path) -> &'a Path {
    path.strip_prefix(dir).unwrap_or(path)
}
