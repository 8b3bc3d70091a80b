//! Packets out of the engine, parsed.

use super::Error;
use contract::packet::{self, HeaderOut, OutKind, PacketOut};

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
    /// Reads the beats of one packet; see [`contract::packet`] for the format.
    ///
    /// # Errors
    /// A packet that is not whole.
    pub fn parse(beats: &[u64], received_in: u64) -> Result<Self, Error> {
        let bytes: Vec<u8> = packet::bytes(beats).collect();
        let PacketOut { kind, header, payload } =
            PacketOut::parse(&bytes).map_err(|damage| Error::Packet { cycle: received_in, damage })?;
        let HeaderOut { layer, sequence, detail, cycles: frame_cycles, program_hash, .. } = header;
        let kind = match kind {
            OutKind::Result => PacketKind::Result { classes: detail },
            OutKind::Trace => PacketKind::Trace { layer, first_row: detail },
        };
        Ok(Self { kind, sequence, frame_cycles, program_hash, payload: payload.to_vec(), received_in })
    }

    /// The sums of a result packet, one a class; `None` for another packet.
    pub fn sums(&self) -> Option<Vec<u32>> {
        let PacketKind::Result { classes } = self.kind else { return None };
        Some(packet::sums(&self.payload, classes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::packet::ResultPacket;

    fn result() -> Vec<u64> {
        let bytes = ResultPacket { sequence: 7, program_hash: 0xABCD, cycles: 100, sums: vec![4, 5] }.to_bytes();
        bytes.chunks_exact(8).map(|beat| u64::from_le_bytes(beat.try_into().unwrap())).collect()
    }

    #[test]
    fn a_result_is_read() {
        let packet = Packet::parse(&result(), 9).unwrap();
        assert_eq!(packet.kind, PacketKind::Result { classes: 2 });
        assert_eq!((packet.sequence, packet.frame_cycles, packet.program_hash), (7, 100, 0xABCD));
        assert_eq!((packet.sums().unwrap(), packet.received_in), (vec![4, 5], 9));
    }

    #[test]
    fn a_trace_is_read() {
        let header = HeaderOut { kind: 2, layer: 3, sequence: 7, payload_bytes: 16, detail: 48, cycles: 100, program_hash: 0xABCD };
        let mut beats = header.encode().to_vec();
        beats.extend([1, 2]);
        let packet = Packet::parse(&beats, 9).unwrap();
        assert_eq!((packet.kind, packet.sums()), (PacketKind::Trace { layer: 3, first_row: 48 }, None));
        assert_eq!(packet.payload, [1u64, 2].map(u64::to_le_bytes).concat());
    }

    #[test]
    fn damaged_packets_are_refused() {
        let damage = |f: fn(&mut Vec<u64>)| {
            let mut beats = result();
            f(&mut beats);
            Packet::parse(&beats, 5).unwrap_err().to_string()
        };
        assert!(damage(|b| b.truncate(3)).contains("received up to cycle 5 is malformed: a packet of 24 bytes, cut short"));
        assert!(damage(|b| b[0] ^= 1).contains("`magic` is 0xe3b7, expected 0xe3b6"));
        assert!(damage(|b| b[0] ^= 4 << 16).contains("`kind` is 0x5"));
        assert!(damage(|b| b[0] ^= 1 << 24).contains("`layer` is 0x1, expected 0 in a result"));
        assert!(damage(|b| b[1] += 8).contains("a result of 64 bytes whose header says 32 bytes for 2 classes"));
        assert!(damage(|b| b[2] |= 1 << 40).contains("`reserved` is 0x100, expected 0x0"));
        assert!(damage(|b| b[4] ^= 1 << 20).contains("CRC-32"));
        assert!(damage(|b| b[0] ^= 1 << 40).contains("header is of frame 263 and whose trailer is of frame 7"));
        assert!(damage(|b| b[7] ^= 1).contains("CRC-32"));
        assert!(damage(|b| *b = vec![7 << 32 | 0x2_E3B6, 16, 0, 0, 1]).contains("a trace packet of 40 bytes whose header says 16 bytes"));
    }
}
