//! What a run came to.

use super::run::{End, Outcome};
use ember::Share;
use net::photo::folder::LeftOut;
use net::plural::count;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Counts and times of a run.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Images with a result.
    pub classified: u64,
    /// Images without one, each with its error.
    pub failed: u64,
    /// Of a video: frames that came faster than they were classified and were dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped: Option<u64>,
    /// Inputs that were taken but not finished before an early end.
    pub unfinished: u64,
    /// `complete`, `interrupted`, `no device` or `output closed`.
    pub end: &'static str,
    /// Wall time from the first input to the last result.
    pub seconds: f64,
    /// Classified images over seconds.
    pub images_per_second: f64,
    /// What each device did.
    pub devices: Vec<DeviceShare>,
    /// What the folders hold besides the images.
    pub left_out: LeftOut,
}

/// One device's part.
#[derive(Debug, Serialize)]
pub struct DeviceShare {
    /// The device.
    pub device: String,
    /// Frames that it classified.
    pub frames: u64,
    /// Seconds in which it had frames.
    pub busy_seconds: f64,
    /// Why it was given up, when it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Summary {
    /// Of a run in which `classified` images got a result and `failed` did not.
    pub fn new(outcome: &Outcome, classified: u64, failed: u64, elapsed: Duration, left_out: LeftOut) -> Self {
        let seconds = elapsed.as_secs_f64();
        let end = match outcome.end {
            End::Complete => "complete",
            End::Interrupted => "interrupted",
            End::NoDevice => "no device",
            End::Sink(_) => "output closed",
        };
        let share = |share: &Share| DeviceShare {
            device: share.name.clone(),
            frames: share.frames,
            busy_seconds: share.busy.as_secs_f64(),
            failure: share.failure.as_ref().map(ToString::to_string),
        };
        let images_per_second = classified as f64 / seconds.max(1e-9);
        let devices = outcome.shares.iter().map(share).collect();
        Self { classified, failed, dropped: None, unfinished: outcome.unfinished, end, seconds, images_per_second, devices, left_out }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} classified", count(self.classified, "image"))?;
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        if let Some(dropped) = self.dropped {
            write!(f, ", {} dropped", count(dropped, "frame"))?;
        }
        if self.unfinished > 0 {
            write!(f, ", {} not finished", self.unfinished)?;
        }
        write!(f, " in {:.1} s, {:.1} images/s", self.seconds, self.images_per_second)?;
        let shares: Vec<String> = self.devices.iter().map(|d| format!("{} {}", d.device, d.frames)).collect();
        write!(f, " ({})", shares.join(", "))?;
        if !self.left_out.is_empty() {
            write!(f, "\n{}", self.left_out)?;
        }
        Ok(())
    }
}
