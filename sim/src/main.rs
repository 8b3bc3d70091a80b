//! `sim`: a photograph, classified by the simulated Fire engine and compared byte for byte.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod cli;
mod progress;

use anyhow::{bail, Context, Result};
use clap::CommandFactory;
use cli::Cli;
use contract::engine::EngineConfig;
use hdl::target::Target;
use net::assets::PHOTOGRAPHS;
use net::model_file::{self, Model};
use net::{compiler, fast, files};
use progress::Progress;
use sim::engine::{design, Options, SimulatedEngine};
use sim::measure::{Measurement, Plan, Step};
use sim::report::Report;
use sim::session::Session;
use sim::verilator::Builder;
use std::path::Path;
use std::process::ExitCode;

/// Cycles of a waveform whose end is not given; 1,000 cycles take some 5 MB.
const DEFAULT_WINDOW: u64 = 1000;

fn main() -> ExitCode {
    let cli: Cli = match stdio::parse(net::text::shown_lines) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    if let Some((from, to)) = window(&cli).filter(|(from, to)| to <= from) {
        let message = format!("--to-cycle {to} is not after --from-cycle {from}");
        Cli::command().error(clap::error::ErrorKind::ValueValidation, message).exit();
    }
    let progress = Progress::new(cli.quiet);
    let report = run(&cli, &progress);
    progress.finish();
    let outcome = report.and_then(|report| {
        stdio::print(report.to_string())?;
        Ok(report.identical())
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            stdio::say(net::text::shown_lines(&format!("sim: {error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// The waveform's first cycle and one past its last.
fn window(cli: &Cli) -> Option<(u64, u64)> {
    cli.trace.as_ref()?;
    Some((cli.from_cycle, cli.to_cycle.unwrap_or(cli.from_cycle.saturating_add(DEFAULT_WINDOW))))
}

fn run(cli: &Cli, progress: &Progress) -> Result<Report> {
    // what cannot be written is refused before the work, not after it
    for output in [&cli.json, &cli.trace].into_iter().flatten() {
        files::check_writable(output)?;
    }
    let model = match &cli.model {
        Some(path) => model_file::load(path)?,
        None => Model::default_model(),
    };
    let image = match &cli.image {
        Some(path) => model.load_image(path)?,
        None => model.input(&PHOTOGRAPHS[0]),
    };
    let columns: usize = cli.columns.parse().context("the number of columns")?;
    let config = if cli.fit { compiler::smallest_engine(&model.network, columns)? } else { EngineConfig::standard(columns) };
    let program = compiler::compile(&model.network, &config)?;
    let expected = fast::FastNetwork::new(&model.network)?.trace(image.view())?;

    let mut engine = build(cli, &config, progress)?;
    engine.set_stalls(cli.seed);
    if let (Some(path), Some((from, to))) = (&cli.trace, window(cli)) {
        engine.trace(path, from, to)?;
    }
    progress.step("loading the program");
    let mut session = Session::load(engine, &program)?;
    let plan = Plan { image: image.view(), expected: &expected, frames: cli.frames as usize };
    let measurement = Measurement::take(&mut session, &program, plan, &mut |step| match step {
        Step::Traced => progress.step("one frame, every layer compared"),
        Step::Timed(1) => progress.step("one frame for the timing"),
        Step::Timed(frames) => progress.step(format!("{frames} frames back to back for the timing")),
    })?;
    let end = session.engine().cycle();
    drop(session); // closes the waveform
    if let (Some(path), Some((from, _))) = (&cli.trace, window(cli)) {
        check_waveform(path, from, end)?;
    }

    let layout = model.layout();
    let network = format!("SqueezeNet {} at {}x{}, {} classes", layout.name, layout.height, layout.width, layout.classifier.classes);
    let weight_cycles = hdl::weight_cycles(&config, &target(cli));
    let predicted = match cli.frames {
        1 => program.frames(weight_cycles).next().map_or(0, |alone| alone.cycles),
        _ => program.cycles(weight_cycles).period,
    };
    let report = measurement.report(network, columns, cli.clock_mhz, model.top(measurement.sums(), 5), predicted);
    if let Some(path) = &cli.json {
        let mut text = serde_json::to_string_pretty(&report)?;
        text.push('\n');
        files::write(path, text.as_bytes())?;
    }
    Ok(report)
}

/// What the engine is made of.
fn target(cli: &Cli) -> Target {
    Target { dsp: cli.dsp, ..Target::default() }
}

fn build(cli: &Cli, config: &EngineConfig, progress: &Progress) -> Result<SimulatedEngine> {
    let builder = Builder::from_environment()?;
    let target = target(cli);
    let design = design(&hdl::generate_for(config, &target), Options { trace: cli.trace.is_some(), quick: false });
    let build = builder.build(&design, &mut |stage| progress.stage(stage))?;
    let tools = builder.toolchain().describe();
    let columns = config.columns;
    if build.cached {
        progress.line(format!("engine with {columns} columns, built before ({tools})"));
    } else {
        progress.line(format!("engine with {columns} columns, built in {:.1} s ({tools})", build.elapsed.as_secs_f64()));
    }
    Ok(SimulatedEngine::load(&design, &build)?)
}

fn check_waveform(path: &Path, from: u64, end: u64) -> Result<()> {
    if from >= end {
        bail!("{} was not written: the run ended in cycle {end}, before --from-cycle {from}", net::text::shown(path));
    }
    Ok(())
}
