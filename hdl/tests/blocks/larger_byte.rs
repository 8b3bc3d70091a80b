//! `ember_larger_byte`: every byte with every other.

use crate::pair::{self, Pair};
use hdl::rtl::larger_byte::LargerByte;

dut!(LargerByte { combinational; in: left, right; out: larger });

#[test]
fn all_pairs() {
    let mut pair = Pair::new(LargerByte::default());
    for left in 0..256 {
        for right in 0..256 {
            pair.set("left", left);
            pair.set("right", right);
            pair.settle();
            assert_eq!(pair.get("larger"), u64::from(left > right), "{left} > {right}");
        }
    }
}
