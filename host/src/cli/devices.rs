//! Options of all commands that run frames on devices.

use clap::Args;
use ember::device::spec::{BoardName, DeviceSpec};
use std::path::PathBuf;

/// Model and devices.
#[derive(Debug, Args)]
pub struct DeviceArgs {
    /// Model file, or `v1.1-6bit` for the embedded one of six-bit weights [default: the embedded SqueezeNet v1.1]
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Columns of a simulated engine: 4 builds soonest, 16 and 32 run fewest cycles
    #[arg(long, value_name = "N", default_value = "16", value_parser = ["4", "8", "16", "32"])]
    pub columns: String,
    /// Folder of the board's device files, as `ember virtual-board` serves them; without --device, the board in it is
    /// used [default: /dev]
    #[arg(long, value_name = "DIR")]
    pub device_dir: Option<PathBuf>,
}

impl DeviceArgs {
    /// For opening devices; the software path runs on `threads` threads.
    pub fn options(&self, threads: usize) -> ember::Options {
        // the command line takes only numbers
        let columns = self.columns.parse().unwrap_or(16);
        ember::Options { threads, columns, device_dir: self.device_dir(), ..ember::Options::default() }
    }

    /// Where a board's device files are.
    pub fn device_dir(&self) -> PathBuf {
        self.device_dir.clone().unwrap_or_else(|| "/dev".into())
    }

    /// The device when none is named: `usual`, but the board where its folder is named.
    pub fn device_or(&self, usual: DeviceSpec) -> DeviceSpec {
        if self.device_dir.is_some() {
            DeviceSpec::Xdma(BoardName::First)
        } else {
            usual
        }
    }
}

/// Threads of the computer.
pub fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get())
}
