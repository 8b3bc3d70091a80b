//! Text across the border.

use crate::guard::{missing, quiet};
use crate::status::Failure;
use std::ffi::{c_char, CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The version of the library, such as `0.1.0`. It is never freed. Any thread.
#[no_mangle]
pub extern "C" fn ember_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Frees a message. NULL is nothing. Any thread.
///
/// # Safety
/// `text` is NULL or a message of this library that was not freed yet.
#[no_mangle]
pub unsafe extern "C" fn ember_string_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: the caller's promise
        quiet((), || drop(unsafe { CString::from_raw(text) }));
    }
}

/// A text for the other side to free.
pub fn given(text: String) -> *mut c_char {
    owned(text).into_raw()
}

/// A text with a zero byte behind it, and none within.
pub fn owned(text: String) -> CString {
    CString::new(text.replace('\0', "\\x00")).unwrap_or_default()
}

/// A path that the other side gave.
///
/// # Errors
/// It is null.
///
/// # Safety
/// `pointer` is null or ends with a zero byte.
pub unsafe fn path(pointer: *const c_char, name: &str) -> Result<PathBuf, Failure> {
    if pointer.is_null() {
        return Err(missing(name));
    }
    // SAFETY: the caller's promise
    let bytes = unsafe { CStr::from_ptr(pointer) }.to_bytes();
    Ok(OsStr::from_bytes(bytes).into())
}

/// A text that the other side gave.
///
/// # Errors
/// It is null, or no UTF-8.
///
/// # Safety
/// As [`path`].
pub unsafe fn utf8<'a>(pointer: *const c_char, name: &str) -> Result<&'a str, Failure> {
    if pointer.is_null() {
        return Err(missing(name));
    }
    // SAFETY: the caller's promise
    let text = unsafe { CStr::from_ptr(pointer) }.to_str();
    text.map_err(|_| Failure::argument(format!("{name} is no UTF-8 text; expected one")))
}
