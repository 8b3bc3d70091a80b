//! Images to results.

use crate::cancel::EmberCancel;
use crate::device::EmberDevice;
use crate::guard::{clear, guarded, hand_over, handle, missing};
use crate::image::EmberImage;
use crate::lend::Lender;
use crate::result::EmberResult;
use crate::status::{EmberStatus, Failure};
use ember::{Cancel, Image};
use std::ffi::c_char;

/// Classifies an image and waits for the result. `cancel` may be NULL. Any thread, any number of them on one device at once.
///
/// # Safety
/// `device` is a handle, `image` can be read and is as its fields say, `cancel` is NULL or a handle, `result` may be written, `message` is NULL or
/// may be written.
#[no_mangle]
pub unsafe extern "C" fn ember_classify(
    device: *const EmberDevice,
    image: *const EmberImage,
    cancel: *const EmberCancel,
    result: *mut *mut EmberResult,
    message: *mut *mut c_char,
) -> EmberStatus {
    let work = || {
        // SAFETY: the caller's promise
        unsafe { clear(result, "result") }?;
        // SAFETY: the caller's promise
        let (device, image) = unsafe { (handle(device, "device")?, handle(image, "image")?) };
        // dropped last, it waits for the image
        let lender = Lender::new();
        // SAFETY: the caller's promise; the lender is dropped before this returns
        let image = unsafe { image.lent(&lender) }?;
        // SAFETY: the caller's promise
        let classifier = device.classifier.with_cancel(&unsafe { wish(cancel) });
        let classification = classifier.classify(image)?;
        let found = EmberResult { classification, model: device.model.clone() };
        // SAFETY: the caller's promise
        unsafe { hand_over(result, found, "result") }
    };
    // SAFETY: the caller's promise
    unsafe { guarded(message, work) }
}

/// Classifies `count` images, all devices at once, and waits. A bad image loses nothing of the others: to `results` goes one handle an image, or NULL; to
/// `statuses` and `messages`, where they are not NULL, what ember_classify says of each. The status is that of the first bad image. `cancel` may be
/// NULL. Any thread, any number of them on one device at once.
///
/// # Safety
/// `device` is a handle; `images`, `results`, and where they are not NULL `statuses` and `messages`, have `count` entries; the images are as their
/// fields say; `cancel` is NULL or a handle.
#[no_mangle]
pub unsafe extern "C" fn ember_classify_batch(
    device: *const EmberDevice,
    images: *const EmberImage,
    count: usize,
    cancel: *const EmberCancel,
    results: *mut *mut EmberResult,
    statuses: *mut EmberStatus,
    messages: *mut *mut c_char,
) -> EmberStatus {
    if count == 0 {
        return EmberStatus::Ok;
    }
    if images.is_null() || results.is_null() {
        return EmberStatus::Argument;
    }
    let mut outcomes = vec![];
    let work = || {
        // SAFETY: the caller's promise
        outcomes = unsafe { batch(handle(device, "device")?, std::slice::from_raw_parts(images, count), &wish(cancel)) };
        Ok(())
    };
    // SAFETY: no message is wanted
    let whole = unsafe { guarded(std::ptr::null_mut(), work) };
    let mut first = whole;
    let mut outcomes = outcomes.into_iter();
    for place in 0..count {
        // SAFETY: there are as many entries
        let (result, message) = unsafe { (results.add(place), if messages.is_null() { messages } else { messages.add(place) }) };
        let outcome = outcomes.next().unwrap_or_else(|| {
            Err(match whole {
                EmberStatus::Argument => missing("device"),
                status => Failure { status, sentence: "libember panicked; please report this with what standard error says".into() },
            })
        });
        // SAFETY: the caller's promise
        let status = unsafe {
            result.write(std::ptr::null_mut());
            guarded(message, || hand_over(result, outcome?, "results"))
        };
        if !statuses.is_null() {
            // SAFETY: there are as many entries
            unsafe { statuses.add(place).write(status) };
        }
        if first == EmberStatus::Ok {
            first = status;
        }
    }
    first
}

/// One outcome an image.
///
/// # Safety
/// The images are as their fields say.
unsafe fn batch(device: &EmberDevice, images: &[EmberImage], cancel: &Cancel) -> Vec<Result<EmberResult, Failure>> {
    // dropped last, it waits for the images
    let lender = Lender::new();
    let mut problems = vec![];
    let mut loads = vec![];
    for image in images {
        // SAFETY: the caller's promise; the lender is dropped before this returns
        let (load, problem) = match unsafe { image.lent(&lender) } {
            Ok(image) => (image, None),
            Err(problem) => (Image::unreadable("not an image"), Some(problem)),
        };
        loads.push(load);
        problems.push(problem);
    }
    let found = device.classifier.with_cancel(cancel).classify_batch(loads);
    let outcome = |(problem, found): (Option<Failure>, Result<_, ember::Error>)| match problem {
        Some(problem) => Err(problem),
        None => Ok(EmberResult { classification: found?, model: device.model.clone() }),
    };
    problems.into_iter().zip(found).map(outcome).collect()
}

/// The request that was given, or one that nobody makes.
///
/// # Safety
/// `cancel` is NULL or a handle.
unsafe fn wish(cancel: *const EmberCancel) -> Cancel {
    // SAFETY: the caller's promise
    unsafe { cancel.as_ref() }.map_or_else(Cancel::new, |cancel| cancel.0.clone())
}
