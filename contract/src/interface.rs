//! The engine's interface as numbers, under one name for those who use it: packets ([`crate::packet`]), registers
//! ([`crate::registers`]) and ports ([`crate::ports`]).

pub use crate::packet::{
    result_crc, StreamKind, BEAT_BYTES, HEADER_IN_BEATS, HEADER_OUT_BEATS, OUT_RESULT, OUT_TRACE, STREAM_IN_MAGIC, STREAM_OUT_MAGIC,
    TRACE_ROWS, TRAILER_BEATS,
};
pub use crate::ports::LIST as PORTS;
pub use crate::registers::address as register;
pub use crate::registers::mask::*;
pub use crate::registers::{MAGIC, VERSION};

/// Beats of one layer descriptor.
pub const DESCRIPTOR_BEATS: usize = crate::descriptor::Descriptor::RECORD.beats;
