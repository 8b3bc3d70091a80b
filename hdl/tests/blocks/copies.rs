//! `ember_copies_N`: all copies are the same once the first value has arrived, and no two registers are one for synthesis.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::lang::copies::{levels, Copies};
use hdl::lang::emit::emit;

dut!(Copies<16> { in: value; out: copy });

#[test]
fn every_copy_is_as_late() {
    let mut rng = random(1);
    for count in [1, 2, 3, 4, 5, 8] {
        let mut pair = Pair::new(Copies::<16>::new(count));
        let values: Vec<u64> = (0..100).map(|_| number(&mut rng, 16) as u64).collect();
        for (cycle, value) in values.iter().enumerate() {
            pair.set("value", *value);
            pair.settle();
            if let Some(then) = cycle.checked_sub(levels(count)) {
                for i in 0..count {
                    assert_eq!(pair.get(&format!("copy_{i}")), values[then], "copy {i} of {count}");
                }
            }
            pair.clock();
        }
    }
}

/// Two registers with one input would become one if they began with the same value.
#[test]
fn registers_of_one_input_begin_with_different_values() {
    let text = &emit(&Copies::<16>::new(8)).pop().expect("a module").text;
    let begins = |name: &str| text.lines().find(|l| l.contains(&format!(" {name} ="))).map(|l| l.contains("1'b1"));
    let inputs: Vec<(&str, &str)> = text.lines().filter_map(|l| l.trim().trim_end_matches(';').split_once(" <= ")).collect();
    assert_eq!(inputs.len(), 2 + 4 + 8);
    for (i, (a, from)) in inputs.iter().enumerate() {
        for (b, _) in inputs[..i].iter().filter(|(_, other)| other == from) {
            assert_ne!(begins(a), begins(b), "{a} and {b} are both fed by {from}");
        }
    }
}
