//! Results in the order of their inputs, with a bounded number of them under way.
//!
//! The feeder takes a permit for each input, and [`Tagged`] gives it back when that input's result leaves in its order. A slow
//! consumer therefore stops the feeder, and memory does not grow with the number of inputs.

use super::{Interest, Job, Pipeline, Queue, State, Ticket};
use crate::cancel::Cancel;
use crate::classification::Classification;
use crate::error::Error;
use crate::image::Image;
use crate::lock::lock;
use crate::model::Model;
use crossbeam_channel::{after, bounded, never, select, unbounded, Receiver, Sender};
use std::any::Any;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

/// Classifications in the order of the inputs, one for every image that was taken from them, however long they are. It comes from
/// [`Classifier::stream`](crate::Classifier::stream).
///
/// Cancelled, or without a device left, it gives what was computed, an error ([`Error::is_end`]) for each image that was taken in vain, and
/// ends. Dropped, it ends too; a thread that waits for the next input ends when that comes.
pub struct Stream(pub(crate) Tagged<()>);

impl Stream {
    /// Whether all inputs were taken and each had its turn; known at the end.
    pub fn is_complete(&self) -> bool {
        self.0.is_complete()
    }

    /// As `next`, but for no longer than `patience`: `Pending` when there is no result yet.
    pub fn next_within(&mut self, patience: Duration) -> Poll<Option<Result<Classification, Error>>> {
        self.0.next_within(patience).map(|item| item.map(|((), result)| result))
    }
}

impl Iterator for Stream {
    type Item = Result<Classification, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|((), result)| result)
    }
}

/// As [`Stream`], each result with whatever stood beside its image. It comes from
/// [`Classifier::stream_tagged`](crate::Classifier::stream_tagged).
pub struct Tagged<T> {
    results: Receiver<Message<T>>,
    permits: Receiver<()>,
    waiting: BTreeMap<u64, (T, Result<Vec<u32>, Error>)>,
    /// The input whose result leaves next.
    next: u64,
    /// Inputs that were taken, when no more are.
    total: Option<u64>,
    /// Whether the inputs came to their end, and none was in vain.
    complete: bool,
    gate: Arc<Gate>,
    /// Disconnected by a request to stop that was not seen yet.
    stop: Receiver<Infallible>,
    /// Held, because its channel is disconnected with its last clone too.
    _cancel: Cancel,
    /// What jobs are told to be of interest to.
    _reader: Arc<()>,
    /// `None` once the stream has ended, so that it does not keep devices open.
    pipeline: Option<Arc<Pipeline>>,
    model: Model,
}

enum Message<T> {
    Done(u64, T, Result<Vec<u32>, Error>),
    /// The inputs have ended, or what feeds them has.
    End {
        exhausted: bool,
    },
    /// The iterator of the inputs panicked.
    Panicked(Box<dyn Any + Send>),
}

/// Counts the inputs that are taken, until it is closed.
#[derive(Default)]
struct Gate(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    count: u64,
    closed: bool,
}

impl Gate {
    /// The number of one more input; `None` when no more are taken.
    fn enter(&self) -> Option<u64> {
        let mut taken = lock(&self.0);
        if taken.closed {
            return None;
        }
        taken.count += 1;
        Some(taken.count - 1)
    }

    /// No more are taken; how many were.
    fn close(&self) -> u64 {
        let mut taken = lock(&self.0);
        taken.closed = true;
        taken.count
    }
}

impl<T: Send + 'static> Tagged<T> {
    /// Begins to take `inputs`, on a thread of its own, at most `window` beyond what has left.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn begin(
        inputs: impl Iterator<Item = (T, Image)> + Send + 'static,
        pipeline: Arc<Pipeline>,
        model: Model,
        cancel: &Cancel,
        window: usize,
    ) -> std::io::Result<Self> {
        let (permit, permits) = bounded(window.max(1));
        let (messages, results) = unbounded();
        let (gate, reader) = (Arc::<Gate>::default(), Arc::new(()));
        let feeder = Feeder {
            permit,
            messages,
            gate: gate.clone(),
            // the queue, not the pipeline: a feeder that waits for its input keeps no device open
            jobs: pipeline.jobs().clone(),
            state: pipeline.state().clone(),
            interest: (cancel.clone(), Arc::downgrade(&reader)),
        };
        thread::Builder::new().name("feeder".into()).spawn(move || feeder.run(inputs))?;
        let (stop, _cancel) = (cancel.channel().clone(), cancel.clone());
        let (waiting, next, total, complete) = (BTreeMap::new(), 0, None, false);
        Ok(Self { results, permits, waiting, next, total, complete, gate, stop, _cancel, _reader: reader, pipeline: Some(pipeline), model })
    }
}

impl<T> Tagged<T> {
    /// Whether all inputs were taken and each had its turn; known at the end.
    pub fn is_complete(&self) -> bool {
        self.complete && self.pipeline.is_none()
    }

    /// As `next`, but for no longer than `patience`: `Pending` when there is no result yet. Whoever must look at something else now and
    /// then waits by it.
    pub fn next_within(&mut self, patience: Duration) -> Poll<Option<(T, Result<Classification, Error>)>> {
        self.advance(&after(patience))
    }

    fn receive(&mut self, message: Message<T>) {
        match message {
            Message::Done(index, tag, sums) => {
                self.waiting.insert(index, (tag, sums));
            }
            Message::End { exhausted } => {
                self.complete = exhausted && self.total.is_none();
                self.total = Some(self.gate.close());
            }
            Message::Panicked(payload) => {
                self.total = Some(self.next);
                resume_unwind(payload);
            }
        }
    }
}

impl<T> Iterator for Tagged<T> {
    type Item = (T, Result<Classification, Error>);

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance(&never()) {
            Poll::Ready(item) => item,
            // nobody's patience has ended
            Poll::Pending => None,
        }
    }
}

impl<T> Tagged<T> {
    /// The next result, unless `patience` ends before.
    fn advance(&mut self, patience: &Receiver<Instant>) -> Poll<Option<(T, Result<Classification, Error>)>> {
        loop {
            if let Some((tag, sums)) = self.waiting.remove(&self.next) {
                self.next += 1;
                let _ = self.permits.try_recv(); // the feeder put one in for this input
                if sums.as_ref().is_err_and(Error::is_end) {
                    self.complete = false;
                    // nothing behind it is sure of a result: what is taken already is the rest
                    self.total = Some(self.gate.close());
                }
                return Poll::Ready(Some((tag, sums.map(|sums| Classification::new(self.model.clone(), sums)))));
            }
            if self.total == Some(self.next) {
                self.pipeline = None;
                return Poll::Ready(None);
            }
            select! {
                recv(self.results) -> message => match message {
                    Ok(message) => self.receive(message),
                    Err(_) => self.total = Some(self.next), // nobody is left to send anything
                },
                recv(self.stop) -> _ => {
                    self.stop = never();
                    if self.total.is_none() {
                        self.complete = false;
                        self.total = Some(self.gate.close());
                    }
                }
                recv(patience) -> _ => return Poll::Pending,
            }
        }
    }
}

/// Gives every input its number, its permit and its ticket.
struct Feeder<T> {
    permit: Sender<()>,
    messages: Sender<Message<T>>,
    gate: Arc<Gate>,
    jobs: Arc<Queue<Job>>,
    state: Arc<State>,
    interest: (Cancel, std::sync::Weak<()>),
}

impl<T: Send + 'static> Feeder<T> {
    fn run(self, mut inputs: impl Iterator<Item = (T, Image)>) {
        // whoever does not listen any more wants no more inputs either
        while self.permit.send(()).is_ok() {
            let input = match catch_unwind(AssertUnwindSafe(|| inputs.next())) {
                Ok(input) => input,
                Err(payload) => {
                    let _ = self.messages.send(Message::Panicked(payload));
                    return;
                }
            };
            let Some((tag, image)) = input else {
                let _ = self.messages.send(Message::End { exhausted: true });
                return;
            };
            let Some(reader) = self.interest.1.upgrade() else { return };
            let Some(index) = self.gate.enter() else { return };
            let messages = self.messages.clone();
            let ticket = Ticket::new(move |sums| drop(messages.send(Message::Done(index, tag, sums))));
            self.jobs.send(Job { image, interest: Interest::new(&self.interest.0, &reader), ticket });
            if self.state.is_over() {
                break;
            }
        }
        let _ = self.messages.send(Message::End { exhausted: false });
    }
}
