//! `ember_word_bytes`: byte i of a pixel word, at port i.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::rtl::word_bytes::WordBytes;

dut!(WordBytes { combinational; in: word; out: byte });

#[test]
fn bytes_keep_their_order() {
    let mut rng = random(1);
    let mut pair = Pair::new(WordBytes::default());
    for _ in 0..1000 {
        let word = number(&mut rng, 128);
        pair.set_wide("word", word);
        pair.settle();
        let bytes: Vec<u8> = (0..16).map(|i| pair.get(&format!("byte_{i}")) as u8).collect();
        assert_eq!(bytes, word.to_le_bytes());
    }
}
