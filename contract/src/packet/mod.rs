//! Packets: what goes through the engine's streams, 64 bits a beat, byte 0 in bits 7:0, numbers little-endian.
//!
//! A packet into the engine is a [`HeaderIn`] and its payload; all-zero beats between packets are skipped. A frame's
//! payload holds, for each row from the top and each pair of columns from the left, one [`PixelPair`]. A program's is its
//! memory's content: descriptors ([`crate::descriptor::Descriptor`]) four beats a layer, weights `columns / 4` beats a word,
//! a [`crate::table_entry::TableEntry`] a beat. [`Commit`] ends a program.
//!
//! A packet out of the engine is a [`HeaderOut`], its payload and, of a result, a [`Trailer`]; `tlast` marks its last
//! beat. A result's payload is one 24-bit sum a class, padded with zeros to a multiple of eight classes. A trace packet
//! carries up to [`TRACE_ROWS`] rows of the memory that the layer wrote.

mod incoming;
mod outgoing;

pub use incoming::{Commit, HeaderIn, PixelPair, StreamKind, STREAM_IN_MAGIC};
pub use outgoing::{
    result_crc, sums, Damage, HeaderOut, OutKind, PacketOut, ResultPacket, Trailer, OUT_RESULT, OUT_TRACE, STREAM_OUT_MAGIC, SUM_BYTES,
    SUM_GROUP, TRACE_ROWS,
};

/// Bytes of a beat.
pub const BEAT_BYTES: usize = 8;
/// Beats of a packet header into the engine.
pub const HEADER_IN_BEATS: usize = HeaderIn::RECORD.beats;
/// Beats of a packet header out of the engine.
pub const HEADER_OUT_BEATS: usize = HeaderOut::RECORD.beats;
/// Beats of a result after its payload.
pub const TRAILER_BEATS: usize = Trailer::RECORD.beats;

/// Beats as the bytes of a stream.
pub fn bytes(beats: &[u64]) -> impl Iterator<Item = u8> + '_ {
    beats.iter().flat_map(|beat| beat.to_le_bytes())
}

/// The `N` beats that `bytes` begin with; nothing of fewer bytes.
pub fn beats<const N: usize>(bytes: &[u8]) -> Option<[u64; N]> {
    let bytes = bytes.get(..N * BEAT_BYTES)?;
    let mut beats = [0; N];
    for (beat, bytes) in beats.iter_mut().zip(bytes.chunks_exact(BEAT_BYTES)) {
        *beat = bytes.iter().rev().fold(0, |beat, &byte| beat << 8 | u64::from(byte));
    }
    Some(beats)
}
