//! Jobs that wait for a thread.

use crossbeam_channel::{bounded, Receiver, Sender, TrySendError};
use std::sync::atomic::{AtomicBool, Ordering};

/// A bounded queue that answers what is in it when it is closed, whoever is about to put something in. (A channel whose last receiver is
/// gone keeps what it holds until its last sender is gone too.)
pub(crate) struct Queue<T> {
    sender: Sender<T>,
    receiver: Receiver<T>,
    closed: AtomicBool,
}

impl<T> Queue<T> {
    /// For `capacity` jobs.
    pub(super) fn new(capacity: usize) -> Self {
        let (sender, receiver) = bounded(capacity);
        Self { sender, receiver, closed: AtomicBool::new(false) }
    }

    /// Waits while the queue is full. A closed one answers the job.
    pub(crate) fn send(&self, job: T) {
        // it has a receiver, here
        let _ = self.sender.send(job);
        self.answer_if_closed();
    }

    /// As [`Queue::send`], but gives the job back where that would wait.
    ///
    /// # Errors
    /// The job.
    pub(crate) fn try_send(&self, job: T) -> Result<(), T> {
        if let Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) = self.sender.try_send(job) {
            return Err(job);
        }
        self.answer_if_closed();
        Ok(())
    }

    /// Both ends: where threads take jobs, and where those that go on from here are put in.
    pub(super) fn ends(&self) -> (Sender<T>, Receiver<T>) {
        (self.sender.clone(), self.receiver.clone())
    }

    /// Answers all jobs from here on, once nobody takes any.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.answer_if_closed();
    }

    /// A job that is put in after the one who closed has looked is answered by the one who put it in.
    fn answer_if_closed(&self) {
        if self.closed.load(Ordering::SeqCst) {
            self.receiver.try_iter().for_each(drop);
        }
    }
}
