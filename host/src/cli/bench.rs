//! Options of `ember bench`.

use super::devices::DeviceArgs;
use crate::device::spec::DeviceSpec;
use clap::Args;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  ember bench                                    the software path, on the shipped photographs
  ember bench photos/ --frames 1000 --json b.json
  ember bench --device sim --columns 4 --frames 8

Exit codes:
  0    measured
  1    an image or the device cannot be used
  2    the command line is wrong";

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
