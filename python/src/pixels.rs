//! Pixels in numpy's memory.

use crate::error::ImageError;
use ::ember::{Image, Pixels};
use numpy::{PyArray3, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

/// The bytes of an array, which is held as long as they are in use.
struct Held {
    at: *const u8,
    length: usize,
    /// Owns the bytes, or holds what owns them.
    _array: Py<PyArray3<u8>>,
}

// SAFETY: nothing is written through the pointer, and the array that it leads into is held until the last user of the bytes has gone. That
// Python does not write to it meanwhile is asked of the caller (docs/python.md).
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `pixels` took both of an array in one block, whose memory stays where it is while somebody holds the array: numpy moves
        // it in `resize` only, which it refuses then.
        unsafe { std::slice::from_raw_parts(self.at, self.length) }
    }
}

/// The image in an array of HWC bytes, red green blue: where they are in one block they stay where they are, else they are copied once.
///
/// # Errors
/// An array of another type or shape.
pub fn image(array: &Bound<'_, PyUntypedArray>) -> PyResult<Image> {
    let pixels = match array.cast::<PyArray3<u8>>() {
        Ok(pixels) if array.shape()[2] == 3 && !array.shape().contains(&0) => pixels,
        _ => return Err(wrong(array)),
    };
    if !pixels.is_c_contiguous() {
        return Ok(Image::from(pixels.readonly().as_array()));
    }
    let (height, width, length) = (pixels.shape()[0], pixels.shape()[1], pixels.len());
    let held = Held { at: pixels.data(), length, _array: pixels.clone().unbind() };
    Ok(Image::from(Pixels::new(held, height, width)))
}

/// What is wrong with an array.
pub fn wrong(array: &Bound<'_, PyUntypedArray>) -> PyErr {
    let (dtype, shape) = (array.dtype().to_string(), array.shape());
    ImageError::new_err(format!(
        "the array is of {dtype} and has the shape {shape:?}; expected uint8 of the shape [height, width, 3] (red, green, blue), or with the \
         number of images in front, at least one pixel each"
    ))
}
