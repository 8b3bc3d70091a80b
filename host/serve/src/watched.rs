//! A device that tells what it is doing.

use ember::device::{Answer, Device, DeviceError, Frame, Spent};
use prometheus_client::metrics::histogram::Histogram;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// What a device tells beyond its share of the work.
#[derive(Debug)]
pub struct Watch {
    /// Frames of each batch.
    pub batches: Histogram,
    /// Batches so far.
    pub runs: AtomicU64,
    /// Frames that were sent again after faults.
    pub faults: AtomicU64,
    /// Resets after faults.
    pub resets: AtomicU64,
}

impl Default for Watch {
    fn default() -> Self {
        let batches = Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]);
        Self { batches, runs: AtomicU64::default(), faults: AtomicU64::default(), resets: AtomicU64::default() }
    }
}

/// The device `device`, which tells `watch`.
pub struct Watched {
    device: Box<dyn Device>,
    watch: Arc<Watch>,
}

impl Watched {
    /// With a new watch beside it.
    pub fn beside(device: Box<dyn Device>) -> (Box<dyn Device>, Arc<Watch>) {
        let watch = Arc::<Watch>::default();
        (Box::new(Self { device, watch: watch.clone() }), watch)
    }
}

impl Device for Watched {
    fn name(&self) -> String {
        self.device.name()
    }

    fn depth(&self) -> usize {
        self.device.depth()
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        self.watch.batches.observe(frames.len() as f64);
        self.watch.runs.fetch_add(1, Ordering::Relaxed);
        let result = self.device.run(frames, answer);
        // one that failed is not touched again
        result?;
        if let Ok(Some(spent)) = self.device.spent() {
            self.watch.faults.store(spent.resent, Ordering::Relaxed);
            self.watch.resets.store(spent.resets, Ordering::Relaxed);
        }
        Ok(())
    }

    fn spent(&mut self) -> Result<Option<Spent>, DeviceError> {
        self.device.spent()
    }
}
