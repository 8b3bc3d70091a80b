//! Ctrl-C: ends the program, unless a command has something to finish first.

use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Mutex;

/// Exit code after Ctrl-C, as shells have it: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Who wants to know.
static LISTENER: Mutex<Option<Sender<()>>> = Mutex::new(None);

/// Installs the handler.
pub fn install() {
    // Outputs are written whole at the very end, so there is nothing to undo.
    let handler = ctrlc::set_handler(|| {
        let listener = LISTENER.lock().ok().and_then(|mut listener| listener.take());
        // the second time nobody listens any more
        if listener.is_none_or(|listener| listener.send(()).is_err()) {
            eprintln!("\nember: interrupted");
            std::process::exit(INTERRUPTED);
        }
    });
    if let Err(error) = handler {
        tracing::warn!("Ctrl-C will end the program without a message: {error}");
    }
}

/// Receives the next Ctrl-C (or SIGTERM) in place of the program's end; the one after it ends the program.
pub fn listen() -> Receiver<()> {
    let (sender, receiver) = channel();
    if let Ok(mut listener) = LISTENER.lock() {
        *listener = Some(sender);
    }
    receiver
}
