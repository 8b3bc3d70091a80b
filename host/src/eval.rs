//! `ember eval`: accuracy of the integers beside that of the float network they came from.

use crate::cli::EvalArgs;
use crate::labels::{self, Labelled};
use crate::progress;
use anyhow::{Context, Result};
use net::classify::ranked;
use net::float::FloatNetwork;
use net::metrics::{percent, Accuracy};
use net::model_file::{self, hex, Model};
use net::runtime::FloatEngine;
use net::{files, import};
use rayon::prelude::*;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Figures of one network, percent.
#[derive(Debug, Serialize)]
struct Figures {
    top1: f64,
    top5: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    images: usize,
    float: Option<Figures>,
    int8: Figures,
    /// Images on which both networks' first answers are the same, percent.
    agreement: Option<f64>,
    model_sha256: String,
    float_network: Option<PathBuf>,
    seconds: f64,
}

/// Both networks' five likeliest classes for one image.
struct Answers {
    int8: Vec<usize>,
    float: Option<Vec<usize>>,
}

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn run(args: &EvalArgs) -> Result<()> {
    args.json.as_deref().map_or(Ok(()), files::check_writable)?;
    let model = args.model.as_deref().map_or_else(|| Ok(Model::default_model()), model_file::load)?;
    let images = labels::read(&args.dir, &args.labels, model.labels.len())?;
    let float = find_float(args, &model)?;
    let (float_network, float_engine) = match float {
        Some((path, network)) => (Some(path), Some(FloatEngine::classifier_only(&network)?)),
        None => (None, None),
    };
    let start = Instant::now();
    let answers = answer(&model, float_engine.as_ref(), &images)?;
    let report = report(&model, float_network, &images, &answers, start.elapsed().as_secs_f64());
    print(&report);
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    Ok(())
}

/// The float network that was asked for, or the one among the files near the images that the model was made from.
fn find_float(args: &EvalArgs, model: &Model) -> Result<Option<(PathBuf, FloatNetwork)>> {
    let facts = args.facts.facts();
    if let Some(path) = &args.float {
        let network = import::load(path, &facts)?;
        let (classes, expected) = (network.layout.classifier.classes, model.labels.len());
        anyhow::ensure!(classes == expected, "{}: the float network has {classes} classes, but the model has {expected}", path.display());
        if network.fingerprint() != model.float_sha256 {
            tracing::warn!("{}: the model was made from another float network (or with another normalisation)", path.display());
        }
        return Ok(Some((path.clone(), network)));
    }
    let beside = args.dir.canonicalize().ok().and_then(|d| d.parent().map(Path::to_path_buf)).unwrap_or_default();
    for folder in [args.dir.clone(), beside.clone(), beside.join("models")] {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut candidates: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| is_network_name(p)).collect();
        candidates.sort();
        for path in candidates {
            match import::load(&path, &facts) {
                Ok(network) if network.fingerprint() == model.float_sha256 => {
                    tracing::info!("{}: this is the float network that the model was made from", path.display());
                    return Ok(Some((path, network)));
                }
                Ok(_) => tracing::debug!("{}: another float network", path.display()),
                Err(error) => tracing::debug!("{error}"),
            }
        }
    }
    tracing::warn!("the float network that the model was made from is not near {}; name it with --float to compare", args.dir.display());
    Ok(None)
}

fn is_network_name(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "onnx" || e == "safetensors")
}

fn answer(model: &Model, float: Option<&FloatEngine>, images: &[Labelled]) -> Result<Vec<Answers>> {
    let engine = net::fast::Engine::new(&model.network)?;
    let bar = progress::bar("evaluate", images.len());
    let answers = images
        .par_iter()
        .map_init(
            || engine.workspace(),
            |workspace, image| {
                let input = model.load_image(&image.path)?;
                let sums = engine.run_with(workspace, input.view())?;
                let int8 = ranked(&model.logits(&sums), 5);
                let logits = float.map(|f| f.logits(input.view())).transpose()?;
                bar.inc(1);
                Ok(Answers { int8, float: logits.map(|l| ranked(&l, 5)) })
            },
        )
        .collect::<Result<Vec<_>>>()
        .context("the evaluation stopped")?;
    bar.finish_and_clear();
    Ok(answers)
}

fn report(model: &Model, float_network: Option<PathBuf>, images: &[Labelled], answers: &[Answers], seconds: f64) -> Report {
    let (mut int8, mut float) = (Accuracy::default(), Accuracy::default());
    let mut agreed = 0;
    for (image, answer) in images.iter().zip(answers) {
        int8.count(&answer.int8, image.class);
        if let Some(ranked) = &answer.float {
            float.count(ranked, image.class);
            agreed += usize::from(ranked.first() == answer.int8.first());
        }
    }
    let figures = |accuracy: Accuracy| Figures { top1: accuracy.top1(), top5: accuracy.top5() };
    let compared = float_network.is_some();
    Report {
        images: images.len(),
        float: compared.then(|| figures(float)),
        int8: figures(int8),
        agreement: compared.then(|| percent(agreed, images.len())),
        model_sha256: hex(&model.hash()),
        float_network,
        seconds,
    }
}

fn print(report: &Report) {
    println!("{:10} {:>8} {:>8}", "", "top-1", "top-5");
    if let Some(float) = &report.float {
        println!("{:10} {:>6.2} % {:>6.2} %", "float", float.top1, float.top5);
    }
    println!("{:10} {:>6.2} % {:>6.2} %", "int8", report.int8.top1, report.int8.top5);
    if let Some(agreement) = report.agreement {
        println!("{:10} {agreement:>6.2} %", "agreement");
    }
    println!("{} images in {:.1} s, {:.1} images/s", report.images, report.seconds, report.images as f64 / report.seconds.max(1e-9));
}
