//! Something that classifies frames: the software path, the simulated engine, or a board.

pub mod board;
pub mod open;
pub mod sim;
pub mod software;
pub mod spec;

pub use driver::Spent;
use net::photo::Pixels;

/// One frame to classify: HWC bytes, red green blue, of the model's input size, with a caller's number.
pub struct Frame {
    /// The caller's number, which comes back with the answer.
    pub sequence: u32,
    /// The pixels, which whoever gave them may hold as well.
    pub image: Pixels,
}

/// What a device says of one frame: one exact sum a class (see docs/numerics.md), or why there is none.
pub struct Answer {
    /// The frame's number.
    pub sequence: u32,
    /// One sum a class.
    pub sums: Result<Vec<u32>, DeviceError>,
}

/// Why a device gave no result; one clear sentence each.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum DeviceError {
    /// The frame does not fit the network.
    #[error(transparent)]
    Network(#[from] net::model::NetworkError),
    /// The model does not fit the engine.
    #[error(transparent)]
    Compile(#[from] net::compiler::CompileError),
    /// The simulated engine cannot be built or loaded.
    #[error(transparent)]
    Engine(#[from] ::sim::engine::Error),
    /// The tools for the simulation are missing or fail.
    #[error(transparent)]
    Verilator(#[from] ::sim::verilator::Error),
    /// The simulated engine misbehaved.
    #[error(transparent)]
    Session(#[from] ::sim::session::Error),
    /// The device's thread ended early.
    #[error("{device} stopped without saying why; run `ember doctor`, and please report this with the command line")]
    Died { device: String },
    /// The device did not answer all frames that it was given.
    #[error("{device} gave no answer for {} of a batch; run `ember doctor`", net::plural::count(*frames, "frame"))]
    Unanswered { device: String, frames: usize },
    /// The board cannot be opened, or failed.
    #[error(transparent)]
    Board(#[from] driver::BoardError),
    /// No board of this name has device files.
    #[error("{device}: there is no such board in {}; run `ember doctor`, or without a board try --device sim", net::text::shown(folder))]
    NoBoard { device: String, folder: std::path::PathBuf },
    /// The kernel's list of boards is there but cannot be read.
    #[error("the list of boards in /sys/class/xdma cannot be read ({cause}); name the board by its number, as xdma:0")]
    Sysfs { cause: std::io::Error },
    /// The bytes are no pixels.
    #[error(transparent)]
    Pixels(#[from] net::photo::PixelsError),
    /// The host's threads cannot be started.
    #[error("{device}: its threads cannot be started ({cause}); choose a smaller --threads")]
    Threads { device: String, cause: String },
}

/// A device takes frames and gives every frame exactly one answer, in any order.
pub trait Device: Send {
    /// What reports call it, for example `software` or `xdma:0`.
    fn name(&self) -> String;
    /// Frames worth having under way at once.
    fn depth(&self) -> usize;
    /// Runs a batch; calls `answer` once for every frame as results come. An `Err` means the device as a whole is unusable
    /// from here on; frames without an answer so far have none (the caller may give them to another device).
    ///
    /// # Errors
    /// The device is unusable.
    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError>;
    /// Where its time went since it was opened, of a device that transfers frames.
    ///
    /// # Errors
    /// The device cannot be asked.
    fn spent(&mut self) -> Result<Option<Spent>, DeviceError> {
        Ok(None)
    }
}

/// What a device computed in each layer of one frame.
pub struct Layers {
    /// Signature of every layer's output, in the order in which they run (see docs/interface.md).
    pub signatures: Vec<u32>,
    /// One exact sum a class.
    pub sums: Vec<u32>,
}

/// A device that can tell what each layer of a frame gave.
pub trait LayerDevice {
    /// What reports call it.
    fn name(&self) -> String;
    /// The program that it runs: signatures depend on the engine's size.
    fn program(&self) -> &net::compiler::Program;
    /// Runs `image` (HWC bytes, red green blue, of the model's input size).
    ///
    /// # Errors
    /// The device fails, or the image has another size.
    fn layers(&mut self, image: &Pixels) -> Result<Layers, DeviceError>;
}
