//! `ember doctor`: what works here, and what to do about the rest.

mod check;
mod computer;
mod holder;
mod node;
mod pcie;
mod self_test;
mod xdma;

use crate::cli::devices::all_threads;
use crate::cli::doctor::DoctorArgs;
use crate::progress::Spinner;
use ::xdma::Sysfs;
use anyhow::Result;
use check::{Check, Status};
use ember::device::board::Place;
use net::model_file::{self, Model};
use serde::Serialize;
use std::fmt;
use std::process::ExitCode;

#[derive(Debug, Serialize)]
struct Report {
    version: &'static str,
    checks: Vec<Check>,
}

/// Runs the command.
///
/// # Errors
/// The report cannot be written; whatever is wrong with this computer is in the report.
pub fn run(args: &DoctorArgs) -> Result<ExitCode> {
    let to_stdout = args.json.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let file = args.json.as_ref().filter(|_| !to_stdout);
    file.map_or(Ok(()), |path| net::files::check_writable(path))?;

    let options = args.devices.options(all_threads());
    let mut checks = computer::tools(if args.sim { Status::Red } else { Status::Warn });
    let model = args.devices.model.as_deref().map_or_else(|| Ok(Model::default_model()), model_file::load);
    checks.push(computer::model(&model));
    if let Ok(model) = &model {
        let spinner = Spinner::new();
        spinner.say("a frame on the software path".into());
        checks.push(computer::software(model));
        if args.sim {
            checks.push(computer::simulation(model, &options, &mut |what| spinner.say(what)));
        }
    }
    let place = xdma::Place::new(&args.root, args.devices.device_dir.as_deref());
    checks.extend(xdma::checks(&place, if args.board { Status::Red } else { Status::Warn }, &node::User::current()));
    if let Ok(model) = &model {
        let spinner = Spinner::new();
        for board in self_test::ready(&place.dev, &checks) {
            spinner.say(format!("a frame through xdma{board}"));
            let at = Place { folder: &place.dev, sysfs: &Sysfs::at(&place.sys) };
            checks.push(self_test::run(at, board, model, self_test::OPTIONS));
        }
    }

    let report = Report { version: env!("CARGO_PKG_VERSION"), checks };
    let json = serde_json::to_string_pretty(&report)? + "\n";
    match file {
        Some(path) => net::files::write(path, json.as_bytes())?,
        None if to_stdout => stdio::print(json)?,
        None => {}
    }
    if !to_stdout {
        stdio::print(net::text::shown_lines(&report.to_string()))?;
    }
    let red = report.checks.iter().any(|check| check.status == Status::Red);
    Ok(if red { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
        for Check { name, status, found, remedy } in &self.checks {
            let status = match status {
                Status::Ok => "ok",
                Status::Warn => "warn",
                Status::Red => "RED",
            };
            writeln!(f, "{status:4}  {name:width$}  {found}")?;
            if let Some(remedy) = remedy {
                writeln!(f, "      {:width$}  -> {remedy}", "")?;
            }
        }
        Ok(())
    }
}
