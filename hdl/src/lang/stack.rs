//! Room for blocks by value.

use std::panic::resume_unwind;
use std::thread::{scope, Builder};

/// A whole shell is more than half a mebibyte of signals by value, and building it keeps it on the stack several times; a thread
/// that a caller started has two mebibytes unless it asked for more.
const STACK: usize = 32 << 20;

/// What `work` returns, done on a thread with room for the largest block by value.
///
/// # Panics
/// As `work` does, and if no thread can be started.
pub fn with_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    scope(|threads| {
        let thread = Builder::new().stack_size(STACK).spawn_scoped(threads, work).expect("a thread can be started");
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

#[cfg(test)]
mod tests {
    use super::with_large_stack;

    #[test]
    fn more_than_a_test_has() {
        let sum = with_large_stack(|| std::hint::black_box([1u8; 8 << 20]).iter().map(|byte| u64::from(*byte)).sum::<u64>());
        assert_eq!(sum, 8 << 20);
    }

    #[test]
    #[should_panic(expected = "from inside")]
    fn a_panic_is_the_callers() {
        with_large_stack(|| panic!("from inside"));
    }
}
