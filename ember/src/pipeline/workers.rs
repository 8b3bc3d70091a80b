//! What the threads do: decode, and feed devices.

use super::{Job, Share, State};
use crate::device::{Answer, Device, DeviceError, Frame};
use crate::error::Error;
use crate::image::Image;
use crossbeam_channel::{select, Receiver, Sender, TryRecvError};
use net::photo::Pixels;
use std::collections::HashMap;
use std::convert::Infallible;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::Instant;

/// Makes the network's input of an image.
pub(crate) type Load = Arc<dyn Fn(&Image) -> Result<Pixels, Error> + Send + Sync>;

/// A job that a device may take.
pub(super) struct Ready {
    pub(super) job: Job,
    pub(super) pixels: Pixels,
}

/// The channels that threads share. `stop` disconnects when all of them are to end.
#[derive(Clone)]
pub(super) struct Channels {
    pub(super) jobs: Receiver<Job>,
    pub(super) retry: (Sender<Job>, Receiver<Job>),
    pub(super) ready: (Sender<Ready>, Receiver<Ready>),
    pub(super) stop: Receiver<Infallible>,
    pub(super) state: Arc<State>,
}

/// Decodes until told to stop.
pub(super) fn decode(channels: &Channels, load: &Load) {
    loop {
        let job = select! {
            recv(channels.stop) -> _ => return,
            recv(channels.retry.1) -> job => match job { Ok(job) => job, Err(_) => return },
            recv(channels.jobs) -> job => match job { Ok(job) => job, Err(_) => return },
        };
        let Some(job) = wanted(job, channels) else { continue };
        // a decoder is a large piece of foreign code: its panic must not cost the other images
        let loaded =
            catch_unwind(AssertUnwindSafe(|| load(&job.image))).unwrap_or_else(|_| Err(Error::Decoder { name: job.image.name().into() }));
        match loaded {
            Ok(pixels) => select! {
                send(channels.ready.0, Ready { job, pixels }) -> sent => if sent.is_err() { return },
                recv(channels.stop) -> _ => return,
            },
            Err(problem) => job.ticket.answer(Err(problem)),
        }
    }
}

/// The job, if anybody wants its result and there is a device for it; else it is answered.
fn wanted(job: Job, channels: &Channels) -> Option<Job> {
    if !job.interest.lasts() {
        job.ticket.answer(Err(Error::Cancelled));
        return None;
    }
    if channels.state.is_over() {
        job.ticket.answer(Err(Error::NoDeviceLeft));
        return None;
    }
    Some(job)
}

/// Feeds device `number`, until told to stop or until it fails. The last one that fails refuses what is still to come.
pub(super) fn drive(mut device: Box<dyn Device>, number: usize, batch: usize, channels: &Channels, lost: &dyn Fn(&Share)) {
    while let Some(taken) = take(batch, channels) {
        // none, where nobody wants them any more
        if taken.is_empty() {
            continue;
        }
        let (failure, unanswered) = run(&mut *device, number, taken, channels);
        let Some(failure) = failure else { continue };
        let share = {
            let mut share = channels.state.share(number);
            share.failure = Some(Arc::new(failure));
            share.clone()
        };
        // a listener's panic must not cost the frames
        let _ = catch_unwind(AssertUnwindSafe(|| lost(&share)));
        let is_last = channels.state.left.fetch_sub(1, Ordering::SeqCst) == 1;
        for job in unanswered {
            let _ = channels.retry.0.send(job); // the receiver is in `channels`
        }
        // its files and threads are free from here on
        drop(device);
        // whatever is still to come is refused as it is taken
        while is_last && take(batch, channels).is_some() {}
        return;
    }
}

/// Runs a batch and hands out its answers; the device's failure, and what it left without an answer.
fn run(device: &mut dyn Device, number: usize, taken: Vec<Ready>, channels: &Channels) -> (Option<DeviceError>, Vec<Job>) {
    let name = device.name();
    let mut owed: HashMap<u32, Job> = HashMap::with_capacity(taken.len());
    let mut frames = Vec::with_capacity(taken.len());
    for (Ready { job, pixels }, sequence) in taken.into_iter().zip(0..) {
        owed.insert(sequence, job);
        frames.push(Frame { sequence, image: pixels });
    }
    let start = Instant::now();
    let mut answer = |Answer { sequence, sums }| {
        // a second answer to one frame is dropped: the first one has left already
        let Some(job) = owed.remove(&sequence) else { return };
        channels.state.share(number).frames += u64::from(sums.is_ok());
        let sums = sums.map_err(|cause| Error::Frame { name: job.image.name().into(), cause: cause.into() });
        job.ticket.answer(sums);
    };
    let result = catch_unwind(AssertUnwindSafe(|| device.run(frames, &mut answer)));
    let result = result.unwrap_or_else(|_| Err(DeviceError::Died { device: name.clone() }));
    channels.state.share(number).busy += start.elapsed();
    let unanswered: Vec<Job> = owed.into_values().collect();
    let silent = (!unanswered.is_empty()).then_some(DeviceError::Unanswered { device: name, frames: unanswered.len() });
    (result.err().or(silent), unanswered)
}

/// Up to `batch` images that are wanted: one is waited for, more only when they are there. `None`: stop.
fn take(batch: usize, channels: &Channels) -> Option<Vec<Ready>> {
    let first = select! {
        recv(channels.stop) -> _ => return None,
        recv(channels.ready.1) -> ready => ready.ok()?,
    };
    // both may have been ready, and then chance decides
    if channels.stop.try_recv() == Err(TryRecvError::Disconnected) {
        return None;
    }
    let more = channels.ready.1.try_iter().take(batch - 1);
    let wanted = |Ready { job, pixels }| wanted(job, channels).map(|job| Ready { job, pixels });
    Some(std::iter::once(first).chain(more).filter_map(wanted).collect())
}
