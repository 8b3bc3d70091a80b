//! Long work in which Ctrl-C is heard.

use crossbeam_channel::{bounded, RecvTimeoutError};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::task::Poll;
use std::thread;
use std::time::Duration;

/// How long nobody looks for signals.
pub const PATIENCE: Duration = Duration::from_millis(50);

/// Waits by `look`, which gives up after [`PATIENCE`], without the interpreter's lock. Between two looks Python handles its signals.
///
/// # Errors
/// What a signal's handler raises, such as `KeyboardInterrupt`.
pub fn until<T: Send>(py: Python<'_>, mut look: impl FnMut() -> Poll<T> + Send) -> PyResult<T> {
    loop {
        if let Poll::Ready(done) = py.detach(&mut look) {
            return Ok(done);
        }
        py.check_signals()?;
    }
}

/// Does `work` on a thread of its own and waits for it as [`until`]. After a signal nobody waits any more; `stop` is called, to end it.
///
/// # Errors
/// As [`until`]; a thread that cannot be started or that panics.
pub fn interruptible<T: Send + 'static>(py: Python<'_>, stop: impl FnOnce(), work: impl FnOnce() -> T + Send + 'static) -> PyResult<T> {
    let (sender, done) = bounded(1);
    thread::Builder::new().name("ember".into()).spawn(move || drop(sender.send(work())))?;
    let looked = until(py, || match done.recv_timeout(PATIENCE) {
        Ok(result) => Poll::Ready(Some(result)),
        Err(RecvTimeoutError::Timeout) => Poll::Pending,
        Err(RecvTimeoutError::Disconnected) => Poll::Ready(None),
    });
    match looked {
        Ok(Some(result)) => Ok(result),
        Ok(None) => Err(PyRuntimeError::new_err("the work panicked; please report this with what standard error says")),
        Err(signal) => {
            stop();
            Err(signal)
        }
    }
}
