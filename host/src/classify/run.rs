//! Inputs through a classifier to a sink, until they end, the sink is full, or somebody asks to stop.

use super::inputs::Tag;
use super::Done;
use ember::{Cancel, Classifier, Error, Image, Share};
use std::io;

/// Where results go.
pub trait Sink {
    /// The next result, in the order of the inputs.
    ///
    /// # Errors
    /// Ends the run.
    fn result(&mut self, done: Done) -> io::Result<()>;
}

/// Why it ended.
#[derive(Debug)]
pub enum End {
    /// Every input has its result.
    Complete,
    /// Somebody asked to stop.
    Interrupted,
    /// No device is left.
    NoDevice,
    /// The sink takes nothing more.
    Sink(io::Error),
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

/// Runs `inputs` through `classifier`, which `cancel` ends early; `sink` gets every result, in order.
///
/// After an early end, results beyond the first missing one are handed over too: nothing computed is lost.
///
/// # Errors
/// A thread cannot be started.
pub fn run(
    classifier: Classifier,
    inputs: impl Iterator<Item = (Tag, Image)> + Send + 'static,
    cancel: &Cancel,
    sink: &mut dyn Sink,
) -> Result<Outcome, Error> {
    let mut stream = classifier.stream_tagged(inputs)?;
    let (mut full, mut out_of_devices, mut unfinished) = (None, false, 0);
    for (index, (tag, result)) in (0..).zip(&mut stream) {
        match result {
            Err(error) if error.is_end() => {
                unfinished += 1;
                out_of_devices |= matches!(error, Error::NoDeviceLeft);
            }
            // what comes after that has nowhere to go
            _ if full.is_some() => {}
            result => {
                full = sink.result(Done { index, tag, result }).err();
                if full.is_some() {
                    cancel.cancel();
                }
            }
        }
    }
    let end = match full {
        Some(error) => End::Sink(error),
        None if stream.is_complete() => End::Complete,
        None if out_of_devices => End::NoDevice,
        None => End::Interrupted,
    };
    Ok(Outcome { end, shares: classifier.close(), unfinished })
}
