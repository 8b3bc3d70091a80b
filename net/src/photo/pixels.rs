//! Pixels that several hold at once, without copies.

use super::Rgb8;
use image::RgbImage;
use ndarray::{Array3, ArrayView3};
use std::fmt;
use std::sync::Arc;

/// HWC bytes, red green blue, rows from the top: one block of memory, whoever owns it. A clone is another hold on the same block.
#[derive(Clone)]
pub struct Pixels {
    owner: Arc<dyn AsRef<[u8]> + Send + Sync>,
    height: usize,
    width: usize,
}

/// Why bytes are no pixels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PixelsError {
    /// An array of another form.
    #[error("the pixels have the shape {found:?}; expected height, width and 3 bytes (red, green, blue), at least one pixel")]
    Shape {
        /// Of the array.
        found: [usize; 3],
    },
    /// Bytes of another count.
    #[error("the pixels are {found} bytes; expected {height} rows of {width} pixels in 3 bytes each, at least one pixel")]
    Length {
        /// Rows that were named.
        height: usize,
        /// Columns that were named.
        width: usize,
        /// Bytes that there are.
        found: usize,
    },
}

impl Pixels {
    /// The `height` x `width` pixels that `owner` holds; the bytes stay where they are.
    ///
    /// # Errors
    /// Bytes of another count, or none.
    pub fn new(owner: impl AsRef<[u8]> + Send + Sync + 'static, height: usize, width: usize) -> Result<Self, PixelsError> {
        let found = owner.as_ref().len();
        let expected = height.checked_mul(width).and_then(|pixels| pixels.checked_mul(3));
        if found == 0 || expected != Some(found) || u32::try_from(height.max(width)).is_err() {
            return Err(PixelsError::Length { height, width, found });
        }
        Ok(Self { owner: Arc::new(owner), height, width })
    }

    /// Height, width and 3.
    pub fn shape(&self) -> [usize; 3] {
        [self.height, self.width, 3]
    }

    /// The bytes, one row behind the other.
    pub fn bytes(&self) -> &[u8] {
        (*self.owner).as_ref()
    }

    /// The bytes as an array.
    ///
    /// # Panics
    /// An owner that has other bytes than when this was made.
    pub fn view(&self) -> ArrayView3<'_, u8> {
        ArrayView3::from_shape(self.shape(), self.bytes()).expect("they were counted when this was made")
    }

    /// The bytes as a photograph.
    ///
    /// # Panics
    /// As [`Pixels::view`].
    pub fn image(&self) -> Rgb8<&[u8]> {
        Rgb8::from_raw(self.width as u32, self.height as u32, self.bytes()).expect("they were counted when this was made")
    }
}

impl TryFrom<Array3<u8>> for Pixels {
    type Error = PixelsError;

    /// Moves the array; only one that is not in the order of rows, columns and colours is copied.
    fn try_from(array: Array3<u8>) -> Result<Self, PixelsError> {
        let (height, width, colours) = array.dim();
        let shape = PixelsError::Shape { found: [height, width, colours] };
        let bytes = match array.is_standard_layout() {
            // a slice of another array starts somewhere in its memory
            true => match array.into_raw_vec_and_offset() {
                (bytes, Some(0) | None) if bytes.len() == height * width * colours => bytes,
                (bytes, first) => bytes[first.unwrap_or(0)..][..height * width * colours].to_vec(),
            },
            false => array.iter().copied().collect(),
        };
        if colours != 3 {
            return Err(shape);
        }
        Self::new(bytes, height, width).map_err(|_| shape)
    }
}

impl TryFrom<ArrayView3<'_, u8>> for Pixels {
    type Error = PixelsError;

    /// Copies the view.
    fn try_from(view: ArrayView3<'_, u8>) -> Result<Self, PixelsError> {
        view.to_owned().try_into()
    }
}

impl TryFrom<RgbImage> for Pixels {
    type Error = PixelsError;

    /// Moves the photograph.
    fn try_from(image: RgbImage) -> Result<Self, PixelsError> {
        let (width, height) = image.dimensions();
        Self::new(image.into_raw(), height as usize, width as usize)
    }
}

impl fmt::Debug for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pixels({}x{})", self.height, self.width)
    }
}

impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        self.shape() == other.shape() && self.bytes() == other.bytes()
    }
}

impl Eq for Pixels {}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::s;

    #[test]
    fn nothing_is_copied_that_is_in_order() {
        let array = Array3::from_shape_fn((4, 5, 3), |(y, x, c)| (y * 50 + x * 7 + c) as u8);
        let at = array.as_ptr();
        let pixels = Pixels::try_from(array.clone()).expect("pixels");
        assert_eq!((pixels.shape(), pixels.view()), ([4, 5, 3], array.view()));
        let moved = Pixels::try_from(array).expect("pixels");
        assert_eq!((moved.bytes().as_ptr(), moved.clone().bytes().as_ptr()), (at, at));
        assert_eq!(moved.image().get_pixel(2, 3).0, [164, 165, 166]);
    }

    #[test]
    fn other_orders_are_put_in_order() {
        let array = Array3::from_shape_fn((6, 5, 3), |(y, x, c)| (y * 40 + x * 7 + c) as u8);
        for part in [array.slice(s![1..5, .., ..]), array.slice(s![..;2, 1..3, ..]), array.slice(s![.., .., ..;-1])] {
            assert_eq!(Pixels::try_from(part).expect("pixels").view(), part);
        }
        let cut = array.clone().slice_move(s![2..4, .., ..]);
        assert_eq!(Pixels::try_from(cut.clone()).expect("pixels").view(), cut);
        let turned = array.clone().permuted_axes([1, 0, 2]);
        assert_eq!(Pixels::try_from(turned.clone()).expect("pixels").view(), turned);
    }

    #[test]
    fn what_is_no_pixels_is_refused() {
        for shape in [(4, 5, 4), (0, 5, 3), (4, 0, 3), (3, 4, 5)] {
            let error = Pixels::try_from(Array3::<u8>::zeros(shape)).expect_err("no pixels").to_string();
            assert!(error.contains(&format!("[{}, {}, {}]", shape.0, shape.1, shape.2)), "{error}");
        }
        for (height, width) in [(2, 3), (0, 0), (usize::MAX, 2), (1, 5)] {
            assert!(Pixels::new(vec![0; 17], height, width).expect_err("no pixels").to_string().contains("17 bytes"));
        }
        assert!(Pixels::new([0; 0], 0, 0).is_err());
    }
}
