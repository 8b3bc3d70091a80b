//! What opening devices and classifying may need to be told.

use crate::pipeline::Share;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// How devices are opened and fed; the default suits most.
///
/// ```
/// let options = ember::Options { threads: 2, ..ember::Options::default() };
/// ```
#[derive(Clone)]
pub struct Options {
    /// Threads that decode images, and threads of the software path; by default one a processor.
    pub threads: usize,
    /// Columns of a simulated engine whose name has none: 4, 8, 16 (by default) or 32.
    pub columns: usize,
    /// Folder of the boards' device files; `/dev` by default, for a virtual board where that is mounted.
    pub device_dir: PathBuf,
    /// What the kernel knows of boards and of their driver.
    pub sysfs: xdma::Sysfs,
    /// Frames handed to a device at once; by default what the device can have under way.
    pub batch: Option<usize>,
    /// Submitted images that wait for a thread to decode them; where so many wait, `submit` waits too and `try_submit` gives the image
    /// back. By default one a thread, which keeps them busy.
    pub queue: Option<usize>,
    /// Images of a stream between the oldest whose result was not taken yet and the newest; 4096 by default, some 20 MB of results.
    pub window: usize,
    /// Hears what happens besides results.
    pub listener: Option<Listener>,
}

/// Called from any thread.
pub type Listener = Arc<dyn Fn(Event<'_>) + Send + Sync>;

/// What happens besides results.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A device is opened, which may take long, and this step of it begins.
    Opening(&'a str),
    /// A device was given up; its frames go to the others.
    Lost(&'a Share),
}

impl Options {
    pub(crate) fn tell(&self, event: Event<'_>) {
        if let Some(listener) = &self.listener {
            listener(event);
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, |n| n.get()),
            columns: 16,
            device_dir: "/dev".into(),
            sysfs: xdma::Sysfs::system(),
            batch: None,
            queue: None,
            window: 4096,
            listener: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("threads", &self.threads)
            .field("columns", &self.columns)
            .field("device_dir", &self.device_dir)
            .field("batch", &self.batch)
            .field("queue", &self.queue)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
