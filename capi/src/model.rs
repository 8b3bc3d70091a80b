//! Models.

use crate::guard::{clear, free, guarded, hand_over, missing};
use crate::status::EmberStatus;
use crate::text;
use ember::Model;
use std::ffi::{c_char, CString};
use std::path::Path;
use std::sync::Arc;

/// A network in integers with the names of its classes. Freed by ember_model_free; devices keep what they need of it.
pub struct EmberModel(pub(crate) Named);

/// A model with its names as C has them.
#[derive(Clone)]
pub struct Named {
    /// The model.
    pub model: Model,
    /// One a class.
    pub names: Arc<Vec<CString>>,
}

impl From<Model> for Named {
    fn from(model: Model) -> Self {
        let names = model.labels.iter().cloned().map(text::owned).collect();
        Self { model, names: Arc::new(names) }
    }
}

/// Loads the model file at `path`; where that is NULL the embedded SqueezeNet v1.1: 227x227 pixels, 1000 ImageNet classes. Any thread.
///
/// # Safety
/// `path` is NULL or ends with a zero byte, `model` may be written, `message` is NULL or may be written.
#[no_mangle]
pub unsafe extern "C" fn ember_model_load(path: *const c_char, model: *mut *mut EmberModel, message: *mut *mut c_char) -> EmberStatus {
    let work = || {
        // SAFETY: the caller's promise
        unsafe { clear(model, "model") }?;
        let loaded = match path.is_null() {
            true => Model::embedded(),
            // SAFETY: the caller's promise
            false => Model::load(unsafe { text::path(path, "path") }?)?,
        };
        // SAFETY: the caller's promise
        unsafe { hand_over(model, EmberModel(loaded.into()), "model") }
    };
    // SAFETY: the caller's promise
    unsafe { guarded(message, work) }
}

/// Reads the model file whose `length` bytes are at `bytes`; they are not needed afterwards. Any thread.
///
/// # Safety
/// There are as many bytes; `model` may be written, `message` is NULL or may be written.
#[no_mangle]
pub unsafe extern "C" fn ember_model_from_bytes(
    bytes: *const u8,
    length: usize,
    model: *mut *mut EmberModel,
    message: *mut *mut c_char,
) -> EmberStatus {
    let work = || {
        // SAFETY: the caller's promise
        unsafe { clear(model, "model") }?;
        if bytes.is_null() {
            return Err(missing("bytes"));
        }
        // SAFETY: the caller's promise
        let bytes = unsafe { std::slice::from_raw_parts(bytes, length) };
        let read = Model::from_bytes(Path::new("the model"), bytes)?;
        // SAFETY: the caller's promise
        unsafe { hand_over(model, EmberModel(read.into()), "model") }
    };
    // SAFETY: the caller's promise
    unsafe { guarded(message, work) }
}

/// How many classes it has; 0 of NULL. Any thread.
///
/// # Safety
/// `model` is NULL or a handle.
#[no_mangle]
pub unsafe extern "C" fn ember_model_classes(model: *const EmberModel) -> usize {
    // SAFETY: the caller's promise
    unsafe { model.as_ref() }.map_or(0, |model| model.0.names.len())
}

/// The name of a class from 0, as long as the model is not freed; NULL where there is none. Any thread.
///
/// # Safety
/// `model` is NULL or a handle.
#[no_mangle]
pub unsafe extern "C" fn ember_model_class_name(model: *const EmberModel, class_id: usize) -> *const c_char {
    // SAFETY: the caller's promise
    let name = unsafe { model.as_ref() }.and_then(|model| model.0.names.get(class_id));
    name.map_or(std::ptr::null(), |name| name.as_ptr())
}

/// Rows of the network's input; pixels of its size go to the device as they are. 0 of NULL. Any thread.
///
/// # Safety
/// `model` is NULL or a handle.
#[no_mangle]
pub unsafe extern "C" fn ember_model_height(model: *const EmberModel) -> usize {
    // SAFETY: the caller's promise
    unsafe { model.as_ref() }.map_or(0, |model| model.0.model.input_shape()[0])
}

/// Columns of the network's input. 0 of NULL. Any thread.
///
/// # Safety
/// `model` is NULL or a handle.
#[no_mangle]
pub unsafe extern "C" fn ember_model_width(model: *const EmberModel) -> usize {
    // SAFETY: the caller's promise
    unsafe { model.as_ref() }.map_or(0, |model| model.0.model.input_shape()[1])
}

/// Frees it. NULL is nothing. Any thread, once no function uses it any more.
///
/// # Safety
/// `model` is NULL or a handle that was not freed yet.
#[no_mangle]
pub unsafe extern "C" fn ember_model_free(model: *mut EmberModel) {
    // SAFETY: the caller's promise
    unsafe { free(model) }
}
