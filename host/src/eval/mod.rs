//! `ember eval`: accuracy of the integers beside that of the float network they came from.

mod print;

use crate::cli::eval::EvalArgs;
use crate::exit::{self, Exit};
use crate::{interrupt, progress};
use anyhow::{Context, Result};
use ember::evaluate::{self, Circumstances, Evaluation, Options, Report};
use ember::labels::{self, Labelled};
use net::files;
use net::model_file::{self, Model};
use net::plural::count;
use quantise::float::FloatNetwork;
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
    let images = progress::say_labels(labels::read(&args.dir, args.labels.as_deref(), &model.labels)?);
    let (float_network, float) = evaluate::find_float(args.float.as_deref(), &args.facts.facts(), &args.dir, &model)?.unzip();
    let start = Instant::now();
    let (evaluation, interrupted) = measure(args, &model, float.as_ref(), &images)?;
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

fn measure(args: &EvalArgs, model: &Model, float: Option<&FloatNetwork>, images: &[Labelled]) -> Result<(Evaluation, bool)> {
    let bar = progress::bar("evaluate", images.len());
    let ctrl_c = interrupt::graceful();
    tracing::info!("evaluating {}", count(images.len(), "image"));
    let options = Options { sqnr_images: args.sqnr_images.0, stop: &|| ctrl_c.requested(), done: &|| bar.inc(1) };
    let evaluation = evaluate::evaluate(model, float, images, &options).context("the evaluation stopped")?;
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
    Ok(evaluation.refuse_nothing(images.len())?)
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
