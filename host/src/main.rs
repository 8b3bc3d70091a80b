//! `ember`: the command line of the Fire engine.

mod board;
mod cli;
mod device;
mod eval;
mod interrupt;
mod labels;
mod progress;
mod quantize;
mod virtual_board;

use clap::{CommandFactory, Parser};
use cli::{Cli, Command};
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(cli.verbose);
    interrupt::install();
    let result = match &cli.command {
        Command::Quantize(args) => quantize::run(args),
        Command::Eval(args) => eval::run(args),
        Command::VirtualBoard(args) => virtual_board::run(args),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "ember", &mut std::io::stdout());
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ember: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Log lines go to standard error; results are the only thing on standard output.
fn start_log(verbose: u8) {
    let level = match verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(colours).with_target(false).init();
}
