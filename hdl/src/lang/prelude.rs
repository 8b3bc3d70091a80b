//! What a file with a rust-hdl kernel needs.

pub use crate::lang::bundle::{Master, Slave};
pub use crate::lang::byte_ram::ByteRam;
pub use crate::lang::number::{Fixed, Is, Named, Number, Value};
pub use crate::lang::ram::Ram;
pub use crate::lang::single_ram::SingleRam;
pub use crate::lang::sint::{signed_cast_bits, SInt};
pub use crate::lang::sliced_ram::SlicedRam;
pub use crate::{comment, wiring};
pub use rust_hdl_core::prelude::*;
pub use rust_hdl_widgets::prelude::*;

/// A comment in a kernel; the first one of a kernel names and describes the module. Another one heads the statements behind
/// it, up to the next comment of its block, wherever the Verilog has them; an empty one ends that.
#[macro_export]
macro_rules! comment {
    ($text:literal) => {};
}

/// `count` default-constructed blocks or signals.
pub fn many<T: Default>(count: usize) -> Vec<T> {
    (0..count).map(|_| T::default()).collect()
}
