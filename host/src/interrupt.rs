//! Ctrl-C and the other requests to end: they end the program at once, unless a command has asked to end in its own way.

use crossbeam_channel::{Receiver, Sender};
use ember::Cancel;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::Write;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::Mutex;

/// The latest signal.
static SIGNAL: AtomicI32 = AtomicI32::new(SIGINT);

/// Requested and dropped at the first signal, which the command that holds the other ends sees; the second one finds nothing here.
static COMMAND: Mutex<Option<(Cancel, Sender<()>)>> = Mutex::new(None);

/// Exit code after a signal, as shells have it: 128 and its number. 130 is Ctrl-C (SIGINT), 143 SIGTERM, 129 SIGHUP.
pub fn exit_code() -> u8 {
    128 + SIGNAL.load(Ordering::SeqCst) as u8
}

/// Takes the signals over; call once.
pub fn install() {
    let mut wanted = vec![SIGINT, SIGTERM];
    // `nohup` asks that the end of the terminal is not heard
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    let begun = Signals::new(wanted).and_then(|mut signals| {
        std::thread::Builder::new().name("signals".into()).spawn(move || signals.forever().for_each(receive)).map(drop)
    });
    if let Err(error) = begun {
        tracing::warn!("Ctrl-C will end the program without a message: {error}");
    }
}

/// Whether the program was started with `signal` ignored.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 1 << (signal - 1) != 0)
}

/// What happened, and what happens when it happens again.
fn words(signal: i32) -> (&'static str, &'static str) {
    match signal {
        SIGTERM => ("told to end (SIGTERM)", "a second signal"),
        SIGHUP => ("the terminal is gone (SIGHUP)", "a second signal"),
        _ => ("interrupted", "Ctrl-C again"),
    }
}

fn receive(signal: i32) {
    SIGNAL.store(signal, Ordering::SeqCst);
    let (what, again) = words(signal);
    // where standard error is gone too, nobody is left to be told
    let say = |text: String| drop(writeln!(std::io::stderr(), "\nember: {text}"));
    // dropped after the message
    let command = lock().take();
    if command.is_none() {
        say(what.into());
        std::process::exit(exit_code().into());
    }
    say(format!("{what}, stopping; what is done so far is reported ({again} ends at once)"));
    if let Some((cancel, _)) = &command {
        cancel.cancel();
    }
}

/// While this lives, the first signal is a request to stop; the second one ends the program.
#[must_use]
pub struct Graceful {
    cancel: Cancel,
    channel: Receiver<()>,
}

/// Begins a stretch of work that looks out for requests to stop and reports what it has.
pub fn graceful() -> Graceful {
    let (sender, receiver) = crossbeam_channel::bounded(0);
    let cancel = Cancel::new();
    *lock() = Some((cancel.clone(), sender));
    Graceful { cancel, channel: receiver }
}

impl Graceful {
    /// Whether a signal came since the stretch began.
    pub fn requested(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// A channel that carries nothing and is disconnected by a signal, for waiting on several things at once.
    pub fn channel(&self) -> Receiver<()> {
        self.channel.clone()
    }

    /// The request, for whoever takes one.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }
}

impl Drop for Graceful {
    fn drop(&mut self) {
        *lock() = None;
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<(Cancel, Sender<()>)>> {
    COMMAND.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
