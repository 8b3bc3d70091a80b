//! `ember_entry_wave`: the columns' shadow entries end as if all had shifted at once.

use crate::pair::stimuli::random;
use crate::pair::{self, Pair};
use hdl::rtl::entry_wave::EntryWave;
use rand::Rng;

dut!(EntryWave { in: load, entry; out: load_out, entry_out });

#[test]
fn as_one_shift() {
    for columns in [4, 8, 16, 32] {
        let mut rng = random(columns as u64);
        let mut pair = Pair::new(EntryWave::new(columns));
        let fours = columns / 4;
        // shadow entries as the wave shifts them, and as one enable for all would
        let (mut found, mut expected) = (vec![[0; 5]; columns], vec![[0; 5]; columns]);
        let shift = |found: &mut Vec<[u64; 5]>, pair: &mut Pair<EntryWave>| {
            let before = found.clone();
            for (c, column) in found.iter_mut().enumerate() {
                for (s, shadow) in column.iter_mut().enumerate() {
                    if pair.get(&format!("load_out_{}_{s}", c / 4)) == 1 {
                        *shadow = if c == 0 { pair.get("entry_out") } else { before[c - 1][s] };
                    }
                }
            }
        };
        for _ in 0..30 {
            let mut last = [false; 5];
            for _ in 0..rng.random_range(1..80) {
                // every other cycle where it can
                let load: [bool; 5] = last.map(|last| !last && rng.random_bool(0.7));
                last = load;
                let entry = rng.random_range(0..1u64 << 54);
                pair.set("entry", entry);
                for (s, load) in load.iter().enumerate() {
                    pair.set(&format!("load_{s}"), u64::from(*load));
                    if *load {
                        expected.iter_mut().fold(entry, |before, column| std::mem::replace(&mut column[s], before));
                    }
                }
                pair.settle();
                shift(&mut found, &mut pair);
                pair.clock();
            }
            (0..5).for_each(|s| pair.set(&format!("load_{s}"), 0));
            for _ in 0..=fours {
                pair.set("entry", rng.random_range(0..1u64 << 54));
                pair.settle();
                shift(&mut found, &mut pair);
                pair.clock();
            }
            assert_eq!(found, expected, "{columns} columns");
        }
    }
}
