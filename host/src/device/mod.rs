//! Something that classifies frames: the software path, the simulated engine, or a board.

/// One frame to classify: HWC bytes, red green blue, of the model's input size, with a caller's number.
pub struct Frame {
    pub sequence: u32,
    pub image: ndarray::Array3<u8>,
}

/// What a device says of one frame: one exact sum a class (see docs/numerics.md), or why there is none.
pub struct Answer {
    pub sequence: u32,
    pub sums: Result<Vec<u32>, DeviceError>,
}

/// Why a device gave no result; one clear sentence each.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The board, virtual or not.
    #[error(transparent)]
    Board(#[from] ::board::BoardError),
}

/// A device takes frames and gives every frame exactly one answer, in any order.
pub trait Device: Send {
    /// What reports call it, for example `software` or `xdma:0`.
    fn name(&self) -> String;
    /// Frames worth having under way at once.
    fn depth(&self) -> usize;
    /// Runs a batch; calls `answer` once for every frame as results come. An `Err` means the device as a whole is unusable
    /// from here on; frames without an answer so far have none (the caller may give them to another device).
    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError>;
}
