//! `ember_weight_bytes`: byte i of a word of 2 N bytes, at port i.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::rtl::weight_bytes::WeightBytes;

dut!(WeightBytes { combinational; in: word; out: byte });

#[test]
fn bytes_keep_their_order() {
    for columns in [4, 16] {
        let mut rng = random(columns as u64);
        let mut pair = Pair::new(WeightBytes::new(columns));
        for _ in 0..500 {
            let words: Vec<u64> = (0..columns / 4).map(|_| number(&mut rng, 64) as u64).collect();
            words.iter().enumerate().for_each(|(i, word)| pair.set(&format!("word_{i}"), *word));
            pair.settle();
            let bytes: Vec<u8> = (0..2 * columns).map(|i| pair.get(&format!("byte_{i}")) as u8).collect();
            assert_eq!(bytes, words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>(), "{columns} columns");
        }
    }
}
