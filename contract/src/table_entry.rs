//! What a lane requantises an output channel with.

record! {
    /// One output channel's constants. For each slot of a block the last column comes first.
    TableEntry "table_entry" "table entry", 1 beats of 64 bits;
    fixed {}
    fields {
        bias: i32 = 0 [31:0], "what a sum starts from";
        multiplier: u16 = 0 [47:32], "what a sum is multiplied by";
        shift: u8 = 0 [53:48] - 1, "bits by which the product is shifted right";
        slot: u8 = 0 [56:54], "slot of the block, which is the lane";
        last: bool = 0 [57], "the last entry of its block";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_these_bits() {
        let entry = TableEntry { bias: -2, multiplier: 0xFEDC, shift: 64, slot: 4, last: true };
        assert_eq!(entry.encode(), [0xFFFF_FFFE | 0xFEDC << 32 | 63 << 48 | 4 << 54 | 1 << 57]);
        assert_eq!(TableEntry::decode(&entry.encode()), entry);
        assert_eq!(TableEntry { bias: 0, multiplier: 0, shift: 1, slot: 0, last: false }.encode(), [0]);
    }
}
