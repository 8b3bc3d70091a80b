//! A result that is still to come.

use crate::classification::Classification;
use crate::error::Error;
use crate::lock::lock;
use crate::model::Model;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

type Sums = Result<Vec<u32>, Error>;

/// A submitted image's result: to be waited for, or awaited as a future in any runtime. Dropped before its turn, the image is not
/// classified at all.
#[must_use = "dropped, the image is not classified"]
pub struct Pending {
    slot: Arc<Slot>,
    model: Model,
    /// What the job is told to be of interest to.
    reader: Arc<()>,
}

/// Where the answer is laid down.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Default)]
struct State {
    sums: Option<Sums>,
    waker: Option<Waker>,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn answer(&self, sums: Sums) {
        let mut state = self.lock();
        state.sums = Some(sums);
        let waker = state.waker.take();
        drop(state);
        self.answered.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Pending {
    /// With whatever lays the answer down.
    pub(crate) fn new(model: Model) -> (Self, impl FnOnce(Sums) + Send + 'static) {
        let slot = Arc::<Slot>::default();
        let answers = slot.clone();
        (Self { slot, model, reader: Arc::new(()) }, move |sums| answers.answer(sums))
    }

    pub(crate) fn reader(&self) -> &Arc<()> {
        &self.reader
    }

    /// Waits for the result.
    ///
    /// # Errors
    /// The image is bad, the device failed on it, or the work ended before its turn.
    pub fn wait(self) -> Result<Classification, Error> {
        let mut state = self.slot.lock();
        loop {
            if let Some(sums) = state.sums.take() {
                return sums.map(|sums| Classification::new(self.model.clone(), sums));
            }
            state = self.slot.answered.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// As [`Pending::wait`], but for no longer than `patience`: `Pending` when there is no result yet. A result is given once.
    pub fn wait_within(&mut self, patience: Duration) -> Poll<Result<Classification, Error>> {
        let unanswered = |state: &mut State| state.sums.is_none();
        let waited = self.slot.answered.wait_timeout_while(self.slot.lock(), patience, unanswered);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match state.sums.take() {
            Some(sums) => Poll::Ready(sums.map(|sums| Classification::new(self.model.clone(), sums))),
            None => Poll::Pending,
        }
    }
}

impl Future for Pending {
    type Output = Result<Classification, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.slot.lock();
        match state.sums.take() {
            Some(sums) => Poll::Ready(sums.map(|sums| Classification::new(self.model.clone(), sums))),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
