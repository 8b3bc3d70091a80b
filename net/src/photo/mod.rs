//! Photographs: encoded bytes to RGB pixels, and these to the input of a network.

mod decode;
pub mod folder;
mod foreign;
mod jpeg;
mod pixels;
mod preprocess;
pub mod resize;

use decode::ending;
pub use decode::{decode, is_image_name, load, ImageError};
pub use foreign::Foreign;
pub use pixels::{Pixels, PixelsError};
pub use preprocess::*;

/// Red, green, blue bytes in whatever holds them: a photograph of its own, or a part of somebody's memory.
pub type Rgb8<C> = image::ImageBuffer<image::Rgb<u8>, C>;
