//! Memory of the other side, lent for the length of a call.

use crossbeam_channel::{bounded, Receiver, Sender};
use std::convert::Infallible;

/// What lends memory. Dropped, it waits until nobody has any of it.
pub struct Lender {
    sender: Option<Sender<Infallible>>,
    /// Disconnected when the last of the lent has gone.
    returned: Receiver<Infallible>,
}

impl Lender {
    /// That has lent nothing yet.
    pub fn new() -> Self {
        let (sender, returned) = bounded(0);
        Self { sender: Some(sender), returned }
    }

    /// Lends the `length` bytes at `at`.
    ///
    /// # Safety
    /// They are there, and nobody writes to them, until this is dropped.
    pub unsafe fn lend(&self, at: *const u8, length: usize) -> Lent {
        Lent { at, length, _until_dropped: self.sender.clone() }
    }
}

impl Drop for Lender {
    fn drop(&mut self) {
        drop(self.sender.take());
        // nothing is ever sent: this returns when all are disconnected
        let _ = self.returned.recv();
    }
}

/// Bytes that are lent.
pub struct Lent {
    at: *const u8,
    length: usize,
    _until_dropped: Option<Sender<Infallible>>,
}

// SAFETY: nobody writes to the bytes as long as this lives, by the promise of `lend`.
unsafe impl Send for Lent {}
// SAFETY: as above.
unsafe impl Sync for Lent {}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the lender waits for this to be dropped, and the bytes are there until it has.
        unsafe { std::slice::from_raw_parts(self.at, self.length) }
    }
}
