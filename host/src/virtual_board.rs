//! `ember virtual-board`: an engine behind device files, without a board.

use crate::cli::virtual_board::{EngineArg, VirtualBoardArgs};
use crate::interrupt;
use crate::progress::Spinner;
use ::virtual_board::engine::{BoardEngine, Rtl, Software, Stub};
use ::virtual_board::{parse_faults, Card, Faults, Mount, Rig, Timeouts};
use anyhow::{bail, Context, Result};
use contract::engine::EngineConfig;
use contract::interface::register;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use ember::device::board::{BoardDevice, Place};
use ember::device::sim::describe;
use ember::device::spec::BoardName;
use ember::device::{Device, Frame};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use net::assets::PHOTOGRAPHS;
use net::model_file::{self, Model};
use net::photo::Pixels;
use net::plural::count;
use net::text::shown;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often the live line changes.
const TICK: Duration = Duration::from_millis(500);
/// Seconds after which transfers are given up: the driver's, and more for an engine that takes a second a frame.
const DRIVER_TIMEOUT: f64 = 10.0;
const RTL_TIMEOUT: f64 = 60.0;

pub fn run(args: &VirtualBoardArgs) -> Result<()> {
    // what cannot work is refused before an engine is built
    if let Some(error) = ::virtual_board::missing() {
        return Err(error.into());
    }
    let faults = faults(args)?;
    let model = match &args.model {
        Some(path) => model_file::load(path)?,
        None => Model::default_model(),
    };
    std::fs::create_dir_all(&args.dir).with_context(|| format!("{}: the folder cannot be made", shown(&args.dir)))?;
    let ctrl_c = interrupt::graceful();
    let line = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
    line.enable_steady_tick(Duration::from_millis(100));
    let columns: usize = args.columns.parse().context("the number of columns")?;
    let engine = engine(args.engine, EngineConfig::standard(columns), &model, &line)?;
    let seconds = args.timeout.unwrap_or(if args.engine == EngineArg::Rtl { RTL_TIMEOUT } else { DRIVER_TIMEOUT });
    let rig = Rig::new(engine, Timeouts::both(Duration::from_secs_f64(seconds)), faults);
    let mount = Mount::new(rig.clone(), &args.dir)?;
    let folder = shown(&args.dir);
    say(
        &line,
        &format!("{folder}/xdma0_* are there; use them with: ember classify --device-dir {folder} PATH...  (Ctrl-C ends the board)"),
    );
    let tested = if args.self_test { self_test(&args.dir, &model, args.engine, &line) } else { Ok(()) };
    if tested.is_ok() {
        serve(&rig, &ctrl_c.channel(), &line);
    }
    line.finish_and_clear();
    let figures = rig.figures();
    mount.unmount()?;
    tested?;
    let (results, bytes, resets) = (count(figures.packets, "result"), count(figures.bytes, "byte"), count(figures.resets, "reset"));
    let (timed_out, faults) = (count(figures.timed_out, "transfer"), count(figures.faults, "fault"));
    stdio::line!("{results}, {bytes} in, {resets}, {timed_out} timed out, {faults} injected")?;
    if let Some(failure) = rig.failure() {
        bail!("the engine stopped: {failure}");
    }
    anyhow::ensure!(
        figures.trespasses == 0,
        "{} issued after one that failed, before the identity register was read: on a card that has left the bus the driver would \
         write to freed memory; the program that used the board has a defect",
        if figures.trespasses == 1 { "a transfer was".into() } else { format!("{} transfers were", figures.trespasses) }
    );
    Ok(())
}

/// A sentence above the live line, also where there is none because standard error is no terminal.
fn say(line: &ProgressBar, text: &str) {
    line.suspend(|| stdio::say(text));
}

fn faults(args: &VirtualBoardArgs) -> Result<Faults> {
    let text = match (&args.faults, &args.fault_script) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => std::fs::read_to_string(path).with_context(|| format!("{}: the fault script cannot be read", shown(path)))?,
        (None, None) => return Ok(Faults::none()),
    };
    Ok(parse_faults(&text)?)
}

fn engine(kind: EngineArg, config: EngineConfig, model: &Model, line: &ProgressBar) -> Result<Box<dyn BoardEngine>> {
    config.check()?;
    Ok(match kind {
        EngineArg::Stub => Box::new(Stub::new(config)),
        EngineArg::Software => Box::new(Software::new(config, &model.network)?),
        EngineArg::Rtl => {
            let columns = config.columns;
            let spinner = Spinner::on(line.clone());
            spinner.say(format!("building the engine with {columns} columns (once; then it comes from the cache)"));
            let build = move || {
                let verilog = hdl::generate(&config);
                let progress = &mut |stage| spinner.say(describe(stage, columns));
                sim::engine::SimulatedEngine::build(&verilog, sim::engine::Options::default(), progress).map_err(|error| error.to_string())
            };
            Box::new(Rtl::start(build).map_err(anyhow::Error::msg)?)
        }
    })
}

/// Classifies the shipped photographs through the files, all under way at once, and holds the sums against the
/// software path.
fn self_test(folder: &Path, model: &Model, engine: EngineArg, line: &ProgressBar) -> Result<()> {
    line.set_message("self-test: photographs through the device files");
    let software = net::fast::FastNetwork::new(&model.network)?;
    let place = Place { folder, sysfs: &xdma::Sysfs::system() };
    let mut device = BoardDevice::open("xdma:0".into(), &BoardName::Number(0), place, model, driver::Options::default())?;
    let photographs = &PHOTOGRAPHS[..PHOTOGRAPHS.len().min(device.depth())];
    let images: Vec<Pixels> = photographs.iter().map(|photograph| model.input(photograph).try_into()).collect::<Result<_, _>>()?;
    let frames = (0..).zip(&images).map(|(sequence, image)| Frame { sequence, image: image.clone() }).collect();
    let mut answers = vec![];
    device.run(frames, &mut |answer| answers.push(answer))?;
    if answers.len() != photographs.len() {
        bail!("self-test: {} answers to {} photographs; this is a defect of the program", answers.len(), photographs.len());
    }
    for answer in answers {
        let (sums, image) = (answer.sums?, &images[answer.sequence as usize]);
        let expected = software.run(image.view())?;
        // a stub computes nothing
        if engine != EngineArg::Stub && sums != expected {
            let wrong = sums.iter().zip(&expected).filter(|(got, expected)| got != expected).count();
            let name = photographs[answer.sequence as usize].name;
            bail!(
                "self-test: {wrong} of {} sums of {name} differ from the software path; `cargo run -p sim` finds the layer",
                expected.len()
            );
        }
    }
    say(line, &format!("self-test: {} photographs through {} are right", photographs.len(), Device::name(&device)));
    Ok(())
}

/// Shows what happens until Ctrl-C, or until the engine stops.
fn serve(rig: &Rig, stop: &Receiver<()>, line: &ProgressBar) {
    let (mut before, mut at) = (rig.figures(), Instant::now());
    while stop.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) && rig.failure().is_none() {
        let (now, seconds) = (rig.figures(), at.elapsed().as_secs_f64());
        let rate = (now.packets - before.packets) as f64 / seconds;
        let mut text = format!("{} frames, {rate:.1} a second", HumanCount(now.packets));
        if let Some(cycles) = now.cycles {
            let stalls = [register::CYCLES_STALLED_INPUT, register::CYCLES_STALLED_OUTPUT, register::CYCLES_STALLED_WEIGHTS];
            let [input, output, weights] = stalls.map(|offset| HumanCount(rig.user(offset.into()).unwrap_or_default().into()));
            text += &format!("; {} cycles; stalled on input {input}, output {output}, weights {weights}", HumanCount(cycles));
        }
        if now.faults > 0 {
            text += &format!("; {}, {}", count(now.faults, "fault"), count(now.resets, "reset"));
        }
        text += match rig.card() {
            Card::Present => "",
            Card::Gone => "; the card has left the bus",
            Card::Removed => "; the PCI device was removed",
            Card::Blank => "; the card has lost its configuration",
        };
        line.set_message(text);
        (before, at) = (now, Instant::now());
    }
}
