//! Devices.

use crate::guard::{clear, free, guarded, hand_over};
use crate::model::{EmberModel, Named};
use crate::status::EmberStatus;
use crate::text;
use ember::{Classifier, Model, Options};
use std::ffi::c_char;

/// One or more devices with a model in them. Freed by ember_device_free.
pub struct EmberDevice {
    pub(crate) classifier: Classifier,
    pub(crate) model: Named,
}

/// How devices are opened; 0 and NULL everywhere is the default.
#[repr(C)]
pub struct EmberOptions {
    /// Threads that decode images, and threads of the software path; 0: one a processor.
    pub threads: usize,
    /// Columns of a simulated engine whose name has none: 4, 8, 16 (0) or 32.
    pub columns: usize,
    /// Frames handed to a device at once; 0: what it can have under way.
    pub batch: usize,
    /// Folder of the boards' device files; NULL: `/dev`.
    pub device_dir: *const c_char,
}

/// Opens the devices that `names` lists with commas, such as `software`, `sim:8`, `xdma:0` or `xdma:0,xdma:1`, with `model` in them (NULL: the
/// embedded one). `options` may be NULL. Any thread. A simulated engine that is built for the first time takes half a minute.
///
/// # Safety
/// `names` ends with a zero byte, `model` is NULL or a handle, `options` is NULL or can be read, `device` may be written, `message` is NULL or may
/// be written.
#[no_mangle]
pub unsafe extern "C" fn ember_device_open(
    names: *const c_char,
    model: *const EmberModel,
    options: *const EmberOptions,
    device: *mut *mut EmberDevice,
    message: *mut *mut c_char,
) -> EmberStatus {
    let work = || {
        // SAFETY: the caller's promise
        unsafe { clear(device, "device") }?;
        // SAFETY: the caller's promise
        let names = unsafe { text::utf8(names, "names") }?;
        // SAFETY: the caller's promise
        let model = unsafe { model.as_ref() }.map_or_else(|| Named::from(Model::embedded()), |model| model.0.clone());
        let mut chosen = Options::default();
        // SAFETY: the caller's promise
        if let Some(options) = unsafe { options.as_ref() } {
            let or = |given: usize, usual: usize| if given == 0 { usual } else { given };
            chosen.threads = or(options.threads, chosen.threads);
            chosen.columns = or(options.columns, chosen.columns);
            chosen.batch = (options.batch > 0).then_some(options.batch);
            if !options.device_dir.is_null() {
                // SAFETY: the caller's promise
                chosen.device_dir = unsafe { text::path(options.device_dir, "device_dir") }?;
            }
        }
        let classifier = ember::open(names, &model.model, &chosen)?;
        // SAFETY: the caller's promise
        unsafe { hand_over(device, EmberDevice { classifier, model }, "device") }
    };
    // SAFETY: the caller's promise
    unsafe { guarded(message, work) }
}

/// Closes and frees it: what has begun is finished first. NULL is nothing. Any thread, once no function uses it any more.
///
/// # Safety
/// `device` is NULL or a handle that was not freed yet.
#[no_mangle]
pub unsafe extern "C" fn ember_device_free(device: *mut EmberDevice) {
    // SAFETY: the caller's promise
    unsafe { free(device) }
}
