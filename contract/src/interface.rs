//! The engine's interface as numbers: stream packets and registers (declared in [`crate::registers`]). RTL, simulation and
//! host use these.
//!
//! # Into the engine (AXI4-Stream slave, 64 bits)
//! Packets, framed by a byte count and never by `tlast`:
//!
//! | beat | bits | field |
//! |---|---|---|
//! | 0 | 15:0 | [`STREAM_IN_MAGIC`] |
//! | 0 | 23:16 | kind, [`StreamKind`] |
//! | 0 | 31:24 | 0 |
//! | 0 | 63:32 | sequence number (frames: comes back in the result) |
//! | 1 | 31:0 | payload bytes, a multiple of 8 |
//! | 1 | 63:32 | address of the first payload beat in its memory, in beats |
//! | 2.. | | payload |
//!
//! All-zero beats between packets are skipped (padding).
//!
//! A frame's payload holds, for each row from the top and each pair of columns from the left, one
//! beat: R, G, B of the left pixel in bytes 0 to 2, R, G, B of the right pixel in bytes 3 to 5
//! (zeros past the last column), bytes 6 and 7 zero. A program's payload is the memory's content:
//! descriptors [`DESCRIPTOR_BEATS`] beats a layer, weights `columns / 4` beats a word (in whole words), table one beat an entry.
//!
//! [`StreamKind::Commit`] ends a program; its payload is three beats:
//! 0: program hash; 1: layers in 7:0, classes in 31:16, pixel pairs a row in 47:32, rows in 63:48;
//! 2: weight tiles of a frame in 31:0, table entries of a frame in 63:32.
//!
//! # Out of the engine (AXI4-Stream master, 64 bits, `tlast` on a packet's last beat)
//!
//! | beat | bits | field |
//! |---|---|---|
//! | 0 | 15:0 | [`STREAM_OUT_MAGIC`] |
//! | 0 | 23:16 | kind: [`OUT_RESULT`] or [`OUT_TRACE`] |
//! | 0 | 31:24 | layer index (trace), 0 (result) |
//! | 0 | 63:32 | sequence number of the frame |
//! | 1 | 31:0 | payload bytes |
//! | 1 | 63:32 | first row (trace) or class count (result) |
//! | 2 | 31:0 | cycles of the frame so far, from the start of its first layer |
//! | 2 | 63:32 | 0 |
//! | 3 | 63:0 | program hash |
//! | 4.. | | payload |
//! | last, of a result | 31:0 | [`result_crc`] of the payload |
//! | last, of a result | 63:32 | sequence number of the frame, again |
//!
//! A result's payload: one 24-bit little-endian sum a class, padded with zeros to a multiple of eight
//! classes. At most 3112 bytes a packet, trailer and all. A trace packet (sent after every layer while
//! [`CONTROL_TRACE`] is set) carries up to [`TRACE_ROWS`] rows of the memory that the layer wrote.

/// First 16 bits of every packet into the engine.
pub const STREAM_IN_MAGIC: u16 = 0xE3B5;
/// First 16 bits of every packet out of the engine.
pub const STREAM_OUT_MAGIC: u16 = 0xE3B6;
/// Beats of a packet header into the engine.
pub const HEADER_IN_BEATS: usize = 2;
/// Beats of a packet header out of the engine.
pub const HEADER_OUT_BEATS: usize = 4;
/// Bytes of a beat.
pub const BEAT_BYTES: usize = 8;
/// Beats of one layer descriptor.
pub const DESCRIPTOR_BEATS: usize = 4;
/// Beats of a result after its payload.
pub const TRAILER_BEATS: usize = 1;
/// Packet kind out of the engine: the sums of one frame.
pub const OUT_RESULT: u8 = 1;
/// Packet kind out of the engine: rows that a layer wrote.
pub const OUT_TRACE: u8 = 2;
/// Most memory rows in a trace packet (of 128 bytes, or squeeze memory rows of `max(16, columns)` bytes).
pub const TRACE_ROWS: usize = 16;

/// CRC-32 (IEEE 802.3, reflected, as in zlib) of a result's payload, padding and all: beats 4 to the last but one.
pub fn result_crc(payload: &[u8]) -> u32 {
    crc32fast::hash(payload)
}

/// Kinds of packets into the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum StreamKind {
    /// One image.
    Frame = 1,
    /// Layer descriptors.
    Descriptors = 2,
    /// Packed weights.
    Weights = 3,
    /// Requantisation entries.
    Table = 4,
    /// Ends a program and makes it valid.
    Commit = 5,
}

pub use crate::registers::address as register;
pub use crate::registers::mask::*;
pub use crate::registers::{MAGIC, VERSION};

/// Ports of the generated top module `ember_engine`, in order: name, width in bits, whether it is an output.
pub const PORTS: [(&str, u32, bool); 30] = [
    ("clock", 1, false),
    ("reset_n", 1, false),
    ("s_axis_tdata", 64, false),
    ("s_axis_tvalid", 1, false),
    ("s_axis_tready", 1, true),
    ("m_axis_tdata", 64, true),
    ("m_axis_tvalid", 1, true),
    ("m_axis_tlast", 1, true),
    ("m_axis_tready", 1, false),
    ("s_axil_awaddr", 12, false),
    ("s_axil_awvalid", 1, false),
    ("s_axil_awready", 1, true),
    ("s_axil_wdata", 32, false),
    ("s_axil_wstrb", 4, false),
    ("s_axil_wvalid", 1, false),
    ("s_axil_wready", 1, true),
    ("s_axil_bresp", 2, true),
    ("s_axil_bvalid", 1, true),
    ("s_axil_bready", 1, false),
    ("s_axil_araddr", 12, false),
    ("s_axil_arvalid", 1, false),
    ("s_axil_arready", 1, true),
    ("s_axil_rdata", 32, true),
    ("s_axil_rresp", 2, true),
    ("s_axil_rvalid", 1, true),
    ("s_axil_rready", 1, false),
    ("frame_taken", 1, true),
    ("result_sent", 1, true),
    ("busy", 1, true),
    ("fault", 1, true),
];
