//! Packets out of the engine (AXI4-Stream master): made and taken apart.

use super::{beats, bytes, BEAT_BYTES, HEADER_OUT_BEATS, TRAILER_BEATS};
use thiserror::Error;

/// First 16 bits of every packet out of the engine.
pub const STREAM_OUT_MAGIC: u16 = 0xE3B6;
/// Packet kind out of the engine: the sums of one frame.
pub const OUT_RESULT: u8 = OutKind::Result as u8;
/// Packet kind out of the engine: rows that a layer wrote.
pub const OUT_TRACE: u8 = OutKind::Trace as u8;
/// Most memory rows in a trace packet (of 128 bytes, or squeeze memory rows of `max(16, columns)` bytes).
pub const TRACE_ROWS: usize = 16;
/// Bytes of a sum.
pub const SUM_BYTES: usize = 3;
/// Sums that fill whole beats.
pub const SUM_GROUP: usize = 8;

kinds! {
    /// Kinds of packets out of the engine.
    OutKind {
        Result = 1, "the sums of one frame, 24 bits a class";
        Trace = 2, "memory rows that a layer wrote";
    }
}

record! {
    /// What a packet out of the engine begins with.
    HeaderOut "header_out" "packet out of the engine", 4 beats of 64 bits;
    fixed {
        magic = 0 [15:0] STREAM_OUT_MAGIC, "says that a packet begins";
        reserved = 2 [63:32] 0, "0";
    }
    fields {
        kind: u8 = 0 [23:16], "kind of the packet" (OutKind::ALL);
        layer: u8 = 0 [31:24], "layer index (trace), 0 (result)";
        sequence: u32 = 0 [63:32], "sequence number of the frame";
        payload_bytes: u32 = 1 [31:0], "payload bytes, without the trailer";
        detail: u32 = 1 [63:32], "first row in this packet, counted from 0 in the layer's output (trace); class count (result)";
        cycles: u32 = 2 [31:0], "cycles of the frame so far; waiting for weights counts, waiting for the receiver, for traces and for the last sums does not";
        program_hash: u64 = 3 [63:0], "program hash";
    }
}

record! {
    /// What a result ends with.
    Trailer "trailer" "result's trailer", 1 beats of 64 bits;
    fixed {}
    fields {
        crc: u32 = 0 [31:0], "CRC-32 of the payload (IEEE 802.3, reflected, as in zlib)";
        sequence: u32 = 0 [63:32], "sequence number of the frame, again";
    }
}

/// CRC-32 (IEEE 802.3, reflected, as in zlib) of a result's payload, padding and all: beats 4 to the last but one.
pub fn result_crc(payload: &[u8]) -> u32 {
    crc32fast::hash(payload)
}

/// Bytes of the payload of a result with `classes` classes.
fn sums_bytes(classes: usize) -> usize {
    classes.div_ceil(SUM_GROUP) * SUM_GROUP * SUM_BYTES
}

/// Bytes that are no whole packet. What is in them, the sequence number too, cannot be trusted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Damage {
    /// Too few bytes for a header.
    #[error("a packet of {bytes} bytes, cut short")]
    Short {
        /// What came.
        bytes: usize,
    },
    /// A header that no packet has, or none of the kind that is wanted.
    #[error("a packet that begins with {beat:#018x}, whose `{field}` is {found:#x}, expected {expected}")]
    Header {
        /// The first beat.
        beat: u64,
        /// Name of the field that is wrong.
        field: &'static str,
        /// What it is.
        found: u64,
        /// What it should be.
        expected: String,
    },
    /// Header and length of a result contradict each other.
    #[error("a result of {bytes} bytes whose header says {payload} bytes for {classes} classes")]
    Length {
        /// What came, header and trailer too.
        bytes: usize,
        /// Payload bytes by the header.
        payload: u32,
        /// Classes by the header.
        classes: u32,
    },
    /// Header and length of a trace contradict each other.
    #[error("a trace packet of {bytes} bytes whose header says {payload} bytes of payload")]
    TraceLength {
        /// What came, header too.
        bytes: usize,
        /// Payload bytes by the header.
        payload: u32,
    },
    /// The payload is not the one that the engine sent.
    #[error("a result with CRC-32 {found:#010x}, expected {expected:#010x}")]
    Crc {
        /// Of the payload.
        found: u32,
        /// In the trailer.
        expected: u32,
    },
    /// Header and trailer are of different frames.
    #[error("a result whose header is of frame {header} and whose trailer is of frame {trailer}")]
    Sequence {
        /// In the header.
        header: u32,
        /// In the trailer.
        trailer: u32,
    },
}

/// A packet out of the engine that is whole: its header and its length agree, a result's CRC and both its sequence numbers too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketOut<'a> {
    /// What it carries.
    pub kind: OutKind,
    /// Its header.
    pub header: HeaderOut,
    /// Sums, padded to whole groups of eight, or memory rows.
    pub payload: &'a [u8],
}

impl<'a> PacketOut<'a> {
    /// Takes a packet apart.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Damage> {
        let (Some(first), Some(rest)) = (beats(bytes), bytes.get(HEADER_OUT_BEATS * BEAT_BYTES..)) else {
            return Err(Damage::Short { bytes: bytes.len() });
        };
        let header = HeaderOut::decode(&first);
        let damaged = |field, found, expected: &str| Damage::Header { beat: first[0], field, found, expected: expected.into() };
        if let Some(field) = HeaderOut::wrong(&first) {
            return Err(damaged(field.name, field.get(&first), &format!("{:#x}", field.fixed.unwrap_or(0))));
        }
        match OutKind::of(header.kind.into()) {
            Some(OutKind::Result) if header.layer != 0 => Err(damaged("layer", header.layer.into(), "0 in a result")),
            Some(OutKind::Result) => Self::result(header, bytes.len(), rest),
            Some(OutKind::Trace) if header.payload_bytes as usize == rest.len() && rest.len().is_multiple_of(BEAT_BYTES) => {
                Ok(Self { kind: OutKind::Trace, header, payload: rest })
            }
            Some(OutKind::Trace) => Err(Damage::TraceLength { bytes: bytes.len(), payload: header.payload_bytes }),
            None => Err(damaged("kind", header.kind.into(), "1 (result) or 2 (trace)")),
        }
    }

    fn result(header: HeaderOut, bytes: usize, rest: &'a [u8]) -> Result<Self, Damage> {
        let expected = sums_bytes(header.detail as usize);
        let trailer = rest.get(expected..).filter(|trailer| trailer.len() == TRAILER_BEATS * BEAT_BYTES).and_then(beats);
        let Some(trailer) = trailer.filter(|_| header.payload_bytes as usize == expected) else {
            return Err(Damage::Length { bytes, payload: header.payload_bytes, classes: header.detail });
        };
        let (payload, trailer) = (&rest[..expected], Trailer::decode(&trailer));
        let found = result_crc(payload);
        if found != trailer.crc {
            return Err(Damage::Crc { found, expected: trailer.crc });
        }
        if header.sequence != trailer.sequence {
            return Err(Damage::Sequence { header: header.sequence, trailer: trailer.sequence });
        }
        Ok(Self { kind: OutKind::Result, header, payload })
    }

    /// The sums of a result, one a class; none of a trace.
    pub fn sums(&self) -> Vec<u32> {
        sums(self.payload, if self.kind == OutKind::Result { self.header.detail } else { 0 })
    }
}

/// The sums of a result's payload, one for each of `classes` classes; fewer of a payload that is shorter.
pub fn sums(payload: &[u8], classes: u32) -> Vec<u32> {
    payload.chunks_exact(SUM_BYTES).take(classes as usize).map(|b| u32::from_le_bytes([b[0], b[1], b[2], 0])).collect()
}

/// One frame's result.
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

impl ResultPacket {
    /// Reads one packet.
    ///
    /// # Errors
    /// What is wrong with it; a trace is wrong too.
    pub fn parse(bytes: &[u8]) -> Result<Self, Damage> {
        let packet = PacketOut::parse(bytes)?;
        let HeaderOut { kind, sequence, program_hash, cycles, .. } = packet.header;
        if packet.kind != OutKind::Result {
            let (beat, expected) = (packet.header.encode()[0], "1 (result)".into());
            return Err(Damage::Header { beat, field: "kind", found: kind.into(), expected });
        }
        Ok(Self { sequence, program_hash, cycles, sums: packet.sums() })
    }

    /// The packet as the engine sends it, for stand-ins of the engine. Of a sum the low 24 bits go.
    pub fn to_bytes(&self) -> Vec<u8> {
        let payload = sums_bytes(self.sums.len());
        let header = HeaderOut {
            kind: OUT_RESULT,
            layer: 0,
            sequence: self.sequence,
            // a result fits a page
            payload_bytes: payload as u32,
            detail: self.sums.len() as u32,
            cycles: self.cycles,
            program_hash: self.program_hash,
        };
        let mut out = Vec::with_capacity(payload + (HEADER_OUT_BEATS + TRAILER_BEATS) * BEAT_BYTES);
        out.extend(bytes(&header.encode()));
        let start = out.len();
        self.sums.iter().for_each(|sum| out.extend(&sum.to_le_bytes()[..SUM_BYTES]));
        out.resize(start + payload, 0);
        let trailer = Trailer { crc: result_crc(&out[start..]), sequence: self.sequence };
        out.extend(bytes(&trailer.encode()));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(classes: u32) -> ResultPacket {
        ResultPacket { sequence: 0xFFFF_FFFE, program_hash: 0x0123, cycles: 77, sums: (0..classes).map(|c| c * 99 % (1 << 24)).collect() }
    }

    fn trace(rows: &[u8]) -> Vec<u8> {
        let header = HeaderOut { kind: 2, layer: 9, sequence: 5, payload_bytes: rows.len() as u32, detail: 16, cycles: 1, program_hash: 2 };
        bytes(&header.encode()).chain(rows.iter().copied()).collect()
    }

    #[test]
    fn headers_and_trailers_are_these_bits() {
        let header = HeaderOut::decode(&[0x0000_0007_0900_0000 | 0x02_E3B6, 16 << 32 | 2048, 100, 0xABCD]);
        assert_eq!((header.kind, header.layer, header.sequence), (2, 9, 7));
        assert_eq!((header.payload_bytes, header.detail, header.cycles, header.program_hash), (2048, 16, 100, 0xABCD));
        assert_eq!(header.encode(), [0x0000_0007_0902_E3B6, 0x0000_0010_0000_0800, 100, 0xABCD]);
        assert_eq!(Trailer { crc: 0x1234_5678, sequence: 7 }.encode(), [0x0000_0007_1234_5678]);
    }

    #[test]
    fn whole_results_are_read() {
        for classes in [0, 1, 7, 8, 9, 1000, 1024] {
            let bytes = result(classes).to_bytes();
            assert!(bytes.len() <= 3112, "docs/interface.md says so");
            assert_eq!(ResultPacket::parse(&bytes), Ok(result(classes)));
        }
    }

    #[test]
    fn whole_traces_are_read() {
        let rows: Vec<u8> = (0..128).collect();
        let packet = trace(&rows);
        let found = PacketOut::parse(&packet).unwrap();
        assert_eq!((found.kind, found.header.layer, found.header.detail, found.payload), (OutKind::Trace, 9, 16, &rows[..]));
        assert!(found.sums().is_empty());
        for length in 0..packet.len() {
            assert!(PacketOut::parse(&packet[..length]).is_err(), "{length} bytes");
        }
        assert_eq!(
            ResultPacket::parse(&packet).unwrap_err().to_string(),
            "a packet that begins with 0x000000050902e3b6, whose `kind` is 0x2, expected 1 (result)"
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let damaged = |bit: usize| {
            let mut bytes = result(2).to_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            PacketOut::parse(&bytes).unwrap_err()
        };
        assert_eq!(PacketOut::parse(&[0; 31]), Err(Damage::Short { bytes: 31 }));
        for (bit, name) in [(0, "magic"), (17, "kind"), (18, "kind"), (24, "layer"), (2 * 64 + 40, "reserved")] {
            assert!(matches!(damaged(bit), Damage::Header { field, .. } if field == name), "bit {bit}");
        }
        assert_eq!(damaged(64 + 3), Damage::Length { bytes: 64, payload: 16, classes: 2 });
        assert!(matches!(damaged(4 * 64 + 20), Damage::Crc { .. }));
        assert!(matches!(damaged(7 * 64), Damage::Crc { .. }));
        assert_eq!(damaged(40), Damage::Sequence { header: 0xFFFF_FEFE, trailer: 0xFFFF_FFFE });
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
