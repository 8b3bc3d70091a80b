//! Requests to stop.

use crate::lock::lock;
use crossbeam_channel::{bounded, Receiver, Sender, TryRecvError};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

/// A request to stop, which all clones share. It is looked at between frames: what a device has begun is finished, what still waits
/// is answered by [`Error::Cancelled`](crate::Error::Cancelled).
///
/// ```
/// let cancel = ember::Cancel::new();
/// let other = cancel.clone();
/// std::thread::spawn(move || other.cancel()).join().unwrap();
/// assert!(cancel.is_cancelled());
/// ```
#[derive(Clone, Debug)]
pub struct Cancel {
    /// Dropped by the request.
    open: Arc<Mutex<Option<Sender<Infallible>>>>,
    /// Disconnected by the request, so that it can be waited for.
    channel: Receiver<Infallible>,
}

impl Cancel {
    /// One that was not requested yet.
    pub fn new() -> Self {
        let (sender, channel) = bounded(0);
        Self { open: Arc::new(Mutex::new(Some(sender))), channel }
    }

    /// Requests it; a second time does nothing.
    pub fn cancel(&self) {
        lock(&self.open).take();
    }

    /// Whether it was requested.
    pub fn is_cancelled(&self) -> bool {
        self.channel.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// Carries nothing and is disconnected by the request.
    pub(crate) fn channel(&self) -> &Receiver<Infallible> {
        &self.channel
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}
