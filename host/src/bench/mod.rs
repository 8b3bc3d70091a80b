//! `ember bench`: how fast a device is, and where the time goes.
//!
//! Four measurements, one after the other: decode and resize of each image on one thread; frames one at a time
//! (latency); frames in batches, decoded before (the device alone); files to results (everything together). Of a board,
//! the second and the third also tell what was spent on transfers and in the engine.

mod quantiles;
mod split;

use crate::classify::inputs::{Input, Inputs, Tag};
use crate::classify::run::{self, End, Sink};
use crate::classify::Done;
use crate::cli::bench::BenchArgs;
use crate::cli::devices::all_threads;
use crate::cli::usage_error;
use crate::progress::{say_left_out, Spinner};
use anyhow::{bail, Context, Result};
use ember::device::spec::DeviceSpec;
use ember::device::{open, Answer, Device, Frame, Spent};
use ember::{Cancel, Classifier, Image, Model, Options, Pixels};
use net::assets::{Photograph, PHOTOGRAPHS};
use net::photo::folder::LeftOut;
use net::plural::count;
use net::text::shown;
use quantiles::Quantiles;
use serde::Serialize;
use split::{InBatches, OneFrame, Split};
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Images that are held decoded: 40 MB of the published networks' input.
const MOST_IMAGES: usize = 256;

/// Everything measured.
#[derive(Debug, Serialize)]
struct Report {
    device: String,
    threads: usize,
    /// Different images.
    images: usize,
    /// One image on one thread, milliseconds.
    decode: Quantiles,
    /// One image on one thread, milliseconds.
    resize: Quantiles,
    /// One frame alone, from handing it over to its answer, milliseconds.
    latency: Quantiles,
    /// Where the time of the device alone goes; of boards.
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<Split>,
    /// The device alone, decoded frames in batches.
    device_alone: Rate,
    /// Files to results, in the way of `ember classify`.
    end_to_end: Rate,
    /// Share of the end-to-end time in which the device had frames, percent.
    device_busy: f64,
    /// What the folders hold besides images.
    left_out: LeftOut,
}

#[derive(Debug, Serialize)]
struct Rate {
    frames: usize,
    seconds: f64,
    frames_per_second: f64,
}

impl Rate {
    fn of(frames: usize, elapsed: Duration) -> Self {
        let seconds = elapsed.as_secs_f64();
        Self { frames, seconds, frames_per_second: frames as f64 / seconds.max(1e-9) }
    }
}

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn run(args: &BenchArgs) -> Result<ExitCode> {
    args.json.as_deref().map_or(Ok(()), net::files::check_writable)?;
    let model = args.devices.model.as_deref().map_or_else(|| Ok(Model::embedded()), Model::load)?;
    let (paths, left_out) = paths(args)?;
    let threads = args.threads.map_or_else(all_threads, |n| n as usize);
    let spec = args.spec();
    let simulated = matches!(spec, DeviceSpec::Sim { .. });
    let frames = args.frames.unwrap_or(if simulated { 4 } else { 200 }) as usize;
    let alone = args.latency_frames.unwrap_or(if simulated { 2 } else { 100 }) as usize;

    let spinner = Spinner::new();
    spinner.say("decoding and resizing".into());
    let Prepared { decode, resize, images } = prepare(&model, &paths)?;
    let mut device = open::open(&spec, &model, &args.devices.options(threads), &mut |what| spinner.say(what))?;
    let (name, batch) = (device.name(), args.batch.map_or(device.depth(), |n| n as usize).max(1));
    run_frames(&mut *device, &images, 1, 1)?; // warm up
    spinner.say(format!("{}, one at a time", count(alone, "frame")));
    let (latency, spent_alone) = run_frames(&mut *device, &images, alone, 1)?;
    spinner.say(format!("{frames} frames in batches of {batch}"));
    let start = Instant::now();
    let (_, spent) = run_frames(&mut *device, &images, frames, batch)?;
    let elapsed = start.elapsed();
    let device_alone = Rate::of(frames, elapsed);
    let mean = latency.iter().sum::<Duration>() / latency.len().max(1) as u32;
    let split = spent_alone
        .zip(spent)
        .and_then(|(alone, spent)| Some(Split { one_frame: OneFrame::of(&alone, mean)?, in_batches: InBatches::of(&spent, elapsed) }));
    spinner.say(format!("{frames} images from file to result"));
    let (end_to_end, busy) = end_to_end(args, &model, &paths, device, threads, frames)?;
    drop(spinner);

    let missing = "a measurement without a frame";
    let report = Report {
        device: name,
        threads,
        images: images.len(),
        decode: Quantiles::of(&decode).context(missing)?,
        resize: Quantiles::of(&resize).context(missing)?,
        latency: Quantiles::of(&latency).context(missing)?,
        split,
        device_busy: 100.0 * busy.as_secs_f64() / end_to_end.seconds.max(1e-9),
        device_alone,
        end_to_end,
        left_out,
    };
    say_left_out(&report.left_out);
    if let Some(path) = &args.json {
        net::files::write(path, (serde_json::to_string_pretty(&report)? + "\n").as_bytes())?;
    }
    stdio::print(report.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// The images to run, at most [`MOST_IMAGES`]; the names of the shipped ones without arguments.
fn paths(args: &BenchArgs) -> Result<(Vec<PathBuf>, LeftOut)> {
    if args.paths.is_empty() {
        return Ok((PHOTOGRAPHS.iter().map(|photograph| PathBuf::from(photograph.name)).collect(), LeftOut::default()));
    }
    let inputs = Inputs::find(&args.paths);
    if inputs.count().is_none() {
        usage_error("a benchmark repeats its images, so they cannot come from standard input (-)".into());
    }
    let left_out = inputs.left_out();
    let mut paths = Vec::new();
    for Input { path, problem, .. } in inputs.stream(std::io::empty(), b'\n').take(MOST_IMAGES) {
        if let Some(problem) = problem {
            bail!(problem);
        }
        paths.push(path);
    }
    Ok((paths, left_out.take()))
}

/// The bytes of a file, or of a shipped photograph when there is no such file.
fn read(path: &Path) -> Result<Cow<'static, [u8]>, String> {
    match shipped(path) {
        Some(photograph) => Ok(Cow::Borrowed(photograph.bytes)),
        None => std::fs::read(path).map(Cow::Owned).map_err(|error| format!("{}: the image cannot be read ({error})", shown(path))),
    }
}

/// As [`read`], for a classifier.
fn image(path: PathBuf) -> Image {
    match shipped(&path) {
        Some(photograph) => Image::encoded(photograph.bytes).named(path),
        None => Image::file(path),
    }
}

/// The shipped photograph of the name `path`, when there is no such file.
fn shipped(path: &Path) -> Option<&'static Photograph> {
    PHOTOGRAPHS.iter().find(|photograph| Path::new(photograph.name) == path && !path.exists())
}

/// What became of the images on one thread, in their order.
#[derive(Default)]
struct Prepared {
    decode: Vec<Duration>,
    resize: Vec<Duration>,
    images: Vec<Pixels>,
}

/// Decodes and resizes each image on this thread.
fn prepare(model: &Model, paths: &[PathBuf]) -> Result<Prepared> {
    let mut prepared = Prepared::default();
    let (height, width) = (model.layout().height, model.layout().width);
    for path in paths {
        let start = Instant::now();
        let image = net::photo::decode(path, &read(path).map_err(anyhow::Error::msg)?)?;
        let decoded = Instant::now();
        prepared.images.push(model.preprocessing.apply(&image, height, width).try_into()?);
        prepared.decode.push(decoded - start);
        prepared.resize.push(decoded.elapsed());
    }
    Ok(prepared)
}

/// Runs `count` frames in batches; gives the time from a batch's start to each answer, and what the device spent.
fn run_frames(device: &mut dyn Device, images: &[Pixels], count: usize, batch: usize) -> Result<(Vec<Duration>, Option<Spent>)> {
    let mut times = Vec::with_capacity(count);
    let before = device.spent()?;
    let mut after = before;
    for first in (0..count).step_by(batch) {
        let numbers = first..(first + batch).min(count);
        let frames: Vec<Frame> = numbers.map(|i| Frame { sequence: i as u32, image: images[i % images.len()].clone() }).collect();
        let owed = times.len() + frames.len();
        let mut failure = None;
        let start = Instant::now();
        device.run(frames, &mut |Answer { sums, .. }| match sums {
            Ok(_) => times.push(start.elapsed()),
            Err(error) => failure = Some(error),
        })?;
        if let Some(error) = failure {
            return Err(error.into());
        }
        if times.len() != owed {
            bail!("{} did not answer every frame; run `ember doctor`", device.name());
        }
        // after every batch, because the engine's counters wrap
        after = device.spent()?;
    }
    Ok((times, before.zip(after).map(|(before, after)| after.since(&before))))
}

/// Counts results; the first failure ends the run.
#[derive(Default)]
struct Counter {
    results: usize,
    failure: Option<String>,
}

impl Sink for Counter {
    fn result(&mut self, done: Done) -> std::io::Result<()> {
        match done.result {
            Ok(_) => {
                self.results += 1;
                Ok(())
            }
            Err(problem) => {
                self.failure.get_or_insert(problem.to_string());
                Err(std::io::ErrorKind::Other.into())
            }
        }
    }
}

/// Files to results; also the time in which the device had frames.
fn end_to_end(
    args: &BenchArgs,
    model: &Model,
    paths: &[PathBuf],
    device: Box<dyn Device>,
    threads: usize,
    frames: usize,
) -> Result<(Rate, Duration)> {
    let options = Options { batch: args.batch.map(|n| n as usize), ..args.devices.options(threads) };
    let all: Vec<PathBuf> = paths.iter().cycle().take(frames).cloned().collect();
    let inputs = all.into_iter().map(|path| (Tag { path: path.clone(), stamp: None }, image(path)));
    let mut counter = Counter::default();
    let start = Instant::now();
    let outcome = run::run(Classifier::new(model, vec![device], &options)?, inputs, &Cancel::new(), &mut counter)?;
    let elapsed = start.elapsed();
    let lost = outcome.shares.iter().find_map(|share| share.failure.as_ref().map(ToString::to_string));
    if let Some(problem) = counter.failure.or(lost) {
        bail!(problem);
    }
    let complete = matches!(outcome.end, End::Complete) && counter.results == frames;
    anyhow::ensure!(complete, "only {} of {frames} frames came back; run `ember doctor`", counter.results);
    Ok((Rate::of(frames, elapsed), outcome.shares.iter().map(|share| share.busy).sum()))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {}, {}", self.device, count(self.images, "different image"), count(self.threads, "thread"))?;
        writeln!(f, "{:22} {:>9} {:>9} {:>9} {:>9}", "milliseconds", "p50", "p90", "p99", "mean")?;
        for (what, q) in [("decode, one thread", self.decode), ("resize, one thread", self.resize), ("latency of one frame", self.latency)]
        {
            writeln!(f, "{what:22} {:>9.3} {:>9.3} {:>9.3} {:>9.3}", q.p50, q.p90, q.p99, q.mean)?;
        }
        if let Some(split) = &self.split {
            write!(f, "{split}")?;
        }
        for (what, rate) in [("device alone", &self.device_alone), ("file to result", &self.end_to_end)] {
            writeln!(f, "{what:22} {:>9.1} frames/s ({} frames in {:.2} s)", rate.frames_per_second, rate.frames, rate.seconds)?;
        }
        writeln!(f, "{:22} {:>9.1} % of the time from file to result", "device busy", self.device_busy)
    }
}
