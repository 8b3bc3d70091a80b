//! The driver ends a transfer with `ETIMEDOUT` on any signal, even one whose handler restarts calls.

use nix::sys::signal::{SigSet, SigmaskHow};
use std::marker::PhantomData;

/// While this lives, no signal is delivered to the current thread; then the former mask is back.
///
/// Transfers hold one themselves. A thread that does nothing but transfers holds one for its whole life, so that
/// signals to the process go to other threads.
#[derive(Debug)]
pub struct SignalsBlocked {
    former: Option<SigSet>,
    /// The mask belongs to the thread.
    thread: PhantomData<*const ()>,
}

impl SignalsBlocked {
    /// Blocks all signals for the current thread.
    pub fn new() -> Self {
        // The call fails on arguments that do not occur here; without a former mask there is nothing to restore.
        Self { former: SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK).ok(), thread: PhantomData }
    }
}

impl Default for SignalsBlocked {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        if let Some(former) = self.former.take() {
            // see `new`
            let _ = former.thread_set_mask();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::signal::Signal;

    fn blocked(signal: Signal) -> bool {
        SigSet::thread_get_mask().expect("the mask can be read").contains(signal)
    }

    #[test]
    fn every_signal_is_blocked_and_the_former_mask_comes_back() {
        assert!(!blocked(Signal::SIGINT));
        let outer = SignalsBlocked::new();
        let inner = SignalsBlocked::new();
        assert!([Signal::SIGINT, Signal::SIGTERM, Signal::SIGALRM, Signal::SIGUSR1].into_iter().all(blocked));
        drop(inner);
        assert!(blocked(Signal::SIGINT), "the outer guard still holds");
        drop(outer);
        assert!(!blocked(Signal::SIGINT));
    }
}
