//! Why something was not done.

use crate::device::spec::SpecError;
use crate::device::DeviceError;
use net::model_file::ModelError;
use net::photo::{ImageError, PixelsError};
use net::text::shown;
use std::path::PathBuf;

/// Why there is no model, no device or no result; one clear sentence each, which says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The model file cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// No device has this name.
    #[error(transparent)]
    Name(#[from] SpecError),
    /// A device is named twice.
    #[error("{device} is named twice; name every device once")]
    Twice {
        /// The name.
        device: String,
    },
    /// The device cannot be opened.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// There is no device to do the work.
    #[error("no device is given; expected at least one, such as software")]
    NoDevices,
    /// The threads cannot be started.
    #[error("the threads cannot be started ({cause}); choose fewer threads")]
    Threads {
        /// The system's reason.
        cause: std::io::Error,
    },
    /// The image cannot be read or decoded.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The image decoder panicked.
    #[error("{}: the image decoder failed; convert the image to PNG", shown(name))]
    Decoder {
        /// What the image is called.
        name: PathBuf,
    },
    /// Pixels of a form that no photograph has.
    #[error("{}: {cause}", shown(name))]
    Pixels {
        /// What the image is called.
        name: PathBuf,
        /// What is wrong with them.
        cause: PixelsError,
    },
    /// Raw pixels that are not as many bytes as their size and format say.
    #[error("{}: the frame has {found} bytes; expected {expected}, of at least one pixel", shown(name))]
    Raw {
        /// What the image is called.
        name: PathBuf,
        /// Bytes that there are.
        found: usize,
        /// Bytes that size and format ask for.
        expected: usize,
    },
    /// There never was an image; the sentence is [`Image::unreadable`](crate::Image::unreadable)'s.
    #[error("{0}")]
    Unreadable(String),
    /// The device gave no result for this frame.
    #[error("{}: {cause}", shown(name))]
    Frame {
        /// What the image is called.
        name: PathBuf,
        /// The device's reason.
        cause: Box<DeviceError>,
    },
    /// The work was cancelled before this image had its turn.
    #[error("cancelled before the image was classified")]
    Cancelled,
    /// All devices have failed.
    #[error("no device is left that works, so the image is not classified; run `ember doctor`, or add the device software")]
    NoDeviceLeft,
    /// The classifier was closed before this image had its turn.
    #[error("the classifier was closed before the image was classified; keep it until all results are there")]
    Closed,
}

impl Error {
    /// Whether the work ended before this image had its turn: it is not the image's fault, and nothing behind it has a result for certain.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Cancelled | Self::NoDeviceLeft | Self::Closed)
    }
}
