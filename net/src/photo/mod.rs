//! Photographs: encoded bytes to RGB pixels, and these to the input of a network.

mod decode;
mod jpeg;
mod preprocess;
pub mod resize;

pub use decode::{decode, is_image_name, load, ImageError};
pub use preprocess::*;
