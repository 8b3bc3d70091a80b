//! Photographs: encoded bytes to RGB pixels, and these to the input of a network.

mod decode;
pub mod folder;
mod foreign;
mod jpeg;
mod preprocess;
pub mod resize;

use decode::ending;
pub use decode::{decode, is_image_name, load, ImageError};
pub use foreign::Foreign;
pub use preprocess::*;
