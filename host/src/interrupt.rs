//! Ctrl-C: ends the program at once, unless a command asked to finish in order.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Exit code after Ctrl-C, as shells have it: 128 + SIGINT.
pub const INTERRUPTED: u8 = 130;

static IN_ORDER: AtomicBool = AtomicBool::new(false);
static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler. Outputs are written whole at the very end, so there is nothing to undo.
pub fn install() {
    let handler = ctrlc::set_handler(|| {
        if IN_ORDER.load(SeqCst) && !REQUESTED.swap(true, SeqCst) {
            eprintln!("\nember: stopping; what is done so far is reported (Ctrl-C again ends at once)");
            return;
        }
        eprintln!("\nember: interrupted");
        std::process::exit(INTERRUPTED.into());
    });
    if let Err(error) = handler {
        tracing::warn!("Ctrl-C will end the program without a message: {error}");
    }
}

/// While this lives, the first Ctrl-C only makes [`requested`] true; the second one ends the program.
#[must_use]
pub struct InOrder(());

/// Begins a stretch of work that looks at [`requested`] often and reports what it has.
pub fn in_order() -> InOrder {
    IN_ORDER.store(true, SeqCst);
    InOrder(())
}

impl Drop for InOrder {
    fn drop(&mut self) {
        IN_ORDER.store(false, SeqCst);
    }
}

/// Whether the user pressed Ctrl-C since the program began.
pub fn requested() -> bool {
    REQUESTED.load(SeqCst)
}
