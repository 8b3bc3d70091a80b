//! The engine's interface as numbers: stream packets and registers. RTL, simulation and host use these.
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

/// Value of [`register::MAGIC`]: `EMBR`.
pub const MAGIC: u32 = 0x454D_4252;
/// Value of [`register::VERSION`]; changes when anything on this page does.
pub const VERSION: u32 = 3;

/// AXI4-Lite register addresses in bytes; all registers are 32 bits.
pub mod register {
    /// Read: [`super::MAGIC`].
    pub const MAGIC: u32 = 0x000;
    /// Read: [`super::VERSION`].
    pub const VERSION: u32 = 0x004;
    /// Read: columns of the array.
    pub const COLUMNS: u32 = 0x008;
    /// Read: activation memory rows.
    pub const ACTIVATION_ROWS: u32 = 0x00C;
    /// Read: squeeze memory rows.
    pub const SQUEEZE_ROWS: u32 = 0x010;
    /// Read: weight memory words.
    pub const WEIGHT_WORDS: u32 = 0x014;
    /// Read: requantisation table entries.
    pub const TABLE_ENTRIES: u32 = 0x018;
    /// Read: descriptor memory layers.
    pub const LAYERS: u32 = 0x01C;
    /// Read: frame memory words a bank.
    pub const FRAME_WORDS: u32 = 0x020;
    /// Read: accumulator pixels, segments 0 and 1.
    pub const ACCUMULATOR_PIXELS: u32 = 0x024;
    /// Read: accumulator pixels, segments 2 to 4.
    pub const SEGMENT_ACCUMULATOR_PIXELS: u32 = 0x028;
    /// Read: line buffer pixels.
    pub const LINE_PIXELS: u32 = 0x02C;
    /// Read: pool buffer pixels.
    pub const POOL_PIXELS: u32 = 0x030;
    /// Read: bits of a weight that the weight memory keeps.
    pub const WEIGHT_BITS: u32 = 0x034;
    /// Read and write: see `CONTROL_*`.
    pub const CONTROL: u32 = 0x040;
    /// Read: see `STATUS_*`.
    pub const STATUS: u32 = 0x044;
    /// Read: sticky `ERROR_*` bits; write 1 to clear.
    pub const ERRORS: u32 = 0x048;
    /// Read: frames dropped since reset.
    pub const FRAMES_DROPPED: u32 = 0x04C;
    /// Read: program hash, low half; 0 without a valid program.
    pub const PROGRAM_HASH_LOW: u32 = 0x050;
    /// Read: program hash, high half.
    pub const PROGRAM_HASH_HIGH: u32 = 0x054;
    /// Read: frames finished since reset.
    pub const FRAMES_DONE: u32 = 0x058;
    /// Read: cycles since reset, wraps.
    pub const CYCLES: u32 = 0x060;
    /// Read: cycles in which a pixel entered the array, wraps.
    pub const CYCLES_BUSY: u32 = 0x064;
    /// Read: cycles spent waiting for a frame, wraps.
    pub const CYCLES_STALLED_INPUT: u32 = 0x068;
    /// Read: cycles spent waiting for a result to be taken, wraps.
    pub const CYCLES_STALLED_OUTPUT: u32 = 0x06C;
    /// Read: cycles spent waiting for weights or table entries, wraps.
    pub const CYCLES_STALLED_WEIGHTS: u32 = 0x070;
    /// Read: statistics of layer `n` at `LAYER_STATISTICS + 16 * n`: cycles from its start to the
    /// next layer's, busy cycles, cycles stalled on weights, signature; of the latest frame.
    pub const LAYER_STATISTICS: u32 = 0x400;
}

/// [`register::CONTROL`]: write 1 to reset everything but the AXI4-Lite port; reads 0.
pub const CONTROL_RESET: u32 = 1;
/// [`register::CONTROL`]: send every layer's output as trace packets.
pub const CONTROL_TRACE: u32 = 2;
/// [`register::STATUS`]: a program was committed.
pub const STATUS_PROGRAM: u32 = 1;
/// [`register::STATUS`]: a frame is being computed.
pub const STATUS_BUSY: u32 = 2;
/// [`register::STATUS`]: a received frame waits for the array.
pub const STATUS_FRAME_WAITING: u32 = 4;
/// [`register::ERRORS`]: a beat outside a packet was neither zero nor a header.
pub const ERROR_HEADER: u32 = 1;
/// [`register::ERRORS`]: a frame's byte count differs from the program's frame size; it was dropped.
pub const ERROR_FRAME_SIZE: u32 = 2;
/// [`register::ERRORS`]: a frame came without a valid program; it was dropped.
pub const ERROR_NO_PROGRAM: u32 = 4;
/// [`register::ERRORS`]: program data ran past the end of its memory, and the excess was dropped; or weights began or
/// ended inside a word, and were dropped.
pub const ERROR_PROGRAM_SIZE: u32 = 8;

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
