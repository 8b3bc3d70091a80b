//! Random and extreme stimuli.

use super::{Dut, Pair};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A generator whose seed is printed, and shown when the test fails.
pub fn random(seed: u64) -> StdRng {
    println!("seed {seed}");
    StdRng::seed_from_u64(seed)
}

/// A number of `width` bits: every other one an extreme of two's complement, of unsigned or of bytes.
pub fn number(rng: &mut StdRng, width: u32) -> u128 {
    let ones = u128::MAX >> (128 - width);
    let value = match rng.random_range(0..12) {
        0 => 0,
        1 => ones,
        2 => 1 << (width - 1),
        3 => ones >> 1,
        4 => 1,
        5 => 0x8080_8080_8080_8080_8080_8080_8080_8080,
        _ => rng.random(),
    };
    value & ones
}

/// How an input is driven; an input that is not named takes random and extreme values.
#[derive(Clone, Copy)]
pub enum Drive {
    /// Below this.
    Below(u64),
    /// High once in so many cycles.
    Seldom(u32),
    /// Low once in so many cycles.
    Mostly(u32),
    /// Below this, and held for 500 cycles.
    Held(u64),
}

/// Random and extreme values at all inputs, but as `drives` say at those that it names.
pub fn driven<B: Dut>(pair: &mut Pair<B>, drives: &[(&str, Drive)], cycles: usize, seed: u64) {
    for drive in drives {
        assert!(pair.inputs().iter().any(|input| input.0 == drive.0), "there is no input {} to drive", drive.0);
    }
    let mut rng = random(seed);
    for cycle in 0..cycles {
        let fresh = cycle % 500 == 0;
        for (input, width) in pair.inputs() {
            let drive = drives.iter().find(|d| d.0 == input).map(|d| d.1);
            match drive {
                Some(Drive::Below(limit)) => pair.set(&input, rng.random_range(0..limit)),
                Some(Drive::Seldom(once)) => pair.set(&input, (fresh || rng.random_ratio(1, once)).into()),
                Some(Drive::Mostly(once)) => pair.set(&input, (!rng.random_ratio(1, once)).into()),
                Some(Drive::Held(_)) if !fresh => {}
                Some(Drive::Held(limit)) => pair.set(&input, rng.random_range(0..limit)),
                None => {
                    let value = number(&mut rng, width);
                    pair.set_wide(&input, value);
                }
            }
        }
        pair.settle();
        pair.clock();
    }
    pair.settle();
}

/// Random and extreme values at all inputs, except that addresses stay below their memory's depth.
pub fn lockstep<B: Dut>(pair: &mut Pair<B>, addresses: &[(&str, u64)], cycles: usize, seed: u64) {
    let mut rng = random(seed);
    for _ in 0..cycles {
        for (input, width) in pair.inputs() {
            match addresses.iter().find(|a| a.0 == input) {
                Some((_, depth)) => pair.set(&input, rng.random_range(0..*depth)),
                None => {
                    let value = number(&mut rng, width);
                    pair.set_wide(&input, value);
                }
            }
        }
        pair.settle();
        pair.clock();
    }
    pair.settle();
}
