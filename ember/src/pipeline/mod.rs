//! Images to sums: threads that decode and devices behind one queue, for all who ask.
//!
//! ```text
//!  submit --+--- pixels of the network's size ---+
//!           |                                    v
//!           +-> jobs -> decoders ------------> ready -> devices --> each job's ticket
//!  stream --+              ^                               |
//!                        retry <- of a device that failed -'
//! ```
//!
//! Every arrow is a bounded channel, apart from `retry`, which holds no more than devices had under way, and the tickets, each of
//! which takes exactly one answer to whoever gave the job. What a stream's consumer has not taken is bounded by permits ([`stream`]).
//!
//! Devices take from one queue, each as many frames as it wants under way: so the faster one does more. The frames
//! that a failed device leaves without an answer are decoded again for the others, which keeps copies of the pixels
//! out of the ordinary path.

mod job;
mod queue;
mod stream;
mod workers;

pub(crate) use job::{Interest, Job, Ticket};
pub(crate) use queue::Queue;
pub use stream::{Stream, Tagged};
pub(crate) use workers::Load;

use crate::device::{Device, DeviceError};
use crate::lock::lock;
use crate::options::{Event, Options};
use crossbeam_channel::{bounded, unbounded, Sender};
use net::photo::Pixels;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use workers::{Channels, Ready};

/// What one device did.
#[derive(Clone, Debug)]
pub struct Share {
    /// The device.
    pub name: String,
    /// Frames with a result.
    pub frames: u64,
    /// Time in which it had frames.
    pub busy: Duration,
    /// Why it was given up.
    pub failure: Option<Arc<DeviceError>>,
}

/// What all threads know of the devices.
pub(crate) struct State {
    shares: Vec<Mutex<Share>>,
    /// Devices that have not failed.
    left: AtomicUsize,
}

impl State {
    fn share(&self, device: usize) -> MutexGuard<'_, Share> {
        lock(&self.shares[device])
    }

    /// Whether all devices have failed.
    pub(crate) fn is_over(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }
}

/// The threads, which end with this.
pub(crate) struct Pipeline {
    jobs: Arc<Queue<Job>>,
    ready: Queue<Ready>,
    /// What keeps the threads going.
    running: Mutex<Option<Sender<Infallible>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    state: Arc<State>,
}

impl Pipeline {
    /// Starts the threads; `load` makes the network's input of an image.
    ///
    /// # Errors
    /// A thread cannot be started; those that were end at once.
    pub(crate) fn start(devices: Vec<Box<dyn Device>>, options: &Options, load: Load) -> std::io::Result<Self> {
        let batches: Vec<usize> = devices.iter().map(|device| options.batch.unwrap_or(device.depth()).max(1)).collect();
        let share = |device: &dyn Device| Share { name: device.name(), frames: 0, busy: Duration::ZERO, failure: None };
        let shares = devices.iter().map(|device| Mutex::new(share(device.as_ref()))).collect();
        let state = Arc::new(State { shares, left: AtomicUsize::new(devices.len()) });
        let decoders = options.threads.max(1);
        let jobs = Arc::new(Queue::new(options.queue.unwrap_or(decoders).max(1)));
        let (running, stop) = bounded(0);
        // a full batch waits for each device while it computes the one before
        let ready = Queue::new(batches.iter().sum());
        let channels = Channels { jobs: jobs.ends().1, retry: unbounded(), ready: ready.ends(), stop, state: state.clone() };
        let pipeline = Self { jobs, ready, running: Mutex::new(Some(running)), threads: Mutex::default(), state };
        for i in 0..decoders {
            let (channels, load) = (channels.clone(), load.clone());
            pipeline.spawn(format!("decoder-{i}"), move || workers::decode(&channels, &load))?;
        }
        for (i, (device, batch)) in devices.into_iter().zip(batches).enumerate() {
            let (channels, options) = (channels.clone(), options.clone());
            let lost = move |share: &Share| options.tell(Event::Lost(share));
            pipeline.spawn(format!("device-{i}"), move || workers::drive(device, i, batch, &channels, &lost))?;
        }
        Ok(pipeline)
    }

    fn spawn(&self, name: String, body: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        lock(&self.threads).push(thread::Builder::new().name(name).spawn(body)?);
        Ok(())
    }

    /// Where jobs go. A closed pipeline answers them at once.
    pub(crate) fn jobs(&self) -> &Arc<Queue<Job>> {
        &self.jobs
    }

    /// Hands a job whose image is the network's input, `pixels`, to the devices without a decoder between, or gives it back where that
    /// would wait.
    ///
    /// # Errors
    /// The job.
    pub(crate) fn try_ready(&self, job: Job, pixels: Pixels) -> Result<(), Job> {
        self.ready.try_send(Ready { job, pixels }).map_err(|ready| ready.job)
    }

    pub(crate) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// What the devices did until now, in their order.
    pub(crate) fn shares(&self) -> Vec<Share> {
        self.state.shares.iter().map(|share| lock(share).clone()).collect()
    }

    /// Ends the threads and waits for them: devices finish what they have begun. All other jobs are answered.
    pub(crate) fn close(&self) {
        drop(lock(&self.running).take());
        let threads = std::mem::take(&mut *lock(&self.threads));
        for thread in threads {
            // the listener may drop the last classifier, on a thread of this very pipeline
            if thread.thread().id() != thread::current().id() {
                // a panic was reported where it happened
                let _ = thread.join();
            }
        }
        self.jobs.close();
        self.ready.close();
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests;
