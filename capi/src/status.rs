//! How a function ended.

use crate::text;
use ember::Error;
use std::ffi::c_char;

/// How a function ended.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmberStatus {
    /// All is well.
    Ok = 0,
    /// An argument is NULL or has no meaning.
    Argument = 1,
    /// The model file cannot be used.
    Model = 2,
    /// There is no such device, or it cannot be opened.
    Device = 3,
    /// The image cannot be read or decoded, or its pixels have another form.
    Image = 4,
    /// The device gave no result for this image.
    Frame = 5,
    /// The work was cancelled before this image had its turn.
    Cancelled = 6,
    /// All devices have failed.
    NoDeviceLeft = 7,
    /// A fault of this library.
    Internal = 8,
}

/// Why a function failed.
pub struct Failure {
    /// The kind.
    pub status: EmberStatus,
    /// One sentence.
    pub sentence: String,
}

impl Failure {
    /// Of an argument.
    pub fn argument(sentence: impl Into<String>) -> Self {
        Self { status: EmberStatus::Argument, sentence: sentence.into() }
    }

    /// Gives the status, and the sentence where it is wanted.
    ///
    /// # Safety
    /// `message` is null or may be written.
    pub unsafe fn told(self, message: *mut *mut c_char) -> EmberStatus {
        if !message.is_null() {
            // SAFETY: the caller's promise
            unsafe { message.write(text::given(self.sentence)) };
        }
        self.status
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Model(_) => EmberStatus::Model,
            Error::Name(_) | Error::Twice { .. } | Error::Device(_) | Error::NoDevices | Error::Threads { .. } => EmberStatus::Device,
            Error::Image(_) | Error::Decoder { .. } | Error::Pixels { .. } | Error::Raw { .. } | Error::Unreadable(_) => EmberStatus::Image,
            Error::Frame { .. } => EmberStatus::Frame,
            Error::Cancelled => EmberStatus::Cancelled,
            Error::NoDeviceLeft => EmberStatus::NoDeviceLeft,
            // devices are closed by whoever frees them, when no function runs on them
            Error::Closed => EmberStatus::Internal,
        };
        Self { status, sentence: error.to_string() }
    }
}
