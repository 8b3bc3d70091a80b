//! The command line.

use clap::Parser;
use hdl::target::DspForm;
use std::path::PathBuf;

/// Classify a photograph on the simulated Fire engine, and hold every byte of every layer against the reference.
///
/// Generates the engine's Verilog, builds it with Verilator (kept in a cache: the first run takes a minute or
/// two, later ones start at once), programs it through its AXI ports and runs a frame with every layer's output
/// sent out and compared. Then frames run back to back for the timing.
#[derive(Debug, Parser)]
#[command(name = "sim", version, after_long_help = AFTER)]
pub struct Cli {
    /// Photograph to classify (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM) [default: the shipped espresso]
    #[arg(long, value_name = "PATH")]
    pub image: Option<PathBuf>,
    /// Quantised model, as `ember quantize` writes it [default: the shipped SqueezeNet v1.1]
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// Columns of the array: output channels of a group
    #[arg(long, default_value = "16", value_parser = ["4", "8", "16", "32"])]
    pub columns: String,
    /// What becomes of the multipliers; every form gives the same bits in the same cycles
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    pub dsp: DspForm,
    /// Generate memories just large enough for the model, instead of the standard engine's
    #[arg(long)]
    pub fit: bool,
    /// Frames to run back to back for the timing; from 2 on, the steady-state interval is measured
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub frames: u32,
    /// Pause every port at random, drawn from this seed (cycles a frame then mean little)
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Clock for which frames a second are worked out, in MHz
    #[arg(long, value_name = "MHZ", default_value_t = 250.0, value_parser = positive)]
    pub clock_mhz: f64,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// No progress on standard error; without a terminal it is a line a step, and one every ten seconds
    #[arg(short, long)]
    pub quiet: bool,
    /// Write a waveform (FST, for GTKWave or Surfer); builds another model, with waveforms compiled in
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// First cycle of the waveform, counted from the start of the simulation
    #[arg(long, value_name = "A", requires = "trace", default_value_t = 0)]
    pub from_cycle: u64,
    /// One past its last cycle [default: 1000 cycles after the first]
    #[arg(long, value_name = "B", requires = "trace")]
    pub to_cycle: Option<u64>,
}

const AFTER: &str = "\
Exit codes:
  0  every layer and every result is identical to the reference
  1  something differs, or the run failed
  2  the command line cannot be understood
A reader that closes standard output early, as `head` does, changes none of these.

Environment:
  EMBER_CACHE  where built models are kept [default: ember in the user's cache folder]
  CXX          C++ compiler, perhaps with arguments [default: g++, clang++ or c++]

Examples:
  sim --image cat.jpg                    classify a photograph
  sim --frames 4 --json figures.json     measure the steady state
  sim --columns 4 --seed 1               random pauses on every port
  sim --trace engine.fst --from-cycle 180000 --to-cycle 182000";

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("it has to be a number above 0".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for line in ["--columns 5", "--frames 0", "--clock-mhz 0", "--clock-mhz nan", "--from-cycle 3", "--frames x"] {
            assert!(Cli::try_parse_from(["sim"].into_iter().chain(line.split(' '))).is_err(), "{line}");
        }
    }
}
