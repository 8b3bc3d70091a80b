//! `ember eval`: accuracy of the integers beside that of the float network they came from.

mod print;
mod report;
pub mod run;
pub mod statistics;

use crate::cli::eval::EvalArgs;
use crate::exit::{self, Exit};
use crate::labels::{self, Labelled};
use crate::{interrupt, progress};
use anyhow::{Context, Result};
use net::files;
use net::model_file::{self, Model};
use net::plural::count;
use net::text::shown;
use quantise::float::{FloatNetwork, Normalisation};
use quantise::import;
use report::{Circumstances, Report};
use run::{Evaluation, Options};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Skipped photographs that are named on standard error; the JSON file has them all.
const NAMED: usize = 20;

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way. After Ctrl-C, or when photographs had to be skipped, the report is
/// printed and written first, and the error is an [`Exit`] with its own code.
pub fn run(args: &EvalArgs) -> Result<()> {
    args.json.as_deref().map_or(Ok(()), files::check_writable)?;
    let model = args.model.as_deref().map_or_else(|| Ok(Model::default_model()), model_file::load)?;
    let images = labels::read(&args.dir, args.labels.as_deref(), &model.labels)?.said();
    let (float_network, float) = find_float(args, &model)?.unzip();
    let start = Instant::now();
    let (evaluation, interrupted) = evaluate(args, &model, float.as_ref(), &images)?;
    refuse_nothing(&evaluation, &images, interrupted)?;
    let of = Circumstances { model: &model, float_network, images: &images, interrupted, seconds: start.elapsed().as_secs_f64() };
    let report = Report::new(&evaluation, of);
    for skipped in report.skipped.iter().take(NAMED) {
        tracing::warn!("skipped: {}", skipped.reason);
    }
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    let mut text = vec![];
    print::print(&report, &args.dir, args.list, &mut text).context("the report cannot be put into words")?;
    stdio::print(text)?;
    outcome(&report)
}

fn evaluate(args: &EvalArgs, model: &Model, float: Option<&FloatNetwork>, images: &[Labelled]) -> Result<(Evaluation, bool)> {
    let bar = progress::bar("evaluate", images.len());
    let ctrl_c = interrupt::graceful();
    tracing::info!("evaluating {}", count(images.len(), "image"));
    let options = Options { sqnr_images: args.sqnr_images.0, stop: &|| ctrl_c.requested(), done: &|| bar.inc(1) };
    let evaluation = run::evaluate(model, float, images, &options).context("the evaluation stopped")?;
    drop(bar);
    // Ctrl-C during the very last photographs left nothing out
    let whole = evaluation.answers.len() + evaluation.skipped.len() == images.len();
    Ok((evaluation, !whole))
}

/// Figures of no photographs would say nothing.
fn refuse_nothing(evaluation: &Evaluation, images: &[Labelled], interrupted: bool) -> Result<()> {
    if !evaluation.answers.is_empty() {
        return Ok(());
    }
    if interrupted {
        let sentence = format!("stopped before the first of {} was done; nothing is reported", count(images.len(), "image"));
        return Err(Exit { code: interrupt::exit_code(), sentence }.into());
    }
    let first = evaluation.skipped.first().map(|(_, error)| error.to_string()).unwrap_or_default();
    anyhow::bail!("none of {} can be evaluated; the first one: {first}", count(images.len(), "image"))
}

/// How the command ends once everything is printed and written.
fn outcome(report: &Report) -> Result<()> {
    let (skipped, listed) = (report.skipped.len(), report.listed);
    let (code, sentence) = if report.interrupted {
        (interrupt::exit_code(), format!("stopped after {} of {}", report.images + skipped, count(listed, "image")))
    } else if skipped > 0 {
        let more = if skipped > NAMED { format!(" (the first {NAMED} are named above, --json names all)") } else { String::new() };
        let were = if skipped == 1 { "was" } else { "were" };
        (exit::SKIPPED, format!("{skipped} of {} {were} skipped{more}; the figures are those of the others", count(listed, "image")))
    } else {
        return Ok(());
    };
    Err(Exit { code, sentence }.into())
}

/// A float network to be compared with a model.
pub struct Compared {
    /// With the constant of the model's classifier, where that has one.
    pub network: FloatNetwork,
    /// SHA-256 of the network as it was imported.
    pub fingerprint: String,
}

/// The float network at `path`, to be compared with `model`: with `facts`, or where they do not say what its input is, with what
/// the model was made for.
///
/// # Errors
/// No network that can be read, or one of other classes.
pub fn float_network(path: &Path, facts: &import::Facts, model: &Model) -> Result<Compared> {
    let mut compared = compared(path, facts, model)?;
    if let (Some(recorded), None, None) = (&model.preprocessing.normalisation, facts.normalisation, facts.order) {
        if compared.fingerprint != model.float_sha256 {
            // a graph that does nothing with its input gets what the model's got
            let normalisation = Some(Normalisation::from(*recorded));
            let other = self::compared(path, &import::Facts { normalisation, ..facts.clone() }, model);
            compared = other.ok().filter(|other| other.fingerprint == model.float_sha256).unwrap_or(compared);
        }
    }
    let network = &compared.network;
    let (classes, expected) = (network.layout.classifier.classes, model.labels.len());
    anyhow::ensure!(classes == expected, "{}: the float network has {classes} classes, but the model has {expected}", shown(path));
    Ok(compared)
}

fn compared(path: &Path, facts: &import::Facts, model: &Model) -> Result<Compared> {
    let import::Imported { mut network, input, .. } = import::read(path, facts)?;
    let fingerprint = network.fingerprint();
    if network.activations.linear_classifier {
        network.shift_classifier(model.preprocessing.logit_shift - input.logit_shift);
    }
    Ok(Compared { network, fingerprint })
}

/// The float network that was asked for, or the one among the files near the images that the model was made from.
fn find_float(args: &EvalArgs, model: &Model) -> Result<Option<(PathBuf, FloatNetwork)>> {
    let facts = args.facts.facts();
    if let Some(path) = &args.float {
        let Compared { network, fingerprint } = float_network(path, &facts, model)?;
        if fingerprint != model.float_sha256 {
            tracing::warn!("{}: the model was made from another float network (or with another normalisation)", shown(path));
        }
        return Ok(Some((path.clone(), network)));
    }
    let beside = args.dir.canonicalize().ok().and_then(|d| d.parent().map(Path::to_path_buf)).unwrap_or_default();
    for folder in [args.dir.clone(), beside.clone(), beside.join("models")] {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut candidates: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| is_network_name(p)).collect();
        candidates.sort();
        for path in candidates {
            match float_network(&path, &facts, model) {
                Ok(Compared { network, fingerprint }) if fingerprint == model.float_sha256 => {
                    tracing::info!("{}: this is the float network that the model was made from", shown(&path));
                    return Ok(Some((path, network)));
                }
                Ok(_) => tracing::debug!("{}: another float network", shown(&path)),
                Err(error) => tracing::debug!("{error:#}"),
            }
        }
    }
    tracing::warn!("the float network that the model was made from is not near {}; name it with --float to compare", shown(&args.dir));
    Ok(None)
}

fn is_network_name(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "onnx" || e == "safetensors")
}
