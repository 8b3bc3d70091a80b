//! `hdl report`: what an engine takes of a part, what is wrong with it, and what limits its clock.

use crate::options::{check_family, Chosen, EngineOptions};
use anyhow::{anyhow, bail, Context, Result};
use clap::{ArgGroup, Args, ValueEnum};
use hdl::board::file::Family;
use hdl::board::find;
use hdl::synth::budget::Budget;
use hdl::synth::report::{self, markdown, table, Job, Report, Subject};
use hdl::synth::route::{self, Placement, Placer, Router};
use hdl::synth::run::{Stage, Synthesiser, LIMIT};
use hdl::synth::timing::CALIBRATED_NET;
use hdl::synth::{Error, Yosys};
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
Synthesises with Yosys and says what the engine takes of the part, module by module, and what limits its clock. Two passes:

  modules    each module once, apart: the table of resources, and the checks (latches, combinational loops, nets driven twice,
             black boxes, other counts of DSPs or RAMs than the configuration asks for, a part that is too small). Minutes.
  flattened  the whole shell as one netlist, mapped by delay (abc9): families of paths (class of the registers at the start ->
             class at the end, numbers taken out) with levels, cells, delay; nets of many loads; resets; registers of RAMs
             and DSPs that are not used. Tens of minutes for a board (--hierarchical leaves it out), some 4 GB.

logic is the delay of a Kintex-7 -2's cells alone, with clock to output and setup; the columns beside it add a net model: so many
ns for each wire (--net, 0.33 if not said: calibrated on a core whose clock in Vivado is public) and 0.5. levels are look-up
tables, and two for a carry chain of up to 8 CARRY4. docs/clock.md explains them, hdl/timing.toml has the limits.

The modules are synthesised with yosys (0.23 or newer on the PATH, or named in YOSYS; Debian: apt-get install yosys). The flattened
pass prefers a newer one: --yosys, else YOSYS, else the package pyosys of the Python that PYOSYS_PYTHON names or of python3 (pip
install pyosys), else yosys. A name that begins with python means that Python's pyosys. Netlists are kept (EMBER_CACHE, else
the user's cache folder), so that the same Verilog is synthesised once, whatever the number of boards and reports.

Exit code 1 when a check does not hold, or with --check when something exceeds the budget; 3 when --place-and-route finds no nextpnr.

Examples:
  # a board of the list (hdl boards), resources and clock
  hdl report --board kcu116

  # resources and checks only, in minutes
  hdl report --board kcu116 --hierarchical

  # one module of it, flattened: what a change of that module does
  hdl report --board kc705 --top ember_scanner

  # does the board keep within hdl/timing.toml?
  hdl report --board kc705 --check

  # place and route of a module, alone on a 7 series part, with nextpnr
  hdl report --board kc705 --top ember_lane --place-and-route --nextpnr nextpnr-himbaechel --chipdb chipdb-xc7k325t.bin

  # an engine without a board, as JSON
  hdl report --columns 4 --family ultrascale+ --dsp dsp48e2 --json

  # what docs/clock.md says of a board
  hdl report --board kc705 --format markdown --families 12

  # the page of all boards
  hdl report --all --hierarchical --format markdown --out docs/boards.md";

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
    /// One module alone, flattened, instead of the whole shell or engine
    #[arg(long, value_name = "MODULE", conflicts_with_all = ["all", "hierarchical"])]
    top: Option<String>,
    /// Leave the flattened pass out: resources and checks only
    #[arg(long, conflicts_with_all = ["check", "place_and_route"])]
    hierarchical: bool,
    /// Fail if something exceeds the budget
    #[arg(long)]
    check: bool,
    /// The budget [default: the repository's hdl/timing.toml]
    #[arg(long, value_name = "FILE")]
    budget: Option<PathBuf>,
    /// Net model: ns for each wire
    #[arg(long, value_name = "NS", default_value_t = f64::from(CALIBRATED_NET) / 1000.0, value_parser = net)]
    net: f64,
    /// The Yosys of the flattened pass: a yosys, or a Python that has pyosys
    #[arg(long, value_name = "PROGRAM")]
    yosys: Option<PathBuf>,
    /// Place and route with nextpnr (7 series)
    #[arg(long, conflicts_with = "all")]
    place_and_route: bool,
    /// nextpnr-himbaechel with its Xilinx part [default: NEXTPNR, else nextpnr-himbaechel on the PATH]
    #[arg(long, value_name = "PROGRAM", requires = "place_and_route")]
    nextpnr: Option<PathBuf>,
    /// Its chip database of the part [default: NEXTPNR_CHIPDB]
    #[arg(long, value_name = "FILE", requires = "place_and_route")]
    chipdb: Option<PathBuf>,
    /// nextpnr's placer
    #[arg(long, value_enum, default_value = "heap", requires = "place_and_route")]
    placer: Placer,
    /// Seed of nextpnr's placer: one long wire can decide a figure, so look at several
    #[arg(long, value_name = "N", default_value_t = 1, requires = "place_and_route")]
    seed: u32,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// As --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write to FILE instead of standard output, once everything is done
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Families of paths to show; JSON has all
    #[arg(long, value_name = "N", default_value_t = 30)]
    families: usize,
    /// Give a synthesis up after so many minutes
    #[arg(long, value_name = "N", default_value_t = LIMIT.as_secs() / 60)]
    minutes: u64,
}

/// What `--net` may be.
fn net(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|ns| (0.0..=100.0).contains(ns)).ok_or_else(|| "expected nanoseconds, 0 to 100".into())
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For a terminal
    Table,
    /// For programs
    Json,
    /// For pages: of one board its part of one; with --all docs/boards.md
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
    let budget = match &args.budget {
        None => Budget::own(),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            Budget::parse(&text).map_err(|why| anyhow!("{} is not a budget: {}", path.display(), why.trim()))?
        }
    };
    let router = match args.place_and_route {
        true => Some(router(args, &subjects)?),
        false => None,
    };
    let limited = |synthesiser: Synthesiser<'static>| synthesiser.stop(&STOP).limit(Duration::from_secs(60 * args.minutes));
    let modules = match args.top {
        Some(_) => None,
        None => Some(limited(Synthesiser::from_environment()?)),
    };
    let flat = match args.hierarchical {
        true => None,
        false => Some(limited(Synthesiser::with(Yosys::find_by_delay(args.yosys.as_deref())?)?)),
    };
    let net = (args.net * 1000.0).round() as u32;
    let job = Job { modules: modules.as_ref(), flat: flat.as_ref(), budget: &budget, net, router: router.as_ref() };
    let progress = Progress::new();
    let mut reports: Vec<Report> = vec![];
    let mut failed = 0;
    for (i, subject) in subjects.iter().enumerate() {
        let label = if subjects.len() > 1 { format!("{} of {}, {}", i + 1, subjects.len(), subject.name) } else { subject.name.clone() };
        progress.begin(&label);
        let report = match report::report(subject, &job, &mut |stage| progress.stage(&label, &stage)) {
            Ok(report) => report,
            // the other boards are worth having
            Err(error) if args.all && !matches!(error, Error::Interrupted) => {
                progress.line(&format!("error: {}: {error}", subject.name));
                failed += 1;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let over = if args.check { report.over_budget() } else { &[] };
        report.findings.iter().chain(over).for_each(|finding| progress.line(&format!("{}: {finding}", report.name)));
        reports.push(report);
    }
    progress.finish();
    let text = match if args.json { Format::Json } else { args.format } {
        Format::Table => reports.iter().map(|report| table::table(report, args.families)).collect::<Vec<_>>().join("\n"),
        Format::Json if args.all => serde_json::to_string_pretty(&reports)? + "\n",
        Format::Json => serde_json::to_string_pretty(&reports[0])? + "\n",
        Format::Markdown if args.all => markdown::page(&reports, args.families),
        Format::Markdown => markdown::board(&reports[0], args.families),
    };
    match &args.out {
        Some(out) => std::fs::write(out, text).with_context(|| format!("{} cannot be written", out.display()))?,
        None => stdio::print(text)?,
    }
    let holds = |report: &Report| report.findings.is_empty() && (!args.check || report.over_budget().is_empty());
    Ok(failed == 0 && reports.iter().all(holds))
}

fn router(args: &ReportArgs, subjects: &[Subject]) -> Result<Router> {
    let part = subjects.first().and_then(|subject| subject.board.as_ref()).map(|board| &board.part);
    match part {
        None => bail!("--place-and-route needs a part; name a board with --board"),
        Some(part) if !route::is_device(&part.name) => {
            bail!("--place-and-route is for 7 series parts, which nextpnr knows; {} is none: choose another board", part.name)
        }
        Some(_) => {
            let placement = Placement { placer: args.placer, seed: args.seed };
            Ok(Router::find(args.nextpnr.clone(), args.chipdb.clone(), placement)?)
        }
    }
}

/// Exit code after a signal, as shells have it: 128 and its number, 130 for Ctrl-C (SIGINT) and 143 for SIGTERM.
pub fn exit_interrupted() -> u8 {
    128 + SIGNAL.load(Ordering::Relaxed) as u8
}

/// Exit code without nextpnr.
pub const EXIT_NO_ROUTER: u8 = 3;

/// Whether a command failed because there is no nextpnr.
pub fn no_router(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::NoRouter { .. }))
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
    let subject = match &chosen.board {
        Some(board) => Subject::board(board, &chosen.config)?,
        None => {
            let family = match args.family {
                FamilyName::Series7 => Family::Series7,
                FamilyName::UltraScale => Family::UltraScale,
                FamilyName::UltraScalePlus => Family::UltraScalePlus,
            };
            check_family(&chosen.target, family)?;
            Subject::engine(&chosen.config, &chosen.target, family)
        }
    };
    match &args.top {
        Some(module) => subject.module(module).map_err(|why| anyhow!(why)),
        None => Ok(subject),
    }
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
            Stage::Measuring => format!("{label}: looking for paths"),
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
