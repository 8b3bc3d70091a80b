//! `hdl`: writes the engine as Verilog.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod advice;
mod depths;
mod generate;
mod generate_board;
mod interface;
mod options;
mod report;

use clap::{CommandFactory, Parser, Subcommand};
use generate::GenerateArgs;
use interface::InterfaceArgs;
use std::process::ExitCode;

/// The Fire engine as Verilog, in the size asked for.
#[derive(Debug, Parser)]
#[command(name = "hdl", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Cli {
    /// What to do
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything asked for was done
  1  it failed; standard error says what, and what to do
  2  the command line is wrong
  3  `hdl report --place-and-route` without nextpnr
  130  interrupted with Ctrl-C; 143 by SIGTERM
A reader that closes standard output early, as `head` does, changes none of these.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the Verilog of an engine, one file a module, or a board's whole project
    #[command(after_help = generate::EXAMPLES)]
    Generate(Box<GenerateArgs>),
    /// List the boards: frames a second, DSPs, memories, and whether the engine fits
    #[command(after_help = hdl::board::list::HELP)]
    Boards(hdl::board::list::ListArgs),
    /// Print what engine and host agree on (parameters, ports, packets, registers): a C header, Markdown or JSON
    #[command(after_help = interface::EXAMPLES)]
    Interface(InterfaceArgs),
    /// Print the register map: a C header, Markdown or JSON
    #[command(after_help = interface::REGISTERS_EXAMPLES)]
    Registers(InterfaceArgs),
    /// Synthesise an engine with Yosys: what it takes of a part, checks, what limits its clock
    #[command(after_help = report::EXAMPLES)]
    Report(Box<report::ReportArgs>),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  hdl completions bash > ~/.local/share/bash-completion/completions/hdl")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let cli: Cli = match stdio::parse(net::text::shown_lines) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let result = match cli.command {
        Command::Generate(args) => generate::run(&args),
        Command::Boards(args) => hdl::board::list::text(&args).map_err(Into::into).and_then(print),
        Command::Interface(args) => interface::text(&args).and_then(print),
        Command::Registers(args) => interface::registers(&args).and_then(print),
        Command::Report(args) => match report::run(&args) {
            Ok(true) => Ok(()),
            // what was found is said already
            Ok(false) => return ExitCode::FAILURE,
            Err(error) if report::interrupted(&error) => {
                stdio::say(error);
                return report::exit_interrupted().into();
            }
            Err(error) if report::no_router(&error) => {
                stdio::say(net::text::shown_lines(&format!("error: {error:#}")));
                return report::EXIT_NO_ROUTER.into();
            }
            Err(error) => Err(error),
        },
        Command::Completions { shell } => {
            let mut script = vec![];
            clap_complete::generate(shell, &mut Cli::command(), "hdl", &mut script);
            print(script)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            stdio::say(net::text::shown_lines(&format!("error: {error:#}")));
            ExitCode::FAILURE
        }
    }
}

fn print(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    Ok(stdio::print(text)?)
}
