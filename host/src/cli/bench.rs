//! Options of `ember bench`.

use super::devices::DeviceArgs;
use clap::Args;
use ember::device::spec::DeviceSpec;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  ember bench                                    the software path, on the shipped photographs
  ember bench photos/ --frames 1000 --json b.json
  ember bench --device sim --columns 4 --frames 8
  ember bench --device xdma:0 photos/            a board, with what is spent where

Of a board, `where the time goes` has one row a step. For frames alone (mean, in the order in which the steps follow):
  pack     from pixels to the engine's packet, on this computer
  write    inside pwrite on the h2c node
  engine   cycles of the result over the engine's clock, which is its cycle counter over the time that passed
  read     from the end of the write to the end of pread on the c2h node, without the engine's time
  from thread to thread   what is left of the latency
In batches the steps overlap; each row is the share of the time in which
  pack     a frame was being packed
  write    a pwrite was under way; it waits while the engine takes nothing
  engine   the engine waited neither for a frame nor for its result to be taken, by its counters
  read     a pread was under way; it is asked for before its frame is written, and waits for the engine
The engine is the limit when its share is near 100 %, the link when the engine is stalled on input and write is near 100 %,
this computer otherwise.

Exit codes:
  0    measured
  1    an image or the device cannot be used
  2    the command line is wrong
  130  interrupted with Ctrl-C; 143 by SIGTERM, 129 by SIGHUP";

/// What to measure.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Images: files, folders, patterns [default: the shipped photographs]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Where frames run: software, sim, sim:COLUMNS, xdma, xdma:N or xdma:BUS:DEVICE.FUNCTION
    /// [default: software]
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceSpec>,
    #[command(flatten)]
    pub devices: DeviceArgs,
    /// Frames of each measurement of throughput; images repeat [default: 200, on a simulated engine 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    pub frames: Option<u32>,
    /// Frames one at a time, for the latency [default: 100, on a simulated engine 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub latency_frames: Option<u32>,
    /// Frames handed to the device at once [default: what it can have under way]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub batch: Option<u32>,
    /// Threads that decode, and threads of the software device [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
    /// Write the figures as JSON too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl BenchArgs {
    /// The device to measure.
    pub fn spec(&self) -> DeviceSpec {
        self.device.clone().unwrap_or_else(|| self.devices.device_or(DeviceSpec::Software))
    }
}
