//! `ember`: the command line of the Fire engine.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod boards;
mod check;
mod classify;
mod cli;
mod compress;
mod doctor;
mod eval;
mod exit;
mod export;
mod interrupt;
mod progress;
mod quantize;
mod serve;
mod trace_layers;
mod train;
mod virtual_board;

use clap::CommandFactory;
use cli::serve::LogForm;
use cli::{Cli, Command};
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli: Cli = match stdio::parse(net::text::shown_lines) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    start_log(cli.verbose, matches!(&cli.command, Command::Serve(args) if args.log == LogForm::Json));
    progress::set_quiet(cli.quiet);
    interrupt::install();
    let result = match &cli.command {
        Command::Classify(args) => classify::run(args),
        Command::Quantize(args) => quantize::run(args).map(|()| ExitCode::SUCCESS),
        Command::Train(args) => train::run(args).map(|()| ExitCode::SUCCESS),
        Command::Eval(args) => eval::run(args).map(|()| ExitCode::SUCCESS),
        Command::Check(args) => check::run(args).map(|()| ExitCode::SUCCESS),
        Command::Compress(args) => compress::run(args).map(|()| ExitCode::SUCCESS),
        Command::Export(args) => export::run(args).map(|()| ExitCode::SUCCESS),
        Command::Bench(args) => bench::run(args),
        Command::TraceLayers(args) => trace_layers::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Boards(args) => boards::run(args).map(|()| ExitCode::SUCCESS),
        Command::Serve(args) => serve::run(args).map(|()| ExitCode::SUCCESS),
        Command::VirtualBoard(args) => virtual_board::run(args).map(|()| ExitCode::SUCCESS),
        Command::Completions { shell } => {
            let mut script = vec![];
            clap_complete::generate(*shell, &mut Cli::command(), "ember", &mut script);
            stdio::print(script).map(|()| ExitCode::SUCCESS).map_err(Into::into)
        }
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            stdio::say(net::text::shown_lines(&format!("ember: {error:#}")));
            error.downcast_ref::<exit::Exit>().map_or(ExitCode::FAILURE, |exit| ExitCode::from(exit.code))
        }
    }
}

/// Log lines go to standard error; results are the only thing on standard output.
fn start_log(verbose: u8, is_json: bool) {
    let level = match verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false);
    match is_json {
        true => log.json().init(),
        false => log.with_ansi(colours).init(),
    }
}
