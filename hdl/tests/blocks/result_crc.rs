//! `ember_result_crc`: zlib's CRC-32, three bytes at a time.

use crate::pair::stimuli::{lockstep, random};
use crate::pair::{self, Pair};
use hdl::rtl::result_crc::ResultCrc;
use rand::Rng;

dut!(ResultCrc { combinational; in: crc, word; out: after });

#[test]
fn in_step() {
    lockstep(&mut Pair::new(ResultCrc::new()), &[], 4000, 1);
}

fn crc(pair: &mut Pair<ResultCrc>, bytes: &[u8]) -> u64 {
    pair.set("crc", 0);
    for word in bytes.chunks(3) {
        pair.set("word", word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        pair.settle();
        let after = pair.get("after");
        pair.set("crc", after);
    }
    pair.get("after")
}

/// Byte by byte, as the polynomial is written: most significant bit first, input and output reflected.
fn by_definition(bytes: &[u8]) -> u64 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(byte.reverse_bits()) << 24;
        for _ in 0..8 {
            crc = crc << 1 ^ if crc >> 31 == 1 { 0x04C1_1DB7 } else { 0 };
        }
    }
    (!crc.reverse_bits()).into()
}

#[test]
fn known_and_random_texts() {
    let mut pair = Pair::new(ResultCrc::new());
    assert_eq!(crc(&mut pair, b"123456789"), 0xCBF4_3926, "the check value that every catalogue gives");
    let mut rng = random(2);
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..3 * rng.random_range(1..20)).map(|_| if rng.random_bool(0.2) { 0xFF } else { rng.random() }).collect();
        assert_eq!(crc(&mut pair, &bytes), by_definition(&bytes));
    }
}
