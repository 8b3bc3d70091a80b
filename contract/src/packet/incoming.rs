//! Packets into the engine (AXI4-Stream slave): framed by a byte count and never by `tlast`.

/// First 16 bits of every packet into the engine.
pub const STREAM_IN_MAGIC: u16 = 0xE3B5;

kinds! {
    /// Kinds of packets into the engine.
    StreamKind {
        Frame = 1, "one frame: for each row from the top, for each pair of columns from the left, one beat of two pixels";
        Descriptors = 2, "layer descriptors, 4 beats a layer";
        Weights = 3, "weights, `columns / 4` beats a word; 80 words a tile, tiles in the order of use, those of a block once however many strips it has";
        Table = 4, "requantisation entries, one a beat, in the order of use";
        Commit = 5, "3 beats, ends a program and makes it valid";
    }
}

record! {
    /// What a packet into the engine begins with.
    HeaderIn "header_in" "packet into the engine", 2 beats of 64 bits;
    fixed {
        magic = 0 [15:0] STREAM_IN_MAGIC, "says that a packet begins";
        reserved = 0 [31:24] 0, "0";
    }
    fields {
        kind: u8 = 0 [23:16], "kind of the packet" (StreamKind::ALL);
        sequence: u32 = 0 [63:32], "sequence number; a frame's comes back in its result";
        payload_bytes: u32 = 1 [31:0], "payload bytes, a multiple of 8";
        address: u32 = 1 [63:32], "address of the first payload beat in its memory, in beats (program sections)";
    }
}

record! {
    /// A beat of a frame. The right pixel is zeros past the last column.
    PixelPair "pixel_pair" "beat of a frame", 1 beats of 64 bits;
    fixed { reserved = 0 [63:48] 0, "0"; }
    fields {
        left_red: u8 = 0 [7:0], "left pixel, red";
        left_green: u8 = 0 [15:8], "left pixel, green";
        left_blue: u8 = 0 [23:16], "left pixel, blue";
        right_red: u8 = 0 [31:24], "right pixel, red; 0 past the last column";
        right_green: u8 = 0 [39:32], "right pixel, green; 0 past the last column";
        right_blue: u8 = 0 [47:40], "right pixel, blue; 0 past the last column";
    }
}

record! {
    /// The payload of [`StreamKind::Commit`].
    Commit "commit" "commit", 3 beats of 64 bits;
    fixed {}
    fields {
        program_hash: u64 = 0 [63:0], "program hash";
        layers: u8 = 1 [7:0], "layers";
        classes: u16 = 1 [31:16], "classes";
        pairs: u16 = 1 [47:32], "pixel pairs a row of a frame";
        rows: u16 = 1 [63:48], "rows of a frame";
        tiles: u32 = 2 [31:0], "weight tiles of a frame";
        entries: u32 = 2 [63:32], "table entries of a frame";
    }
}

impl HeaderIn {
    /// Of a packet that carries `payload_bytes` for the first words of its memory.
    pub const fn new(kind: StreamKind, sequence: u32, payload_bytes: u32) -> Self {
        Self { kind: kind as u8, sequence, payload_bytes, address: 0 }
    }

    /// The kind of the packet that the beat begins, if it begins one.
    pub fn begins(beat: u64) -> Option<StreamKind> {
        StreamKind::of(Self::kind().get(&[beat])).filter(|_| Self::wrong(&[beat]).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_commits_are_these_bits() {
        let header = HeaderIn { kind: 3, sequence: 0xFEDC_BA98, payload_bytes: 640, address: 0x1234_5678 };
        assert_eq!(header.encode(), [0xFEDC_BA98_0003_E3B5, 0x1234_5678_0000_0280]);
        assert_eq!(HeaderIn::decode(&header.encode()), header);
        assert_eq!(HeaderIn::new(StreamKind::Frame, 7, 8).encode(), [0x0000_0007_0001_E3B5, 8]);
        let commit = Commit { program_hash: u64::MAX, layers: 26, classes: 1000, pairs: 114, rows: 227, tiles: 500, entries: 3984 };
        assert_eq!(commit.encode(), [u64::MAX, 26 | 1000 << 16 | 114 << 32 | 227 << 48, 500 | 3984 << 32]);
        assert_eq!(Commit::decode(&commit.encode()), commit);
    }

    #[test]
    fn a_beat_of_a_frame_is_six_bytes_in_order() {
        let pair = PixelPair::decode(&[u64::from_le_bytes([1, 2, 3, 4, 5, 6, 0, 0])]);
        assert_eq!((pair.left_red, pair.left_green, pair.left_blue), (1, 2, 3));
        assert_eq!((pair.right_red, pair.right_green, pair.right_blue), (4, 5, 6));
    }

    #[test]
    fn a_header_needs_its_magic_a_kind_and_zeros() {
        for kind in 0..=255 {
            let begins = HeaderIn::begins(0xFFFF_FFFF_0000_E3B5 | kind << 16);
            assert_eq!(begins.map(|it| it as u64), Some(kind).filter(|kind| (1..=5).contains(kind)));
        }
        let good = HeaderIn::new(StreamKind::Table, 0, 0).encode()[0];
        for bit in (0..16).chain(24..32) {
            assert_eq!(HeaderIn::begins(good ^ 1 << bit), None, "bit {bit}");
        }
        assert_eq!(HeaderIn::begins(0), None);
    }
}
