//! `ember compress`: a model as a small file.

mod accuracy;

use crate::cli::compress::CompressArgs;
use crate::progress;
use crate::progress::Bar;
use accuracy::Accuracy;
use anyhow::{bail, ensure, Context, Result};
use ember::evaluate::float_network;
use ember::labels;
use ndarray::Array3;
use net::compressed::{self, Packed};
use net::model_file::{self, hex, Model};
use net::photo::folder::LeftOut;
use net::text::shown;
use net::{files, photo};
use quantise::calibrate;
use quantise::compress::{self, photographs, Options, Target};
use quantise::histogram::decibel;
use quantise::metrics::percent;
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

/// Most calibration inputs, whole photographs and pieces: all maps of all of them are held in memory (1 to 3 MB each),
/// and more change nothing.
const MOST_INPUTS: usize = 512;

/// One line of the table.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    bytes: f64,
    weights: usize,
    bits_per_weight: f64,
    /// Share of the weights that are not zero, percent.
    nonzero: f64,
    /// Different weights.
    levels: usize,
    /// Signal over the change of the weights, decibel; 99 when nothing changed.
    weight_sqnr: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    file: PathBuf,
    bytes: usize,
    bytes_before: usize,
    model_sha256: String,
    calibration_inputs: usize,
    /// What the folder of photographs holds besides.
    left_out: LeftOut,
    header_bytes: usize,
    layers: Vec<Line>,
    total: Line,
    accuracy: Option<Accuracy>,
}

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn run(args: &CompressArgs) -> Result<()> {
    files::check_writable(&args.output)?;
    args.json.as_deref().map_or(Ok(()), files::check_writable)?;
    let model = args.model.as_deref().map_or_else(|| Ok(Model::default_model()), model_file::load)?;
    // everything that can be refused is read before the long work
    let labelled = match (&args.eval, &args.labels) {
        (Some(dir), Some(labels)) => Some(progress::say_labels(labels::read(dir, Some(labels), &model.labels)?)),
        _ => None,
    };
    let float =
        args.float.as_deref().map(|path| Ok::<_, anyhow::Error>(float_network(path, &args.facts.facts(), &model)?.network)).transpose()?;
    let (made, packed, inputs, left_out) = match target(args) {
        None => (model.clone(), compressed::pack(&model)?, 0, LeftOut::default()),
        Some(target) => smaller(&model, target, args)?,
    };
    verify(&made, &packed)?;
    files::write(&args.output, &packed.bytes)?;
    let accuracy = labelled.map(|images| accuracy::measure(&model, &made, float.as_ref(), &images)).transpose()?;
    let report = Report { left_out, ..report(args, &model, &made, &packed, inputs, accuracy) };
    progress::say_left_out(&report.left_out);
    if let Some(path) = &args.json {
        files::write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    Ok(print(&report)?)
}

/// What was asked for; nothing means without loss.
fn target(args: &CompressArgs) -> Option<Target> {
    match (args.target_kb, args.bits) {
        (Some(kb), _) => Some(Target::Bytes((kb * 1000.0) as usize)),
        (None, Some(bits)) => Some(Target::BitsPerWeight(bits)),
        (None, None) => None,
    }
}

fn smaller(model: &Model, target: Target, args: &CompressArgs) -> Result<(Model, Packed, usize, LeftOut)> {
    let Some(folder) = &args.images else {
        bail!("coarser weights need calibration photographs; name their folder with --images (or leave --target-kb and --bits out to pack without loss)");
    };
    let calibrate::Files { images: mut paths, left_out } = calibrate::image_files(folder)?;
    let each = args.pieces.saturating_add(1);
    let used = (MOST_INPUTS / each).max(1);
    if paths.len() > used {
        tracing::info!("{} of {} photographs, spread over the list, are calibrated on", used, paths.len());
        paths = (0..used).map(|i| paths[i * paths.len() / used].clone()).collect();
    }
    let bar = progress::bar("read", paths.len());
    let inputs: Vec<Vec<Array3<u8>>> = paths
        .par_iter()
        .enumerate()
        .map(|(seed, path)| {
            let found = photographs::inputs(model, &photo::load(path)?, args.pieces, seed as u64);
            bar.inc(1);
            Ok(found)
        })
        .collect::<Result<_>>()?;
    drop(bar);
    let inputs: Vec<Array3<u8>> = inputs.into_iter().flatten().collect();
    let options =
        Options { target, lambda: args.lambda, reconstruct: !args.rounding, damping: compress::DAMPING, importance: compress::IMPORTANCE };
    let stages = Stages::default();
    let origin = origin(model, &paths, args)?;
    let made = compress::compress(model, &inputs, options, origin, &|stage, done, all| stages.show(stage, done, all))?;
    stages.finish();
    Ok((made.model, made.packed, inputs.len(), left_out))
}

/// What the model was made from, in words that do not depend on where the files lay.
fn origin(model: &Model, images: &[PathBuf], args: &CompressArgs) -> Result<String> {
    let mut all = Sha256::new();
    for path in images {
        let bytes = std::fs::read(path).with_context(|| format!("{}: the file cannot be read again", shown(path)))?;
        all.update(Sha256::digest(bytes));
    }
    let how = if args.rounding { "rounded" } else { "reconstructed" };
    let lambda = args.lambda;
    let images = format!("{} images (SHA-256 over theirs {}), {} pieces each", images.len(), hex(&all.finalize()), args.pieces);
    Ok(format!("{}; compressed from model {}, {how} on {images}, lambda {lambda}", model.origin, hex(&model.hash())))
}

/// The file gives exactly this model.
fn verify(model: &Model, packed: &Packed) -> Result<()> {
    let loaded = Model::from_bytes("the compressed model", &packed.bytes).context("the compressed model was read again, as a check")?;
    ensure!(loaded == *model, "the compressed model, read again, is another one; please report this with the model file");
    Ok(())
}

fn report(args: &CompressArgs, before: &Model, after: &Model, packed: &Packed, inputs: usize, accuracy: Option<Accuracy>) -> Report {
    let (mut layers, mut all) = (Vec::new(), Sums::default());
    let old = before.network.convolutions();
    for (i, (name, conv)) in after.network.convolutions().into_iter().enumerate() {
        let mut sums = Sums { bytes: packed.convolutions[i], ..Sums::default() };
        let scales = after.scales.weights[i].iter().zip(&before.scales.weights[i]);
        for ((new, old), (&new_scale, &old_scale)) in conv.weights.outer_iter().zip(old[i].1.weights.outer_iter()).zip(scales) {
            new.iter().zip(old).for_each(|(&new, &old)| sums.add(new, new_scale, old, old_scale));
        }
        all.merge(&sums);
        layers.push(sums.line(name));
    }
    all.bytes = packed.bytes.len() as f64;
    Report {
        file: args.output.clone(),
        bytes: packed.bytes.len(),
        bytes_before: before.to_bytes().len(),
        model_sha256: hex(&after.hash()),
        calibration_inputs: inputs,
        left_out: LeftOut::default(),
        header_bytes: packed.header,
        layers,
        total: all.line("whole file".into()),
        accuracy,
    }
}

/// What is counted over the weights of a convolution, or of all.
#[derive(Default)]
struct Sums {
    bytes: f64,
    weights: usize,
    nonzero: usize,
    levels: BTreeSet<i8>,
    signal: f64,
    noise: f64,
}

impl Sums {
    fn add(&mut self, new: i8, new_scale: f32, old: i8, old_scale: f32) {
        let (new_real, old_real) = (f64::from(new) * f64::from(new_scale), f64::from(old) * f64::from(old_scale));
        self.weights += 1;
        self.nonzero += usize::from(new != 0);
        self.levels.insert(new);
        self.signal += old_real.powi(2);
        self.noise += (new_real - old_real).powi(2);
    }

    fn merge(&mut self, other: &Self) {
        self.weights += other.weights;
        self.nonzero += other.nonzero;
        self.levels.extend(&other.levels);
        self.signal += other.signal;
        self.noise += other.noise;
    }

    fn line(&self, name: String) -> Line {
        Line {
            name,
            bytes: self.bytes,
            weights: self.weights,
            bits_per_weight: 8.0 * self.bytes / self.weights.max(1) as f64,
            nonzero: percent(self.nonzero, self.weights),
            levels: self.levels.len(),
            weight_sqnr: decibel(self.signal, self.noise),
        }
    }
}

fn print(report: &Report) -> Result<(), stdio::Error> {
    stdio::line!("{:18} {:>9} {:>11} {:>9} {:>7} {:>12}", "layer", "bytes", "bits/weight", "non-zero", "levels", "weight SQNR")?;
    for line in report.layers.iter().chain([&report.total]) {
        let Line { name, bytes, bits_per_weight, nonzero, levels, weight_sqnr, .. } = line;
        stdio::line!("{name:18} {bytes:>9.0} {bits_per_weight:>11.3} {nonzero:>7.1} % {levels:>7} {weight_sqnr:>9.1} dB")?;
    }
    if let Some(Accuracy { images, top1, top1_of_the_model_before, agreement, float_top1, float_agreement }) = &report.accuracy {
        stdio::line!("top-1 {top1:.2} % on {images} images; before {top1_of_the_model_before:.2} %, agreement {agreement:.2} %")?;
        if let (Some(top1), Some(agreement)) = (float_top1, float_agreement) {
            stdio::line!("float {top1:.2} %, agreement {agreement:.2} %")?;
        }
    }
    let ratio = report.bytes_before as f64 / report.bytes as f64;
    stdio::line!("{}: {} bytes, {ratio:.2} times smaller than the plain model file", shown(&report.file), report.bytes)?;
    stdio::line!("read again and compared: the same model, SHA-256 {}", report.model_sha256)
}

/// One bar a stage of the long work.
#[derive(Default)]
struct Stages(Mutex<Option<(&'static str, Bar)>>);

impl Stages {
    fn show(&self, stage: &'static str, done: usize, all: usize) {
        let mut shown = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match shown.as_ref() {
            Some((name, bar)) if *name == stage => bar.set_position(done as u64),
            _ => {
                drop(shown.take());
                *shown = Some((stage, progress::steps(stage, all)));
            }
        }
    }

    fn finish(&self) {
        drop(self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take());
    }
}
