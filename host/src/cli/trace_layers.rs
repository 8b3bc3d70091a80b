//! Options of `ember trace-layers`.

use super::devices::DeviceArgs;
use clap::Args;
use ember::device::spec::DeviceSpec;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  ember trace-layers cat.jpg --columns 4
  ember trace-layers cat.jpg --device sim:16 --json layers.json

An engine shows a signature (a CRC) of every layer's output in its registers; docs/interface.md defines it. The first layer that
differs is the one to look at: later ones compute on its output.

Exit codes:
  0    every layer and every sum is the reference's
  1    something differs, or the device cannot be used
  2    the command line is wrong
  130  interrupted with Ctrl-C; 143 by SIGTERM, 129 by SIGHUP";

/// What to compare.
#[derive(Debug, Args)]
pub struct TraceLayersArgs {
    /// Image to classify
    #[arg(value_name = "IMAGE")]
    pub image: PathBuf,
    /// Where the frame runs: software, sim, sim:COLUMNS, xdma, xdma:N or xdma:BUS:DEVICE.FUNCTION
    /// [default: sim]
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceSpec>,
    #[command(flatten)]
    pub devices: DeviceArgs,
    /// Write the comparison as JSON too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl TraceLayersArgs {
    /// The device to look into.
    pub fn spec(&self) -> DeviceSpec {
        self.device.clone().unwrap_or_else(|| self.devices.device_or(DeviceSpec::Sim { columns: None }))
    }
}
