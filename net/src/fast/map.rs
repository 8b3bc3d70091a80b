//! Where the activations lie in memory.

/// Bytes that every buffer has after its map: a kernel reads four channels at a time, so it may
/// read (and multiply by weights of zero) up to three bytes past the last one.
pub(super) const SLACK: usize = 64;

/// A map of bytes: HWC without gaps, inside a border of zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MapShape {
    /// Rows without the border.
    pub height: usize,
    /// Columns without the border.
    pub width: usize,
    /// Channels, consecutive bytes of one pixel.
    pub channels: usize,
    /// Rows and columns of zeros on each side: the padding of the convolution that reads the map.
    pub border: usize,
}

impl MapShape {
    /// Bytes from a pixel to the one below it.
    pub fn row_pitch(self) -> usize {
        (self.width + 2 * self.border) * self.channels
    }

    /// Bytes of the whole map, border included.
    pub fn len(self) -> usize {
        (self.height + 2 * self.border) * self.row_pitch()
    }

    /// First byte of the pixel in row `y` and column `x`, both counted inside the border.
    pub fn offset(self, y: usize, x: usize) -> usize {
        (y + self.border) * self.row_pitch() + (x + self.border) * self.channels
    }

    /// Writes the zeros of the border.
    pub fn clear_border(self, bytes: &mut [u8]) {
        if self.border == 0 {
            return;
        }
        let (pitch, side) = (self.row_pitch(), self.border * self.channels);
        bytes[..self.border * pitch].fill(0);
        for row in bytes[self.border * pitch..].chunks_exact_mut(pitch).take(self.height) {
            row[..side].fill(0);
            row[pitch - side..].fill(0);
        }
        bytes[(self.height + self.border) * pitch..self.len()].fill(0);
    }
}
