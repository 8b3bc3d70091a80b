//! One image on its way, and the way back of its result.

use crate::cancel::Cancel;
use crate::error::Error;
use crate::image::Image;
use std::sync::{Arc, Weak};

/// An image that somebody wants the sums of.
pub(crate) struct Job {
    pub(crate) image: Image,
    pub(crate) interest: Interest,
    pub(crate) ticket: Ticket,
}

/// Who waits for a result.
pub(crate) struct Interest {
    cancel: Cancel,
    /// Dropped when whoever waited does so no longer.
    reader: Weak<()>,
}

impl Interest {
    pub(crate) fn new(cancel: &Cancel, reader: &Arc<()>) -> Self {
        Self { cancel: cancel.clone(), reader: Arc::downgrade(reader) }
    }

    /// Whether anybody still wants the result.
    pub(crate) fn lasts(&self) -> bool {
        self.reader.strong_count() > 0 && !self.cancel.is_cancelled()
    }
}

/// Takes exactly one answer, one sum a class; dropped without one, that the pipeline is closed.
pub(crate) struct Ticket(Option<Deliver>);

type Deliver = Box<dyn FnOnce(Result<Vec<u32>, Error>) + Send>;

impl Ticket {
    pub(crate) fn new(deliver: impl FnOnce(Result<Vec<u32>, Error>) + Send + 'static) -> Self {
        Self(Some(Box::new(deliver)))
    }

    pub(crate) fn answer(mut self, sums: Result<Vec<u32>, Error>) {
        if let Some(deliver) = self.0.take() {
            deliver(sums);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(deliver) = self.0.take() {
            deliver(Err(Error::Closed));
        }
    }
}
