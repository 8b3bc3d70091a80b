//! What the engine is told of a layer.

use crate::field::Value;

kinds! {
    /// Kinds of layers, as the engine runs them.
    LayerKind {
        Stem = 0, "the first convolution, from the frame memory";
        Squeeze = 1, "1x1, from the activation to the squeeze memory";
        Expand = 2, "1x1 and 3x3, from the squeeze to the activation memory";
        Classifier = 3, "1x1 and the sums of its map";
    }
}

impl Value for LayerKind {
    fn number(self) -> u64 {
        self as u64
    }
    fn from_number(number: u64) -> Self {
        match number & 3 {
            0 => Self::Stem,
            1 => Self::Squeeze,
            2 => Self::Expand,
            _ => Self::Classifier,
        }
    }
}

record! {
    /// A layer, as the sequencer reads it.
    Descriptor "descriptor" "layer descriptor", 4 beats of 64 bits;
    fixed {}
    fields {
        kind: LayerKind = 0 [1:0], "kind of the layer" (LayerKind::ALL);
        pool: bool = 0 [2], "a max-pool follows";
        written: bool = 0 [3], "the output is written to a memory";
        kernel_7: bool = 0 [4], "the stem's window is 7x7, not 3x3";
        segmented: bool = 0 [5], "the array works as five segments";
        padded: bool = 0 [6], "a border of zeros lies around the map";
        last: bool = 0 [7], "the last layer of the program";
        slots: u8 = 0 [10:8], "slots of a block";
        parts: u8 = 0 [12:11] - 1, "parts of a source row";
        passes: u32 = 0 [31:16] - 1, "passes of the reduction";
        blocks: u32 = 0 [47:32] - 1, "blocks of output channels";
        prefill: u16 = 0 [63:48], "stem words before a row's first window";
        tokens: u32 = 1 [15:0] - 1, "tokens a row";
        rows: u32 = 1 [31:16] - 1, "rows";
        columns: u32 = 1 [47:32] - 1, "columns of the convolution's output";
        strip_rows: u32 = 1 [63:48] - 1, "rows of a strip (the last strip may have fewer)";
        source_step: u32 = 2 [19:0], "memory rows a pixel of the source";
        destination_step: u32 = 2 [39:20], "memory rows a pixel of the destination";
        slices: u8 = 2 [45:40], "slices of a destination row";
        strips: u32 = 2 [61:46] - 1, "strips";
        destination: u32 = 3 [19:0], "first destination row";
        destination_rows: u32 = 3 [39:20], "destination rows";
        row_beats: u8 = 3 [44:40], "beats of a destination row";
        floor: bool = 3 [45], "the max-pool is in floor mode: the last row and column of an even side do not count";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: Descriptor = Descriptor {
        kind: LayerKind::Expand,
        pool: true,
        written: false,
        kernel_7: true,
        segmented: false,
        padded: true,
        last: false,
        slots: 5,
        parts: 4,
        passes: 65_536,
        blocks: 2,
        prefill: 3,
        tokens: 1,
        rows: 113,
        columns: 111,
        strip_rows: 55,
        source_step: 0xF_FFFF,
        destination_step: 8,
        slices: 32,
        strips: 5,
        destination: 0x12345,
        destination_rows: 0xABCDE,
        row_beats: 16,
        floor: true,
    };

    /// The bits are written out here once more, as the engine has had them since its third interface version, and `floor` since its fourth.
    #[test]
    fn a_layer_is_these_beats() {
        let beats = LAYER.encode();
        assert_eq!(beats[0], 2 | 1 << 2 | 1 << 4 | 1 << 6 | 5 << 8 | 3 << 11 | 0xFFFF << 16 | 1 << 32 | 3 << 48);
        assert_eq!(beats[1], 112 << 16 | 110 << 32 | 54 << 48);
        assert_eq!(beats[2], 0xF_FFFF | 8 << 20 | 32 << 40 | 4 << 46);
        assert_eq!(beats[3], 0x12345 | 0xABCDE << 20 | 16 << 40 | 1 << 45);
        assert_eq!(Descriptor::decode(&beats), LAYER);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        assert_eq!(LAYER.check(), Ok(()));
        let error = |layer: Descriptor| layer.check().unwrap_err().to_string();
        assert_eq!(error(Descriptor { passes: 65_537, ..LAYER }), "`passes` of a layer descriptor is 65537, and its bits hold 1 to 65536");
        assert_eq!(error(Descriptor { strips: 0, ..LAYER }), "`strips` of a layer descriptor is 0, and its bits hold 1 to 65536");
    }
}
