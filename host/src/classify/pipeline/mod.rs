//! Images to results, in the order of the inputs, with a bounded number of them under way.
//!
//! ```text
//!  inputs -> feeder -> jobs -> decoders -> ready -> devices --+
//!              ^                  ^                    |      | results
//!            permits            retry <- of a device that failed
//!              |                                              v
//!              +------------ one for each that leaves --- collector -> sink
//! ```
//!
//! Every arrow is a bounded channel, apart from `retry` and the results, which the permits bound: the feeder takes
//! one for each input, and the collector gives it back when that input leaves in its order. A slow sink therefore
//! stops the decoders, and memory does not grow with the number of inputs.
//!
//! Devices take from one queue, each as many frames as it wants under way: so the faster one does more. The frames
//! that a failed device leaves without an answer are decoded again for the others, which keeps copies of the pixels
//! out of the ordinary path.

mod collector;

use super::video::{self, Stamp};
use crate::device::{Answer, Device, DeviceError, Frame};
use collector::Collector;
use crossbeam_channel::{bounded, never, select, unbounded, Receiver, Sender};
use ndarray::Array3;
use net::text::shown;
use std::collections::HashMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Inputs between the oldest without a result and the newest taken: some 20 MB of results when the oldest is slow.
const WINDOW: usize = 4096;

/// Reads an image as the network's input, HWC bytes, or says in one sentence why not.
pub type Load = Arc<dyn Fn(&Input) -> Result<Array3<u8>, String> + Send + Sync>;

/// Something to classify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// As results name it.
    pub path: PathBuf,
    /// Of a video: the frame, which is not to be read from `path`.
    pub frame: Option<Arc<video::Frame>>,
    /// Why there is no image to be read, when that is known already.
    pub problem: Option<String>,
}

impl Input {
    /// A file that is to be read.
    pub fn file(path: PathBuf) -> Self {
        Self { path, frame: None, problem: None }
    }

    /// What is no image, and in one sentence why.
    pub fn problem(path: &Path, why: String) -> Self {
        Self { problem: Some(why), ..Self::file(path.into()) }
    }

    fn stamp(&self) -> Option<Stamp> {
        self.frame.as_ref().map(|frame| frame.stamp)
    }

    /// What messages call it.
    fn name(&self) -> String {
        match self.stamp() {
            Some(stamp) => format!("{}, frame {}", shown(&self.path), stamp.number),
            None => shown(&self.path),
        }
    }
}

/// One input's result.
#[derive(Debug, PartialEq, Eq)]
pub struct Done {
    /// Number of the input, from 0.
    pub index: u64,
    /// As in [`Input`].
    pub path: PathBuf,
    /// Of a video: which frame it is.
    pub stamp: Option<Stamp>,
    /// Sums, one a class, or in one sentence why there are none.
    pub sums: Result<Vec<u32>, String>,
}

/// Where results go.
pub trait Sink {
    /// The next result, in the order of the inputs.
    ///
    /// # Errors
    /// Ends the run.
    fn result(&mut self, done: Done) -> std::io::Result<()>;
    /// A device was given up; its frames go to the others.
    fn lost(&mut self, share: &Share);
}

/// How the work is done.
pub struct Options {
    /// Threads that decode.
    pub threads: usize,
    /// Frames handed to a device at once; without it, what the device wants.
    pub batch: Option<usize>,
    /// Reads the images.
    pub load: Load,
    /// Disconnected when the work is to end early.
    pub interrupt: Receiver<()>,
}

/// Why it ended.
#[derive(Debug)]
pub enum End {
    /// Every input has its result.
    Complete,
    /// [`Options::interrupt`] was disconnected.
    Interrupted,
    /// No device is left.
    NoDevice,
    /// The sink takes nothing more.
    Sink(std::io::Error),
}

/// What one device did.
#[derive(Debug)]
pub struct Share {
    /// The device.
    pub name: String,
    /// Frames with a result.
    pub frames: u64,
    /// Time in which it had frames.
    pub busy: Duration,
    /// Why it was given up.
    pub failure: Option<DeviceError>,
}

/// What was done.
#[derive(Debug)]
pub struct Outcome {
    /// Why it ended.
    pub end: End,
    /// The devices, in their order.
    pub shares: Vec<Share>,
    /// Inputs that were taken but got no result, because the end came first.
    pub unfinished: u64,
}

/// An input on its way.
struct Item {
    index: u64,
    input: Input,
}

impl Item {
    fn done(self, sums: Result<Vec<u32>, String>) -> Message {
        Message::Done(Done { index: self.index, stamp: self.input.stamp(), path: self.input.path, sums })
    }
}

/// An input that a device may take.
struct Ready {
    item: Item,
    image: Array3<u8>,
}

enum Message {
    Done(Done),
    /// There are this many inputs.
    Total(u64),
    /// A device has ended, by its number.
    Ended(usize, Share),
}

/// The channels that threads share. `stop` disconnects when all of them are to end.
#[derive(Clone)]
struct Channels {
    jobs: Receiver<Item>,
    retry: (Sender<Item>, Receiver<Item>),
    ready: (Sender<Ready>, Receiver<Ready>),
    messages: Sender<Message>,
    stop: Receiver<()>,
}

/// Runs `inputs` through `devices`; `sink` gets every result, in order.
///
/// After an early end, results beyond the first missing one are handed over too: nothing computed is lost.
///
/// # Errors
/// A thread cannot be started; those that were end at once.
///
/// # Panics
/// Without devices.
pub fn run(
    inputs: Box<dyn Iterator<Item = Input> + Send>,
    devices: Vec<Box<dyn Device>>,
    options: Options,
    sink: &mut dyn Sink,
) -> std::io::Result<Outcome> {
    assert!(!devices.is_empty(), "somebody has to do the work");
    let batches: Vec<usize> = devices.iter().map(|device| options.batch.unwrap_or(device.depth()).max(1)).collect();
    let (permits, returned) = bounded(WINDOW);
    let (feed, jobs) = bounded(options.threads);
    let (messages, incoming) = unbounded();
    let (running, stop) = bounded(0);
    // a full batch waits for each device while it computes the one before
    let ready = bounded(batches.iter().sum());
    let channels = Channels { jobs, retry: unbounded(), ready, messages: messages.clone(), stop: stop.clone() };

    spawn("feeder".into(), move || feed_inputs(inputs, &permits, &feed, &messages, &stop))?;
    for i in 0..options.threads.max(1) {
        let (channels, load) = (channels.clone(), options.load.clone());
        spawn(format!("decoder-{i}"), move || decode(&channels, &load))?;
    }
    let count = devices.len();
    for (i, (device, batch)) in devices.into_iter().zip(batches).enumerate() {
        let channels = channels.clone();
        spawn(format!("device-{i}"), move || {
            let share = drive(device, batch, &channels);
            // a collector that is gone needs no share
            let _ = channels.messages.send(Message::Ended(i, share));
        })?;
    }
    drop(channels);
    let collector = Collector::new(sink, returned);
    Ok(collector.run(&incoming, options.interrupt, running, count))
}

fn spawn(name: String, body: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    thread::Builder::new().name(name).spawn(body).map(drop)
}

/// Gives every input its number and a permit.
fn feed_inputs(
    inputs: Box<dyn Iterator<Item = Input> + Send>,
    permits: &Sender<()>,
    jobs: &Sender<Item>,
    messages: &Sender<Message>,
    stop: &Receiver<()>,
) {
    let mut total = 0;
    for (mut input, index) in inputs.zip(0..) {
        select! {
            send(permits, ()) -> sent => if sent.is_err() { return },
            recv(stop) -> _ => return,
        }
        total = index + 1;
        if let Some(problem) = input.problem.take() {
            // the collector outlives the permits, so a failure is seen there
            let _ = messages.send(Item { index, input }.done(Err(problem)));
            continue;
        }
        select! {
            send(jobs, Item { index, input }) -> sent => if sent.is_err() { return },
            recv(stop) -> _ => return,
        }
    }
    let _ = messages.send(Message::Total(total)); // as above
}

/// Decodes until told to stop.
fn decode(channels: &Channels, load: &Load) {
    let mut jobs = channels.jobs.clone();
    loop {
        let item = select! {
            recv(channels.stop) -> _ => return,
            recv(channels.retry.1) -> item => match item { Ok(item) => item, Err(_) => return },
            recv(jobs) -> item => match item {
                Ok(item) => item,
                Err(_) => { jobs = never(); continue } // no more inputs, but perhaps retries
            },
        };
        // a decoder is a large piece of foreign code: its panic must not cost the other images
        let loaded = catch_unwind(AssertUnwindSafe(|| load(&item.input)))
            .unwrap_or_else(|_| Err(format!("{}: the image decoder failed; convert the image to PNG", item.input.name())));
        match loaded {
            Ok(image) => select! {
                send(channels.ready.0, Ready { item, image }) -> sent => if sent.is_err() { return },
                recv(channels.stop) -> _ => return,
            },
            Err(problem) => {
                if channels.messages.send(item.done(Err(problem))).is_err() {
                    return;
                }
            }
        }
    }
}

/// Feeds one device, until told to stop or until it fails.
fn drive(mut device: Box<dyn Device>, batch: usize, channels: &Channels) -> Share {
    let name = device.name();
    let mut share = Share { name: name.clone(), frames: 0, busy: Duration::ZERO, failure: None };
    while let Some(taken) = take(batch, channels) {
        let mut owed: HashMap<u32, Item> = HashMap::with_capacity(taken.len());
        let mut frames = Vec::with_capacity(taken.len());
        for (Ready { item, image }, sequence) in taken.into_iter().zip(0..) {
            owed.insert(sequence, item);
            frames.push(Frame { sequence, image });
        }
        let start = Instant::now();
        let mut answer = |Answer { sequence, sums }| {
            // a second answer to one frame is dropped: the first one has left already
            let Some(item) = owed.remove(&sequence) else { return };
            share.frames += u64::from(sums.is_ok());
            let sums = sums.map_err(|error| format!("{}: {error}", item.input.name()));
            // a collector that is gone wants no results
            let _ = channels.messages.send(item.done(sums));
        };
        let result = catch_unwind(AssertUnwindSafe(|| device.run(frames, &mut answer)));
        let result = result.unwrap_or_else(|_| Err(DeviceError::Died { device: name.clone() }));
        share.busy += start.elapsed();
        let unanswered = owed.len();
        for (_, item) in owed {
            let _ = channels.retry.0.send(item); // the receiver is in `channels`
        }
        share.failure = result.err().or((unanswered > 0).then_some(DeviceError::Unanswered { device: name.clone(), frames: unanswered }));
        if share.failure.is_some() {
            break;
        }
    }
    share
}

/// Up to `batch` images: one is waited for, more only when they are there. `None`: stop.
fn take(batch: usize, channels: &Channels) -> Option<Vec<Ready>> {
    let first = select! {
        recv(channels.stop) -> _ => return None,
        recv(channels.ready.1) -> ready => ready.ok()?,
    };
    // both may have been ready, and then chance decides
    if channels.stop.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected) {
        return None;
    }
    let mut taken = vec![first];
    taken.extend(channels.ready.1.try_iter().take(batch - 1));
    Some(taken)
}

#[cfg(test)]
mod tests;
