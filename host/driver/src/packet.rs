//! Results out of the engine, from the bytes of one page; see docs/interface.md.

use contract::interface::{result_crc, BEAT_BYTES, HEADER_OUT_BEATS, OUT_RESULT, STREAM_OUT_MAGIC, TRAILER_BEATS};
use thiserror::Error;

/// Bytes of a sum.
const SUM_BYTES: usize = 3;
/// Sums that fill whole beats.
const SUM_GROUP: usize = 8;

/// One frame's result, whole: its CRC and both its sequence numbers agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultPacket {
    /// The number that the frame was sent with.
    pub sequence: u32,
    /// Hash of the program that computed it.
    pub program_hash: u64,
    /// Cycles from the start of the frame's first layer.
    pub cycles: u32,
    /// One sum a class.
    pub sums: Vec<u32>,
}

/// Bytes that are no whole result. What is in them, the sequence number too, cannot be trusted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum Damage {
    /// Too few bytes.
    #[error("a packet of {bytes} bytes, cut short")]
    Short { bytes: usize },
    /// The first beat is not that of a result.
    #[error("a packet that begins with {beat:#018x}, no result")]
    Header { beat: u64 },
    /// Header and length contradict each other.
    #[error("a result of {bytes} bytes whose header says {payload} bytes for {classes} classes")]
    Length { bytes: usize, payload: u32, classes: u32 },
    /// The payload is not the one that the engine sent.
    #[error("a result with CRC-32 {found:#010x}, expected {expected:#010x}")]
    Crc { found: u32, expected: u32 },
    /// Header and trailer are of different frames.
    #[error("a result whose header is of frame {header} and whose trailer is of frame {trailer}")]
    Sequence { header: u32, trailer: u32 },
}

impl ResultPacket {
    /// Reads one packet.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Damage> {
        let beat = |n: usize| bytes.get(n * BEAT_BYTES..(n + 1) * BEAT_BYTES).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
        let frame_bytes = (HEADER_OUT_BEATS + TRAILER_BEATS) * BEAT_BYTES;
        let (Some(first), Some(sizes), Some(cycles), Some(program_hash)) = (beat(0), beat(1), beat(2), beat(3)) else {
            return Err(Damage::Short { bytes: bytes.len() });
        };
        if first as u32 != u32::from(STREAM_OUT_MAGIC) | u32::from(OUT_RESULT) << 16 || cycles >> 32 != 0 {
            return Err(Damage::Header { beat: first });
        }
        let (sequence, payload, classes) = ((first >> 32) as u32, sizes as u32, (sizes >> 32) as u32);
        let expected = (classes as usize).div_ceil(SUM_GROUP) * SUM_GROUP * SUM_BYTES;
        if payload as usize != expected || bytes.len() != expected + frame_bytes {
            return Err(Damage::Length { bytes: bytes.len(), payload, classes });
        }
        let (body, trailer) = bytes[HEADER_OUT_BEATS * BEAT_BYTES..].split_at(expected);
        let trailer = trailer.iter().rev().fold(0, |beat, &byte| beat << 8 | u64::from(byte));
        let (found, header, trailer_sequence) = (result_crc(body), sequence, (trailer >> 32) as u32);
        if found != trailer as u32 {
            return Err(Damage::Crc { found, expected: trailer as u32 });
        }
        if header != trailer_sequence {
            return Err(Damage::Sequence { header, trailer: trailer_sequence });
        }
        let sums = body.chunks_exact(SUM_BYTES).take(classes as usize).map(|b| u32::from_le_bytes([b[0], b[1], b[2], 0])).collect();
        Ok(Self { sequence, program_hash, cycles: cycles as u32, sums })
    }

    /// The packet as the engine sends it, for stand-ins of the engine.
    pub fn to_bytes(&self) -> Vec<u8> {
        let payload = self.sums.len().div_ceil(SUM_GROUP) * SUM_GROUP * SUM_BYTES;
        let mut bytes = Vec::with_capacity(payload + (HEADER_OUT_BEATS + TRAILER_BEATS) * BEAT_BYTES);
        let sequence = u64::from(self.sequence) << 32;
        let first = u64::from(STREAM_OUT_MAGIC) | u64::from(OUT_RESULT) << 16 | sequence;
        for beat in [first, payload as u64 | (self.sums.len() as u64) << 32, self.cycles.into(), self.program_hash] {
            bytes.extend(beat.to_le_bytes());
        }
        let start = bytes.len();
        self.sums.iter().for_each(|sum| bytes.extend(&sum.to_le_bytes()[..SUM_BYTES]));
        bytes.resize(start + payload, 0);
        let crc = result_crc(&bytes[start..]);
        bytes.extend((u64::from(crc) | sequence).to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(classes: u32) -> ResultPacket {
        ResultPacket { sequence: 0xFFFF_FFFE, program_hash: 0x0123, cycles: 77, sums: (0..classes).map(|c| c * 99 % (1 << 24)).collect() }
    }

    #[test]
    fn whole_results_are_read() {
        for classes in [0, 1, 7, 8, 9, 1000, 1024] {
            let bytes = result(classes).to_bytes();
            assert!(bytes.len() <= xdma::PAGE, "a result fits a page");
            assert_eq!(ResultPacket::parse(&bytes), Ok(result(classes)));
        }
    }

    #[test]
    fn every_flipped_bit_that_matters_and_every_cut_is_seen() {
        let whole = result(9).to_bytes();
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // Outside the CRC: class count and hash, which the driver compares with its program's, and cycles, which
            // are for people.
            match ResultPacket::parse(&bytes) {
                Err(_) => {}
                Ok(found) => {
                    let compared = found.sums.len() != result(9).sums.len() || found.program_hash != result(9).program_hash;
                    let cycles = (8 * 16..8 * 20).contains(&bit);
                    assert!(compared || cycles, "bit {bit}");
                    assert_eq!(found.sequence, result(9).sequence, "bit {bit}");
                }
            }
        }
        for length in 0..whole.len() {
            assert!(ResultPacket::parse(&whole[..length]).is_err(), "{length} bytes");
        }
        assert!(ResultPacket::parse(&[&whole[..], &[0; 8]].concat()).is_err());
    }
}
