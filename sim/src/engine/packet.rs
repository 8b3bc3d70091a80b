//! Packets out of the engine, parsed.

use super::Error;
use contract::interface::{result_crc, HEADER_OUT_BEATS, OUT_RESULT, OUT_TRACE, STREAM_OUT_MAGIC, TRAILER_BEATS};

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// One frame's sums.
    Result {
        /// Classes, each with a 24-bit sum.
        classes: u32,
    },
    /// Memory rows that a layer wrote.
    Trace {
        /// Index of the layer.
        layer: u8,
        /// Index of the first row.
        first_row: u32,
    },
}

/// One packet from `m_axis`, its header checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it carries.
    pub kind: PacketKind,
    /// The frame's sequence number.
    pub sequence: u32,
    /// Cycles from the start of the frame's first layer until the header was made.
    pub frame_cycles: u32,
    /// Hash of the program that computed it.
    pub program_hash: u64,
    /// The payload, as long as the header says.
    pub payload: Vec<u8>,
    /// Cycle in which the last beat was received, since the simulation began.
    pub received_in: u64,
}

impl Packet {
    /// Reads the beats of one packet; see [`contract::interface`] for the format.
    ///
    /// # Errors
    /// A wrong magic or kind, reserved bits that are not zero, or another length than the header says.
    pub fn parse(beats: &[u64], received_in: u64) -> Result<Self, Error> {
        let fail = |problem: String| Err(Error::Packet { cycle: received_in, problem });
        let (Some(header), Some(body)) = (beats.get(..HEADER_OUT_BEATS), beats.get(HEADER_OUT_BEATS..)) else {
            return fail(format!("it has {} beats, fewer than a header", beats.len()));
        };
        let magic = header[0] as u16;
        if magic != STREAM_OUT_MAGIC {
            return fail(format!("its magic is {magic:#06x}, expected {STREAM_OUT_MAGIC:#06x}"));
        }
        let (kind, layer) = ((header[0] >> 16) as u8, (header[0] >> 24) as u8);
        let high = |beat: usize| (header[beat] >> 32) as u32;
        let kind = match (kind, layer) {
            (OUT_RESULT, 0) => PacketKind::Result { classes: high(1) },
            (OUT_TRACE, _) => PacketKind::Trace { layer, first_row: high(1) },
            _ => return fail(format!("its kind is {kind} with layer {layer}, expected {OUT_RESULT} with 0 or {OUT_TRACE}")),
        };
        if high(2) != 0 {
            return fail(format!("bits 63:32 of beat 2 are {:#x}, expected 0", high(2)));
        }
        // only results end with a CRC
        let (payload, trailer) = match kind {
            PacketKind::Result { .. } => body.split_at(body.len().saturating_sub(TRAILER_BEATS)),
            PacketKind::Trace { .. } => (body, &[][..]),
        };
        let bytes = header[1] as u32 as usize;
        if bytes.div_ceil(8) != payload.len() {
            return fail(format!("its header says {bytes} bytes, but {} beats of payload came before tlast", payload.len()));
        }
        let mut payload: Vec<u8> = payload.iter().flat_map(|beat| beat.to_le_bytes()).collect();
        if let PacketKind::Result { .. } = kind {
            let expected = u64::from(result_crc(&payload)) | u64::from(high(0)) << 32;
            if trailer != [expected] {
                return fail(format!("its trailer is {trailer:x?}, but CRC-32 and sequence number make {expected:#x}"));
            }
        }
        payload.truncate(bytes);
        Ok(Self { kind, sequence: high(0), frame_cycles: header[2] as u32, program_hash: header[3], payload, received_in })
    }

    /// The sums of a result packet, one a class; `None` for another packet or one too short.
    pub fn sums(&self) -> Option<Vec<u32>> {
        let PacketKind::Result { classes } = self.kind else { return None };
        let bytes = self.payload.get(..3 * classes as usize)?;
        Some(bytes.chunks_exact(3).map(|b| u32::from_le_bytes([b[0], b[1], b[2], 0])).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result() -> Vec<u64> {
        let magic = u64::from(STREAM_OUT_MAGIC);
        let mut beats = vec![7 << 32 | 1 << 16 | magic, 2 << 32 | 24, 100, 0xABCD, 0x0000_0500_0004, 0, 0];
        let payload: Vec<u8> = beats[HEADER_OUT_BEATS..].iter().flat_map(|beat: &u64| beat.to_le_bytes()).collect();
        beats.push(u64::from(result_crc(&payload)) | 7 << 32);
        beats
    }

    #[test]
    fn a_result_is_read() {
        let packet = Packet::parse(&result(), 9).unwrap();
        assert_eq!(packet.kind, PacketKind::Result { classes: 2 });
        assert_eq!((packet.sequence, packet.frame_cycles, packet.program_hash), (7, 100, 0xABCD));
        assert_eq!(packet.sums().unwrap(), [4, 5]);
    }

    #[test]
    fn damaged_headers_are_refused() {
        let damage = |f: fn(&mut Vec<u64>)| {
            let mut beats = result();
            f(&mut beats);
            Packet::parse(&beats, 0).unwrap_err().to_string()
        };
        assert!(damage(|b| b.truncate(3)).contains("fewer than a header"));
        assert!(damage(|b| b[0] ^= 1).contains("magic"));
        assert!(damage(|b| b[0] ^= 4 << 16).contains("kind"));
        assert!(damage(|b| b[1] += 8).contains("tlast"));
        assert!(damage(|b| b[2] |= 1 << 40).contains("beat 2"));
        assert!(damage(|b| b[4] ^= 1 << 20).contains("CRC-32"));
        assert!(damage(|b| b[0] ^= 1 << 40).contains("sequence number"));
        assert!(damage(|b| b[7] ^= 1).contains("trailer"));
    }
}
