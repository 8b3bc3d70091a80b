//! What stands behind the nodes.

mod register_file;
mod rtl;
mod software;
mod stream;
mod stub;

pub use rtl::Rtl;
pub use software::Software;
pub use stub::{stub_sums, Stub};

use std::sync::Arc;

/// Called when something can go on: room in the stream, a packet.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// An engine as the XDMA core sees it: a stream in, packets out, registers.
pub trait BoardEngine: Send {
    /// Takes some of `bytes` from the stream and says how many; 0 when it has no room now.
    fn write(&mut self, bytes: &[u8]) -> usize;

    /// The next packet out, if there is one.
    fn packet(&mut self) -> Option<Vec<u8>>;

    /// Reads the register at `offset`, a multiple of four below 4096.
    fn read(&mut self, offset: u32) -> u32;

    /// Writes a register.
    fn set(&mut self, offset: u32, value: u32);

    /// Loses its program, as if another host had loaded one.
    fn swap_program(&mut self);

    /// An engine that goes on by itself calls this whenever something can go on.
    fn wake_with(&mut self, _wake: Wake) {}

    /// Clock cycles so far, of an engine that has a clock.
    fn cycles(&self) -> Option<u64> {
        None
    }

    /// Why the engine has stopped for good, if it has.
    fn failure(&self) -> Option<String> {
        None
    }
}
