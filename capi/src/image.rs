//! Images.

use crate::guard::missing;
use crate::lend::Lender;
use crate::status::Failure;
use crate::text;
use ember::{Image, Pixels};
use std::ffi::c_char;

/// What an image is given as.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum EmberImageKind {
    /// `path` is an image file's.
    File = 0,
    /// `bytes` are those of an image file: JPEG, PNG, WebP, BMP, TIFF, GIF or PNM; `length` of them.
    Encoded = 1,
    /// `bytes` are pixels: `height` rows of `width` pixels of three bytes, red, green, blue, without anything between them; `length` is all of them.
    Pixels = 2,
}

/// An image. Its memory belongs to the caller, is not copied, and must not change before the function that got it returns.
#[repr(C)]
pub struct EmberImage {
    /// An EmberImageKind.
    pub kind: i32,
    /// Of a file. Of the others what messages call it, or NULL.
    pub path: *const c_char,
    /// Of all but a file.
    pub bytes: *const u8,
    /// How many bytes.
    pub length: usize,
    /// Of pixels.
    pub height: usize,
    /// Of pixels.
    pub width: usize,
}

impl EmberImage {
    /// For the library.
    ///
    /// # Errors
    /// A kind that is none, or memory that is not there.
    ///
    /// # Safety
    /// What the fields say is so, until `lender` is dropped.
    pub unsafe fn lent(&self, lender: &Lender) -> Result<Image, Failure> {
        if self.kind == EmberImageKind::File as i32 {
            // SAFETY: the caller's promise
            return Ok(Image::file(unsafe { text::path(self.path, "path of an image file") }?));
        }
        if self.bytes.is_null() {
            return Err(missing("bytes of an image"));
        }
        // SAFETY: the caller's promise
        let bytes = unsafe { lender.lend(self.bytes, self.length) };
        let image = match self.kind {
            kind if kind == EmberImageKind::Encoded as i32 => Image::encoded(bytes),
            kind if kind == EmberImageKind::Pixels as i32 => Image::from(Pixels::new(bytes, self.height, self.width)),
            kind => return Err(Failure::argument(format!("kind of an image is {kind}; expected one of EmberImageKind"))),
        };
        if self.path.is_null() {
            return Ok(image);
        }
        // SAFETY: the caller's promise
        Ok(image.named(unsafe { text::path(self.path, "path") }?))
    }
}
