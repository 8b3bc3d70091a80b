//! `hdl report`: what an engine takes of a part, what is wrong with it, and its longest paths.

use crate::options::{check_family, Chosen, EngineOptions};
use anyhow::{Context, Result};
use clap::{ArgGroup, Args, ValueEnum};
use hdl::board::file::Family;
use hdl::board::find;
use hdl::synth::report::{self, markdown, table, Report, Subject};
use hdl::synth::run::{Stage, Synthesiser, LIMIT};
use hdl::synth::Error;
use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

/// Set by Ctrl-C or SIGTERM.
static STOP: AtomicBool = AtomicBool::new(false);

/// Which of them it was.
static SIGNAL: AtomicI32 = AtomicI32::new(SIGINT);

pub const EXAMPLES: &str = "\
Synthesises with Yosys (0.23 or newer on the PATH, or named in YOSYS; Debian: apt-get install yosys) and says what the
engine takes of the part, module by module, and its longest paths. It fails with exit code 1 when a check does not hold:
latches, combinational loops, nets driven twice, black boxes, other counts of DSPs or RAMs than the configuration asks
for, or a part that is too small.

A whole board takes minutes. Results are kept (EMBER_CACHE, else the user's cache folder), so that the same engine is
synthesised once, whatever the number of boards and reports.

Examples:
  # a board of the list (hdl boards)
  hdl report --board kcu116

  # the same board with another engine
  hdl report --board kcu116 --columns 8

  # an engine without a board, as JSON
  hdl report --columns 4 --family ultrascale+ --dsp dsp48e2 --format json

  # the page of all boards
  hdl report --all --format markdown --out docs/boards.md";

/// Options of `hdl report`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("of_boards").args(["board", "all"]))]
pub struct ReportArgs {
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
    /// Every board, one after the other
    #[arg(long, conflicts_with_all = ["board", "columns", "family", "dsp"])]
    all: bool,
    /// Family, for an engine without a board
    #[arg(long, value_enum, default_value = "7series", conflicts_with = "board")]
    family: FamilyName,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write to FILE instead of standard output, once everything is done
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Longest paths to show
    #[arg(long, value_name = "N", default_value_t = 8)]
    paths: usize,
    /// Give a synthesis up after so many minutes
    #[arg(long, value_name = "N", default_value_t = LIMIT.as_secs() / 60)]
    minutes: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For a terminal
    Table,
    /// For programs
    Json,
    /// For docs/boards.md
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FamilyName {
    #[value(name = "7series", alias = "xc7")]
    Series7,
    #[value(name = "ultrascale", alias = "xcu")]
    UltraScale,
    #[value(name = "ultrascale+", alias = "xcup")]
    UltraScalePlus,
}

/// Prints the reports asked for; `Ok(false)` if a check found something.
///
/// # Errors
/// No such board, an engine that cannot be, no Yosys, Ctrl-C.
pub fn run(args: &ReportArgs) -> Result<bool> {
    let subjects = subjects(args)?;
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("the signals cannot be listened to")?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            SIGNAL.store(signal, Ordering::Relaxed);
            // a second one ends the program
            if STOP.swap(true, Ordering::Relaxed) {
                std::process::exit(exit_interrupted().into());
            }
        }
    });
    let synthesiser = Synthesiser::from_environment()?.stop(&STOP).limit(Duration::from_secs(60 * args.minutes));
    let progress = Progress::new();
    let mut reports: Vec<Report> = vec![];
    let mut failed = 0;
    for (i, subject) in subjects.iter().enumerate() {
        let label = if subjects.len() > 1 { format!("{} of {}, {}", i + 1, subjects.len(), subject.name) } else { subject.name.clone() };
        progress.begin(&label);
        let report = match report::report(subject, &synthesiser, args.paths, &mut |stage| progress.stage(&label, &stage)) {
            Ok(report) => report,
            // the other boards are worth having
            Err(error) if args.all && !matches!(error, Error::Interrupted) => {
                progress.line(&format!("error: {}: {error}", subject.name));
                failed += 1;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        report.findings.iter().for_each(|finding| progress.line(&format!("{}: {finding}", report.name)));
        reports.push(report);
    }
    progress.finish();
    let text = match args.format {
        Format::Table => reports.iter().map(table::table).collect::<Vec<_>>().join("\n"),
        Format::Json if args.all => serde_json::to_string_pretty(&reports)? + "\n",
        Format::Json => serde_json::to_string_pretty(&reports[0])? + "\n",
        Format::Markdown => markdown::page(&reports),
    };
    match &args.out {
        Some(out) => std::fs::write(out, text).with_context(|| format!("{} cannot be written", out.display()))?,
        None => stdio::print(text)?,
    }
    Ok(failed == 0 && reports.iter().all(|r| r.findings.is_empty()))
}

/// Exit code after a signal, as shells have it: 128 and its number, 130 for Ctrl-C (SIGINT) and 143 for SIGTERM.
pub fn exit_interrupted() -> u8 {
    128 + SIGNAL.load(Ordering::Relaxed) as u8
}

/// Whether a command failed because of a signal.
pub fn interrupted(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::Interrupted))
}

fn subjects(args: &ReportArgs) -> Result<Vec<Subject>> {
    if args.all {
        return find::all(args.engine.boards.as_deref())?.into_iter().map(|board| subject(args.engine.engine_on(board)?, args)).collect();
    }
    Ok(vec![subject(args.engine.engine()?, args)?])
}

/// What is synthesised of an engine: the Verilog that `hdl generate` writes for the same options.
fn subject(chosen: Chosen, args: &ReportArgs) -> Result<Subject> {
    if let Some(board) = &chosen.board {
        return Ok(Subject::board(board, &chosen.config)?);
    }
    let family = match args.family {
        FamilyName::Series7 => Family::Series7,
        FamilyName::UltraScale => Family::UltraScale,
        FamilyName::UltraScalePlus => Family::UltraScalePlus,
    };
    check_family(&chosen.target, family)?;
    Ok(Subject::engine(&chosen.config, &chosen.target, family))
}

/// A spinner on a terminal, a line a subject elsewhere.
struct Progress {
    spinner: Option<ProgressBar>,
}

impl Progress {
    fn new() -> Self {
        let spinner = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})").unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { spinner }
    }

    fn begin(&self, label: &str) {
        match &self.spinner {
            Some(bar) => {
                bar.reset_elapsed();
                bar.set_message(label.to_string());
            }
            None => stdio::say!("synthesising {label}"),
        }
    }

    fn stage(&self, label: &str, stage: &Stage) {
        let Some(bar) = &self.spinner else { return };
        bar.set_message(match stage {
            Stage::Waiting => format!("{label}: waiting for another process that synthesises the same design"),
            Stage::Pass { pass, module: None } => format!("{label}: {pass}"),
            Stage::Pass { pass, module: Some(module) } => format!("{label}: {pass} {module}"),
            Stage::Reading => format!("{label}: reading the netlist"),
        });
    }

    fn line(&self, text: &str) {
        match &self.spinner {
            Some(bar) => bar.println(text),
            None => stdio::say!("{text}"),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.spinner {
            bar.finish_and_clear();
        }
    }
}
