//! Ctrl-C: ends the program at once, unless a command has asked to end in its own way.

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use std::sync::Mutex;

/// Exit code after Ctrl-C, as shells have it: 128 + SIGINT.
pub const EXIT_CODE: u8 = 130;

/// Dropped at the first Ctrl-C, which the command that holds the other end sees; the second one finds nothing here.
static COMMAND: Mutex<Option<Sender<()>>> = Mutex::new(None);

/// Takes the signal over; call once.
pub fn install() {
    let handler = ctrlc::set_handler(|| {
        if lock().take().is_some() {
            stdio::say!("\nember: stopping; what is done so far is reported (Ctrl-C again ends at once)");
        } else {
            stdio::say!("\nember: interrupted");
            std::process::exit(EXIT_CODE.into());
        }
    });
    if let Err(error) = handler {
        tracing::warn!("Ctrl-C will end the program without a message: {error}");
    }
}

/// While this lives, the first Ctrl-C is a request to stop; the second one ends the program.
#[must_use]
pub struct Graceful(Receiver<()>);

/// Begins a stretch of work that looks out for requests to stop and reports what it has.
pub fn graceful() -> Graceful {
    let (sender, receiver) = crossbeam_channel::bounded(0);
    *lock() = Some(sender);
    Graceful(receiver)
}

impl Graceful {
    /// Whether Ctrl-C was pressed since the stretch began.
    pub fn requested(&self) -> bool {
        self.0.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// A channel that carries nothing and is disconnected by Ctrl-C, for waiting on several things at once.
    pub fn channel(&self) -> Receiver<()> {
        self.0.clone()
    }
}

impl Drop for Graceful {
    fn drop(&mut self) {
        *lock() = None;
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<Sender<()>>> {
    COMMAND.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
