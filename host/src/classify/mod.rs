//! `ember classify`: images to named classes, on any device.

pub mod inputs;
pub mod output;
pub mod run;
pub mod summary;
pub mod video;

use crate::cli::classify::ClassifyArgs;
use crate::cli::devices::all_threads;
use crate::cli::usage_error;
use crate::interrupt;
use crate::progress::{self, Bar, Spinner};
use anyhow::{Context, Result};
use ember::device::{open, Device};
use ember::{Classification, Classifier, Event, Model, Options, Share};
use indicatif::ProgressBar;
use inputs::{Input, Inputs, Tag, Tally, STANDARD_INPUT};
use net::text::shown;
use output::{Content, Output};
use run::{End, Sink};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use summary::Summary;
use video::{Behind, Video};

/// Exit code when some images failed.
const SOME_FAILED: u8 = 3;

/// Characters of `frame 1234567  12345.678 s`.
const VIDEO_WIDTH: usize = 26;

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way of all images.
pub fn run(args: &ClassifyArgs) -> Result<ExitCode> {
    if let Some(conflict) = args.conflict() {
        usage_error(conflict);
    }
    // before the work, which may be long
    args.output.as_deref().map_or(Ok(()), net::files::check_writable)?;
    let model = args.devices.model.as_deref().map_or_else(|| Ok(Model::embedded()), Model::load)?;
    let layout = model.layout();
    tracing::info!("photographs: {}", model.preprocessing.describe(layout.height, layout.width));
    if let Some(normalised) = model.preprocessing.normalisation {
        tracing::info!("input: {normalised}");
    }
    let threads = args.threads.map_or_else(all_threads, |n| n as usize);
    let Opened { devices, left_out } = open_devices(args, &model, threads)?;
    let Work { stream, count, path_width, besides, dropped } = work(args)?;
    let content = Content { top: args.top.into(), logits: args.logits, path_width, video: args.raw.is_some() };
    let output = match Output::begin(args.format(), content, &model, writer(args)?) {
        Ok(output) => output,
        Err(error) if stdio::is_closed(&error) => return Ok(ExitCode::SUCCESS),
        Err(error) => return Err(error).context("the results cannot be written"),
    };

    let bar = progress::counting("classify", count);
    let said = bar.clone();
    let options = Options {
        // frames that wait for a device are old when it takes them
        batch: args.batch.map(|n| n as usize).or((args.when_behind == Behind::Drop).then_some(threads)),
        listener: Some(Arc::new(move |event| {
            if let Event::Lost(Share { name, failure: Some(failure), .. }) = event {
                say(&said, &format!("device {name} is not used any more: {failure}"));
            }
        })),
        ..args.devices.options(threads)
    };
    let mut report = Report { output, bar, classified: 0, failed: 0 };
    let ctrl_c = interrupt::graceful();
    let start = Instant::now();
    let classifier = Classifier::new(&model, devices, &options)?.with_cancel(ctrl_c.cancel());
    let mut outcome = run::run(classifier, stream.map(Input::tagged), ctrl_c.cancel(), &mut report)?;
    report.bar.end();
    left_out.into_iter().for_each(|(position, share)| outcome.shares.insert(position, share));
    let mut summary = Summary::new(&outcome, report.classified, report.failed, start.elapsed(), besides.take());
    summary.dropped = dropped.map(|dropped| dropped.load(Ordering::Relaxed));
    finish(report, &outcome.end, &summary)
}

/// What is to be classified.
struct Work {
    stream: Box<dyn Iterator<Item = Input> + Send>,
    /// How many inputs, where that is known.
    count: Option<u64>,
    /// Characters of what the table's first column names.
    path_width: usize,
    besides: Tally,
    /// Of a video.
    dropped: Option<Arc<AtomicU64>>,
}

fn work(args: &ClassifyArgs) -> Result<Work> {
    if let (Some(form), [path]) = (args.raw, args.paths.as_slice()) {
        let from = match path.as_os_str() == STANDARD_INPUT {
            true => Box::new(io::stdin()),
            false => Video::open(path).map_err(anyhow::Error::msg)?,
        };
        let dropped = Arc::<AtomicU64>::default();
        let video = Video { path: path.clone(), form, rate: args.fps, behind: args.when_behind, dropped: dropped.clone() };
        let besides = Tally::default();
        return Ok(Work { stream: video.frames(from), count: None, path_width: VIDEO_WIDTH, besides, dropped: Some(dropped) });
    }
    let inputs = Inputs::find(&args.paths);
    let (count, path_width, besides) = (inputs.count(), inputs.longest_path(), inputs.left_out());
    let stream = inputs.stream(io::stdin(), if args.null { 0 } else { b'\n' });
    Ok(Work { stream, count, path_width, besides, dropped: None })
}

/// The devices that share the work.
struct Opened {
    devices: Vec<Box<dyn Device>>,
    /// Those that were asked for and cannot be opened, with their places among all, in order.
    left_out: Vec<(usize, Share)>,
}

/// Opens what was asked for. One of several devices that cannot be opened is left out, with a sentence on standard error.
fn open_devices(args: &ClassifyArgs, model: &Model, threads: usize) -> Result<Opened> {
    let options = args.devices.options(threads);
    let specs = args.specs();
    let (mut devices, mut left_out) = (vec![], vec![]);
    let spinner = Spinner::new();
    for (position, spec) in specs.iter().enumerate() {
        match open::open(spec, model, &options, &mut |what| spinner.say(what)) {
            Ok(device) => devices.push(device),
            Err(error) if specs.len() > 1 => {
                spinner.suspend(|| stdio::say!("ember: device {spec} is left out: {error}"));
                let (name, failure) = (spec.to_string(), Some(Arc::new(error)));
                left_out.push((position, Share { name, frames: 0, busy: Duration::ZERO, failure }));
            }
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::ensure!(!devices.is_empty(), "none of the {} devices can be used; run `ember doctor`, or add --device software", specs.len());
    Ok(Opened { devices, left_out })
}

/// Where results go. A file is created anew and written as results come, so that an early end leaves them there.
fn writer(args: &ClassifyArgs) -> Result<Box<dyn Write>> {
    let Some(path) = &args.output else { return Ok(Box::new(BufWriter::new(io::stdout()))) };
    let file = File::create(path).with_context(|| format!("{}: the output cannot be written; choose another", shown(path)))?;
    Ok(Box::new(BufWriter::new(file)))
}

/// Results to the output, failures to standard error, and both to the counts.
struct Report {
    output: Output,
    bar: Bar,
    classified: u64,
    failed: u64,
}

/// A line on standard error, past the bar.
fn say(bar: &ProgressBar, text: &str) {
    bar.suspend(|| stdio::say!("ember: {}", net::text::shown_lines(text)));
}

/// One input's result.
#[derive(Debug)]
pub struct Done {
    /// Number of the input, from 0.
    pub index: u64,
    /// Which input it is.
    pub tag: Tag,
    /// The classes and sums, or why there are none.
    pub result: Result<Classification, ember::Error>,
}

impl Sink for Report {
    fn result(&mut self, done: Done) -> io::Result<()> {
        match &done.result {
            Ok(_) => self.classified += 1,
            Err(problem) => {
                self.failed += 1;
                say(&self.bar, &problem.to_string());
            }
        }
        // the bar and results on one terminal would write over each other
        let shared = !self.bar.is_hidden() && io::stdout().is_terminal();
        let written = if shared { self.bar.suspend(|| self.output.result(done)) } else { self.output.result(done) };
        self.bar.inc(1);
        written
    }
}

/// Ends the output and chooses the exit code.
fn finish(report: Report, end: &End, summary: &Summary) -> Result<ExitCode> {
    let ended = match end {
        // whoever read has what they wanted
        End::Sink(error) if stdio::is_closed(error) => return Ok(ExitCode::SUCCESS),
        End::Sink(error) => Err(io::Error::new(error.kind(), error.to_string())),
        _ => report.output.end(summary),
    };
    if !progress::is_quiet() {
        stdio::say(summary);
    }
    match ended {
        Err(error) if stdio::is_closed(&error) => return Ok(ExitCode::SUCCESS),
        ended => ended.context("the results cannot be written; free some space or choose another output")?,
    }
    match end {
        End::Interrupted => Ok(ExitCode::from(interrupt::exit_code())),
        End::NoDevice => {
            anyhow::bail!("no device is left, so the images from here on are not classified; run `ember doctor`, or add --device software")
        }
        _ if report.failed > 0 => Ok(ExitCode::from(SOME_FAILED)),
        _ => Ok(ExitCode::SUCCESS),
    }
}
