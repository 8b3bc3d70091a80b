//! Where the border is: panics end here.

use crate::status::{EmberStatus, Failure};
use std::ffi::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Does `work` and says how it ended.
///
/// # Safety
/// `message` is null or may be written.
pub unsafe fn guarded(message: *mut *mut c_char, work: impl FnOnce() -> Result<(), Failure>) -> EmberStatus {
    if !message.is_null() {
        // SAFETY: the caller's promise
        unsafe { message.write(std::ptr::null_mut()) };
    }
    // what a panic left half done is in nobody's hands: handles are written last
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => EmberStatus::Ok,
        // SAFETY: as above
        Ok(Err(failure)) => unsafe { failure.told(message) },
        Err(_) => {
            let sentence = "libember panicked; please report this with what standard error says".into();
            // SAFETY: as above
            unsafe { Failure { status: EmberStatus::Internal, sentence }.told(message) }
        }
    }
}

/// Does `work`, which cannot fail; after a panic it is `otherwise`.
pub fn quiet<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(otherwise)
}

/// What the handle `pointer` is.
///
/// # Errors
/// It is null; `name` is what the header calls it.
///
/// # Safety
/// It is null or a handle of this kind that nobody frees meanwhile.
pub unsafe fn handle<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    // SAFETY: the caller's promise
    unsafe { pointer.as_ref() }.ok_or_else(|| missing(name))
}

/// That `name` is null and must not be.
pub fn missing(name: &str) -> Failure {
    Failure::argument(format!("{name} is NULL; expected what the header says of it"))
}

/// Puts a new handle to `place`.
///
/// # Errors
/// `place` is null.
///
/// # Safety
/// It is null or may be written.
pub unsafe fn hand_over<T>(place: *mut *mut T, value: T, name: &str) -> Result<(), Failure> {
    if place.is_null() {
        return Err(missing(name));
    }
    // SAFETY: the caller's promise
    unsafe { place.write(Box::into_raw(Box::new(value))) };
    Ok(())
}

/// Clears the place of a handle, so that there is none unless all goes well.
///
/// # Errors
/// `place` is null.
///
/// # Safety
/// It is null or may be written.
pub unsafe fn clear<T>(place: *mut *mut T, name: &str) -> Result<(), Failure> {
    if place.is_null() {
        return Err(missing(name));
    }
    // SAFETY: the caller's promise
    unsafe { place.write(std::ptr::null_mut()) };
    Ok(())
}

/// Frees a handle that [`hand_over`] gave.
///
/// # Safety
/// `pointer` is null or such a handle, which nobody uses any more.
pub unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: the caller's promise
        quiet((), || drop(unsafe { Box::from_raw(pointer) }));
    }
}
