//! Requests to stop.

use crate::guard::{free, quiet};
use ember::Cancel;

/// A request to stop, for any number of functions at once. Freed by ember_cancel_free.
pub struct EmberCancel(pub(crate) Cancel);

/// A request that was not made yet. Any thread.
#[no_mangle]
pub extern "C" fn ember_cancel_new() -> *mut EmberCancel {
    quiet(std::ptr::null_mut(), || Box::into_raw(Box::new(EmberCancel(Cancel::new()))))
}

/// Makes the request: what a device has begun is finished, what waits ends with EMBER_STATUS_CANCELLED. Any thread, also while functions run
/// that were given it; not from a signal handler.
///
/// # Safety
/// `cancel` is NULL or a handle.
#[no_mangle]
pub unsafe extern "C" fn ember_cancel_request(cancel: *const EmberCancel) {
    // SAFETY: the caller's promise
    if let Some(cancel) = unsafe { cancel.as_ref() } {
        quiet((), || cancel.0.cancel());
    }
}

/// Frees it. NULL is nothing. Any thread, once no function uses it any more.
///
/// # Safety
/// `cancel` is NULL or a handle that was not freed yet.
#[no_mangle]
pub unsafe extern "C" fn ember_cancel_free(cancel: *mut EmberCancel) {
    // SAFETY: the caller's promise
    unsafe { free(cancel) }
}
