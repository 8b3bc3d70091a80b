//! After a transfer that failed, none before the card has been looked at.

use crate::error::Error;
use crate::register::ALL_ONES;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// What every transfer of a device passes. A copy is the same gate.
///
/// On a card that has left the bus the driver frees a transfer that timed out without taking it off its channel's list:
/// the next transfer on that channel corrupts the kernel's memory. A card that is there shows it by an identity register
/// that does not read as ones. So the first transfer that fails closes the gate for all channels, and [`Gate::look`]
/// opens it. Transfers that are under way go on; nothing can call them off.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Transfers that failed.
    failures: AtomicU64,
    /// How many of them were followed by a look at a card that is there.
    seen: AtomicU64,
}

impl Gate {
    /// An open gate; a [`crate::Device`] has its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether transfers pass.
    pub fn is_open(&self) -> bool {
        self.0.failures.load(Ordering::SeqCst) == self.0.seen.load(Ordering::SeqCst)
    }

    /// Runs `transfer`, and closes when it fails; `None`, without running it, when the gate is closed.
    pub fn pass<T>(&self, transfer: impl FnOnce() -> Result<T, Error>) -> Option<Result<T, Error>> {
        if !self.is_open() {
            return None;
        }
        let outcome = transfer();
        if outcome.is_err() {
            self.0.failures.fetch_add(1, Ordering::SeqCst);
        }
        Some(outcome)
    }

    /// Reads an identity register with `read`, and opens unless its value is [`ALL_ONES`]. A transfer that fails
    /// meanwhile keeps the gate closed.
    ///
    /// # Errors
    /// Those of `read`; the gate stays as it is.
    pub fn look(&self, read: impl FnOnce() -> Result<u32, Error>) -> Result<u32, Error> {
        let failures = self.0.failures.load(Ordering::SeqCst);
        let identity = read()?;
        if identity != ALL_ONES {
            self.0.seen.fetch_max(failures, Ordering::SeqCst);
        }
        Ok(identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use std::path::Path;

    fn fail() -> Result<(), Error> {
        Err(Error::new("writing", Path::new("xdma0_h2c_0"), ErrorKind::TimedOut))
    }

    #[test]
    fn nothing_passes_between_a_failure_and_a_look_at_a_card_that_is_there() {
        let gate = Gate::new();
        let other = gate.clone();
        assert!(matches!(gate.pass(|| Ok(1)), Some(Ok(1))));
        assert!(matches!(gate.pass(fail), Some(Err(_))));
        assert!(other.pass(|| -> Result<(), Error> { panic!("it is closed") }).is_none(), "for every channel");
        // a card that is gone
        assert_eq!(gate.look(|| Ok(ALL_ONES)).expect("read"), ALL_ONES);
        assert!(!gate.is_open());
        // a register that cannot be read
        assert!(gate.look(|| fail().map(|()| 0)).is_err());
        assert!(!gate.is_open());
        assert_eq!(other.look(|| Ok(7)).expect("read"), 7);
        assert!(matches!(gate.pass(|| Ok(2)), Some(Ok(2))));
    }

    #[test]
    fn a_failure_during_the_look_keeps_it_closed() {
        let gate = Gate::new();
        let look = gate.look(|| {
            // a transfer that was under way on the other channel
            assert!(matches!(gate.pass(fail), Some(Err(_))));
            Ok(7)
        });
        assert_eq!(look.expect("read"), 7);
        assert!(!gate.is_open());
        // two under way that fail one after the other need one look
        gate.0.failures.fetch_add(1, Ordering::SeqCst);
        gate.look(|| Ok(7)).expect("read");
        assert!(gate.is_open());
    }
}
