//! Ctrl-C: ends the program at once, unless a command has asked to end in its own way.

use crossbeam_channel::{Receiver, Sender};
use std::sync::Mutex;

/// Exit code after Ctrl-C, as shells have it: 128 + SIGINT.
pub const EXIT_CODE: u8 = 130;

/// Dropped at the first Ctrl-C, which the command that holds the other end sees; the second one finds nothing here.
static COMMAND: Mutex<Option<Sender<()>>> = Mutex::new(None);

/// Takes the signal over; call once.
pub fn install() {
    let handler = ctrlc::set_handler(|| {
        if lock().take().is_some() {
            eprintln!("\nember: interrupted; frames under way are finished first (Ctrl-C again ends at once)");
        } else {
            eprintln!("\nember: interrupted");
            std::process::exit(EXIT_CODE.into());
        }
    });
    if let Err(error) = handler {
        tracing::warn!("Ctrl-C will end the program without a message: {error}");
    }
}

/// From now on the first Ctrl-C disconnects this channel instead of ending the program.
pub fn graceful() -> Receiver<()> {
    let (sender, receiver) = crossbeam_channel::bounded(0);
    *lock() = Some(sender);
    receiver
}

fn lock() -> std::sync::MutexGuard<'static, Option<Sender<()>>> {
    COMMAND.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
