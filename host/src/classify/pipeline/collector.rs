//! The end of the pipeline: results in the order of their inputs, and the decision when all is over.

use super::{Done, End, Message, Outcome, Share, Sink};
use crossbeam_channel::{never, select, Receiver, Sender};
use std::collections::BTreeMap;

/// Puts results into the order of their inputs.
pub(super) struct Collector<'a> {
    sink: &'a mut dyn Sink,
    permits: Receiver<()>,
    waiting: BTreeMap<u64, Done>,
    /// The input whose result leaves next.
    next: u64,
    /// Results received.
    taken: u64,
    shares: Vec<(usize, Share)>,
    /// The sink's error.
    closed: Option<std::io::Error>,
}

impl<'a> Collector<'a> {
    /// Hands results to `sink`, and gives a permit back for each.
    pub(super) fn new(sink: &'a mut dyn Sink, permits: Receiver<()>) -> Self {
        Self { sink, permits, waiting: BTreeMap::new(), next: 0, taken: 0, shares: Vec::new(), closed: None }
    }

    /// Collects until all of `devices` have ended. `running` is what keeps the threads going.
    pub(super) fn run(mut self, incoming: &Receiver<Message>, mut interrupt: Receiver<()>, running: Sender<()>, devices: usize) -> Outcome {
        let mut running = Some(running);
        let (mut total, mut interrupted) = (None, false);
        while self.shares.len() < devices {
            select! {
                recv(incoming) -> message => match message {
                    Ok(Message::Done(done)) => self.receive(done),
                    Ok(Message::Total(count)) => total = Some(count),
                    Ok(Message::Ended(number, share)) => self.ended(number, share),
                    Err(_) => break, // no thread is left to send anything
                },
                recv(interrupt) -> _ => {
                    interrupted = true;
                    interrupt = never();
                }
            }
            if interrupted || self.closed.is_some() || total == Some(self.next) {
                running = None; // all threads stop; devices finish what they have
            }
        }
        let unasked = running.is_some();
        drop(running);
        // what was decoded in vain, or refused, before the threads heard of the end
        for message in incoming.try_iter() {
            match message {
                Message::Done(done) => self.receive(done),
                Message::Total(count) => total = Some(count),
                Message::Ended(number, share) => self.ended(number, share),
            }
        }
        for (_, done) in std::mem::take(&mut self.waiting) {
            self.leave(done);
        }
        let complete = total == Some(self.taken);
        let end = match self.closed.take() {
            Some(error) => End::Sink(error),
            None if complete => End::Complete,
            None if unasked => End::NoDevice,
            None => End::Interrupted,
        };
        self.shares.sort_by_key(|(number, _)| *number);
        let unfinished = self.permits.try_iter().count() as u64;
        Outcome { end, shares: self.shares.into_iter().map(|(_, share)| share).collect(), unfinished }
    }

    fn receive(&mut self, done: Done) {
        self.taken += 1;
        self.waiting.insert(done.index, done);
        while let Some(done) = self.waiting.remove(&self.next) {
            self.next += 1;
            self.leave(done);
        }
    }

    fn ended(&mut self, number: usize, share: Share) {
        if share.failure.is_some() {
            self.sink.lost(&share);
        }
        self.shares.push((number, share));
    }

    fn leave(&mut self, done: Done) {
        let _ = self.permits.try_recv(); // the feeder put one in for this input
        if self.closed.is_none() {
            self.closed = self.sink.result(done).err();
        }
    }
}
