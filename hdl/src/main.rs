//! `hdl`: writes the engine as Verilog.

mod depths;
mod generate;
mod generate_board;
mod interface;
mod report;

use clap::{CommandFactory, Parser, Subcommand};
use generate::GenerateArgs;
use interface::InterfaceArgs;
use std::io::{ErrorKind, Write};
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
  130  interrupted with Ctrl-C; 143 by SIGTERM";

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
    /// Synthesise an engine with Yosys: what it takes of a part, checks, longest paths
    #[command(after_help = report::EXAMPLES)]
    Report(Box<report::ReportArgs>),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  hdl completions bash > ~/.local/share/bash-completion/completions/hdl")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// To standard output; a reader that has seen enough is no failure.
fn print(bytes: &[u8]) -> anyhow::Result<()> {
    match std::io::stdout().write_all(bytes) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Generate(args) => generate::run(&args),
        Command::Boards(args) => hdl::board::list::text(&args).map_err(Into::into).and_then(|text| print(text.as_bytes())),
        Command::Interface(args) => interface::text(&args).and_then(|text| print(text.as_bytes())),
        Command::Registers(args) => interface::registers(&args).and_then(|text| print(text.as_bytes())),
        Command::Report(args) => match report::run(&args, print) {
            Ok(true) => Ok(()),
            // what was found is said already
            Ok(false) => return ExitCode::FAILURE,
            Err(error) if report::interrupted(&error) => {
                eprintln!("{error}");
                return report::exit_interrupted().into();
            }
            Err(error) => Err(error),
        },
        Command::Completions { shell } => {
            let mut script = vec![];
            clap_complete::generate(shell, &mut Cli::command(), "hdl", &mut script);
            print(&script)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
