//! `ember_deskew`: column c of N leaves N - 1 - c cycles after it came, in all five slots.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::rtl::deskew::Deskew;

dut!(Deskew { in: byte; out: aligned });

#[test]
fn columns_leave_together() {
    for columns in [4, 8] {
        let mut rng = random(columns as u64);
        let mut pair = Pair::new(Deskew::new(columns));
        // history[t][slot][column]
        let mut history: Vec<Vec<Vec<u64>>> = vec![];
        for cycle in 0..400usize {
            let bytes: Vec<Vec<u64>> = (0..5).map(|_| (0..columns).map(|_| number(&mut rng, 8) as u64).collect()).collect();
            for (s, slot) in bytes.iter().enumerate() {
                for (c, byte) in slot.iter().enumerate() {
                    pair.set(&format!("byte_{s}_{c}"), *byte);
                }
            }
            history.push(bytes);
            pair.settle();
            for (s, c) in (0..5).flat_map(|s| (0..columns).map(move |c| (s, c))) {
                if let Some(then) = cycle.checked_sub(columns - 1 - c) {
                    assert_eq!(pair.get(&format!("aligned_{s}_{c}")), history[then][s][c], "{columns} columns, slot {s}, column {c}");
                }
            }
            pair.clock();
        }
    }
}
