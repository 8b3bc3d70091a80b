//! `ember_offset_binary`: every byte plus 128.

use crate::pair::{self, Pair};
use hdl::rtl::offset_binary::OffsetBinary;

dut!(OffsetBinary { combinational; in: byte; out: offset });

#[test]
fn every_byte() {
    let mut pair = Pair::new(OffsetBinary::new(2));
    for byte in i8::MIN..=i8::MAX {
        pair.set("byte_0", (byte as u8).into());
        pair.set("byte_1", (!byte as u8).into());
        pair.settle();
        let plus = |byte: i8| (i16::from(byte) + 128) as u64;
        assert_eq!([pair.get("offset_0"), pair.get("offset_1")], [plus(byte), plus(!byte)], "{byte}");
    }
}
