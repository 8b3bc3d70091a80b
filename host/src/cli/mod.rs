//! What the user may type. Every option's documentation lives with it; meanings are checked in the commands.

pub mod bench;
pub mod check;
pub mod classify;
pub mod compress;
pub mod devices;
pub mod doctor;
pub mod eval;
pub mod export;
pub mod facts;
pub mod quantize;
pub mod serve;
pub mod trace_layers;
pub mod train;
pub mod virtual_board;

use clap::{CommandFactory, Parser, Subcommand};

/// The Fire engine: SqueezeNet in eight-bit integers, bit for bit the same on every engine.
#[derive(Debug, Parser)]
#[command(name = "ember", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Say more about what is done (-v, -vv, -vvv), on standard error
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Neither progress nor summary on standard error (warnings and errors are shown). Without a terminal, progress is a line
    /// every ten seconds
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    everything asked for was done
  1    it failed; standard error says what, and what to do
  2    the command line is wrong
  3    it was done, but some images could not be read or classified; standard error names them
  130  interrupted with Ctrl-C (SIGINT); 143 the same by SIGTERM, 129 by SIGHUP. `ember eval` and `ember classify` report
       what they have until then, `ember train` goes on later (--resume); a second signal ends at once
A reader that closes standard output early, as `head` does, has seen enough: that is no failure.";

/// Ends the program as clap does for a wrong command line: `message`, usage, exit code 2.
pub fn usage_error(message: String) -> ! {
    Cli::command().error(clap::error::ErrorKind::ArgumentConflict, message).exit()
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Classify images on the software path, the simulated engine or a board
    #[command(after_help = classify::HELP)]
    Classify(classify::ClassifyArgs),
    /// Make a model file: import a float SqueezeNet, calibrate it on photographs, quantise it
    #[command(after_help = quantize::HELP)]
    Quantize(quantize::QuantizeArgs),
    /// Train a network for your own classes: from a folder of photographs to a model file
    #[command(after_help = train::HELP)]
    Train(Box<train::TrainArgs>),
    /// Measure accuracy on labelled photographs, in float and in integers
    #[command(after_help = eval::HELP)]
    Eval(eval::EvalArgs),
    /// Say what a network file was recognised as, node by node, or why Ember cannot run it
    #[command(after_help = check::HELP)]
    Check(check::CheckArgs),
    /// Make a model file small: coarser weights, fitted to photographs, and entropy coding
    #[command(after_help = compress::HELP)]
    Compress(compress::CompressArgs),
    /// Write a model's integers as a QDQ ONNX file, for other runtimes and for viewers
    #[command(after_help = export::HELP)]
    Export(export::ExportArgs),
    /// Measure a device: frames a second, latency, and where the time goes
    #[command(after_help = bench::HELP)]
    Bench(bench::BenchArgs),
    /// Compare every layer's signature on a device with the reference's, and name the first that differs
    #[command(after_help = trace_layers::HELP)]
    TraceLayers(trace_layers::TraceLayersArgs),
    /// Check tools, model, driver and boards; every line that is not ok says what to do
    #[command(after_help = doctor::HELP)]
    Doctor(doctor::DoctorArgs),
    /// List the boards that the engine can be built for: frames a second, DSPs, memories, what fits
    #[command(after_help = hdl::board::list::HELP)]
    Boards(hdl::board::list::ListArgs),
    /// Answer requests over HTTP and gRPC: the Open Inference Protocol v2, for the clients of Triton and KServe
    #[command(after_help = serve::HELP)]
    Serve(Box<serve::ServeArgs>),
    /// Serve an engine as the XDMA driver's device files, without a board (FUSE)
    #[command(after_help = virtual_board::HELP)]
    VirtualBoard(virtual_board::VirtualBoardArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  ember completions bash > ~/.local/share/bash-completion/completions/ember")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as CommandFactory>::command().debug_assert();
    }
}
