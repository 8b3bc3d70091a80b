//! Results.

use crate::guard::{free, quiet};
use crate::model::Named;
use ember::Classification;
use std::ffi::c_char;

/// The result of one image. Freed by ember_result_free.
pub struct EmberResult {
    pub(crate) classification: Classification,
    pub(crate) model: Named,
}

/// One class of a result.
#[repr(C)]
pub struct EmberPrediction {
    /// Class number, from 0.
    pub class_id: usize,
    /// Softmax probability, 0 to 1.
    pub probability: f64,
    /// The class's name, as long as the result is not freed.
    pub name: *const c_char,
}

/// One exact sum a class, the same on every device, as long as the result is not freed; how many is put to `count`, which may be NULL. NULL of NULL.
/// Any thread.
///
/// # Safety
/// `result` is NULL or a handle, `count` is NULL or may be written.
#[no_mangle]
pub unsafe extern "C" fn ember_result_sums(result: *const EmberResult, count: *mut usize) -> *const u32 {
    // SAFETY: the caller's promise
    let sums = unsafe { result.as_ref() }.map_or(&[][..], |result| result.classification.sums());
    if !count.is_null() {
        // SAFETY: the caller's promise
        unsafe { count.write(sums.len()) };
    }
    if sums.is_empty() {
        std::ptr::null()
    } else {
        sums.as_ptr()
    }
}

/// Puts the `count` likeliest classes to `predictions`, best first, equal ones in the order of their numbers; gives how many there were. Any thread.
///
/// # Safety
/// `result` is NULL or a handle; `predictions` has room for `count`, or is NULL.
#[no_mangle]
pub unsafe extern "C" fn ember_result_top(result: *const EmberResult, count: usize, predictions: *mut EmberPrediction) -> usize {
    // SAFETY: the caller's promise
    let Some(result) = (unsafe { result.as_ref() }).filter(|_| !predictions.is_null()) else { return 0 };
    let top = quiet(vec![], || result.classification.top(count));
    for (place, class) in top.iter().enumerate() {
        let name = result.model.names.get(class.class).map_or(std::ptr::null(), |name| name.as_ptr());
        let prediction = EmberPrediction { class_id: class.class, probability: class.probability, name };
        // SAFETY: there is room, and there are no more than `count`
        unsafe { predictions.add(place).write(prediction) };
    }
    top.len()
}

/// Frees it. NULL is nothing. Any thread, once no function uses it any more.
///
/// # Safety
/// `result` is NULL or a handle that was not freed yet.
#[no_mangle]
pub unsafe extern "C" fn ember_result_free(result: *mut EmberResult) {
    // SAFETY: the caller's promise
    unsafe { free(result) }
}
