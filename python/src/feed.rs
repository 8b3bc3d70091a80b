//! Images out of a Python iterator, for the library's thread that takes them.
//!
//! That thread needs the interpreter, which goes away at the program's end: [`stop_feeding`], which Python calls before, ends it in time.

use crate::image::Given;
use ::ember::Image;
use pyo3::prelude::*;
use pyo3::types::PyIterator;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long the program's end waits for iterators that are being asked.
const FAREWELL: Duration = Duration::from_secs(1);

/// What comes back beside an image's result.
pub struct Tag {
    /// The path that was given, where it was one: other images would be kept long.
    pub path: Option<Py<PyAny>>,
    /// Why it is no image.
    pub problem: Option<PyErr>,
}

/// The exception with which an iterator ended.
pub type Failure = Arc<Mutex<Option<PyErr>>>;

/// A Python iterator as one of images.
pub struct Feed {
    pub iterator: Py<PyIterator>,
    pub failure: Failure,
}

impl Iterator for Feed {
    type Item = (Tag, Image);

    fn next(&mut self) -> Option<Self::Item> {
        let _asking = Asking::begin()?;
        // nothing, once the interpreter goes away
        Python::try_attach(|py| {
            let mut iterator = self.iterator.bind(py).clone();
            match iterator.next()? {
                Ok(object) => {
                    let Given { image, problem, .. } = Given::new(&object);
                    let is_path = object.is_instance_of::<pyo3::types::PyString>() || object.hasattr("__fspath__").unwrap_or(false);
                    Some((Tag { path: is_path.then(|| object.unbind()), problem }, image))
                }
                Err(raised) => {
                    *lock(&self.failure) = Some(raised);
                    None
                }
            }
        })?
    }
}

/// How many iterators are being asked, and whether none may be any more.
struct Gate {
    asked: usize,
    closed: bool,
}

static GATE: Mutex<Gate> = Mutex::new(Gate { asked: 0, closed: false });
static LEFT: Condvar = Condvar::new();

/// While it lives an iterator is being asked.
struct Asking;

impl Asking {
    /// `None` once the program ends.
    fn begin() -> Option<Self> {
        let mut gate = lock(&GATE);
        (!gate.closed).then(|| {
            gate.asked += 1;
            Self
        })
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        lock(&GATE).asked -= 1;
        LEFT.notify_all();
    }
}

/// Ask no iterator any more, and wait a moment for those that are being asked. For the program's end.
#[pyfunction]
#[pyo3(name = "_stop_feeding")]
pub fn stop_feeding(py: Python<'_>) {
    lock(&GATE).closed = true;
    py.detach(|| {
        let waited = LEFT.wait_timeout_while(lock(&GATE), FAREWELL, |gate| gate.asked > 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    });
}

/// What `mutex` guards; nothing here panics between two writes of one change.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
